"""Attributes, items and types of entities."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.facts import Place
from jobcheck.link.entities import (
    Applied,
    Arguments,
    Bound,
    ClassEntity,
    Data,
    Element,
    Entity,
    External,
    Function,
    Instance,
    Listing,
    Mapping,
    Method,
    ModuleEntity,
    Parameter,
    Partial,
    Scope,
    Several,
    Unknown,
    several,
    text,
)
from jobcheck.model import FunctionRef, Location

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver

PROPERTIES = frozenset(
    {"property", "cached_property", "functools.cached_property", "django.utils.functional.cached_property"}
)
CONTAINERS = frozenset({"Optional", "Annotated", "Union", "Final", "ClassVar"})


MANAGER = re.compile(r"(Manager|QuerySet)\(\)$|\.as_manager\(\)$|from_queryset\(\)\(\)$")
"""Paths of what a model keeps its rows in."""


class Members:
    """The part of the resolver that looks inside entities."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._ancestors: dict[tuple[str, str], tuple[ClassEntity | External, ...]] = {}
        self._linearising: set[tuple[str, str]] = set()
        self._registries: dict[str, list[Bound]] | None = None
        self._registered_files = -1

    def attribute(self, entity: Entity, name: str) -> Entity:
        """What `entity.name` stands for."""
        match entity:
            case ModuleEntity(path=path):
                found = self._resolver.symbol(path, name)
                return found or External(f"{self._resolver.path(entity)}.{name}")
            case External(path=path):
                found = self._of_row(entity, name) or self._of_manager(entity, name)
                return found or External(f"{path}.{name}", receiver=entity)
            case ClassEntity():
                return self._of_class(entity, name)
            case Instance():
                return self._of_instance(entity, name)
            case Parameter(of_type=of_type) if of_type is not None:
                return self.attribute(of_type, name)
            case Several(options=options):
                return several([self.attribute(option, name) for option in options])
            case Element(of=Parameter() | Unknown() as inner):
                return Unknown("an item of what cannot be told", _at(inner), f"{text(inner)}[].{name}")
            case Data(bound=bound):
                return (
                    entity
                    if name in {"value", "name"}
                    else External(f"builtins.{_type(bound)}().{name}", entity)
                )
            case Mapping():
                return External(f"builtins.dict().{name}", receiver=entity)
            case Listing():
                return External(f"builtins.list().{name}", receiver=entity)
            case Function() | Method() | Partial():
                return External(f"{self._resolver.path(entity)}.{name}", receiver=entity)
            case _:
                return Unknown("an attribute of what cannot be told", _at(entity), f"{text(entity)}.{name}")

    def _of_row(self, entity: External, name: str) -> Entity | None:
        """A member that the project's model class gives to the rows a query returns."""
        if not self._resolver.is_row(entity.path):
            return None
        model = self.model_of(entity)
        found = self._of_instance(Instance(model), name) if model else None
        return found if isinstance(found, (Method, Instance)) else None

    def _managed(self, found: Entity, cls: ClassEntity) -> Entity:
        """A manager declared by a model, as reached through the model."""
        if isinstance(found, External) and MANAGER.search(found.path):
            return External(found.path, cls, found.made)
        bases = self.ancestors(found.cls) if isinstance(found, Instance) else ()
        path = next((b.path for b in bases if isinstance(b, External) and MANAGER.search(f"{b.path}()")), "")
        return External(f"{path}()", cls, found.made) if path and isinstance(found, Instance) else found

    def _of_manager(self, entity: External, name: str) -> Entity | None:
        """A method that the project's own manager or queryset class gives to a model's manager."""
        if entity.made is None or not MANAGER.search(entity.path):
            return None
        maker = self._resolver.entity(entity.made.call.callee, entity.made.scope)
        cls = maker if isinstance(maker, ClassEntity) else self.model_of(maker)
        found = self._of_instance(Instance(cls), name) if cls else None
        return found if isinstance(found, Method) else None

    def model_of(self, entity: Entity | None) -> ClassEntity | None:
        """The project's class that a chain of external attributes and calls started from."""
        while isinstance(entity, External):
            entity = entity.receiver
        if isinstance(entity, Instance):
            return entity.cls
        return entity if isinstance(entity, ClassEntity) else None

    def _of_class(self, cls: ClassEntity, name: str) -> Entity:
        for base in self.ancestors(cls):
            if isinstance(base, External):
                return External(f"{base.path}.{name}", receiver=cls)
            found = self._declared(base, name, cls)
            if found is not None:
                return self._managed(found, cls)
        return Unknown(
            "the class has no such attribute", Location(cls.path, cls.facts.header), f"{cls.qualname}.{name}"
        )

    def _of_instance(self, instance: Instance, name: str) -> Entity:
        ancestors = self.ancestors(instance.cls)
        classes = [base for base in ancestors if isinstance(base, ClassEntity)]
        for cls in classes:
            found = self._declared(cls, name, instance)
            if found is not None and not _annotation_only(found):
                return found
        for cls in classes:
            found = self._assigned(cls, name, instance)
            if found is not None:
                return found
        outside = [base for base in ancestors if isinstance(base, External)]
        if outside:
            return External(f"{outside[0].path}().{name}", receiver=instance)
        at = Location(instance.cls.path, instance.cls.facts.header)
        return Unknown("the object has no such attribute", at, f"{instance.cls.qualname}().{name}")

    def _declared(self, cls: ClassEntity, name: str, owner: Instance | ClassEntity) -> Entity | None:
        """A member from the class's own block."""
        scope = Scope(cls.path, cls.qualname, {}, cls.scope)
        bindings = self._resolver.index.table(cls.path, cls.qualname).names.get(name)
        if not bindings:
            return None
        found = self._resolver.binding(bindings[-1], scope)
        if isinstance(found, Function):
            return self._method(Function(found.ref, found.facts, cls.scope), owner)
        return found

    def _method(self, function: Function, owner: Instance | ClassEntity) -> Entity:
        names = {self._decorator_name(d) for d in function.facts.decorators}
        if "staticmethod" in names:
            return function
        if "classmethod" in names and isinstance(owner, Instance):
            return Method(function, owner.cls)
        if isinstance(owner, Instance) and names & PROPERTIES:
            return self._returned(function, owner)
        return Method(function, owner)

    def _returned(self, function: Function, owner: Entity) -> Entity:
        call = facts.Call(facts.Opaque("property", function.facts.header), (), function.facts.header)
        applied = Applied(call, function.closure, Arguments())
        found = owner.function if isinstance(owner, Method) else function
        return self._resolver.call(Method(found, owner), applied)  # type: ignore[arg-type]

    @staticmethod
    def _decorator_name(value: facts.Value) -> str:
        if isinstance(value, facts.Read) and isinstance(value.place.root, str):
            return ".".join([value.place.root, *(step for step in value.place.path if isinstance(step, str))])
        return ""

    def _assigned(self, cls: ClassEntity, name: str, owner: Instance) -> Entity | None:
        """A member that a method sets on `self`; `__init__` sees the arguments it was made with."""
        index = self._resolver.index
        methods = [f for ref, f in _methods(index, cls)]
        methods.sort(key=lambda f: (not f.qualname.endswith(".__init__"), f.span))
        found = []
        for method in methods:
            if not method.params:
                continue
            ref = FunctionRef(cls.path, method.qualname)
            bindings = index.table(cls.path, method.qualname).members.get((method.params[0].name, name), ())
            scope = self._method_scope(ref, method, cls, owner) if bindings else None
            found += [e for b in bindings if scope and (e := self._resolver.binding(b, scope)) is not None]
        return several(found) if found else None

    def _method_scope(
        self, ref: FunctionRef, method: facts.Function, cls: ClassEntity, owner: Instance
    ) -> Scope:
        if method.qualname.endswith(".__init__") and owner.made is not None:
            return self._resolver.bind(Function(ref, method, cls.scope), owner.made, owner)
        return self._resolver.scope(ref)

    def ancestors(self, cls: ClassEntity) -> tuple[ClassEntity | External, ...]:
        key = (cls.path, cls.qualname)
        if key in self._linearising:
            self._resolver.cuts += 1
            return ()
        if key not in self._ancestors:
            self._linearising.add(key)
            missed = self._resolver.missed
            found = self._linearised(cls)
            self._linearising.discard(key)
            if self._resolver.missed > missed:
                return found
            self._ancestors[key] = found
        return self._ancestors[key]

    def _linearised(self, cls: ClassEntity) -> tuple[ClassEntity | External, ...]:
        found: list[ClassEntity | External] = [cls]
        for argument in cls.facts.bases:
            if argument.name or argument.star:
                continue
            base = self._resolver.entity(_bare(argument.value), cls.scope)
            if isinstance(base, ClassEntity):
                found += [b for b in self.ancestors(base) if not _listed(b, found)]
            elif isinstance(base, External):
                found.append(base)
        inside = [base for base in found if isinstance(base, ClassEntity)]
        outside = [base for base in found if isinstance(base, External) and base.path not in PLAIN_BASES]
        return (*inside, *outside)

    def instance_of(self, annotation: facts.Value, scope: Scope) -> Entity | None:
        for value in _alternatives(annotation):
            named = self._resolver.entity(value, scope)
            if isinstance(named, ClassEntity):
                return Instance(named)
            if isinstance(named, External) and not named.path.startswith("builtins."):
                return External(f"{named.path}()")
        return None

    def item(self, entity: Entity, key: facts.Value, scope: Scope) -> Entity:
        """What `entity[key]` stands for."""
        name = self._resolver.text(key, scope)
        match entity:
            case Mapping(items=items) if name is not None and name in items:
                return self._resolver.given(items[name])
            case Listing(items=items) if isinstance(key, facts.Literal) and isinstance(key.value, int):
                return (
                    self._resolver.given(items[key.value])
                    if -len(items) <= key.value < len(items)
                    else Element(entity)
                )
            case Mapping() | Listing():
                return self.element(entity)
            case Several(options=options):
                return several([self.item(option, key, scope) for option in options])
        registered = self._registered(name) if name else None
        if registered is not None:
            return registered
        if isinstance(entity, External):
            return External(f"{entity.path}[{name or ''}]", receiver=entity)
        return Unknown(
            "an item of what cannot be told", Location(scope.path, key.span), f"{text(entity)}[{name or ''}]"
        )

    def _registered(self, key: str) -> Entity | None:
        """What some module keeps under a constant key, when it is an object made there by a class."""
        if self._registries is None or self._registered_files != len(self._resolver.index.files):
            self._registries = self._collect_registries()
            self._registered_files = len(self._resolver.index.files)
        for bound in self._registries.get(key, ()):
            if self._resolver.is_visiting(id(bound)):
                continue
            with self._resolver.visiting(id(bound)):
                found = self._resolver.given(bound)
            if isinstance(found, (External, Instance)):
                return found
        return None

    def _collect_registries(self) -> dict[str, list[Bound]]:
        found: dict[str, list[Bound]] = {}
        resolver = self._resolver
        for path in sorted(resolver.index.files):
            for qualname in ("", *resolver.index.files[path].bodies):
                for key, values in resolver.index.table(path, qualname).keyed.items():
                    scope = resolver.scope(FunctionRef(path, qualname))
                    found.setdefault(key, []).extend(Bound(v, scope) for v in values if _constructs(v))
        return found

    def element(self, entity: Entity) -> Entity:
        """One item of what is iterated over."""
        match entity:
            case Listing(items=items) if items:
                return several([self._resolver.given(item) for item in items])
            case Mapping(items=items) if items:
                return several([self._resolver.given(item) for item in items.values()])
            case External(path=path):
                return External(f"{path}[]", receiver=entity)
            case Several(options=options):
                return several([self.element(option) for option in options])
            case _:
                return Element(entity)

    def entered(self, entity: Entity) -> Entity:
        """What `with entity as name` binds."""
        if isinstance(entity, Instance):
            enter = self._of_instance(entity, "__enter__")
            return self._returned(enter.function, enter) if isinstance(enter, Method) else entity
        return entity


PLAIN_BASES = frozenset({"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"})


def _at(entity: Entity) -> Location:
    match entity:
        case Unknown(at=at):
            return at
        case Parameter(function=function):
            return Location(function.path, facts.Span(1, 1, 1, 1))
        case _:
            return Location("", facts.Span(1, 1, 1, 1))


def _type(bound: Bound) -> str:
    if isinstance(bound.value, facts.Text):
        return "str"
    return type(bound.value.value).__name__ if isinstance(bound.value, facts.Literal) else "object"


def _annotation_only(entity: Entity) -> bool:
    return isinstance(entity, Unknown) and entity.why == "declared only"


def _methods(index: object, cls: ClassEntity) -> list[tuple[FunctionRef, facts.Function]]:
    prefix = f"{cls.qualname}."
    file = index.files[cls.path]  # type: ignore[attr-defined]
    return [
        (FunctionRef(cls.path, f.qualname), f)
        for f in file.outline.functions
        if f.qualname.startswith(prefix) and "." not in f.qualname[len(prefix) :]
    ]


def _bare(value: facts.Value) -> facts.Value:
    """A base without its type arguments: `Generic[T]` is `Generic`."""
    if isinstance(value, facts.Read) and value.place.path and isinstance(value.place.path[-1], facts.Item):
        return facts.Read(Place(value.place.root, value.place.path[:-1]), value.span)
    return value


def _listed(base: ClassEntity | External, found: list[ClassEntity | External]) -> bool:
    if isinstance(base, External):
        return any(isinstance(other, External) and other.path == base.path for other in found)
    return any(isinstance(other, ClassEntity) and other.facts is base.facts for other in found)


def _alternatives(annotation: facts.Value) -> list[facts.Value]:
    """The types an annotation names: `X | None`, `Optional[X]`, `"X"`."""
    match annotation:
        case facts.Compute(op="|", operands=operands):
            return [value for operand in operands for value in _alternatives(operand)]
        case facts.Literal(value=str(name)) if name.replace(".", "").replace("_", "").isalnum():
            root, *path = name.split(".")
            return [facts.Read(Place(root, tuple(path)), annotation.span)]
        case facts.Read(place=Place(root=root, path=(*path, facts.Item(key=key)))):
            last = path[-1] if path else root
            return _alternatives(key) if last in CONTAINERS else [_bare(annotation)]
        case facts.Sequence(items=items):
            return [value for item in items for value in _alternatives(item)]
        case facts.Read():
            return [annotation]
        case _:
            return []


def _constructs(value: facts.Value) -> bool:
    """A call of something named like a class."""
    if not isinstance(value, facts.Call) or not isinstance(value.callee, facts.Read):
        return False
    place = value.callee.place
    last = place.path[-1] if place.path else place.root
    return isinstance(last, str) and last[:1].isupper()

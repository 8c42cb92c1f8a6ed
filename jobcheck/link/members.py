"""Attributes and items of entities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.link.bindings import Binding
from jobcheck.link.classes import Base, Classes
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
)
from jobcheck.link.entities import text as text
from jobcheck.link.lookup import is_classmethod, is_static
from jobcheck.link.registries import Registries
from jobcheck.link.rows import Rows
from jobcheck.model import FunctionRef, Location

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver

PROPERTIES = frozenset({"property", "cached_property"})
ACCESSORS = frozenset({"setter", "deleter"})


class Members:
    """The part of the resolver that looks inside entities."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._classes = Classes(resolver)
        self._registries = Registries(resolver)
        self._rows = Rows(resolver)

    def attribute(self, entity: Entity, name: str) -> Entity:
        """What `entity.name` stands for."""
        match entity:
            case ModuleEntity(path=path):
                found = self._resolver.symbol(path, name)
                return found or External(f"{self._resolver.path(entity)}.{name}")
            case External():
                return self._of_external(entity, name)
            case ClassEntity():
                return self._of_class(entity, name)
            case Instance():
                return self._of_instance(entity, name)
            case Parameter(of_type=of_type) if of_type is not None:
                return self.attribute(of_type, name)
            case Several(options=options):
                return several(self.attribute(option, name) for option in options)
            case Data() | Mapping() | Listing():
                return entity if name == "value" and isinstance(entity, Data) else _of_builtin(entity, name)
            case Function() | Method() | Partial():
                return External(f"{self._resolver.path(entity)}.{name}", receiver=entity)
            case Element(of=Parameter() | Unknown() as inner):
                return Unknown("an item of what cannot be told", _at(inner), f"{text(inner)}[].{name}")
            case _:
                return Unknown("an attribute of what cannot be told", _at(entity), f"{text(entity)}.{name}")

    # --- things from outside ---

    def _of_external(self, entity: External, name: str) -> Entity:
        if name in entity.told:
            return self._resolver.given(entity.told[name])
        if entity.path == "builtins.super()" and entity.made is not None:
            found = self._of_super(entity.made, name)
        elif entity.receiver is None and entity.made is None:
            found = self._resolver.imports.inside(entity.path, name)
        else:
            found = self._rows.of_row(entity, name) or self._rows.of_manager(entity, name)
        return found or External(f"{entity.path}.{name}", receiver=entity)

    def model_of(self, entity: Entity | None) -> ClassEntity | None:
        """The project's class that a chain of external attributes and calls started from."""
        return self._rows.model_of(entity)

    def _of_super(self, made: Applied, name: str) -> Entity | None:
        beyond = self._classes.beyond(made.scope)
        if beyond is None:
            return None
        this, line = beyond
        for base in line:
            found = self._of_base(base, name, this)
            if found is not None:
                return found
        return None

    # --- classes and their objects ---

    def _of_base(self, base: Base, name: str, owner: Instance | ClassEntity) -> Entity | None:
        if isinstance(base, ClassEntity):
            return self._declared(base, name, owner)
        made = "()" if isinstance(owner, Instance) else ""
        return External(f"{base.path}{made}.{name}", receiver=owner)

    def _of_class(self, cls: ClassEntity, name: str) -> Entity:
        for base in self.ancestors(cls):
            found = self._of_base(base, name, cls)
            if found is not None:
                return self._rows.managed(found, cls)
        at = Location(cls.path, cls.facts.header)
        return Unknown("the class has no such attribute", at, f"{cls.qualname}.{name}")

    def _of_instance(self, instance: Instance, name: str) -> Entity:
        """An object's own value comes before its class's, but for methods and properties."""
        field = self._classes.field(instance, name)
        if field is not None:
            return self._resolver.given(field)
        ancestors = self.ancestors(instance.cls)
        classes = [base for base in ancestors if isinstance(base, ClassEntity)]
        declared = self._first_declared(classes, name, instance)
        if declared is None or isinstance(declared, (Data, Listing, Mapping, Unknown)):
            own, sure = self._assigned(classes, name, instance)
            if own:
                return several(own if sure or declared is None else [*own, declared])
        if declared is not None:
            return declared
        outside = [base for base in ancestors if isinstance(base, External)]
        if outside:
            return External(f"{outside[0].path}().{name}", receiver=instance)
        at = Location(instance.cls.path, instance.cls.facts.header)
        return Unknown("the object has no such attribute", at, f"{instance.cls.qualname}().{name}")

    def _first_declared(self, classes: list[ClassEntity], name: str, instance: Instance) -> Entity | None:
        found = (self._declared(cls, name, instance) for cls in classes)
        return next((entity for entity in found if entity is not None), None)

    def _declared(self, cls: ClassEntity, name: str, owner: Instance | ClassEntity) -> Entity | None:
        """A member from the class's own block."""
        index = self._resolver.index
        bindings = index.table(cls.path, cls.qualname).names.get(name, [])
        kept = [binding for binding in bindings if not self._is_accessor(cls, binding)]
        if not kept:
            return None
        canonical = self._resolver.scope(FunctionRef(cls.path, cls.qualname))
        outer = self._resolver.closure(cls.scope)
        scope = canonical if canonical.outer is outer else Scope(cls.path, cls.qualname, {}, outer)
        last = kept[-1]
        certain = last.when.sure or isinstance(last.value, facts.Defined)
        found = [self._resolver.binding(binding, scope) for binding in ([last] if certain else kept)]
        return self._owned([entity for entity in found if entity is not None], owner)

    def _owned(self, found: list[Entity], owner: Instance | ClassEntity) -> Entity | None:
        owned = [self._method(entity, owner) if isinstance(entity, Function) else entity for entity in found]
        return several(owned) if owned else None

    def _is_accessor(self, cls: ClassEntity, binding: Binding) -> bool:
        """The second and third definitions of a property: `@size.setter`."""
        if not isinstance(binding.value, facts.Defined):
            return False
        function = self._resolver.index.function(FunctionRef(cls.path, binding.value.qualname))
        return function is not None and any(_last(d) in ACCESSORS for d in function.decorators)

    def _method(self, function: Function, owner: Instance | ClassEntity) -> Entity:
        if is_static(function.facts):
            return function
        if is_classmethod(function.facts) and isinstance(owner, Instance):
            return Method(function, owner.cls)
        if isinstance(owner, Instance) and any(_last(d) in PROPERTIES for d in function.facts.decorators):
            return self._called(Method(function, owner))
        return Method(function, owner)

    def _called(self, method: Method) -> Entity:
        """What a method returns that is called without being written as a call."""
        span = method.function.facts.header
        call = facts.Call(facts.Opaque("not written as a call", span), (), span)
        return self._resolver.call(method, Applied(call, method.function.closure, Arguments()))

    def _assigned(self, classes: list[ClassEntity], name: str, owner: Instance) -> tuple[list[Entity], bool]:
        """What methods set on `self`, and whether `__init__` certainly does so."""
        for cls in classes:
            found: list[Entity] = []
            sure = False
            for method, binding in self._assignments(cls, name):
                init = method.qualname.endswith(".__init__")
                scope = self._classes.initialised(cls, owner) if init else None
                ref = FunctionRef(cls.path, method.qualname)
                entity = self._resolver.binding(binding, scope or self._resolver.scope(ref))
                if entity is not None:
                    found.append(entity)
                    sure = sure or (init and binding.when.sure)
            if found:
                return found, sure
        return [], False

    def _assignments(self, cls: ClassEntity, name: str) -> list[tuple[facts.Function, Binding]]:
        table = self._resolver.index.table
        return [
            (method, binding)
            for method in self._resolver.index.methods(cls.path, cls.qualname)
            if method.params
            for binding in table(cls.path, method.qualname).members.get((method.params[0].name, name), ())
        ]

    def ancestors(self, cls: ClassEntity) -> tuple[Base, ...]:
        """The class and its bases, nearest first."""
        return self._classes.ancestors(cls)

    # --- items ---

    def item(self, entity: Entity, key: facts.Value, scope: Scope) -> Entity:
        """What `entity[key]` stands for; a class with its type arguments is that class."""
        name = self._resolver.text(key, scope)
        match entity:
            case Mapping():
                return self._of_mapping(entity, name, Location(scope.path, key.span))
            case Listing():
                return self._of_listing(entity, key, scope)
            case Several(options=options):
                return several(self.item(option, key, scope) for option in options)
            case External(path=path) if path.rpartition(".")[2][:1].isupper() and path[-1].isalpha():
                return entity
            case ClassEntity() if not name:
                return entity
        kept = self._registries.kept(text(entity).rpartition(".")[2], name) if name else None
        if kept is not None:
            return kept
        if isinstance(entity, External):
            return External(f"{entity.path}[{name or ''}]", receiver=entity)
        at = Location(scope.path, key.span)
        return Unknown("an item of what cannot be told", at, f"{text(entity)}[{name or ''}]")

    def _of_mapping(self, mapping: Mapping, name: str | None, at: Location) -> Entity:
        if name is None:
            values = [self._resolver.given(item) for item in mapping.items.values()]
            return several(values) if values else Element(mapping)
        if name in mapping.items:
            return self._resolver.given(mapping.items[name])
        return Unknown(mapping.open or "the key is not there", at, f"[{name}]")

    def _of_listing(self, listing: Listing, key: facts.Value, scope: Scope) -> Entity:
        match key:
            case facts.Literal(value=int(place)) if -len(listing.items) <= place < len(listing.items):
                return self._resolver.given(listing.items[place])
            case facts.Opaque(why="slice"):
                return Unknown("a part of a sequence", Location(scope.path, key.span))
            case _:
                return self.element(listing)

    def element(self, entity: Entity) -> Entity:
        """One item of what is iterated over."""
        match entity:
            case Listing(items=items) if items:
                return several(self._resolver.given(item) for item in items)
            case Mapping(items=items, at=at) if items and at is not None:
                return several(_text_at(key, at) for key in items)
            case External(path=path):
                return External(f"{path}[]", receiver=entity)
            case Several(options=options):
                return several(self.element(option) for option in options)
            case _:
                return Element(entity)

    def entered(self, entity: Entity) -> Entity:
        """What `with entity as name` binds."""
        if isinstance(entity, Several):
            return several(self.entered(option) for option in entity.options)
        if not isinstance(entity, Instance):
            return entity
        for name in ("__enter__", "__aenter__"):
            enter = self._of_instance(entity, name)
            if isinstance(enter, Method):
                return self._called(enter)
        return entity


def _of_builtin(entity: Data | Mapping | Listing, name: str) -> External:
    match entity:
        case Mapping():
            kind = "dict"
        case Listing():
            kind = "list"
        case Data(bound=Bound(value=facts.Text())):
            kind = "str"
        case Data(bound=Bound(value=facts.Literal(value=value))):
            kind = type(value).__name__
        case _:
            kind = "object"
    return External(f"builtins.{kind}().{name}", receiver=entity)


def _text_at(text: str, at: Location) -> Data:
    return Data(Bound(facts.Literal(text, at.span), Scope(at.path)))


def _last(value: facts.Value) -> str:
    """The last name of a decorator."""
    if not isinstance(value, facts.Read):
        return ""
    last = value.place.path[-1] if value.place.path else value.place.root
    return last if isinstance(last, str) else ""


def _at(entity: Entity) -> Location:
    match entity:
        case Unknown(at=at):
            return at
        case Parameter(function=function):
            return Location(function.path, facts.Span(1, 1, 1, 1))
        case _:
            return Location("", facts.Span(1, 1, 1, 1))

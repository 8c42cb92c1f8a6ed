"""Follows names, imports, attributes and calls to what they stand for.

One mechanism serves recognition, options, payloads and flow: a call of a project function is
followed by giving its parameters the arguments and looking at what it returns. A look-up that
needs a file which has not been read notes it in `wanted` and counts in `missed`; what it found is
then not remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jobcheck import facts
from jobcheck.facts import Item, Place
from jobcheck.link import calls
from jobcheck.link.bindings import Binding
from jobcheck.link.entities import (
    Anonymous,
    Applied,
    Arguments,
    Bound,
    ClassEntity,
    Data,
    Element,
    Entity,
    External,
    Function,
    Given,
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
from jobcheck.link.imports import Imports
from jobcheck.link.index import Index
from jobcheck.link.members import Members
from jobcheck.model import FunctionRef, Location

REBOUND = 2
"""Assignments of one name that are followed into one another: `text = text.strip()`, again and again."""

DEPTH = 40
"""Nested look-ups after which an expression counts as opaque: far above what people write."""


class Resolver:
    """What the values of an index stand for. `is_row` tells which external paths give a model's row."""

    def __init__(self, index: Index, is_row: Callable[[str], bool] = lambda path: False) -> None:
        self.index = index
        self.is_row = is_row
        self.wanted: set[str] = set()
        self.missed = 0
        self.members = Members(self)
        self._imports = Imports(self)
        self.active: set[int] = set()
        self.cuts = 0
        self.depth = 0
        self._entered: set[tuple[int, int]] = set()
        self._scopes: dict[FunctionRef, Scope] = {}
        self._memo: dict[tuple[int, int], tuple[facts.Value, Scope, Entity]] = {}

    # --- scopes ---

    def module_scope(self, path: str) -> Scope:
        return self.scope(FunctionRef(path, ""))

    def scope(self, ref: FunctionRef) -> Scope:
        """The scope of a function's body, nothing given."""
        if ref not in self._scopes:
            self._scopes[ref] = Scope(ref.path, ref.qualname, {}, self._outer(ref))
        return self._scopes[ref]

    def _outer(self, ref: FunctionRef) -> Scope | None:
        if not ref.qualname:
            return None
        parent = ref.qualname.rpartition(".")[0]
        while parent and self.index.cls(ref.path, parent):
            parent = parent.rpartition(".")[0]
        return self.scope(FunctionRef(ref.path, parent))

    # --- values ---

    def given(self, given: Given) -> Entity:
        return self.entity(given.value, given.scope) if isinstance(given, Bound) else given

    def entity(self, value: facts.Value, scope: Scope) -> Entity:
        """What a value stands for, read in a scope."""
        key = (id(value), id(scope))
        if key in self._memo:
            return self._memo[key][2]
        if self.depth > DEPTH or key in self._entered:
            self.cuts += 1
            return Unknown("it leads back to itself", Location(scope.path, value.span))
        before = self.missed, self.cuts
        self.depth += 1
        self._entered.add(key)
        try:
            found = self._entity(value, scope)
        finally:
            self.depth -= 1
            self._entered.discard(key)
        if before == (self.missed, self.cuts):
            self._memo[key] = (value, scope, found)
        return found

    def _entity(self, value: facts.Value, scope: Scope) -> Entity:
        match value:
            case facts.Read(place=place):
                return self._place(place, value.span, scope)
            case facts.Call():
                return self.call(self.entity(value.callee, scope), Applied(value, scope))
            case facts.Record():
                return self._record(value, scope)
            case facts.Sequence():
                return self._sequence(value, scope)
            case facts.Choice(then=then, otherwise=otherwise):
                return several([self.entity(then, scope), self.entity(otherwise, scope)])
            case facts.Join(values=values):
                return several([self.entity(part, scope) for part in values])
            case facts.Lambda():
                return Anonymous(value, scope)
            case facts.Named(value=inner) | facts.Spread(value=inner):
                return self.entity(inner, scope)
            case facts.Import():
                return self.imported(value, scope.path)
            case facts.Defined(qualname=qualname):
                return self.defined(scope, qualname, value)
            case facts.Compute(op="|", operands=(left, right)):
                return self._merged(self.entity(left, scope), self.entity(right, scope), value, scope)
            case facts.Opaque(why=why):
                return Unknown(why, Location(scope.path, value.span))
            case _:
                return Data(Bound(value, scope))

    def _record(self, record: facts.Record, scope: Scope) -> Entity:
        items: dict[str, Given] = {}
        open_ = ""
        for entry in record.entries:
            if entry.key is None:
                inner = self.entity(entry.value, scope)
                if isinstance(inner, Mapping):
                    items.update(inner.items)
                open_ = open_ or (inner.open if isinstance(inner, Mapping) else why(inner))
                continue
            key = self.text(entry.key, scope)
            if key is None:
                open_ = open_ or "a key cannot be told"
            else:
                items[key] = Bound(entry.value, scope)
        return Mapping(items, open_, Location(scope.path, record.span))

    def _sequence(self, sequence: facts.Sequence, scope: Scope) -> Entity:
        items: list[Given] = []
        open_ = ""
        for item in sequence.items:
            if not isinstance(item, facts.Spread):
                items.append(Bound(item, scope))
                continue
            inner = self.entity(item.value, scope)
            if isinstance(inner, Listing):
                items.extend(inner.items)
            open_ = open_ or (inner.open if isinstance(inner, Listing) else why(inner))
        return Listing(tuple(items), open_)

    def _merged(self, left: Entity, right: Entity, value: facts.Value, scope: Scope) -> Entity:
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            return Mapping({**left.items, **right.items}, left.open or right.open, left.at)
        for known in (left, right):
            if isinstance(known, Mapping):
                at = Location(scope.path, value.span)
                return Mapping(known.items, "merged with what cannot be told", at)
        return several([left, right]) if not isinstance(left, Data) else Data(Bound(value, scope))

    def text(self, value: facts.Value, scope: Scope) -> str | None:
        """The text a value is, when it is a constant text."""
        if isinstance(value, facts.Literal):
            return value.value if isinstance(value.value, str) else None
        found = self.entity(value, scope)
        if isinstance(found, Data) and isinstance(found.bound.value, facts.Literal):
            return self.text(found.bound.value, scope)
        return None

    # --- names ---

    def _place(self, place: Place, span: facts.Span, scope: Scope) -> Entity:
        if isinstance(place.root, str):
            found = self.name(place.root, scope, span)
        else:
            found = self.entity(place.root, scope)
        for step in place.path:
            if isinstance(step, Item):
                found = self.item(found, step.key, scope)
            else:
                found = self.attribute(found, step)
        return found

    def name(self, name: str, scope: Scope, span: facts.Span) -> Entity:
        """What a bare name stands for where it is read."""
        at: Scope | None = scope
        while at is not None:
            found = self.in_scope(name, at)
            if found is not None:
                return found
            at = at.outer
        if name in BUILTINS:
            return External(f"builtins.{name}")
        return Unknown("the name is not defined here", Location(scope.path, span), name)

    def in_scope(self, name: str, scope: Scope) -> Entity | None:
        """What a name stands for in one scope alone; None when it is not bound there."""
        found = [self._parameter(name, scope)]
        table = self.index.table(scope.path, scope.qualname)
        bindings = table.names.get(name, [])
        if sum(id(binding) in self.active for binding in bindings) >= REBOUND:
            self.cuts += 1
            return found[0]
        found += [self.binding(binding, scope) for binding in bindings]
        if not scope.qualname and not table.names.get(name):
            found.append(self._starred(name, scope.path))
        known = [entity for entity in found if entity is not None]
        if not known:
            return None
        return self._changed(several(known), name, scope)

    def _parameter(self, name: str, scope: Scope) -> Entity | None:
        if name in scope.given:
            return self.given(scope.given[name])
        ref = FunctionRef(scope.path, scope.qualname)
        function = self.index.function(ref)
        for position, param in enumerate(function.params if function else ()):
            if param.name == name and function is not None:
                return self._unknown_parameter(ref, function, position, scope)
        return None

    def _unknown_parameter(
        self, ref: FunctionRef, function: facts.Function, position: int, scope: Scope
    ) -> Entity:
        owner = self.owner(ref) if position == 0 else None
        if owner is not None and not is_static(function):
            return owner if is_classmethod(function) else Instance(owner)
        param = function.params[position]
        typed = self.instance_of(param.annotation, scope.outer or scope) if param.annotation else None
        return Parameter(ref, param.name, typed)

    def owner(self, ref: FunctionRef) -> ClassEntity | None:
        """The class whose method a function is."""
        parent = ref.qualname.rpartition(".")[0]
        cls = self.index.cls(ref.path, parent) if parent else None
        return ClassEntity(ref.path, cls, self._outer(ref) or self.module_scope(ref.path)) if cls else None

    def binding(self, binding: Binding, scope: Scope) -> Entity | None:
        if binding.how == "augment" or self.is_visiting(id(binding)):
            return None
        with self.visiting(id(binding)):
            return self._bound(binding, scope)

    def is_visiting(self, key: int) -> bool:
        """Whether something is being looked at already; what is found then holds for this path only."""
        if key in self.active:
            self.cuts += 1
        return key in self.active

    @contextmanager
    def visiting(self, key: int) -> Iterator[None]:
        self.active.add(key)
        try:
            yield
        finally:
            self.active.discard(key)

    def _bound(self, binding: Binding, scope: Scope) -> Entity:
        if binding.how == "annotation" and binding.annotation is not None:
            return self.instance_of(binding.annotation, scope) or Unknown(
                "declared only", Location(scope.path, binding.value.span)
            )
        found = self.entity(binding.value, scope)
        if isinstance(found, Unknown) and binding.annotation is not None:
            found = self.instance_of(binding.annotation, scope) or found
        match binding.how:
            case "part":
                return self._part(found, binding.index)
            case "element":
                return self.element(found)
            case "enter":
                return self.members.entered(found)
            case "except":
                return External(f"{self.path(found)}()")
            case _:
                return found

    def _part(self, found: Entity, index: int) -> Entity:
        if isinstance(found, Listing) and index < len(found.items):
            return self.given(found.items[index])
        if isinstance(found, Several):
            return several([self._part(option, index) for option in found.options])
        if isinstance(found, External):
            return External(f"{found.path}[{index}]", receiver=found)
        return Element(found)

    def _starred(self, name: str, path: str) -> Entity | None:
        for binding in self.index.table(path, "").names.get("*", ()):
            if not isinstance(binding.value, facts.Import) or self.is_visiting(id(binding)):
                continue
            with self.visiting(id(binding)):
                source = self._imports.file_of(binding.value, path)
                found = (
                    self.in_scope(name, self.module_scope(source))
                    if source and self.read_already(source)
                    else None
                )
            if found is not None:
                return found
        return None

    def _changed(self, entity: Entity, name: str, scope: Scope) -> Entity:
        changes = self.index.table(scope.path, scope.qualname).changes.get(name)
        if not changes or not isinstance(entity, (Mapping, Listing)):
            return entity
        if self.is_visiting(id(changes)):
            return entity
        with self.visiting(id(changes)):
            return calls.changed(self, entity, changes, scope)

    # --- modules ---

    def imported(self, node: facts.Import, importer: str) -> Entity:
        """What an import statement binds."""
        return self._imports.bound(node, importer)

    def symbol(self, path: str, name: str) -> Entity | None:
        """A name of a module of the project; None when it has none such."""
        return self._imports.symbol(path, name)

    def dotted(self, name: str, importer: str) -> Entity | None:
        """What a dotted text such as "shop.tasks.send" or "shop.tasks:send" names in the project."""
        return self._imports.dotted(name, importer)

    def read_already(self, path: str) -> bool:
        """Whether a file has been read; if not, it is noted as wanted."""
        if path in self.index.files:
            return True
        self.wanted.add(path)
        self.missed += 1
        return False

    def defined(self, scope: Scope, qualname: str, value: facts.Value) -> Entity:
        """The function or class of a definition, in the scope it stands in."""
        ref = FunctionRef(scope.path, qualname)
        function = self.index.function(ref)
        if function is not None:
            return Function(ref, function, scope)
        cls = self.index.cls(scope.path, qualname)
        if cls is not None:
            return ClassEntity(scope.path, cls, scope)
        return Unknown("the definition is not listed", Location(scope.path, value.span), qualname)

    # --- attributes, items, types ---

    def attribute(self, entity: Entity, name: str) -> Entity:
        return self.members.attribute(entity, name)

    def item(self, entity: Entity, key: facts.Value, scope: Scope) -> Entity:
        return self.members.item(entity, key, scope)

    def element(self, entity: Entity) -> Entity:
        return self.members.element(entity)

    def instance_of(self, annotation: facts.Value, scope: Scope) -> Entity | None:
        """An object of the annotated type; None when the annotation names no class."""
        return self.members.instance_of(annotation, scope)

    def ancestors(self, cls: ClassEntity) -> tuple[ClassEntity | External, ...]:
        """The class and its bases, nearest first."""
        return self.members.ancestors(cls)

    # --- calls ---

    def call(self, callee: Entity, applied: Applied) -> Entity:
        """What a call returns."""
        return calls.call(self, callee, applied)

    def arguments(self, applied: Applied) -> Arguments:
        """The arguments of a call with its spreads opened."""
        return calls.arguments(self, applied)

    def bind(self, function: Function, applied: Applied, owner: Entity | None = None) -> Scope:
        """The scope of a function's body with a call's arguments given to its parameters."""
        return calls.bind(self, function, applied, owner)

    def path(self, entity: Entity) -> str:
        """The canonical dotted path of an entity, "" when it has none."""
        match entity:
            case External(path=path):
                return path
            case Function(ref=ref):
                return self.index.dotted(ref.path, ref.qualname)
            case Method(function=function):
                return self.path(function)
            case ClassEntity(path=path):
                return self.index.dotted(path, entity.qualname)
            case Instance(cls=cls):
                return f"{self.path(cls)}()"
            case ModuleEntity(path=path):
                return self.index.module_name(path)
            case Parameter(of_type=of_type) if of_type is not None:
                return self.path(of_type)
            case Partial(target=target):
                return self.path(target)
            case _:
                return ""

    def external_paths(self, entity: Entity) -> tuple[str, ...]:
        """The paths that a class or instance of the project has through its bases from outside."""
        match entity:
            case Instance(cls=cls):
                return tuple(f"{path}()" for path in self.external_paths(cls))
            case ClassEntity():
                return tuple(base.path for base in self.ancestors(entity) if isinstance(base, External))
            case Parameter(of_type=of_type) if of_type is not None:
                return self.external_paths(of_type)
            case External(path=path):
                return (path,)
            case _:
                return ()


def why(entity: Entity) -> str:
    """Why a spread entity leaves its surroundings open."""
    return entity.why if isinstance(entity, Unknown) else "spread from what cannot be told"


def is_static(function: facts.Function) -> bool:
    return _decorated(function, "staticmethod")


def is_classmethod(function: facts.Function) -> bool:
    return _decorated(function, "classmethod")


def _decorated(function: facts.Function, name: str) -> bool:
    return any(isinstance(d, facts.Read) and d.place == Place(name) for d in function.decorators)


BUILTINS = frozenset(dir(__import__("builtins")))

"""Follows names, imports, attributes and calls to what they stand for.

One mechanism serves recognition, options, payloads and flow: a call of a project function is
followed by giving its parameters the arguments and looking at what it returns. A look-up that
needs a file which has not been read notes it in `wanted` and counts in `missed`; what it found is
then not remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from jobcheck import facts
from jobcheck.facts import Item, Place
from jobcheck.link import calls, displays
from jobcheck.link.annotations import Annotations
from jobcheck.link.bindings import Binding
from jobcheck.link.entities import (
    Anonymous,
    Applied,
    Arguments,
    Bound,
    ClassEntity,
    Data,
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
    Unknown,
    several,
)
from jobcheck.link.entities import why as why
from jobcheck.link.imports import Imports
from jobcheck.link.index import Index
from jobcheck.link.lookup import Lookup
from jobcheck.link.members import Members
from jobcheck.link.trail import Trail, Visit
from jobcheck.model import FunctionRef, Location

DEPTH = 40
"""Nested look-ups after which an expression counts as opaque: far above what people write."""
WORK = 5_000
"""Values looked at for one question; only code made to be hard to follow needs more."""


def _never(path: str) -> bool:  # noqa: ARG001
    return False


class Resolver:
    """What the values of an index stand for. `is_row` tells which external paths give a model's row."""

    def __init__(self, index: Index, is_row: Callable[[str], bool] = _never) -> None:
        self.index = index
        self.is_row = is_row
        self.wanted: set[str] = set()
        self.depth = 0
        self.members = Members(self)
        self.imports = Imports(self)
        self._lookup = Lookup(self)
        self._annotations = Annotations(self)
        self._trail = Trail()
        self._work = 0
        self._known_files = 0
        self._scopes: dict[FunctionRef, Scope] = {}
        self._bodies: dict[Hashable, Scope] = {}

    # --- scopes ---

    def module_scope(self, path: str) -> Scope:
        """The scope of a module's own block."""
        return self.scope(FunctionRef(path, ""))

    def scope(self, ref: FunctionRef) -> Scope:
        """The scope of a function's body or a class's block, nothing given."""
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

    def closure(self, scope: Scope) -> Scope:
        """The scope that a definition standing in `scope` sees: that of a class is skipped."""
        if self.index.cls(scope.path, scope.qualname) is not None and scope.outer is not None:
            return self.closure(scope.outer)
        return scope

    # --- what is being followed ---

    @property
    def missed(self) -> int:
        """How many look-ups wanted a file that has not been read."""
        return self._trail.missed

    def enter(self, key: Hashable) -> bool:
        """Whether something may be followed; False when that leads back to where it is followed already."""
        return self._trail.enter(key)

    def follows(self, keys: Iterable[Hashable], times: int) -> bool:
        """Whether so many of these are being followed already: then they are left out."""
        return self._trail.follows(keys, times)

    def room(self, keys: Iterable[Hashable]) -> Hashable | None:
        """The first of these that may be followed; None when all of them are being followed already."""
        return self._trail.room(keys)

    def visiting(self, key: Hashable) -> Visit:
        """While something is followed."""
        return Visit(self._trail, key)

    # --- values ---

    def given(self, given: Given) -> Entity:
        """What a value with its scope stands for; an entity stands for itself."""
        return self.entity(given.value, given.scope) if isinstance(given, Bound) else given

    def entity(self, value: facts.Value, scope: Scope) -> Entity:
        """What a value stands for, read in a scope."""
        if len(self.index.files) != self._known_files:
            self._trail.forget()
            self._known_files = len(self.index.files)
        key = (id(value), id(scope))
        known = self._trail.recall(key)
        return self._told(key, value, scope) if known is None else known

    def _told(self, key: tuple[int, int], value: facts.Value, scope: Scope) -> Entity:
        if not self.depth:
            self._work = 0
        self._work += 1
        if self.depth > DEPTH or self._work > WORK:
            self._trail.stop()
        elif self.enter(key):
            self.depth += 1
            try:
                return self._trail.tell(key, value, scope, self._entity)
            finally:
                self.depth -= 1
        return Unknown("it leads too far to be followed", Location(scope.path, value.span))

    def _entity(self, value: facts.Value, scope: Scope) -> Entity:
        match value:
            case facts.Read(place=place):
                return self._place(place, value.span, scope)
            case facts.Call():
                return self.call(self.entity(value.callee, scope), Applied(value, scope))
            case facts.Record():
                return displays.record(self, value, scope)
            case facts.Sequence():
                return displays.sequence(self, value, scope)
            case facts.Choice(then=then, otherwise=otherwise):
                return several([self.entity(then, scope), self.entity(otherwise, scope)])
            case facts.Join():
                return displays.joined(self, value, scope)
            case facts.Compute():
                return displays.computed(self, value, scope)
            case facts.Lambda():
                return Anonymous(value, scope)
            case facts.Named(value=inner) | facts.Spread(value=inner):
                return self.entity(inner, scope)
            case facts.Import():
                return self.imports.bound(value, scope.path)
            case facts.Defined(qualname=qualname):
                return self.defined(scope, qualname, value)
            case facts.Opaque(why=why):
                return Unknown(why, Location(scope.path, value.span))
            case _:
                return Data(Bound(value, scope))

    def text(self, value: facts.Value, scope: Scope) -> str | None:
        """The text a value is, when it is a constant text."""
        if isinstance(value, facts.Literal):
            return value.value if isinstance(value.value, str) else None
        found = self.entity(value, scope)
        if isinstance(found, Data) and isinstance(found.bound.value, facts.Literal):
            return self.text(found.bound.value, scope)
        return None

    def _place(self, place: Place, span: facts.Span, scope: Scope) -> Entity:
        if isinstance(place.root, str):
            found = self._lookup.name(place.root, scope, span)
        else:
            found = self.entity(place.root, scope)
        for step in place.path:
            if isinstance(step, Item):
                found = self.item(found, step.key, scope)
            else:
                found = self.attribute(found, step)
        return found

    # --- names, modules, definitions ---

    def in_scope(self, name: str, scope: Scope) -> Entity | None:
        """What a name stands for in one scope alone; None when it is not bound there."""
        return self._lookup.in_scope(name, scope)

    def binding(self, binding: Binding, scope: Scope) -> Entity | None:
        """What one binding gives; None when it leads back to itself."""
        return self._lookup.binding(binding, scope)

    def owner(self, ref: FunctionRef) -> ClassEntity | None:
        """The class whose method a function is."""
        return self._lookup.owner(ref)

    def symbol(self, path: str, name: str) -> Entity | None:
        """A name of a module of the project; None when it has none such."""
        return self.imports.symbol(path, name)

    def dotted(self, name: str, importer: str) -> Entity | None:
        """What a dotted text such as "shop.tasks.send" or "shop.tasks:send" names in the project."""
        return self.imports.dotted(name, importer)

    def read_already(self, path: str) -> bool:
        """Whether a file has been read; if not, it is noted as wanted."""
        if path in self.index.files:
            return True
        self.wanted.add(path)
        self._trail.missed += 1
        return False

    def defined(self, scope: Scope, qualname: str, value: facts.Value) -> Entity:
        """The function or class of a definition, in the scope it stands in."""
        ref = FunctionRef(scope.path, qualname)
        function = self.index.function(ref)
        if function is not None:
            return Function(ref, function, self.closure(scope))
        cls = self.index.cls(scope.path, qualname)
        if cls is not None:
            return ClassEntity(scope.path, cls, scope)
        return Unknown("the definition is not listed", Location(scope.path, value.span), qualname)

    # --- attributes, items, types ---

    def attribute(self, entity: Entity, name: str) -> Entity:
        """What `entity.name` stands for."""
        return self.members.attribute(entity, name)

    def item(self, entity: Entity, key: facts.Value, scope: Scope) -> Entity:
        """What `entity[key]` stands for, the key read in the scope."""
        return self.members.item(entity, key, scope)

    def element(self, entity: Entity) -> Entity:
        """One item of what is iterated over."""
        return self.members.element(entity)

    def instance_of(self, annotation: facts.Value, scope: Scope) -> Entity | None:
        """An object of the annotated type; None when the annotation names no class."""
        return self._annotations.instance_of(annotation, scope)

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

    def inside(self, function: Function, given: dict[str, Given]) -> Scope:
        """The scope of a function's body with values given to its parameters: one for equal ones."""
        key = (id(function.facts), id(function.closure), tuple((n, _same(g)) for n, g in given.items()))
        if key not in self._bodies:
            scope = Scope(function.ref.path, function.ref.qualname, given, function.closure)
            self._bodies[key] = scope
        return self._bodies[key]

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


def _same(given: Given) -> Hashable:
    """What is equal for arguments that are the same; the scope that holds them keeps its ids taken."""
    match given:
        case Bound(value=facts.Literal() as value):
            return id(value)
        case Bound(value=value, scope=scope):
            return (id(value), id(scope))
        case Listing(items=items, open=open_):
            return (*(_same(item) for item in items), open_)
        case Mapping(items=named, open=open_):
            return (*((name, _same(item)) for name, item in named.items()), open_)
        case _:
            return id(given)

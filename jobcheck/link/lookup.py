"""What a name stands for where it is read: parameters, assignments in their order, imports, builtins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.facts import Place, Span
from jobcheck.link.bindings import Binding, Change
from jobcheck.link.entities import (
    Bound,
    ClassEntity,
    Data,
    Element,
    Entity,
    External,
    Instance,
    Listing,
    Mapping,
    Parameter,
    Scope,
    Several,
    Unknown,
    either,
    options,
    several,
    tells_nothing,
)
from jobcheck.link.mutation import changed
from jobcheck.model import FunctionRef, Location

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver

REBOUND = 2
"""Conditional assignments of one name that are followed into one another: `if a: x = x.strip()`."""
BUILTINS = frozenset(dir(__import__("builtins")))


class Lookup:
    """The part of the resolver that reads names.

    Where the block that binds a name is the one that reads it, the order of the text counts: an
    assignment that certainly came before replaces what stood there. A function defined inside sees
    what the block ends with.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._index = resolver.index

    def name(self, name: str, scope: Scope, span: Span) -> Entity:
        """What a bare name stands for where it is read."""
        at: Scope | None = scope
        read: Span | None = span
        inner: list[tuple[Scope, Span | None]] = []
        while at is not None:
            found = self.in_scope(name, at, read)
            if found is not None:
                for passed, when in reversed(inner):
                    found = self._changed(found, name, passed, when)
                return found
            inner.append((at, read))
            at, read = at.outer, None
        return self._undefined(name, scope, span)

    def _undefined(self, name: str, scope: Scope, span: Span) -> Entity:
        if name == "__name__":
            return Data(Bound(facts.Literal(self._index.module_name(scope.path), span), scope))
        if name in BUILTINS:
            return External(f"builtins.{name}")
        return Unknown("the name is not defined here", Location(scope.path, span), name)

    def in_scope(self, name: str, scope: Scope, read: Span | None = None) -> Entity | None:
        """What a name stands for in one scope alone, at its end unless `read` says where it is read;
        None when it is not bound there."""
        found = self._here(name, scope, read)
        return self._changed(found, name, scope, read) if found is not None else None

    def _here(self, name: str, scope: Scope, read: Span | None) -> Entity | None:
        param = self._index.param(scope.path, scope.qualname, name)
        if name in scope.given and param is None:
            return self._resolver.given(scope.given[name])
        first = self._parameter(param, scope) if param is not None else None
        bindings = self._visible(name, scope, read, first)
        found = self._in_order(first, bindings, scope, read)
        if scope.qualname:
            return found
        if not bindings:
            return self._starred(name, scope.path)
        return self._filled(name, scope.path, found) if found is not None else None

    def _visible(self, name: str, scope: Scope, read: Span | None, first: Entity | None) -> list[Binding]:
        bindings = self._index.table(scope.path, scope.qualname).names.get(name, [])
        if len(bindings) >= REBOUND and self._rebound(bindings):
            bindings = [binding for binding in bindings if binding.when.sure]
        visible = [binding for binding in bindings if binding.when.reaches(read)]
        if visible or first is not None or self._index.cls(scope.path, scope.qualname) is not None:
            return visible
        return bindings

    def _rebound(self, bindings: list[Binding]) -> bool:
        return self._resolver.follows([id(b) for b in bindings if not b.when.sure], REBOUND)

    def _in_order(
        self, first: Entity | None, bindings: list[Binding], scope: Scope, read: Span | None
    ) -> Entity | None:
        """What is left of the assignments once those that are certain have replaced those before."""
        left: list[tuple[Binding, Entity]] = []
        for binding in reversed(bindings):
            found = self.binding(binding, scope)
            if found is not None:
                left.append((binding, found))
                if binding.when.sure and binding.when.before(read):
                    first = None
                    break
        for binding, found in reversed(left):
            first = found if first is None else _next(first, binding, found)
        return first

    # --- parameters ---

    def _parameter(self, param: facts.Param, scope: Scope) -> Entity:
        if param.name in scope.given:
            return self._resolver.given(scope.given[param.name])
        ref = FunctionRef(scope.path, scope.qualname)
        function = self._index.function(ref)
        owner = self.owner(ref) if function is not None and param is function.params[0] else None
        if function is not None and owner is not None and not is_static(function):
            return owner if is_classmethod(function) else Instance(owner)
        outer = scope.outer or scope
        typed = self._resolver.instance_of(param.annotation, outer) if param.annotation else None
        return Parameter(ref, param.name, typed)

    def owner(self, ref: FunctionRef) -> ClassEntity | None:
        """The class whose method a function is."""
        parent = ref.qualname.rpartition(".")[0]
        cls = self._index.cls(ref.path, parent) if parent else None
        if cls is None:
            return None
        outer = self._resolver.scope(ref).outer or self._resolver.module_scope(ref.path)
        return ClassEntity(ref.path, cls, outer)

    # --- bindings ---

    def binding(self, binding: Binding, scope: Scope) -> Entity | None:
        """What one binding gives; None when it leads back to itself."""
        if not self._resolver.enter(id(binding)):
            return None
        with self._resolver.visiting(id(binding)):
            return self._bound(binding, scope)

    def _bound(self, binding: Binding, scope: Scope) -> Entity:
        typed = None
        if binding.how == "annotation":
            found: Entity = Unknown("declared only", Location(scope.path, binding.value.span))
        else:
            found = self._resolver.entity(binding.value, scope)
        if tells_nothing(found) and binding.annotation is not None:
            typed = self._resolver.instance_of(binding.annotation, scope)
        match binding.how:
            case "element":
                found = self._resolver.element(found)
            case "enter":
                found = self._resolver.members.entered(found)
            case "except":
                found = several(self._caught(found, Location(scope.path, binding.value.span)))
        for index in binding.place:
            found = self._part(found, index)
        return typed or found

    def _part(self, found: Entity, index: int) -> Entity:
        match found:
            case Listing(items=items, open="") if index < len(items):
                return self._resolver.given(items[index])
            case Several(options=each):
                return several(self._part(option, index) for option in each)
            case External(path=path):
                return External(f"{path}[{index}]", receiver=found)
            case _:
                return Element(found)

    def _caught(self, types: Entity, at: Location) -> list[Entity]:
        """The objects that `except types as name` may bind."""
        match types:
            case ClassEntity():
                return [Instance(types)]
            case External(path=path):
                return [External(f"{path}()")]
            case Listing(items=items) if items:
                return [found for item in items for found in self._caught(self._resolver.given(item), at)]
            case _:
                return [Unknown("an exception that cannot be told", at)]

    def _starred(self, name: str, path: str) -> Entity | None:
        """A name that `from module import *` brings."""
        for binding in self._index.table(path, "").names.get("*", ()):
            if not isinstance(binding.value, facts.Import) or not self._resolver.enter(id(binding)):
                continue
            with self._resolver.visiting(id(binding)):
                found = self._resolver.imports.exported(binding.value, name, path)
            if found is not None:
                return found
        return None

    def _filled(self, name: str, path: str, found: Entity) -> Entity:
        """A module's placeholder with what the functions of its file put there (`global name`)."""
        key = (path, name)
        if not _is_placeholder(found) or not self._resolver.enter(key):
            return found
        with self._resolver.visiting(key):
            given = [
                self._resolver.in_scope(name, self._resolver.scope(FunctionRef(path, qualname)))
                for qualname in self._index.files[path].bodies
                if name in self._index.table(path, qualname).names
            ]
        return several([found, *(entity for entity in given if entity is not None)])

    # --- changes ---

    def _changed(self, entity: Entity, name: str, scope: Scope, read: Span | None) -> Entity:
        """The entity after what its block does to it before it is read."""
        table = self._index.table(scope.path, scope.qualname)
        changes = [c for c in table.changes.get(name, ()) if c.when.reaches(read)]
        since = self._since(table.names.get(name, []), read)
        changes = [change for change in changes if since is None or not change.when.before(since)]
        if not changes or not self._resolver.enter(id(changes[0])):
            return entity
        with self._resolver.visiting(id(changes[0])):
            return several(self._after(option, changes, scope, read) for option in options(entity))

    def _after(self, entity: Entity, changes: list[Change], scope: Scope, read: Span | None) -> Entity:
        if not isinstance(entity, (Listing, Mapping)):
            return entity
        return changed(self._resolver, entity, changes, scope, read)

    @staticmethod
    def _since(bindings: list[Binding], read: Span | None) -> Span | None:
        """Where the name got the value that changes are counted from."""
        certain = [b.when.at for b in bindings if b.when.sure and b.when.before(read)]
        return certain[-1] if certain else None


def _next(first: Entity, binding: Binding, found: Entity) -> Entity:
    return either(first, found) if binding.fills else several([first, found])


def _is_placeholder(entity: Entity) -> bool:
    match entity:
        case Data(bound=Bound(value=facts.Literal(value=None))):
            return True
        case Unknown(why="declared only"):
            return True
        case _:
            return False


def is_static(function: facts.Function) -> bool:
    """Whether a method gets neither object nor class."""
    return _decorated(function, "staticmethod")


def is_classmethod(function: facts.Function) -> bool:
    """Whether a method gets its class."""
    return _decorated(function, "classmethod")


def _decorated(function: facts.Function, name: str) -> bool:
    return any(isinstance(d, facts.Read) and d.place == Place(name) for d in function.decorators)

"""What a call returns: arguments opened, parameters given, the returned value looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.link.entities import (
    Anonymous,
    Applied,
    Arguments,
    Bound,
    ClassEntity,
    Entity,
    External,
    Function,
    Given,
    Instance,
    Listing,
    Mapping,
    Method,
    Partial,
    Scope,
    Several,
    Unknown,
    several,
    text,
    why,
)
from jobcheck.link.lookup import is_classmethod
from jobcheck.link.results import RESULTS

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver

FOLLOWED = 12
"""Calls of project functions that are followed into one another; wrappers are two or three deep."""
NESTED = 2
"""Calls of one function that are followed into one another: `wrap(wrap(task))`."""


def call(resolver: Resolver, callee: Entity, applied: Applied) -> Entity:
    """What calling an entity returns."""
    match callee:
        case Function():
            return _returned(resolver, callee, applied, None)
        case Method(function=function, owner=owner):
            return _returned(resolver, function, applied, _self(function, owner))
        case ClassEntity():
            return Instance(callee, applied)
        case Anonymous(node=node, scope=scope):
            return resolver.entity(node.body, _lambda_scope(resolver, node, scope, applied))
        case Partial(target=target, made=made):
            return call(resolver, target, _joined(resolver, made, applied))
        case Several(options=options):
            return several(call(resolver, option, applied) for option in options)
        case Instance():
            return _called_instance(resolver, callee, applied)
        case External():
            return _external(resolver, callee, applied)
        case _:
            return Unknown("returned by what cannot be told", applied.at, f"{text(callee)}()")


def _self(function: Function, owner: Instance | ClassEntity) -> Entity | None:
    """The first argument of a method: a method reached through its class gets it written out."""
    return owner if isinstance(owner, Instance) or is_classmethod(function.facts) else None


def _returned(resolver: Resolver, function: Function, applied: Applied, owner: Entity | None) -> Entity:
    key = resolver.room((id(function.facts), time) for time in range(NESTED))
    if resolver.depth > 3 * FOLLOWED or key is None:
        return Unknown("a call that leads back to itself", applied.at, resolver.path(function))
    if resolver.index.body(function.ref) is None:
        resolver.read_already(function.ref.path)
        return Unknown("the function has not been read", applied.at, resolver.path(function))
    with resolver.visiting(key):
        found = _result(resolver, function, bind(resolver, function, applied, owner))
    if found is None:
        return Unknown("it returns nothing that can be told", applied.at, f"{resolver.path(function)}()")
    return found


def _result(resolver: Resolver, function: Function, scope: Scope) -> Entity | None:
    table = resolver.index.table(function.ref.path, function.ref.qualname)
    if function.facts.is_generator:
        return _yielded(resolver, function, table.yields, scope)
    found = several(resolver.entity(value, scope) for value in table.returns) if table.returns else None
    if (found is None or isinstance(found, Unknown)) and function.facts.returns is not None:
        return resolver.instance_of(function.facts.returns, function.closure) or found
    return found


def _yielded(
    resolver: Resolver, function: Function, values: list[facts.Value], scope: Scope
) -> Entity | None:
    """What a context manager gives to its block; else the items that a generator makes."""
    if any(_is_manager(decorator) for decorator in function.facts.decorators):
        return several(resolver.entity(value, scope) for value in values) if values else None
    return Listing(tuple(Bound(value, scope) for value in values), "made one by one")


def _is_manager(decorator: facts.Value) -> bool:
    """`@contextmanager` and `@contextlib.asynccontextmanager`."""
    if not isinstance(decorator, facts.Read):
        return False
    last = decorator.place.path[-1] if decorator.place.path else decorator.place.root
    return isinstance(last, str) and last.endswith("contextmanager")


def _called_instance(resolver: Resolver, instance: Instance, applied: Applied) -> Entity:
    method = resolver.attribute(instance, "__call__")
    if isinstance(method, Method):
        return call(resolver, method, applied)
    paths = resolver.external_paths(instance)
    return External(f"{paths[0]}()", instance, applied) if paths else Unknown("called object", applied.at)


# --- arguments ---


def arguments(resolver: Resolver, applied: Applied) -> Arguments:
    """The arguments of a call with `*` and `**` opened where they can be told."""
    if applied.preset is not None:
        return applied.preset
    opened = _Opened()
    for arg in applied.call.args:
        if arg.star:
            opened.spread(resolver.entity(arg.value, applied.scope), arg.star)
        elif arg.name:
            opened.named[arg.name] = Bound(arg.value, applied.scope)
        else:
            opened.append(Bound(arg.value, applied.scope))
    return Arguments(tuple(opened.positional), opened.named, opened.open)


class _Opened:
    """Arguments while their spreads are opened; after one that cannot be, no place is certain."""

    def __init__(self) -> None:
        self.positional: list[Given] = []
        self.named: dict[str, Given] = {}
        self.open = ""
        self._adrift = False

    def append(self, given: Given) -> None:
        if not self._adrift:
            self.positional.append(given)

    def spread(self, entity: Entity, star: str) -> None:
        if star == "*" and isinstance(entity, Listing):
            for item in entity.items:
                self.append(item)
            self._opened(entity.open, star)
        elif star == "**" and isinstance(entity, Mapping):
            self.named.update(entity.items)
            self._opened(entity.open, star)
        else:
            self._opened(why(entity, "arguments are spread from what cannot be told"), star)

    def _opened(self, open_: str, star: str) -> None:
        self.open = self.open or open_
        self._adrift = self._adrift or bool(star == "*" and open_)


def _joined(resolver: Resolver, made: Applied, applied: Applied) -> Applied:
    first, then = arguments(resolver, made), arguments(resolver, applied)
    joined = Arguments(
        first.positional + then.positional, {**first.named, **then.named}, first.open or then.open
    )
    return Applied(applied.call, applied.scope, joined)


def bind(resolver: Resolver, function: Function, applied: Applied, owner: Entity | None) -> Scope:
    """The function's scope with the arguments of a call."""
    given = _fill(function.facts.params, arguments(resolver, applied), owner, function.closure)
    return resolver.inside(function, given)


def _lambda_scope(resolver: Resolver, node: facts.Lambda, scope: Scope, applied: Applied) -> Scope:
    given = _fill(node.params, arguments(resolver, applied), None, scope)
    return Scope(scope.path, scope.qualname, {**scope.given, **given}, scope.outer)


def _fill(
    params: tuple[facts.Param, ...], args: Arguments, owner: Entity | None, closure: Scope
) -> dict[str, Given]:
    given: dict[str, Given] = {}
    queue = [owner, *args.positional] if owner is not None else list(args.positional)
    named = dict(args.named)
    for param in params:
        if param.kind in {"positional", "either"} and queue:
            given[param.name] = queue.pop(0)
        elif param.kind == "*":
            given[param.name] = Listing(tuple(queue), args.open)
            queue = []
        elif param.kind == "**":
            given[param.name] = Mapping(named, args.open)
        elif param.name in named:
            given[param.name] = named.pop(param.name)
        elif param.default is not None and not args.open:
            given[param.name] = Bound(param.default, closure)
    return given


def _external(resolver: Resolver, callee: External, applied: Applied) -> Entity:
    known = RESULTS.get(callee.path)
    found = known(resolver, callee, applied) if known else None
    return found or External(f"{callee.path}()", callee.receiver, applied)

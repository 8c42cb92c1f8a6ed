"""What a call returns: arguments opened, parameters given, the returned value looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.link.bindings import Change
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
)

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver

FOLLOWED = 12
"""Calls of project functions that are followed into one another; wrappers are two or three deep."""


def call(resolver: Resolver, callee: Entity, applied: Applied) -> Entity:
    """What calling an entity returns."""
    match callee:
        case Function():
            return _returned(resolver, callee, applied, None)
        case Method(function=function, owner=owner):
            return _returned(resolver, function, applied, owner)
        case ClassEntity():
            return Instance(callee, applied)
        case Anonymous(node=node, scope=scope):
            return resolver.entity(node.body, _lambda_scope(resolver, node, scope, applied))
        case Partial(target=target, made=made):
            return call(resolver, target, _joined(resolver, made, applied))
        case Several(options=options):
            return several([call(resolver, option, applied) for option in options])
        case Instance():
            return _called_instance(resolver, callee, applied)
        case External():
            return _external(resolver, callee, applied)
        case _:
            return Unknown("returned by what cannot be told", applied.at, f"{text(callee)}()")


def _returned(resolver: Resolver, function: Function, applied: Applied, owner: Entity | None) -> Entity:
    key = id(function.facts)
    if resolver.is_visiting(key) or resolver.depth > 3 * FOLLOWED:
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
    values = table.yields if function.facts.is_generator else table.returns
    found = [resolver.entity(value, scope) for value in values]
    if not found and function.facts.returns is not None:
        return resolver.instance_of(function.facts.returns, function.closure)
    result = several(found) if found else None
    if isinstance(result, Unknown) and function.facts.returns is not None:
        return resolver.instance_of(function.facts.returns, function.closure) or result
    return result


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
    positional: list[Given] = []
    named: dict[str, Given] = {}
    open_ = ""
    for arg in applied.call.args:
        if arg.star:
            open_ = _open(resolver, resolver.entity(arg.value, applied.scope), positional, named) or open_
        elif arg.name:
            named[arg.name] = Bound(arg.value, applied.scope)
        else:
            positional.append(Bound(arg.value, applied.scope))
    return Arguments(tuple(positional), named, open_)


def _open(resolver: Resolver, spread: Entity, positional: list[Given], named: dict[str, Given]) -> str:
    match spread:
        case Listing(items=items):
            positional.extend(items)
            return spread.open
        case Mapping(items=items):
            named.update(items)
            return spread.open
        case Unknown(why=why):
            return why
        case _:
            return "arguments are spread from what cannot be told"


def _joined(resolver: Resolver, made: Applied, applied: Applied) -> Applied:
    first, then = arguments(resolver, made), arguments(resolver, applied)
    joined = Arguments(
        first.positional + then.positional, {**first.named, **then.named}, first.open or then.open
    )
    return Applied(applied.call, applied.scope, joined)


def bind(resolver: Resolver, function: Function, applied: Applied, owner: Entity | None) -> Scope:
    """The function's scope with the arguments of a call."""
    given = _fill(function.facts.params, arguments(resolver, applied), owner, function.closure)
    return Scope(function.ref.path, function.ref.qualname, given, function.closure)


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


# --- calls of things from outside the project whose result is known ---


def _external(resolver: Resolver, callee: External, applied: Applied) -> Entity:
    known = RESULTS.get(callee.path)
    found = known(resolver, callee, applied) if known else None
    if found is not None:
        return found
    return External(f"{callee.path}()", callee.receiver, applied)


def _partial(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:
    args = arguments(resolver, applied)
    if not args.positional:
        return None
    rest = Arguments(args.positional[1:], args.named, args.open)
    return Partial(resolver.given(args.positional[0]), Applied(applied.call, applied.scope, rest))


def _first(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:
    args = arguments(resolver, applied)
    return resolver.given(args.positional[0]) if args.positional else None


def _second(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:
    args = arguments(resolver, applied)
    return resolver.given(args.positional[1]) if len(args.positional) > 1 else None


def _dict(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:
    args = arguments(resolver, applied)
    base = resolver.given(args.positional[0]) if args.positional else Mapping({})
    if not isinstance(base, Mapping):
        return Mapping(args.named, "made from what cannot be told", applied.at)
    return Mapping({**base.items, **args.named}, base.open or args.open, applied.at)


def _sequence(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:
    found = _first(resolver, callee, applied)
    return found if isinstance(found, Listing) else None


def _getattr(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:
    args = arguments(resolver, applied)
    if len(args.positional) < 2 or not isinstance(args.positional[1], Bound):
        return None
    name = resolver.text(args.positional[1].value, args.positional[1].scope)
    return resolver.attribute(resolver.given(args.positional[0]), name) if name else None


def _dict_item(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:
    args = arguments(resolver, applied)
    if callee.receiver is None or not args.positional or not isinstance(args.positional[0], Bound):
        return None
    return resolver.item(callee.receiver, args.positional[0].value, args.positional[0].scope)


def _receiver(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:
    return callee.receiver


RESULTS: dict[str, Callable[[Resolver, External, Applied], Entity | None]] = {
    "functools.partial": _partial,
    "functools.wraps()": _first,
    "functools.lru_cache": _first,
    "functools.lru_cache()": _first,
    "functools.cache": _first,
    "typing.cast": _second,
    "copy.copy": _first,
    "copy.deepcopy": _first,
    "asgiref.sync.sync_to_async": _first,
    "asgiref.sync.async_to_sync": _first,
    "builtins.dict": _dict,
    "builtins.list": _sequence,
    "builtins.tuple": _sequence,
    "builtins.sorted": _sequence,
    "builtins.getattr": _getattr,
    "builtins.dict().get": _dict_item,
    "builtins.dict().pop": _dict_item,
    "builtins.dict().copy": _receiver,
}


# --- changes of a dict or list that a name holds ---


def changed(resolver: Resolver, entity: Mapping | Listing, changes: list[Change], scope: Scope) -> Entity:
    """The entity after every change that its block makes to it, in the order of the text."""
    if isinstance(entity, Listing):
        extra = tuple(Bound(c.value, scope) for c in changes if c.verb == "append")
        grown = any(c.verb == "extend" for c in changes)
        return Listing(entity.items + extra, entity.open or ("extended" if grown else ""))
    items, open_ = dict(entity.items), entity.open
    for change in changes:
        open_ = _apply(resolver, items, change, scope) or open_
    return Mapping(items, open_, entity.at)


def _apply(resolver: Resolver, items: dict[str, Given], change: Change, scope: Scope) -> str:
    if change.key is None:
        inner = resolver.entity(change.value, scope)
        if not isinstance(inner, Mapping):
            return "updated from what cannot be told"
        items.update(inner.items)
        return inner.open
    key = resolver.text(change.key, scope)
    if key is None:
        return "a key cannot be told"
    if change.verb == "setdefault":
        items.setdefault(key, Bound(change.value, scope))
    elif change.verb == "pop":
        items.pop(key, None)
    else:
        items[key] = Bound(change.value, scope)
    return ""

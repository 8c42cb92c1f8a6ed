"""What calls of things from outside the project return, where that is one of their arguments or items."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.link.entities import (
    Applied,
    Arguments,
    Bound,
    Data,
    Entity,
    External,
    Given,
    Listing,
    Mapping,
    Partial,
    Scope,
)

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver


def _partial(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:  # noqa: ARG001
    args = resolver.arguments(applied)
    if not args.positional:
        return None
    rest = Arguments(args.positional[1:], args.named, args.open)
    return Partial(resolver.given(args.positional[0]), Applied(applied.call, applied.scope, rest))


def _argument(place: int) -> Result:
    def given(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:  # noqa: ARG001
        args = resolver.arguments(applied).positional
        return resolver.given(args[place]) if place < len(args) else None

    return given


def _decorated(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:
    """What is decorated: `lru_cache(f)`, but not the 128 of `lru_cache(128)`."""
    found = _argument(0)(resolver, callee, applied)
    return None if isinstance(found, Data) else found


def _dict(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:  # noqa: ARG001
    args = resolver.arguments(applied)
    base = resolver.given(args.positional[0]) if args.positional else Mapping({})
    if not isinstance(base, Mapping):
        return Mapping(args.named, "made from what cannot be told", applied.at)
    return Mapping({**base.items, **args.named}, base.open or args.open, applied.at)


def _sequence(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:
    args = resolver.arguments(applied)
    unordered = callee.path in SETS
    if not args.positional:
        return None if args.open else Listing((), unordered=unordered)
    found = _argument(0)(resolver, callee, applied)
    if isinstance(found, Mapping):
        return Listing(tuple(_keys(found, applied)), found.open, unordered)
    return Listing(found.items, found.open, unordered) if isinstance(found, Listing) else None


def _getattr(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:  # noqa: ARG001
    args = resolver.arguments(applied).positional
    if len(args) < 2 or not isinstance(args[1], Bound):
        return None
    name = resolver.text(args[1].value, args[1].scope)
    return resolver.attribute(resolver.given(args[0]), name) if name else None


def _item(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:
    """`d.get(key, default)`: the default where the key certainly is not there."""
    args = resolver.arguments(applied).positional
    if callee.receiver is None or not args or not isinstance(args[0], Bound):
        return None
    key, scope = args[0].value, args[0].scope
    name = resolver.text(key, scope)
    if isinstance(callee.receiver, Mapping) and _lacks(callee.receiver, name):
        nothing = Bound(facts.Literal(None, applied.call.span), applied.scope)
        return resolver.given(args[1] if len(args) > 1 else nothing)
    return resolver.item(callee.receiver, key, scope)


def _lacks(mapping: Mapping, name: str | None) -> bool:
    return name is not None and not mapping.open and name not in mapping.items


def _receiver(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:  # noqa: ARG001
    return callee.receiver


def _view(part: Callable[[Mapping, Applied], list[Given]]) -> Result:
    """What a view of a dict gives: its keys, its values or both."""

    def seen(resolver: Resolver, callee: External, applied: Applied) -> Entity | None:  # noqa: ARG001
        mapping = callee.receiver
        return Listing(tuple(part(mapping, applied)), mapping.open) if isinstance(mapping, Mapping) else None

    return seen


def _keys(mapping: Mapping, applied: Applied) -> list[Given]:
    return [_key(name, applied) for name in mapping.items]


def _values(mapping: Mapping, applied: Applied) -> list[Given]:  # noqa: ARG001
    return list(mapping.items.values())


def _pairs(mapping: Mapping, applied: Applied) -> list[Given]:
    return [Listing((_key(name, applied), given)) for name, given in mapping.items.items()]


def _key(name: str, applied: Applied) -> Given:
    return Bound(facts.Literal(name, applied.call.span), Scope(applied.scope.path))


SETS = frozenset({"builtins.set", "builtins.frozenset"})
Result = Callable[["Resolver", External, Applied], "Entity | None"]
RESULTS: dict[str, Result] = {
    "functools.partial": _partial,
    **dict.fromkeys(
        (
            "functools.wraps()",
            "functools.lru_cache",
            "functools.lru_cache()",
            "functools.cache",
            "asgiref.sync.sync_to_async",
            "asgiref.sync.async_to_sync",
        ),
        _decorated,
    ),
    **dict.fromkeys(
        (
            "asyncio.create_task",
            "asyncio.run",
            "asyncio.shield",
            "asyncio.wait_for",
            "contextlib.AsyncExitStack().enter_async_context",
            "contextlib.ExitStack().enter_context",
            "contextlib.aclosing",
            "contextlib.closing",
            "contextlib.nullcontext",
            "copy.copy",
            "copy.deepcopy",
        ),
        _argument(0),
    ),
    "typing.cast": _argument(1),
    **dict.fromkeys(
        (
            "builtins.frozenset",
            "builtins.list",
            "builtins.reversed",
            "builtins.set",
            "builtins.sorted",
            "builtins.tuple",
        ),
        _sequence,
    ),
    "builtins.dict": _dict,
    "builtins.getattr": _getattr,
    "builtins.dict().get": _item,
    "builtins.dict().pop": _item,
    "builtins.dict().copy": _receiver,
    "builtins.dict().keys": _view(_keys),
    "builtins.dict().values": _view(_values),
    "builtins.dict().items": _view(_pairs),
    "builtins.list().copy": _receiver,
}

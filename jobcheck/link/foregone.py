"""Tests whose outcome is settled before they are asked, because the caller gave a constant."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jobcheck import facts
from jobcheck.link.entities import Bound, Data, Scope
from jobcheck.link.fold import fold
from jobcheck.link.frames import Frame
from jobcheck.link.resolve import Resolver


def outcome(resolver: Resolver, frame: Frame, test: facts.Test) -> bool | None:
    """Whether a test of an argument has one outcome, because the caller gave a constant."""
    match test:
        case facts.Any(tests=tests):
            return _whether(any, [outcome(resolver, frame, each) for each in tests])
        case facts.All(tests=tests):
            return _whether(all, [outcome(resolver, frame, each) for each in tests])
        case facts.Compare(op="==" | "!=" | "in" | "not in" as op, left=facts.Read() as left, right=right):
            return _compared(resolver, frame.scope, op, left, right)
        case facts.Compare(op="==" | "!=" as op, left=left, right=facts.Read() as right):
            return _compared(resolver, frame.scope, op, right, left)
        case facts.Not(test=inner):
            found = outcome(resolver, frame, inner)
            return None if found is None else not found
        case facts.Truth(value=facts.Read(place=facts.Place(root=str(name), path=())) as read):
            return _truth(frame, name, read)
        case _:
            return None


def _compared(resolver: Resolver, scope: Scope, op: str, left: facts.Read, right: facts.Value) -> bool | None:
    """The outcome of comparing a text that the caller gave, or that is read from what it gave."""
    root = left.place.root
    if root not in scope.given and root not in resolver.index.table(scope.path, scope.qualname).names:
        return None
    text = resolver.text(left, scope)
    other = fold(resolver, Bound(right, scope))
    if text is None or not isinstance(other, list if "in" in op else str):
        return None
    return ((text in other) if "in" in op else text == other) is not (op in {"!=", "not in"})


def _truth(frame: Frame, name: str, read: facts.Read) -> bool | None:
    if name not in frame.scope.given:
        return None
    found = frame.entity(read)
    if isinstance(found, Data) and isinstance(found.bound.value, facts.Literal):
        return bool(found.bound.value.value)
    return None


def _whether(joined: Callable[[Iterable[object]], bool], found: list[bool | None]) -> bool | None:
    """The outcome of `any` or `all` of several tests; None when one that cannot be told decides it."""
    as_if_not, as_if = joined(each is True for each in found), joined(each is not False for each in found)
    return as_if if as_if is as_if_not else None

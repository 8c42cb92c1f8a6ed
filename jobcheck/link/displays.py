"""What displays and operators make: dicts with their spreads, sequences, unions, `a or b`."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.link.entities import (
    Bound,
    Data,
    Entity,
    Given,
    Listing,
    Mapping,
    Scope,
    both,
    either,
    several,
    why,
)
from jobcheck.link.mutation import overridden
from jobcheck.model import Location

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver


def record(resolver: Resolver, display: facts.Record, scope: Scope) -> Entity:
    """A dict display; a later spread that cannot be told may replace what stands before it."""
    items: dict[str, Given] = {}
    open_ = ""
    for entry in display.entries:
        if entry.key is not None:
            key = resolver.text(entry.key, scope)
            open_ = open_ or ("a key cannot be told" if key is None else "")
            if key is not None:
                items[key] = Bound(entry.value, scope)
            continue
        inner = resolver.entity(entry.value, scope)
        more = inner.open if isinstance(inner, Mapping) else why(inner)
        if more:
            items = overridden(resolver, items, more, Location(scope.path, entry.value.span))
        items.update(inner.items if isinstance(inner, Mapping) else {})
        open_ = open_ or more
    return Mapping(items, open_, Location(scope.path, display.span))


def sequence(resolver: Resolver, display: facts.Sequence, scope: Scope) -> Entity:
    """A list, tuple or set display with its spreads opened."""
    items: list[Given] = []
    open_ = ""
    for item in display.items:
        if not isinstance(item, facts.Spread):
            items.append(Bound(item, scope))
            continue
        inner = resolver.entity(item.value, scope)
        if isinstance(inner, Listing):
            items.extend(inner.items)
        open_ = open_ or (inner.open if isinstance(inner, Listing) else why(inner))
    return Listing(tuple(items), open_, display.kind == "set")


def joined(resolver: Resolver, join: facts.Join, scope: Scope) -> Entity:
    """`a or b` and `a and b`."""
    found = [resolver.entity(value, scope) for value in join.values]
    return reduce(either if join.op == "or" else both, found)


def computed(resolver: Resolver, value: facts.Compute, scope: Scope) -> Entity:
    """Arithmetic: a union of dicts or types, lists put together, or a value that stands for itself."""
    plain = Data(Bound(value, scope))
    if value.op not in {"|", "+"} or len(value.operands) != 2:
        return plain
    right = resolver.entity(value.operands[1], scope)
    if value.op == "+" and isinstance(right, Data):
        return plain
    left = resolver.entity(value.operands[0], scope)
    at = Location(scope.path, value.span)
    if isinstance(left, Mapping) or isinstance(right, Mapping):
        return _merged(resolver, left, right, at)
    if isinstance(left, Listing) and isinstance(right, Listing):
        return Listing(left.items + right.items, left.open or right.open)
    for known, other in ((left, right), (right, left)):
        if isinstance(known, Listing):
            return Listing(known.items, why(other))
    return several([left, right]) if value.op == "|" and not isinstance(left, Data) else plain


def _merged(resolver: Resolver, left: Entity, right: Entity, at: Location) -> Mapping:
    first, then = _opened(left), _opened(right)
    items = overridden(resolver, first.items, then.open, at) if then.open else first.items
    return Mapping({**items, **then.items}, first.open or then.open, at)


def _opened(entity: Entity) -> Mapping:
    return entity if isinstance(entity, Mapping) else Mapping({}, why(entity))

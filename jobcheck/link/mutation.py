"""A dict or list that a name holds, after the changes that a block makes to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobcheck.facts import Span
from jobcheck.link.bindings import Change
from jobcheck.link.entities import Bound, Entity, Given, Listing, Mapping, Scope, Unknown, several, why
from jobcheck.model import Location

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver


def changed(
    resolver: Resolver, entity: Listing | Mapping, changes: list[Change], scope: Scope, read: Span | None
) -> Entity:
    """The entity after the changes, in the order of the text; those under a condition may not happen."""
    if isinstance(entity, Listing):
        return _grown(resolver, entity, changes, scope)
    changing = _Changing(resolver, entity, scope, read)
    for change in changes:
        changing.apply(change)
    return Mapping(changing.items, changing.open, entity.at)


def _grown(resolver: Resolver, listing: Listing, changes: list[Change], scope: Scope) -> Listing:
    items, open_ = list(listing.items), listing.open
    for change in changes:
        if change.verb == "append":
            items.append(Bound(change.value, scope))
            open_ = open_ or ("" if change.when.sure else "appended to on some paths")
        elif change.verb == "extend":
            more = resolver.entity(change.value, scope)
            items += more.items if isinstance(more, Listing) else ()
            open_ = open_ or (more.open if isinstance(more, Listing) else why(more))
        else:
            open_ = open_ or "changed in place"
    return Listing(tuple(items), open_)


class _Changing:
    """A dict while changes are applied to it."""

    def __init__(self, resolver: Resolver, mapping: Mapping, scope: Scope, read: Span | None) -> None:
        self._resolver = resolver
        self._scope = scope
        self._read = read
        self.items: dict[str, Given] = dict(mapping.items)
        self.open = mapping.open

    def apply(self, change: Change) -> None:
        if change.key is None:
            self._update(change)
            return
        key = self._resolver.text(change.key, self._scope)
        if key is None:
            self.open = self.open or "a key cannot be told"
        elif change.verb == "pop":
            self._pop(key, change)
        elif change.verb != "setdefault" or key not in self.items:
            self._set(key, Bound(change.value, self._scope), change)

    def _certain(self, change: Change) -> bool:
        return change.when.sure and change.when.before(self._read)

    def _update(self, change: Change) -> None:
        more = self._resolver.entity(change.value, self._scope)
        open_ = more.open if isinstance(more, Mapping) else why(more)
        if open_:
            at = Location(self._scope.path, change.value.span)
            self.items = overridden(self._resolver, self.items, open_, at)
            self.open = self.open or open_
        for key, given in more.items.items() if isinstance(more, Mapping) else ():
            self._set(key, given, change)

    def _set(self, key: str, given: Given, change: Change) -> None:
        if self._certain(change):
            self.items[key] = given
            return
        found = self._resolver.given(given)
        if key in self.items:
            found = several([self._resolver.given(self.items[key]), found])
        elif not isinstance(
            found, (Mapping, Listing)
        ):  # an entry of a schedule or a table is one all the same
            found = several([self._maybe(change), found])
        self.items[key] = found

    def _pop(self, key: str, change: Change) -> None:
        if self._certain(change):
            self.items.pop(key, None)
        elif key in self.items:
            self.items[key] = several([self._resolver.given(self.items[key]), self._maybe(change)])

    def _maybe(self, change: Change) -> Entity:
        return Unknown("it is set on some paths only", Location(self._scope.path, change.when.at))


def overridden(resolver: Resolver, items: dict[str, Given], why: str, at: Location) -> dict[str, Given]:
    """The items of a dict once something has been spread over them that is not all known, and why not."""
    unknown = Unknown(why, at)
    return {key: several([resolver.given(given), unknown]) for key, given in items.items()}

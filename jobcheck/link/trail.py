"""What is being followed right now, and what came of what was followed before.

Something is left out where a path leads back to what is followed already. What lies on the way back
depends on where one came from and is not remembered; the point it leads back to is, and holds unless
something on that way is being followed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from types import TracebackType
from typing import NamedTuple

from jobcheck import facts
from jobcheck.link.entities import Entity, Scope

Key = tuple[int, int]
NOWHERE = 1 << 30


class _Told(NamedTuple):
    """An answer. It holds wherever none of `unless` is being followed; the value and the scope are
    kept so that their ids stay theirs."""

    found: Entity
    missed: bool
    unless: frozenset[Hashable]
    value: facts.Value
    scope: Scope


class Trail:
    """The things being followed, the outermost first, and the answers so far.

    `missed` counts the look-ups that wanted a file which has not been read, those behind a remembered
    answer included. `back` is the place of the outermost thing that what is followed now led back to,
    `loose` what was followed since on the way there.
    """

    def __init__(self) -> None:
        self.missed = 0
        self.back = NOWHERE
        self.places: dict[Hashable, int] = {}
        self.loose: list[Hashable] = []
        self._told: dict[Key, _Told] = {}
        self._asked: dict[Key, _Told] = {}

    def forget(self) -> None:
        """Forget the answers: more has been read."""
        self._told.clear()
        self._asked.clear()

    def enter(self, key: Hashable) -> bool:
        """Whether something may be followed; False when that leads back to where it is followed already."""
        place = self.places.get(key)
        if place is not None and place < self.back:
            self.back = place
        return place is None

    def follows(self, keys: Iterable[Hashable], times: int) -> bool:
        """Whether so many of these are being followed already: then they are left out."""
        found = [self.places[key] for key in keys if key in self.places]
        if len(found) < times:
            return False
        self.back = min(self.back, *found)
        return True

    def room(self, keys: Iterable[Hashable]) -> Hashable | None:
        """The first of these that may be followed; None when that leads back to all of them."""
        tried: list[int] = []
        for key in keys:
            if key not in self.places:
                return key
            tried.append(self.places[key])
        self.back = min(self.back, *tried)
        return None

    def stop(self) -> None:
        """Note that something was left out for its depth: what comes of it answers this question only."""
        self.back = -1

    def recall(self, key: Key) -> Entity | None:
        """What was told before of a value and a scope."""
        told = self._told.get(key)
        if told is None or not told.unless.isdisjoint(self.places):
            told = None if self.places else self._asked.get(key)
        if told is None:
            return None
        self.missed += told.missed
        return told.found

    def tell(
        self, key: Key, value: facts.Value, scope: Scope, find: Callable[[facts.Value, Scope], Entity]
    ) -> Entity:
        """What a value stands for, remembered as far as it holds elsewhere."""
        missed = self.missed
        with Visit(self, key) as visit:
            found = find(value, scope)
        if visit.whole:
            self._told[key] = _Told(found, self.missed != missed, visit.round, value, scope)
        elif not self.places:
            self._asked[key] = _Told(found, self.missed != missed, frozenset(), value, scope)
        return found


class Visit:
    """Something is followed until the end of the block.

    Then `whole` tells whether nothing was left out but what led back to this very thing, and `round`
    what was followed on such ways.
    """

    __slots__ = ("_back", "_key", "_place", "_since", "_trail", "round", "whole")

    def __init__(self, trail: Trail, key: Hashable) -> None:
        self._trail = trail
        self._key = key

    def __enter__(self) -> Visit:
        trail = self._trail
        self._place = trail.places[self._key] = len(trail.places)
        self._since = len(trail.loose)
        self._back, trail.back = trail.back, NOWHERE
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        trail = self._trail
        del trail.places[self._key]
        back, trail.back = trail.back, self._back
        self.whole = back >= self._place
        self.round: frozenset[Hashable] = NONE
        if back == self._place:
            self.round = frozenset((self._key, *trail.loose[self._since :]))
        elif back < self._place:
            trail.back = min(back, self._back)
            trail.loose.append(self._key)
        if self.whole or not self._place:
            del trail.loose[self._since :]


NONE: frozenset[Hashable] = frozenset()

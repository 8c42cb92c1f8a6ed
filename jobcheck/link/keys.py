"""The idempotency keys that calls hand over: which there are, and whether every run makes the same one."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.entities import Entity, Scope
from jobcheck.link.frames import Frame
from jobcheck.link.keyed import HEADERS, Made, key_value, making
from jobcheck.link.meaning import Meaning
from jobcheck.link.resolve import Resolver
from jobcheck.link.states import Pending
from jobcheck.model import IdempotencyKey, Location


class Keys:
    """The keys of one frame's calls."""

    def __init__(self, resolver: Resolver, frame: Frame) -> None:
        self._resolver = resolver
        self._frame = frame

    def made(self, value: facts.Value) -> Made:
        """What a value of this frame is made from."""
        return making(value, self._frame.scope, self._look)

    def _look(self, value: facts.Value, scope: Scope | None) -> Entity:
        if scope is None or scope is self._frame.scope:
            return self._frame.entity(value)
        return self._resolver.entity(value, scope)

    def of(self, call: facts.Call, meaning: Meaning) -> tuple[IdempotencyKey | None, frozenset[str] | None]:
        """The key of a call, None where it takes none, and the parameters that a good one is made from."""
        if not meaning.keys:
            return None, None
        value = key_value(call, meaning.keys, self._frame.entity)
        if value is None:
            return self._without(call, meaning), None
        found = self.made(value)
        key = IdempotencyKey("stable", self._frame.at(value), meaning.keys, forgets=meaning.forgets)
        if found.empty:
            return replace(key, state="missing"), None
        return told(key, found, key.at), None if found.fresh and not found.doubt else found.names

    def filled(self, act: Pending, given: Mapping[str, facts.Value]) -> IdempotencyKey | None:
        """The key of a callee's act, with what this frame gives to the parameters that it is made from."""
        key = act.key
        for name in sorted((act.keyed or frozenset()) & set(given)) if key is not None else ():
            here = self.made(given[name])
            if key is not None and here.fresh:
                return told(key, here, self._frame.at(given[name]))
        return key

    def _without(self, call: facts.Call, meaning: Meaning) -> IdempotencyKey | None:
        """No key where one could be: unknown when it may be in what is spread or held by the client."""
        if meaning.guessed:
            return None
        hidden = any(a.star or (a.name in HEADERS and self._is_hidden(a.value)) for a in call.args)
        state = "unknown" if hidden else "missing"
        return IdempotencyKey(state, self._frame.at(call), meaning.keys, forgets=meaning.forgets)  # type: ignore[arg-type]

    def _is_hidden(self, value: facts.Value) -> bool:
        """Whether entries of a mapping cannot be told."""
        if isinstance(value, facts.Record):
            return any(entry.key is None for entry in value.entries)
        return bool(getattr(self._frame.entity(value), "open", "unknown"))


def told(key: IdempotencyKey, found: Made, at: Location) -> IdempotencyKey:
    """A key, once it is known what fills it at a place."""
    if not found.fresh:
        return key
    return replace(key, state="unknown" if found.doubt else "fresh", maker=found.fresh, at=at)

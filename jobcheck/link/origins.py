"""What values are worked out from: the stored state read on the way, and the acts whose outcome they tell.

A test of such a value is no guard that could be proven, yet it may be one: what it tells is a hint
(`states.Key`), and an act under it is not called unguarded once the job changes that state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.covers import ANYTHING, akin
from jobcheck.link.entities import Entity, External, Function, Method
from jobcheck.link.evidence import Tests, followed
from jobcheck.link.filters import asked
from jobcheck.link.meaning import Meaning, Meanings, spelt
from jobcheck.link.states import Evidence, Guard, Guards, Key, Place, State
from jobcheck.model import Location
from jobcheck.walk import fields

NUMBERS = frozenset({"count", "acount", "aggregate", "aaggregate"})
"""Lookups that tell how many rows there are: a limit, seldom a record of what was done."""
TAKING = ("pop_", "dequeue", "drain_", "take_", "claim_", "reserve_")
SELECTED = "selected"
"""What a hint expects that is a condition by which rows were chosen."""
POPS = frozenset({"lpop", "rpop", "spop", "blpop", "brpop", "zpopmin", "zpopmax", "getdel", "rpoplpush"})
"""Calls that take something away for whoever makes them first."""


class Origins:
    """Follows values back to stored state in one function's scope."""

    def __init__(self, meanings: Meanings, tests: Tests, scope_path: str) -> None:
        self._meanings = meanings
        self._tests = tests
        self._path = scope_path

    def of(self, node: object, state: State) -> Evidence:
        """What a value or test, or several, are worked out from."""
        hints: Guards = {}
        results: frozenset[Place] = frozenset()
        for part in self._parts(node, state):
            hints.update(part.hints)
            results |= part.results
        return Evidence(hints=hints, results=results)

    def selecting(self, given: object, state: State) -> Guards:
        """The hints that lie in what a call is given: rows that were chosen by fields of theirs."""
        found = self.of(given, state).hints
        return hinted((guard for guard in found.values() if guard.expects == SELECTED), "true")

    def of_rows(self, node: object, state: State, model: str) -> Guards:
        """The hints of a value that are about which rows of a model there are."""
        found = self.of(node, state).hints if model else {}
        return hinted(
            (g for g in found.values() if g.key.kind == "record" and akin(g.key.owner, model)), "true"
        )

    def _parts(self, node: object, state: State) -> Iterator[Evidence]:
        match node:
            case facts.Read():
                yield self._read(node, state)
            case facts.Call():
                yield from self._call(node, state)
            case facts.Lambda():
                return
            case tuple():
                for part in node:
                    yield from self._parts(part, state)
            case _:
                for name in fields(type(node)):
                    yield from self._parts(getattr(node, name), state)

    def _read(self, read: facts.Read, state: State) -> Evidence:
        root = read.place.root
        below = state.env.get(root, Evidence()) if isinstance(root, str) else self.of(root, state)
        if not read.place.path:
            return Evidence(hints=below.hints, results=below.results)
        found = _plain(self._tests.stored(read))
        kept = {k: g for k, g in below.hints.items() if not found or g.expects == SELECTED}
        return Evidence(hints={**kept, **found}, results=below.results)

    def _call(self, call: facts.Call, state: State) -> Iterator[Evidence]:
        yield from self._parts(call.args, state)
        callee = followed(self._tests.entity(call.callee))
        if _takes(call):
            taken = Key("claim", "", "what it works on was taken from a store, where no other run finds it")
            yield Evidence(hints={taken: Guard(taken, Location(self._path, call.span))})
        if isinstance(callee, (Function, Method)):
            shown = self._tests.ask(call, callee)
            yield Evidence(hints={**_plain(_guards(shown)), **shown.hints})
            return
        meaning = self._meanings.of(call, callee, self._tests.scope)
        if meaning.role == "remember":
            entry = Key("entry", "", self._tests.entry(call))
            yield Evidence(hints={entry: Guard(entry, Location(self._path, call.span))})
        if meaning.role in {"query", "chain"} and meaning.model:
            yield Evidence(hints=self._rows(call, meaning))
            if self._is_of_row(call, callee):
                yield Evidence(hints=self._unseen(call.callee))  # type: ignore[arg-type]
            return
        yield from self._receiver(call, state)
        if not meaning.target and isinstance(call.callee, facts.Read) and len(call.callee.place.path) == 1:
            yield Evidence(hints=self._unseen(call.callee))

    def _states(self, passed: Guards) -> Iterator[Guard]:
        """Those conditions of a query that ask how far a row has come, and not of which sort it is."""
        for guard in passed.values():
            if self._meanings.vocabulary.flag(guard.key.name) or guard.expects in {"truthy", "falsy"}:
                yield guard

    def _is_of_row(self, call: facts.Call, callee: Entity) -> bool:
        """Whether a call is one of a row that a name holds."""
        if not isinstance(callee, External) or not isinstance(call.callee, facts.Read):
            return False
        holder = callee.path.rpartition(".")[0]
        return len(call.callee.place.path) == 1 and self._meanings.vocabulary.shape(holder) == "row"

    def _unseen(self, callee: facts.Read) -> Guards:
        """What a method of a row tells that cannot be followed: something about that row."""
        holder = self._tests.prefix(callee)
        if not isinstance(holder.place.root, str) or not self._meanings.is_row(self._tests.entity(holder)):
            return {}
        model = self._meanings.model(self._tests.entity(holder))
        key = Key("field", model, ANYTHING if model else f"what {spelt(callee)} reads")
        return {key: Guard(key, Location(self._path, callee.span), "any", spelt(holder))}

    def _receiver(self, call: facts.Call, state: State) -> Iterator[Evidence]:
        if isinstance(call.callee, facts.Read):
            yield self._read(self._tests.prefix(call.callee), state)
        else:
            yield from self._parts(call.callee, state)

    def _rows(self, call: facts.Call, meaning: Meaning) -> Guards:
        if meaning.verb in NUMBERS:
            return {}
        at = Location(self._path, call.span)
        keys = (Key("record", meaning.model, ""), Key("field", meaning.model, "pk"))
        passed = asked(self._meanings, self._tests.entity(call))
        chosen = {g.key: replace(g, expects=SELECTED, root="", marker=False) for g in self._states(passed)}
        return {**_plain(passed.values()), **chosen, **{key: Guard(key, at) for key in keys}}


def hinted(found: Iterable[Guard], way: Literal["true", "false"]) -> Guards:
    """Guards as hints of a test that went one way."""
    turned = (replace(g, key=replace(g.key, hint=way), expects="any", marker=False) for g in found)
    return {guard.key: guard for guard in turned}


def _guards(shown: Evidence) -> list[Guard]:
    return [*shown.truthy.values(), *shown.falsy.values()]


def _plain(found: Iterable[Guard]) -> Guards:
    known = (replace(g, key=replace(g.key, hint=""), expects="any", root="", marker=False) for g in found)
    return {guard.key: guard for guard in known if guard.key.owner and guard.key.kind != "claim"}


def _takes(call: facts.Call) -> bool:
    name = spelt(call.callee).rpartition(".")[2]
    return name in POPS or name.startswith(TAKING)

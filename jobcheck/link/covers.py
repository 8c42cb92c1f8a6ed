"""Whether a second run of a job repeats an act: its guards against the marks that follow it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Literal

from msgspec.structs import replace

from jobcheck.link.failures import runs_again
from jobcheck.link.states import Guard, Key, Mark, Pending
from jobcheck.model import Act, Cover, Effect, Location

FALSE = frozenset({"false", "none", "0", "", "''"})
ANYTHING = "what cannot be told of the row"
"""The name of the field that is tested by a method of a row which cannot be followed."""
FRAMES = 6
"""Steps of a printed path; more would not be read."""


def defeats(mark: Mark, guard: Guard) -> Literal["yes", "maybe", "no"]:
    """Whether a change keeps a guard from letting the next run through."""
    key = guard.key
    if mark.kind == "handed" and mark.owner:
        same = mark.name in {key.name, "*"} and key.owner and akin(mark.owner, key.owner)
        return "maybe" if same else "no"
    if mark.kind == "handed":
        return "maybe" if guard.root and mark.name == guard.root else "no"
    if mark.kind != key.kind or not _same(mark.name, key.name, key.kind):
        return "no"
    if key.kind != "entry" and not akin(mark.owner, key.owner):
        return "no"
    if key.hint:
        return "maybe"
    return "yes" if _stops(mark.value, guard.expects) else "no"


@cache
def akin(a: str, b: str) -> bool:
    """Whether two names may be of one model: a manager, a table or a relation bears more than its name."""
    a, b = _singular(a), _singular(b)
    return a.endswith(b) or b.endswith(a)


def _singular(name: str) -> str:
    plain = name.lower().removesuffix("_set").replace("_", "")
    if plain.endswith("ies"):
        return f"{plain[:-3]}y"
    return plain.removesuffix("s")


def _same(a: str, b: str, kind: str) -> bool:
    return a == b or a == "*" or b == ANYTHING or (kind == "entry" and (not a or not b)) or kind == "record"


def _stops(value: str | None, expects: str) -> bool:
    if value is None or expects == "any":
        return True
    word, _, other = expects.partition(":")
    if word == "falsy":
        return value not in FALSE
    if word == "truthy":
        return value in FALSE
    return value != other if word == "eq" else value == other


def cover(act: Pending, ever: Iterable[Mark]) -> Cover:
    """Whether a second run repeats an act; `ever` are all changes that some path of the job makes."""
    if act.keyed is not None:
        return Cover("keyed", why="an idempotency key made from the job's input")
    if not act.guards:
        return Cover("unguarded")
    guards = sorted(act.guards.values(), key=lambda guard: guard.at)
    for guard in guards:
        if _is_claim(guard) or any(defeats(mark, guard) == "yes" for mark in act.since):
            return Cover("guarded", guard.at)
    for guard in guards:
        if any(defeats(mark, guard) == "maybe" for mark in act.since):
            return Cover("unknown", guard.at, _doubt(guard))
    own = next((guard for guard in guards if guard.key.kind == "claim"), None)
    if own is not None:
        return Cover("unknown", own.at, own.key.name)
    return _unrecorded(act, guards, list(ever))


def _unrecorded(act: Pending, guards: list[Guard], ever: list[Mark]) -> Cover:
    for guard in guards:
        if any(defeats(mark, guard) == "yes" and is_meant(mark, guard) for mark in ever):
            return Cover("unrecorded", guard.at, "some path after it does not record it")
    for guard in guards:
        found = {defeats(mark, guard) for mark in ever}
        if "maybe" in found:
            return Cover("unknown", guard.at, _doubt(guard))
        if "yes" in found:
            return Cover("unknown", guard.at, f"some path changes {_named(guard.key)}, which may record it")
    for guard in guards:
        if guard.marker or any(_meant_to_be_saved(mark, guard) for mark in ever):
            return Cover("unrecorded", guard.at, f"{guard.key.name} is never written by the job")
    return Cover("unguarded", _nearest(act, guards))


def _is_claim(guard: Guard) -> bool:
    return guard.key.kind == "claim" and not guard.key.hint


def _meant_to_be_saved(mark: Mark, guard: Guard) -> bool:
    return mark.kind == "assigned" and defeats(replace(mark, kind="field"), guard) == "yes"


def _doubt(guard: Guard) -> str:
    if guard.key.hint:
        return f"what is tested depends on {_named(guard.key)}, which the job changes"
    return f"{guard.root or guard.key.owner} is given to a call that cannot be followed"


def _named(key: Key) -> str:
    return (
        f"the rows of {key.owner}" if key.kind == "record" or key.name in {"pk", "*", ANYTHING} else key.name
    )


def is_meant(mark: Mark, guard: Guard) -> bool:
    """Whether a change is made to record what a guard tests, and does not only happen to touch it."""
    if guard.marker or guard.key.kind != "field":
        return True
    if guard.expects == "falsy":
        return mark.value == "true"
    return guard.expects.startswith(("eq:", "ne:")) and mark.value is not None


def _nearest(act: Pending, guards: list[Guard]) -> Location | None:
    """The last test of a known model's state that stands before the act, in a file on the way to it."""
    ways = [act.what.at, *(step.at for step in act.steps)]
    told = [g for g in guards if g.key.owner and not g.key.hint and g.key.name != "pk"]
    before = [g.at for g in told if any(g.at.path == w.path and g.at < w for w in ways)]
    return max(before, default=None)


def finished(act: Pending, ever: Iterable[Mark], retries_on: Collection[str]) -> Act:
    """An act of a job, once all of the job is known."""
    own = act.what.target.partition(".")[0] if act.looped and isinstance(act.what, Effect) else ""
    again = runs_again(act.then, own or ("database" if act.looped else ""), retries_on)
    return Act(act.what, cover(act, ever), act.steps[:FRAMES], act.looped, again)

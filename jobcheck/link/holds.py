"""How guards are kept: by a claim, by a record before or after the act, under a lock or in the open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from jobcheck import facts
from jobcheck.link.covers import akin, defeats, is_meant
from jobcheck.link.entities import External
from jobcheck.link.filters import is_locked
from jobcheck.link.frames import Frame
from jobcheck.link.meaning import Meaning, receivers
from jobcheck.link.states import Guard, Mark, Pending
from jobcheck.model import Hold, Location

CLAIMING = frozenset({"claim", "claim-update", "update", "natural", "create"})
LOCKING = re.compile(r"\bFOR\s+(NO\s+KEY\s+)?UPDATE\b|\bpg_(try_)?advisory_|\bGET_LOCK\(", re.IGNORECASE)

Taken = Mapping[Location, frozenset[Mark]]


# --- while a function is walked ---


def shuts_out(frame: Frame, call: facts.Call, meaning: Meaning) -> bool:
    """Whether no other run gets past a call before this one is done: it takes a lock, or locks rows."""
    if meaning.role == "lock" or any(a.name == "with_for_update" for a in call.args):
        return True
    if is_locked(frame.entity(call)) or any(_locks(frame, a.value) for a in call.args):
        return True
    return meaning.role == "sql" and any(LOCKING.search(text) for a in call.args for text in _texts(a.value))


def _locks(frame: Frame, value: facts.Value) -> bool:
    """A statement that asks for locked rows: `select(User).with_for_update()`."""
    found = frame.entity(value) if isinstance(value, (facts.Read, facts.Call)) else None
    return isinstance(found, External) and any(
        inner.path.endswith(".with_for_update()") for inner in receivers(found)
    )


def _texts(value: facts.Value) -> Iterable[str]:
    match value:
        case facts.Literal(value=str(text)):
            return (text,)
        case facts.Call(args=args):
            return [text for argument in args for text in _texts(argument.value)]
        case facts.Text(parts=parts):
            return [text for part in parts for text in _texts(part)]
        case _:
            return ()


def is_stored_at_once(meaning: Meaning) -> bool:
    """Whether a change needs no commit: a model's own query writes it out, a session waits."""
    return meaning.chain or meaning.kind == "cache" or meaning.role in {"update", "claim-update", "save"}


# --- once all of the job is known ---


def hold(act: Pending, ever: Iterable[Mark], taken: Taken) -> Hold | None:
    """How the guard that keeps a second run from an act is kept; None when nothing is meant to keep it."""
    guards = sorted(act.guards.values(), key=lambda guard: guard.at)
    later, marks = act.since - act.before, list(ever)
    locked = act.locked or any(_is_claim(guard) for guard in guards)
    for guard in guards:
        if _records(later, guard):
            return Hold("after", guard.at, locked)
    for guard in guards:
        if _is_claim(guard):
            return Hold("claimed", guard.at, True, _is_lost(guard, taken.get(guard.at), act, later, marks))
    for guard in guards:
        found = _records(act.before, guard)
        if found:
            return Hold("before", guard.at, locked, _is_lost(guard, found, act, later, marks))
    return None


def _records(marks: frozenset[Mark], guard: Guard) -> frozenset[Mark]:
    """The marks that are made to stop the next run at a guard: without a known model, only a flag."""
    if guard.key.kind == "field" and not guard.key.owner and not guard.marker:
        return frozenset()
    return frozenset(m for m in marks if defeats(m, guard) == "yes" and is_meant(m, guard))


def _is_claim(guard: Guard) -> bool:
    return guard.key.kind == "claim" and not guard.key.hint


def _is_lost(
    guard: Guard, records: frozenset[Mark] | None, act: Pending, later: frozenset[Mark], ever: list[Mark]
) -> bool:
    """Whether the record stays when the act fails: what a cache holds is taken to lapse."""
    if not records or not records <= act.before or any(mark.kind == "entry" for mark in records):
        return False
    if any(mark.kind == "handed" or _touches(mark, records) for mark in later):
        return False
    return not any(_takes_back(mark, records, guard) for mark in ever)


def _touches(mark: Mark, records: frozenset[Mark]) -> bool:
    return any(akin(mark.owner, record.owner) for record in records)


def _takes_back(mark: Mark, records: frozenset[Mark], guard: Guard) -> bool:
    """Whether a change undoes the record: the same field with another value, or the row removed."""
    if mark.kind == "handed":
        return bool(guard.root) and mark.name == guard.root
    if mark.kind != "field" or not _touches(mark, records):
        return False
    written = {(record.name, record.value) for record in records if record.kind == "field"}
    names = {name for name, _ in written}
    return mark.name == "*" or (mark.name in names and (mark.name, mark.value) not in written)

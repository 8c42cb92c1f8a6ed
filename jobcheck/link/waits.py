"""Calls of others that end only when the other side likes: no timeout is given and none is the default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.covers import FRAMES
from jobcheck.link.entities import Data
from jobcheck.link.frames import Frame, note_waits
from jobcheck.link.meaning import Meaning, argument
from jobcheck.model import Location, Step, Wait

if TYPE_CHECKING:
    from jobcheck.link.flows import Flows

NEVER = 99
"""A position that no argument has."""


def note_wait(flows: Flows, frame: Frame, call: facts.Call, meaning: Meaning) -> None:
    """Note a call that waits for ever unless it is told how long."""
    if not meaning.target or meaning.guessed or not flows.meanings.vocabulary.waits(meaning.target):
        return
    given = argument(call, "timeout", NEVER)
    if given is not None and not _is_none(frame, given):
        return
    hidden = given is None and any(a.star for a in call.args)
    why = "its timeout may be in what is spread into the call" if hidden else ""
    note_waits(frame.noted.waits, [Wait(meaning.target, frame.at(call), why, frame.steps)])


def _is_none(frame: Frame, given: facts.Value) -> bool:
    found = given if isinstance(given, facts.Literal) else frame.entity(given)
    value = found.bound.value if isinstance(found, Data) else found
    return isinstance(value, facts.Literal) and value.value is None


def passed_on(waits: Iterable[Wait], at: Location, path: str) -> Iterator[Wait]:
    """A callee's waits as the caller has them."""
    step = Step(at, f"calls {path}")
    return (replace(wait, steps=(step, *wait.steps)[:FRAMES]) for wait in waits)

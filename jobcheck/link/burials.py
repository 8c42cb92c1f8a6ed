"""What handlers in a job do with it once it has failed for good, and how that is told of any code."""

from __future__ import annotations

from collections.abc import Iterable

from jobcheck import facts
from jobcheck.link.frames import Frame, Noted
from jobcheck.link.keyed import reads
from jobcheck.link.logs import names
from jobcheck.link.states import Mark
from jobcheck.model import Burial, Log

SILENT = frozenset({"log", "mark", ""})


def inside_job(frame: Frame, handler: facts.Handler, noted: Noted) -> Burial:
    """What a handler of the job does about an error that it knows to be the last."""
    touched = noted.touches | ({"queue"} if noted.sends else set())
    return Burial(frame.at_handler(handler), does(touched, noted.lines, noted.ever), used(handler.body))


def does(touched: Iterable[str], lines: Iterable[Log], marks: Iterable[Mark]) -> tuple[str, ...]:
    """The kinds of things that code does, from what it touches and logs; "status" where rows change."""
    if not any(mark.kind == "record" for mark in marks):
        touched = ("status" if kind == "database" else kind for kind in touched)
    told = {"report" if line.level == "report" else "log" for line in lines}
    return tuple(sorted((set(touched) - SILENT) | told))


def used(body: facts.Block) -> tuple[str, ...]:
    """The names of all values that a block reads."""
    return tuple(sorted({name for read in reads(body) for name in names(read)}))

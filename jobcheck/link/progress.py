"""What a job tells of its progress where it reports some."""

from __future__ import annotations

from collections.abc import Iterable

from jobcheck import facts
from jobcheck.link.entities import Data, Mapping
from jobcheck.link.frames import Frame
from jobcheck.link.meaning import Meanings
from jobcheck.model import Report

BEGINNING = frozenset({"started", "start", "begun"})
ENDS = frozenset({"completed", "failed"})


def reported(
    frame: Frame, call: facts.Call, words: Iterable[str | None], meanings: Meanings
) -> Report | None:
    """The report that a call makes; None when it only marks the beginning or the end."""
    told = {word for word in words if word}
    if told & BEGINNING or "100" in told or {meanings.vocabulary.word(word) for word in told} & ENDS:
        return None
    given = [argument.value for argument in call.args if not argument.star and argument.name != "state"]
    plain = [value for value in given if not _is_word(value)]
    names = [name for value in plain for name in _keys(frame, value) or ()]
    untold = [value for value in plain if _keys(frame, value) is None and not isinstance(value, NUMBERS)]
    number = any(isinstance(value, NUMBERS) for value in plain) or len(plain) > 1
    why = "what is reported cannot be told" if untold and not number else ""
    return Report(frame.at(call), tuple(sorted(set(names))), number, why)


NUMBERS = (facts.Literal, facts.Compute)


def _is_word(value: facts.Value) -> bool:
    return isinstance(value, facts.Literal) and isinstance(value.value, str)


def _keys(frame: Frame, value: facts.Value) -> list[str] | None:
    """The keys of a mapping, none for a plain value; None when it cannot be told."""
    if isinstance(value, facts.Record):
        keys = [entry.key for entry in value.entries if isinstance(entry.key, facts.Literal)]
        return [str(key.value) for key in keys] if len(keys) == len(value.entries) else None
    if isinstance(value, NUMBERS):
        return []
    if isinstance(value, facts.Call):
        return []
    found = frame.entity(value)
    if isinstance(found, Mapping):
        return None if found.open else list(found.items)
    return [] if isinstance(found, Data) else None

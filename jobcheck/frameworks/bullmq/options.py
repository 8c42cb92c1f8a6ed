"""What BullMQ makes of the options that producers, queues and workers give it."""

from __future__ import annotations

from math import ceil
from typing import Any, TypeVar

from jobcheck.frameworks import JSON_REFUSES, Evidence, logging_call
from jobcheck.model import (
    BROAD,
    UNBOUNDED,
    Absent,
    Backoff,
    Keep,
    Known,
    Opaque,
    Options,
    Recommendation,
    Retried,
    Setting,
)

T = TypeVar("T")
MILLISECONDS = 1000.0


def effective(evidence: Evidence) -> Options:
    """The options as BullMQ applies them: attempts are total runs, an absent limit keeps for ever."""
    failed = _keep(evidence.option("removeOnFail"))
    return Options(
        attempts=_attempts(evidence.option("attempts")),
        backoff=_backoff(evidence.option("backoff")),
        ack=Known("late", evidence.at, "worker"),
        keep_completed=_keep(evidence.option("removeOnComplete")),
        keep_failed=failed,
        marks_started=Absent(False, evidence.at),
        marks_completed=Absent(False, evidence.at),
        marks_failed=_marks_failed(evidence, failed),
        retried=Absent(Retried(BROAD), evidence.at),
        time_limit=Absent(UNBOUNDED, evidence.at),
        refuses=JSON_REFUSES,
        refuses_result=JSON_REFUSES,
        logs=Absent((), evidence.at),
        buries=_marks_failed(evidence, failed),
        survives=Known(True, evidence.at, "worker"),
        names_error=False,
    )


def _attempts(given: Setting[Any]) -> Setting[float]:
    if isinstance(given, Absent):
        return Absent(1.0, given.at)
    if isinstance(given, Opaque):
        return given
    if given.value is None:
        return Absent(1.0, given.at)
    if isinstance(given.value, (int, float)):
        return _known(max(1.0, float(ceil(given.value))), given)
    return Opaque("the number of attempts is no number", given.at)


def _backoff(given: Setting[Any]) -> Setting[Backoff]:
    if isinstance(given, Absent):
        return Absent(Backoff("none"), given.at)
    if isinstance(given, Opaque):
        return given
    return _known(_waits(given.value), given)


def _waits(value: object) -> Backoff:
    if not value:
        return Backoff("none")
    if isinstance(value, (int, float)):
        return Backoff("fixed", value / MILLISECONDS)
    kind = value.get("type") if isinstance(value, dict) else None
    delay = value.get("delay") if isinstance(value, dict) else None
    first = delay / MILLISECONDS if isinstance(delay, (int, float)) else 0.0
    if kind == "fixed":
        return Backoff("fixed", first) if first else Backoff("none")
    return Backoff("exponential", first) if kind == "exponential" else Backoff("custom", first)


def _keep(given: Setting[Any]) -> Setting[Keep]:
    if isinstance(given, Absent):
        return Absent(Keep(), given.at)
    if isinstance(given, Opaque):
        return given
    return _known(_limits(given.value), given)


def _limits(value: object) -> Keep:
    """A whole number is a count and a mapping holds limits; all else only counts as true or false."""
    if isinstance(value, dict):
        return Keep(age=_age(value.get("age")), count=_count(value.get("count")))
    if is_whole(value):
        return Keep(count=_count(value))
    return Keep(count=0) if value else Keep()


def is_whole(value: object) -> bool:
    """Whether BullMQ reads it as a whole number: 2.0 is one, True is none."""
    return type(value) is int or (isinstance(value, float) and value.is_integer())


def _age(value: object) -> float | None:
    """Seconds; Redis reads digits as a number."""
    if isinstance(value, str) and value.isdigit():
        return float(value)
    return float(value) if isinstance(value, (int, float)) else None


def _count(value: object) -> int | None:
    """A negative number and what is no whole number are no limit."""
    if isinstance(value, (int, float)) and is_whole(value) and value >= 0:
        return int(value)
    return None


def _marks_failed(evidence: Evidence, kept: Setting[Keep]) -> Setting[bool]:
    """A failed job stays in the queue's failed set unless it is removed there."""
    if isinstance(kept, Known) and kept.value.nothing:
        return _known(False, kept)
    return kept if isinstance(kept, Opaque) else Known(True, evidence.at, "worker")


def _known(value: T, like: Known[Any]) -> Known[T]:
    return Known(value, like.at, like.origin, like.spelt)


# --- recommendations ---


def spell(wanted: Recommendation) -> str:
    """The recommendation as job options; delays in milliseconds, ages in seconds."""
    parts = []
    if wanted.attempts is not None:
        parts.append(f'"attempts": {wanted.attempts}')
    if wanted.backoff is not None and wanted.backoff.kind in {"fixed", "exponential"}:
        delay = f"{wanted.backoff.delay * MILLISECONDS:.0f}"
        parts.append(f'"backoff": {{"type": "{wanted.backoff.kind}", "delay": {delay}}}')
    for keep, option in ((wanted.keep_completed, "removeOnComplete"), (wanted.keep_failed, "removeOnFail")):
        if keep is not None:
            parts.append(f'"{option}": {_written(keep)}')
    if wanted.mark and wanted.mark != "failed":
        parts.append(f'await job.updateProgress({{"step": "{wanted.mark}"}})')
    if wanted.log:
        parts.append(logging_call(wanted.log, {"job_id": "job.id"}))
    return ", ".join(parts)


def _written(keep: Keep) -> str:
    limits = [f'"age": {keep.age:.0f}'] if keep.age is not None else []
    limits += [f'"count": {keep.count}'] if keep.count is not None else []
    return f"{{{', '.join(limits)}}}"

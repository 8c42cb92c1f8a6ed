"""What Celery makes of the options and settings it is given."""

from __future__ import annotations

from typing import Any, TypeVar

from jobcheck.frameworks import JSON_REFUSES, Asked, Evidence, Growth, logging_call
from jobcheck.frameworks.celery import limits, results
from jobcheck.frameworks.celery.results import first, known
from jobcheck.model import (
    UNBOUNDED,
    Absent,
    Backoff,
    Known,
    Opaque,
    Options,
    Recommendation,
    Retried,
    Setting,
)

T = TypeVar("T")

RETRIES = 3
"""`max_retries` of a task that names none."""
DELAY = 180.0
"""`default_retry_delay` of a task that names none."""
CAP = 600.0
"""`retry_backoff_max` of a task that names none."""
NOT_RETRIED = 1.0

REFUSED = JSON_REFUSES - {"datetime", "date", "time", "Decimal", "UUID", "bytes"}
"""What kombu's JSON refuses; it carries moments, Decimal, UUID and bytes."""
PICKLE_REFUSES = frozenset({"iterator", "lock", "open file", "memoryview"})


def effective(evidence: Evidence) -> Options:
    """The options as Celery 5 applies them."""
    return Options(
        attempts=attempts(evidence),
        backoff=backoff(evidence),
        ack=results.ack(evidence),
        keep_completed=results.keep_completed(evidence),
        keep_failed=results.keep_failed(evidence),
        marks_started=results.marks_started(evidence),
        marks_completed=results.stores(evidence),
        marks_failed=results.marks_failed(evidence),
        retried=_retried(evidence),
        time_limit=limits.time_limit(evidence),
        counts_retries=True,
        refuses=_refuses(evidence),
        refuses_result=_refuses_result(evidence),
        logs=results.logs(evidence),
        buries=results.buries(evidence),
        survives=results.survives(evidence),
    )


# --- what messages carry ---


def _refuses(evidence: Evidence) -> frozenset[str] | Opaque:
    """What the arguments may not be; the task's own pydantic models are dumped before they are sent."""
    refused = _refused(first(evidence, "serializer", "task_serializer"))
    dumped = not isinstance(evidence.option("pydantic"), Absent)
    return refused - {"pydantic model"} if dumped and isinstance(refused, frozenset) else refused


def _refuses_result(evidence: Evidence) -> frozenset[str] | Opaque:
    """What the job may not return, where results are stored at all."""
    stored = results.stores(evidence)
    if isinstance(stored, Opaque):
        return stored
    kept = stored.value if isinstance(stored, Known) else stored.default
    refused = _refused(evidence.setting("result_serializer")) if kept else frozenset[str]()
    dumped = not isinstance(evidence.option("pydantic"), Absent)
    return refused - {"pydantic model"} if dumped and isinstance(refused, frozenset) else refused


def _refused(serializer: Setting[Any]) -> frozenset[str] | Opaque:
    if isinstance(serializer, Opaque):
        return serializer
    name = serializer.value if isinstance(serializer, Known) else "json"
    if name in {None, "json", "application/json"}:
        return REFUSED
    return PICKLE_REFUSES if name == "pickle" else Opaque("what its serializer refuses", serializer.at)


# --- retry ---


def retried_for(evidence: Evidence) -> Setting[Any]:
    """`autoretry_for`: Known only when it names something."""
    found = evidence.option("autoretry_for")
    if isinstance(found, Known) and not found.value:
        return Absent(None, found.at)
    return found


def _retried(evidence: Evidence) -> Setting[Retried]:
    """What is retried by itself: `throws` only changes what is logged, `dont_autoretry_for` spares."""
    named, spared = retried_for(evidence), evidence.option("dont_autoretry_for")
    if isinstance(named, Absent):
        return Absent(Retried(), named.at)
    for given in (named, spared):
        if isinstance(given, Opaque):
            return given
    names = _names(named)
    return Known(Retried(names, _names(spared)), named.at, named.origin, named.spelt)  # type: ignore[union-attr]


def _names(given: Setting[Any]) -> tuple[str, ...]:
    value = given.value if isinstance(given, Known) else ()
    found = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(name for name in found if isinstance(name, str))


def attempts(evidence: Evidence) -> Setting[float]:
    """Total runs. A limit counts only where something asks for another run.

    `autoretry_for` alone is a choice too: who names the exceptions has asked for the framework's 4 runs.
    """
    automatic = retried_for(evidence)
    if isinstance(automatic, Known):
        limit = _automatic(evidence)
        return known(RETRIES + 1.0, automatic) if isinstance(limit, Absent) else limit
    if evidence.asked:
        return _by_hand(evidence, evidence.asked[0])
    return automatic if isinstance(automatic, Opaque) else Absent(NOT_RETRIED, evidence.at)


def _automatic(evidence: Evidence) -> Setting[float]:
    extra = evidence.option("retry_kwargs")
    if isinstance(extra, Opaque):
        return extra
    if isinstance(extra, Known) and isinstance(extra.value, dict) and "max_retries" in extra.value:
        limit = extra.value["max_retries"]
        return _limit(extra, RETRIES if limit is None else limit)
    return _own_limit(evidence)


def _own_limit(evidence: Evidence) -> Setting[float]:
    """The limit on the task; of several that depend on the path, the highest."""
    limit = evidence.option("max_retries")
    choices = evidence.alternatives("max_retries") if isinstance(limit, Opaque) else ()
    if choices and all(choice is None or isinstance(choice, int) for choice in choices):
        most = UNBOUNDED if None in choices else max(choices) + 1.0
        return Known(most, limit.at, "decorator", "max_retries")
    return _limit(limit)


def _by_hand(evidence: Evidence, asked: Asked) -> Setting[float]:
    given = asked.argument("max_retries")
    if given is None or (isinstance(given, Known) and given.value is None):
        option = _own_limit(evidence)
        return Opaque(asked.open, asked.at) if asked.open and isinstance(option, Absent) else option
    return _limit(given)


def _limit(setting: Setting[Any], value: object = ...) -> Setting[float]:
    """Runs of a number of retries; None is for ever."""
    if isinstance(setting, Absent):
        return Absent(RETRIES + 1.0, setting.at)
    if isinstance(setting, Opaque):
        return setting
    limit = setting.value if value is ... else value
    if limit is None:
        return known(UNBOUNDED, setting)
    if isinstance(limit, (int, float)) and not isinstance(limit, bool):
        return known(limit + 1.0, setting)
    return Opaque("the limit is no number", setting.at)


def backoff(evidence: Evidence) -> Setting[Backoff]:
    """The wait between runs."""
    automatic = retried_for(evidence)
    if isinstance(automatic, Known):
        return _growing(evidence)
    if evidence.asked:
        return min((_asked_wait(evidence, asked) for asked in evidence.asked), key=_certainty)
    return automatic if isinstance(automatic, Opaque) else Absent(Backoff("none"), evidence.at)


def _certainty(setting: Setting[Backoff]) -> int:
    return {Absent: 0, Opaque: 1}.get(type(setting), 2)


def _growing(evidence: Evidence) -> Setting[Backoff]:
    given = evidence.option("retry_backoff")
    if isinstance(given, Opaque):
        return given
    if isinstance(given, Known) and given.value:
        return _exponential(given, evidence.option("retry_backoff_max"))
    extra = evidence.option("retry_kwargs")
    if isinstance(extra, Known) and isinstance(extra.value, dict) and "countdown" in extra.value:
        return _wait(known(extra.value["countdown"], extra))
    return extra if isinstance(extra, Opaque) else _default_wait(evidence)


def _exponential(given: Known[Any], longest: Setting[Any]) -> Setting[Backoff]:
    if not isinstance(given.value, (int, float)):
        return Opaque("the backoff is no number", given.at)
    least = float(int(max(1.0, float(given.value))))
    cap = longest.value if isinstance(longest, Known) and isinstance(longest.value, (int, float)) else CAP
    if cap <= least:
        return known(Backoff("fixed", float(cap)), given)
    return known(Backoff("exponential", least, float(cap)), given)


def _asked_wait(evidence: Evidence, asked: Asked) -> Setting[Backoff]:
    given = asked.argument("countdown")
    if given is not None and not (isinstance(given, Known) and given.value is None):
        return _wait(given)
    eta = asked.argument("eta")
    if eta is not None:
        return Opaque("the time of the next run is computed", eta.at)
    return Opaque(asked.open, asked.at) if asked.open else _default_wait(evidence)


def _default_wait(evidence: Evidence) -> Setting[Backoff]:
    given = evidence.option("default_retry_delay")
    return Absent(Backoff("fixed", DELAY), given.at) if isinstance(given, Absent) else _wait(given)


def _wait(given: Setting[Any]) -> Setting[Backoff]:
    if not isinstance(given, Known):
        return given
    if isinstance(given.value, Growth):
        return known(Backoff("exponential", given.value.first or 0.0), given)
    if isinstance(given.value, (int, float)):
        kind = Backoff("fixed", float(given.value)) if given.value > 0 else Backoff("none")
        return known(kind, given)
    return Opaque("the delay is no number", given.at)


# --- recommendations ---


def spell(wanted: Recommendation) -> str:
    """The recommendation as task options or settings."""
    parts = [*_retry(wanted), *_retention(wanted)]
    if wanted.mark == "started":
        parts.append("track_started=True")
    elif wanted.mark:
        parts.append('result_backend="redis://..."')
    if wanted.spared:
        parts.append(f"dont_autoretry_for=({', '.join(wanted.spared)})")
    if wanted.time_limit is not None:
        parts.append(f"soft_time_limit={wanted.time_limit:g}, time_limit={1.2 * wanted.time_limit:g}")
    if wanted.late:
        parts.append("acks_late=True")
    if wanted.survive:
        parts.append("reject_on_worker_lost=True")
    if wanted.log:
        parts.append(logging_call(wanted.log, {"job_id": "self.request.id"}))
    return ", ".join(parts)


def _retry(wanted: Recommendation) -> list[str]:
    """Options for a number of runs and a wait; Celery counts retries, one less than runs."""
    parts = []
    if wanted.attempts is not None:
        parts += ["autoretry_for=(...)", f"max_retries={wanted.attempts - 1}"]
    if wanted.backoff is not None and wanted.backoff.kind == "exponential":
        parts.append(f"retry_backoff={wanted.backoff.delay:g}")
    elif wanted.backoff is not None and wanted.backoff.kind == "fixed":
        parts.append(f"default_retry_delay={wanted.backoff.delay:g}")
    return parts


def _retention(wanted: Recommendation) -> list[str]:
    """Settings for how long results are kept, in seconds; Celery counts no results."""
    parts = []
    for keep, setting in (
        (wanted.keep_completed, "result_expires"),
        (wanted.keep_failed, "result_failure_expires"),
    ):
        if keep is not None and keep.age is not None:
            parts.append(f"{setting}={keep.age:.0f}")
    return parts

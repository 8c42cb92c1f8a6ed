"""What Celery makes of the options and settings it is given."""

from __future__ import annotations

from typing import Any, TypeVar

from jobcheck.frameworks import JSON_REFUSES, UNSET, Asked, Evidence, Growth
from jobcheck.frameworks.celery import limits
from jobcheck.model import (
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

RETRIES = 3
"""`max_retries` of a task that names none."""
DELAY = 180.0
"""`default_retry_delay` of a task that names none."""
CAP = 600.0
"""`retry_backoff_max` of a task that names none."""
EXPIRES = 86_400.0
"""`result_expires` of an application that names none."""
NOT_RETRIED = 1.0

REFUSED = JSON_REFUSES - {"datetime", "date", "time", "Decimal", "UUID", "bytes"}
"""What kombu's JSON refuses; it carries moments, Decimal, UUID and bytes."""
PICKLE_REFUSES = frozenset({"iterator", "lock", "open file", "memoryview"})


def effective(evidence: Evidence) -> Options:
    """The options as Celery 5 applies them."""
    return Options(
        attempts=attempts(evidence),
        backoff=backoff(evidence),
        ack=_ack(evidence),
        keep_completed=_keep_completed(evidence),
        keep_failed=_keep_failed(evidence),
        marks_started=_marks_started(evidence),
        marks_completed=_marks_end(evidence),
        marks_failed=_marks_failed(evidence),
        retried=_retried(evidence),
        time_limit=limits.time_limit(evidence),
        counts_retries=True,
        refuses=_refuses(evidence),
        refuses_result=_refuses_result(evidence),
    )


# --- what messages carry ---


def _refuses(evidence: Evidence) -> frozenset[str] | Opaque:
    """What the arguments may not be; the task's own pydantic models are dumped before they are sent."""
    refused = _refused(_first(evidence, "serializer", "task_serializer"))
    dumped = not isinstance(evidence.option("pydantic"), Absent)
    return refused - {"pydantic model"} if dumped and isinstance(refused, frozenset) else refused


def _refuses_result(evidence: Evidence) -> frozenset[str] | Opaque:
    """What the job may not return, where results are stored at all."""
    stored = _stores(evidence)
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
        return _known(RETRIES + 1.0, automatic) if isinstance(limit, Absent) else limit
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
        return _known(UNBOUNDED, setting)
    if isinstance(limit, (int, float)) and not isinstance(limit, bool):
        return _known(limit + 1.0, setting)
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
        return _wait(_known(extra.value["countdown"], extra))
    return extra if isinstance(extra, Opaque) else _default_wait(evidence)


def _exponential(given: Known[Any], longest: Setting[Any]) -> Setting[Backoff]:
    if not isinstance(given.value, (int, float)):
        return Opaque("the backoff is no number", given.at)
    first = float(int(max(1.0, float(given.value))))
    cap = longest.value if isinstance(longest, Known) and isinstance(longest.value, (int, float)) else CAP
    if cap <= first:
        return _known(Backoff("fixed", float(cap)), given)
    return _known(Backoff("exponential", first, float(cap)), given)


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
        return _known(Backoff("exponential", given.value.first or 0.0), given)
    if isinstance(given.value, (int, float)):
        kind = Backoff("fixed", float(given.value)) if given.value > 0 else Backoff("none")
        return _known(kind, given)
    return Opaque("the delay is no number", given.at)


# --- acknowledgement and results ---


def _first(evidence: Evidence, option: str, setting: str) -> Setting[Any]:
    """An option of the job, else the application's setting."""
    found = evidence.option(option)
    return evidence.setting(setting) if isinstance(found, Absent) else found


def _ack(evidence: Evidence) -> Setting[str]:
    found = _first(evidence, "acks_late", "task_acks_late")
    if isinstance(found, Known):
        return _known("late" if found.value else "early", found)
    return Absent("early", evidence.at) if isinstance(found, Absent) else found


def _stores(evidence: Evidence) -> Setting[bool]:
    """Whether results of this job are kept anywhere."""
    backend = evidence.setting("result_backend")
    if isinstance(backend, Absent) or (isinstance(backend, Known) and _no_backend(backend.value)):
        return Absent(False, backend.at)
    ignored = _first(evidence, "ignore_result", "task_ignore_result")
    if isinstance(ignored, Known) and ignored.value:
        return _known(False, ignored)
    if isinstance(ignored, Opaque):
        return ignored
    if isinstance(backend, Opaque) and backend.why == UNSET:
        return backend
    return Known(True, backend.at, "settings", "result_backend")


def _no_backend(value: object) -> bool:
    return value in (None, "", "disabled", "disabled://")


def _keep_completed(evidence: Evidence) -> Setting[Keep]:
    stored = _stores(evidence)
    if isinstance(stored, Opaque):
        return _unless_set(evidence.setting("result_expires"), stored)
    if isinstance(stored, Absent):
        return Known(Keep(age=0.0), stored.at, "settings", "no result backend")
    return _expiry(evidence.setting("result_expires")) if stored.value else _known(Keep(age=0.0), stored)


def _keep_failed(evidence: Evidence) -> Setting[Keep]:
    stored = _stores(evidence)
    if isinstance(stored, Opaque):
        return _unless_set(evidence.setting("result_expires"), stored)
    if isinstance(stored, Absent):
        return Absent(Keep(age=0.0), stored.at)
    if not stored.value and not _errors_stored(evidence):
        return _known(Keep(age=0.0), stored)
    failures = evidence.setting("result_failure_expires")
    if isinstance(failures, Known) and failures.value is None:
        failures = Absent(None, failures.at)
    return _expiry(evidence.setting("result_expires") if isinstance(failures, Absent) else failures)


def _unless_set(expires: Setting[Any], stored: Opaque) -> Setting[Keep]:
    """A time limit holds wherever results are stored; its absence only matters if they are."""
    return stored if isinstance(expires, Absent) else _expiry(expires)


def _even_if_ignored(evidence: Evidence) -> Setting[Any]:
    return _first(evidence, "store_errors_even_if_ignored", "task_store_errors_even_if_ignored")


def _errors_stored(evidence: Evidence) -> bool:
    found = _even_if_ignored(evidence)
    return not isinstance(found, Absent) and not (isinstance(found, Known) and not found.value)


def _expiry(given: Setting[Any]) -> Setting[Keep]:
    if isinstance(given, Absent):
        return Absent(Keep(age=EXPIRES), given.at)
    if isinstance(given, Opaque):
        return given
    if not given.value:
        return _known(Keep(), given)
    if isinstance(given.value, (int, float)):
        return _known(Keep(age=float(given.value)), given)
    return Opaque("the time is no number", given.at)


def _marks_started(evidence: Evidence) -> Setting[bool]:
    tracked = _first(evidence, "track_started", "task_track_started")
    stored = _stores(evidence)
    if isinstance(tracked, Known) and tracked.value:
        return stored if not isinstance(stored, Known) else _known(stored.value, tracked)
    return tracked if isinstance(tracked, Opaque) else Absent(False, tracked.at)


def _marks_end(evidence: Evidence) -> Setting[bool]:
    return _stores(evidence)


def _marks_failed(evidence: Evidence) -> Setting[bool]:
    stored = _stores(evidence)
    if not isinstance(stored, Known) or stored.value:
        return stored
    found = _even_if_ignored(evidence)
    if isinstance(found, Opaque):
        return found
    return _known(isinstance(found, Known) and bool(found.value), stored)


def _known(value: T, like: Known[Any]) -> Known[T]:
    return Known(value, like.at, like.origin, like.spelt)


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

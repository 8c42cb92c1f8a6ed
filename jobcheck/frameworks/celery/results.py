"""What becomes of a Celery message and of its result: kept, marked, logged, buried or lost."""

from __future__ import annotations

from typing import Any, TypeVar

from jobcheck.frameworks import UNSET, Evidence
from jobcheck.model import Absent, Keep, Known, Moment, Opaque, Setting

T = TypeVar("T")

EXPIRES = 86_400.0
"""`result_expires` of an application that names none."""


def first(evidence: Evidence, option: str, setting: str) -> Setting[Any]:
    """An option of the job, else the application's setting."""
    found = evidence.option(option)
    return evidence.setting(setting) if isinstance(found, Absent) else found


def ack(evidence: Evidence) -> Setting[str]:
    """When the broker forgets the message."""
    found = first(evidence, "acks_late", "task_acks_late")
    if isinstance(found, Known):
        return known("late" if found.value else "early", found)
    return Absent("early", evidence.at) if isinstance(found, Absent) else found


def stores(evidence: Evidence) -> Setting[bool]:
    """Whether results of this job are kept anywhere."""
    backend = evidence.setting("result_backend")
    if isinstance(backend, Absent) or (isinstance(backend, Known) and _no_backend(backend.value)):
        return Absent(False, backend.at)
    ignored = first(evidence, "ignore_result", "task_ignore_result")
    if isinstance(ignored, Known) and ignored.value:
        return known(False, ignored)
    if isinstance(ignored, Opaque):
        return ignored
    if isinstance(backend, Opaque) and backend.why == UNSET:
        return backend
    return Known(True, backend.at, "settings", "result_backend")


def _no_backend(value: object) -> bool:
    return value in (None, "", "disabled", "disabled://")


def keep_completed(evidence: Evidence) -> Setting[Keep]:
    """How long the result of a run that succeeded is kept."""
    stored = stores(evidence)
    if isinstance(stored, Opaque):
        return _unless_set(evidence.setting("result_expires"), stored)
    if isinstance(stored, Absent):
        return Known(Keep(age=0.0), stored.at, "settings", "no result backend")
    return _expiry(evidence.setting("result_expires")) if stored.value else known(Keep(age=0.0), stored)


def keep_failed(evidence: Evidence) -> Setting[Keep]:
    """How long a failure is kept."""
    stored = stores(evidence)
    if isinstance(stored, Opaque):
        return _unless_set(evidence.setting("result_expires"), stored)
    if isinstance(stored, Absent):
        return Absent(Keep(age=0.0), stored.at)
    if not stored.value and not _errors_stored(evidence):
        return known(Keep(age=0.0), stored)
    failures = evidence.setting("result_failure_expires")
    if isinstance(failures, Known) and failures.value is None:
        failures = Absent(None, failures.at)
    return _expiry(evidence.setting("result_expires") if isinstance(failures, Absent) else failures)


def _unless_set(expires: Setting[Any], stored: Opaque) -> Setting[Keep]:
    """A time limit holds wherever results are stored; its absence only matters if they are."""
    return stored if isinstance(expires, Absent) else _expiry(expires)


def _even_if_ignored(evidence: Evidence) -> Setting[Any]:
    return first(evidence, "store_errors_even_if_ignored", "task_store_errors_even_if_ignored")


def _errors_stored(evidence: Evidence) -> bool:
    found = _even_if_ignored(evidence)
    return not isinstance(found, Absent) and not (isinstance(found, Known) and not found.value)


def _expiry(given: Setting[Any]) -> Setting[Keep]:
    if isinstance(given, Absent):
        return Absent(Keep(age=EXPIRES), given.at)
    if isinstance(given, Opaque):
        return given
    if not given.value:
        return known(Keep(), given)
    if isinstance(given.value, (int, float)):
        return known(Keep(age=float(given.value)), given)
    return Opaque("the time is no number", given.at)


def marks_started(evidence: Evidence) -> Setting[bool]:
    """Whether the backend shows that a run has begun."""
    tracked = first(evidence, "track_started", "task_track_started")
    stored = stores(evidence)
    if isinstance(tracked, Known) and tracked.value:
        return stored if not isinstance(stored, Known) else known(stored.value, tracked)
    return tracked if isinstance(tracked, Opaque) else Absent(False, tracked.at)


def marks_failed(evidence: Evidence) -> Setting[bool]:
    """Whether the backend shows that a run has failed."""
    stored = stores(evidence)
    if not isinstance(stored, Known) or stored.value:
        return stored
    found = _even_if_ignored(evidence)
    if isinstance(found, Opaque):
        return found
    return known(isinstance(found, Known) and bool(found.value), stored)


def logs(evidence: Evidence) -> Setting[tuple[Moment, ...]]:
    """The worker logs every end of a run; a base class that was not read may log more."""
    hook = evidence.option("on_success")
    return hook if isinstance(hook, Opaque) else Known(("completed", "failed"), evidence.at, "worker")


def buries(evidence: Evidence) -> Setting[bool]:
    """Messages of failed jobs go to the broker's dead letters only when they are not acknowledged."""
    linked = next((spelt.value for spelt in evidence.sent if spelt.name in {"link_error", "errbacks"}), None)
    if linked is not None:
        return Known(True, linked.at, "call", "link_error")
    for option in ("acks_on_failure", "acks_on_failure_or_timeout"):
        found = first(evidence, option, f"task_{option}")
        if isinstance(found, Known) and not found.value:
            return known(True, found)
    hook = evidence.option("on_failure")
    return hook if isinstance(hook, Opaque) else Absent(False, evidence.at)


def survives(evidence: Evidence) -> Setting[bool]:
    """A message that is acknowledged late is still acknowledged when its worker dies, unless told not to."""
    for option in ("retry_on_worker_lost", "reject_on_worker_lost"):
        found = first(evidence, option, f"task_{option}")
        if isinstance(found, Known) and found.value and option.startswith("reject"):
            return Opaque(
                "whether the broker limits how often it delivers a message cannot be told", found.at
            )
        if isinstance(found, Opaque) or (isinstance(found, Known) and found.value):
            return found
    return Absent(False, evidence.at)


def known(value: T, like: Known[Any]) -> Known[T]:
    """A value that is told by what another setting says."""
    return Known(value, like.at, like.origin, like.spelt)

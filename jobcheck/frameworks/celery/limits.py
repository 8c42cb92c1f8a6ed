"""How long a Celery job may run, and what happens when its limits do not fit each other or the broker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobcheck.frameworks import Evidence
from jobcheck.frameworks.celery.results import first
from jobcheck.model import UNBOUNDED, Absent, Known, Opaque, Quirk, Setting

VISIBILITY = {"redis": 3600.0, "rediss": 3600.0, "sentinel": 3600.0, "sqs": 1800.0}
"""Seconds after which these brokers deliver a message again that nobody has acknowledged."""


def time_limit(evidence: Evidence) -> Setting[float]:
    """The seconds after which a run is ended, or asked to end; the nearer of the two that can be told."""
    found = [_limit(evidence, name) for name in ("soft_time_limit", "time_limit")]
    known = [each for each in found if isinstance(each, Known)]
    if known:
        return min(known, key=lambda each: float(each.value))
    opaque = (each for each in found if isinstance(each, Opaque))
    return next(opaque, Absent(UNBOUNDED, evidence.at))


def _limit(evidence: Evidence, name: str) -> Setting[Any]:
    """A limit of the job, else of the application; None and 0 are none."""
    found = evidence.option(name)
    if isinstance(found, Absent):
        found = evidence.setting(f"task_{name}")
    if not isinstance(found, Known):
        return found
    number = isinstance(found.value, (int, float)) and found.value > 0
    return found if number else Absent(None, found.at)


def quirks(evidence: Evidence) -> Iterator[Quirk]:
    """Limits that end no run as they should."""
    soft, hard = _limit(evidence, "soft_time_limit"), _limit(evidence, "time_limit")
    if isinstance(soft, Known) and isinstance(hard, Known) and soft.value >= hard.value:
        yield _never_soft(soft, hard)
    limit = time_limit(evidence)
    visible = visibility(evidence)
    if visible is not None and isinstance(limit, Known) and limit.value >= visible and _acks_late(evidence):
        yield Quirk(
            "timeout",
            f"A second worker gets the job while the first still runs: it may take {limit.value:g} s, and "
            f"the broker hands it out again after {visible:g} s.",
            f"Keep the limit well below the visibility timeout, or set "
            f"broker_transport_options = {{'visibility_timeout': {2 * limit.value:g}}}.",
            limit.at,
        )


def _never_soft(soft: Known[Any], hard: Known[Any]) -> Quirk:
    message = "The job is killed without warning: the soft limit comes no earlier than the hard one."
    if soft.value > hard.value:
        message = "The job can never be sent: a soft limit above the hard one raises ValueError."
    return Quirk(
        "timeout",
        message,
        f"Leave room to clean up: soft_time_limit={hard.value * 0.8:g} with time_limit={hard.value:g}.",
        soft.at,
    )


def _acks_late(evidence: Evidence) -> bool:
    found = first(evidence, "acks_late", "task_acks_late")
    return isinstance(found, Known) and bool(found.value)


def visibility(evidence: Evidence) -> float | None:
    """The seconds after which the broker delivers again what nobody acknowledged, where that is certain."""
    broker, options = evidence.setting("broker_url"), evidence.setting("broker_transport_options")
    scheme = str(broker.value).partition(":")[0] if isinstance(broker, Known) else ""
    if isinstance(options, Opaque) or (scheme and scheme not in VISIBILITY):
        return None
    told = options.value if isinstance(options, Known) and isinstance(options.value, dict) else {}
    given = told.get("visibility_timeout")
    return float(given) if isinstance(given, (int, float)) else VISIBILITY.get(scheme)

"""How long a Celery job may run, and what happens when its limits do not fit each other or the broker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobcheck.frameworks import Evidence
from jobcheck.model import UNBOUNDED, Absent, Known, Opaque, Quirk, Setting

VISIBILITY = 3600.0
"""Seconds after which Redis hands out again what nobody acknowledged, where no setting says otherwise."""


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
    visible = _visibility(evidence)
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
    found = evidence.option("acks_late")
    found = evidence.setting("task_acks_late") if isinstance(found, Absent) else found
    return isinstance(found, Known) and bool(found.value)


def _visibility(evidence: Evidence) -> float | None:
    """The broker's visibility timeout, where it is certain that it has one."""
    options = evidence.setting("broker_transport_options")
    if isinstance(options, Known) and isinstance(options.value, dict):
        given = options.value.get("visibility_timeout")
        if isinstance(given, (int, float)):
            return float(given)
    broker = evidence.setting("broker_url")
    redis = isinstance(broker, Known) and str(broker.value).startswith(("redis:", "rediss:"))
    return VISIBILITY if redis and isinstance(options, Absent) else None

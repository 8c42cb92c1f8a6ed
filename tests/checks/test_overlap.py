"""JC109: judged from hand-made schedules and limits."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import Declaration, Site
from tests.builders import effect, enqueue, known, opaque, options, place, site, write
from tests.checks.judging import finding, kinds


def periodic(*periods: float | None, acts: Any = (effect(),), flow: Any = None, **changed: Any) -> Site:
    sent = [enqueue(style="schedule", every=every, line=60 + n) for n, every in enumerate(periods)]
    idempotent = changed.pop("idempotent", None)
    return site(*sent, acts=acts, flow=flow, options=options(**changed), idempotent=idempotent)


def test_run_without_a_limit_outlasts_a_short_period() -> None:
    found = finding("JC109", periodic(3600, 300))
    assert found.message == (
        "Two runs can overlap and do the same work: it is started every 5 minutes and nothing limits it."
    )
    assert "`celery(time_limit)`" in found.details
    assert found.related[0].at == place(61, "shop/views.py")


def test_limit_above_the_period_ends_no_run_in_time() -> None:
    found = finding("JC109", periodic(1800, time_limit=known(3600)))
    assert found.message.endswith("it is started every 30 minutes and it may run for 1 hour.")


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        (periodic(60, time_limit=known(60)), "Pass"),
        (periodic(601), "Pass"),
        (periodic(60, flow={"alone": True}), "Pass"),
        (periodic(60, time_limit=opaque()), "Unknown"),
        (periodic(60, idempotent=Declaration("natural", place(8))), "Declared"),
        (periodic(60, acts=(write(),)), "Fail"),
        (periodic(60, acts=()), "NotApplicable"),
        (periodic(None), "NotApplicable"),
        (periodic(), "NotApplicable"),
    ],
)
def test_runs_are_kept_apart_or_it_does_not_matter(made: Site, outcome: str) -> None:
    assert kinds("JC109", made) == [outcome]

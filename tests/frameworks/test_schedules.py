"""How often Celery's beat sends what a schedule says, held against Celery's own reading of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from celery import Celery
from celery.schedules import crontab

from jobcheck.frameworks import Made
from jobcheck.frameworks.celery.schedules import every
from tests.link.small import one

CRONTAB = "celery.schedules.crontab"


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({}, 60),
        ({"minute": "*/5"}, 300),
        ({"minute": 0}, 3600),
        ({"minute": "0,10,40"}, 600),
        ({"minute": "0-30/15", "hour": "*"}, 900),
        ({"minute": 30, "hour": 4}, 86_400),
        ({"minute": 0, "hour": "*/6"}, 21_600),
        ({"minute": 0, "hour": "8-10"}, 3600),
        ({"minute": "59,0", "hour": "*"}, 60),
    ],
)
def test_crontab(given: dict[str, Any], seconds: float) -> None:
    assert every(Made(CRONTAB, (), given)) == seconds
    assert _shortest(crontab(**given, app=Celery(set_as_current=False))) == seconds


def _shortest(schedule: crontab) -> float:
    """The shortest gap between the due times of two days, asked minute by minute."""
    start = datetime(2024, 1, 1, tzinfo=timezone.utc)
    minutes = (start + timedelta(minutes=n) for n in range(2 * 24 * 60))
    due = [m for m in minutes if m.minute in schedule.minute and m.hour in schedule.hour]
    return min((b - a).total_seconds() for a, b in pairwise(due))


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [
        (30, 30),
        (0.5, 0.5),
        (Made(CRONTAB, ("*/10",), {}), 600),
        (Made("celery.schedules.schedule", (90,), {}), 90),
        (Made("celery.schedules.schedule", (), {"run_every": 45}), 45),
        (0, None),
        (True, None),
        ("hourly", None),
        (Made("celery.schedules.solar", ("sunset", 1, 2), {}), None),
        (Made(CRONTAB, (), {"minute": "every"}), None),
    ],
)
def test_other_schedules(schedule: Any, seconds: float | None) -> None:
    assert every(schedule) == seconds


APP = "from celery import Celery\nfrom celery.schedules import crontab\napp = Celery('shop')\n"
SEND = "@app.task\ndef send(): ...\n"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("app.conf.beat_schedule = {'x': {'task': 'shop.tasks.send', 'schedule': 30}}", 30),
        (
            "app.conf.beat_schedule = {'x': {'task': 'shop.tasks.send', 'schedule': crontab(minute='*/5')}}",
            300,
        ),
        ("app.conf.beat_schedule = {'x': {'task': 'shop.tasks.send', 'schedule': crontab(**MORE)}}", None),
        ("app.conf.beat_schedule = {'x': {'task': 'shop.tasks.send'}}", None),
        ("app.add_periodic_task(90.0, send.s())", 90),
        ("app.add_periodic_task(crontab(minute=0), send.s())", 3600),
    ],
)
def test_period_of_what_the_clock_sends(text: str, seconds: float | None) -> None:
    found = one(f"{APP}{SEND}{text}\n")
    periods = [e.every for e in found.enqueues if e.style == "schedule"]
    assert periods == [seconds]

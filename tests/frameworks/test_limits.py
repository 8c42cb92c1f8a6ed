"""Celery's time limits: where they come from, and when they do not do what they say."""

from __future__ import annotations

import pytest

from jobcheck.model import Absent, Known, Opaque, Quirk, Retried
from tests.link.small import job, one

APP = "from celery import Celery\napp = Celery('shop', broker='redis://localhost')\n"
SEND = "def send(user_id): ...\n"


def options(decorator: str, settings: str = "") -> object:
    return job(one(f"{APP}{settings}{decorator}\n{SEND}")).job.options


def quirks(decorator: str, settings: str = "") -> list[Quirk]:
    found = job(one(f"{APP}{settings}{decorator}\n{SEND}")).job.options.quirks
    return [quirk for quirk in found if quirk.topic == "timeout"]


@pytest.mark.parametrize(
    ("decorator", "settings", "seconds"),
    [
        ("@app.task(time_limit=60)", "", 60),
        ("@app.task(soft_time_limit=30, time_limit=60)", "", 30),
        ("@app.task", "app.conf.task_time_limit = 300\n", 300),
        ("@app.task", "app.conf.task_soft_time_limit = 200\n", 200),
        ("@app.task(time_limit=20)", "app.conf.task_time_limit = 300\n", 20),
    ],
)
def test_limit_of_the_task_or_of_the_application(decorator: str, settings: str, seconds: float) -> None:
    limit = options(decorator, settings).time_limit  # type: ignore[attr-defined]
    assert isinstance(limit, Known)
    assert limit.value == seconds


@pytest.mark.parametrize("decorator", ["@app.task", "@app.task(time_limit=None)", "@app.task(time_limit=0)"])
def test_no_limit(decorator: str) -> None:
    assert isinstance(options(decorator).time_limit, Absent)  # type: ignore[attr-defined]


def test_limit_that_cannot_be_told() -> None:
    limit = options("import os\n@app.task(time_limit=int(os.environ['L']))").time_limit  # type: ignore[attr-defined]
    assert isinstance(limit, Opaque)


@pytest.mark.parametrize(
    ("decorator", "settings", "message"),
    [
        ("@app.task(soft_time_limit=60, time_limit=30)", "", "The job can never be sent:"),
        ("@app.task(soft_time_limit=30, time_limit=30)", "", "The job is killed without warning:"),
        ("@app.task(acks_late=True, time_limit=3600)", "", "A second worker gets the job"),
        (
            "@app.task(time_limit=7200)",
            "app.conf.task_acks_late = True\napp.conf.broker_transport_options = {'visibility_timeout': 5000}\n",
            "A second worker gets the job",
        ),
        (
            "@app.task(acks_late=True, time_limit=3600)",
            "app.conf.broker_transport_options = {'global_keyprefix': 'shop'}\n",
            "A second worker gets the job",
        ),
        (
            "@app.task(acks_late=True, time_limit=1800)",
            "app.conf.broker_url = 'sqs://'\n",
            "A second worker gets the job",
        ),
    ],
)
def test_limits_that_do_not_fit(decorator: str, settings: str, message: str) -> None:
    (quirk,) = quirks(decorator, settings)
    assert quirk.message.startswith(message)
    assert len(quirk.message) <= 160
    assert quirk.instead.endswith(".")


@pytest.mark.parametrize(
    ("decorator", "settings"),
    [
        ("@app.task(soft_time_limit=30, time_limit=60)", ""),
        ("@app.task(time_limit=7200)", ""),
        ("@app.task(acks_late=True, time_limit=3599)", ""),
        ("@app.task(acks_late=True, time_limit=7200)", "app.conf.broker_url = 'amqp://localhost'\n"),
        (
            "@app.task(acks_late=True, time_limit=7200)",
            "app.conf.broker_transport_options = {'visibility_timeout': 9000}\n",
        ),
        (
            "@app.task(acks_late=True, time_limit=7200)",
            "app.conf.broker_url = 'amqp://'\napp.conf.broker_transport_options = {'visibility_timeout': 60}\n",
        ),
    ],
)
def test_limits_that_fit(decorator: str, settings: str) -> None:
    assert quirks(decorator, settings) == []


@pytest.mark.parametrize(
    ("given", "retried"),
    [
        ("autoretry_for=(OSError, Exception)", Retried(("builtins.OSError", "builtins.Exception"))),
        (
            "autoretry_for=(Exception,), dont_autoretry_for=(KeyError,)",
            Retried(("builtins.Exception",), ("builtins.KeyError",)),
        ),
        ("autoretry_for=(Exception,), throws=(KeyError,)", Retried(("builtins.Exception",))),
    ],
)
def test_errors_that_are_retried(given: str, retried: Retried) -> None:
    found = options(f"@app.task({given})").retried  # type: ignore[attr-defined]
    assert isinstance(found, Known)
    assert found.value == retried

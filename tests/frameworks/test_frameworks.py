"""What every framework's file must hold, and how it writes recommendations."""

from __future__ import annotations

import pytest

from jobcheck.frameworks import Declare, Framework, Send, frameworks, meant
from jobcheck.model import Backoff, Keep, Recommendation

ALL = list(frameworks().values())


@pytest.mark.parametrize("framework", ALL, ids=lambda framework: framework.name)
def test_a_framework_declares_and_sends_under_canonical_paths(framework: Framework) -> None:
    kinds = {type(primitive) for primitive in framework.primitives.values()}
    assert {Declare, Send} <= kinds
    assert {path for path in framework.primitives if framework.canonical(path) != path} == set()
    assert framework.canonical(framework.handle) == framework.handle


def test_frameworks_are_found_by_their_files() -> None:
    assert list(frameworks()) == ["bullmq", "celery", "custom"]


CANONICAL = {
    "celery.app.base.Celery": "celery.Celery",
    "celery.current_app.task": "celery.Celery().task",
    "celery.shared_task().delay": "celery.Task().delay",
    "celery.Celery().task()().apply_async": "celery.Task().apply_async",
    "celery.Celery().tasks[shop.tasks.send].delay": "celery.Task().delay",
    "celery.Task().s().set().delay": "celery.Message().delay",
    "celery_once.QueueOnce": "celery.Task",
    "requests.post": "",
}


@pytest.mark.parametrize(("path", "canonical"), CANONICAL.items())
def test_canonical_paths(path: str, canonical: str) -> None:
    assert frameworks()["celery"].canonical(path) == canonical


ADVICE = {
    "retry": (
        Recommendation(attempts=3, backoff=Backoff("exponential", 5.0)),
        "autoretry_for=(...), max_retries=2, retry_backoff=5",
        '"attempts": 3, "backoff": {"type": "exponential", "delay": 5000}',
    ),
    "fixed": (
        Recommendation(attempts=2, backoff=Backoff("fixed", 1.0)),
        "autoretry_for=(...), max_retries=1, default_retry_delay=1",
        '"attempts": 2, "backoff": {"type": "fixed", "delay": 1000}',
    ),
    "completed": (
        Recommendation(keep_completed=Keep(86_400.0, 1_000)),
        "result_expires=86400",
        '"removeOnComplete": {"age": 86400, "count": 1000}',
    ),
    "failed": (
        Recommendation(keep_failed=Keep(604_800.0, 5_000)),
        "result_failure_expires=604800",
        '"removeOnFail": {"age": 604800, "count": 5000}',
    ),
    "started": (
        Recommendation(mark="started"),
        "track_started=True",
        'await job.updateProgress({"step": "started"})',
    ),
    "nothing": (Recommendation(), "", ""),
}


@pytest.mark.parametrize(("wanted", "celery", "bullmq"), ADVICE.values(), ids=ADVICE)
def test_a_recommendation_is_written_as_it_would_be_pasted(
    wanted: Recommendation, celery: str, bullmq: str
) -> None:
    assert frameworks()["celery"].spell(wanted) == celery
    assert frameworks()["bullmq"].spell(wanted) == bullmq


def test_a_misspelt_name_means_the_nearest() -> None:
    assert meant("max_retry", {"max_retries", "rate_limit"}) == "max_retries"
    assert meant("tenant_aware", {"max_retries", "rate_limit"}) == ""

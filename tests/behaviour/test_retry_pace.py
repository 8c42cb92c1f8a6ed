"""What stays the same from run to run, and how long all the waits of a job take together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobcheck.checks.pace import horizon
from jobcheck.model import Backoff

from .conftest import Bench, Shift

Serve = Callable[..., Shift]


def test_a_celery_retry_keeps_the_id_and_counts_the_retries(bench: Callable[..., Bench]) -> None:
    here, seen = bench(), []

    @here.task(bind=True, autoretry_for=(OSError,), max_retries=2)
    def job(self: Any) -> None:
        seen.append((self.request.id, self.request.retries))
        raise OSError("down")

    sent = job.delay()
    here.work()
    assert seen == [(sent.id, 0), (sent.id, 1), (sent.id, 2)]


def test_a_bullmq_retry_keeps_the_id_and_counts_the_attempts(serve: Serve) -> None:
    seen = []

    async def process(job: Any, token: str) -> None:
        seen.append((job.id, job.attemptsMade))
        raise OSError("down")

    serve(process, {"attempts": 3})
    assert [attempt for _, attempt in seen] == [0, 1, 2]
    assert len({job_id for job_id, _ in seen}) == 1


def test_a_flag_recorded_first_turns_the_retry_into_a_success(bench: Callable[..., Bench]) -> None:
    here, flags, sent = bench(), set(), []

    @here.task(autoretry_for=(OSError,), max_retries=2)
    def job(user: int) -> None:
        if user in flags:
            return
        flags.add(user)
        if len(flags) == 1 and not sent:
            raise OSError("the mail server is down")
        sent.append(user)

    job.delay(7)
    assert [run.state for run in here.work()] == ["RETRY", "SUCCESS"]
    assert sent == []


CELERY = [
    ({"max_retries": 3, "retry_backoff": 5}, 4, Backoff("exponential", 5, 600)),
    ({"max_retries": 4, "retry_backoff": 300}, 5, Backoff("exponential", 300, 600)),
    ({"max_retries": 2, "default_retry_delay": 30}, 3, Backoff("fixed", 30)),
    ({"max_retries": 3, "retry_backoff": 60, "retry_backoff_max": 30}, 4, Backoff("fixed", 30)),
]


@pytest.mark.parametrize(("options", "attempts", "backoff"), CELERY)
def test_celery_waits_add_up(
    bench: Callable[..., Bench], options: Any, attempts: int, backoff: Backoff
) -> None:
    here = bench()

    @here.task(autoretry_for=(OSError,), retry_jitter=False, **options)
    def job() -> None:
        raise OSError("down")

    job.delay()
    assert sum(run.wait or 0 for run in here.work()) == horizon(attempts, backoff)


BULLMQ = [
    ({"attempts": 4, "backoff": {"type": "exponential", "delay": 500}}, 4, Backoff("exponential", 0.5)),
    ({"attempts": 3, "backoff": {"type": "fixed", "delay": 700}}, 3, Backoff("fixed", 0.7)),
]


@pytest.mark.parametrize(("options", "attempts", "backoff"), BULLMQ)
def test_bullmq_waits_add_up(serve: Serve, options: Any, attempts: int, backoff: Backoff) -> None:
    async def process(job: Any, token: str) -> None:
        raise OSError("down")

    assert sum(serve(process, options).waits) / 1000 == horizon(attempts, backoff)


def test_c_r7_a_programming_error_is_retried_and_throws_does_not_spare_it(
    bench: Callable[..., Bench],
) -> None:
    here = bench()

    @here.task(autoretry_for=(Exception,), throws=(TypeError,), max_retries=2)
    def job() -> None:
        raise TypeError("wrong argument")

    job.delay()
    assert [run.state for run in here.work()] == ["RETRY", "RETRY", "FAILURE"]


def test_what_is_not_to_be_retried_fails_at_once(bench: Callable[..., Bench]) -> None:
    here = bench()

    @here.task(autoretry_for=(Exception,), dont_autoretry_for=(TypeError,), max_retries=2)
    def job() -> None:
        raise TypeError("wrong argument")

    job.delay()
    assert [run.state for run in here.work()] == ["FAILURE"]


def test_c_r12_a_soft_limit_above_the_hard_one_cannot_be_sent(bench: Callable[..., Bench]) -> None:
    here = bench()

    @here.task(soft_time_limit=60, time_limit=30)
    def job() -> None: ...

    with pytest.raises(ValueError, match="soft_time_limit must be less than or equal to time_limit"):
        job.delay()


def test_redis_hands_out_again_after_an_hour_unless_told_otherwise() -> None:
    from kombu.transport.redis import Channel

    from jobcheck.frameworks.celery.limits import VISIBILITY

    assert Channel.visibility_timeout == VISIBILITY["redis"]

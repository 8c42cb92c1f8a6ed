"""What becomes of a job that fails: which listeners run, how often, and what a rejection does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from celery.exceptions import Reject
from celery.worker.request import Request

from .conftest import Bench, Line

Make = Callable[..., Bench]


def _failures(line: Callable[..., Line], listener: Any, options: Any) -> Any:
    """Serve one failing job with a listener for failures; the counts at the end."""
    from bullmq import Worker

    async def process(job: Any, token: str) -> None:
        raise OSError("down")

    async def scenario() -> Any:
        here = line()
        await here.queue.add("job", {}, options)
        worker = Worker(here.queue.name, process, {"connection": here.url})
        worker.on("failed", listener)
        for _ in range(800):
            counts = await here.queue.getJobCounts("failed")
            if counts["failed"]:
                break
            await here._promote()
            await asyncio.sleep(0.005)
        await worker.close(force=True)
        await here.queue.close()
        return counts

    return asyncio.run(scenario())


def test_bullmq_calls_the_failed_listener_after_each_attempt(line: Callable[..., Line]) -> None:
    made = []
    _failures(line, lambda job, error: made.append(job.attemptsMade), {"attempts": 3})
    assert made == [1, 2, 3]


@pytest.mark.parametrize(("late", "acknowledged", "rejected"), [(False, 1, 0), (True, 0, 1)])
def test_c_r15_a_rejection_reaches_the_broker_only_with_late_acknowledgement(
    bench: Make, late: bool, acknowledged: int, rejected: int
) -> None:
    here = bench()

    @here.task(acks_late=late)
    def job() -> None:
        raise Reject("bad", requeue=False)

    job.delay()
    acks: list[Any] = []
    rejects: list[Any] = []
    with here.app.connection_for_read() as connection:
        queue = here._queue(connection)
        message = queue.get(accept=["json"])
        request = Request(
            message,
            app=here.app,
            on_ack=lambda *given: acks.append(given),
            on_reject=lambda *given: rejects.append(given),
        )
        request.execute()
        message.ack()
    assert (len(acks), len(rejects)) == (acknowledged, rejected)

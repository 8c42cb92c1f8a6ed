"""Whether what a job leaves in a context variable or a thread's own object meets the next job."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from .conftest import Bench, Line

VARIABLE: ContextVar[str] = ContextVar("tenant", default="nobody")
LOCAL = threading.local()


def _take() -> tuple[str, str]:
    """What the job before left, before this one leaves its own."""
    found = VARIABLE.get(), getattr(LOCAL, "tenant", "nobody")
    VARIABLE.set("somebody")
    LOCAL.tenant = "somebody"
    return found


def test_celery_leaves_both_to_the_next_job_of_the_process(bench: Callable[..., Bench]) -> None:
    here, seen = bench(), []
    LOCAL.__dict__.clear()
    before = VARIABLE.set("nobody")

    @here.task
    def take() -> None:
        seen.append(_take())

    take.delay()
    take.delay()
    here.work()
    VARIABLE.reset(before)
    assert seen == [("nobody", "nobody"), ("somebody", "somebody")]


def test_bullmq_gives_each_job_a_context_of_its_own_and_shares_the_thread(
    line: Callable[..., Line],
) -> None:
    LOCAL.__dict__.clear()

    async def scenario() -> list[Any]:
        here, seen = line(), []

        async def process(job: Any, token: str) -> None:
            seen.append(_take())

        for _ in range(3):
            await here.queue.add("job", {})
        await here.serve(process)
        await here.queue.close()
        return seen

    first, *others = asyncio.run(scenario())
    assert first == ("nobody", "nobody")
    assert others == [("nobody", "somebody")] * 2

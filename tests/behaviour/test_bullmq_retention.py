"""Which finished jobs BullMQ keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Line, Shift

Make = Callable[..., Line]
JOBS = 3


async def _finish(job: Any, token: str) -> None:
    if job.data.get("fail"):
        raise OSError("down")


def _kept(line: Make, options: Any, *, fail: bool = False, **worker: Any) -> int:
    """How many of three jobs are still there when all have ended."""

    async def scenario() -> Shift:
        here = line()
        for _ in range(JOBS):
            await here.queue.add("job", {"fail": fail}, options)
        shift = await here.serve(_finish, **worker)
        await here.queue.close()
        return shift

    shift = asyncio.run(scenario())
    assert shift.runs == JOBS
    return shift.counts["failed" if fail else "completed"]


VALUES = [
    pytest.param(2, 2, id="a whole number is a count"),
    pytest.param({"count": 2}, 2, id="count"),
    pytest.param({"age": 3600, "count": 2}, 2, id="age and count"),
    pytest.param({"age": 3600}, JOBS, id="age"),
    pytest.param(True, 0, id="True keeps none"),
    pytest.param(0, 0, id="B-KEEP-WRONG-TYPE 0 keeps none"),
    pytest.param("100", 0, id="B-KEEP-WRONG-TYPE text keeps none"),
    pytest.param(False, JOBS, id="False keeps all"),
    pytest.param(None, JOBS, id="B-KEEP-WRONG-TYPE None keeps all"),
    pytest.param(2.0, 2, id="a whole float is a count"),
    pytest.param(2.5, 0, id="B-KEEP-WRONG-TYPE a fraction keeps none"),
    pytest.param(-1, JOBS, id="a negative number keeps all"),
    pytest.param({"count": 0}, 0, id="count 0 keeps none"),
    pytest.param({"count": "2"}, JOBS, id="B-KEEP-WRONG-TYPE a count as text keeps all"),
    pytest.param({}, JOBS, id="B-KEEP-WRONG-TYPE no keys keep all"),
    pytest.param({"max": 1}, JOBS, id="B-KEEP-WRONG-TYPE an unknown key keeps all"),
]


@pytest.mark.parametrize(("value", "kept"), VALUES)
def test_remove_on_complete(line: Make, value: Any, kept: int) -> None:
    assert _kept(line, {"removeOnComplete": value}) == kept


@pytest.mark.parametrize(("value", "kept"), VALUES)
def test_remove_on_fail(line: Make, value: Any, kept: int) -> None:
    assert _kept(line, {"removeOnFail": value}, fail=True) == kept


@pytest.mark.parametrize("fail", [False, True], ids=["completed", "failed"])
def test_without_options_everything_is_kept(line: Make, fail: bool) -> None:
    assert _kept(line, {}, fail=fail) == JOBS


IGNORED = [
    pytest.param({"remove_on_complete": 1, "remove_on_fail": 1}, id="snake_case"),
    pytest.param({"removeOnCompleted": 1, "removeOnFailed": 1}, id="misspelt"),
    pytest.param({"keepLogs": 1, "ttl": 1}, id="ttl"),
]


@pytest.mark.parametrize("fail", [False, True], ids=["completed", "failed"])
@pytest.mark.parametrize("options", IGNORED)
def test_b_unknown_opt_is_silently_ignored(line: Make, options: Any, fail: bool) -> None:
    assert _kept(line, options, fail=fail) == JOBS


def test_the_worker_may_carry_the_retention(line: Make) -> None:
    assert _kept(line, {}, removeOnComplete={"count": 1}) == 1


def test_the_job_s_own_retention_beats_the_worker_s(line: Make) -> None:
    assert _kept(line, {"removeOnComplete": {"count": 2}}, removeOnComplete={"count": 1}) == 2


def test_age_is_applied_when_the_next_job_ends(line: Make) -> None:
    async def scenario() -> list[int]:
        here, counts = line(), []
        for pause in (1.6, 0.0):
            await here.queue.add("job", {}, {"removeOnComplete": {"age": 1}})
            await here.serve(_finish)
            await asyncio.sleep(pause)
            counts.append((await here.queue.getJobCounts("completed"))["completed"])
        await here.queue.close()
        return counts

    assert asyncio.run(scenario()) == [1, 1]


def test_a_failed_job_removed_on_fail_leaves_no_trace(line: Make) -> None:
    async def scenario() -> str:
        here = line()
        job = await here.queue.add("job", {"fail": True}, {"removeOnFail": True})
        await here.serve(_finish)
        state: str = await here.queue.getJobState(job.id)
        await here.queue.close()
        return state

    assert asyncio.run(scenario()) == "unknown"

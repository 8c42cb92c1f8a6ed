"""What BullMQ asks of a processor and of a payload, and what it keeps from being sent twice."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from .conftest import Line, Shift

Make = Callable[..., Line]
Serve = Callable[..., Shift]


class Colour(enum.Enum):
    RED = "red"


def _on(line: Make, scenario: Callable[[Line], Any], **queue: Any) -> Any:
    """Run a scenario on a line of its own."""

    async def whole() -> Any:
        here = line(**queue)
        try:
            return await scenario(here)
        finally:
            await here.queue.close()

    return asyncio.run(whole())


async def _finish(job: Any, token: str) -> None:
    return None


def test_b_sync_processor_fails_after_its_side_effect_and_repeats_it(serve: Serve) -> None:
    sent = []

    def process(job: Any, token: str) -> dict[str, bool]:
        sent.append(job.id)
        return {"sent": True}

    shift = serve(process, {"attempts": 3})
    assert (len(sent), shift.counts["failed"], shift.counts["completed"]) == (3, 1, 0)
    assert "can't be used in 'await' expression" in shift.failures[0]


def test_b_one_arg_processor_fails_before_its_body(serve: Serve) -> None:
    ran = []

    async def process(job: Any) -> None:
        ran.append(job.id)

    shift = serve(process, {"attempts": 2})
    assert (ran, shift.runs, shift.counts["failed"]) == ([], 2, 1)
    assert "TypeError" in shift.failures[0]


def test_a_third_parameter_receives_the_abort_signal(serve: Serve) -> None:
    signals = []

    async def process(job: Any, token: str, signal: Any) -> None:
        signals.append(type(signal).__name__)

    serve(process)
    assert signals == ["AbortSignal"]


def test_a_key_the_producer_never_sent_fails_every_run(serve: Serve) -> None:
    async def process(job: Any, token: str) -> None:
        job.data["organizationId"]

    shift = serve(process, {"attempts": 2}, data={"userId": 1})
    assert shift.failures == ["KeyError('organizationId')"] * 2


def test_b_bad_return_fails_after_the_side_effect_and_repeats_it(serve: Serve) -> None:
    sent = []

    async def process(job: Any, token: str) -> dt.datetime:
        sent.append(job.id)
        return dt.datetime(2024, 2, 29)

    shift = serve(process, {"attempts": 3})
    assert (len(sent), shift.counts["failed"]) == (3, 1)


def test_the_state_is_active_while_the_processor_runs_and_progress_is_kept(line: Make) -> None:
    async def scenario(here: Line) -> list[Any]:
        seen: list[Any] = []

        async def process(job: Any, token: str) -> None:
            await job.updateProgress({"step": "half", "percent": 50})
            seen.append(await here.queue.getJobState(job.id))

        job = await here.queue.add("job", {})
        await here.serve(process)
        seen.append(await here.queue.getJobState(job.id))
        seen.append((await type(job).fromId(here.queue, job.id)).progress)
        return seen

    assert _on(line, scenario) == ["active", "completed", {"step": "half", "percent": 50}]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_b_unawaited_add_sends_nothing(line: Make) -> None:
    async def scenario(here: Line) -> int:
        here.queue.add("job", {"userId": 1})
        await asyncio.sleep(0.05)
        return sum((await here.queue.getJobCounts("waiting", "delayed")).values())

    assert _on(line, scenario) == 0


def test_b_unawaited_update_progress_reports_nothing(line: Make) -> None:
    async def scenario(here: Line) -> Any:
        async def process(job: Any, token: str) -> None:
            unawaited = job.updateProgress(50)
            unawaited.close()

        job = await here.queue.add("job", {})
        await here.serve(process)
        return (await type(job).fromId(here.queue, job.id)).progress

    assert _on(line, scenario) == 0


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_b_async_listener_is_never_awaited(line: Make) -> None:
    heard = []

    async def alarm(*_: Any) -> None:
        heard.append("alarm")

    async def fail(job: Any, token: str) -> None:
        raise OSError("down")

    class Listening(Line):
        @staticmethod
        def _listen(worker: Any, shift: Shift) -> None:
            Line._listen(worker, shift)
            worker.on("failed", alarm)

    async def scenario(here: Line) -> Shift:
        listening = Listening(here.url)
        await listening.queue.add("job", {})
        shift = await listening.serve(fail)
        await listening.queue.close()
        return shift

    assert _on(line, scenario).counts["failed"] == 1
    assert heard == []


def test_add_has_no_keyword_options(line: Make) -> None:
    async def scenario(here: Line) -> None:
        with pytest.raises(TypeError, match="attempts"):
            await here.queue.add("job", {}, attempts=3)

    _on(line, scenario)


REFUSED = [
    pytest.param(dt.datetime(2024, 2, 29), id="datetime"),
    pytest.param(dt.timedelta(seconds=1), id="timedelta"),
    pytest.param(uuid.UUID(int=1), id="UUID"),
    pytest.param(Decimal("9.90"), id="Decimal"),
    pytest.param({1}, id="set"),
    pytest.param(b"bytes", id="bytes"),
    pytest.param(Colour.RED, id="Enum"),
    pytest.param(lambda: None, id="lambda"),
    pytest.param(object(), id="instance"),
    pytest.param(float("nan"), id="NaN"),
]


@pytest.mark.parametrize("value", REFUSED)
def test_the_payload_must_be_json(line: Make, value: object) -> None:
    async def scenario(here: Line) -> None:
        with pytest.raises((TypeError, ValueError)):
            await here.queue.add("job", {"value": value})

    _on(line, scenario)


def test_a_job_id_keeps_the_second_out_for_as_long_as_the_first_is_kept(line: Make) -> None:
    async def scenario(here: Line) -> list[int]:
        runs = []
        for _ in range(2):
            await here.queue.add("job", {}, {"jobId": "welcome:7"})
            await here.queue.add("job", {}, {"jobId": "welcome:7"})
            runs.append((await here.serve(_finish)).runs)
        return runs

    assert _on(line, scenario) == [1, 0]


def test_a_job_id_is_free_again_when_the_first_is_removed_on_completion(line: Make) -> None:
    async def scenario(here: Line) -> list[int]:
        runs = []
        for _ in range(2):
            await here.queue.add("job", {}, {"jobId": "welcome-7", "removeOnComplete": True})
            runs.append((await here.serve(_finish)).runs)
        return runs

    assert _on(line, scenario) == [1, 1]


def test_deduplication_gives_concurrent_adds_one_job(line: Make) -> None:
    async def scenario(here: Line) -> int:
        options = {"deduplication": {"id": "welcome-7", "ttl": 5000}}
        jobs = await asyncio.gather(*(here.queue.add("job", {}, options) for _ in range(5)))
        return len({job.id for job in jobs})

    assert _on(line, scenario) == 1


def test_delay_is_milliseconds(line: Make) -> None:
    async def scenario(here: Line) -> Shift:
        await here.queue.add("job", {}, {"delay": 5})
        return await here.serve(_finish, promote=False)

    shift = _on(line, scenario)
    assert (shift.runs, shift.counts["completed"]) == (1, 1)
    assert shift.seconds < 4


def test_b_unknown_opt_timeout_stops_nothing(serve: Serve) -> None:
    async def slow(job: Any, token: str) -> None:
        await asyncio.sleep(0.3)

    shift = serve(slow, {"timeout": 50})
    assert (shift.runs, shift.counts["completed"], shift.counts["failed"]) == (1, 1, 0)


def test_b_unknown_opt_dead_letter_queue_receives_nothing(line: Make) -> None:
    async def fail(job: Any, token: str) -> None:
        raise OSError("down")

    async def scenario(here: Line) -> tuple[int, int]:
        dead = line()
        options = {"attempts": 2, "deadLetterQueue": {"queue": dead.queue.name, "maxRetries": 1}}
        await here.queue.add("job", {}, options)
        shift = await here.serve(fail)
        counts = await dead.queue.getJobCounts(*Line.STATES)
        await dead.queue.close()
        return shift.counts["failed"], sum(counts.values())

    assert _on(line, scenario) == (1, 0)


def test_a_job_name_nobody_handles_goes_to_the_only_processor_all_the_same(line: Make) -> None:
    async def scenario(here: Line) -> list[str]:
        names = []

        async def process(job: Any, token: str) -> None:
            names.append(job.name)

        await here.queue.add("nobody", {})
        await here.serve(process)
        return names

    assert _on(line, scenario) == ["nobody"]


def test_a_queue_without_a_worker_keeps_its_jobs_waiting(line: Make) -> None:
    async def scenario(here: Line) -> int:
        await here.queue.add("job", {})
        other = line()
        await other.queue.add("job", {})
        await other.serve(_finish)
        await other.queue.close()
        return int((await here.queue.getJobCounts("waiting"))["waiting"])

    assert _on(line, scenario) == 1


def test_keys_beside_the_data_never_reach_the_processor(line: Make) -> None:
    async def scenario(here: Line) -> list[Any]:
        seen: list[Any] = []

        async def process(job: Any, token: str) -> None:
            seen.append((job.data, hasattr(job, "locale"), "locale" in job.opts))

        await here.queue.addBulk([{"name": "export", "data": {"reportId": 1}, "locale": "fr"}])
        await here.queue.add("export", {"reportId": 1}, {"priority": 3})
        await here.serve(process)
        return seen

    assert _on(line, scenario) == [({"reportId": 1}, False, False)] * 2


def test_b_empty_err_the_reason_kept_of_a_time_limit_is_empty(line: Make) -> None:
    async def process(job: Any, token: str) -> None:
        await asyncio.wait_for(asyncio.sleep(5), 0.01)

    async def scenario() -> Any:
        here = line()
        job = await here.queue.add("job", {})
        await here.serve(process)
        (failed,) = await here.queue.getJobs(["failed"])
        await here.queue.close()
        return job.id == failed.id, failed.failedReason

    same, reason = asyncio.run(scenario())
    assert same
    assert not reason

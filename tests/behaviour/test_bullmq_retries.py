"""When BullMQ runs a failing job again, how often, and after how many milliseconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from bullmq import UnrecoverableError

from .conftest import Line, Shift

Serve = Callable[..., Shift]
EXPONENTIAL = {"type": "exponential", "delay": 500}


async def _fail(job: Any, token: str) -> None:
    raise OSError("down")


POLICIES = [
    pytest.param({}, 1, [], id="no options: one run"),
    pytest.param({"attempts": 1}, 1, [], id="attempts counts the first run"),
    pytest.param({"attempts": 3}, 3, [0, 0], id="B-ATTEMPTS-WITHOUT-BACKOFF: at once"),
    pytest.param({"backoff": EXPONENTIAL}, 1, [], id="B-BACKOFF-WITHOUT-ATTEMPTS: one run"),
    pytest.param({"attempts": 0, "backoff": EXPONENTIAL}, 1, [], id="attempts 0: one run"),
    pytest.param({"attempts": 4, "backoff": EXPONENTIAL}, 4, [500, 1000, 2000], id="exponential doubles"),
    pytest.param({"attempts": 3, "backoff": {"type": "fixed", "delay": 700}}, 3, [700, 700], id="fixed"),
    pytest.param({"attempts": 3, "backoff": 700}, 3, [700, 700], id="a number is fixed"),
    pytest.param({"attempts": 3, "backoff": 5}, 3, [5, 5], id="B-SECONDS-AS-MS: 5 is five milliseconds"),
    pytest.param({"attempts": 3, "backoff": {**EXPONENTIAL, "jitter": 0.9}}, 3, [500, 1000], id="no jitter"),
    pytest.param({"attempts": 2, "backoff": None}, 2, [0], id="backoff None: at once"),
    pytest.param({"attempts": 2, "backoff": 0}, 2, [0], id="backoff 0: at once"),
    pytest.param({"attempts": 2, "backoff": {"type": "fixed"}}, 2, [0], id="fixed without delay: at once"),
    pytest.param({"attempts": 2, "backoff": {}}, 2, [0], id="an empty backoff: at once"),
    pytest.param({"attempts": 2, "backoff": 500.0}, 2, [500], id="a whole float is fixed"),
    pytest.param({"attempts": None}, 1, [], id="attempts None: one run"),
    pytest.param({"attempts": 2.0}, 2, [0], id="a whole float is a number of attempts"),
]


@pytest.mark.parametrize(("options", "runs", "waits"), POLICIES)
def test_a_failing_job_is_run_again(serve: Serve, options: Any, runs: int, waits: list[int]) -> None:
    shift = serve(_fail, options)
    assert (shift.runs, shift.waits) == (runs, waits)
    assert shift.counts["failed"] == 1


def test_attempts_without_backoff_are_used_up_in_an_instant(serve: Serve) -> None:
    assert serve(_fail, {"attempts": 4}).seconds < 1


def test_seconds_given_as_milliseconds_are_over_in_no_time(serve: Serve) -> None:
    shift = serve(_fail, {"attempts": 2, "backoff": 5}, promote=False)
    assert shift.runs == 2
    assert shift.seconds < 4


def test_the_wait_is_really_waited_for(serve: Serve) -> None:
    shift = serve(_fail, {"attempts": 2, "backoff": 1200}, promote=False)
    assert shift.runs == 2
    assert shift.seconds >= 1.2


STUCK = [
    pytest.param({"type": "linear", "delay": 500}, id="unknown type"),
    pytest.param({"type": "exponential"}, id="exponential without delay"),
    pytest.param("exponential", id="text"),
    pytest.param(0.5, id="a fraction"),
    pytest.param({"delay": 500}, id="no type"),
]


@pytest.mark.parametrize("backoff", STUCK)
def test_b_bad_backoff_leaves_the_job_active_and_its_failure_unheard(serve: Serve, backoff: Any) -> None:
    shift = serve(_fail, {"attempts": 3, "backoff": backoff}, patience=0.5)
    assert (shift.runs, shift.failures) == (1, [])
    assert (shift.counts["active"], shift.counts["failed"]) == (1, 0)
    assert shift.errors


def test_attempts_as_text_leave_the_job_active(serve: Serve) -> None:
    shift = serve(_fail, {"attempts": "3"}, patience=0.5)
    assert (shift.runs, shift.counts["active"], shift.counts["failed"]) == (1, 1, 0)


def test_a_worker_strategy_answers_for_an_unknown_type(serve: Serve) -> None:
    def strategy(attempts_made: int, *_: Any) -> int:
        return attempts_made * 300

    shift = serve(_fail, {"attempts": 3, "backoff": {"type": "own"}}, settings={"backoffStrategy": strategy})
    assert (shift.runs, shift.waits) == (3, [300, 600])


def test_b_bad_backoff_an_async_strategy_leaves_the_job_active(serve: Serve) -> None:
    coroutines = []

    def strategy(*_: Any) -> Any:
        coroutines.append(asyncio.sleep(0))
        return coroutines[-1]

    settings = {"backoffStrategy": strategy}
    shift = serve(_fail, {"attempts": 3, "backoff": {"type": "own"}}, settings=settings, patience=0.5)
    coroutines[0].close()
    assert (shift.runs, shift.counts["active"]) == (1, 1)


def test_an_unrecoverable_error_is_not_retried(serve: Serve) -> None:
    async def refuse(job: Any, token: str) -> None:
        raise UnrecoverableError("no such organisation")

    shift = serve(refuse, {"attempts": 5})
    assert (shift.runs, shift.counts["failed"]) == (1, 1)


INHERITED = [
    pytest.param({}, 3, [500, 1000], id="inherited"),
    pytest.param({"attempts": 2}, 2, [500], id="one option replaced, the other inherited"),
    pytest.param({"backoff": {"type": "fixed", "delay": 9}}, 3, [9, 9], id="backoff is replaced whole"),
    pytest.param({"backoff": None}, 3, [0, 0], id="None switches the backoff off"),
]


@pytest.mark.parametrize(("options", "runs", "waits"), INHERITED)
def test_default_job_options_of_the_queue_are_merged_shallowly(
    serve: Serve, options: Any, runs: int, waits: list[int]
) -> None:
    defaults = {"attempts": 3, "backoff": EXPONENTIAL}
    shift = serve(_fail, options, queue={"defaultJobOptions": defaults})
    assert (shift.runs, shift.waits) == (runs, waits)


def test_a_backoff_that_replaces_the_default_loses_what_it_does_not_repeat(serve: Serve) -> None:
    defaults = {"attempts": 3, "backoff": EXPONENTIAL}
    half = {"backoff": {"type": "exponential"}}
    shift = serve(_fail, half, queue={"defaultJobOptions": defaults}, patience=0.5)
    assert (shift.runs, shift.counts["active"]) == (1, 1)


def test_add_bulk_merges_the_options_of_each_job_over_the_defaults(line: Callable[..., Line]) -> None:
    async def scenario() -> Shift:
        here = line(defaultJobOptions={"attempts": 2})
        await here.queue.addBulk(
            [{"name": "a", "data": {}}, {"name": "b", "data": {}, "opts": {"attempts": 3}}]
        )
        shift = await here.serve(_fail)
        await here.queue.close()
        return shift

    assert asyncio.run(scenario()).runs == 2 + 3


IGNORED = [
    pytest.param({"max_retries": 3}, id="max_retries"),
    pytest.param({"retries": 3}, id="retries"),
    pytest.param({"maxAttempts": 3}, id="maxAttempts"),
    pytest.param({"deadLetterQueue": {"queue": "dead", "maxRetries": 3}}, id="deadLetterQueue"),
]


@pytest.mark.parametrize("options", IGNORED)
def test_b_unknown_opt_is_silently_ignored(serve: Serve, options: Any) -> None:
    assert serve(_fail, options).runs == 1


def test_worker_options_do_not_carry_attempts(serve: Serve) -> None:
    assert serve(_fail, attempts=3, backoff=EXPONENTIAL).runs == 1


def test_a_swallowed_failure_is_completed_and_not_retried(serve: Serve) -> None:
    async def swallow(job: Any, token: str) -> None:
        try:
            raise OSError("down")
        except Exception:
            pass

    shift = serve(swallow, {"attempts": 3})
    assert (shift.runs, shift.counts["completed"], shift.failures) == (1, 1, [])


def test_the_failed_event_comes_after_every_run_not_only_the_last(serve: Serve) -> None:
    assert len(serve(_fail, {"attempts": 3}).failures) == 3

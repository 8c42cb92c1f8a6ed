"""What Celery lets into a message, what it checks, and what travels beside the arguments."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import threading
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from kombu.exceptions import EncodeError
from pydantic import BaseModel

from .conftest import Bench

Make = Callable[..., Bench]


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Word(str, enum.Enum):
    YES = "yes"


@dataclasses.dataclass
class Point:
    x: int


def _echo(bench: Bench) -> Any:
    @bench.task
    def echo(value: object) -> object:
        return value

    return echo


def _through_the_queue(bench: Bench, value: object) -> object:
    """The value as the job saw it, before any result backend touched it."""
    seen = []

    @bench.task
    def see(value: object) -> None:
        seen.append(value)

    see.delay(value)
    bench.work()
    return seen[0]


CARRIED = [
    pytest.param(value, id=type(value).__name__)
    for value in (
        {"text": "a", "number": 1, "half": 0.5, "none": None, "list": [1, 2]},
        dt.datetime(2024, 2, 29, 12, 30, tzinfo=dt.timezone.utc),
        dt.date(2024, 2, 29),
        dt.time(12, 30),
        Decimal("9.90"),
        uuid.UUID("12345678-1234-5678-1234-567812345678"),
        b"\x00\xff",
    )
]


@pytest.mark.parametrize("value", CARRIED)
def test_the_default_serializer_carries(bench: Make, value: object) -> None:
    seen = _through_the_queue(bench(), value)
    assert seen == value
    assert type(seen) is type(value)


CHANGED = [
    pytest.param((1, 2), [1, 2], id="a tuple arrives as a list"),
    pytest.param({1: "a"}, {"1": "a"}, id="a numeric key arrives as text"),
    pytest.param(Level.HIGH, 3, id="an IntEnum arrives as a number"),
    pytest.param(Word.YES, "yes", id="a str Enum arrives as text"),
]


@pytest.mark.parametrize(("value", "arrived"), CHANGED)
def test_the_default_serializer_changes(bench: Make, value: object, arrived: object) -> None:
    seen = _through_the_queue(bench(), value)
    assert seen == arrived
    assert type(seen) is type(arrived)


def _numbers() -> Iterator[int]:
    yield 1


REFUSED = [
    pytest.param({1, 2}, id="set"),
    pytest.param(dt.timedelta(seconds=1), id="timedelta"),
    pytest.param(Colour.RED, id="Enum"),
    pytest.param(Point(1), id="dataclass"),
    pytest.param(len, id="function"),
    pytest.param(lambda: None, id="lambda"),
    pytest.param(_numbers(), id="generator"),
    pytest.param(threading.Lock(), id="lock"),
    pytest.param(OSError("down"), id="exception"),
    pytest.param(object(), id="instance"),
    pytest.param(Exception, id="class"),
]


@pytest.mark.parametrize("value", REFUSED)
def test_the_default_serializer_refuses_at_the_producer(bench: Make, value: object) -> None:
    here = bench()
    with pytest.raises(EncodeError):
        _echo(here).delay(value)
    assert here.pending() == 0


def _charge(bench: Bench, **options: Any) -> Any:
    @bench.task(name="charge", **options)
    def charge(order_id: int, *, amount: int = 1) -> int:
        return order_id

    return charge


MISFITS = [
    pytest.param((), {}, id="missing"),
    pytest.param((1, 2), {}, id="too many"),
    pytest.param((1,), {"amout": 3}, id="misspelt"),
    pytest.param((1,), {"order_id": 1}, id="twice"),
]


@pytest.mark.parametrize(("args", "kwargs"), MISFITS)
def test_delay_and_apply_async_check_the_arguments(bench: Make, args: Any, kwargs: Any) -> None:
    here = bench()
    charge = _charge(here)
    with pytest.raises(TypeError):
        charge.delay(*args, **kwargs)
    with pytest.raises(TypeError):
        charge.apply_async(args, kwargs)
    with pytest.raises(TypeError):
        charge.s(*args, **kwargs).apply_async()
    assert here.pending() == 0


@pytest.mark.parametrize(("args", "kwargs"), MISFITS)
def test_send_task_does_not_check_and_the_job_fails(bench: Make, args: Any, kwargs: Any) -> None:
    here = bench()
    _charge(here)
    here.app.send_task("charge", args, kwargs)
    (run,) = here.work()
    assert run.state == "FAILURE"
    assert "charge()" in str(run.result)


def test_typing_false_switches_the_check_off(bench: Make) -> None:
    here = bench()
    _charge(here, typing=False).delay()
    (run,) = here.work()
    assert run.state == "FAILURE"


def test_apply_async_takes_the_arguments_as_one_tuple(bench: Make) -> None:
    here = bench()
    _charge(here).apply_async((7,), {"amount": 2})
    (run,) = here.work()
    assert (run.state, run.result) == ("SUCCESS", 7)


def test_delay_has_no_options_and_hands_countdown_to_the_job(bench: Make) -> None:
    with pytest.raises(TypeError, match="countdown"):
        _charge(bench()).delay(7, countdown=5)


def test_send_task_accepts_a_name_no_job_has(bench: Make) -> None:
    here = bench()
    here.app.send_task("nobody.home", (1,))
    assert here.pending() == 1


def test_the_beat_accepts_a_name_no_job_has(bench: Make) -> None:
    from celery.beat import Scheduler

    here = bench()
    here.app.conf.beat_schedule = {"nightly": {"task": "nobody.home", "schedule": 60.0}}
    scheduler = Scheduler(here.app, lazy=True)
    scheduler.setup_schedule()
    scheduler.apply_async(scheduler.schedule["nightly"], advance=False)
    assert here.pending() == 1


def test_send_task_ignores_always_eager(bench: Make) -> None:
    here = bench()
    _charge(here)
    here.app.conf.task_always_eager = True
    with pytest.warns(UserWarning, match="always_eager"):
        here.app.send_task("charge", (7,))
    assert here.pending() == 1


def test_a_fixed_task_id_does_not_keep_a_second_message_out(bench: Make) -> None:
    here = bench()
    charge = _charge(here)
    charge.apply_async((7,), task_id="charge-7")
    charge.apply_async((7,), task_id="charge-7")
    assert [run.id for run in here.work()] == ["charge-7", "charge-7"]


def test_a_chain_puts_the_result_before_the_next_arguments_unless_immutable(bench: Make) -> None:
    here = bench()

    @here.task(name="pair")
    def pair(*values: int) -> list[int]:
        return list(values)

    (pair.s(1) | pair.s(2) | pair.si(3)).delay()
    assert [run.result for run in here.work()] == [[1], [[1], 2], [3]]


def test_link_error_runs_the_errback_after_the_final_failure(bench: Make) -> None:
    here, called = bench(), []

    @here.task(name="alarm")
    def alarm(request: Any, error: Exception, traceback: object) -> None:
        called.append((request.task, type(error)))

    @here.task(name="job", autoretry_for=(OSError,), max_retries=2)
    def job() -> None:
        raise OSError("down")

    job.apply_async(link_error=alarm.s())
    assert [run.name for run in here.work() if run.name == "job"] == ["job"] * 3
    assert called == [("job", OSError)]


class Order(BaseModel):
    id: int


def test_pydantic_true_turns_the_payload_into_the_model(bench: Make) -> None:
    here, seen = bench(), []

    @here.task(pydantic=True)
    def ship(order: Order) -> None:
        seen.append(order)

    ship.delay({"id": 3})
    here.work()
    assert seen == [Order(id=3)]


def test_a_pydantic_instance_is_refused_without_model_dump(bench: Make) -> None:
    with pytest.raises(EncodeError):
        _echo(bench()).delay(Order(id=3))


def test_pickle_carries_what_json_refuses(bench: Make) -> None:
    here = bench()
    here.app.conf.update(task_serializer="pickle", accept_content=["pickle"])
    assert _through_the_queue(here, Point(1)) == Point(1)


def _headers(bench: Bench, **options: Any) -> tuple[Any, list[Any]]:
    seen: list[Any] = []

    @bench.task(name="traced", bind=True, **options)
    def traced(self: Any) -> None:
        seen.append((self.request.get("trace"), (self.request.headers or {}).get("trace")))
        if self.max_retries:
            raise self.retry(countdown=0)

    return traced, seen


def test_headers_reach_the_job_and_survive_retries(bench: Make) -> None:
    here = bench()
    traced, seen = _headers(here, max_retries=2)
    traced.apply_async(headers={"trace": "abc"})
    here.work()
    assert seen == [("abc", "abc")] * 3


def test_headers_are_not_copied_to_jobs_the_job_enqueues(bench: Make) -> None:
    here = bench()
    traced, seen = _headers(here, max_retries=0)

    @here.task
    def parent() -> None:
        traced.delay()

    parent.apply_async(headers={"trace": "abc"})
    here.work()
    assert seen == [(None, None)]


def test_root_and_parent_id_do_travel_to_jobs_the_job_enqueues(bench: Make) -> None:
    here, seen = bench(), []

    @here.task(bind=True)
    def child(self: Any) -> None:
        seen.append((self.request.root_id, self.request.parent_id))

    @here.task
    def parent() -> None:
        child.delay()

    root = parent.delay().id
    here.work()
    assert seen == [(root, root)]


@pytest.mark.parametrize(("options", "seen"), [({}, "job-1"), ({"correlation_id": "abc"}, "abc")])
def test_request_correlation_id_is_the_task_id_unless_given(bench: Make, options: Any, seen: str) -> None:
    here = bench()

    @here.task(bind=True)
    def job(self: Any) -> str:
        return str(self.request.correlation_id)

    job.apply_async(task_id="job-1", **options)
    assert [run.result for run in here.work()] == [seen]


@pytest.mark.parametrize("options", [{"locale": "fr"}, {"priority": 3}])
def test_what_apply_async_takes_for_an_option_never_reaches_the_job(bench: Make, options: Any) -> None:
    here, seen = bench(), []

    @here.task(name="export")
    def export(report_id: int, locale: str = "en", priority: int = 0) -> None:
        seen.append((locale, priority))

    export.apply_async((7,), **options)
    here.app.send_task("export", (7,), **options)
    here.work()
    assert seen == [("en", 0)] * 2

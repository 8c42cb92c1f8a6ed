"""When Celery runs a failing job again, how often, and after how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import celery
import pytest
from celery.exceptions import SoftTimeLimitExceeded

from .conftest import NEVER_ENDING, Bench

ANY = (Exception,)


def _failing(bench: Bench, **options: Any) -> Any:
    @bench.task(name="job", **options)
    def job() -> None:
        raise OSError("down")

    return job


def _outcome(bench: Bench) -> tuple[int, str, list[float | None]]:
    runs = bench.work()
    return len(runs), runs[-1].state, [run.wait for run in runs[:-1]]


ALONE = [
    pytest.param({}, id="a plain task"),
    pytest.param({"max_retries": 5}, id="C-R1 max_retries alone"),
    pytest.param({"retry_backoff": True}, id="C-R1 retry_backoff alone"),
    pytest.param({"retry_jitter": True}, id="C-R1 retry_jitter alone"),
    pytest.param({"retry_backoff_max": 60}, id="C-R1 retry_backoff_max alone"),
    pytest.param({"retry_kwargs": {"max_retries": 5}}, id="C-R1 retry_kwargs alone"),
    pytest.param({"default_retry_delay": 5}, id="C-R1 default_retry_delay alone"),
    pytest.param(
        {"max_retries": 5, "retry_backoff": True, "retry_kwargs": {"countdown": 5}}, id="C-R1 all of them"
    ),
    pytest.param({"max_retry": 3, "auto_retry_for": ANY, "retry_back_off": True}, id="misspelt options"),
]


@pytest.mark.parametrize("options", ALONE)
def test_without_autoretry_for_a_failing_job_runs_once(bench: Callable[..., Bench], options: Any) -> None:
    here = bench()
    _failing(here, **options).delay()
    assert _outcome(here) == (1, "FAILURE", [])


def test_a_misspelt_option_becomes_an_attribute_of_the_task(bench: Callable[..., Bench]) -> None:
    job = _failing(bench(), max_retry=7)
    assert (job.max_retry, job.max_retries) == (7, 3)


COUNTED = [
    pytest.param({}, 4, [180, 180, 180], id="autoretry_for alone: 4 runs, 180 s fixed"),
    pytest.param({"max_retries": 1}, 2, [180], id="max_retries=1: 2 runs"),
    pytest.param({"max_retries": 0}, 1, [], id="max_retries=0: 1 run"),
    pytest.param({"default_retry_delay": 7}, 4, [7, 7, 7], id="default_retry_delay"),
    pytest.param(
        {"max_retries": 5, "retry_kwargs": {"max_retries": 1}}, 2, [180], id="retry_kwargs beats max_retries"
    ),
    pytest.param(
        {"retry_kwargs": {"max_retries": None}}, 4, [180, 180, 180], id="retry_kwargs None is the default"
    ),
    pytest.param(
        {"max_retries": 1, "retry_kwargs": {"max_retries": None}}, 2, [180], id="retry_kwargs None: own limit"
    ),
    pytest.param({"retry_kwargs": {"countdown": 9}}, 4, [9, 9, 9], id="retry_kwargs countdown is fixed"),
    pytest.param(
        {"retry_backoff": True, "retry_jitter": False, "retry_kwargs": {"countdown": 9}},
        4,
        [1, 2, 4],
        id="retry_backoff beats retry_kwargs countdown",
    ),
    pytest.param({"dont_autoretry_for": (OSError,)}, 1, [], id="dont_autoretry_for"),
]


@pytest.mark.parametrize(("options", "runs", "waits"), COUNTED)
def test_autoretry_for_counts_and_waits(
    bench: Callable[..., Bench], options: Any, runs: int, waits: list[float]
) -> None:
    here = bench()
    _failing(here, autoretry_for=ANY, **options).delay()
    assert _outcome(here) == (runs, "FAILURE", waits)


BACKOFF = [
    pytest.param({"retry_backoff": True}, [1, 2, 4, 8], id="True starts at one second"),
    pytest.param({"retry_backoff": 5}, [5, 10, 20, 40], id="5 starts at five"),
    pytest.param({"retry_backoff": 2.5}, [2, 4, 8, 16], id="2.5 is cut to 2"),
    pytest.param({"retry_backoff": 0.5}, [1, 2, 4, 8], id="0.5 is raised to 1"),
    pytest.param(
        {"retry_backoff": 60, "retry_backoff_max": 30}, [30, 30, 30, 30], id="cap below start: fixed"
    ),
    pytest.param({"retry_backoff": 300}, [300, 600, 600, 600], id="capped at 600 by default"),
]


@pytest.mark.parametrize(("options", "waits"), BACKOFF)
def test_retry_backoff_doubles(bench: Callable[..., Bench], options: Any, waits: list[float]) -> None:
    here = bench()
    _failing(here, autoretry_for=ANY, max_retries=4, retry_jitter=False, **options).delay()
    assert _outcome(here) == (5, "FAILURE", waits)


def test_jitter_is_on_by_default_and_may_draw_any_wait_down_to_zero(bench: Callable[..., Bench]) -> None:
    here = bench()
    job = _failing(here, autoretry_for=ANY, max_retries=1, retry_backoff=8)
    for _ in range(20):
        job.delay()
    waits = [run.wait for run in here.work(limit=60) if run.wait is not None]
    assert all(0 <= wait <= 8 for wait in waits)
    assert len(set(waits)) > 1


def test_max_retries_none_never_ends(bench: Callable[..., Bench]) -> None:
    here = bench()
    _failing(here, autoretry_for=ANY, max_retries=None, default_retry_delay=1).delay()
    runs = here.work()
    assert len(runs) == NEVER_ENDING
    assert {run.state for run in runs} == {"RETRY"}


class Patient(celery.Task):
    """A base class that carries a retry policy."""

    autoretry_for = ANY
    max_retries = 2
    default_retry_delay = 3


def test_a_base_class_carries_the_policy(bench: Callable[..., Bench]) -> None:
    here = bench()
    _failing(here, base=Patient).delay()
    assert _outcome(here) == (3, "FAILURE", [3, 3])


def test_task_cls_of_the_app_carries_the_policy(bench: Callable[..., Bench]) -> None:
    here = bench(task_cls=Patient)
    _failing(here).delay()
    assert _outcome(here) == (3, "FAILURE", [3, 3])


def test_assigning_to_app_task_changes_every_task(bench: Callable[..., Bench]) -> None:
    here = bench()
    here.app.Task = Patient
    _failing(here).delay()
    assert _outcome(here) == (3, "FAILURE", [3, 3])


@pytest.mark.parametrize("pattern", ["*", "job"])
def test_task_annotations_change_the_policy(bench: Callable[..., Bench], pattern: str) -> None:
    here = bench()
    here.app.conf.task_annotations = {
        pattern: {"autoretry_for": ANY, "max_retries": 2, "default_retry_delay": 3}
    }
    _failing(here).delay()
    assert _outcome(here) == (3, "FAILURE", [3, 3])


NO_SUCH_SETTING = [
    pytest.param({"task_max_retries": 1}, id="task_max_retries"),
    pytest.param({"task_default_retry_delay": 5}, id="task_default_retry_delay"),
    pytest.param({"task_retry_backoff": True}, id="task_retry_backoff"),
]


@pytest.mark.parametrize("settings", NO_SUCH_SETTING)
def test_there_is_no_setting_for_retries(bench: Callable[..., Bench], settings: Any) -> None:
    here = bench()
    here.app.conf.update(settings)
    _failing(here, autoretry_for=ANY).delay()
    assert _outcome(here) == (4, "FAILURE", [180, 180, 180])


def test_the_setting_task_autoretry_for_does_nothing(bench: Callable[..., Bench]) -> None:
    here = bench()
    here.app.conf.update(task_autoretry_for=ANY)
    _failing(here).delay()
    assert _outcome(here) == (1, "FAILURE", [])


AT_THE_CALL = [
    pytest.param({"max_retries": 9}, id="max_retries"),
    pytest.param({"retry_backoff": True, "autoretry_for": "Exception"}, id="retry_backoff"),
    pytest.param({"retry": True, "retry_policy": {"max_retries": 9}}, id="retry_policy is for publishing"),
]


@pytest.mark.parametrize("options", AT_THE_CALL)
def test_apply_async_takes_retry_options_and_does_nothing_with_them(
    bench: Callable[..., Bench], options: Any
) -> None:
    here = bench()
    _failing(here, autoretry_for=ANY, max_retries=1).apply_async(**options)
    assert _outcome(here) == (2, "FAILURE", [180])


def _retrying(bench: Bench, ask: Callable[[Any, Exception], Any], **options: Any) -> Any:
    @bench.task(name="job", bind=True, **options)
    def job(self: Any) -> None:
        try:
            raise OSError("down")
        except OSError as error:
            raise ask(self, error) from error

    return job


ASKED = [
    pytest.param(lambda self, exc: self.retry(exc=exc), 4, [180, 180, 180], id="self.retry alone"),
    pytest.param(
        lambda self, exc: self.retry(exc=exc, countdown=60), 4, [60, 60, 60], id="countdown is fixed"
    ),
    pytest.param(
        lambda self, exc: self.retry(exc=exc, countdown=2**self.request.retries),
        4,
        [1, 2, 4],
        id="countdown computed from the run",
    ),
    pytest.param(lambda self, exc: self.retry(exc=exc, max_retries=1), 2, [180], id="own max_retries"),
    pytest.param(
        lambda self, exc: self.retry(exc=exc, max_retries=None), 4, [180, 180, 180], id="None is the default"
    ),
]


@pytest.mark.parametrize(("ask", "runs", "waits"), ASKED)
def test_self_retry_counts_and_waits(
    bench: Callable[..., Bench], ask: Callable[[Any, Exception], Any], runs: int, waits: list[float]
) -> None:
    here = bench()
    _retrying(here, ask).delay()
    assert _outcome(here) == (runs, "FAILURE", waits)


def test_max_retries_on_the_task_bounds_self_retry(bench: Callable[..., Bench]) -> None:
    here = bench()
    _retrying(here, lambda self, exc: self.retry(exc=exc), max_retries=1).delay()
    assert _outcome(here) == (2, "FAILURE", [180])


def test_c_r2_a_body_that_catches_the_failure_is_never_retried(bench: Callable[..., Bench]) -> None:
    here = bench()

    @here.task(autoretry_for=ANY)
    def job() -> None:
        try:
            raise OSError("down")
        except Exception:
            pass

    job.delay()
    assert _outcome(here) == (1, "SUCCESS", [])


def _swallows_its_retry(here: Bench) -> Any:
    @here.task(bind=True)
    def job(self: Any) -> None:
        try:
            raise self.retry(exc=OSError("down"))
        except Exception:
            pass

    return job


def test_c_r3_swallowing_retry_ends_every_run_in_success_although_the_next_is_already_sent(
    bench: Callable[..., Bench],
) -> None:
    here = bench()
    _swallows_its_retry(here).delay()
    runs = here.work()
    assert [run.state for run in runs] == ["SUCCESS"] * 4
    assert len({run.id for run in runs}) == 1


def test_c_r3_swallowing_retry_hides_the_final_failure_from_the_hooks(bench: Callable[..., Bench]) -> None:
    here, heard = bench(), []

    class Listening(celery.Task):
        def on_failure(self, *_: Any) -> None:
            heard.append("failure")

        def on_retry(self, *_: Any) -> None:
            heard.append("retry")

    here.app.Task = Listening
    _swallows_its_retry(here).delay()
    assert here.work()
    assert heard == []


def test_retry_with_throw_false_goes_on_with_the_code_after_it(bench: Callable[..., Bench]) -> None:
    here, after = bench(), []

    @here.task(bind=True, max_retries=1)
    def job(self: Any) -> None:
        self.retry(throw=False, exc=OSError("down"))
        after.append(self.request.retries)

    job.delay()
    here.work()
    assert after[0] == 0


def test_a_soft_time_limit_is_an_exception_that_autoretry_for_exception_retries(
    bench: Callable[..., Bench],
) -> None:
    here = bench()

    @here.task(autoretry_for=ANY, max_retries=1)
    def job() -> None:
        raise SoftTimeLimitExceeded

    job.delay()
    assert _outcome(here) == (2, "FAILURE", [180])


def test_except_exception_swallows_the_soft_time_limit(bench: Callable[..., Bench]) -> None:
    here = bench()

    @here.task
    def job() -> None:
        try:
            raise SoftTimeLimitExceeded
        except Exception:
            pass

    job.delay()
    assert _outcome(here) == (1, "SUCCESS", [])


def test_task_apply_runs_here_and_now_and_sends_nothing(bench: Callable[..., Bench]) -> None:
    here = bench()
    assert _failing(here).apply().state == "FAILURE"
    assert here.pending() == 0

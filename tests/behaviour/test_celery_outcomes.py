"""What Celery records of a run by itself, which hooks it calls, and what bind changes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import celery
import pytest
from celery import signals

from .conftest import Bench

Make = Callable[..., Bench]


def _own_state(bench: Bench, before: Callable[[Any], None] = lambda self: None, **options: Any) -> Any:
    """Enqueue a job that looks up its own stored state while it runs; what it saw."""
    seen = []

    @bench.task(bind=True, **options)
    def job(self: Any) -> None:
        before(self)
        seen.append(bench.app.AsyncResult(self.request.id).state)

    job.delay()
    bench.work()
    return seen[0]


STARTED = [
    pytest.param({}, {}, "PENDING", id="nothing marks the start by default"),
    pytest.param({"track_started": True}, {}, "STARTED", id="track_started"),
    pytest.param({}, {"task_track_started": True}, "STARTED", id="task_track_started"),
    pytest.param(
        {"track_started": True, "ignore_result": True},
        {},
        "PENDING",
        id="C-R14 ignore_result stores no start",
    ),
]


@pytest.mark.parametrize(("options", "settings", "state"), STARTED)
def test_the_state_while_the_job_runs(bench: Make, options: Any, settings: Any, state: str) -> None:
    here = bench()
    here.app.conf.update(settings)
    assert _own_state(here, **options) == state


@pytest.mark.parametrize("ignore", [False, True], ids=["kept", "ignore_result"])
def test_update_state_stores_progress_even_with_ignore_result(bench: Make, ignore: bool) -> None:
    def progress(self: Any) -> None:
        self.update_state(state="PROGRESS", meta={"percent": 10})

    assert _own_state(bench(), progress, ignore_result=ignore) == "PROGRESS"


def test_c_r16_without_a_result_backend_update_state_stores_nothing(bench: Make) -> None:
    here = bench(backend=None)

    @here.task(bind=True, track_started=True)
    def job(self: Any) -> None:
        self.update_state(state="PROGRESS")

    result = job.delay()
    (run,) = here.work()
    assert run.state == "SUCCESS"
    with pytest.raises(AttributeError, match="DisabledBackend"):
        assert result.state


@pytest.mark.parametrize(("error", "state"), [(None, "SUCCESS"), (OSError("down"), "FAILURE")])
def test_success_and_failure_are_stored_by_celery(bench: Make, error: Exception | None, state: str) -> None:
    here = bench()

    @here.task
    def job() -> None:
        if error:
            raise error

    result = job.delay()
    here.work()
    assert result.state == state


def _hooked(heard: list[str]) -> type:
    class Hooked(celery.Task):
        def before_start(self, *_: Any) -> None:
            heard.append("before_start")

        def on_retry(self, *_: Any) -> None:
            heard.append("on_retry")

        def on_failure(self, *_: Any) -> None:
            heard.append("on_failure")

        def on_success(self, *_: Any) -> None:
            heard.append("on_success")

    return Hooked


def test_on_failure_is_called_once_after_the_last_retry(bench: Make) -> None:
    here, heard = bench(), []

    @here.task(base=_hooked(heard), autoretry_for=(OSError,), max_retries=2)
    def job() -> None:
        raise OSError("down")

    job.delay()
    here.work()
    again = ["before_start", "on_retry"]
    assert heard == [*again, *again, "before_start", "on_failure"]


def test_on_success_is_called_when_the_body_returns(bench: Make) -> None:
    here, heard = bench(), []

    @here.task(base=_hooked(heard))
    def job() -> None:
        pass

    job.delay()
    here.work()
    assert heard == ["before_start", "on_success"]


def test_the_task_failure_signal_is_sent_once_after_the_last_retry(bench: Make) -> None:
    here, heard = bench(), []

    def listen(sender: Any, exception: Exception, **_: Any) -> None:
        heard.append(type(exception))

    @here.task(autoretry_for=(OSError,), max_retries=2)
    def job() -> None:
        raise OSError("down")

    job.delay()
    signals.task_failure.connect(listen)
    here.work()
    signals.task_failure.disconnect(listen)
    assert heard == [OSError]


def _coroutine_job(bench: Bench, ran: list[bool], **options: Any) -> Any:
    @bench.task(**options)
    async def job() -> None:
        ran.append(True)

    return job


@pytest.mark.parametrize(
    ("backend", "options"),
    [(None, {}), ("cache+memory://", {"ignore_result": True})],
    ids=["no result backend", "ignore_result"],
)
def test_an_async_job_ends_in_success_and_its_body_never_runs(
    bench: Make, backend: str | None, options: Any
) -> None:
    here, ran = bench(backend=backend), []
    _coroutine_job(here, ran, **options).delay()
    (run,) = here.work()
    assert (run.state, ran) == ("SUCCESS", [])
    assert inspect.iscoroutine(run.result)
    run.result.close()


class Keeping(celery.Task):  # type: ignore[misc]
    """Remembers what its body returned, so that a coroutine nobody awaits can be closed."""

    returned: ClassVar[list[Any]] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.returned.append(super().__call__(*args, **kwargs))
        return self.returned[-1]


def test_an_async_job_whose_result_is_stored_fails_to_store_the_coroutine(bench: Make) -> None:
    here, ran = bench(), []
    result = _coroutine_job(here, ran, base=Keeping).delay()
    here.work()
    Keeping.returned.pop().close()
    assert (result.state, ran) == ("FAILURE", [])


def test_bind_true_passes_the_task_first(bench: Make) -> None:
    here = bench()

    @here.task(bind=True)
    def job(self: Any, value: int) -> tuple[str, int]:
        return type(self).__name__, value

    job.delay(7)
    (run,) = here.work()
    assert run.result == ("job", 7)


def test_bind_true_without_self_takes_the_first_parameter_for_the_task(bench: Make) -> None:
    here, seen = bench(), []

    @here.task(bind=True)
    def job(user_id: object) -> None:
        seen.append(user_id)

    with pytest.raises(TypeError):
        job.delay(7)
    job.delay()
    here.work()
    assert isinstance(seen[0], celery.Task)


def test_bind_true_on_a_job_without_parameters_fails_before_the_body(bench: Make) -> None:
    here, ran = bench(), []

    @here.task(bind=True)
    def job() -> None:
        ran.append(True)

    here.app.send_task(job.name)
    (run,) = here.work()
    assert (run.state, ran) == ("FAILURE", [])


def test_c_r4_a_self_parameter_without_bind_is_an_argument_the_producer_must_send(bench: Make) -> None:
    here = bench()

    @here.task
    def job(self: Any, value: int) -> None:
        raise self.retry()

    with pytest.raises(TypeError, match="value"):
        job.delay(7)
    job.delay("self", 7)
    (run,) = here.work()
    assert run.state == "FAILURE"
    assert isinstance(run.result, AttributeError)


def test_c_r4_self_retry_without_self_is_a_name_error_and_no_retry(bench: Make) -> None:
    here = bench()

    @here.task
    def job() -> None:
        try:
            raise OSError("down")
        except OSError:
            raise self.retry()  # noqa: B904, F821

    job.delay()
    (run,) = here.work()
    assert run.state == "FAILURE"
    assert isinstance(run.result, NameError)


def test_a_job_retries_without_bind_through_its_own_name(bench: Make) -> None:
    here = bench()

    @here.task(max_retries=1)
    def job() -> None:
        raise job.retry(countdown=0)

    job.delay()
    assert [run.state for run in here.work()] == ["RETRY", "FAILURE"]

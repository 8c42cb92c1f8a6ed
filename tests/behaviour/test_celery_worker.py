"""The same claims once more where a hand-driven queue could deceive: Celery's own worker on Redis."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import celery
import pytest
from celery import signals
from celery.contrib.testing.worker import start_worker

from .conftest import close

# Celery's Redis backend writes with a call that redis-py 8 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")

SEEN: dict[str, list[Any]] = {}


def _note(task: Any, value: object = None) -> None:
    SEEN.setdefault(task.request.id, []).append(value)


def _declare(app: celery.Celery) -> None:
    @app.task(name="plain", bind=True, shared=False)
    def plain(self: Any) -> None:
        _note(self)
        raise OSError("down")

    @app.task(name="backoff", bind=True, shared=False, retry_backoff=1, retry_jitter=False,
              autoretry_for=(OSError,), max_retries=2)  # fmt: skip
    def backoff(self: Any) -> None:
        _note(self, (time.monotonic(), self.request.headers["trace"]))
        raise OSError("down")

    @app.task(name="swallow", bind=True, shared=False, max_retries=2)
    def swallow(self: Any) -> None:
        _note(self)
        try:
            raise self.retry(countdown=0, exc=OSError("down"))
        except Exception:
            pass

    @app.task(name="two", shared=False)
    def two(first: int, second: int) -> int:
        return first + second


@pytest.fixture(scope="module")
def app(redis_url: str) -> Iterator[celery.Celery]:
    """An application with four jobs and a worker thread that serves them."""
    app = celery.Celery("worker", broker=redis_url, backend=redis_url, set_as_current=False)
    app.conf.update(task_default_queue=f"worker-{uuid.uuid4().hex}", worker_hijack_root_logger=False)
    app.conf.broker_connection_retry_on_startup = True
    _declare(app)
    with start_worker(app, perform_ping_check=False, shutdown_timeout=20):
        yield app
    close(app)


def _until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the worker did not get that far"
        time.sleep(0.02)


def test_a_plain_job_runs_once(app: celery.Celery) -> None:
    result = app.tasks["plain"].delay()
    _until(result.ready)
    time.sleep(0.3)
    assert (result.state, len(SEEN[result.id])) == ("FAILURE", 1)


def test_backoff_is_really_waited_for_and_headers_survive(app: celery.Celery) -> None:
    result = app.tasks["backoff"].apply_async(headers={"trace": "abc"})
    _until(result.ready)
    (first, _), (second, _), (third, _) = SEEN[result.id]
    assert second - first >= 0.9
    assert third - second >= 1.9
    assert {trace for _, trace in SEEN[result.id]} == {"abc"}


def test_c_r3_swallowing_retry_reports_success_yet_runs_again(app: celery.Celery) -> None:
    result = app.tasks["swallow"].delay()
    _until(lambda: len(SEEN.get(result.id, ())) == 3)
    _until(result.ready)
    assert result.state == "SUCCESS"


def test_a_message_for_an_unknown_job_is_thrown_away(app: celery.Celery) -> None:
    unknown = []

    def listen(name: str, **_: Any) -> None:
        unknown.append(name)

    signals.task_unknown.connect(listen)
    result = app.send_task("nobody.home", (1,))
    _until(lambda: bool(unknown))
    signals.task_unknown.disconnect(listen)
    _until(result.ready)
    assert (unknown, result.state) == (["nobody.home"], "FAILURE")
    with app.connection_for_read() as connection:
        assert connection.default_channel.client.llen(app.conf.task_default_queue) == 0


def test_send_task_with_wrong_arguments_fails_in_the_worker(app: celery.Celery) -> None:
    result = app.send_task("two", (1,))
    _until(result.ready)
    assert isinstance(result.result, TypeError)

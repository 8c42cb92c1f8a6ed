"""What Celery does with waiting jobs, killed workers and messages that wait too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from billiard.einfo import ExceptionInfo
from billiard.exceptions import WorkerLostError
from celery._state import _set_task_join_will_block
from celery.worker.request import Request

from .conftest import Bench

Make = Callable[..., Bench]


def test_waiting_for_a_result_is_refused_where_it_would_block_a_worker_process(bench: Make) -> None:
    here = bench()

    @here.task
    def price() -> int:
        return 1

    @here.task
    def publish() -> Any:
        return price.delay().get(timeout=1)

    publish.delay()
    _set_task_join_will_block(True)
    try:
        (run, *_) = here.work(limit=1)
    finally:
        _set_task_join_will_block(False)
    assert run.state == "FAILURE"
    assert "Never call result.get() within a task" in str(run.result)


SURVIVING = [
    pytest.param({"acks_late": True}, ["acknowledged"], id="C-R8 late acknowledgement alone"),
    pytest.param({"reject_on_worker_lost": True}, [], id="C-R9 rejection without late acknowledgement"),
    pytest.param({"acks_late": True, "reject_on_worker_lost": True}, ["requeued"], id="C-R10 both"),
]


@pytest.mark.parametrize(("options", "done"), SURVIVING)
def test_the_message_of_a_job_whose_worker_is_killed(bench: Make, options: Any, done: list[str]) -> None:
    here, heard = bench(), []

    @here.task(**options)
    def job() -> None:
        pass

    job.delay()
    with here.app.connection_for_read() as connection:
        message = here._queue(connection).get(accept=["json"])
        request = Request(
            message,
            app=here.app,
            on_ack=lambda *_: heard.append("acknowledged"),
            on_reject=lambda _log, _error, requeue: heard.append("requeued" if requeue else "rejected"),
        )
        try:
            raise WorkerLostError("killed")
        except WorkerLostError:
            request.on_failure(ExceptionInfo())
        message.ack()
    assert heard == done

"""What the frameworks log by themselves, and what their task logger adds to a line."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from celery.app.log import TaskFormatter
from celery.utils.log import get_task_logger

from .conftest import Bench, Shift

Make = Callable[..., Bench]


def test_celery_logs_the_end_of_a_run_with_the_id_and_the_time(bench: Make, caplog: Any) -> None:
    here = bench()

    @here.task
    def job() -> str:
        return "sent"

    with caplog.at_level(logging.INFO, "celery.app.trace"):
        sent = job.delay()
        here.work()
    (line,) = [record.getMessage() for record in caplog.records if "succeeded" in record.getMessage()]
    assert sent.id in line
    assert "s: 'sent'" in line


def test_celery_logs_an_error_that_leaves_the_job_with_its_traceback(bench: Make, caplog: Any) -> None:
    here = bench()

    @here.task
    def job() -> None:
        raise OSError("down")

    job.delay()
    here.work()
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info


def test_celery_logs_no_traceback_of_an_error_that_a_handler_ends(bench: Make, caplog: Any) -> None:
    here = bench()

    @here.task
    def job() -> None:
        try:
            raise OSError("down")
        except Exception as error:
            logging.getLogger("job").error("failed: %s", error)

    job.delay()
    here.work()
    assert [record.exc_info for record in caplog.records if record.levelno == logging.ERROR] == [None]


def test_a_line_of_celery_s_task_logger_carries_the_id_of_the_job(bench: Make, caplog: Any) -> None:
    here, lines = bench(), []
    formatter = TaskFormatter("%(task_id)s %(message)s", use_color=False)

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(formatter.format(record))

    log = get_task_logger("job")
    log.addHandler(handler := Keep())
    log.setLevel(logging.INFO)

    @here.task
    def job() -> None:
        log.info("begun")

    sent = job.delay()
    here.work()
    log.removeHandler(handler)
    assert lines == [f"{sent.id} begun"]


@pytest.mark.parametrize("fails", [False, True])
def test_bullmq_logs_nothing_at_all(serve: Callable[..., Shift], caplog: Any, fails: bool) -> None:
    async def process(job: Any, token: str) -> None:
        if fails:
            raise OSError("down")

    with caplog.at_level(logging.DEBUG):
        shift = serve(process)
    assert shift.counts["failed" if fails else "completed"] == 1
    assert [record for record in caplog.records if record.name.startswith("bullmq")] == []

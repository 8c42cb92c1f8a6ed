"""What a job tells of its progress, enqueues, waits for, and does when it has failed for good."""

from __future__ import annotations

import pytest

from jobcheck.link.seeds import HookRef
from jobcheck.model import Flow, FunctionRef
from tests.link.flow_world import MESSAGE, TASK, flow


def celery(statement: str) -> Flow:
    return flow(f"def job(self, done, total):\n    {statement}\n", handle=TASK)


REPORTS = [
    ('self.update_state(state="PROGRESS", meta={"step": "x", "percent": 4})', ("percent", "step")),
    ('self.update_state(state="SENDING")', ()),
    ('self.update_state("SENDING", {"current": done, "total": total})', ("current", "total")),
]


@pytest.mark.parametrize(("call", "names"), REPORTS)
def test_report_of_progress(call: str, names: tuple[str, ...]) -> None:
    (report,) = celery(call).reports
    assert (report.names, report.number, report.open) == (names, False, "")


@pytest.mark.parametrize(("told", "number"), [("40", True), ("100 * n // n", True), ('{"step": "x"}', False)])
def test_report_of_a_document_s_job(told: str, number: bool) -> None:
    body = f"async def job(job, token):\n    n = 1\n    await job.updateProgress({told})\n"
    (report,) = flow(body, handle=MESSAGE).reports
    assert report.number is number


@pytest.mark.parametrize(
    "told", ["100", '{"step": "started", "percent": 0}', '{"state": "completed"}', '{"status": "failed"}']
)
def test_mark_of_start_or_end_is_no_report(told: str) -> None:
    found = flow(f"async def job(job, token):\n    await job.updateProgress({told})\n", handle=MESSAGE)
    assert found.reports == ()
    assert not found.advances


def test_report_that_cannot_be_told_is_open() -> None:
    assert celery('self.update_state(state="PROGRESS", meta=total)').reports[0].open


def test_function_named_so_reports_progress() -> None:
    assert flow("def job(done):\n    update_progress(done)\n").advances


def test_fields_that_are_written_and_where_failure_is() -> None:
    found = flow('def job(pk):\n    Order.objects.filter(pk=pk).update(status="failed")\n')
    assert found.written == ("status",)
    assert len(found.marks_failed) == 1
    saved = flow(
        "def job(pk):\n    order = Order.objects.get(pk=pk)\n    order.status = 'failed'\n    order.save()\n"
    )
    assert (saved.written, len(saved.marks_failed)) == (("status",), 1)
    assert flow("def job(pk, **more):\n    Order.objects.filter(pk=pk).update(**more)\n").written == ("**",)


NAMELESS = [
    ("await asyncio.wait_for(x, 5)", 1),
    (
        "try:\n        await asyncio.wait_for(x, 5)\n    except asyncio.TimeoutError:\n        raise OSError(x)",
        0,
    ),
    ("try:\n        await asyncio.wait_for(x, 5)\n    except ValueError:\n        pass", 1),
    ("try:\n        await asyncio.wait_for(x, 5)\n    finally:\n        pass", 1),
]


@pytest.mark.parametrize(("body", "count"), NAMELESS)
def test_errors_without_a_text(body: str, count: int) -> None:
    assert len(flow(f"import asyncio\n\nasync def job(x):\n    {body}\n").nameless) == count


def burials(hook: str, each: bool = False) -> Flow:
    made = HookRef("failed", FunctionRef("tasks.py", "hook"), each)
    return flow(f"def job(x):\n    send_mail('x', 'y', None, [x])\n\n{hook}", hooks=(made,))


def test_what_a_hook_does_with_a_failed_job() -> None:
    hook = "def hook(job, error):\n    requests.post('https://x.example', json={'id': job.id, 'e': str(error)})\n"
    (made,) = burials(hook, each=True).burials
    assert (made.does, made.final, made.runs) == (("http",), False, True)
    assert {"job_id", "error"} <= set(made.names)
    assert made.at.path == "tasks.py"


def test_hook_that_counts_attempts_acts_on_the_last() -> None:
    hook = "def hook(job, error):\n    if job.attemptsMade >= 3:\n        send_mail('x', 'y', None, [])\n"
    assert burials(hook, each=True).burials[0].final


def test_hook_that_is_a_coroutine_does_not_run() -> None:
    assert not burials("async def hook(job, error):\n    pass\n").burials[0].runs


def test_hook_that_only_changes_a_row_sets_a_status() -> None:
    hook = "def hook(exc, task_id):\n    Order.objects.filter(pk=1).update(status='failed')\n"
    assert burials(hook).burials[0].does == ("status",)


def test_handler_that_knows_the_last_attempt_buries() -> None:
    body = """
def job(self, x):
    try:
        requests.post("https://x.example")
    except Exception as error:
        if self.request.retries >= self.max_retries:
            send_mail("failed", str(error), None, ["ops@x.example"])
        raise
"""
    (made,) = flow(body, handle=TASK).burials
    assert (made.does, made.final) == (("email",), True)

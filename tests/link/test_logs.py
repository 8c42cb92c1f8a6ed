"""The lines of a job: when they count as told, which moment each is about, what each carries."""

from __future__ import annotations

import pytest

from jobcheck.model import Flow, Log
from tests.link.flow_world import MESSAGE, TASK, flow

LOGGER = """
import logging
import time
import structlog
from loguru import logger as loud

log = logging.getLogger(__name__)
"""


def told(body: str, **more: object) -> Flow:
    return flow(LOGGER + body, **more)  # type: ignore[arg-type]


def line(call: str, params: str = "self, order_id") -> Log:
    """The one line that a job with this statement logs."""
    (only,) = told(f"def job({params}):\n    {call}\n", handle=TASK).logs
    return only


# --- fields -----------------------------------------------------------------------------

FIELDS = [
    ('log.info("order %s", order_id)', {"order", "order_id"}),
    ('log.info(f"sent {order.id}")', {"sent", "id", "order_id"}),
    ('log.info("sent {}".format(order.pk))', {"sent", "pk", "order_id", "format"}),
    ('log.info("sent " + str(order_id))', {"order_id", "str"}),
    (
        'log.log(20, "done", extra={"job_id": 1, "org": organization_id})',
        {"job_id", "org", "organization_id"},
    ),
    ('log.info("x %s", self.request.id)', {"x", "id", "request_id", "job_id"}),
    ('log.info("done", extra={"took": time.time() - began})', {"took", "duration", "time", "began"}),
    ('log.info("got %s", payload.get("orderId"))', {"got", "get", "orderId"}),
    ('log.info("got %s", payload["orderId"])', {"got", "orderId"}),
    ('structlog.get_logger().bind(a=1).info("x", b=order_id)', {"a", "b", "order_id"}),
    ('loud.bind(a=1).info("x")', {"a"}),
    ('logging.LoggerAdapter(log, {"a": 1}).info("x")', {"a"}),
]


@pytest.mark.parametrize(("call", "fields"), FIELDS, ids=[call for call, _ in FIELDS])
def test_fields_are_the_names_beside_and_inside_a_line(call: str, fields: set[str]) -> None:
    assert set(line(call).fields) == fields


def test_spread_mapping_is_opened_and_what_is_opaque_leaves_the_line_open() -> None:
    body = 'def job(self, order_id, extra):\n    facts = {"a": order_id}\n    log.info("x", extra={**facts, "b": 1})\n'
    (first,) = told(body, handle=TASK).logs
    assert (set(first.fields), first.open) == ({"a", "b", "order_id"}, "")
    assert line('log.info("x", extra=given)', "self, given").open


def test_context_variables_are_on_all_lines() -> None:
    body = """
def job(self, order_id):
    structlog.contextvars.bind_contextvars(job_id=self.request.id)
    log.info("begun")
    log.info("done")
"""
    assert all("job_id" in each.fields for each in told(body, handle=TASK).logs)


def test_task_logger_brings_the_id_of_the_job() -> None:
    body = """
from celery.utils.log import get_task_logger

tasks = get_task_logger(__name__)

def job():
    tasks.info("x")
"""
    assert flow(body).logs[0].fields == ("job_id",)


@pytest.mark.parametrize(
    ("call", "brings"),
    [
        ('log.exception("x")', True),
        ('log.error("x", exc_info=True)', True),
        ('log.error("x", exc_info=error)', True),
        ('log.error("x", exc_info=False)', False),
        ('log.error("x: %s", error)', False),
        ('loud.opt(exception=True).error("x")', True),
    ],
)
def test_traceback_of_a_line(call: str, brings: bool) -> None:
    assert line(call).traceback is brings


@pytest.mark.parametrize(
    "call", ["log.setLevel(10)", "log.isEnabledFor(10)", "structlog.get_logger().bind(a=1)"]
)
def test_calls_that_write_nothing_are_no_lines(call: str) -> None:
    assert told(f"def job():\n    {call}\n").logs == ()


# --- what is shown ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ('log.info("%s", api_key)', ["api_key"]),
        ('log.info(f"{user.password}")', ["password"]),
        ('log.info("%s" % (api_key,))', ["api_key"]),
        ('log.info("%s", mask(api_key))', []),
        ('log.info("%s", api_key[-4:])', []),
        ('log.info("%s", str(api_key))', ["api_key"]),
        ('log.info("x", extra={"key": api_key})', ["api_key"]),
    ],
)
def test_values_shown_as_they_are(call: str, names: list[str]) -> None:
    assert [shown.name for shown in line(call, "self, api_key, user").shows if shown.name] == names


def test_payload_shown_as_a_whole() -> None:
    assert line('log.info("%s", kwargs)', "self, **kwargs").shows[0].whole
    assert not line('log.info("%s", payload)', "self, payload").shows[0].whole
    assert line('log.info("%s", payload)', "self, payload").shows[0].taken
    document = "bullmq.Job().data"
    body = "def job(job, token):\n    data = job.data\n    log.info('%s', data)\n"
    assert told(body, handle=MESSAGE, document=document).logs[0].shows[0].whole


def test_arguments_of_a_helper_are_not_the_payload() -> None:
    body = """
def tell(payload, *args):
    log.info("%s %s", payload, args)

def job(self, order):
    tell(order.total)
"""
    assert told(body, handle=TASK).logs[0].shows == ()


# --- moments ------------------------------------------------------------------------------


def phases(body: str) -> list[tuple[str, ...]]:
    return [log.phases for log in told(body).logs]


def test_place_of_a_line_tells_its_moment_where_its_words_do_not() -> None:
    body = """
def job(order_id):
    log.info("order %s", order_id)
    try:
        send_mail("x", "y", None, [order_id])
    except Exception:
        log.info("oh")
        raise
    for item in order_id:
        log.info("item")
        send_mail("x", "y", None, [item])
    log.info("that was it")
"""
    assert phases(body) == [
        ("started",),
        ("failed",),
        ("completed", "progress"),
        ("completed", "progress"),
    ]


def test_words_of_a_line_come_before_its_place() -> None:
    assert phases('def job(x):\n    log.info("import completed")\n    send_mail("x", "y", None, [x])\n') == [
        ("completed",)
    ]
    assert phases('def job(x):\n    log.exception("x")\n') == [("failed",)]


def test_line_of_a_helper_is_placed_by_its_caller() -> None:
    body = """
def tell(what):
    log.info("now %s", what)

def job(x):
    send_mail("x", "y", None, [x])
    tell(x)
"""
    (only,) = told(body).logs
    assert only.phases == ("completed", "progress")
    assert only.steps[0].note == "calls tasks.tell"


START = [
    ('log.info("x")\n    send_mail("x", "y", None, [x])', "always"),
    ('send_mail("x", "y", None, [x])\n    log.info("x")', "sometimes"),
    ('send_mail("x", "y", None, [x])', "never"),
    ('if x:\n        log.info("x")\n    send_mail("x", "y", None, [x])', "sometimes"),
    (
        'if not x:\n        log.info("x")\n        return\n    log.info("y")\n    send_mail("x", "y", None, [x])',
        "always",
    ),
    ('tell()\n    send_mail("x", "y", None, [x])', "always"),
    ("send()", "never"),
]
HELPERS = """
def tell():
    log.info("x")

def send():
    send_mail("x", "y", None, ["a"])
"""


@pytest.mark.parametrize(("body", "state"), START)
def test_line_before_the_first_act(body: str, state: str) -> None:
    assert told(f"{HELPERS}\ndef job(x):\n    {body}\n").told_start.state == state


END = [
    ('send_mail("x", "y", None, [x])\n    log.info("x")', "always"),
    ('log.info("x")\n    send_mail("x", "y", None, [x])', "sometimes"),
    ("if x:\n        return\n    send()\n    tell()", "always"),
    ("send()\n    if x:\n        return\n    tell()", "sometimes"),
    ('for i in x:\n        send()\n        log.info("x")', "always"),
    ("tell()\n    send()", "sometimes"),
]


@pytest.mark.parametrize(("body", "state"), END)
def test_line_after_the_last_act(body: str, state: str) -> None:
    assert told(f"{HELPERS}\ndef job(x):\n    {body}\n").told_end.state == state


FAILURE = [
    ("send()", "never"),
    ("try:\n        send()\n    except Exception:\n        log.exception('x')\n        raise", "always"),
    ("try:\n        send()\n    except Exception:\n        log.error('x')\n        raise", "sometimes"),
    ("try:\n        send()\n    except OSError:\n        log.exception('x')\n        raise", "sometimes"),
    ("with guard():\n        send()", "always"),
    ("with Guard():\n        send()", "always"),
]
GUARDS = """
from contextlib import contextmanager

@contextmanager
def guard():
    try:
        yield
    except Exception:
        log.exception("x")
        raise

class Guard:
    def __enter__(self):
        pass

    def __exit__(self, kind, error, trace):
        log.error("x", exc_info=error)
"""


@pytest.mark.parametrize(("body", "state"), FAILURE)
def test_failure_that_leaves_is_logged(body: str, state: str) -> None:
    assert told(f"{HELPERS}{GUARDS}\ndef job(x):\n    {body}\n").told_failure.state == state


MUFFLED = [
    ("except Exception as e:\n        log.error('x %s', e)", 1),
    ("except:\n        pass", 1),
    ("except Exception:\n        log.exception('x')", 0),
    ("except Exception:\n        raise", 0),
    ("except OSError:\n        pass", 0),
]


@pytest.mark.parametrize(("handler", "count"), MUFFLED)
def test_handlers_that_end_a_failure_without_its_traceback(handler: str, count: int) -> None:
    found = told(f"{HELPERS}\ndef job(x):\n    try:\n        send()\n    {handler}\n")
    assert len(found.muffled) == count


def test_line_between_two_acts() -> None:
    assert told(f"{HELPERS}\ndef job(x):\n    send()\n    tell()\n    send()\n").told_between
    assert not told(f"{HELPERS}\ndef job(x):\n    tell()\n    send()\n    send()\n    tell()\n").told_between

"""Whether a failure may follow an act after which the framework runs the job again."""

from __future__ import annotations

import pytest

from jobcheck.link.failures import ASKED, runs_again
from tests.link.flow_world import TASK, flow

ANY = ("builtins.Exception",)

BROAD = {
    "a write follows": (
        True,
        """
def job(order_id):
    requests.post("https://pay.example")
    Order.objects.filter(pk=order_id).update(note="x")
""",
    ),
    "a helper's write follows": (
        True,
        """
def note(order_id):
    Order.objects.filter(pk=order_id).update(note="x")
def job(order_id):
    requests.post("https://pay.example")
    note(order_id)
""",
    ),
    "the next one of a loop follows": (
        True,
        """
def job(urls):
    for url in urls:
        requests.post(url)
""",
    ),
    "an error is raised after it": (
        True,
        """
def job(order_id):
    answer = requests.post("https://pay.example")
    if answer.text == "odd":
        raise ValueError("odd")
""",
    ),
    "it comes last": (
        False,
        """
import logging
def job(order_id):
    order = Order.objects.get(pk=order_id)
    answer = requests.post("https://pay.example", json={"order": order.pk})
    logging.info("paid %s", answer.text)
    return len(answer.text)
""",
    ),
    "what follows it is done on another path": (
        False,
        """
def job(order_id):
    if order_id == 1:
        requests.post("https://pay.example")
    else:
        Order.objects.filter(pk=order_id).update(note="x")
""",
    ),
}


@pytest.mark.parametrize(("again", "body"), BROAD.values(), ids=BROAD)
def test_a_failure_after_the_act_runs_the_job_again(again: bool, body: str) -> None:
    assert [act.retried for act in flow(body, retries_on=ANY).acts] == [again]


THEN_WRITES = """
def job(order_id):
    requests.post("https://pay.example")
    Order.objects.filter(pk=order_id).update(note="x")
"""
THEN_ASKS = """
def job(order_id):
    requests.post("https://pay.example")
    requests.get("https://pay.example/state")
"""
THEN_RAISES = """
class Busy(Exception): ...
def job(order_id):
    answer = requests.post("https://pay.example")
    if answer.text == "busy":
        raise Busy()
"""

NARROW = {
    "the write may raise it": (True, THEN_WRITES, "django.db.utils.OperationalError"),
    "the write cannot raise it": (False, THEN_WRITES, "requests.exceptions.ConnectionError"),
    "another request may raise it": (True, THEN_ASKS, "requests.exceptions.ConnectionError"),
    "another request cannot raise it": (False, THEN_ASKS, "stripe.error.CardError"),
    "it is raised here": (True, THEN_RAISES, "tasks.Busy"),
    "something else is raised here": (False, THEN_RAISES, "tasks.Idle"),
}


@pytest.mark.parametrize(("again", "body", "exception"), NARROW.values(), ids=NARROW)
def test_a_retry_on_one_exception_needs_what_raises_it(again: bool, body: str, exception: str) -> None:
    assert [act.retried for act in flow(body, retries_on=(exception,)).acts] == [again]


def asked(handler: str, end: str = "Order.objects.filter(pk=order_id).update(note='x')") -> str:
    return f"""
def job(self, order_id):
    try:
        requests.post("https://pay.example")
        {end}
    except {handler} as error:
        raise self.retry(exc=error)
"""


ASKING = {
    "for any failure": (True, asked("Exception")),
    "where the body returns": (
        True,
        asked("Exception", "return Order.objects.filter(pk=1).update(note='x')"),
    ),
    "for a failure of the call itself": (False, asked("requests.RequestException")),
    "for a failure of what comes last": (False, asked("Exception", "pass")),
    "after the act": (
        True,
        """
def job(self, order_id):
    answer = requests.post("https://pay.example")
    if answer.text == "busy":
        self.retry()
""",
    ),
    "before the act": (
        False,
        """
def job(self, order_id):
    if order_id == 1:
        self.retry()
    requests.post("https://pay.example")
""",
    ),
}


@pytest.mark.parametrize(("again", "body"), ASKING.values(), ids=ASKING)
def test_a_job_may_ask_for_the_retry_itself(again: bool, body: str) -> None:
    assert [act.retried for act in flow(body, handle=TASK).acts] == [again]


def test_an_asked_for_retry_needs_no_listed_exception() -> None:
    assert runs_again({ASKED}, "", ())
    assert not runs_again({"database"}, "", ())
    assert not runs_again((), "", ANY)

"""Where a transaction is open when a job is put on its queue."""

from __future__ import annotations

import pytest

from jobcheck.facts import Call, Span
from jobcheck.link.meaning import spelt
from jobcheck.link.sites import Sites
from jobcheck.link.transactions import Transactions
from jobcheck.model import FunctionRef, Location
from jobcheck.walk import calls
from tests.link.flow_world import HEAD, MODELS, project

HELPERS = """
from contextlib import contextmanager
from sqlalchemy.orm import Session

@contextmanager
def traced_transaction():
    with transaction.atomic():
        yield

def transactional(function):
    def wrapper(*args, **kwargs):
        with transaction.atomic():
            return function(*args, **kwargs)
    return wrapper
"""

OPEN = {
    "the default database by name": """
def produce(x):
    with transaction.atomic(using="default"):
        job.delay(x)
""",
    "a row that is locked first": """
def produce(x):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=x)
        job.delay(order.pk)
""",
    "with": "def produce(x):\n    with transaction.atomic():\n        job.delay(x)\n",
    "with, deep inside": """
def produce(x):
    with transaction.atomic():
        for y in x:
            if y:
                try:
                    job.delay(y)
                except OSError:
                    raise
""",
    "decorator": "@transaction.atomic\ndef produce(x):\n    job.delay(x)\n",
    "decorator, called": "@transaction.atomic()\ndef produce(x):\n    job.delay(x)\n",
    "project's context manager": "def produce(x):\n    with traced_transaction():\n        job.delay(x)\n",
    "project's context manager as decorator": "@traced_transaction()\ndef produce(x):\n    job.delay(x)\n",
    "project's decorator": "@transactional\ndef produce(x):\n    job.delay(x)\n",
    "caller": "def produce(x):\n    job.delay(x)\ndef view(x):\n    with transaction.atomic():\n        produce(x)\n",
    "caller's caller": """
def produce(x):
    job.delay(x)
def service(x):
    produce(x)
@transaction.atomic
def view(x):
    service(x)
""",
    "method": """
class Service:
    def place(self, x):
        with transaction.atomic():
            self.produce(x)
    def produce(self, x):
        job.delay(x)
""",
    "session before its commit": """
def produce(x, session: Session):
    session.add(Order())
    job.delay(x)
    session.commit()
""",
    "session flushed": """
def produce(x, session: Session):
    session.add(Order())
    session.flush()
    job.delay(x)
    session.commit()
""",
    "session begun": "def produce(x, session: Session):\n    with session.begin():\n        job.delay(x)\n",
}
CLOSED = {
    "another database": """
def produce(x):
    with transaction.atomic(using="archive"):
        job.delay(x)
""",
    "a replica": """
from django.conf import settings
def produce(x):
    with transaction.atomic(using=settings.REPLICA_NAME, savepoint=False):
        job.delay(x)
""",
    "rows passed on one by one": """
def produce(x):
    with transaction.atomic():
        for order in Order.objects.select_for_update().filter(sent=False):
            job.delay(order.pk)
            order.sent = True
            order.save()
""",
    "none": "def produce(x):\n    job.delay(x)\n",
    "after": "def produce(x):\n    with transaction.atomic():\n        Order.objects.create()\n    job.delay(x)\n",
    "before": "def produce(x):\n    job.delay(x)\n    with transaction.atomic():\n        Order.objects.create()\n",
    "lambda on commit": """
def produce(x):
    with transaction.atomic():
        transaction.on_commit(lambda: job.delay(x))
""",
    "partial on commit": """
from functools import partial
def produce(x):
    with transaction.atomic():
        transaction.on_commit(partial(job.delay, x))
""",
    "signature on commit": """
def produce(x):
    with transaction.atomic():
        transaction.on_commit(job.s(x).delay)
""",
    "function on commit": """
def produce(x):
    def later():
        job.delay(x)
    with transaction.atomic():
        transaction.on_commit(later)
""",
    "session committed before": """
def produce(x, session: Session):
    session.add(Order())
    session.commit()
    job.delay(x)
""",
    "session never committed here": """
def produce(x, session: Session):
    session.add(Order())
    job.delay(x)
""",
    "caller that closed it": """
def produce(x):
    job.delay(x)
def view(x):
    with transaction.atomic():
        Order.objects.create()
    produce(x)
""",
    "caller on commit": """
def produce(x):
    job.delay(x)
def view(x):
    with transaction.atomic():
        transaction.on_commit(lambda: produce(x))
""",
}


def transactions(source: str, requests: Location | None = None) -> list[str]:
    """The notes of the steps to the first call of `job...`, wherever it is."""
    flows = project({"models.py": MODELS, "tasks.py": HEAD + HELPERS + source})
    sites = Sites()
    sites.refresh(flows.resolver.index)
    asked = Transactions(flows, sites, requests)
    for ref, _ in flows.resolver.index.functions():
        found = [c for c in calls(flows.resolver.index.body(ref) or ()) if sends(c)]
        if found:
            steps = asked.at(ref, [Location(ref.path, call.span) for call in found])
            return [step.note for path in steps.values() for step in path]
    raise AssertionError("no call of the job")


def sends(call: Call) -> bool:
    return spelt(call.callee) in {"job.delay", "job.s", "partial"}


@pytest.mark.parametrize("source", OPEN.values(), ids=OPEN)
def test_open(source: str) -> None:
    assert transactions(source)


@pytest.mark.parametrize("source", CLOSED.values(), ids=CLOSED)
def test_closed(source: str) -> None:
    assert transactions(source) == []


def test_the_steps_tell_the_way() -> None:
    assert transactions(OPEN["caller's caller"]) == [
        "django.db.transaction.atomic opens a transaction",
        "calls tasks.service",
        "calls tasks.produce",
    ]


def test_every_request_in_a_transaction() -> None:
    source = "def produce(request, x):\n    job.delay(x)\n"
    setting = Location("settings.py", Span(3, 1, 3, 9))
    assert transactions(source, setting) == ["every request runs in a transaction"]
    assert transactions(source) == []


def test_a_function_that_is_not_there_has_none() -> None:
    flows = project({"tasks.py": HEAD})
    asked = Transactions(flows, Sites())
    assert asked.at(FunctionRef("tasks.py", "nothing"), [Location("tasks.py", Span(1, 1, 1, 2))]) == {}

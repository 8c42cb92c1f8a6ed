"""What a project's own base class does to a job's arguments, to sending it and to asking for a retry."""

from __future__ import annotations

import pytest

from jobcheck.model import Absent, Known, Opaque
from tests.link.small import enqueue, job, one

APP = "from celery import Celery\nfrom django.db import transaction\napp = Celery('shop')\n"
OPEN = ["args", "kwargs"]


def base(*methods: str, job: str = "def send(self, request, user_id): ...", options: str = "") -> str:
    lines = [line for method in methods for line in method.split("\n")]
    body = "".join(f"    {line}\n" for line in lines)
    return f"{APP}class Base(app.Task):\n{body}@app.task(bind=True, base=Base{options})\n{job}\n"


CALLED = {
    "prepended": ("return super().__call__(*(self.get(), *args), **kwargs)", ["user_id"]),
    "prepended one by one": ("return super().__call__(self.get(), *args, **kwargs)", ["user_id"]),
    "through run": ("with tracing():\n        return self.run(self.get(), *args, **kwargs)", ["user_id"]),
    "by keyword": ("return super().__call__(*args, user_id=1, **kwargs)", ["request"]),
    "as they are": ("return super().__call__(*args, **kwargs)", ["request", "user_id"]),
    "replaced": (
        "kwargs['user_id'] = load(kwargs['user_id'])\n    return super().__call__(*args, **kwargs)",
        ["request", "user_id", *OPEN],
    ),
    "shifted": (
        "args = list(args)\n    return super().__call__(*args, **kwargs)",
        ["request", "user_id", *OPEN],
    ),
    "in two ways": (
        (
            "if self.bare:\n        return super().__call__(*args, **kwargs)\n"
            "    return super().__call__(1, *args, **kwargs)"
        ),
        ["request", "user_id", *OPEN],
    ),
    "elsewhere": ("return dispatch(self, args, kwargs)", ["request", "user_id", *OPEN]),
}


@pytest.mark.parametrize(("body", "expected"), CALLED.values(), ids=CALLED)
def test_what_the_base_class_makes_of_the_arguments(body: str, expected: list[str]) -> None:
    parameters = job(one(base(f"def __call__(self, *args, **kwargs):\n    {body}"))).job.parameters
    assert [p.name for p in parameters] == expected
    told = not any(p.name == "args" for p in parameters)
    assert all(p.required for p in parameters) == told


def test_two_base_classes_one_behind_the_other() -> None:
    text = f"""{APP}
class Traced(app.Task):
    def __call__(self, *args, **kwargs):
        return super().__call__(*args, **kwargs)
class Carried(app.Task):
    def __call__(self, *args, **kwargs):
        return super().__call__(object(), *args, **kwargs)
class Both(Traced, Carried): ...
@app.task(base=Both)
def send(request, user_id): ...
"""
    assert [p.name for p in job(one(text)).job.parameters] == ["user_id"]


def test_arguments_that_a_task_class_injects_are_no_payload() -> None:
    text = f"""{APP}
class Send(app.Task):
    def __call__(self, *args, **kwargs):
        return super().__call__(object(), *args, **kwargs)
    def run(self, request, user_id): ...
app.register_task(Send())
"""
    assert [p.name for p in job(one(text)).job.parameters] == ["user_id"]


SENT = {
    "at once": ("return super().apply_async(*args, **kwargs)", False),
    "at once, or written down": (
        "try:\n        return super().apply_async(*args, **kwargs)\n    except OSError:\n        save(args)",
        False,
    ),
    "after the commit": (
        "transaction.on_commit(lambda: super(Base, self).apply_async(*args, **kwargs))",
        True,
    ),
    "by a hook": ("self.tm.addAfterCommitHook(self.send, args=args, kws=kwargs)", True),
    "sometimes by a hook": (
        (
            "if self.tm is None:\n        return super().apply_async(*args, **kwargs)\n"
            "    self.tm.addAfterCommitHook(self.send, args=args, kws=kwargs)"
        ),
        True,
    ),
    "at once unless a transaction is open": (
        (
            "if self.tm.open:\n        return self.tm.later(args)\n"
            "    return super().apply_async(*args, **kwargs)"
        ),
        True,
    ),
}
SENDERS = {
    "delay": "send.delay(1)",
    "apply_async": "send.apply_async((1,))",
    "signature": "send.si(1).apply_async()",
}


@pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS)
@pytest.mark.parametrize(("body", "later"), SENT.values(), ids=SENT)
def test_whether_a_base_class_waits_for_the_commit(body: str, later: bool, sender: str) -> None:
    text = base(f"def apply_async(self, *args, **kwargs):\n    {body}", job="def send(self, user_id): ...")
    assert enqueue(one(f"{text}def view():\n    {sender}\n")).after_commit is later


@pytest.mark.parametrize("verb", ["delay_on_commit(1)", "apply_async_on_commit((1,))"])
def test_a_verb_that_waits_for_the_commit(verb: str) -> None:
    text = f"{APP}@app.task\ndef send(user_id): ...\ndef view():\n    send.{verb}\n"
    assert enqueue(one(text)).after_commit


def test_headers_that_a_base_class_adds_are_not_known() -> None:
    added = "def apply_async(self, *args, **options):\n    return super().apply_async(*args, headers=trace(), **options)"
    text = base(added, job="def send(self, user_id): ...")
    assert not enqueue(one(f"{text}def view():\n    send.delay(1)\n")).context_known


ASKS = "def send(self, user_id):\n    raise self.retry()"
RETRIES = {
    "passed on": ("return super().retry(*args, **kwargs)", Absent, 4.0),
    "with a limit": ("return super().retry(*args, max_retries=7, **kwargs)", Known, 8.0),
    "in its own way": ("raise Again(args)", Opaque, None),
}


@pytest.mark.parametrize(("body", "kind", "runs"), RETRIES.values(), ids=RETRIES)
def test_a_request_for_a_retry_goes_through_the_base_class(body: str, kind: type, runs: float | None) -> None:
    attempts = job(one(base(f"def retry(self, *args, **kwargs):\n    {body}", job=ASKS))).job.options.attempts
    assert isinstance(attempts, kind)
    assert getattr(attempts, "value", getattr(attempts, "default", None)) == runs


def test_a_base_class_that_hands_every_option_of_a_retry_on() -> None:
    method = (
        "def retry(self, args=None, exc=None, eta=None, countdown=None, max_retries=None, **options):\n"
        "    return super().retry(args=args, exc=exc, eta=eta, countdown=countdown,\n"
        "                         max_retries=max_retries, queue='retry', **options)"
    )
    asks = "def send(self, user_id):\n    raise self.retry(countdown=30)"
    options = job(one(base(method, job=asks, options=", max_retries=2"))).job.options
    assert isinstance(options.attempts, Known)
    assert isinstance(options.backoff, Known)
    assert (options.attempts.value, options.backoff.value.delay) == (3.0, 30.0)

"""Decorators of the project's own that change what a job is called with."""

from __future__ import annotations

import pytest

from jobcheck.engine import check_sources

JOB = """
from functools import wraps
from celery import Celery
app = Celery("shop")

def prepared(function):
    @wraps(function)
    def wrapper({takes}):
        return function({gives})
    return wrapper

@app.task
@prepared
def send(user, order_id):
    print(user, order_id)

def view():
    send.delay(3)
"""


@pytest.mark.parametrize(
    ("takes", "gives", "misfits"),
    [
        ("*args, **kwargs", "load(), *args, **kwargs", 0),
        ("*args, **kwargs", "*args, user=load(), **kwargs", 0),
        ("order_id", "load(order_id), order_id", 0),
        ("user_id, *args, **kwargs", "*args, **kwargs", 0),
        ("*args, **kwargs", "*args, **kwargs", 1),
        ("*args", "*args", 1),
    ],
)
def test_arguments_that_a_decorator_adds_need_not_be_sent(takes: str, gives: str, misfits: int) -> None:
    source = {"shop/tasks.py": JOB.format(takes=takes, gives=gives)}
    assert len(check_sources(source, select=("JC206",))) == misfits


def test_an_object_may_be_the_decorator() -> None:
    objects = "class Prepared:\n    def __call__(self, function):\n        {}\nprepared = Prepared()\n"
    inner = "def wrapper(*args):\n            return function(self, *args)\n        return wrapper"
    text = JOB.format(takes="", gives="").replace("@prepared\n", "@prepared_by\n")
    made = objects.format(inner).replace("prepared = ", "prepared_by = ")
    source = {"shop/tasks.py": text.replace("@app.task", f"{made}@app.task")}
    assert check_sources(source, select=("JC206",)) == []

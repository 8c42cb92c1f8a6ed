"""What a job leaves set for those after it."""

from __future__ import annotations

import pytest

from tests.link.flow_world import flow

SOURCE = """
import logging, threading
from contextlib import contextmanager
from contextvars import ContextVar
from elsewhere import fail, release
var = ContextVar("tenant")
local = threading.local()
log = logging.getLogger()

def activate(value):
    var.set(value)

def forget():
    var.set(None)

def prepare(value):
    var.set(value)
    fail()

@contextmanager
def kept(value):
    token = var.set(value)
    try:
        yield
    finally:
        var.reset(token)

@contextmanager
def lost(value):
    var.set(value)
    yield
    var.set(None)

class Manager:
    def __enter__(self):
        var.set(1)
    def __exit__(self, *error):
        var.set(None)

def job(a):
    {}
"""
GUARDED = "{}\n    try:\n        fail()\n    finally:\n        {}"
BODIES = {
    "var.set(a)": ["var.set"],
    "local.tenant = a": ["local.tenant"],
    "local.tenant = None": [],
    "var.set(None)": [],
    "activate(a)": ["activate"],
    "prepare(a)": ["var.set"],
    "var.set(a)\n    fail()\n    var.set(None)": ["var.set"],
    "var.set(a)\n    var.set(None)": [],
    "if a:\n        var.set(a)\n    fail()": ["var.set"],
    GUARDED.format("t = var.set(a)", "var.reset(t)"): [],
    GUARDED.format("t = var.set(a)\n    log.info('x')\n    b = a", "var.reset(t)"): [],
    GUARDED.format("t = var.set(a)\n    fail()", "var.reset(t)"): ["var.set"],
    GUARDED.format("activate(a)", "forget()"): [],
    GUARDED.format("activate(a)", "release()"): ["activate"],
    GUARDED.format("activate(a)", "reset_all()"): [],
    GUARDED.format("local.tenant = a", "local.tenant = None"): [],
    GUARDED.format("local.tenant = a", "del local.tenant"): [],
    GUARDED.format("local.tenant = a", "local.colour = None"): ["local.tenant"],
    "try:\n        var.set(a)\n    finally:\n        var.set(None)": [],
    "with kept(a):\n        fail()": [],
    "with lost(a):\n        fail()": ["var.set"],
    "with Manager():\n        fail()": [],
}


@pytest.mark.parametrize(("body", "names"), BODIES.items())
def test_leaks(body: str, names: list[str]) -> None:
    assert [leak.name for leak in flow(SOURCE.replace("{}", body)).leaks] == names


def test_reset_that_a_failure_skips_is_shown() -> None:
    (leak,) = flow(SOURCE.replace("{}", "var.set(a)\n    fail()\n    var.set(None)")).leaks
    assert leak.late is not None
    assert leak.late.span.line - leak.at.span.line == 2

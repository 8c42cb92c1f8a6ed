"""Calls that wait for ever, told from source text."""

from __future__ import annotations

import pytest

from jobcheck.model import Wait
from tests.link.flow_world import flow


def waits(body: str, **files: str) -> tuple[Wait, ...]:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return flow(f"def job(order_id, **more):\n{lines}\n", files=files).waits


@pytest.mark.parametrize(
    "body",
    [
        "requests.get('x')",
        "requests.post('x', json={}, timeout=None)",
        "limit = None\nrequests.get('x', timeout=limit)",
        "import urllib.request\nurllib.request.urlopen('x')",
    ],
)
def test_no_timeout(body: str) -> None:
    (wait,) = waits(body)
    assert wait.why == ""


@pytest.mark.parametrize(
    "body",
    [
        "requests.get('x', timeout=3)",
        "requests.get('x', timeout=order_id)",
        "requests.Session().get('x')",
        "import httpx\nhttpx.get('x')",
        "client.get('x')",
    ],
)
def test_a_timeout_or_a_client_that_may_have_one(body: str) -> None:
    assert waits(body) == ()


def test_what_is_spread_may_hold_one() -> None:
    (wait,) = waits("requests.get('x', **more)")
    assert "spread" in wait.why


def test_a_helper_called_twice_waits_once_and_the_nearest_way_is_told() -> None:
    helper = "import requests\n\ndef far():\n    near()\n\ndef near():\n    requests.get('x')\n"
    (wait,) = waits("from rest import far, near\nfar()\nnear()\nfar()", **{"rest.py": helper})
    assert [step.note for step in wait.steps] == ["calls rest.near"]
    assert wait.at.path == "rest.py"

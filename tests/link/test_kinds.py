"""The kind of a job: the most demanding thing it does outside."""

from __future__ import annotations

import pytest

from jobcheck.link.kinds import kind_of
from jobcheck.model import Fetch, Flow
from tests.link.flow_world import NOWHERE, flow

KINDS = {
    "return 1": "compute",
    "Order.objects.get(pk=x)": "database",
    "cache.set('k', x)": "database",
    "requests.get('u')": "external_api",
    "stripe.Charge.create(amount=x)": "external_api",
    'send_mail("s", "b", None, ["x"])': "email",
    "mailer.send(x)": "email",
    "requests.post(x.webhook_url)": "webhook",
    "deliver_webhook(x)": "webhook",
    "openai_client.responses.create(x); requests.post('u')": "llm",
    "Order.objects.get(pk=x); requests.post('u')": "external_api",
}


@pytest.mark.parametrize(("line", "kind"), KINDS.items())
def test_kind(line: str, kind: str) -> None:
    assert kind_of(flow(f"def job(x):\n    {line}\n")) == kind


def test_a_function_named_for_webhooks_posts_to_one() -> None:
    source = "def call_webhook(x):\n    requests.post(x)\ndef job(x):\n    call_webhook(x)\n"
    assert kind_of(flow(source)) == "webhook"


def test_configuration_decides() -> None:
    assert kind_of(Flow(), "llm") == "llm"


def test_a_fetch_is_work_of_the_database() -> None:
    assert kind_of(Flow(fetches=(Fetch("x", "Order", NOWHERE),))) == "database"

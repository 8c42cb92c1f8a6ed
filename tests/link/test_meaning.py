"""What single calls mean, by path, by chain and by spelling."""

from __future__ import annotations

import pytest

from jobcheck.link.entities import External
from jobcheck.link.meaning import Meaning
from jobcheck.model import FunctionRef
from jobcheck.walk import calls
from tests.link.flow_world import HEAD, MODELS, covers, flow, project

IMPORTS = """
import anthropic
import boto3
import braintree
import firebase_admin.messaging
import httpx
import litellm
import logging
import openai
import psycopg2
import redis
import resend
import smtplib
import structlog
from elasticsearch import Elasticsearch
from langchain_openai import ChatOpenAI
from pymongo import MongoClient
from sendgrid import SendGridAPIClient
from slack_sdk import WebClient
from sqlalchemy.orm import Session, sessionmaker
from twilio.rest import Client
from unheard_of import thing
"""

BY_PATH = {
    'send_mail("s", "b", None, [])': ("repeats", "email"),
    "smtplib.SMTP().sendmail(a, b, c)": ("repeats", "email"),
    "SendGridAPIClient(key).send(m)": ("repeats", "email"),
    "resend.Emails.send(m)": ("repeats", "email"),
    'boto3.client("ses").send_email(x=1)': ("repeats", "email"),
    'boto3.client("sqs").send_message(x=1)': ("repeats", "publish"),
    'boto3.client("sns").publish(x=1)': ("repeats", "publish"),
    'boto3.client("s3").put_object(x=1)': ("idempotent", "file"),
    'boto3.session.Session().client("s3").get_object(x=1)': ("reads", "file"),
    "Client(a, b).messages.create(to=1)": ("repeats", "sms"),
    "firebase_admin.messaging.send(m)": ("repeats", "push"),
    "WebClient(token=1).chat_postMessage(x=1)": ("repeats", "chat"),
    "WebClient().users_info(x=1)": ("reads", "chat"),
    "stripe.PaymentIntent.create(amount=1)": ("repeats", "payment"),
    "stripe.Customer.modify(x)": ("idempotent", "payment"),
    "stripe.Customer.retrieve(x)": ("reads", "payment"),
    "braintree.Transaction.sale(x)": ("repeats", "payment"),
    "requests.Session().post(x)": ("repeats", "http"),
    "requests.put(x)": ("idempotent", "http"),
    "httpx.AsyncClient().post(x)": ("repeats", "http"),
    'httpx.request("GET", x)': ("reads", "http"),
    'httpx.request(method="POST", url=x)': ("repeats", "http"),
    "requests.post(x.webhook_url)": ("repeats", "webhook"),
    "openai.OpenAI().chat.completions.create(x=1)": ("repeats", "llm"),
    "anthropic.Anthropic().messages.create(x=1)": ("repeats", "llm"),
    "litellm.completion(x=1)": ("repeats", "llm"),
    "ChatOpenAI().invoke(x)": ("repeats", "llm"),
    "redis.Redis().set(k, 1, nx=True)": ("claim", "cache"),
    "redis.Redis().set(k, 1)": ("record", "cache"),
    "redis.from_url(u).get(k)": ("remember", "cache"),
    "cache.add(k, 1)": ("claim", "cache"),
    "MongoClient().shop.orders.insert_one(x)": ("create", "database"),
    'MongoClient()["shop"]["orders"].update_one(x, y)': ("update", "database"),
    "Elasticsearch().index(index=i, id=x)": ("natural", "database"),
    "Elasticsearch().index(index=i)": ("create", "database"),
    "psycopg2.connect(d).cursor().execute(q)": ("sql", "database"),
    "Session().add(x)": ("create", "database"),
    "sessionmaker()().commit()": ("commit", "database"),
    "transaction.on_commit(f)": ("on-commit", "database"),
    'logging.getLogger("x").info(m)': ("log", "log"),
    "structlog.get_logger().bind(a=1).info(m)": ("log", "log"),
    "requests.get(x).json()": ("pure", "http"),
}
BY_CHAIN = {
    "Order.objects.create(x=1)": ("create", "Order"),
    "Order.objects.filter(a=1).exclude(b=2).update(c=3)": ("update", "Order"),
    "Order.objects.select_related('a').get(pk=1)": ("query", "Order"),
    "Order.objects.active().recent().exists()": ("query", "Order"),
    "Order(x=1).save()": ("save", "Order"),
    "Order.objects.get(pk=1).save()": ("save", "Order"),
    "Order.objects.get(pk=1).lines.create(x=1)": ("create", "lines"),
    "Order.objects.get(pk=1).lines.filter(a=1).update(b=2)": ("update", "lines"),
    "Order.objects.bulk_create(x)": ("create", "Order"),
    "Order.objects.bulk_create(x, ignore_conflicts=True)": ("natural", "Order"),
    "Order.objects.bulk_create(x, ignore_conflicts=False)": ("create", "Order"),
    "Order.objects.filter(a=1)": ("chain", "Order"),
    "Session().get(Order, 1)": ("query", "Order"),
    "Session().query(Order).filter(Order.a == 1).first()": ("query", "Order"),
    "thing.Order.objects.create(x=1)": ("create", "Order"),
}
BY_SPELLING = {
    "mailer.send(x)": ("repeats", "email"),
    "self.email_service.send_welcome(x)": ("repeats", "email"),
    "get_mailer().send(x)": ("repeats", "email"),
    "sms_gateway.send(x)": ("repeats", "sms"),
    "slack.chat_postMessage(x)": ("repeats", "chat"),
    "self.stripe.charges.create(x)": ("", ""),
    "stripe_client.charge(x)": ("repeats", "payment"),
    "thing.logger.info(x)": ("log", "log"),
    "db.orders.insert_one(x)": ("create", "database"),
    "x.send(y)": ("", ""),
    "queue.put(y)": ("", ""),
    "thing.compute(x)": ("", ""),
}
NOTHING = ["helper()", "str(x)", "Order.mark_sent(x)", "math.sqrt(x)", "x()"]


def meaning(line: str) -> Meaning:
    """What the outermost call of a line means, inside a function of x."""
    source = f"{HEAD}{IMPORTS}\nimport math\ndef helper(): pass\ndef job(self, x):\n    {line}\n"
    flows = project({"models.py": MODELS, "tasks.py": source})
    ref = FunctionRef("tasks.py", "job")
    scope = flows.resolver.scope(ref)
    outer = list(calls(flows.resolver.index.body(ref) or ()))[-1]
    return flows.meanings.of(outer, flows.resolver.entity(outer.callee, scope), scope)


@pytest.mark.parametrize(("line", "expected"), BY_PATH.items())
def test_by_path(line: str, expected: tuple[str, str]) -> None:
    found = meaning(line)
    assert (found.role, found.kind) == expected


@pytest.mark.parametrize(("line", "expected"), BY_CHAIN.items())
def test_by_chain(line: str, expected: tuple[str, str]) -> None:
    found = meaning(line)
    assert (found.role, found.model, found.kind) == (*expected, "database")


@pytest.mark.parametrize(("line", "expected"), BY_SPELLING.items())
def test_by_spelling(line: str, expected: tuple[str, str]) -> None:
    found = meaning(line)
    assert (found.role, found.kind) == expected


@pytest.mark.parametrize("line", NOTHING)
def test_calls_that_mean_nothing_here(line: str) -> None:
    assert meaning(line).role == ""


def test_a_name_speaks_only_where_the_callee_cannot_be_followed() -> None:
    flows = project({"tasks.py": "def send_mail(x): pass\ndef job(x):\n    send_mail(x)\n"})
    ref = FunctionRef("tasks.py", "job")
    scope = flows.resolver.scope(ref)
    (call,) = calls(flows.resolver.index.body(ref) or ())
    assert flows.meanings.of(call, flows.resolver.entity(call.callee, scope), scope).role == ""


def test_an_object_of_which_nothing_is_known_speaks_by_its_name() -> None:
    handed = {"request": External("builtins.object()")}
    source = "def job(request):\n    request.db.add(Order())\n    request.db.query(Order).first()\n"
    found = flow(source, handle=handed)
    assert found.touches == ("database",)
    assert covers(found) == ["unguarded"]

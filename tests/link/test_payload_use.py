"""Which keys of its document a job reads, and which of those every message must have."""

from __future__ import annotations

import pytest

from tests.link.flow_world import MESSAGE, flow
from tests.link.small import job, one

DATA = "bullmq.Job().data"

READS = {
    "after a test of another key": "    if data['kind'] == 'a':\n        print(data['x'])",
    "after a test that it is there": "    if 'x' in data:\n        print(data['x'])",
    "in the test itself": "    if 'x' in data and data['x']:\n        print(1)",
    "after one that leaves": "    if job.name != 'a':\n        return\n    print(data['x'])",
    "of either branch": "    if job.name == 'a':\n        print(1)\n    else:\n        print(data['x'])",
    "as a value": "    print(data['x'] if job.name == 'a' else 0)",
    "as an operand": "    print('x' in data and data['x'])",
    "where it may be missing": "    try:\n        print(data['x'])\n    except (KeyError, TypeError):\n        pass",
    "in a helper behind a test": "    if job.name == 'a':\n        show(data)",
    "in one of several helpers": "    {'a': show, 'b': hide}[job.name](data)",
}


@pytest.mark.parametrize("body", READS.values(), ids=READS)
def test_key_that_some_messages_need_is_optional(body: str) -> None:
    helpers = "def show(data):\n    print(data['x'])\ndef hide(data):\n    print(1)\n"
    found = flow(
        f"{helpers}async def job(job):\n    data = job.data\n{body}\n", handle=MESSAGE, document=DATA
    )
    assert [read.optional for read in found.reads if read.name == "x"] == [True]


NEEDED = {
    "plain": "    print(data['x'])",
    "after a test of the world": "    if Order.objects.count():\n        print(data['x'])",
    "after a test of the message is over": "    if job.name == 'a':\n        print(1)\n    print(data['x'])",
    "in a `try` for other errors": "    try:\n        print(data['x'])\n    except OSError:\n        raise",
    "in the test": "    if data['x'] == 'a':\n        print(1)",
}


@pytest.mark.parametrize("body", NEEDED.values(), ids=NEEDED)
def test_key_that_every_message_needs_is_not_optional(body: str) -> None:
    found = flow(f"async def job(job):\n    data = job.data\n{body}\n", handle=MESSAGE, document=DATA)
    assert [read.optional for read in found.reads] == [False]


PAYLOAD = """
from dataclasses import dataclass, field
from typing import ClassVar
import pydantic
"""
SCHEMAS = {
    "a model": ("class P(pydantic.BaseModel):\n    x: int\n    y: str = ''", "P.model_validate(data)"),
    "a model spread": ("class P(pydantic.BaseModel):\n    x: int\n    y: int = 3", "P(**data)"),
    "fields": (
        "class P(pydantic.BaseModel):\n    x: int = pydantic.Field(gt=0)\n    y: int = pydantic.Field(None)",
        "P(**data)",
    ),
    "an ellipsis": ("class P(pydantic.BaseModel):\n    x: int = ...\n    y: int | None = None", "P(**data)"),
    "a dataclass": (
        "@dataclass(frozen=True)\nclass P:\n    kind: ClassVar[str]\n    x: int\n    y: list = field(default_factory=list)",
        "P(**data)",
    ),
    "a base": ("class B(pydantic.BaseModel):\n    x: int\nclass P(B):\n    y: int = 1", "P.parse_obj(data)"),
}


@pytest.mark.parametrize(("cls", "made"), SCHEMAS.values(), ids=SCHEMAS)
def test_keys_of_a_class_that_the_document_is_read_into(cls: str, made: str) -> None:
    source = f"{PAYLOAD}{cls}\nasync def job(job):\n    data = job.data\n    print({made})\n"
    found = flow(source, handle=MESSAGE, document=DATA)
    assert [(read.name, read.optional) for read in found.reads] == [("x", False), ("y", True)]
    assert not found.reads_whole


UNTOLD = {
    "other names": "class P(pydantic.BaseModel):\n    x: int = pydantic.Field(alias='z')",
    "configured": "class P(pydantic.BaseModel):\n    model_config = {}\n    x: int",
    "configured by a class": "class P(pydantic.BaseModel):\n    class Config: pass\n    x: int",
    "a method of its own": "class P(pydantic.BaseModel):\n    x: int\n    def __init__(self, **data): ...",
    "an unseen base": "class P(unseen.Base):\n    x: int",
    "an unseen decorator": "@unseen\nclass P:\n    x: int",
    "nothing that makes it a record": "class P:\n    x: int",
}


@pytest.mark.parametrize("cls", UNTOLD.values(), ids=UNTOLD)
def test_class_that_does_not_tell_its_keys_reads_the_whole_document(cls: str) -> None:
    source = f"{PAYLOAD}import unseen\n{cls}\nasync def job(job):\n    print(P(**job.data))\n"
    found = flow(source, handle=MESSAGE, document=DATA)
    assert (found.reads, found.reads_whole) == ((), True)


@pytest.mark.parametrize(
    ("annotation", "form"),
    [
        ("dict", "record"),
        ("dict[str, Any]", "record"),
        ("typing.Dict[str, object]", "record"),
        ("'dict[str, Any]'", "record"),
        ("dict[int, int | None]", "typed"),
        ("'dict[str, str]'", "typed"),
        ("Order", "typed"),
    ],
)
def test_what_an_annotation_tells_of_a_parameter(annotation: str, form: str) -> None:
    text = f"from celery import shared_task\n@shared_task\ndef send(order: {annotation}): ...\n"
    assert [parameter.form for parameter in job(one(text)).job.parameters] == [form]

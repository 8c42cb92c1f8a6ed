"""Which kinds of values each framework refuses to carry, one by one, against what jobcheck says of it."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import datetime as dt
import enum
import fractions
import ipaddress
import pathlib
import re
import threading
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import redis
from kombu.exceptions import EncodeError
from kombu.serialization import dumps
from pydantic import BaseModel

from jobcheck.frameworks import JSON_REFUSES
from jobcheck.frameworks.celery.options import PICKLE_REFUSES, REFUSED

from .conftest import Bench, Line

Make = Callable[..., Bench]


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int


class Model(BaseModel):
    x: int = 1


def samples() -> dict[str, Any]:
    return {
        "Decimal": Decimal("9.90"),
        "Fraction": fractions.Fraction(1, 3),
        "IP address": ipaddress.ip_address("127.0.0.1"),
        "UUID": uuid.UUID(int=1),
        "bytearray": bytearray(b"a"),
        "bytes": b"a",
        "class": Point,
        "complex number": complex(1, 2),
        "date": dt.date(2024, 2, 29),
        "datetime": dt.datetime(2024, 2, 29),
        "deque": collections.deque([1]),
        "enum": Colour.RED,
        "exception": OSError("down"),
        "function": lambda: None,
        "iterator": iter([1]),
        "lock": threading.Lock(),
        "memoryview": memoryview(b"a"),
        "object": Point(1),
        "open file": open(__file__),
        "path object": pathlib.Path("a"),
        "pattern": re.compile("a"),
        "pydantic model": Model(),
        "range": range(3),
        "set": {1},
        "time": dt.time(12, 30),
        "timedelta": dt.timedelta(1),
    }


def close(values: dict[str, Any]) -> None:
    values["open file"].close()


def test_every_kind_has_a_sample() -> None:
    values = samples()
    close(values)
    assert set(values) == JSON_REFUSES


def test_celery_refuses_what_is_said() -> None:
    values = samples()
    refused = set()
    for kind, value in values.items():
        try:
            dumps({"value": [value]}, "json")
        except EncodeError:
            refused.add(kind)
    close(values)
    assert refused == REFUSED


@pytest.mark.parametrize("kind", sorted(PICKLE_REFUSES - {"iterator"}))
def test_pickle_refuses_what_is_said(kind: str) -> None:
    values = samples()
    with pytest.raises(EncodeError):
        dumps(values[kind], "pickle")
    close(values)


def test_pickle_refuses_a_generator() -> None:
    with pytest.raises(EncodeError):
        dumps((n for n in [1]), "pickle")


def test_bullmq_refuses_what_is_said(line: Callable[..., Line]) -> None:
    values = samples()

    async def scenario() -> set[str]:
        here, refused = line(), set()
        for kind, value in values.items():
            try:
                await here.queue.add("job", {"value": [value]})
            except TypeError:
                refused.add(kind)
        await here.queue.close()
        return refused

    assert asyncio.run(scenario()) == JSON_REFUSES
    close(values)


def test_celery_fails_a_job_whose_result_it_cannot_store(bench: Make) -> None:
    here, ran = bench(), []

    @here.task
    def words(text: str) -> set[str]:
        ran.append(text)
        return set(text.split())

    words.delay("a b")
    (run,) = here.work()
    assert ran == ["a b"]
    assert words.AsyncResult(run.id).state == "FAILURE"


def test_celery_stores_no_result_of_a_job_that_ignores_it(bench: Make) -> None:
    here = bench()

    @here.task(ignore_result=True)
    def words(text: str) -> set[str]:
        return set(text.split())

    words.delay("a b")
    (run,) = here.work()
    assert run.state == "SUCCESS"


def test_celery_dumps_models_of_a_task_that_takes_them(bench: Make) -> None:
    here, seen = bench(), []

    @here.task(pydantic=True)
    def take(model: Model) -> Model:
        seen.append(model)
        return model

    take.delay(Model(x=3))
    (run,) = here.work()
    assert (seen, run.state) == ([Model(x=3)], "SUCCESS")


def test_celery_messages_lie_readable_in_the_broker(bench: Make) -> None:
    here = bench()

    @here.task
    def invite(password: str) -> None:
        pass

    invite.delay("hunter2")
    with here.app.connection_for_read() as connection:
        message = connection.SimpleQueue(here.app.conf.task_default_queue).get(block=False)
        assert "hunter2" in str(message.payload)
        assert "hunter2" in message.headers["argsrepr"]


def test_bullmq_messages_lie_readable_in_redis(line: Callable[..., Line]) -> None:
    async def scenario() -> str:
        here = line()
        job = await here.queue.add("job", {"password": "hunter2"})
        client = redis.Redis.from_url(here.url, decode_responses=True)
        stored = client.hget(f"bull:{here.queue.name}:{job.id}", "data")
        client.close()
        await here.queue.close()
        return str(stored)

    assert "hunter2" in asyncio.run(scenario())

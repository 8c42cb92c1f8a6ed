"""What values are that are no plain data."""

from __future__ import annotations

import pytest

from jobcheck.link.contents import keys, secret, thing
from tests.link.project import entity_at, project, value_of

SOURCE = """
import datetime, enum, uuid
from dataclasses import dataclass
from django.db import models
from typing import NamedTuple, Optional, Union
from elsewhere import Base

class Colour(enum.Enum):
    RED = "red"
    def paint(self): ...
class Word(str, enum.Enum):
    YES = "yes"
@dataclass
class Point:
    x: int
class Pair(NamedTuple):
    x: int
class Strange(Base):
    pass
class Spelt:
    def __json__(self): ...
class Call(models.Model):
    at = models.DateTimeField()
call = Call.objects.get(pk=1)
names = {"a"}
now = datetime.datetime.now()
def f(point: Point, maybe: Optional[Point], either: Point | str, colour: Colour): ...
"""
THINGS = {
    "{1, 2}": "set",
    "names": "set",
    "sorted(names)": "",
    "frozenset([1])": "set",
    "{n for n in names}": "set",
    "(n for n in names)": "iterator",
    "[n for n in names]": "",
    "Colour.RED": "enum",
    "Colour.RED.value": "",
    "Word.YES": "",
    "Point(1)": "object",
    "Pair(1)": "",
    "Strange()": "",
    "Spelt()": "",
    "Point": "class",
    "lambda: 1": "function",
    "f": "function",
    "b'a'": "bytes",
    "uuid.uuid4()": "UUID",
    "str(uuid.uuid4())": "",
    "datetime.timedelta(1)": "timedelta",
    "datetime.timedelta(1).total_seconds()": "",
    "now": "datetime",
    "now + datetime.timedelta(1)": "datetime",
    "now - now": "timedelta",
    "1 + 2": "",
    "call.at": "datetime",
    "{'a': [{'b': names}]}": "set",
    "[[[[[names]]]]]": "",
    "open('a')": "open file",
    "ValueError('a')": "exception",
    "3": "",
}


@pytest.mark.parametrize(("text", "kind"), THINGS.items())
def test_thing(text: str, kind: str) -> None:
    resolver = project({"m.py": SOURCE})
    resolver.is_row = lambda path: path.endswith(".objects.get()")
    assert thing(resolver, entity_at(resolver, "m.py", text), value_of(text)) == kind


@pytest.mark.parametrize(
    ("name", "kind"), [("point", "object"), ("maybe", ""), ("either", ""), ("colour", "enum")]
)
def test_parameter_is_what_its_annotation_says_if_that_leaves_no_choice(name: str, kind: str) -> None:
    resolver = project({"m.py": SOURCE})
    assert thing(resolver, entity_at(resolver, "m.py", name, "f"), value_of(name)) == kind


MADE = {
    "secrets.token_urlsafe(8)": "secrets.token_urlsafe()",
    "f'https://x/{code}'": "secrets.token_hex()",
    "str(code)": "secrets.token_hex()",
    "{'a': [code]}": "secrets.token_hex()",
    "code or 3": "secrets.token_hex()",
    "len(code)": "",
    "'code'": "",
}


@pytest.mark.parametrize(("text", "path"), MADE.items())
def test_secret(text: str, path: str) -> None:
    resolver = project({"m.py": "import secrets\ncode = secrets.token_hex() if x else 3"})
    assert secret(resolver, entity_at(resolver, "m.py", text)) == path


def test_keys_of_records_within_one_another() -> None:
    resolver = project({"m.py": "x = {'a': [{'b': {'c': 1}}], 'd': 2}"})
    assert list(keys(resolver, entity_at(resolver, "m.py", "x"))) == ["a", "d", "b", "c"]

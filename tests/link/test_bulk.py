"""How much values carry, and which columns they are read from."""

from __future__ import annotations

import pytest

from jobcheck.link.bulk import bulk, column
from jobcheck.link.entities import Bound
from jobcheck.model import FunctionRef
from tests.link.flow_world import VOCABULARY
from tests.link.project import entity_at, project, value_of

SOURCE = """
import base64
from django.db import models
from shop.models import Order

class Own(models.Model):
    status = models.CharField()

order = Order.objects.get(pk=1)
file = open("a")
content = file.read()
def f(own: Own, other): ...
"""
BULK = {
    "file.read()": "file",
    "content": "file",
    "base64.b64encode(file.read()).decode()": "file",
    "[content]": "file",
    "file.read(100)": "",
    "file.name": "",
    "list(Order.objects.values_list('id'))": "rows",
    "list(Order.objects.values_list('id')[:9])": "",
    "[o.id for o in Order.objects.filter(open=True)]": "rows",
    "[o.id for o in Order.objects.all()[:9]]": "",
    "[o.id for o in Order.objects.filter(basket=order)]": "",
    "[o for o in names]": "",
    "Order.objects.count()": "",
    "3": "",
}


@pytest.mark.parametrize(("text", "kind"), BULK.items())
def test_bulk(text: str, kind: str) -> None:
    resolver = project({"m.py": SOURCE})
    assert bulk(resolver, entity_at(resolver, "m.py", text), value_of(text)) == kind


@pytest.mark.parametrize(
    ("text", "name"),
    [("order.status", "status"), ("own.status", "status"), ("other.status", ""), ("order", ""), ("3", "")],
)
def test_column(text: str, name: str) -> None:
    resolver = project({"m.py": SOURCE})
    resolver.is_row = VOCABULARY.is_row
    assert column(resolver, Bound(value_of(text), resolver.scope(FunctionRef("m.py", "f")))) == name

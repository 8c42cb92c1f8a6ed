"""What chooses the rows a job works on, and where its payload goes."""

from __future__ import annotations

import pytest

from tests.link.flow_world import flow

MODELS = """
from django.db import models
from elsewhere import Base, OwnManager

class Plain(models.Model):
    tenant = models.ForeignKey("Tenant")
    status = models.CharField()
    def tenant_name(self): ...

class Managed(models.Model):
    objects = OwnManager()

class Based(Base, models.Model):
    status = models.CharField()
"""
QUERIES = {
    "Plain.objects.get(pk=a)": (("pk",), ("a",), True),
    "Plain.objects.get(pk=int(a))": (("pk",), ("a",), True),
    "Plain.objects.filter(pk=a, tenant_id=b).first()": (("pk", "tenant_id"), ("a", "b"), True),
    "Plain.objects.filter(Q(pk=a), order__tenant=b).exists()": (("pk", "order", "tenant"), ("a", "b"), True),
    "Plain.objects.filter(status='x').delete()": (("status",), (), True),
    "Plain.objects.select_related('x').order_by('y').get(pk=a)": (("pk",), ("a",), True),
    "Plain.objects.exclude(tenant=b).get(pk=a)": (("pk",), ("a", "b"), True),
    "Plain.objects.filter(pk=other()).first()": (("pk",), (), False),
    "Plain.objects.filter(**more).first()": ((), (), False),
    "Plain.objects.visible().get(pk=a)": (("pk",), ("a",), False),
    "Based.objects.get(pk=a)": (("pk",), ("a",), False),
    "load(a)": (("pk",), ("a",), True),
    "load(3)": (("pk",), (), True),
    "load(other())": (("pk",), (), False),
}
SOURCE = """
from django.db.models import Q
from rows import Based, Managed, Plain
from elsewhere import other

def load(x):
    return Plain.objects.filter(pk=x).first()

def job(a, b):
    {}
"""


@pytest.mark.parametrize(("text", "expected"), QUERIES.items())
def test_query(text: str, expected: object) -> None:
    found = flow(SOURCE.format(text), files={"rows.py": MODELS}).queries[-1]
    assert (found.by, found.fields, found.plain) == expected


def test_columns_are_what_the_model_and_its_bases_declare() -> None:
    (found,) = flow(SOURCE.format("Plain.objects.get(pk=a)"), files={"rows.py": MODELS}).queries
    assert (found.model, found.columns) == ("Plain", ("status", "tenant"))


def test_loop_over_rows_is_a_query_and_what_is_done_to_a_row_is_none() -> None:
    body = "for row in Plain.objects.filter(status=a):\n        row.save()\n        row.delete()"
    (found,) = flow(SOURCE.format(body), files={"rows.py": MODELS}).queries
    assert (found.by, found.fields) == (("status",), ("a",))


USES = {
    "verify(a)": [("a", "verify", False)],
    "print(f'{a}', [b])": [("a", "print", True), ("b", "print", True)],
    "load(b)": [("b", "load", True), ("b", "filter", True)],
}


@pytest.mark.parametrize(("text", "expected"), USES.items())
def test_uses(text: str, expected: object) -> None:
    source = SOURCE.replace("import other", "import other, verify").format(text)
    found = flow(source, files={"rows.py": MODELS}).uses
    assert [(use.field, use.call, use.known) for use in found] == expected


def test_comparison_is_a_use() -> None:
    found = flow(
        SOURCE.format("if not (a == 3 and other(b)):\n        raise ValueError"), files={"rows.py": MODELS}
    )
    assert [(use.field, use.call) for use in found.uses] == [("a", "=="), ("b", "other")]

"""A row with a unique key of its model is not created twice."""

from __future__ import annotations

import pytest

from jobcheck.model import Write
from tests.link.flow_world import flow

DJANGO = "from django.db import models\nclass Invoice(models.Model):\n"
ALCHEMY = """
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
class Base(DeclarativeBase): pass
class Invoice(Base):
"""
CREATE = "Invoice.objects.create(number=number, order_id=order)"
REFUSED = {
    "unique column": (f"{DJANGO}    number = models.CharField(unique=True)", CREATE),
    "primary key": (f"{DJANGO}    number = models.CharField(primary_key=True)", CREATE),
    "what a look-up answers": (
        f"{DJANGO}    number = models.CharField(unique=True)",
        "Invoice.objects.create(number=requests.get('https://bill.example').json()['number'])",
    ),
    "one to one": (f"{DJANGO}    order = models.OneToOneField('Order')", CREATE),
    "its own id": (f"{DJANGO}    note = models.TextField()", "Invoice.objects.create(pk=number)"),
    "together": (f"{DJANGO}    class Meta:\n        unique_together = ('order', 'number')", CREATE),
    "one of several": (
        f"{DJANGO}    class Meta:\n        unique_together = [('note', 'day'), ('order', 'number')]",
        CREATE,
    ),
    "constraint": (
        (
            f"{DJANGO}    class Meta:\n        constraints = [models.CheckConstraint(), "
            "models.UniqueConstraint(fields=['order', 'number'], name='once')]"
        ),
        CREATE,
    ),
    "saved": (f"{DJANGO}    number = models.CharField(unique=True)", "Invoice(number=number).save()"),
    "column of SQLAlchemy": (
        f"{ALCHEMY}    number: Mapped[str] = mapped_column(unique=True)",
        "Session().add(Invoice(number=number))",
    ),
    "constraint of SQLAlchemy": (
        f"{ALCHEMY}    __table_args__ = (UniqueConstraint('number', 'order_id'),)",
        "Session().add(Invoice(number=number, order_id=order))",
    ),
}
MADE = {
    "saved": (f"{DJANGO}    number = models.CharField()", "Invoice(number=number).save()"),
    "no unique column": (f"{DJANGO}    number = models.CharField()", CREATE),
    "unique column not given": (f"{DJANGO}    code = models.CharField(unique=True)", CREATE),
    "not unique": (f"{DJANGO}    number = models.CharField(unique=False)", CREATE),
    "new each time": (
        f"{DJANGO}    number = models.CharField(unique=True)",
        "Invoice.objects.create(number=uuid.uuid4())",
    ),
    "what a service answers": (
        f"{DJANGO}    number = models.CharField(unique=True)",
        "Invoice.objects.create(number=requests.post('https://bill.example').json()['number'])",
    ),
    "what a service answers, by a name": (
        f"{DJANGO}    number = models.CharField(unique=True)",
        "answer = stripe.Charge.create(amount=1); Invoice.objects.create(number=answer['id'])",
    ),
    "one of two": (f"{DJANGO}    class Meta:\n        unique_together = ('day', 'number')", CREATE),
    "columns that cannot be told": (f"{DJANGO}    class Meta:\n        unique_together = COLUMNS", CREATE),
    "only some rows": (
        (
            f"{DJANGO}    class Meta:\n        constraints = "
            "[models.UniqueConstraint(fields=['number'], condition=OPEN)]"
        ),
        CREATE,
    ),
}


def created(model: str, body: str) -> int:
    found = flow(f"import uuid\n{model}\ndef job(number, order):\n    {body}\n")
    return sum(isinstance(act.what, Write) for act in found.acts)


@pytest.mark.parametrize(("model", "body"), REFUSED.values(), ids=REFUSED)
def test_row_that_is_refused_the_second_time(model: str, body: str) -> None:
    assert created(model, body) == 0


@pytest.mark.parametrize(("model", "body"), MADE.values(), ids=MADE)
def test_row_that_is_made_again(model: str, body: str) -> None:
    assert created(model, body) == 1

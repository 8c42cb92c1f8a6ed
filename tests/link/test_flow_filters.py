"""Rows chosen by their state, raw statements and addresses, in the forms that other tests leave out."""

from __future__ import annotations

import pytest

from jobcheck.model import Write
from tests.link.flow_world import covers, flow

SQLALCHEMY = """
from sqlalchemy import Boolean, Column, Integer, insert, select, text, update
from sqlalchemy.orm import Session, declarative_base
Base = declarative_base()
class Parcel(Base):
    __tablename__ = "parcels"
    id = Column(Integer, primary_key=True)
    sent = Column(Boolean)
session = Session()
"""
ROWS = """
def job():
    for parcel in {chosen}:
        send_mail("s", "b", None, ["x"])
        parcel.sent = {mark}
        {save}
"""
DJANGO_ROWS = {
    "Q": "Order.objects.filter(Q(sent=False))",
    "Q of several": "Order.objects.filter(Q(status='new') & Q(sent=False))",
    "mapping": "Order.objects.filter(**{'sent': False})",
    "isnull": "Order.objects.filter(sent__isnull=True)",
}


@pytest.mark.parametrize("chosen", DJANGO_ROWS.values(), ids=DJANGO_ROWS)
def test_rows_chosen_by_what_the_job_changes_are_guarded(chosen: str) -> None:
    head = "from django.db.models import Q\n"
    recorded = ROWS.format(chosen=chosen, mark=True, save="parcel.save()")
    assert covers(flow(head + recorded)) == ["guarded"]
    assert covers(flow(head + ROWS.format(chosen=chosen, mark=True, save="pass"))) != ["guarded"]


SESSION_ROWS = {
    "is_": "session.query(Parcel).filter(Parcel.sent.is_(False))",
    "is_not": "session.query(Parcel).filter(Parcel.sent.is_not(True))",
    "compared": "session.query(Parcel).filter(Parcel.sent == False)",
    "compared and chosen": "session.query(Parcel).filter(Parcel.id == 3, Parcel.sent == False)",
    "filter_by": "session.query(Parcel).filter_by(sent=False)",
}


@pytest.mark.parametrize("chosen", SESSION_ROWS.values(), ids=SESSION_ROWS)
def test_rows_of_a_session_chosen_by_what_the_job_changes_are_guarded(chosen: str) -> None:
    assert covers(flow(SQLALCHEMY + ROWS.format(chosen=chosen, mark=True, save="session.commit()"))) == [
        "guarded"
    ]
    other = "session.query(Parcel).filter(Parcel.id == 3)"
    assert covers(flow(SQLALCHEMY + ROWS.format(chosen=other, mark=True, save="session.commit()"))) == [
        "unguarded"
    ]


STATEMENTS = {
    "insert": ("session.execute(insert(Parcel).values(sent=True))", ["create"]),
    "insert of a mapping": ("session.execute(insert(Parcel).values({'sent': True}))", ["create"]),
    "update to a value": ("session.execute(update(Parcel).where(Parcel.id == 1).values(sent=True))", []),
    "update that grows": (
        "session.execute(update(Parcel).where(Parcel.id == 1).values(weight=Parcel.weight + 1))",
        ["increment"],
    ),
    "update of columns that grows": (
        "session.execute(update(Parcel).values({Parcel.weight: Parcel.weight + 1}))",
        ["increment"],
    ),
    "select": ("session.execute(select(Parcel))", []),
    "raw insert": ("session.execute(text('INSERT INTO parcels (id) VALUES (1)'))", ["create"]),
    "raw upsert": (
        "session.execute(text('INSERT INTO parcels (id) VALUES (1) ON CONFLICT DO NOTHING'))",
        [],
    ),
    "raw insert of a constant": ("session.execute(text(ADD))", ["create"]),
    "raw insert of a text for many": ("session.execute(ADD_TEXT)", ["create"]),
    "raw insert put together": (
        "session.execute(text('INSERT INTO ' + f'parcels (id) VALUES ({n})'))",
        ["create"],
    ),
    "raw statement that cannot be told": ("session.execute(text(n))", []),
}


@pytest.mark.parametrize(("statement", "writes"), STATEMENTS.values(), ids=STATEMENTS)
def test_statements_write_what_they_say(statement: str, writes: list[str]) -> None:
    constants = "ADD = 'INSERT INTO parcels (id) VALUES (1)'\nADD_TEXT = text(ADD)\n"
    found = flow(f"{SQLALCHEMY}{constants}def job(n):\n    {statement}\n")
    assert [act.what.kind for act in found.acts if isinstance(act.what, Write)] == writes


ADDRESSES = {
    "literal": "'https://x.example/v1/token'",
    "template": "f'{BASE}/v1/token'",
    "sum": "BASE + '/token'",
    "constant": "TOKEN",
    "joined": "urljoin(BASE, 'token')",
    "made before": "address",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_a_request_for_a_token_repeats_nothing(address: str) -> None:
    head = "from urllib.parse import urljoin\nBASE = 'https://x.example'\nTOKEN = BASE + '/token'\n"
    body = f"def job(n):\n    address = urljoin(BASE, 'token')\n    requests.post({address}, data=n)\n"
    assert covers(flow(head + body)) == []
    assert covers(flow(head + body.replace("token", "orders").replace("TOKEN", "BASE"))) == ["unguarded"]


@pytest.mark.parametrize("leaving", ["return", "raise ValueError", "pass"])
def test_what_is_recorded_in_finally_is_recorded_on_every_way_out(leaving: str) -> None:
    body = f"""
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    try:
        send_mail("s", "b", None, [order.email])
        if order_id > 3:
            {leaving}
    finally:
        {{record}}
"""
    assert covers(flow(body.format(record="order.mark_sent()"))) == ["guarded"]
    assert covers(flow(body.format(record="print(order)"))) == ["unrecorded"]

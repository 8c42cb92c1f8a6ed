"""Rows that are chosen, replaced, listed, lengthened: what a second run finds of them."""

from __future__ import annotations

import pytest

from jobcheck.model import Write
from tests.link.flow_world import covers, flow

CHOSEN = """
from django.db.models import Q
def job():
    wanted = Q(kind="new")
    wanted &= ~Q(kind="old")
    wanted &= Q({field}=False)
    letters = []
    for order in Order.objects.filter(wanted):
        letters.append(order.email)
    send_all(letters)
    Order.objects.filter(kind="new").update(sent=True, kind="seen")

def send_all(letters):
    send_mail("s", "b", None, letters)
"""


@pytest.mark.parametrize(
    ("field", "state"), [("sent", "unknown"), ("done", "unguarded"), ("kind", "unguarded")]
)
def test_an_act_on_rows_chosen_by_a_field_is_doubted_when_that_field_is_set(field: str, state: str) -> None:
    assert covers(flow(CHOSEN.format(field=field))) == [state]


SEARCHED = """
def job(text):
    for receipt in Receipt.objects.filter(kind="new"):
        if receipt.text == text:
            receipt.touch()
            {found}
    else:
        Receipt.objects.create(text=text)
"""


@pytest.mark.parametrize(("found", "state"), [("break", "unknown"), ("pass", "unguarded")])
def test_a_row_created_where_a_loop_found_none_is_doubted(found: str, state: str) -> None:
    assert covers(flow(SEARCHED.format(found=found))) == [state]


STORED = """
from prefs import Site
def job():
    site, answer = Site(), requests.get("https://news.example").json()
    if answer != site.settings.last_answer:
        send_mail("s", "b", None, ["x"])
    {after}
"""
PREFS = "from library import Holder\nclass Site(Holder):\n    name = 'site'\n"


@pytest.mark.parametrize(
    ("after", "state"), [("site.settings.set('last_answer', answer)", "unknown"), ("return", "unguarded")]
)
def test_what_a_library_keeps_for_an_object_may_be_the_record(after: str, state: str) -> None:
    assert covers(flow(STORED.format(after=after), files={"prefs.py": PREFS})) == [state]


REPLACED = """
def job(day):
    def fill():
        Receipt.objects.create(day=day)
    {before}
    fill()
"""


@pytest.mark.parametrize(
    ("before", "states"),
    [
        ("Receipt.objects.filter(day=day).delete()", []),
        ("Order.objects.filter(day=day).delete()", ["unguarded"]),
    ],
)
def test_rows_that_were_deleted_may_be_filled_in_by_a_helper(before: str, states: list[str]) -> None:
    assert covers(flow(REPLACED.format(before=before))) == states


LISTED = """
def use_up(rows):
    for index, row in enumerate(sorted(rows, key=lambda row: row.pk)):
        print(index, row)
    for row in rows:
        {each}

def job(ids):
    rows = Receipt.objects.filter(pk__in=ids)
    rows = list(rows.select_related("order"))
    if len(rows) == 0:
        raise ValueError("nothing left")
    send_mail("s", "b", None, ["x"])
    use_up(rows)
"""


@pytest.mark.parametrize(("each", "state"), [("row.delete()", "unknown"), ("print(row)", "unguarded")])
def test_rows_of_a_list_are_gone_once_each_was_deleted(each: str, state: str) -> None:
    assert covers(flow(LISTED.format(each=each))) == [state]


UNSEEN = """
def job(order_id):
    order = Order.objects.select_for_update().get(pk=order_id)
    if not order.may_be_left():
        raise ValueError("too late")
    send_mail("s", "b", None, [order.email])
    {after}
"""


@pytest.mark.parametrize(
    ("after", "state"),
    [
        ("order.status = 'left'; order.save()", "unknown"),
        ("Receipt.objects.filter(pk=1).update(note='x')", "unguarded"),
    ],
)
def test_a_method_that_cannot_be_followed_may_read_what_is_written_to_its_row(after: str, state: str) -> None:
    assert covers(flow(UNSEEN.format(after=after))) == [state]


INSTALLED = """
from forum.models import Thread
from forum.forms import ThreadForm
def job(title):
    thread = {made}
    thread.save()
"""


@pytest.mark.parametrize(
    ("made", "states"),
    [
        ("Thread(title=title)", ["unguarded"]),
        ("Thread.objects.get(title=title)", []),
        ("ThreadForm(title)", []),
    ],
)
def test_a_row_of_an_installed_package_s_model_is_created_by_saving_it(made: str, states: list[str]) -> None:
    found = flow(INSTALLED.format(made=made))
    assert [act.cover.state for act in found.acts if isinstance(act.what, Write)] == states


LENGTHENED = """
def job(order_id, item):
    order = Order.objects.get(pk=order_id)
    {test}order.items.append(item){after}
"""


@pytest.mark.parametrize(
    ("test", "after", "acts"),
    [
        ("", "; order.save()", [("append", "unguarded")]),
        ("", "", []),
        ("if item not in order.items: ", "; order.save()", [("append", "guarded")]),
    ],
)
def test_a_list_that_a_row_holds_is_longer_once_it_is_saved(
    test: str, after: str, acts: list[tuple[str, str]]
) -> None:
    found = flow(LENGTHENED.format(test=test, after=after))
    assert [(act.what.kind, act.cover.state) for act in found.acts] == acts


NAMED = """
def {name}(order_id):
    push(order_id)
def push(order_id):
    requests.post("https://shop.example/orders", json={{"order": order_id}})
def job(order_id):
    {name}(order_id)
"""


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("disconnect_order", []),
        ("sync", []),
        ("sync_order", ["unguarded"]),
        ("get_or_make_order", ["unguarded"]),
        ("announce_order", ["unguarded"]),
    ],
)
def test_a_function_on_the_way_may_say_that_a_request_does_no_harm(name: str, states: list[str]) -> None:
    assert covers(flow(NAMED.format(name=name))) == states


@pytest.mark.parametrize(("name", "states"), [("send_queued_mail", []), ("send_order_mail", ["unguarded"])])
def test_a_library_sends_what_it_has_queued_only_once(name: str, states: list[str]) -> None:
    assert covers(flow(f"from outbox import {name}\ndef job():\n    {name}()\n")) == states

"""What may keep a second run from repeating an act and cannot be proven to: it is not called unguarded."""

from __future__ import annotations

import pytest

from jobcheck.model import Effect
from tests.link.flow_world import MODELS, TASK, covers, flow

MAIL = 'send_mail("s", "b", None, ["a@b"])'
BODIES = """
class Note(models.Model):
    order = models.ForeignKey(Order, related_name="remarks")

class CachedPage(models.Model):
    order = models.ForeignKey(Order)
"""
FILES = {"models.py": MODELS + BODIES}


def states(body: str) -> list[str]:
    return covers(flow(f"from models import CachedPage, Note\n{body}", files=FILES, handle=TASK))


GUARDED = {
    "the row of the message is deleted": f"""
def job(order_id):
    try:
        order = Order.objects.get(pk=order_id)
    except Order.DoesNotExist:
        return
    {MAIL}
    order.delete()
""",
    "the first row found is deleted": f"""
def job(order_id):
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        return
    {MAIL}
    order.delete()
""",
    "a relation that the model names": f"""
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.remarks.exists():
        return
    {MAIL}
    Note.objects.get_or_create(order=order)
""",
    "recorded where the answer was good": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    answer = requests.post("https://example.org/orders")
    if answer.status_code != 201:
        return
    order.sent = True
    order.save()
""",
    "recorded where a helper says that it went well": """
def send():
    answer = requests.post("https://example.org/orders")
    return answer.ok
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    done = send()
    if done:
        order.sent = True
        order.save()
""",
}
UNKNOWN = {
    "deleted on some path": f"""
def job(order_id, keep):
    order = Order.objects.get(pk=order_id)
    {MAIL}
    if not keep:
        order.delete()
""",
    "worked out from the field that is written": f"""
import json
def job(order_id):
    order = Order.objects.get(pk=order_id)
    before = json.loads(order.seen)
    fresh = [key for key in before if key]
    if not fresh:
        return
    {MAIL}
    order.seen = "[]"
    order.save()
""",
    "a helper that returns rows in a dict": f"""
def load(order_id):
    found = {{}}
    for row in Order.objects.filter(pk=order_id):
        found[row.pk] = row
    return found
def job(order_id):
    order = load(order_id).get(order_id)
    if not order:
        return
    {MAIL}
    Order.objects.filter(pk=order_id).delete()
""",
    "the message's own id": f"""
def job(self, order_id):
    order = Order.objects.get(pk=order_id)
    if self.request.id != order.send_task_id:
        return
    {MAIL}
""",
    "entries of a cache, read at once": f"""
def job(ids):
    sent = cache.get_many(ids)
    for key in ids:
        if key not in sent:
            {MAIL}
            cache.set(key, True)
""",
    "columns that cannot be told": f"""
def job(name):
    rows = list(Order.objects.filter(**{{name: None}}))
    if not rows:
        return
    {MAIL}
    Order.objects.bulk_update(rows, [name])
""",
    "taken from a list": f"""
def pop_batch():
    return load()
def job():
    rows = pop_batch()
    if not rows:
        return
    {MAIL}
""",
    "the receiver refuses a second one": """
def job(name):
    try:
        requests.post("https://example.org/teams", json={"name": name})
    except requests.HTTPError as error:
        if error.response.status_code == 409:
            return
        raise
""",
}
UNGUARDED = {
    "a row that is only read": f"""
def job(order_id):
    order = Order.objects.get(pk=order_id)
    {MAIL}
""",
    "a row of another model is deleted": f"""
def job(order_id):
    order = Order.objects.get(pk=order_id)
    {MAIL}
    Receipt.objects.filter(order=order).delete()
""",
    "another field is written than the test depends on": f"""
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if len(order.address) > 5:
        return
    {MAIL}
    order.note = "x"
    order.save()
""",
    "a plain object, kept nowhere": f"""
class Draft:
    def __init__(self, order_id):
        self.text = read(order_id)
def written(order_id):
    draft = Draft(order_id)
    draft.text = draft.text.strip()
    return draft
def job(order_id):
    draft = written(order_id)
    if not draft.text:
        return
    {MAIL}
""",
    "both branches go on": f"""
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.total + 1 > 5:
        print("large")
    {MAIL}
    order.total = 3
    order.save()
""",
    "a limit on how many there are": f"""
def job(order_id):
    left = 10 - Note.objects.filter(order=order_id).count()
    if left <= 0:
        return
    {MAIL}
    Note.objects.get_or_create(order=order_id)
""",
    "another refusal": """
def job(name):
    try:
        requests.post("https://example.org/teams", json={"name": name})
    except requests.HTTPError as error:
        if error.response.status_code == 403:
            return
        raise
""",
}


def mailed(body: str) -> list[str]:
    found = flow(f"from models import CachedPage, Note\n{body}", files=FILES, handle=TASK)
    return [act.cover.state for act in found.acts if isinstance(act.what, Effect)]


@pytest.mark.parametrize("body", GUARDED.values(), ids=GUARDED)
def test_guarded(body: str) -> None:
    assert mailed(body) == ["guarded"]


@pytest.mark.parametrize("body", UNKNOWN.values(), ids=UNKNOWN)
def test_not_known(body: str) -> None:
    assert mailed(body) == ["unknown"]


@pytest.mark.parametrize("body", UNGUARDED.values(), ids=UNGUARDED)
def test_unguarded(body: str) -> None:
    assert mailed(body) == ["unguarded"]


def test_an_answer_that_is_tested_must_be_recorded_on_one_branch() -> None:
    body = """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    answer = requests.post("https://example.org/orders")
    if answer.ok:
        print("sent")
"""
    assert mailed(body) == ["unrecorded"]


CREATED = {
    "not there yet": (
        """
    known = set(Receipt.objects.values_list("number", flat=True))
    made = [Receipt(number=n) for n in numbers if n not in known]
    Receipt.objects.bulk_create(made)
""",
        ["unknown"],
    ),
    "not there yet, one by one": (
        """
    known = set(Receipt.objects.values_list("number", flat=True))
    for number in numbers:
        if number not in known:
            Receipt.objects.create(number=number)
""",
        ["unknown"],
    ),
    "what is there is of another model": (
        """
    known = set(Order.objects.values_list("number", flat=True))
    made = [Receipt(number=n) for n in numbers if n not in known]
    Receipt.objects.bulk_create(made)
""",
        ["unguarded"],
    ),
    "in the place of those deleted": (
        """
    Receipt.objects.all().delete()
    Receipt.objects.bulk_create([Receipt(number=n) for n in numbers])
""",
        [],
    ),
    "others were deleted": (
        """
    Order.objects.all().delete()
    Receipt.objects.bulk_create([Receipt(number=n) for n in numbers])
""",
        ["unguarded"],
    ),
    "thrown away after use": ("\n    CachedPage.objects.create(order_id=numbers)\n", []),
}


@pytest.mark.parametrize(("body", "expected"), CREATED.values(), ids=CREATED)
def test_rows_created(body: str, expected: list[str]) -> None:
    assert states(f"def job(numbers):{body}") == expected


REQUESTS = {
    "purge by its address": ('requests.post("https://cdn.example/purge/all")', False),
    "address put together": ('requests.post(f"{base}/tenants/unregister", json={})', False),
    "token": ('requests.post("https://example.org/oauth2/token")', False),
    "the host does not count": ('requests.post("https://search.example/orders")', True),
    "an order": ('requests.post("https://example.org/orders")', True),
    "stripe moves money": ('stripe.Refund.create(charge="c")', True),
}


@pytest.mark.parametrize(("line", "counts"), REQUESTS.values(), ids=REQUESTS)
def test_requests_that_do_no_harm(line: str, counts: bool) -> None:
    assert mailed(f"def job(base):\n    {line}\n") == (["unguarded"] if counts else [])


def test_what_moves_no_money_is_no_payment() -> None:
    found = flow('def job(): stripe.ApplePayDomain.create(domain_name="d")\n')
    assert [act.what.kind for act in found.acts] == ["http"]


AGAIN = """
class Again:
    def __init__(self, task, exc, times=3):
        self.task, self.exc = task, exc
    def __enter__(self):
        pass
    def __exit__(self, kind, value, trace):
        pass
"""


def missing(handler: str, manager: str = "Again(task=self, exc=Order.DoesNotExist)") -> list[str]:
    body = f"""{AGAIN}
import logging
def job(self, order_id):
    with {manager}:
        try:
            order = Order.objects.get(pk=order_id)
        except Order.DoesNotExist:
            {handler}
"""
    return [swallow.catches for swallow in flow(body, handle=TASK).swallows]


def test_a_handler_hides_what_the_manager_around_retries() -> None:
    assert missing("logging.warning('gone')\n            return") == ["Order.DoesNotExist"]


def test_a_handler_that_raises_leaves_it_to_the_manager() -> None:
    handler = "if self.request.retries < 5:\n                raise\n            return"
    assert missing(handler) == []


def test_a_manager_without_the_job_retries_nothing() -> None:
    assert missing("return", "Again(task=1, exc=Order.DoesNotExist)") == []


SUPPRESSED = """
from contextlib import suppress
import requests
def job(order_id):
    with suppress({types}):
        requests.post("https://example.org/orders")
"""


def test_suppress_is_a_handler() -> None:
    found = flow(SUPPRESSED.format(types="Exception"))
    assert [swallow.catches for swallow in found.swallows] == ["Exception"]


def test_suppress_of_a_narrow_error_hides_nothing() -> None:
    assert flow(SUPPRESSED.format(types="KeyError")).swallows == ()

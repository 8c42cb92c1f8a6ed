"""Each form of guard: with its record it covers the act, without it does not."""

from __future__ import annotations

import pytest

from jobcheck.link.filters import negated
from jobcheck.model import Effect, Write
from tests.link.flow_world import covers, flow

FLAG = """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    send_mail("s", "b", None, [order.email])
"""

GUARDED = {
    "flag, early return": FLAG
    + """
    order.sent = True
    order.save()
""",
    "flag, saved fields": FLAG
    + """
    order.sent = True
    order.save(update_fields=["sent"])
""",
    "flag, recorded by update": FLAG
    + """
    Order.objects.filter(pk=order_id).update(sent=True)
""",
    "flag, recorded by the model's method": FLAG
    + """
    order.mark_sent()
""",
    "nested branch": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if not order.sent:
        send_mail("s", "b", None, [order.email])
        order.sent = True
        order.save()
""",
    "early raise": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        raise ValueError("twice")
    send_mail("s", "b", None, [order.email])
    order.mark_sent()
""",
    "time stamp": """
from django.utils import timezone
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent_at is not None:
        return
    send_mail("s", "b", None, [order.email])
    order.sent_at = timezone.now()
    order.save()
""",
    "property": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.is_done:
        return
    send_mail("s", "b", None, [order.email])
    order.mark_sent()
""",
    "status compared": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.status != "pending":
        return
    send_mail("s", "b", None, [order.email])
    order.status = "sent"
    order.save()
""",
    "status of an enumeration": """
class Status:
    PENDING = "pending"
    DONE = "done"
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.status == Status.DONE:
        return
    send_mail("s", "b", None, [order.email])
    order.status = Status.DONE
    order.save()
""",
    "status in several": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.status in ("sent", "closed"):
        return
    send_mail("s", "b", None, [order.email])
    order.status = "sent"
    order.save()
""",
    "status through a name": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    status = order.status
    if status == "sent":
        return
    send_mail("s", "b", None, [order.email])
    order.status = "sent"
    order.save()
""",
    "match": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    match order.status:
        case "sent":
            return
        case _:
            send_mail("s", "b", None, [order.email])
            order.status = "sent"
            order.save()
""",
    "two flags": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent or order.cancelled:
        return
    send_mail("s", "b", None, [order.email])
    order.mark_sent()
""",
    "record looked up": """
def job(order_id):
    if DeliveryLog.objects.filter(order_id=order_id).exists():
        return
    send_mail("s", "b", None, ["x"])
    DeliveryLog.objects.create(order_id=order_id)
""",
    "record looked up through a name": """
def job(order_id):
    already = DeliveryLog.objects.filter(order_id=order_id).exists()
    if already:
        return
    send_mail("s", "b", None, ["x"])
    DeliveryLog.objects.create(order_id=order_id)
""",
    "record fetched": """
def job(order_id):
    log = DeliveryLog.objects.filter(order_id=order_id).first()
    if log is None:
        send_mail("s", "b", None, ["x"])
        DeliveryLog(order_id=order_id).save()
""",
    "record counted": """
def job(order_id):
    if DeliveryLog.objects.filter(order_id=order_id).count() > 0:
        return
    send_mail("s", "b", None, ["x"])
    DeliveryLog.objects.create(order_id=order_id)
""",
    "record missing": """
def job(order_id):
    try:
        DeliveryLog.objects.get(order_id=order_id)
    except DeliveryLog.DoesNotExist:
        send_mail("s", "b", None, ["x"])
        DeliveryLog.objects.create(order_id=order_id)
""",
    "get_or_create": """
def job(order_id):
    log, created = DeliveryLog.objects.get_or_create(order_id=order_id)
    if not created:
        return
    send_mail("s", "b", None, ["x"])
""",
    "cache.add": """
def job(order_id):
    if not cache.add(f"sent:{order_id}", 1):
        return
    send_mail("s", "b", None, ["x"])
""",
    "cache read and written": """
def job(order_id):
    key = f"sent:{order_id}"
    if cache.get(key):
        return
    send_mail("s", "b", None, ["x"])
    cache.set(key, 1)
""",
    "SET NX": """
import redis
client = redis.Redis()
def job(order_id):
    if not client.set(f"sent:{order_id}", 1, nx=True, ex=3600):
        return
    send_mail("s", "b", None, ["x"])
""",
    "setnx through a name": """
import redis
def job(order_id):
    fresh = redis.Redis().setnx("k", 1)
    if fresh:
        send_mail("s", "b", None, ["x"])
""",
    "conditional update": """
def job(order_id):
    if not Order.objects.filter(pk=order_id, sent=False).update(sent=True):
        return
    send_mail("s", "b", None, ["x"])
""",
    "conditional update counted": """
def job(order_id):
    changed = Order.objects.filter(pk=order_id, sent=False).update(sent=True)
    if changed != 1:
        return
    send_mail("s", "b", None, ["x"])
""",
    "unique violation": """
def job(order_id):
    try:
        DeliveryLog.objects.create(order_id=order_id)
    except IntegrityError:
        return
    send_mail("s", "b", None, ["x"])
""",
    "locked row": """
def job(order_id):
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.sent:
            return
        send_mail("s", "b", None, [order.email])
        order.sent = True
        order.save()
""",
    "unfinished rows": """
def job():
    for order in Order.objects.filter(sent=False):
        send_mail("s", "b", None, [order.email])
        order.sent = True
        order.save()
""",
    "unfinished rows, excluded": """
def job():
    for order in Order.objects.exclude(status="sent").iterator():
        send_mail("s", "b", None, [order.email])
        order.status = "sent"
        order.save()
""",
    "unfinished rows by a helper": """
def due():
    return Order.objects.filter(sent_at__isnull=True)
def job():
    for order in due():
        send_mail("s", "b", None, [order.email])
        Order.objects.filter(pk=order.pk).update(sent_at="now")
""",
    "rows deleted": """
def job():
    for order in Order.objects.filter(archived=True):
        send_mail("s", "b", None, [order.email])
        order.delete()
""",
    "skipped in a loop": """
def job(ids):
    for order in Order.objects.filter(pk__in=ids):
        if order.sent:
            continue
        send_mail("s", "b", None, [order.email])
        order.mark_sent()
""",
    "row found by its state": """
def job(order_id):
    order = Order.objects.filter(pk=order_id, sent=False).first()
    if order is None:
        return
    send_mail("s", "b", None, [order.email])
    order.sent = True
    order.save()
""",
    "document": """
from pymongo import MongoClient
db = MongoClient().shop
def job(order_id):
    order = db.orders.find_one({"_id": order_id})
    if order.get("sent"):
        return
    send_mail("s", "b", None, ["x"])
    db.orders.update_one({"_id": order_id}, {"$set": {"sent": True}})
""",
    "item": """
def job(order_id):
    order = db.orders.find_one({"_id": order_id})
    if order["sent"]:
        return
    send_mail("s", "b", None, ["x"])
    db.orders.update_one({"_id": order_id}, {"$set": {"sent": True}})
""",
    "raw SQL": """
from django.db import connection
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    send_mail("s", "b", None, ["x"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_order SET sent = true WHERE id = %s", [order_id])
""",
    "session": """
from sqlalchemy.orm import Session
from sqlalchemy.orm import DeclarativeBase
class Base(DeclarativeBase): pass
class Parcel(Base):
    pass
def job(parcel_id, session: Session):
    parcel = session.get(Parcel, parcel_id)
    if parcel.sent:
        return
    send_mail("s", "b", None, ["x"])
    parcel.sent = True
    session.commit()
""",
    "select": """
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Session
class Base(DeclarativeBase): pass
class Sent(Base):
    pass
def job(parcel_id, session: Session):
    if session.scalars(select(Sent).where(Sent.parcel == parcel_id)).first():
        return
    send_mail("s", "b", None, ["x"])
    session.add(Sent(parcel=parcel_id))
    session.commit()
""",
    "value of a select": """
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Session
class Base(DeclarativeBase): pass
class Sent(Base):
    pass
def job(parcel_id, session: Session):
    if session.scalar(select(Sent).where(Sent.parcel == parcel_id)) is not None:
        return
    send_mail("s", "b", None, ["x"])
    session.add(Sent(parcel=parcel_id))
    session.commit()
""",
    "helper that tells": """
def already(order):
    return order.sent
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if already(order):
        return
    send_mail("s", "b", None, [order.email])
    order.mark_sent()
""",
    "helper that tells by branches": """
def should_send(order):
    if order.sent:
        return False
    return True
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if should_send(order):
        send_mail("s", "b", None, [order.email])
        order.mark_sent()
""",
    "helper that raises": """
def ensure_fresh(order):
    if order.sent:
        raise ValueError
def job(order_id):
    order = Order.objects.get(pk=order_id)
    ensure_fresh(order)
    send_mail("s", "b", None, [order.email])
    order.mark_sent()
""",
    "helper that records": """
def finish(order):
    order.sent = True
    order.save()
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    send_mail("s", "b", None, [order.email])
    finish(order)
""",
    "helper that assigns": """
def flag(order):
    order.sent = True
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    send_mail("s", "b", None, [order.email])
    flag(order)
    order.save()
""",
    "helper that does it all": """
def send_once(order):
    if order.sent:
        return
    send_mail("s", "b", None, [order.email])
    order.mark_sent()
def job(order_id):
    send_once(Order.objects.get(pk=order_id))
""",
    "decorator": """
from functools import wraps
def once(f):
    @wraps(f)
    def wrapper(order_id):
        if not cache.add(f"once:{order_id}", 1):
            return None
        return f(order_id)
    return wrapper
@once
def job(order_id):
    send_mail("s", "b", None, ["x"])
""",
    "context manager": """
from contextlib import contextmanager
@contextmanager
def once(order):
    if order.sent:
        raise ValueError
    yield
    order.sent = True
    order.save()
def job(order_id):
    order = Order.objects.get(pk=order_id)
    with once(order):
        send_mail("s", "b", None, [order.email])
""",
    "the same test twice": """
def job(order_id, fresh):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    if fresh:
        send_mail("s", "b", None, [order.email])
    log(order.pk)
    if fresh:
        order.sent = True
        order.save()
""",
    "recorded in finally": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    try:
        send_mail("s", "b", None, [order.email])
    finally:
        order.sent = True
        order.save()
""",
    "a failure that is passed over": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    try:
        send_mail("s", "b", None, [order.email])
        order.sent = True
        order.save()
    except Exception:
        print("not sent")
""",
    "recorded on both branches": """
def job(order_id, kind):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    send_mail("s", "b", None, [order.email])
    if kind:
        order.sent = True
        order.save()
    else:
        order.mark_sent()
""",
    "walrus": """
def job(order_id):
    if (order := Order.objects.get(pk=order_id)).sent:
        return
    send_mail("s", "b", None, ["x"])
    Order.objects.filter(pk=order_id).update(sent=True)
""",
}

UNGUARDED = {
    "no guard": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    send_mail("s", "b", None, [order.email])
""",
    "a plain precondition": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if not order.wants_mail:
        return
    send_mail("s", "b", None, [order.email])
""",
    "a state that must be reached": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.status != "paid":
        return
    send_mail("s", "b", None, [order.email])
""",
    "a guard on one path only": """
def job(order_id, force):
    order = Order.objects.get(pk=order_id)
    if not force:
        if order.sent:
            return
    send_mail("s", "b", None, [order.email])
    order.mark_sent()
""",
    "a setting": """
from django.conf import settings
def job(order_id):
    if not settings.SENDING:
        return
    send_mail("s", "b", None, ["x"])
""",
    "a transaction alone": """
def job(order_id):
    with transaction.atomic():
        send_mail("s", "b", None, ["x"])
""",
    "a guard that died with its loop": """
def job(ids):
    for order in Order.objects.filter(pk__in=ids):
        if order.sent:
            continue
    send_mail("s", "b", None, ["x"])
    Order.objects.filter(pk__in=ids).update(sent=True)
""",
    "a return of the helper's": """
def check(order):
    if order.sent:
        return
    print("not sent")
def job(order_id):
    order = Order.objects.get(pk=order_id)
    check(order)
    send_mail("s", "b", None, [order.email])
    order.mark_sent()
""",
    "all rows": """
def job():
    for order in Order.objects.all():
        send_mail("s", "b", None, [order.email])
""",
    "get_or_create without asking": """
def job(order_id):
    DeliveryLog.objects.get_or_create(order_id=order_id)
    send_mail("s", "b", None, ["x"])
""",
    "update without asking": """
def job(order_id):
    Order.objects.filter(pk=order_id, sent=False).update(sent=True)
    send_mail("s", "b", None, ["x"])
""",
    "a unique violation passed over": """
def job(order_id):
    try:
        DeliveryLog.objects.create(order_id=order_id)
    except IntegrityError:
        pass
    send_mail("s", "b", None, ["x"])
""",
    "a helper in another branch": """
def send(order):
    send_mail("s", "b", None, [order.email])
def job(order_id, fast):
    order = Order.objects.get(pk=order_id)
    if fast:
        send(order)
        return
    if order.sent:
        return
    send(order)
    order.mark_sent()
""",
    "a decorator that does nothing": """
def traced(f):
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)
    return wrapper
@traced
def job(order_id):
    send_mail("s", "b", None, ["x"])
""",
    "another model's flag": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    receipt = Receipt.objects.get(order_id=order_id)
    if order.open:
        return
    send_mail("s", "b", None, [order.email])
    receipt.open = True
    receipt.save()
""",
}

UNRECORDED = {
    "assigned and not saved, whatever it is called": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.paid_out:
        return
    send_mail("s", "b", None, [order.email])
    order.paid_out = True
""",
    "another column is saved": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    send_mail("s", "b", None, [order.email])
    order.sent = True
    order.save(update_fields=["status"])
""",
    "never": FLAG,
    "not saved": FLAG
    + """
    order.sent = True
""",
    "written as it was": FLAG
    + """
    order.sent = False
    order.save()
""",
    "on some path": FLAG
    + """
    if order.total > 10:
        order.sent = True
        order.save()
""",
    "not on the way out": FLAG
    + """
    if order.total > 10:
        return
    order.sent = True
    order.save()
""",
    "status that lets the next one in": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.status == "sent":
        return
    send_mail("s", "b", None, [order.email])
    order.status = "archived"
    order.save()
""",
    "rows selected and not marked": """
def job():
    for order in Order.objects.filter(sent=False):
        send_mail("s", "b", None, [order.email])
""",
    "a handler between": """
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    try:
        send_mail("s", "b", None, [order.email])
        requests.post("https://example.org")
    except Exception:
        return
    order.sent = True
    order.save()
""",
}

UNKNOWN = {
    "row given to what cannot be followed": FLAG
    + """
    remember(order)
""",
    "method that cannot be followed": """
def job(order):
    if order.sent:
        return
    send_mail("s", "b", None, [order.email])
    order.mark()
""",
    "assigned on a row of no known kind": """
def job(order):
    if order.sent:
        return
    send_mail("s", "b", None, [order.email])
    order.sent = True
""",
    "through a helper": """
def finish(row):
    somewhere.store(row)
def job(order_id):
    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    send_mail("s", "b", None, [order.email])
    finish(order)
""",
}


def of_mail(source: str) -> list[str]:
    found = flow(source)
    return [
        act.cover.state for act in found.acts if isinstance(act.what, Effect) and act.what.kind == "email"
    ]


@pytest.mark.parametrize("source", GUARDED.values(), ids=GUARDED)
def test_guarded(source: str) -> None:
    assert of_mail(source) == ["guarded"]


@pytest.mark.parametrize("source", UNGUARDED.values(), ids=UNGUARDED)
def test_unguarded(source: str) -> None:
    assert of_mail(source) == ["unguarded"]


@pytest.mark.parametrize("source", UNRECORDED.values(), ids=UNRECORDED)
def test_unrecorded(source: str) -> None:
    assert of_mail(source) == ["unrecorded"]


@pytest.mark.parametrize("source", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown(source: str) -> None:
    assert of_mail(source) == ["unknown"]


KEYED = {
    "by keyword": 'stripe.Charge.create(amount=1, idempotency_key=f"order-{order_id}")',
    "by header": 'requests.post("u", headers={"Idempotency-Key": str(order_id)})',
    "by a name": 'key = f"order-{order_id}"\n    stripe.Charge.create(amount=1, idempotency_key=key)',
    "by a helper": "charge(order_id)",
    "given to a helper": "pay(key=str(order_id))",
}
HELPERS = """
import uuid
def charge(order_id):
    stripe.Charge.create(amount=1, idempotency_key=f"order-{order_id}")
def pay(key):
    stripe.Charge.create(amount=1, idempotency_key=key)
"""
NOT_KEYED = {
    "new each time": "stripe.Charge.create(amount=1, idempotency_key=str(uuid.uuid4()))",
    "through a name": "key = str(uuid.uuid4())\n    stripe.Charge.create(amount=1, idempotency_key=key)",
    "none": "stripe.Charge.create(amount=1, idempotency_key=None)",
    "given to a helper": "pay(key=uuid.uuid4().hex)",
    "by the attempt": 'stripe.Charge.create(amount=1, idempotency_key=f"{order_id}-{self.request.retries}")',
}


@pytest.mark.parametrize("call", KEYED.values(), ids=KEYED)
def test_a_key_made_from_the_input_covers(call: str) -> None:
    assert covers(flow(f"{HELPERS}\ndef job(self, order_id):\n    {call}\n")) == ["keyed"]


@pytest.mark.parametrize("call", NOT_KEYED.values(), ids=NOT_KEYED)
def test_a_key_that_is_new_each_time_does_not(call: str) -> None:
    assert covers(flow(f"{HELPERS}\ndef job(self, order_id):\n    {call}\n")) == ["unguarded"]


WRITES = {
    "create": ("Receipt.objects.create(order_id=order_id)", "create"),
    "save of a new row": ("Receipt(order_id=order_id).save()", "create"),
    "save of a new row by name": ("row = Receipt(order_id=order_id)\n    row.save()", "create"),
    "bulk": ("Receipt.objects.bulk_create([Receipt()])", "create"),
    "related": ("order.receipts.create()", "create"),
    "increment": ("order.count += 1\n    order.save()", "increment"),
    "increment by itself": ("order.count = order.count + 1\n    order.save()", "increment"),
    "F": ('order.count = F("count") + 1\n    order.save()', "increment"),
    "F in update": ('Order.objects.filter(pk=order_id).update(count=F("count") + 1)', "increment"),
    "insert": ('cursor.execute("INSERT INTO t (a) VALUES (1)")', "create"),
    "raw increment": ('cursor.execute("UPDATE t SET n = n + 1 WHERE id = 1")', "increment"),
    "mongo insert": ("db.rows.insert_one({})", "create"),
    "mongo increment": ('db.rows.update_one({}, {"$inc": {"n": 1}})', "increment"),
    "mongo push": ('db.rows.update_one({}, {"$push": {"n": 1}})', "append"),
    "session": ("session.add(Receipt())\n    session.commit()", "create"),
}
NATURAL = {
    "update_or_create": "Receipt.objects.update_or_create(order_id=order_id)",
    "get_or_create": "Receipt.objects.get_or_create(order_id=order_id)",
    "bulk, conflicts ignored": "Receipt.objects.bulk_create([Receipt()], ignore_conflicts=True)",
    "constant update": "Order.objects.filter(pk=order_id).update(paid=True)",
    "save of a fetched row": "order.paid = True\n    order.save()",
    "on conflict": 'cursor.execute("INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING")',
    "raw update": 'cursor.execute("UPDATE t SET n = 5 WHERE id = 1")',
    "merge": "session.merge(Receipt())",
    "mongo set": 'db.rows.update_one({}, {"$set": {"n": 1}}, upsert=True)',
    "a row per attempt": "DeliveryLog.objects.create(order_id=order_id)",
    "worked out anew": "order.total = 0\n    order.total += 5\n    order.save()",
    "worked out anew by a helper": "reset(order)\n    add(order)\n    order.save()",
    "a loaded row added to its session": "session.add(order)",
    "delete": "Order.objects.filter(pk=order_id).delete()",
    "not saved": "order.count += 1",
}
WRITING = """
from django.db.models import F
def reset(row):
    row.total = 0
def add(row):
    row.total += 5
def job(order_id, cursor, db, session):
    order = Order.objects.get(pk=order_id)
    {}
"""


@pytest.mark.parametrize(("line", "kind"), WRITES.values(), ids=WRITES)
def test_writes_that_a_second_run_repeats(line: str, kind: str) -> None:
    (act,) = flow(WRITING.format(line)).acts
    assert isinstance(act.what, Write)
    assert (act.what.kind, act.cover.state) == (kind, "unguarded")


@pytest.mark.parametrize("line", NATURAL.values(), ids=NATURAL)
def test_writes_that_change_nothing_twice(line: str) -> None:
    assert flow(WRITING.format(line)).acts == ()


def test_a_create_under_the_look_up_of_its_row_is_guarded() -> None:
    source = """
def job(order_id):
    if not Receipt.objects.filter(order_id=order_id).exists():
        Receipt.objects.create(order_id=order_id)
"""
    assert covers(flow(source)) == ["guarded"]


def test_a_create_whose_unique_violation_is_caught_is_guarded() -> None:
    source = """
def job(order_id):
    try:
        Receipt.objects.create(order_id=order_id)
    except IntegrityError:
        pass
"""
    assert covers(flow(source)) == ["guarded"]


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "patch"])
def test_safe_and_idempotent_requests_are_no_acts(method: str) -> None:
    found = flow(f'def job(x):\n    requests.{method}("https://example.org")\n')
    assert found.acts == ()
    assert found.touches == ("http",)


def test_a_request_by_its_method() -> None:
    assert covers(
        flow('def job(x):\n    requests.request("POST", "u")\n    requests.request("GET", "u")\n')
    ) == ["unguarded"]


MANAGED = """
from django.db import models
class ParcelQuerySet(models.QuerySet):
    def due(self):
        return self.filter(sent=False)
class ParcelManager(models.Manager):
    def open(self):
        return self.filter(sent=False)
class Parcel(models.Model):
    objects = ParcelQuerySet.as_manager()
    known = ParcelManager()
    combined = ParcelManager.from_queryset(ParcelQuerySet)()
    def finish(self):
        self.sent = True
        self.save()
"""


@pytest.mark.parametrize(
    "rows", ["objects.due()", "known.open()", "combined.filter(sent=False)", "objects.filter(sent=False)"]
)
def test_rows_of_a_manager_of_the_projects_own(rows: str) -> None:
    source = f"""{MANAGED}
def job():
    for parcel in Parcel.{rows}:
        send_mail("s", "b", None, ["x"])
        Parcel.objects.filter(pk=parcel.pk).update(sent=True)
"""
    assert of_mail(source) == ["guarded"]


def test_methods_of_rows_from_a_manager_of_the_projects_own() -> None:
    source = f"""{MANAGED}
def job(parcel_id):
    parcel = Parcel.objects.get(pk=parcel_id)
    if parcel.sent:
        return
    send_mail("s", "b", None, ["x"])
    parcel.finish()
"""
    assert of_mail(source) == ["guarded"]


@pytest.mark.parametrize(
    ("expects", "opposite"), [("eq:", "ne:"), ("ne:paid", "eq:paid"), ("truthy", "falsy")]
)
def test_comparison_with_an_empty_text_has_an_opposite(expects: str, opposite: str) -> None:
    assert negated(expects) == opposite

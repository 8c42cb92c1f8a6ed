"""How guards are kept and which keys are sent, told from source text."""

from __future__ import annotations

import pytest

from jobcheck.model import Act, Hold, IdempotencyKey
from tests.link.flow_world import flow

SEND = "send_mail('a', 'b', None, [])"
LOAD = "order = Order.objects.get(pk=order_id)"


def only(body: str, **files: str) -> Act:
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    found = flow(f"def job(order_id):\n{lines}\n", files=files)
    (act,) = found.acts
    return act


def held(body: str, **files: str) -> Hold:
    found = only(body, **files).hold
    assert found is not None
    return found


GUARD = f"{LOAD}\nif order.sent:\n    return\n"
SAVE = "order.sent = True\norder.save()\n"
CLAIM = "if not Order.objects.filter(pk=order_id, sent=False).update(sent=True):\n    return\n"
LOCKED = "order = Order.objects.select_for_update().get(pk=order_id)\nif order.sent:\n    return\n"

HOLDS = {
    "saved after": (f"{GUARD}{SEND}\n{SAVE}", "after", False, False),
    "saved before": (f"{GUARD}{SAVE}{SEND}", "before", False, True),
    "saved before, undone": (
        f"{GUARD}{SAVE}try:\n    {SEND}\nexcept OSError:\n    order.sent = False\n    order.save()\n    raise",
        "before",
        False,
        False,
    ),
    "saved before, the row removed": (
        f"{GUARD}{SAVE}try:\n    {SEND}\nexcept OSError:\n    Order.objects.filter(pk=1).delete()\n    raise",
        "before",
        False,
        False,
    ),
    "in one transaction": (
        (
            f"with transaction.atomic():\n    {LOAD}\n    if order.sent:\n        return\n"
            f"    order.sent = True\n    order.save()\n    {SEND}"
        ),
        "after",
        False,
        False,
    ),
    "in a transaction that ended before": (
        (
            f"with transaction.atomic():\n    {LOAD}\n    if order.sent:\n        return\n"
            f"    order.sent = True\n    order.save()\n{SEND}"
        ),
        "before",
        False,
        True,
    ),
    "claimed": (f"{CLAIM}{SEND}", "claimed", True, True),
    "claimed, then a second status": (
        f"{CLAIM}{SEND}\nOrder.objects.filter(pk=order_id).update(status='done')",
        "claimed",
        True,
        False,
    ),
    "claimed in a transaction": (
        (
            f"with transaction.atomic():\n    if not Order.objects.filter(sent=False).update(sent=True):\n"
            f"        return\n    {SEND}"
        ),
        "claimed",
        True,
        False,
    ),
    "claimed in a cache": (
        f"if not cache.add('sent', 1, 60):\n    return\n{SEND}",
        "claimed",
        True,
        False,
    ),
    "a row locked": (
        "with transaction.atomic():\n    " + f"{LOCKED}{SEND}\n{SAVE}".strip().replace("\n", "\n    "),
        "after",
        True,
        False,
    ),
    "a lock that was given back": (
        f"with cache.lock('x'):\n    pass\n{GUARD}{SEND}\n{SAVE}",
        "after",
        False,
        False,
    ),
    "an advisory lock": (
        (
            "from django.db import connection\nconnection.cursor().execute('SELECT pg_advisory_lock(1)')\n"
            f"{GUARD}{SEND}\n{SAVE}"
        ),
        "after",
        True,
        False,
    ),
}


@pytest.mark.parametrize("case", HOLDS.values(), ids=HOLDS.keys())
def test_how_a_guard_is_kept(case: tuple[str, str, bool, bool]) -> None:
    body, way, locked, lost = case
    found = held(body)
    assert (found.way, found.locked, found.lost) == (way, locked, lost)


def test_flag_that_happens_to_change_is_no_guard_that_is_kept() -> None:
    body = f"{LOAD}\nif not order.enabled:\n    return\n{SEND}\norder.enabled = False\norder.save()"
    assert only(body).hold is None


def test_lock_and_record_of_a_helper_count() -> None:
    helper = (
        "from models import Order\n\ndef locked(key):\n"
        "    return Order.objects.select_for_update().get(pk=key)\n\n"
        "def record(order):\n    order.sent = True\n    order.save()\n"
    )
    body = (
        "from rows import locked, record\nwith transaction.atomic():\n    order = locked(order_id)\n"
        f"    if order.sent:\n        return\n    {SEND}\n    record(order)"
    )
    found = held(body, **{"rows.py": helper})
    assert (found.way, found.locked) == ("after", True)


def test_record_in_a_helper_before_the_call_of_another() -> None:
    helper = (
        "from django.core.mail import send_mail\n\ndef record(order):\n    order.sent = True\n    order.save()\n\n"
        "def tell():\n    send_mail('a', 'b', None, [])\n"
    )
    body = f"from rows import record, tell\n{GUARD}record(order)\ntell()"
    found = held(body, **{"rows.py": helper})
    assert (found.way, found.lost) == ("before", True)


# --- keys ---


def key(given: str, before: str = "") -> IdempotencyKey:
    body = f"import uuid, time, datetime\n{before}\nstripe.Refund.create(charge='x', {given})"
    found = only(body).key
    assert found is not None
    return found


FRESH = {
    "uuid": ("idempotency_key=str(uuid.uuid4())", "", "uuid.uuid4()"),
    "in a text": ("idempotency_key=f'{order_id}-{uuid.uuid4()}'", "", "uuid.uuid4()"),
    "through a name": ("idempotency_key=key", "key = time.time()", "time.time()"),
    "the attempt": ("idempotency_key=f'{order_id}-{self.request.retries}'", "", "self.request.retries"),
    "in options": ("options={'idempotency_key': uuid.uuid4().hex}", "", "uuid.uuid4()"),
    "on both branches": (
        "idempotency_key=key",
        "if order_id:\n    key = uuid.uuid4()\nelse:\n    key = uuid.uuid1()",
        "uuid.uuid4()",
    ),
}


@pytest.mark.parametrize("case", FRESH.values(), ids=FRESH.keys())
def test_key_that_every_run_makes_anew(case: tuple[str, str, str]) -> None:
    given, before, maker = case
    found = key(given, before)
    assert (found.state, found.maker, found.forgets) == ("fresh", maker, 86_400)


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ("idempotency_key=f'refund-{order_id}'", "stable"),
        ("idempotency_key=uuid.uuid5(uuid.NAMESPACE_URL, order_id)", "stable"),
        ("idempotency_key=order.key or uuid.uuid4()", "unknown"),
        ("idempotency_key=f'{order_id}-{datetime.date.today()}'", "unknown"),
        ("idempotency_key=f'{order_id}-{datetime.datetime.now().date()}'", "unknown"),
        ("idempotency_key=None", "missing"),
        ("idempotency_key=''", "missing"),
        ("metadata={}", "missing"),
        ("**options", "unknown"),
        ("options={**options}", "unknown"),
    ],
)
def test_state_of_a_key(given: str, state: str) -> None:
    assert key(given).state == state


def test_call_known_by_its_name_only_is_not_said_to_take_a_key() -> None:
    assert only("gateway.charge(order_id)").key is None


def test_brevo_takes_its_key_in_the_message() -> None:
    body = (
        "import brevo_python\nmessage = brevo_python.SendSmtpEmail(headers={'idempotencyKey': f'w-{order_id}'})\n"
        "brevo_python.TransactionalEmailsApi().send_transac_email(message)"
    )
    found = only(body).key
    assert found is not None
    assert (found.state, found.forgets) == ("stable", 1_800)


@pytest.mark.parametrize(
    ("body", "alone"),
    [
        ("with cache.lock('x'):\n    pass", True),
        ("if cache.add('x', 1, 60):\n    pass", True),
        ("Order.objects.select_for_update().first()", True),
        ("Order.objects.first()", False),
    ],
)
def test_job_that_keeps_other_runs_out(body: str, alone: bool) -> None:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    assert flow(f"def helper():\n{lines}\n\ndef job(order_id):\n    helper()\n").alone is alone

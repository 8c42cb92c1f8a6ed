"""Statuses, swallowed failures, payload use and what a job touches."""

from __future__ import annotations

import pytest

from jobcheck.link.seeds import HookRef
from jobcheck.model import FunctionRef
from tests.link.flow_world import MESSAGE, TASK, flow

SEND = 'send_mail("s", "b", None, ["x"])'

STATUSES = {
    "nothing": (f"    {SEND}", "never never never"),
    "all three": (
        f"""    Order.objects.filter(pk=order_id).update(status="processing")
    try:
        {SEND}
    except Exception:
        Order.objects.filter(pk=order_id).update(status="failed")
        raise
    Order.objects.filter(pk=order_id).update(status="completed")""",
        "always always always",
    ),
    "started late": (f'    {SEND}\n    update_status(order_id, "processing")', "sometimes never never"),
    "completed on some path": (
        f'    {SEND}\n    if order_id > 3:\n        update_status(order_id, "completed")',
        "never sometimes never",
    ),
    "nothing to do": (
        f"""    order = Order.objects.get(pk=order_id)
    if order.sent:
        return
    {SEND}
    order.status = "completed"
    order.save()""",
        "never always never",
    ),
    "failed for some errors": (
        f"""    try:
        {SEND}
    except ValueError:
        mark_failed(order_id)
        raise""",
        "never never sometimes",
    ),
    "failed outside": (
        f"""    {SEND}
    try:
        {SEND}
    except Exception:
        mark_failed(order_id)
        raise""",
        "never never sometimes",
    ),
    "failed at the last attempt": (
        f"""    try:
        {SEND}
    except Exception as exc:
        if self.request.retries >= self.max_retries:
            mark_failed(order_id)
            raise
        raise self.retry(exc=exc)""",
        "never never always",
    ),
    "by a helper": (
        f"""    note(order_id, "started")
    {SEND}
    note(order_id, "done")""",
        "always always never",
    ),
    "by a context manager": (f"    with tracked(order_id):\n        {SEND}", "always always always"),
    "by a context manager, returning inside": (
        f"    with tracked(order_id):\n        {SEND}\n        return 1",
        "always always always",
    ),
    "by an object": (f"    with Tracker(order_id):\n        {SEND}", "always always always"),
    "value that cannot be told": (
        f"    update_status(order_id, word)\n    {SEND}",
        "unknown unknown unknown",
    ),
    "the framework's own word": (f'    self.update_state(state="STARTED")\n    {SEND}', "always never never"),
}
HELPERS = """
from contextlib import contextmanager
def note(order_id, word):
    order = Order.objects.get(pk=order_id)
    order.status = word
    order.save()
@contextmanager
def tracked(order_id):
    note(order_id, "started")
    try:
        yield
    except Exception:
        note(order_id, "failed")
        raise
    note(order_id, "completed")
class Tracker:
    def __init__(self, order_id):
        self.order_id = order_id
    def __enter__(self):
        note(self.order_id, "started")
    def __exit__(self, kind, error, trace):
        if kind:
            note(self.order_id, "failed")
        else:
            note(self.order_id, "completed")
"""


@pytest.mark.parametrize(("body", "expected"), STATUSES.values(), ids=STATUSES)
def test_statuses(body: str, expected: str) -> None:
    found = flow(f"{HELPERS}\ndef job(self, order_id):\n{body}\n", handle=TASK)
    assert " ".join((found.started.state, found.completed.state, found.failed.state)) == expected


PROGRESS = {
    "0": "started",
    "100": "completed",
    '{"step": "sending", "percentage": 40}': "started",
    '{"step": "last", "percentage": 100}': "completed",
    '{"step": "finished"}': "completed",
    '{"step": "failed", "error": str(job)}': "failed",
    "percentage": "started",
}


@pytest.mark.parametrize(("said", "phase"), PROGRESS.items())
def test_progress_says_a_status(said: str, phase: str) -> None:
    found = flow(f"async def job(job):\n    await job.updateProgress({said})\n", handle=MESSAGE)
    states = {"started": found.started, "completed": found.completed, "failed": found.failed}
    assert {name for name, coverage in states.items() if coverage.state == "always"} == {phase}


DOCUMENTS = {
    '{"_id": order_id}, {"$set": {"status": "done"}}': "always",
    '{"_id": order_id}, {"$set": NAMED}': "always",
    '{"_id": order_id}, WHOLE': "always",
    '{"_id": order_id}, {"$set": fields()}': "unknown",
    '{"_id": order_id}, {"$set": {"note": "x"}}': "never",
}


@pytest.mark.parametrize(("given", "state"), DOCUMENTS.items())
def test_status_in_a_document(given: str, state: str) -> None:
    source = f"""
from pymongo import MongoClient
orders = MongoClient().shop.orders
NAMED = {{"status": "done"}}
WHOLE = {{"$set": NAMED}}
def job(order_id):
    {SEND}
    orders.update_one({given})
"""
    assert flow(source).completed.state == state


def test_fields_that_are_spread_may_be_a_status() -> None:
    source = (
        f"def job(order_id, **fields):\n    {SEND}\n    Order.objects.filter(pk=order_id).update(**fields)\n"
    )
    assert flow(source).completed.state == "unknown"


def test_a_decorator_records_all_three() -> None:
    source = f"""
{HELPERS}
def tracking(function):
    def wrapper(self, order_id):
        note(order_id, "started")
        try:
            result = function(self, order_id)
        except Exception:
            note(order_id, "failed")
            raise
        note(order_id, "completed")
        return result
    return wrapper
@tracking
def job(self, order_id):
    if not order_id:
        return
    {SEND}
"""
    found = flow(source, handle=TASK)
    assert (found.started.state, found.completed.state, found.failed.state) == ("always", "always", "always")
    assert [step.note for step in found.acts[0].steps] == ["calls tasks.job"]


def test_hooks_record() -> None:
    source = f"""
class Base:
    def on_failure(self, exc):
        Receipt.objects.create(error=str(exc))
    def on_success(self):
        pass
def job(self, order_id):
    {SEND}
"""
    hooks = (
        HookRef("failed", FunctionRef("tasks.py", "Base.on_failure")),
        HookRef("completed", FunctionRef("tasks.py", "Base.on_success")),
    )
    found = flow(source, hooks=hooks)
    assert (found.completed.state, found.failed.state) == ("never", "always")


def test_the_place_that_lacks_a_status_is_told() -> None:
    found = flow(
        f'def job(order_id):\n    {SEND}\n    if order_id:\n        update_status(order_id, "completed")\n'
    )
    assert found.completed.at is not None
    assert found.completed.at == found.acts[0].what.at


HANDLED = """
def job(order_id):
    order = Order.objects.filter(pk=order_id).first()
    try:
        requests.post("https://pay.example")
    except Exception as error:
        if {test}:
            order.status = "failed"
            order.save()
        raise
"""


@pytest.mark.parametrize(
    ("test", "state"),
    [
        ("order", "always"),
        ("order is not None", "always"),
        ("job.request.retries > 3", "always"),
        ("isinstance(error, ValueError)", "sometimes"),
        ("error.code == 3", "sometimes"),
    ],
)
def test_a_failure_recorded_on_one_branch_of_the_handler_is_recorded_sometimes(test: str, state: str) -> None:
    assert flow(HANDLED.format(test=test)).failed.state == state


# --- swallowed failures -----------------------------------------------------------------

SWALLOWED = {
    "passed over": f"    try:\n        {SEND}\n    except Exception:\n        pass",
    "bare": f"    try:\n        {SEND}\n    except:\n        return None",
    "logged": f"    try:\n        {SEND}\n    except Exception:\n        print('failed')",
    "a retried error": f"    try:\n        {SEND}\n    except OSError:\n        return False",
    "one of several": f"    try:\n        {SEND}\n    except (KeyError, OSError) as error:\n        print(error)",
    "a look-up": "    try:\n        Order.objects.get(pk=1)\n    except Exception:\n        pass",
    "in a loop, silently": f"    for x in [1]:\n        try:\n            {SEND}\n        except Exception:\n            pass",
    "in a helper": "    helper()",
}
NOT_SWALLOWED = {
    "raised again": f"    try:\n        {SEND}\n    except Exception:\n        print('failed')\n        raise",
    "raised on some path": f"    try:\n        {SEND}\n    except Exception:\n        if self:\n            raise",
    "narrow": f"    try:\n        {SEND}\n    except KeyError:\n        pass",
    "missing row": "    try:\n        Order.objects.get(pk=1)\n    except Order.DoesNotExist:\n        return",
    "retried": f"    try:\n        {SEND}\n    except Exception as exc:\n        self.retry(exc=exc)",
    "recorded as failed": f"    try:\n        {SEND}\n    except Exception:\n        mark_failed(1)",
    "the next item, logged": f"    for x in [1]:\n        try:\n            {SEND}\n        except Exception:\n            print(x)",
    "nothing that fails": "    try:\n        x = 1 + 1\n    except Exception:\n        pass",
    "a fallback": f"    try:\n        {SEND}\n    except Exception:\n        other_way(self)",
    "a helper that tells": "    told()",
}
SWALLOWING = f"""
def helper():
    try:
        {SEND}
    except Exception:
        print("failed")
def told():
    try:
        {SEND}
    except Exception:
        return False
def job(self):
"""


@pytest.mark.parametrize("body", SWALLOWED.values(), ids=SWALLOWED)
def test_a_handler_that_hides_a_failure(body: str) -> None:
    found = flow(f"{SWALLOWING}{body}\n", handle=TASK, retries_on=("builtins.OSError",))
    assert [swallow.retries for swallow in found.swallows] == [False]


@pytest.mark.parametrize("body", NOT_SWALLOWED.values(), ids=NOT_SWALLOWED)
def test_a_handler_that_does_not(body: str) -> None:
    assert flow(f"{SWALLOWING}{body}\n", handle=TASK, retries_on=("builtins.OSError",)).swallows == ()


def test_without_retries_a_logged_failure_is_no_swallow_and_a_silent_one_is() -> None:
    logged = f"def job(x):\n    try:\n        {SEND}\n    except Exception:\n        print(x)\n"
    silent = f"def job(x):\n    try:\n        {SEND}\n    except Exception:\n        pass\n"
    assert flow(logged, attempts=1).swallows == ()
    assert len(flow(silent, attempts=1).swallows) == 1


@pytest.mark.parametrize(
    ("handler", "swallowed"),
    [("except OSError as error:\n        print(error)", []), ("finally:", ["Exception"])],
)
def test_what_fails_while_another_failure_is_dealt_with_is_not_swallowed(
    handler: str, swallowed: list[str]
) -> None:
    source = f"""
def job(order_id):
    try:
        order = Order.objects.get(pk=order_id)
    {handler}
        try:
            requests.delete("https://pay.example")
        except Exception:
            pass
"""
    assert [swallow.catches for swallow in flow(source).swallows] == swallowed


def test_a_retry_asked_for_inside_a_try_is_swallowed() -> None:
    source = f"""
def job(self):
    try:
        if not ready():
            raise self.retry(countdown=5)
        {SEND}
    except Exception:
        print("failed")
"""
    (found,) = flow(source, handle=TASK).swallows
    assert (found.retries, found.catches) == (True, "Exception")


def test_a_retry_asked_for_in_a_helper_is_swallowed_too() -> None:
    source = """
def again(task):
    task.retry()
def job(self):
    try:
        again(self)
    except Exception:
        print("failed")
"""
    assert [swallow.retries for swallow in flow(source, handle=TASK).swallows] == [True]


def test_a_retry_let_through_by_its_own_handler_is_not() -> None:
    source = """
from celery.exceptions import Retry
def job(self):
    try:
        raise self.retry()
    except Retry:
        raise
    except Exception:
        print("failed")
"""
    assert flow(source, handle=TASK).swallows == ()


# --- payload ----------------------------------------------------------------------------


def test_rows_loaded_by_a_payload_field() -> None:
    source = """
def load(key):
    return Order.objects.get(pk=key)
def job(order_id, receipt_id, word):
    load(order_id)
    Receipt.objects.filter(pk=receipt_id).first()
    Order.objects.filter(word=1).count()
"""
    found = flow(source)
    assert [(fetch.field, fetch.model) for fetch in found.fetches] == [
        ("order_id", "Order"),
        ("receipt_id", "Receipt"),
    ]


DOCUMENT = """
def handle(data):
    return data["name"]
async def job(job, token):
    data = job.data
    order = Order.objects.get(pk=data["order_id"])
    await send(job.data["user"]["mail"], data.get("subject"))
    handle(data)
"""


def test_keys_of_a_document() -> None:
    found = flow(DOCUMENT, handle=MESSAGE, document="bullmq.Job().data")
    assert {(field.name, field.spread) for field in found.reads} == {
        ("order_id", ""),
        ("user", ""),
        ("subject", "*"),
        ("name", ""),
    }
    assert not found.reads_whole
    assert [(fetch.field, fetch.model) for fetch in found.fetches] == [("order_id", "Order")]


def test_a_document_read_whole() -> None:
    source = "async def job(job, token):\n    Model(**job.data)\n"
    assert flow(source, handle=MESSAGE, document="bullmq.Job().data").reads_whole


def test_touches() -> None:
    source = """
def job(order_id):
    Order.objects.get(pk=order_id)
    requests.get("https://example.org")
    cache.set("k", 1)
"""
    assert flow(source).touches == ("cache", "database", "http")
    assert flow("def job(x):\n    return x + 1\n").touches == ()


# --- shapes of code ---------------------------------------------------------------------


def test_recursion_is_told() -> None:
    found = flow(f"def job(n):\n    {SEND}\n    job(n - 1)\n")
    assert [unknown.why for unknown in found.unknown] == ["tasks.job calls itself"]
    assert [act.cover.state for act in found.acts] == ["unguarded"]


def test_steps_lead_to_the_act_and_are_cut() -> None:
    chain = "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(9))
    found = flow(f"{chain}def f9():\n    {SEND}\ndef job(x):\n    f0()\n")
    assert [step.note for step in found.acts[0].steps] == [f"calls tasks.f{n}" for n in range(6)]


def test_an_act_in_a_loop_says_so() -> None:
    found = flow(f"def job(ids):\n    {SEND}\n    for x in ids:\n        requests.post('u')\n")
    assert [act.looped for act in found.acts] == [False, True]


def test_across_modules() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/mail.py": f"from django.core.mail import send_mail\ndef send(to):\n    {SEND}\n",
    }
    found = flow("from shop.mail import send\ndef job(x):\n    send(x)\n", files=files)
    (act,) = found.acts
    assert (act.what.at.path, act.steps[0].note) == ("shop/mail.py", "calls shop.mail.send")


def test_what_is_run_after_the_commit_is_done_by_the_job() -> None:
    source = f"""
def job(order_id):
    transaction.on_commit(lambda: {SEND})
"""
    assert [act.what.kind for act in flow(source).acts] == ["email"]


def test_functions_handed_to_a_runner_are_run() -> None:
    source = f"""
def send():
    {SEND}
def job(pool):
    pool.submit(send)
"""
    assert [act.what.kind for act in flow(source).acts] == ["email"]


@pytest.mark.parametrize(
    "statement", ["while x:\n        x = False", "for y in x:\n        break\n    else:\n        pass"]
)
def test_what_follows_a_loop_is_walked(statement: str) -> None:
    assert len(flow(f"def job(x):\n    {statement}\n    {SEND}\n").acts) == 1


def test_a_constant_argument_takes_one_branch() -> None:
    source = f"""
def save(notify):
    if notify:
        {SEND}
def job(x):
    save(False)
"""
    assert flow(source).acts == ()
    assert len(flow(source.replace("save(False)", "save(x)")).acts) == 1


def test_nothing_after_a_call_that_never_comes_back_is_done() -> None:
    source = f"""
def give_up():
    raise ValueError
def job(x):
    give_up()
    {SEND}
"""
    assert flow(source).acts == ()

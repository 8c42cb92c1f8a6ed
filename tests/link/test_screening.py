"""Which files are read because of what was found in others."""

from __future__ import annotations

import pytest

from jobcheck.engine import check_sources
from jobcheck.link.seeds import Clue
from tests.link.small import one

APP = "from celery import Celery\napp = Celery('shop')\n"
TASKS = f"{APP}@app.task\ndef send(user_id):\n    print(user_id)\n"


def misfits(**sources: str) -> list[str]:
    """Where a job is sent an argument too many: only files that were read can tell."""
    files = {
        "shop/__init__.py": "from shop.tasks import send\n",
        **{f"shop/{name}.py": text for name, text in sources.items()},
    }
    return [finding.at.path for finding in check_sources(files, select=("JC206",))]


USES = {
    "a verb": "from shop import send\ndef view():\n    send.delay(1, 2)\n",
    "the module": "from shop.tasks import send\ndef view(run):\n    run(send.si(1, 2))\n",
    "the name in a text": "from shop.app import app\ndef view():\n    app.send_task('shop.tasks.send', (1, 2))\n",
}


@pytest.mark.parametrize("views", USES.values(), ids=USES)
def test_a_file_that_may_send_a_job_is_read(views: str) -> None:
    assert misfits(tasks=TASKS, views=views, app=APP) == ["shop/views.py"]


def test_a_job_s_name_counts_beside_a_verb_or_its_module() -> None:
    clues = {clue.name: clue.beside for clue in one(TASKS).clues}
    assert {"apply_async", "delay", "tasks"} <= set(clues["send"])
    assert Clue("tasks") in one(TASKS).clues


@pytest.mark.parametrize(
    ("held", "names"),
    [
        ("app = {}", {"tasks"}),
        ("celery_app = {}", {"celery_app"}),
        ("app = celery_app = {}", {"celery_app", "tasks"}),
    ],
)
def test_the_module_of_an_application_counts_where_its_name_is_short(held: str, names: set[str]) -> None:
    found = one("from celery import Celery\n" + held.format("Celery('shop')")).clues
    assert {clue.name for clue in found} & {"tasks", "app", "celery_app"} == names


def test_the_module_of_a_queue_counts_for_what_stands_beside_it() -> None:
    found = one("from bullmq import Queue\nbookings = Queue('bookings')\n").clues
    assert {Clue("bookings"), Clue("tasks")} <= found


def test_a_helper_that_is_handed_a_verb_counts_beside_one() -> None:
    helper = "def later(call, *args):\n    call(*args)\ndef view():\n    later(send.delay, 1)\n"
    beside = {clue.beside for clue in one(f"{TASKS}{helper}").clues if clue.name == "later"}
    assert [set(words) >= {"delay", "apply_async"} for words in beside] == [True]


MADE = {
    "a partial": "from functools import partial\nfrom celery import shared_task\njob = partial(shared_task, acks_late=True)\n",
    "another name": "from celery import shared_task\njob = shared_task\n",
    "a call": "from celery import shared_task\njob = shared_task(acks_late=True)\n",
}


@pytest.mark.parametrize("text", MADE.values(), ids=MADE)
def test_a_decorator_that_a_module_only_names_is_looked_for(text: str) -> None:
    called = "" if "shared_task(acks" in text else "()"
    mail = f"from shop.jobs import job\n@job{called}\ndef mail(user_id): ...\ndef view():\n    mail.delay(1, 2)\n"
    assert misfits(jobs=text, mail=mail) == ["shop/mail.py"]


def test_what_stands_around_a_producer_is_read() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
        "shop/views.py": "from shop.db import unit\nfrom shop.tasks import send\ndef view():\n    with unit():\n        send.delay(1)\n",
        "shop/db.py": (
            "from contextlib import contextmanager\nfrom django.db import transaction\n"
            "@contextmanager\ndef unit():\n    with transaction.atomic():\n        yield\n"
        ),
    }
    assert [finding.at.path for finding in check_sources(files, select=("JC901",))] == ["shop/views.py"]


SENDING = """
from shop.tasks import send
def send_later(ids):
    for user_id in ids:
        send.delay(user_id)
class Mailer:
    def write(self, ids):
        send.delay(ids)
"""
OPENING = """
from contextlib import contextmanager
from django.db import transaction
from shop.helpers import send_later
@contextmanager
def all_or_nothing():
    with transaction.atomic():
        yield
def other(ids):
    with all_or_nothing():
        send_later(ids)
"""
CALLING = (
    "from shop.helpers import Mailer, send_later\nfrom {module} import {opener}\ndef view(ids):\n    {body}\n"
)


@pytest.mark.parametrize(
    ("module", "opener", "body", "found"),
    [
        ("django.db.transaction", "atomic", "with atomic():\n        send_later(ids)", 1),
        ("shop.opening", "all_or_nothing", "with all_or_nothing():\n        send_later(ids)", 1),
        ("django.db.transaction", "on_commit", "on_commit(lambda: send_later(ids))", 0),
        ("django.db.transaction", "atomic", "send_later(ids)", 0),
    ],
)
def test_a_file_that_calls_a_sender_in_a_transaction_is_read(
    module: str, opener: str, body: str, found: int
) -> None:
    files = {
        "shop/tasks.py": TASKS,
        "shop/helpers.py": SENDING,
        "shop/views.py": CALLING.format(module=module, opener=opener, body=body),
    }
    if module == "shop.opening":
        files["shop/opening.py"] = OPENING
    assert len(check_sources(files, select=("JC901",))) == found


def test_of_senders_only_plain_functions_are_looked_for() -> None:
    around = {clue.name: clue.beside for clue in one(f"{TASKS}{SENDING}").around}
    assert around == {"send_later": ("atomic",)}

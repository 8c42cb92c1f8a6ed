"""Decorators, producers and transactions that only the settings can name."""

from __future__ import annotations

import pytest

from jobcheck.config import Config
from jobcheck.engine import check_sources
from jobcheck.link.seeds import Recognised
from jobcheck.link.told import Told
from jobcheck.model import Known, Opaque
from tests.link.small import enqueue, job, names, recognised

DECORATORS = Told(frozenset({"company.task", "shop.jobs.task"}))
SECRET = "the decorator company.task is not followed"
CELERY = "from celery import Celery\napp = Celery('shop')\n"
SEND = "@task\ndef send(user_id): ...\ndef view(user):\n    send.delay(user.id)\n"


def found(text: str, **more: str) -> Recognised:
    files = {"shop/tasks.py": text, **{f"shop/{name}.py": other for name, other in more.items()}}
    return recognised(files, DECORATORS)


USES = {
    "bare": "from company import task\n@task\ndef send(user_id): ...\n",
    "called": "import company\n@company.task(queue='mail')\ndef send(user_id): ...\n",
}


@pytest.mark.parametrize("text", USES.values(), ids=USES)
def test_a_decorator_that_the_settings_name_makes_a_job(text: str) -> None:
    seed = job(found(f"{text}def view(user):\n    send.delay(user.id)\n"))
    assert (seed.job.name, seed.job.framework) == ("shop.tasks.send", "custom")
    assert [p.name for p in seed.job.parameters] == ["user_id"]
    options = seed.job.options
    assert [getattr(setting, "why", None) for setting in (options.attempts, options.keep_failed)] == [
        SECRET
    ] * 2


def test_the_job_is_reached_by_its_producers() -> None:
    made = found(f"from company import task\n{SEND}")
    assert (enqueue(made).job, enqueue(made).framework) == ("shop.tasks.send", "custom")
    assert made.unjudged == ()


def test_a_decorator_of_the_project_may_be_named_too() -> None:
    registry = "JOBS = {}\ndef task(f):\n    JOBS[f.__name__] = wrap(f)\n    return JOBS[f.__name__]\n"
    assert names(found(f"from shop.jobs import task\n{SEND}", jobs=registry)) == ["shop.tasks.send"]


def test_where_celery_is_in_use_the_job_is_one_of_celery_s() -> None:
    text = f"{CELERY}from company import task\n@task(acks_late=True)\ndef send(self, user_id): ...\n"
    seed = job(found(text))
    assert seed.job.framework == "celery"
    assert isinstance(seed.job.options.ack, Known)
    assert isinstance(seed.job.options.attempts, Opaque)
    assert [p.name for p in seed.job.parameters] == ["user_id"]


SENDERS = {
    "positional": ("enqueue(send, user.id)", [(None, "user.id")]),
    "by keyword": ("enqueue(send, user_id=user.id)", [("user_id", "user.id")]),
    "by name": ("enqueue('shop.tasks.send', user.id)", [(None, "user.id")]),
}


@pytest.mark.parametrize(("call", "fields"), SENDERS.values(), ids=SENDERS)
def test_a_function_that_the_settings_name_enqueues(call: str, fields: list[tuple[str | None, str]]) -> None:
    text = f"{CELERY}from company.queue import enqueue\n@app.task\ndef send(user_id): ...\ndef view(user):\n    {call}\n"
    told = Told(senders=frozenset({"company.queue.enqueue"}))
    message = enqueue(recognised({"shop/tasks.py": text}, told))
    assert (message.job, message.style) == ("shop.tasks.send", "call")
    assert [(f.name, f.text) for f in message.payload or ()] == fields


TASKS = f"{CELERY}@app.task\ndef send(user_id):\n    print(user_id)\n"
OPENED = {
    "block": "def view(user):\n    with unit():\n        send.delay(user.id)\n",
    "block of a module": "import company.db\ndef view(user):\n    with company.db.unit():\n        send.delay(user.id)\n",
    "decorator": "@unit\ndef view(user):\n    send.delay(user.id)\n",
    "called decorator": "@unit()\ndef view(user):\n    send.delay(user.id)\n",
}


@pytest.mark.parametrize("view", OPENED.values(), ids=OPENED)
def test_a_transaction_that_the_settings_name_is_open(view: str) -> None:
    sources = {
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
        "shop/views.py": f"from company.db import unit\nfrom shop.tasks import send\n{view}",
    }
    config = Config(select=("JC901",), transaction_wrappers=("company.db.unit",))
    assert [(f.code, f.at.path) for f in check_sources(sources, config=config)] == [
        ("JC901", "shop/views.py")
    ]
    assert check_sources(sources, select=("JC901",)) == []


def test_files_that_only_the_settings_lead_to_are_read() -> None:
    sources = {
        "shop/__init__.py": "",
        "shop/mail.py": "from company import task\nimport requests\n@task\ndef send(user_id):\n    requests.post('x')\n",
        "shop/views.py": "from shop.mail import send\ndef view(row):\n    send.delay(row, 1)\n",
    }
    config = Config(select=("JC206",), task_decorators=("company.task",))
    assert [(f.code, f.at.path) for f in check_sources(sources, config=config)] == [
        ("JC206", "shop/views.py")
    ]

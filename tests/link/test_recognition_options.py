"""The effective options of a job, from every place that may give them."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import UNBOUNDED, Absent, Backoff, Keep, Known, Opaque, Options
from tests.link.small import job, one, recognised

APP = "from celery import Celery, Task\napp = Celery('shop', result_backend='redis://')\n"
SEND = "def send(user_id): ...\n"
BOUND = "def send(self, user_id):\n    try: ...\n    except OSError as exc:\n"


def options(text: str, **more: str) -> Options:
    return job(one(text, **more)).job.options


def told(setting: Any) -> tuple[str, Any, str]:
    """State, value or default or reason, and origin of a setting."""
    if isinstance(setting, Known):
        return "known", setting.value, setting.origin
    if isinstance(setting, Absent):
        return "absent", setting.default, ""
    return "opaque", setting.why, ""


def of(decorator: str, body: str = SEND) -> str:
    return f"{APP}{decorator}\n{body}"


ATTEMPTS = {
    "nothing": (of("@app.task"), ("absent", 1.0, "")),
    "autoretry alone": (of("@app.task(autoretry_for=(Exception,))"), ("known", 4.0, "decorator")),
    "autoretry of nothing": (of("@app.task(autoretry_for=(), max_retries=5)"), ("absent", 1.0, "")),
    "autoretry with limit": (
        of("@app.task(autoretry_for=(OSError,), max_retries=2)"),
        ("known", 3.0, "decorator"),
    ),
    "no retries": (of("@app.task(autoretry_for=(OSError,), max_retries=0)"), ("known", 1.0, "decorator")),
    "for ever": (
        of("@app.task(autoretry_for=(OSError,), max_retries=None)"),
        ("known", UNBOUNDED, "decorator"),
    ),
    "for ever on one path": (
        f"import os\n{of('@app.task(autoretry_for=(OSError,), max_retries=1 if os.sep else None)')}",
        ("known", UNBOUNDED, "decorator"),
    ),
    "retry_kwargs beats max_retries": (
        of("@app.task(autoretry_for=(OSError,), max_retries=2, retry_kwargs={'max_retries': 5})"),
        ("known", 6.0, "decorator"),
    ),
    "None in retry_kwargs is the default": (
        of("@app.task(autoretry_for=(OSError,), retry_kwargs={'max_retries': None})"),
        ("known", 4.0, "decorator"),
    ),
    "limit without mechanism": (of("@app.task(max_retries=5)"), ("absent", 1.0, "")),
    "by hand": (
        of("@app.task(bind=True)", f"{BOUND}        raise self.retry(exc=exc)\n"),
        ("absent", 4.0, ""),
    ),
    "by hand with limit on the task": (
        of("@app.task(bind=True, max_retries=9)", f"{BOUND}        raise self.retry()\n"),
        ("known", 10.0, "decorator"),
    ),
    "by hand with limit in the call": (
        of("@app.task(bind=True, max_retries=9)", f"{BOUND}        raise self.retry(max_retries=1)\n"),
        ("known", 2.0, "call"),
    ),
    "by hand through the task's own name": (
        of("@app.task(max_retries=9)", "def send(user_id):\n    raise send.retry()\n"),
        ("known", 10.0, "decorator"),
    ),
    "by hand in a helper": (
        of(
            "@app.task(bind=True, max_retries=9)",
            "def send(self, user_id):\n    again(self)\ndef again(task):\n    raise task.retry()\n",
        ),
        ("known", 10.0, "decorator"),
    ),
    "constant": (
        f"LIMIT = 2 + 3\n{of('@app.task(autoretry_for=(OSError,), max_retries=LIMIT)')}",
        ("known", 6.0, "decorator"),
    ),
    "spread constant": (
        f"RETRY = dict(autoretry_for=(OSError,), max_retries=5)\n{of('@app.task(**RETRY)')}",
        ("known", 6.0, "decorator"),
    ),
    "spread unknown": (
        f"from unseen import RETRY\n{of('@app.task(**RETRY)')}",
        ("opaque", "arguments are spread from what cannot be told", ""),
    ),
    "environment": (
        f"import os\n{of('@app.task(autoretry_for=(OSError,), max_retries=int(os.environ[1]))')}",
        ("opaque", "it is read from the environment", ""),
    ),
    "base class": (
        of(
            "class Base(Task):\n    autoretry_for = (OSError,)\nclass Two(Base):\n    max_retries = 4\n"
            "@app.task(base=Two)"
        ),
        ("known", 5.0, "base"),
    ),
    "decorator beats base class": (
        of(
            "class Base(Task):\n    max_retries = 4\n@app.task(base=Base, autoretry_for=(OSError,), max_retries=1)"
        ),
        ("known", 2.0, "decorator"),
    ),
    "base class from outside": (
        f"from unseen import Base\n{of('@app.task(base=Base)')}",
        ("opaque", "the base class is not part of the project", ""),
    ),
    "app.Task": (
        of(
            "class Base(Task):\n    autoretry_for = (OSError,)\n    max_retries = 4\napp.Task = Base\n@app.task"
        ),
        ("known", 5.0, "base"),
    ),
    "task_cls by name": (
        (
            "from celery import Celery, Task\napp = Celery('shop', task_cls='shop.tasks:Base')\n"
            f"class Base(Task):\n    autoretry_for = (OSError,)\n    max_retries = 4\n@app.task\n{SEND}"
        ),
        ("known", 5.0, "base"),
    ),
    "task_cls of a derived application": (
        (
            "from celery import Celery, Task\nclass Base(Task):\n    autoretry_for = (OSError,)\n    max_retries = 4\n"
            f"class Shop(Celery):\n    task_cls = Base\napp = Shop('shop')\n@app.task\n{SEND}"
        ),
        ("known", 5.0, "base"),
    ),
    "annotations of all": (
        of(
            "app.conf.task_annotations = {'*': {'max_retries': 8}}\n@app.task(autoretry_for=(OSError,), max_retries=1)"
        ),
        ("known", 9.0, "settings"),
    ),
    "annotations by name": (
        of(
            "app.conf.task_annotations = {'shop.tasks.send': {'max_retries': 8}, '*': {'max_retries': 2}}\n"
            "@app.task(autoretry_for=(OSError,))"
        ),
        ("known", 9.0, "settings"),
    ),
}


@pytest.mark.parametrize(("text", "expected"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_celery_attempts(text: str, expected: tuple[str, Any, str]) -> None:
    assert told(options(text).attempts) == expected


def retrying(argument: str) -> str:
    return of("@app.task(bind=True)", f"{BOUND}        raise self.retry({argument})\n")


WAITS = {
    "nothing": (of("@app.task"), ("absent", Backoff("none"), "")),
    "silent default": (of("@app.task(autoretry_for=(OSError,))"), ("absent", Backoff("fixed", 180.0), "")),
    "exponential": (
        of("@app.task(autoretry_for=(OSError,), retry_backoff=5)"),
        ("known", Backoff("exponential", 5.0, 600.0), "decorator"),
    ),
    "from one second": (
        of("@app.task(autoretry_for=(OSError,), retry_backoff=True)"),
        ("known", Backoff("exponential", 1.0, 600.0), "decorator"),
    ),
    "capped below its first": (
        of("@app.task(autoretry_for=(OSError,), retry_backoff=60, retry_backoff_max=30)"),
        ("known", Backoff("fixed", 30.0), "decorator"),
    ),
    "countdown in retry_kwargs": (
        of("@app.task(autoretry_for=(OSError,), retry_kwargs={'countdown': 7})"),
        ("known", Backoff("fixed", 7.0), "decorator"),
    ),
    "default_retry_delay": (
        of("@app.task(autoretry_for=(OSError,), default_retry_delay=7)"),
        ("known", Backoff("fixed", 7.0), "decorator"),
    ),
    "by hand": (retrying("exc=exc"), ("absent", Backoff("fixed", 180.0), "")),
    "by hand, fixed": (retrying("countdown=60"), ("known", Backoff("fixed", 60.0), "call")),
    "by hand, growing": (
        retrying("countdown=30 * 2 ** self.request.retries"),
        ("known", Backoff("exponential", 30.0), "call"),
    ),
    "by hand, growing and capped": (
        retrying("countdown=min(600, 2 ** self.request.retries)"),
        ("known", Backoff("exponential"), "call"),
    ),
    "by hand, computed": (
        retrying("countdown=self.request.retries"),
        ("opaque", "celery.Task().request.retries is not known before run time", ""),
    ),
}


@pytest.mark.parametrize(("text", "expected"), WAITS.values(), ids=WAITS)
def test_celery_backoff(text: str, expected: tuple[str, Any, str]) -> None:
    assert told(options(text).backoff) == expected


DAY = Keep(age=86400.0)
TASK = f"@app.task\n{SEND}"
KEPT = {
    "silent default": (f"{APP}{TASK}", ("absent", DAY, ""), ("absent", DAY, "")),
    "no backend": (
        f"from celery import Celery\napp = Celery('x')\n{TASK}",
        ("known", Keep(age=0.0), "settings"),
        ("absent", Keep(age=0.0), ""),
    ),
    "keyword of the application": (
        f"from celery import Celery\napp = Celery('x', result_backend='redis://', result_expires=60)\n{TASK}",
        ("known", Keep(age=60.0), "settings"),
        ("known", Keep(age=60.0), "settings"),
    ),
    "attribute of conf": (
        f"{APP}app.conf.result_expires = 60 * 60\n{TASK}",
        ("known", Keep(age=3600.0), "settings"),
        ("known", Keep(age=3600.0), "settings"),
    ),
    "item of conf": (
        f"{APP}app.conf['result_expires'] = 60\n{TASK}",
        ("known", Keep(age=60.0), "settings"),
        ("known", Keep(age=60.0), "settings"),
    ),
    "update with a duration": (
        f"from datetime import timedelta\n{APP}app.conf.update(result_expires=timedelta(hours=1))\n{TASK}",
        ("known", Keep(age=3600.0), "settings"),
        ("known", Keep(age=3600.0), "settings"),
    ),
    "update with a mapping": (
        f"{APP}app.conf.update({{'result_expires': 60}})\n{TASK}",
        ("known", Keep(age=60.0), "settings"),
        ("known", Keep(age=60.0), "settings"),
    ),
    "update from elsewhere": (
        f"from unseen import CONFIG\n{APP}app.conf.update(CONFIG)\n{TASK}",
        ("opaque", "updated from what cannot be told", ""),
        ("opaque", "updated from what cannot be told", ""),
    ),
    "never": (
        f"{APP}app.conf.result_expires = None\n{TASK}",
        ("known", Keep(), "settings"),
        ("known", Keep(), "settings"),
    ),
    "failures apart": (
        f"{APP}app.conf.update(result_expires=60, result_failure_expires=600)\n{TASK}",
        ("known", Keep(age=60.0), "settings"),
        ("known", Keep(age=600.0), "settings"),
    ),
    "results ignored": (
        f"{APP}@app.task(ignore_result=True)\n{SEND}",
        ("known", Keep(age=0.0), "decorator"),
        ("known", Keep(age=0.0), "decorator"),
    ),
    "results ignored, errors kept": (
        (
            f"{APP}app.conf.result_expires = 60\n"
            f"@app.task(ignore_result=True, store_errors_even_if_ignored=True)\n{SEND}"
        ),
        ("known", Keep(age=0.0), "decorator"),
        ("known", Keep(age=60.0), "settings"),
    ),
    "backend that may be unset": (
        f"import os\nfrom celery import Celery\napp = Celery('x', result_backend=os.environ.get('B'))\n{TASK}",
        ("opaque", "the environment may leave it unset", ""),
        ("opaque", "the environment may leave it unset", ""),
    ),
}


@pytest.mark.parametrize(("text", "completed", "failed"), KEPT.values(), ids=KEPT)
def test_celery_retention(text: str, completed: tuple[str, Any, str], failed: tuple[str, Any, str]) -> None:
    found = options(text)
    assert (told(found.keep_completed), told(found.keep_failed)) == (completed, failed)


def test_celery_acknowledges_early_unless_told() -> None:
    assert told(options(f"{APP}{TASK}").ack) == ("absent", "early", "")
    assert told(options(of("@app.task(acks_late=True)")).ack) == ("known", "late", "decorator")
    assert told(options(f"{APP}app.conf.task_acks_late = True\n{TASK}").ack) == ("known", "late", "settings")


def test_celery_marks_what_its_backend_stores() -> None:
    stored = options(of("@app.task(track_started=True)"))
    assert told(stored.marks_started) == ("known", True, "decorator")
    assert told(stored.marks_completed) == ("known", True, "settings")
    for app in ("Celery('x', backend='redis://')", "Celery('x', None, 'redis://')"):
        assert told(options(f"from celery import Celery\napp = {app}\n{TASK}").marks_failed)[:2] == (
            "known",
            True,
        )
    bare = options(f"from celery import Celery\napp = Celery('x')\n@app.task(track_started=True)\n{SEND}")
    assert [told(mark)[:2] for mark in (bare.marks_started, bare.marks_completed, bare.marks_failed)] == [
        ("absent", False)
    ] * 3
    assert told(options(of("@app.task(ignore_result=True)")).marks_failed) == ("known", False, "decorator")
    kept = options(of("@app.task(ignore_result=True, store_errors_even_if_ignored=True)"))
    assert told(kept.marks_failed) == ("known", True, "decorator")
    shared = options(f"from celery import shared_task\n@shared_task(ignore_result=True)\n{SEND}")
    assert told(shared.marks_failed)[0] == "opaque"


# --- settings in modules ---

LOADED = "import os\nfrom celery import Celery\napp = Celery('shop')\n"
SETTINGS = {
    "django with prefix": (
        (
            "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
            "app.config_from_object('django.conf:settings', namespace='CELERY')\n"
        ),
        "CELERY_RESULT_BACKEND = 'redis://'\nCELERY_RESULT_EXPIRES = 60\n",
    ),
    "django settings object": (
        (
            "os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\nfrom django.conf import settings\n"
            "app.config_from_object(settings, namespace='CELERY')\n"
        ),
        "CELERY_RESULT_BACKEND = 'redis://'\nCELERY_RESULT_EXPIRES = 60\n",
    ),
    "old name under a prefix": (
        (
            "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
            "app.config_from_object('django.conf:settings', namespace='CELERY')\n"
        ),
        "CELERY_RESULT_BACKEND = 'redis://'\nCELERY_TASK_RESULT_EXPIRES = 60\n",
    ),
    "new names under a prefix": (
        "app.config_from_object('shop.settings', namespace='CELERY')\n",
        "CELERY_RESULT_BACKEND = 'redis://'\nresult_expires = 60\n",
    ),
    "module by name": (
        "app.config_from_object('shop.settings')\n",
        "result_backend = 'redis://'\nresult_expires = 60\n",
    ),
    "module imported": (
        "from shop import settings\napp.config_from_object(settings)\n",
        "result_backend = 'redis://'\nresult_expires = 60\n",
    ),
    "old names": (
        "app.config_from_object('shop.settings')\n",
        "CELERY_RESULT_BACKEND = 'redis://'\nCELERY_TASK_RESULT_EXPIRES = 60\n",
    ),
    "class": (
        "app.config_from_object('shop.settings:Config')\n",
        "class Config:\n    result_backend = 'redis://'\n    result_expires = 60\n",
    ),
    "mapping": (
        "from shop.settings import CONFIG\napp.config_from_object(CONFIG)\n",
        "CONFIG = {'result_backend': 'redis://', 'result_expires': 60}\n",
    ),
    "star import": (
        "app.config_from_object('shop.local')\n",
        "result_backend = 'redis://'\nresult_expires = 60\n",
    ),
}


@pytest.mark.parametrize(("load", "settings"), SETTINGS.values(), ids=SETTINGS)
def test_settings_are_read_from_where_they_are_loaded(load: str, settings: str) -> None:
    found = one(f"{LOADED}{load}{TASK}", settings=settings, local="from shop.settings import *\n")
    assert told(job(found).job.options.keep_completed) == ("known", Keep(age=60.0), "settings")


def test_settings_without_the_prefix_are_not_read_and_said_so() -> None:
    load = "app.config_from_object('shop.settings')\n"
    found = one(
        f"{LOADED}{load}{TASK}", settings="CELERY_TASK_ACKS_LATE = True\nCELERY_RESULT_EXPIRES = 60\n"
    )
    seed = job(found)
    assert told(seed.job.options.ack) == ("absent", "early", "")
    assert [(q.topic, q.at.span.line) for q in seed.job.options.quirks] == [("retry", 1), ("retention", 2)]


def test_settings_that_were_not_read_are_opaque() -> None:
    found = one(f"{LOADED}app.config_from_object('elsewhere.settings')\n{TASK}")
    assert isinstance(job(found).job.options.keep_failed, Opaque)


def test_settings_that_the_environment_chooses_are_opaque() -> None:
    setting = options(of("app.config_from_envvar('SHOP_CELERY')\n@app.task")).keep_completed
    assert told(setting) == ("opaque", "the environment says which settings are loaded", "")


def test_without_an_application_the_settings_are_opaque() -> None:
    assert isinstance(options(f"from celery import shared_task\n@shared_task\n{SEND}").ack, Opaque)


def test_the_application_is_the_cause_of_gaps() -> None:
    found = one(f"{APP}{TASK}")
    assert found.causes["celery"].span.line == 2


# --- BullMQ ---

PROCESS = "from bullmq import Queue, Worker\nasync def process(job, token): ...\n"


def sent(options: str = "{}", queue: str = "{}", worker: str = "{}") -> str:
    return (
        f"{PROCESS}queue = Queue('mail', {queue})\nasync def enqueue():\n"
        f"    await queue.add('welcome', {{}}, {options})\nWorker('mail', process, {worker})\n"
    )


RETRY = "{'attempts': 3, 'backoff': {'type': 'exponential', 'delay': 5000}}"
FIVE = Backoff("exponential", 5.0)
JOB_OPTIONS = {
    "nothing": (sent(), "attempts", ("absent", 1.0, "")),
    "per call": (sent(RETRY), "attempts", ("known", 3.0, "call")),
    "milliseconds": (sent(RETRY), "backoff", ("known", FIVE, "call")),
    "whole number": (sent("{'backoff': 2000}"), "backoff", ("known", Backoff("fixed", 2.0), "call")),
    "of the queue": (sent(queue=f"{{'defaultJobOptions': {RETRY}}}"), "attempts", ("known", 3.0, "queue")),
    "call beats queue": (
        sent("{'attempts': 9}", queue=f"{{'defaultJobOptions': {RETRY}}}"),
        "attempts",
        ("known", 9.0, "call"),
    ),
    "merged no deeper": (
        sent("{'backoff': {'type': 'fixed', 'delay': 1000}}", queue=f"{{'defaultJobOptions': {RETRY}}}"),
        "backoff",
        ("known", Backoff("fixed", 1.0), "call"),
    ),
    "switched off": (
        sent("{'backoff': None}", queue=f"{{'defaultJobOptions': {RETRY}}}"),
        "backoff",
        ("known", Backoff("none"), "call"),
    ),
    "spread": (f"RETRY = {RETRY}\n" + sent("{**RETRY, 'jobId': 'x'}"), "attempts", ("known", 3.0, "call")),
    "kept for ever": (sent(), "keep_completed", ("absent", Keep(), "")),
    "number kept": (sent("{'removeOnComplete': 100}"), "keep_completed", ("known", Keep(count=100), "call")),
    "a whole float kept": (sent("{'removeOnFail': 2.0}"), "keep_failed", ("known", Keep(count=2), "call")),
    "none kept of a fraction": (
        sent("{'removeOnFail': 2.5}"),
        "keep_failed",
        ("known", Keep(count=0), "call"),
    ),
    "none kept of a text": (sent("{'removeOnFail': '100'}"), "keep_failed", ("known", Keep(count=0), "call")),
    "a negative number is no limit": (
        sent("{'removeOnFail': -1}"),
        "keep_failed",
        ("known", Keep(), "call"),
    ),
    "no keys are no limit": (sent("{'removeOnFail': {}}"), "keep_failed", ("known", Keep(), "call")),
    "a count as text is no limit": (
        sent("{'removeOnFail': {'count': '2', 'age': '60'}}"),
        "keep_failed",
        ("known", Keep(age=60.0), "call"),
    ),
    "None is no number of attempts": (
        sent("{'attempts': None}", queue=f"{{'defaultJobOptions': {RETRY}}}"),
        "attempts",
        ("absent", 1.0, ""),
    ),
    "started attempts are whole": (sent("{'attempts': 2.5}"), "attempts", ("known", 3.0, "call")),
    "fixed without a delay": (
        sent("{'backoff': {'type': 'fixed'}}"),
        "backoff",
        ("known", Backoff("none"), "call"),
    ),
    "removed": (sent("{'removeOnFail': True}"), "keep_failed", ("known", Keep(count=0), "call")),
    "kept on purpose": (sent("{'removeOnFail': False}"), "keep_failed", ("known", Keep(), "call")),
    "age in seconds": (
        sent("{'removeOnFail': {'age': 86400, 'count': 5}}"),
        "keep_failed",
        ("known", Keep(age=86400.0, count=5), "call"),
    ),
    "of the worker": (
        sent(worker="{'removeOnFail': {'count': 5}}"),
        "keep_failed",
        ("known", Keep(count=5), "worker"),
    ),
    "failures marked": (sent(), "marks_failed", ("known", True, "worker")),
    "failures dropped": (sent("{'removeOnFail': True}"), "marks_failed", ("known", False, "call")),
    "no producer": (
        f"{PROCESS}Worker('mail', process)\n",
        "attempts",
        ("opaque", "no producer of queue mail was found", ""),
    ),
    "unknown spread": (
        f"from unseen import RETRY\n{sent('{**RETRY}')}",
        "attempts",
        ("opaque", "spread from what cannot be told", ""),
    ),
}


@pytest.mark.parametrize(("text", "name", "expected"), JOB_OPTIONS.values(), ids=JOB_OPTIONS)
def test_bullmq_options(text: str, name: str, expected: tuple[str, Any, str]) -> None:
    assert told(getattr(options(text), name)) == expected


def test_the_producer_that_gives_nothing_decides() -> None:
    text = sent(RETRY) + "async def other():\n    await queue.add('again', {})\n"
    assert told(options(text).attempts) == ("absent", 1.0, "")


def test_options_of_a_queue_in_another_module() -> None:
    found = recognised(
        {
            "shop/queues.py": f"from bullmq import Queue\nmail = Queue('mail', {{'defaultJobOptions': {RETRY}}})\n",
            "shop/views.py": "from shop import queues\nasync def view():\n    await queues.mail.add('x', {})\n",
            "shop/worker.py": f"{PROCESS}Worker('mail', process)\n",
        }
    )
    assert told(job(found).job.options.attempts) == ("known", 3.0, "queue")


def test_retry_that_is_handed_on_as_a_function_counts_as_asked_for() -> None:
    text = (
        f"{APP}@app.task(bind=True, max_retries=4)\ndef export(self, order_id):\n"
        "    write(order_id, retry=self.retry)\n"
    )
    options = job(one(text)).job.options
    assert isinstance(options.attempts, Known)
    assert options.attempts.value == 5
    assert options.quirks == ()

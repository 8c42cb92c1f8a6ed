"""Every form in which a project declares a job."""

from __future__ import annotations

import pytest

from tests.link.small import job, names, one

APP = "from celery import Celery\napp = Celery('shop')\n"
SEND = "def send(user_id): ...\n"

CELERY = {
    "app.task": f"{APP}@app.task\n{SEND}",
    "app.task()": f"{APP}@app.task()\n{SEND}",
    "app.task with options": f"{APP}@app.task(max_retries=3)\n{SEND}",
    "shared_task": f"from celery import shared_task\n@shared_task\n{SEND}",
    "shared_task under another name": f"from celery import shared_task as job\n@job()\n{SEND}",
    "the defining module": f"from celery.app import shared_task\n@shared_task\n{SEND}",
    "module attribute": f"import celery\n@celery.shared_task()\n{SEND}",
    "current_app": f"from celery import current_app\n@current_app.task\n{SEND}",
    "call form": f"{APP}{SEND}task = app.task(send)\n",
    "call form with options": f"{APP}{SEND}task = app.task(max_retries=1)(send)\n",
    "shared call form": f"from celery import shared_task\n{SEND}task = shared_task(send, max_retries=2)\n",
    "annotated app": f"from celery import Celery\napp: Celery = Celery('x')\n@app.task\n{SEND}",
    "app from a factory": (
        f"from celery import Celery\ndef make():\n    app = Celery('x')\n    return app\napp = make()\n"
        f"@app.task\n{SEND}"
    ),
    "app of a derived class": (
        f"from celery import Celery\nclass Shop(Celery): ...\napp = Shop('x')\n@app.task\n{SEND}"
    ),
    "app of a generic class": (
        f"from celery import Celery, Task\napp = Celery[Task[..., int]]('x')\n@app.task(trail=False)\n{SEND}"
    ),
    "app of the project's own generic class": (
        f"from celery import Celery, Task\nclass Shop(Celery): ...\napp = Shop[Task]('x')\n@app.task\n{SEND}"
    ),
    "app in an attribute": (
        "from celery import Celery\nclass Core:\n    def __init__(self):\n        self.celery = Celery('x')\n"
        f"core = Core()\n@core.celery.task\n{SEND}"
    ),
    "below another decorator": (
        f"{APP}def timed(f):\n    def inner(*a):\n        return f(*a)\n    return inner\n@app.task\n@timed\n{SEND}"
    ),
    "above another decorator": f"from unseen import noted\n{APP}@noted\n@app.task\n{SEND}",
    "conditional": f"{APP}import os\nif os.environ:\n    @app.task\n    def send(user_id): ...\n",
    "partial": (
        "from functools import partial\nfrom celery import shared_task\n"
        f"task = partial(shared_task, max_retries=3)\n@task\n{SEND}"
    ),
}


@pytest.mark.parametrize("text", CELERY.values(), ids=CELERY)
def test_a_celery_job_is_found(text: str) -> None:
    seed = job(one(text))
    assert seed.job.name == "shop.tasks.send"
    assert seed.job.registered == "shop.tasks.send"
    assert [p.name for p in seed.job.parameters] == ["user_id"]
    assert seed.job.wrappers == () or "partial" in text


WRAPPERS = {
    "plain function": "def job(f):\n    return shared_task(f)\n",
    "options passed on": "def job(*args, **kwargs):\n    return shared_task(*args, base=None, **kwargs)\n",
    "factory": "def job(**o):\n    def inner(f):\n        return shared_task(**o)(f)\n    return inner\n",
    "bare or with options": (
        "def job(f=None, **o):\n    if f is None:\n        return shared_task(**o)\n    return shared_task(f, **o)\n"
    ),
    "two levels": "def inner(**o):\n    return shared_task(**o)\ndef job(**o):\n    return inner(**o)\n",
    "method": "class Kit:\n    def job(self, f):\n        return shared_task(f)\njob = Kit().job\n",
    "registered in a callback": (
        "import venusian\ndef job(**o):\n    o.setdefault('shared', False)\n    def deco(wrapped):\n"
        "        def callback(scanner, name, wrapped):\n"
        "            celery_app = scanner.config.registry['celery.app']\n"
        "            celery_app.task(**o)(wrapped)\n"
        "        venusian.attach(wrapped, callback)\n        return wrapped\n    return deco\n"
        "def includeme(config):\n    config.registry['celery.app'] = celery.Celery('shop')\n"
    ),
}


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
def test_a_projects_own_decorator_is_followed_from_another_module(wrapper: str) -> None:
    takes_options = "**o" in wrapper or "**kwargs" in wrapper
    use = "@job(max_retries=7, autoretry_for=(OSError,))" if takes_options else "@job"
    found = one(
        f"from shop.jobs import job\n{use}\n{SEND}",
        jobs=f"import celery\nfrom celery import shared_task\n{wrapper}",
    )
    seed = job(found)
    assert seed.job.name == "shop.tasks.send"
    assert [at.path for at in seed.job.wrappers] == ["shop/jobs.py"]
    if takes_options:
        assert getattr(seed.job.options.attempts, "value", None) == 8
        assert getattr(seed.job.options.attempts, "origin", None) == "decorator"


def test_a_bound_task_takes_no_payload_in_its_first_parameter() -> None:
    seed = job(one(f"{APP}@app.task(bind=True)\ndef send(self, user_id, *, locale='en'): ...\n"))
    assert [(p.name, p.required, p.kind) for p in seed.job.parameters] == [
        ("user_id", True, "either"),
        ("locale", False, "keyword"),
    ]
    assert "self" in seed.scope.given


def test_arguments_that_a_base_class_injects_are_no_payload() -> None:
    text = f"""{APP}
class Base(app.Task):
    def __call__(self, *args, **kwargs):
        return super().__call__(*(self.get_request(), *args), **kwargs)
@app.task(bind=True, base=Base)
def send(self, request, user_id): ...
"""
    assert [p.name for p in job(one(text)).job.parameters] == ["user_id"]


def test_name_and_queue() -> None:
    seed = job(one(f"{APP}@app.task(name='mail.send')\n{SEND}"))
    assert (seed.job.name, seed.job.registered) == ("shop.tasks.send", "mail.send")


CLASSES = {
    "instance": "T = app.register_task(Send())",
    "class": "app.register_task(Send)",
}


@pytest.mark.parametrize("registration", CLASSES.values(), ids=CLASSES)
@pytest.mark.parametrize("base", ["Task", "app.Task", "DjangoTask"])
def test_a_task_class_is_a_job(registration: str, base: str) -> None:
    found = one(
        "from celery import Task\nfrom celery.contrib.django.task import DjangoTask\n"
        f"{APP}class Send({base}):\n    max_retries = 5\n    autoretry_for = (OSError,)\n"
        f"    def run(self, user_id): ...\n{registration}\n"
    )
    seed = job(found)
    assert (seed.job.name, seed.job.registered) == ("shop.tasks.Send", "shop.tasks.Send")
    assert [p.name for p in seed.job.parameters] == ["user_id"]
    assert getattr(seed.job.options.attempts, "value", None) == 6
    assert getattr(seed.job.options.attempts, "origin", None) == "base"


def test_a_class_without_run_only_carries_policy() -> None:
    text = (
        f"from celery import Task\n{APP}class Base(Task):\n    acks_late = True\n@app.task(base=Base)\n{SEND}"
    )
    assert names(one(text)) == ["shop.tasks.send"]


NOT_CELERY = {
    "invoke": f"from invoke import task\n@task\n{SEND}",
    "a method of the same name": f"class App:\n    def task(self, f): return f\napp = App()\n@app.task\n{SEND}",
    "an unknown app": f"from unseen import app\nfrom celery import Celery\n@app.task\n{SEND}",
    "a plain function": SEND,
}


@pytest.mark.parametrize("text", NOT_CELERY.values(), ids=NOT_CELERY)
def test_the_name_alone_makes_no_job(text: str) -> None:
    assert names(one(text)) == []


def test_a_decorator_from_an_installed_package_is_mentioned() -> None:
    found = one(f"import celery\nfrom company.kit import task\n@task(queue='x')\n{SEND}")
    assert [unjudged.what for unjudged in found.unjudged] == ["@company.kit.task"]
    assert [unjudged.decorator for unjudged in found.unjudged] == ["company.kit.task"]
    assert one(f"import celery\nfrom invoke import task\n@task\n{SEND}").unjudged == ()


def test_a_job_of_a_framework_without_rules_is_not_judged() -> None:
    found = one(f"from temporalio import activity, common\n@common.other\n@activity.defn\n{SEND}")
    assert [(each.what, each.decorator) for each in found.unjudged] == [("@temporalio.activity.defn", "")]


def test_failure_hooks_of_the_base_class_are_handed_on() -> None:
    text = f"""{APP}
from celery import Task
class Base(Task):
    def on_failure(self, exc, task_id, args, kwargs, einfo): ...
class Derived(Base):
    def before_start(self, task_id, args, kwargs): ...
@app.task(base=Derived)
{SEND}"""
    hooks = [(hook.moment, hook.function.qualname) for hook in job(one(text)).hooks]
    assert hooks == [("started", "Derived.before_start"), ("failed", "Base.on_failure")]


# --- BullMQ ---

PROCESS = "async def process(job, token):\n    return job.data['x']\n"
BULLMQ = {
    "function": f"from bullmq import Worker\n{PROCESS}worker = Worker('mail', process, {{}})\n",
    "keywords": f"import bullmq\n{PROCESS}worker = bullmq.Worker('mail', processor=process, opts={{}})\n",
    "the defining module": f"from bullmq.worker import Worker\n{PROCESS}Worker('mail', process)\n",
    "constant name": f"from bullmq import Worker\nNAME = 'mail'\n{PROCESS}Worker(NAME, process)\n",
    "enumerated name": (
        "from enum import Enum\nfrom bullmq import Worker\nclass Queues(Enum):\n    MAIL = 'mail'\n"
        f"{PROCESS}Worker(Queues.MAIL.value, process)\n"
    ),
    "inside main": f"from bullmq import Worker\n{PROCESS}async def main():\n    worker = Worker('mail', process)\n",
    "bound method": (
        "from bullmq import Worker\nclass Mail:\n    async def process(self, job, token): ...\n"
        "Worker('mail', Mail().process)\n"
    ),
    "own method": (
        "from bullmq import Worker\nclass Mail:\n    async def process(self, job, token): ...\n"
        "    def start(self):\n        return Worker('mail', self.process)\n"
    ),
    "partial": (
        "from functools import partial\nfrom bullmq import Worker\n"
        "async def process(job, token, db): ...\nWorker('mail', partial(process, db=1))\n"
    ),
    "partial by position": (
        "from functools import partial\nfrom bullmq import Worker\n"
        "async def process(db, job, token): ...\nWorker('mail', partial(process, 1))\n"
    ),
    "closure": (
        "from bullmq import Worker\ndef make(db):\n    async def process(job, token): ...\n    return process\n"
        "Worker('mail', make(1))\n"
    ),
    "lambda": f"from bullmq import Worker\n{PROCESS}Worker('mail', lambda job, token: process(job, token))\n",
    "derived worker": f"from bullmq import Worker\nclass W(Worker): ...\n{PROCESS}W('mail', process)\n",
    "helper": (
        f"from bullmq import Worker\ndef start(name, processor):\n    return Worker(name, processor, {{}})\n"
        f"{PROCESS}start('mail', process)\n"
    ),
}


@pytest.mark.parametrize("text", BULLMQ.values(), ids=BULLMQ)
def test_a_bullmq_processor_is_found(text: str) -> None:
    seed = job(one(text))
    assert seed.job.name.endswith("process")
    assert (seed.job.registered, seed.job.queue) == ("mail", "mail")
    assert (seed.job.payload_style, seed.document) == ("document", "bullmq.Job().data")
    assert getattr(seed.scope.given.get("job"), "path", "") == "bullmq.Job()"


def test_a_processor_that_cannot_be_followed_is_mentioned() -> None:
    found = one("from bullmq import Worker\nfrom unseen import process\nWorker('mail', process)\n")
    assert names(found) == []
    assert [unjudged.what for unjudged in found.unjudged] == ["a processor"]


LISTENERS = {
    "signal": "from celery.signals import task_failure\n@task_failure.connect\ndef note(**kwargs): ...\n",
    "signal with options": (
        "from celery.signals import task_failure\n@task_failure.connect(weak=False)\ndef note(**kwargs): ...\n"
    ),
    "signal of this job": (
        "from celery.signals import task_failure\n@task_failure.connect(sender=send)\ndef note(**kwargs): ...\n"
    ),
    "signal by call": (
        "from celery import signals\ndef note(**kwargs): ...\nsignals.task_failure.connect(note)\n"
    ),
}


@pytest.mark.parametrize("listener", LISTENERS.values(), ids=LISTENERS)
def test_signal_handlers_are_handed_on(listener: str) -> None:
    (hook,) = job(one(f"{APP}@app.task\n{SEND}{listener}")).hooks
    assert (hook.moment, hook.function.qualname) == ("failed", "note")


def test_a_signal_handler_of_another_job_is_not() -> None:
    text = f"{APP}from celery.signals import task_failure\n@app.task\n{SEND}@app.task\ndef other(): ...\n"
    found = one(f"{text}@task_failure.connect(sender=other)\ndef note(**kwargs): ...\n")
    assert job(found, "send").hooks == ()
    assert len(job(found, "other").hooks) == 1


def test_listeners_of_a_worker_are_handed_on() -> None:
    text = (
        f"from bullmq import Worker\n{PROCESS}worker = Worker('mail', process)\ndef note(job, error): ...\n"
    )
    found = one(f"{text}worker.on('failed', note)\nworker.on('stalled', note)\nWorker('other', process)\n")
    hooks = {seed.job.registered: [hook.moment for hook in seed.hooks] for seed in found.jobs}
    assert hooks == {"mail": ["failed"], "other": []}


PROPAGATION = {
    "signal": "from celery.signals import before_task_publish\n@before_task_publish.connect\ndef add(**k): ...\n",
    "signal by call": (
        "from celery import signals\ndef add(**k): ...\nsignals.before_task_publish.connect(add)\n"
    ),
    "library": (
        "from opentelemetry.instrumentation.celery import CeleryInstrumentor\n\n"
        "CeleryInstrumentor().instrument()\n"
    ),
    "error tracker": (
        "import sentry_sdk\nfrom sentry_sdk.integrations.celery import CeleryIntegration\n"
        "sentry_sdk.init(integrations=[CeleryIntegration()])\n"
    ),
    "receiver": (
        "from celery import signals\nfrom django.dispatch import receiver\n\n\n"
        "@receiver(signals.before_task_publish)\ndef add(headers=None, **k): ...\n"
    ),
}


@pytest.mark.parametrize("text", PROPAGATION.values(), ids=PROPAGATION)
def test_installed_propagation_of_a_correlation_id_is_found(text: str) -> None:
    found = one(f"{APP}@app.task\n{SEND}", propagation=text)
    assert found.correlation is not None
    assert found.correlation.path == "shop/propagation.py"
    assert one(f"{APP}@app.task\n{SEND}").correlation is None

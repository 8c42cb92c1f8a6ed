"""Every form in which a project enqueues a job, and what it then carries."""

from __future__ import annotations

import pytest

from jobcheck.model import Enqueue
from tests.link.small import enqueue, job, one, recognised

TASKS = "from celery import Celery\napp = Celery('shop')\n@app.task\ndef send(user_id, locale='en'): ...\n"
Fields = list[tuple[str | None, str]]


def fields(found: Enqueue) -> Fields | None:
    return None if found.payload is None else [(f.name, f.text + f.spread) for f in found.payload]


def produced(view: str, **more: str) -> Enqueue:
    return enqueue(one(TASKS, views=f"from shop.tasks import send, app\n{view}", **more))


ONE: Fields = [(None, "user.id")]
FORMS: dict[str, tuple[str, Fields | None]] = {
    "delay": ("def view(user):\n    send.delay(user.id)\n", ONE),
    "delay by name": ("def view(user):\n    send.delay(user_id=user.id)\n", [("user_id", "user.id")]),
    "delay_on_commit": ("def view(user):\n    send.delay_on_commit(user.id)\n", ONE),
    "apply_async": ("def view(user):\n    send.apply_async((user.id,))\n", ONE),
    "apply_async by keyword": ("def view(user):\n    send.apply_async(args=[user.id], countdown=5)\n", ONE),
    "apply_async with kwargs": (
        "def view(user):\n    send.apply_async(kwargs={'user_id': user.id})\n",
        [("user_id", "user.id")],
    ),
    "apply_async with dict()": (
        "def view(user):\n    send.apply_async(kwargs=dict(user_id=user.id))\n",
        [("user_id", "user.id")],
    ),
    "apply_async of nothing": ("def view(user):\n    send.apply_async()\n", []),
    "send_task": ("def view(user):\n    app.send_task('shop.tasks.send', args=[user.id])\n", ONE),
    "send_task of the job's name": ("def view(user):\n    app.send_task(send.name, [user.id])\n", ONE),
    "through current_app": (
        "from celery import current_app\ndef view(user):\n    current_app.send_task('shop.tasks.send', [user.id])\n",
        ONE,
    ),
    "through the registry": ("def view(user):\n    app.tasks['shop.tasks.send'].delay(user.id)\n", ONE),
    "on_commit and lambda": (
        (
            "from django.db import transaction\ndef view(user):\n"
            "    transaction.on_commit(lambda: send.delay(user.id))\n"
        ),
        ONE,
    ),
    "on_commit and partial": (
        (
            "from functools import partial\nfrom django.db.transaction import on_commit\ndef view(user):\n"
            "    on_commit(partial(send.delay, user.id))\n"
        ),
        ONE,
    ),
    "on_commit and bound method": (
        "from django.db.transaction import on_commit\ndef view(user):\n    on_commit(send.delay)\n",
        [],
    ),
    "on_commit and signature": (
        "from django.db.transaction import on_commit\ndef view(user):\n    on_commit(send.s(user.id).delay)\n",
        ONE,
    ),
    "in a thread": (
        "import asyncio\nasync def view(user):\n    await asyncio.to_thread(send.delay, user.id)\n",
        ONE,
    ),
    "another name": ("enqueue = send.delay\ndef view(user):\n    enqueue(user.id)\n", ONE),
    "chosen": (
        "def view(user, late):\n    task = send if late else None\n    task.delay(user.id)\n",
        ONE,
    ),
    "from a mapping": ("JOBS = {'a': send}\ndef view(user, kind):\n    JOBS[kind].delay(user.id)\n", ONE),
    "looked up by function": (
        "def view(request, user):\n    request.task(send).delay(user.id)\n",
        ONE,
    ),
    "signature sent": ("def view(user):\n    send.s(user.id).delay()\n", ONE),
    "signature with options": ("def view(user):\n    send.si(user.id).set(queue='x').apply_async()\n", ONE),
    "signature filled later": (
        "def view(user):\n    sig = send.s('de')\n    sig.delay(user.id)\n",
        [(None, "user.id"), (None, "'de'")],
    ),
    "signature by name": (
        "from celery import signature\ndef view(user):\n    signature('shop.tasks.send', args=(user.id,)).delay()\n",
        ONE,
    ),
    "spread list": ("def view(user):\n    args = [user.id]\n    send.delay(*args)\n", ONE),
    "spread unknown": ("def view(user):\n    send.delay(*user.ids())\n", [(None, "user.ids()*")]),
    "spread mapping unknown": ("def view(**kwargs):\n    send.delay(**kwargs)\n", [(None, "kwargs**")]),
    "handed to the unknown": (
        "from unseen import run\ndef view(user):\n    run(send.delay, user.id)\n",
        None,
    ),
}


@pytest.mark.parametrize(("view", "expected"), FORMS.values(), ids=FORMS)
def test_a_celery_producer_is_found(view: str, expected: Fields | None) -> None:
    found = produced(view)
    assert (found.job, found.style) == ("shop.tasks.send", "call")
    assert fields(found) == expected


HELPERS = {
    "takes the job": "def put(task, *args, **kwargs):\n    task.apply_async(args=args, kwargs=kwargs)\n",
    "takes the job by annotation": (
        "from celery import Task\ndef put(task: Task, *args):\n    task.delay(*args)\n"
    ),
    "takes the verb": "def put(run, *args):\n    run(*args)\n",
    "takes the verb, after commit": (
        "from django.db import transaction\ndef put(run, *args, **kwargs):\n"
        "    if transaction.get_connection().in_atomic_block:\n"
        "        transaction.on_commit(lambda: run(*args, **kwargs))\n"
    ),
    "hands the verb on": "def put(run, *args):\n    inner(run, *args)\ndef inner(run, *args):\n    run(*args)\n",
    "two levels": "def put(task, *args):\n    inner(task, *args)\ndef inner(task, *args):\n    task.delay(*args)\n",
    "a method": (
        "class Bus:\n    def put(self, task, *args):\n        task.delay(*args)\nbus = Bus()\nput = bus.put\n"
    ),
}


@pytest.mark.parametrize("helper", HELPERS.values(), ids=HELPERS)
def test_a_helper_is_followed_from_its_callers(helper: str) -> None:
    handed = "send.delay" if "run" in helper.partition("):")[0] else "send"
    found = produced(f"from shop.bus import put\ndef view(user):\n    put({handed}, user.id)\n", bus=helper)
    assert (found.job, fields(found)) == ("shop.tasks.send", ONE)
    assert (found.at.path, found.at.span.line) == ("shop/views.py", 4)
    assert {step.at.path for step in found.via} == {"shop/bus.py"}


def test_a_wrapper_that_fixes_the_job_is_a_producer_itself() -> None:
    found = produced("def notify(user_id):\n    send.delay(user_id)\ndef view(user):\n    notify(user.id)\n")
    assert (found.scope, found.at.span.line, fields(found)) == ("shop.views.notify", 3, [(None, "user_id")])


def test_signatures_in_a_workflow_are_producers_of_their_own() -> None:
    view = (
        "from celery import chain\ndef view(user):\n"
        "    chain(send.s(user.id), send.si(1), send.signature((2,), immutable=True))()\n"
    )
    found = one(TASKS, views=f"from shop.tasks import send\n{view}")
    assert [(e.style, e.partial_payload, fields(e)) for e in found.enqueues] == [
        ("call", True, [(None, "user.id")]),
        ("call", False, [(None, "1")]),
        ("call", False, [(None, "2")]),
    ]


WORKFLOWS = {
    "chain": "chain(send.s(1), other.si(2)).delay()",
    "chain held": "work = chain(send.s(1), other.si(2))\n    work.apply_async()",
    "bar": "(send.s(1) | other.si(2)).delay()",
    "bar held": "work = send.s(1) | other.si(2)\n    work.apply_async(countdown=5)",
    "group of a list": "group([send.s(1), other.si(2)])()",
    "group by comprehension": "group(job.s(1) for job in (send, other)).delay()",
    "chord": "chord([send.s(1)])(other.si(2))",
    "chord with body": "chord([send.s(1)], other.si(2)).delay()",
    "nested": "chain(group(send.s(1)), other.si(2)).apply_async()",
}


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_a_workflow_sends_what_it_is_made_of(workflow: str) -> None:
    tasks = f"{TASKS}@app.task\ndef other(user_id): ...\n"
    view = f"from celery import chain, chord, group\nfrom shop.tasks import send, other\ndef view():\n    {workflow}\n"
    found = one(tasks, views=view).enqueues
    assert {(e.job, e.style) for e in found} == {("shop.tasks.send", "call"), ("shop.tasks.other", "call")}
    assert len({e.at for e in found}) == 1


def test_a_workflow_of_unknown_parts_leaves_them_producers_of_their_own() -> None:
    view = (
        "from celery import chain\ndef view(more):\n    work = [send.s(1)] + more\n    chain(*work).delay()\n"
    )
    found = one(TASKS, views=f"from shop.tasks import send\n{view}").enqueues
    assert {e.job for e in found} == {"shop.tasks.send"}


DIRECTIVE = """
from shop.tasks import app, send
def _plan(config, schedule, func, args=(), kwargs=()):
    def add():
        config.registry["celery"].add_periodic_task(schedule, config.task(func).s(), args=args, kwargs=kwargs)
    config.action(None, add)
def includeme(config):
    config.registry["celery"] = app
    config.add_directive("add_periodic_task", _plan)
"""


@pytest.mark.parametrize("config", ["config", "config: Configurator"])
def test_a_directive_of_the_project_plans_jobs(config: str) -> None:
    use = (
        "from pyramid.config import Configurator\nfrom shop.tasks import send\n"
        f"def includeme({config}):\n    config.add_periodic_task(60, send, args=(1,))\n"
    )
    registry = DIRECTIVE.replace("= app", "= Celery('x')").replace(
        "\nfrom", "\nfrom celery import Celery\nfrom", 1
    )
    found = [e for e in one(TASKS, plan=registry, use=use).enqueues if e.job]
    assert [(e.at.path, e.job, e.style, fields(e)) for e in found] == [
        ("shop/use.py", "shop.tasks.send", "schedule", [(None, "1")])
    ]


SIGNED = {
    "chunks": "send.chunks(zip(users), 10)",
    "map": "send.map(users)",
    "starmap": "send.starmap(users)",
    "link": "app.send_task('celery.ping', link=send.s())",
    "link of errors": "app.send_task('celery.ping', link_error=send.s())",
    "replace": "self.replace(send.s(users))",
    "on_error": "self.signature().on_error(send.s())",
}


@pytest.mark.parametrize("expression", SIGNED.values(), ids=SIGNED)
def test_a_message_that_is_only_written_down(expression: str) -> None:
    view = f"from shop.tasks import send, app\ndef view(self, users):\n    {expression}\n"
    found = [e for e in one(TASKS, views=view).enqueues if e.job]
    assert [(e.job, e.style) for e in found] == [("shop.tasks.send", "signature")]


def test_chunks_are_sent_by_a_call() -> None:
    found = produced("def view(users):\n    send.chunks(zip(users), 10).apply_async()\n")
    assert (found.job, found.style, found.payload) == ("shop.tasks.send", "call", None)


def test_headers_travel_beside_the_payload() -> None:
    found = produced("def view(user):\n    send.apply_async([user.id], headers={'trace_id': 1, 'a': 2})\n")
    assert (found.context, found.context_known) == (("a", "trace_id"), True)
    hidden = produced("def view(user, **options):\n    send.apply_async([user.id], **options)\n")
    assert hidden.context_known is False


PERIODIC = {
    "settings of the application": (
        "app.conf.beat_schedule = {'x': {'task': 'shop.tasks.send', 'schedule': 5, 'args': (1,)}}\n",
        [(None, "1")],
    ),
    "filled later": (
        (
            "app.conf.beat_schedule = {}\nSEND = {'task': 'shop.tasks.send', 'schedule': 5, 'kwargs': {'user_id': 1}}\n"
            "app.conf.beat_schedule = {'x': SEND}\n"
        ),
        [("user_id", "1")],
    ),
    "on the application": (
        (
            "@app.on_after_configure.connect\ndef plan(sender, **kwargs):\n"
            "    app.add_periodic_task(5.0, send.s(1), name='x')\n"
        ),
        [(None, "1")],
    ),
    "on the application that the handler is given": (
        (
            "@app.on_after_configure.connect\ndef plan(sender, **kwargs):\n"
            "    sender.add_periodic_task(5.0, send.s(1), name='x')\n"
        ),
        [(None, "1")],
    ),
    "looked up by function": (
        "def plan(config):\n    app.add_periodic_task(5.0, config.task(send).s(1))\n",
        [(None, "1")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), PERIODIC.values(), ids=PERIODIC)
def test_a_schedule_is_a_producer_and_makes_the_job_periodic(text: str, expected: Fields) -> None:
    found = one(f"{TASKS}{text}")
    scheduled = enqueue(found)
    assert (scheduled.job, scheduled.style, fields(scheduled)) == ("shop.tasks.send", "schedule", expected)
    assert job(found).job.periodic == scheduled.at


ROWS = {
    "made": "PeriodicTask(name='x', task='shop.tasks.send')",
    "created": "PeriodicTask.objects.create(name='x', task='shop.tasks.send')",
    "created once": "PeriodicTask.objects.get_or_create(name='x', task='shop.tasks.send')",
    "created with defaults": "PeriodicTask.objects.get_or_create(name='x', defaults={'task': 'shop.tasks.send'})",
    "updated": "PeriodicTask.objects.update_or_create(name='x', defaults=dict(task=send.name, enabled=True))",
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_of_a_schedule_is_a_producer(row: str) -> None:
    found = one(f"{TASKS}from django_celery_beat.models import PeriodicTask\ndef plan():\n    {row}\n")
    assert (enqueue(found).job, enqueue(found).style) == ("shop.tasks.send", "schedule")


STRAYS = {
    "no such function": ("app.send_task('shop.tasks.sned')\n", True),
    "a function that is no job": ("def plain(): ...\napp.send_task('shop.views.plain')\n", True),
    "no such module": ("app.send_task('shop.missing.send')\n", True),
    "another service": ("app.send_task('billing.charge')\n", False),
    "built in": ("app.send_task('celery.backend_cleanup')\n", False),
    "not told": ("import os\napp.send_task(os.environ['X'])\n", False),
}


@pytest.mark.parametrize(("view", "known"), STRAYS.values(), ids=STRAYS)
def test_a_name_without_a_job(view: str, known: bool) -> None:
    found = produced(view)
    assert (found.job, found.target_known) == (None, known)


def test_a_name_that_nearly_is_an_idle_job_s_misses_it() -> None:
    text = "from celery import Celery\napp = Celery()\n@app.task(name='clean-carts')\ndef clean(): ...\n"
    assert enqueue(one(f"{text}app.send_task('clean-cart')\n")).target_known is True
    assert enqueue(one(f"{text}app.send_task('charge')\n")).target_known is False
    reached = one(f"{text}clean.delay()\napp.send_task('clean-cart')\n")
    assert [each.target_known for each in reached.enqueues] == [True, False]


NO_PRODUCERS = {
    "a direct call": "def view(user):\n    send(user.id)\n",
    "the function itself": "def view(user):\n    send.run(user.id)\n    send.apply((user.id,))\n",
    "delay of something else": "class Alarm:\n    def delay(self, x): ...\ndef view(user):\n    Alarm().delay(user.id)\n",
    "add of a set": "def view(user):\n    seen = set()\n    seen.add(user.id)\n",
}


@pytest.mark.parametrize("view", NO_PRODUCERS.values(), ids=NO_PRODUCERS)
def test_what_only_looks_like_a_producer(view: str) -> None:
    assert one(TASKS, views=f"from shop.tasks import send\n{view}").enqueues == ()


# --- what fields carry ---

MODELS = "from django.db import models\nclass User(models.Model): ...\n"
CARRIED = {
    "identifier of a row": ("send.delay(user.id)", "identifier", "user"),
    "primary key": ("send.delay(user.pk)", "identifier", "user"),
    "converted": ("send.delay(str(user.pk))", "identifier", "user"),
    "identifier by name": ("send.delay(user_id)", "identifier", None),
    "literal": ("send.delay('x')", "scalar", None),
    "f-string": ("send.delay(f'{user}')", "scalar", None),
    "record": ("send.delay({'a': 1})", "record", None),
    "row by query": ("send.delay(User.objects.get(pk=1))", "row", None),
    "row from a name": ("row = User.objects.filter(a=1).first()\n    send.delay(row)", "row", None),
    "row by shortcut": (
        "from django.shortcuts import get_object_or_404\n    send.delay(get_object_or_404(User, pk=1))",
        "row",
        None,
    ),
    "new row": ("send.delay(User(a=1))", "row", None),
    "annotated row": ("send.delay(who)", "row", None),
    "rows": ("send.delay(User.objects.filter(a=1))", "rows", None),
    "listed rows": ("send.delay(list(User.objects.all()))", "rows", None),
    "row of a loop": ("for each in User.objects.all():\n        send.delay(each)", "row", None),
    "dumped row": (
        "from django.forms.models import model_to_dict\n    send.delay(model_to_dict(User()))",
        "row",
        None,
    ),
    "request": ("send.delay(request)", "request", None),
    "listed identifiers": ("send.delay([u.id for u in user.all()])", "scalar", None),
    "values of a column": ("send.delay(User.objects.values_list('id'))", "unknown", None),
    "anything": ("send.delay(user)", "unknown", None),
}


@pytest.mark.parametrize(("body", "kind", "held"), CARRIED.values(), ids=CARRIED)
def test_what_a_field_carries(body: str, kind: str, held: str | None) -> None:
    view = f"from shop.models import User\ndef view(request, user, user_id, who: User):\n    {body}\n"
    (field,) = produced(view, models=MODELS).payload or ()
    assert (field.carried, field.held) == (kind, held)


# --- BullMQ ---

WORKER = "from bullmq import Queue, Worker\nasync def process(job, token): ...\nWorker('mail', process)\n"
DATA: Fields = [("userId", "user.id")]
ADDS: dict[str, tuple[str, Fields | None]] = {
    "module queue": (
        "queue = Queue('mail', {})\nasync def view(user):\n    await queue.add('x', {'userId': user.id})\n",
        DATA,
    ),
    "by keyword": (
        "queue = Queue('mail')\nasync def view(user):\n    await queue.add('x', data={'userId': user.id})\n",
        DATA,
    ),
    "own queue": (
        (
            "class Mail:\n    def __init__(self):\n        self.queue = Queue('mail')\n"
            "    async def view(self, user):\n        await self.queue.add('x', {'userId': user.id})\n"
        ),
        DATA,
    ),
    "queue given to the object": (
        (
            "class Mail:\n    def __init__(self, queue: Queue):\n        self.queue = queue\n"
            "    async def view(self, user):\n        await self.queue.add('x', {'userId': user.id})\n"
            "mail = Mail(Queue('mail'))\n"
        ),
        DATA,
    ),
    "queue given to the function": (
        (
            "async def view(queue: Queue, user):\n    await queue.add('x', {'userId': user.id})\n"
            "async def main(user):\n    await view(Queue('mail'), user)\n"
        ),
        DATA,
    ),
    "mapping of queues": (
        (
            "QUEUES = {'mail': Queue('mail')}\nasync def view(user):\n"
            "    await QUEUES['mail'].add('x', {'userId': user.id})\n"
        ),
        DATA,
    ),
    "factory of several": (
        (
            "def make():\n    return Queue('mail'), Queue('other')\nmail, other = make()\n"
            "async def view(user):\n    await mail.add('x', {'userId': user.id})\n"
        ),
        DATA,
    ),
    "in bulk": (
        (
            "queue = Queue('mail')\nasync def view(user):\n"
            "    await queue.addBulk([{'name': 'x', 'data': {'userId': user.id}}])\n"
        ),
        DATA,
    ),
    "in bulk by comprehension": (
        (
            "queue = Queue('mail')\nasync def view(users):\n"
            "    await queue.addBulk([{'name': 'x', 'data': {'userId': user.id}} for user in users])\n"
        ),
        DATA,
    ),
    "flow": (
        (
            "from bullmq import FlowProducer\nasync def view(user):\n"
            "    await FlowProducer().add({'name': 'x', 'queueName': 'mail', 'data': {'userId': user.id}})\n"
        ),
        DATA,
    ),
    "wrapper with the whole document": (
        (
            "queue = Queue('mail')\nasync def put(data):\n    await queue.add('x', data, {})\n"
            "async def view(user):\n    await put({'userId': user.id})\n"
        ),
        DATA,
    ),
    "unknown document": (
        "queue = Queue('mail')\nasync def view(user):\n    await queue.add('x', user.dump())\n",
        None,
    ),
    "spread document": (
        (
            "queue = Queue('mail')\nasync def view(user, rest):\n"
            "    await queue.add('x', {'userId': user.id, **rest})\n"
        ),
        [*DATA, (None, "**")],
    ),
}


@pytest.mark.parametrize(("view", "expected"), ADDS.values(), ids=ADDS)
def test_a_bullmq_producer_is_found(view: str, expected: Fields | None) -> None:
    found = enqueue(one(f"{WORKER}{view}"))
    assert (found.job, found.style) == ("shop.tasks.process", "call")
    assert (found.is_async, found.awaited) == (True, True)
    assert fields(found) == expected


AWAITS = {
    "awaited": ("await queue.add('x', {})", True),
    "gathered": ("await asyncio.gather(queue.add('x', {}), queue.add('y', {}))", True),
    "returned": ("return queue.add('x', {})", True),
    "dropped": ("queue.add('x', {})", False),
}


@pytest.mark.parametrize(("statement", "awaited"), AWAITS.values(), ids=AWAITS)
def test_whether_a_coroutine_is_awaited(statement: str, awaited: bool) -> None:
    found = one(f"{WORKER}import asyncio\nqueue = Queue('mail')\nasync def view():\n    {statement}\n")
    assert {each.awaited for each in found.enqueues} == {awaited}


def test_a_job_scheduler_is_a_schedule() -> None:
    text = "queue = Queue('mail')\nasync def plan():\n    await queue.upsertJobScheduler('d', {'every': 1}, 'x', {'a': 1})\n"
    found = one(f"{WORKER}{text}")
    assert (enqueue(found).style, fields(enqueue(found))) == ("schedule", [("a", "1")])
    assert job(found).job.periodic == enqueue(found).at


def test_a_queue_without_a_worker_may_have_one_elsewhere() -> None:
    found = enqueue(
        one("from bullmq import Queue\nqueue = Queue('mail')\nasync def f():\n    await queue.add('x', {})\n")
    )
    assert (found.target, found.job, found.target_known) == ("mail", None, False)


def test_a_queue_that_nearly_is_an_idle_worker_s_misses_it() -> None:
    found = enqueue(one(f"{WORKER}queue = Queue('mails')\nasync def f():\n    await queue.add('x', {{}})\n"))
    assert (found.target, found.job, found.target_known) == ("mails", None, True)


def test_jobs_of_two_frameworks_stand_side_by_side() -> None:
    view = "from shop.tasks import send\nfrom bullmq import Queue\nasync def f(u):\n    send.delay(u.id)\n    await Queue('mail').add('x', {})\n"
    found = recognised({"shop/tasks.py": TASKS, "shop/worker.py": WORKER, "shop/views.py": view})
    assert [(e.framework, e.job) for e in found.enqueues] == [
        ("celery", "shop.tasks.send"),
        ("bullmq", "shop.worker.process"),
    ]
    assert {"send", "celery"} - found.learnt == {"celery"}

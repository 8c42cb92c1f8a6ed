"""One processor, several sorts of message or several queues: which jobs come of it, and what each does."""

from __future__ import annotations

import pytest

from jobcheck.config import Config
from jobcheck.engine import quiet
from jobcheck.model import Project
from jobcheck.report import Request
from jobcheck.sources import Sources
from jobcheck.understanding import collect
from tests.builders import POLICY
from tests.link.small import names, one

START = """\
from bullmq import FlowProducer, Queue, Worker
queue = Queue("mail", {"connection": "redis://localhost"})
flows = FlowProducer()
async def hello(data): print(data["to"])
async def bye(data): print(data["day"])
"""
END = 'worker = Worker("mail", process, {"connection": "redis://localhost"})\n'

DISPATCH = {
    "compared": (
        'async def process(job, token):\n    if job.name == "hello":\n        await hello(job.data)\n'
        '    elif "bye" == job.name:\n        await bye(job.data)\n'
    ),
    "compared under another name": (
        'async def process(job, token):\n    name = job.name\n    if name == "hello":\n        await hello(job.data)\n'
        '    elif name in ("bye",):\n        await bye(job.data)\n'
    ),
    "left early": (
        'async def process(job, token):\n    if job.name != "bye":\n        if job.name not in ["hello"]:\n'
        "            raise ValueError\n        return await hello(job.data)\n    await bye(job.data)\n"
    ),
    "matched": (
        'async def process(job, token):\n    match job.name:\n        case "hello":\n            await hello(job.data)\n'
        '        case "bye":\n            await bye(job.data)\n        case _:\n            raise ValueError\n'
    ),
    "table": (
        'TABLE = {"hello": hello, "bye": bye}\nasync def process(job, token):\n'
        "    return await TABLE[job.name](job.data)\n"
    ),
    "table asked": (
        'TABLE = {"hello": hello, "bye": bye}\nasync def process(job, token):\n'
        "    handler = TABLE.get(job.name)\n    await handler(job.data)\n"
    ),
    "method": (
        "class Mail:\n    async def process(self, job, token):\n"
        '        if job.name == "hello":\n            await hello(job.data)\n        elif job.name == "bye":\n'
        "            await bye(job.data)\nprocess = Mail().process\n"
    ),
}


def understood(text: str) -> Project:
    sources = Sources("/nowhere", (), {"shop/tasks.py": text.encode()})  # type: ignore[arg-type]
    request = Request("/nowhere", ("/nowhere",), use_cache=False, workers=1)
    from jobcheck.engine import _vocabulary

    return collect(request, sources, _vocabulary(Config()), POLICY, quiet).project


@pytest.mark.parametrize("dispatch", DISPATCH.values(), ids=DISPATCH)
def test_each_sort_of_message_is_a_job_that_does_its_own_part(dispatch: str) -> None:
    sites = understood(START + dispatch + END).sites
    assert {site.job.name.rpartition(":")[2]: {f.name for f in site.flow.reads} for site in sites} == {
        "hello": {"to"},
        "bye": {"day"},
    }
    assert all(not field.optional for site in sites for field in site.flow.reads)


SENT = {
    "added": "async def send():\n    await queue.add('hello', {'to': 1})\n    await queue.add('bye', {'day': 1})\n",
    "in bulk": (
        "async def send():\n    await queue.addBulk([{'name': 'hello', 'data': {'to': 1}},"
        " {'name': 'bye', 'data': {'day': 1}}])\n"
    ),
    "as a flow": (
        "async def send():\n    await flows.add({'name': 'hello', 'queueName': 'mail', 'data': {'to': 1},"
        " 'children': [{'name': 'bye', 'queueName': 'mail', 'data': {'day': 1}}]})\n"
    ),
    "by the clock": (
        "async def send():\n    await queue.upsertJobScheduler('a', {'every': 1}, 'hello', {'to': 1})\n"
        "    await queue.upsertJobScheduler('b', {'every': 1}, job_name='bye', job_data={'day': 1})\n"
    ),
}


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_a_message_reaches_the_job_of_its_sort(sent: str) -> None:
    found = one(START + DISPATCH["compared"] + sent + END)
    assert {(enqueue.job, field.name) for enqueue in found.enqueues for field in enqueue.payload or ()} == {
        ("shop.tasks.process:hello", "to"),
        ("shop.tasks.process:bye", "day"),
    }


def test_a_sort_that_only_a_producer_names_is_a_job_that_goes_its_own_way() -> None:
    sent = "async def send():\n    await queue.add('other', {})\n"
    sites = understood(START + DISPATCH["compared"] + sent + END).sites
    assert [site.flow.reads for site in sites if site.job.name.endswith(":other")] == [()]


@pytest.mark.parametrize(
    "sent",
    [
        "async def send(name):\n    await queue.add(name, {})\n",
        "async def send(a):\n    await queue.add('hello' if a else 'bye', {})\n",
    ],
)
def test_a_name_that_cannot_be_told_leaves_one_job(sent: str) -> None:
    assert names(one(START + DISPATCH["compared"] + sent + END)) == ["shop.tasks.process"]


def test_a_processor_that_asks_for_no_name_is_one_job() -> None:
    sent = "async def send():\n    await queue.add('hello', {})\n    await queue.add('bye', {})\n"
    assert names(one(f"{START}async def process(job, token): print(job.name)\n{sent}{END}")) == [
        "shop.tasks.process"
    ]


LOOPS = {
    "comprehension": "workers = [Worker(name, process) for name in ('a', 'b')]\n",
    "loop": "NAMES = ['a', 'b']\nfor name in NAMES:\n    Worker(name, process)\n",
    "loop in a function": "def start():\n    for name in ('a', 'b'):\n        Worker(name, process)\n",
    "one by one": "Worker('a', process)\nWorker('b', process)\n",
}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_a_processor_of_several_queues_is_a_job_of_each(loop: str) -> None:
    text = f"{START}async def process(job, token): ...\na = Queue('a')\nasync def send():\n    await a.add('x', {{}})\n"
    found = one(text + loop)
    assert [(seed.job.name, seed.job.queue) for seed in found.jobs] == [
        ("shop.tasks.process@a", "a"),
        ("shop.tasks.process@b", "b"),
    ]
    assert [enqueue.job for enqueue in found.enqueues] == ["shop.tasks.process@a"]


def test_which_of_several_processors_serves_which_queue_is_not_guessed() -> None:
    found = one(f"{START}for n in ('a', 'b'):\n    for f in (hello, bye):\n        Worker(n, f)\n")
    assert {seed.job.queue for seed in found.jobs} == {None}

"""BullMQ for Python: plain functions named by a Worker, options in mappings, milliseconds."""

from __future__ import annotations

from jobcheck.frameworks import Declare, Framework, Listen, Primitive, QueueMaker, Send, Slot
from jobcheck.frameworks.bullmq.options import effective, spell
from jobcheck.frameworks.bullmq.quirks import OPTIONS, quirks

JOB = "bullmq.Job()"

ALIASES = {
    "bullmq.queue.Queue": "bullmq.Queue",
    "bullmq.worker.Worker": "bullmq.Worker",
    "bullmq.flow_producer.FlowProducer": "bullmq.FlowProducer",
    "bullmq.job.Job": "bullmq.Job",
    "bullmq.queue_events.QueueEvents": "bullmq.QueueEvents",
}

NAME, DATA, OPTS = Slot("name"), Slot("data"), Slot("opts")
ADD_BULK = Send(by="queue", entries=Slot("jobs", 0), sort=NAME, document=DATA, options=OPTS, is_async=True)

PRIMITIVES: dict[str, Primitive] = {
    "bullmq.Worker": Declare(Slot("processor", 1), options=Slot("opts", 2), queue=Slot("name", 0)),
    "bullmq.Queue": QueueMaker(Slot("name", 0), Slot("opts", 1), "defaultJobOptions"),
    "bullmq.Queue().add": Send(
        by="queue",
        sort=Slot("name", 0),
        document=Slot("data", 1),
        options=Slot("opts", 2),
        takes=frozenset({"name", "data", "opts"}),
        is_async=True,
    ),
    "bullmq.Queue().addBulk": ADD_BULK,
    "bullmq.Queue().upsertJobScheduler": Send(
        by="queue",
        sort=Slot("job_name", 2),
        document=Slot("job_data", 3),
        options=Slot("opts", 4),
        style="schedule",
        is_async=True,
    ),
    "bullmq.FlowProducer().add": Send(
        by="name",
        target=Slot("queueName"),
        entries=Slot("flow", 0),
        children="children",
        sort=NAME,
        document=DATA,
        options=OPTS,
        is_async=True,
    ),
    "bullmq.FlowProducer().addBulk": Send(
        by="name",
        target=Slot("queueName"),
        entries=Slot("flows", 0),
        children="children",
        sort=NAME,
        document=DATA,
        options=OPTS,
        is_async=True,
    ),
}

LISTEN = Listen(
    Slot("callback", 1),
    {"active": "started", "completed": "completed", "failed": "failed"},
    event=Slot("event", 0),
    every=frozenset({"failed"}),
)
PRIMITIVES.update({"bullmq.Worker().on": LISTEN, "bullmq.Worker().once": LISTEN})
PRIMITIVES["bullmq.QueueEvents().on"] = Listen(
    Slot("callback", 1),
    {"active": "started", "completed": "completed", "failed": "failed", "retries-exhausted": "failed"},
    event=Slot("event", 0),
    queue=Slot("name", 0),
)

CALLS = {
    "bullmq.Job().updateProgress": "progress",
    "bullmq.Job().id": "job-id",
    "bullmq.Job().data": "payload",
    "bullmq.Job().attemptsMade": "attempt",
}

FRAMEWORK = Framework(
    name="bullmq",
    title="BullMQ",
    packages=("bullmq",),
    aliases=ALIASES,
    primitives=PRIMITIVES,
    handle=JOB,
    calls=CALLS,
    effective=effective,
    quirks=quirks,
    spell=spell,
    handed=(JOB, "builtins.str()"),
    sorted_by="name",
    payload_style="document",
    document="bullmq.Job().data",
    options_by="producers",
    isolates=True,
    sends_with=OPTIONS | {"name", "data", "opts", "queueName", "prefix", "children"},
)

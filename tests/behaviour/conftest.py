"""Benches on which the real libraries run.

`bench()` gives a Celery application with an in-memory broker. `bench.work()` plays the worker: it takes
each message off the queue and hands it to Celery's own `Request`, so the message, the serializer, the
tracer, the hooks and the retry logic are Celery's; only the waiting between two runs is left out, and
the wait asked for is noted instead. `worker` tests use Celery's own worker thread and Redis.

`serve()` runs a BullMQ worker against Redis until its queue is idle. A delayed job is promoted at once,
the delay it was given is noted; `promote=False` lets the worker wait for real.
"""

from __future__ import annotations

import asyncio
import gc
import shutil
import socket
import subprocess
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery, signals
from celery.worker.request import Request

NEVER_ENDING = 25


@dataclass
class Run:
    """One execution of a Celery job: how it ended, and the seconds the next one was told to wait."""

    name: str
    id: str
    state: str = ""
    result: object = None
    wait: float | None = None


class Bench:
    """A Celery application whose queue is worked off by hand."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("broker", "memory://")
        settings.setdefault("backend", "cache+memory://")
        self.app = Celery("bench", set_as_current=False, **settings)
        self.app.conf.task_default_queue = f"bench-{uuid.uuid4().hex}"

    def task(self, function: Callable[..., Any] | None = None, **options: Any) -> Any:
        """Declare a job here only: Celery shares a task with every application unless told not to."""
        declare = self.app.task(shared=False, **options)
        return declare if function is None else declare(function)

    def pending(self) -> int:
        """How many messages wait in the queue."""
        with self.app.connection_for_read() as connection:
            queue = self._queue(connection)
            return int(queue.queue_declare(passive=True).message_count)

    def work(self, limit: int = NEVER_ENDING) -> list[Run]:
        """Run what is queued, and what that enqueues, until nothing is left or `limit` runs are done."""
        runs: list[Run] = []
        with _Recorder(runs), self.app.connection_for_read() as connection:
            queue = self._queue(connection)
            while len(runs) < limit and (message := queue.get(accept=self.app.conf.accept_content)):
                Request(message, app=self.app, on_ack=lambda *_: None).execute()
                message.ack()
        return runs

    def _queue(self, connection: Any) -> Any:
        queue = self.app.amqp.queues[self.app.conf.task_default_queue].bind(connection.default_channel)
        queue.declare()
        return queue


class _Recorder:
    def __init__(self, runs: list[Run]) -> None:
        self.runs = runs

    def __enter__(self) -> None:
        signals.task_prerun.connect(self._begin)
        signals.task_retry.connect(self._retry)
        signals.task_postrun.connect(self._end)

    def __exit__(self, *_: object) -> None:
        signals.task_prerun.disconnect(self._begin)
        signals.task_retry.disconnect(self._retry)
        signals.task_postrun.disconnect(self._end)

    def _begin(self, sender: Any, task_id: str, **_: Any) -> None:
        self.runs.append(Run(sender.name, task_id))

    def _retry(self, reason: Any, **_: Any) -> None:
        self.runs[-1].wait = reason.when

    def _end(self, state: str, retval: object, **_: Any) -> None:
        self.runs[-1].state, self.runs[-1].result = state, retval


def close(app: Celery) -> None:
    """Let go of every connection of an application, the result store's included."""
    app.close()
    if hasattr(app.backend, "result_consumer"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # garbage closes its sockets when it goes
            gc.collect()  # results still held by garbage talk to Redis when they go
        app.backend.result_consumer.stop()
        app.backend.client.connection_pool.disconnect()


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    """Make a bench; keyword arguments are those of `Celery(...)`."""
    made: list[Bench] = []

    def make(**settings: Any) -> Bench:
        made.append(Bench(**settings))
        return made[-1]

    yield make
    for bench in made:
        close(bench.app)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server of this session's own, on a free loopback port, gone with its data afterwards."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = _free_port()
    server = subprocess.Popen(_redis_command(program, port, tmp_path_factory.mktemp("redis")))
    try:
        _await_redis(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=10)


def _redis_command(program: str, port: int, folder: Path) -> list[str]:
    quiet = ["--save", "", "--appendonly", "no", "--logfile", str(folder / "redis.log")]
    return [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *quiet]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_redis(port: int) -> None:
    deadline = time.monotonic() + 10
    with redis.Redis(port=port) as client:
        while True:
            try:
                client.ping()
                return
            except redis.exceptions.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


@dataclass
class Shift:
    """What a BullMQ worker was seen to do. Waits are the milliseconds before each repeated run."""

    runs: int = 0
    waits: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


class Line:
    """A BullMQ queue of its own and the worker that serves it."""

    STATES = ("waiting", "active", "delayed", "prioritized", "completed", "failed")

    def __init__(self, url: str, **options: Any) -> None:
        from bullmq import Queue

        self.url = url
        self.queue = Queue(f"line-{uuid.uuid4().hex}", {"connection": url, **options})

    async def serve(
        self, processor: Any, *, patience: float = 8.0, promote: bool = True, **options: Any
    ) -> Shift:
        """Work until the queue is idle, or for `patience` seconds when it never is."""
        from bullmq import Worker

        shift, began = Shift(), time.monotonic()
        worker = Worker(self.queue.name, processor, {"connection": self.url, **options})
        self._listen(worker, shift)
        while await self._busy() and time.monotonic() - began < patience:
            if promote:
                await self._promote()
            await asyncio.sleep(0.005)
        shift.seconds = time.monotonic() - began
        shift.counts = await self.queue.getJobCounts(*self.STATES)
        await worker.close(force=True)
        return shift

    @staticmethod
    def _listen(worker: Any, shift: Shift) -> None:
        def started(*_: Any) -> None:
            shift.runs += 1

        def failed(job: Any, error: Exception) -> None:
            shift.failures.append(repr(error))
            if not job.finishedOn:
                shift.waits.append(job.delay)

        worker.on("active", started)
        worker.on("failed", failed)
        worker.on("error", lambda error, *_: shift.errors.append(repr(error)))

    async def _busy(self) -> bool:
        counts = await self.queue.getJobCounts("waiting", "active", "delayed", "prioritized")
        return any(counts.values())

    async def _promote(self) -> None:
        for job in await self.queue.getJobs(["delayed"]):
            with suppress(Exception):  # it may have become due meanwhile
                await job.promote()


@pytest.fixture
def line(redis_url: str) -> Callable[..., Line]:
    """Make a line; keyword arguments are options of the queue."""
    return lambda **options: Line(redis_url, **options)


@pytest.fixture
def serve(line: Callable[..., Line]) -> Callable[..., Shift]:
    """Add one job with these options to a queue of its own and serve it."""

    async def scenario(processor: Any, options: Any, queue: Any, data: Any, serving: Any) -> Shift:
        here = line(**queue)
        await here.queue.add("job", data, options)
        shift = await here.serve(processor, **serving)
        await here.queue.close()
        return shift

    def run(
        processor: Any, options: Any = None, *, queue: Any = None, data: Any = None, **serving: Any
    ) -> Shift:
        return asyncio.run(scenario(processor, options or {}, queue or {}, data or {}, serving))

    return run

"""What becomes of a job whose worker dies under it: a real worker with child processes, killed with -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import celery
import pytest
import redis

from .conftest import close

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the worker needs child processes")

VISIBILITY = 1

PROJECT = """\
import os
import signal

import redis
from celery import Celery

app = Celery("lost", broker=os.environ["REDIS"], backend=os.environ["REDIS"])
app.conf.update(
    task_default_queue=os.environ["QUEUE"],
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": VISIBILITY},
)
runs = redis.Redis.from_url(os.environ["REDIS"])


def work(name):
    if runs.incr(f"{os.environ['QUEUE']}:{name}") == 1:
        if name == "all":
            os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="early")
def early():
    work("early")


@app.task(name="late", acks_late=True)
def late():
    work("late")


@app.task(name="rejected", acks_late=True, reject_on_worker_lost=True)
def rejected():
    work("rejected")


@app.task(name="all", acks_late=True)
def everything():
    work("all")
"""


class Yard:
    """A project of four jobs, each of which kills its worker the first time it runs."""

    def __init__(self, url: str, folder: Path) -> None:
        self.queue = f"lost-{uuid.uuid4().hex}"
        self.app = celery.Celery("lost", broker=url, backend=url, set_as_current=False)
        self.app.conf.task_default_queue = self.queue
        self._environment = {**os.environ, "REDIS": url, "QUEUE": self.queue, "C_FORCE_ROOT": "1"}
        self._folder = folder
        self._counts = redis.Redis.from_url(url)
        self._workers: list[subprocess.Popen[bytes]] = []
        (folder / "lost.py").write_text(f"VISIBILITY = {VISIBILITY}\n{PROJECT}")

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "lost", "worker", "-P", "prefork", "-c", "1"]
        with (self._folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._workers.append(worker)
        return worker

    def send(self, name: str) -> Any:
        return self.app.send_task(name)

    def make_visible(self) -> None:
        """What a worker does every ten seconds: give back messages that nobody acknowledged in time."""
        self.app.conf.broker_transport_options = {"visibility_timeout": VISIBILITY}
        with self.app.connection_for_read() as connection:
            connection.default_channel.qos.restore_visible(interval=1)

    def runs(self, name: str) -> int:
        return int(self._counts.get(f"{self.queue}:{name}") or 0)

    def close(self) -> None:
        for worker in self._workers:
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(timeout=10)
        self._counts.close()
        close(self.app)


@pytest.fixture
def yard(redis_url: str, tmp_path: Path) -> Iterator[Yard]:
    made = Yard(redis_url, tmp_path)
    yield made
    made.close()


def _until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the worker did not get that far"
        time.sleep(0.05)


def test_a_job_whose_process_dies_fails_unless_it_is_rejected_for_that(yard: Yard) -> None:
    yard.start()
    results = {name: yard.send(name) for name in ("early", "late", "rejected")}
    _until(lambda: all(result.ready() for result in results.values()))
    told = {name: (result.state, yard.runs(name)) for name, result in results.items()}
    assert told == {"early": ("FAILURE", 1), "late": ("FAILURE", 1), "rejected": ("SUCCESS", 2)}
    assert type(results["late"].result).__name__ == "WorkerLostError"


def test_a_job_acknowledged_late_runs_again_after_its_whole_worker_died(yard: Yard) -> None:
    first = yard.start()
    result = yard.send("all")
    _until(lambda: first.poll() is not None)
    assert (first.returncode, yard.runs("all"), result.state) == (-signal.SIGKILL, 1, "PENDING")
    time.sleep(VISIBILITY)
    yard.make_visible()
    yard.start()
    _until(result.ready)
    assert (result.state, yard.runs("all")) == ("SUCCESS", 2)

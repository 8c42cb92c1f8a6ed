"""A small project from source text, walked: what the tests of flow have in common."""

from __future__ import annotations

from pathlib import Path

from jobcheck import facts
from jobcheck.facts import FileFacts, Span
from jobcheck.link.entities import Entity, External, Scope
from jobcheck.link.flows import Flows
from jobcheck.link.index import Index
from jobcheck.link.meaning import Meanings
from jobcheck.link.names import Modules
from jobcheck.link.resolve import Resolver
from jobcheck.link.seeds import HookRef, JobSeed
from jobcheck.link.verdicts import walk_job
from jobcheck.model import (
    UNBOUNDED,
    Absent,
    Backoff,
    Flow,
    FunctionRef,
    Job,
    Keep,
    Known,
    Location,
    Options,
    Retried,
)
from jobcheck.syntax import read
from jobcheck.vocabulary import load_vocabulary

RULES = Path(__file__).parents[2] / "rules"
VOCABULARY = load_vocabulary((RULES / "vocabulary.toml").read_text(encoding="utf-8"))
WORDS = {
    "celery.Task().retry": "retry",
    "celery.Task().update_state": "progress",
    "celery.Task().request.id": "job-id",
    "celery.utils.log.get_task_logger()": "job-logger",
    "bullmq.Job().updateProgress": "progress",
}
NOWHERE = Location("tasks.py", Span(1, 1, 1, 1))

MODELS = """
from django.db import models

class Order(models.Model):
    status = models.CharField()
    sent = models.BooleanField()

    def mark_sent(self):
        self.sent = True
        self.save()

    @property
    def is_done(self):
        return self.sent

class Receipt(models.Model):
    order = models.ForeignKey(Order)

class DeliveryLog(models.Model):
    order = models.ForeignKey(Order)
"""
HEAD = """
import requests
import stripe
from django.core.cache import cache
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from models import DeliveryLog, Order, Receipt
"""


def project(sources: dict[str, str]) -> Flows:
    """Flows over a project of a few files."""
    files: dict[str, FileFacts] = {}
    for path, text in sources.items():
        found = read(text.encode())
        assert isinstance(found, FileFacts), (path, found)
        files[path] = found
    index = Index(Modules(sources), files)
    return Flows(Meanings(Resolver(index, VOCABULARY.is_row), VOCABULARY, WORDS))


def options(attempts: float = 3.0, retries_on: tuple[str, ...] = ()) -> Options:
    return Options(
        attempts=Known(attempts, NOWHERE, "decorator"),
        backoff=Absent(Backoff("none"), NOWHERE),
        ack=Absent("early", NOWHERE),
        keep_completed=Absent(Keep(), NOWHERE),
        keep_failed=Absent(Keep(), NOWHERE),
        marks_started=Absent(False, NOWHERE),
        marks_completed=Absent(False, NOWHERE),
        marks_failed=Absent(False, NOWHERE),
        retried=Absent(Retried(retries_on), NOWHERE),
        time_limit=Absent(UNBOUNDED, NOWHERE),
        logs=Absent((), NOWHERE),
        buries=Absent(False, NOWHERE),
        survives=Absent(True, NOWHERE),
    )


def flow(
    body: str,
    *,
    files: dict[str, str] | None = None,
    name: str = "job",
    handle: dict[str, Entity] | None = None,
    document: str = "",
    attempts: float = 3.0,
    retries_on: tuple[str, ...] = (),
    hooks: tuple[HookRef, ...] = (),
) -> Flow:
    """The flow of the function `job` of a file of tasks, whose usual imports are there already."""
    sources = {"models.py": MODELS, **(files or {}), "tasks.py": HEAD + body}
    flows = project(sources)
    ref = FunctionRef("tasks.py", name)
    base = flows.resolver.scope(ref)
    scope = Scope(base.path, base.qualname, dict(handle or {}), base.outer)
    job = Job("tasks.job", "tasks.job", "celery", ref, NOWHERE, (), options(attempts, retries_on))
    return walk_job(flows, JobSeed(job, scope, hooks, document))


TASK: dict[str, Entity] = {"self": External("celery.Task()")}
MESSAGE: dict[str, Entity] = {"job": External("bullmq.Job()")}


def covers(found: Flow) -> list[str]:
    """The states of all acts, in the order of the text."""
    return [act.cover.state for act in found.acts]


def call(text: str) -> facts.Call:
    """The call that one line of source is."""
    found = read(text.encode())
    assert isinstance(found, FileFacts)
    statement = found.outline.block[0]
    assert isinstance(statement, facts.Expression)
    assert isinstance(statement.value, facts.Call)
    return statement.value

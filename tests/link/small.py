"""A small project from source texts: what is recognised in it."""

from __future__ import annotations

from textwrap import dedent

from jobcheck.facts import FileFacts
from jobcheck.frameworks import frameworks
from jobcheck.link.index import Index
from jobcheck.link.names import Modules
from jobcheck.link.recognise import NOTHING_TOLD, Recogniser
from jobcheck.link.resolve import Resolver
from jobcheck.link.seeds import JobSeed, Recognised
from jobcheck.link.told import Told
from jobcheck.model import Enqueue
from jobcheck.syntax import read


def recognised(files: dict[str, str], told: Told = NOTHING_TOLD) -> Recognised:
    """Everything recognised in files of the given paths and texts."""
    facts: dict[str, FileFacts] = {}
    for path, text in {"shop/__init__.py": "", **files}.items():
        found = read(dedent(text).encode())
        assert isinstance(found, FileFacts), found
        facts[path] = found
    index = Index(Modules(facts, frozenset({"celery", "bullmq"})), facts)
    return Recogniser(tuple(frameworks().values()), told).recognise(index, Resolver(index))


def one(text: str, **more: str) -> Recognised:
    """What is recognised in `shop/tasks.py`, beside other modules of the package `shop`."""
    return recognised({"shop/tasks.py": text, **{f"shop/{name}.py": other for name, other in more.items()}})


def job(found: Recognised, name: str = "") -> JobSeed:
    """The only job, or the one whose name ends so."""
    jobs = [seed for seed in found.jobs if seed.job.name.endswith(name)]
    assert len(jobs) == 1, [seed.job.name for seed in found.jobs]
    return jobs[0]


def enqueue(found: Recognised) -> Enqueue:
    assert len(found.enqueues) == 1, found.enqueues
    return found.enqueues[0]


def names(found: Recognised) -> list[str]:
    return [seed.job.name for seed in found.jobs]

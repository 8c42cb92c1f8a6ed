"""How every check says what it found: the same nouns filled in the same way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Union

from jobcheck.model import (
    Absent,
    Enqueue,
    Fail,
    Finding,
    Job,
    Location,
    Outcome,
    Pass,
    Project,
    Recommendation,
    Site,
    Speller,
    Step,
    Topic,
)


def about_job(
    code: str, job: Job, message: str, details: str, at: Union[Location, None] = None, **more: Any
) -> Fail:
    """A finding about a job, at its definition unless a better place is known."""
    return Fail(Finding(code, message, details, at or job.at, job.name, job.framework, **more))


def about_enqueue(code: str, enqueue: Enqueue, message: str, details: str, **more: Any) -> Fail:
    """A finding about a producer, at the call unless `at` says better, with the way it is reached."""
    more = {"steps": enqueue.via, **more}
    at = more.pop("at", enqueue.at)
    return Fail(Finding(code, message, details, at, subject(enqueue), enqueue.framework, **more))


def subject(enqueue: Enqueue) -> str:
    """The job a producer reaches, or where the producer stands when it reaches none."""
    return enqueue.job or enqueue.scope


def or_pass(outcomes: Iterable[Outcome], code: str, name: str) -> list[Outcome]:
    """What went wrong or could not be told; a single Pass when there is nothing of the kind."""
    return list(outcomes) or [Pass(code, name)]


def producers(site: Site, note: str = "enqueued here") -> tuple[Step, ...]:
    """The first places that enqueue a job, to show beside a finding about it."""
    return tuple(Step(enqueue.at, note) for enqueue in site.producers[:3])


def cause_of(gap: Absent[Any], job: Job, project: Project) -> Union[Location, None]:
    """The line that closes a gap: where the setting belongs, if that is not the job itself."""
    return gap.at if gap.at != job.at else project.causes.get(job.framework)


def advice(wanted: str, job: Job, recommendation: Recommendation, spell: Speller) -> str:
    """What is wanted, and how this framework writes it."""
    spelling = spell(job.framework, recommendation)
    return f"{wanted}: `{spelling}`." if spelling else f"{wanted}."


def quirks(site: Site, topic: Topic, code: str) -> list[Outcome]:
    """Configuration that does not do what it says, one finding for each line of it."""
    found = (quirk for quirk in site.options.quirks if quirk.topic == topic)
    fails = [about_job(code, site.job, q.message, q.instead, q.at, cause=q.at) for q in found]
    return or_pass(fails, code, site.job.name)


def sentence(why: str) -> str:
    """A reason as a sentence of its own."""
    return f"{why[:1].upper()}{why[1:].rstrip('.')}."


def span_of_time(seconds: float) -> str:
    """A duration as people say it: 180 is "3 minutes"."""
    for unit, size in (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return _counted(seconds / size, unit)
    return _counted(seconds, "second")


def _counted(number: float, unit: str) -> str:
    return f"{number:g} {unit}" if number == 1 else f"{number:g} {unit}s"

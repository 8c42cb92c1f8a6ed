"""Section 9: the message leaves, at the right moment, for a job that exists and can start."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from jobcheck.checks import check
from jobcheck.checks.finding import about_enqueue, quirks, sentence, subject
from jobcheck.model import (
    Enqueue,
    Fail,
    Finding,
    NotApplicable,
    Outcome,
    Pass,
    Project,
    Site,
    Unjudged,
    Unknown,
)


@check("JC901")
def enqueue_before_commit(enqueue: Enqueue) -> Outcome:
    """The worker must find what the producer saved."""
    if not enqueue.transaction:
        return Pass("JC901", subject(enqueue))
    return about_enqueue(
        "JC901",
        enqueue,
        "A worker can start before this commits: it finds no row or an old one, or works for what is undone.",
        "Enqueue after the commit: `transaction.on_commit(...)` around this call in Django, or call "
        "it after the "
        "session's `commit()` in SQLAlchemy.",
        steps=enqueue.transaction,
    )


@check("JC903")
def enqueue_not_awaited(enqueue: Enqueue) -> Outcome:
    """A coroutine does nothing until it is awaited."""
    if not enqueue.is_async:
        return NotApplicable("JC903", subject(enqueue), "the call enqueues at once")
    if enqueue.awaited:
        return Pass("JC903", subject(enqueue))
    return about_enqueue(
        "JC903",
        enqueue,
        "Nothing is sent: this call makes a coroutine that nobody awaits.",
        "Write `await` before it, or gather it with others and await that.",
    )


@check("JC904")
def unknown_job(enqueue: Enqueue, project: Project) -> Outcome:
    """The name a producer gives is a job's name."""
    if not enqueue.target_known:
        return Unknown("JC904", subject(enqueue), "the name of the job cannot be told", enqueue.at)
    if enqueue.job:
        return Pass("JC904", enqueue.job)
    return about_enqueue(
        "JC904",
        enqueue,
        f"No job answers to {enqueue.target}: the message is sent and nothing ever runs it.",
        _nearest(enqueue, project),
    )


@check("JC908")
def bound_self_mismatch(site: Site) -> Iterable[Outcome]:
    """A job that wants itself as first argument is given it, and the reverse."""
    return quirks(site, "bound-self", "JC908")


@check("JC004")
def unjudged_job(project: Project) -> Iterable[Outcome]:
    """What looks like a job and could not be followed is said, not left out."""
    return [_note(unjudged) for unjudged in project.unjudged]


def _nearest(enqueue: Enqueue, project: Project) -> str:
    jobs = (site.job for site in project.sites if site.job.framework == enqueue.framework)
    near = get_close_matches(enqueue.target, sorted({job.registered for job in jobs}), 1)
    guess = f"Did you mean `{near[0]}`? " if near else ""
    return f"{guess}Give the name that the job is registered by, or enqueue through the job itself."


def _note(unjudged: Unjudged) -> Fail:
    message = f"Not judged: {unjudged.what} looks like a background job."
    return Fail(Finding("JC004", message, sentence(unjudged.why), unjudged.at, unjudged.what, ""))

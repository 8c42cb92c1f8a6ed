"""Section 9: the message leaves, at the right moment, for a job that exists and can start."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from jobcheck.checks import check
from jobcheck.checks.finding import about_enqueue, about_job, advice, or_pass, quirks, sentence, subject
from jobcheck.model import (
    Enqueue,
    Fail,
    Finding,
    Known,
    NotApplicable,
    Opaque,
    Outcome,
    Pass,
    Project,
    Recommendation,
    Site,
    Speller,
    Step,
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


@check("JC902")
def blocking_on_result(site: Site) -> Iterable[Outcome]:
    """A job does not hold a worker while it waits for another one."""
    found = [_waits(site, step) for step in site.flow.awaits_results]
    return or_pass(found, "JC902", site.job.name)


@check("JC905")
def async_job_unsupported(site: Site) -> Iterable[Outcome]:
    """The function is of the sort that the framework calls."""
    return quirks(site, "async", "JC905")


@check("JC906")
def countdown_beyond_visibility(site: Site) -> Iterable[Outcome]:
    """A message waits no longer than the broker leaves it alone."""
    return quirks(site, "visibility", "JC906")


@check("JC907")
def unconditional_reschedule(site: Site) -> Iterable[Outcome]:
    """A job that enqueues itself has a way to stop."""
    always = {sending.at for sending in site.flow.sends if sending.always}
    again = [enqueue for enqueue in site.producers if enqueue.at in always and enqueue.style == "call"]
    return or_pass([_again(site, enqueue) for enqueue in again], "JC907", site.job.name)


@check("JC909")
def late_ack_loses_job(site: Site, spell: Speller) -> Iterable[Outcome]:
    """Late acknowledgement is there for workers that die."""
    ack, survives = site.options.ack, site.options.survives
    told = [found for found in quirks(site, "ack", "JC909") if not isinstance(found, Pass)]
    if told or not isinstance(ack, Known) or ack.value != "late":
        return told or [
            NotApplicable("JC909", site.job.name, "the broker forgets the message before the run")
        ]
    if isinstance(survives, Opaque):
        return [Unknown("JC909", site.job.name, survives.why, survives.at)]
    if survives.value if isinstance(survives, Known) else survives.default:
        return [Pass("JC909", site.job.name)]
    message = (
        "Lost when its worker is killed: late acknowledgement or not, a dead worker counts as a failure."
    )
    wanted = Recommendation(survive=True)
    details = advice("Have it delivered again, and limit how often at the broker", site.job, wanted, spell)
    return [about_job("JC909", site.job, message, details, ack.at, cause=ack.at)]


def _waits(site: Site, step: Step) -> Fail:
    return about_job(
        "JC902",
        site.job,
        "A worker stands still here: it waits for another job, which may be waiting for a free worker.",
        "Let the second job start the rest: chain the two, or give what follows as a callback.",
        step.at,
    )


def _again(site: Site, enqueue: Enqueue) -> Fail:
    return about_job(
        "JC907",
        site.job,
        "This job never ends: every run that succeeds enqueues the next one.",
        "Test for what remains to be done, or count the rounds, and stop; what shall run for ever belongs in "
        "a schedule, where it runs once however often the workers are started.",
        enqueue.at,
    )

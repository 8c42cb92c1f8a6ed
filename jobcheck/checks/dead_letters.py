"""Section 8: a job that has failed for good goes somewhere, and somebody is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Union

from jobcheck.checks import check
from jobcheck.checks.finding import about_job, advice, or_pass, quirks
from jobcheck.checks.logged import matches, wants_log
from jobcheck.model import (
    Absent,
    Burial,
    Enqueue,
    Fail,
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
    Unknown,
)
from jobcheck.policy import Policy

TELLING = frozenset({"report", "email", "sms", "push", "chat", "http", "webhook", "publish"})
IDLE = "the job does nothing that would be missed, or looks after dead letters itself"
LATE = Recommendation(late=True)
QUESTION = "Who looks at jobs that have failed for good, and how are they told?"


@check("JC801")
def missing_dead_letter(site: Site, policy: Policy, project: Project) -> Outcome:
    """A job that has failed for good is put where it can be found and run again."""
    job, buries = site.job, site.options.buries
    if not wants_log(site) or _looks_after(site, policy):
        return NotApplicable("JC801", job.name, IDLE)
    if site.flow.rejects or any(_keeps(burial) for burial in site.flow.burials) or _by_framework(site):
        return Pass("JC801", job.name)
    if isinstance(buries, Opaque):
        return Unknown("JC801", job.name, buries.why, buries.at)
    return about_job(
        "JC801",
        job,
        "A job that has failed for good goes nowhere: nobody is told, and nothing keeps it to be run again.",
        "After the last attempt, store the job's id, its payload and the error, or put them on a queue of "
        "dead letters, and tell somebody; one listener or base class does it for all jobs.",
        question=QUESTION,
        cause=project.causes.get(job.framework),
    )


@check("JC802")
def dead_letter_unwatched(site: Site, policy: Policy, project: Project) -> Outcome:
    """Dead letters name the job and the reason, and somebody is told of them."""
    job, buries = site.job, site.options.buries
    if not wants_log(site) or _looks_after(site, policy):
        return NotApplicable("JC802", job.name, IDLE)
    found = [burial for burial in site.flow.burials if burial.runs and _keeps(burial)]
    burials = [burial for burial in found if set(burial.does) - {"log", "status", "cache"}]
    if burials:
        return _watched(site, burials, policy, project)
    if found:
        return Pass("JC802", site.job.name)
    if not _by_framework(site):
        return NotApplicable("JC802", job.name, "it has no dead letters")
    if any(burial.does for burial in site.flow.burials) or not _is_kept(buries):
        return Pass("JC802", job.name)
    return about_job(
        "JC802",
        job,
        "Nobody is told when a job has failed for good: it is kept, and nothing watches what is kept.",
        "Listen for failures of the queue and tell somebody after the last attempt, with the job's id and "
        "the reason.",
        question=QUESTION,
        cause=project.causes.get(job.framework),
    )


@check("JC803")
def ineffective_dead_letter(site: Site, spell: Speller) -> Iterable[Outcome]:
    """What is meant for dead letters happens, once, after the last attempt."""
    found = [*_never_run(site), *_too_often(site), *_acknowledged(site, spell)]
    told = [outcome for outcome in quirks(site, "dead-letter", "JC803") if not isinstance(outcome, Pass)]
    return or_pass([*found, *told], "JC803", site.job.name)


def _looks_after(site: Site, policy: Policy) -> bool:
    """Whether the job itself works on dead letters."""
    names = (site.job.queue or "", site.job.name.rpartition(".")[2])
    return any(matches(name, policy.dead_letter_names) for name in names)


def _keeps(burial: Burial) -> bool:
    """Whether it does more than write a line."""
    return bool(set(burial.does) - {"log"})


def _by_framework(site: Site) -> bool:
    match site.options.buries:
        case Known(value=does) | Absent(default=does):
            return does
        case _:
            return False


def _is_kept(buries: object) -> bool:
    """Whether the framework keeps it by its own account, not by a call that names somebody to handle it."""
    return isinstance(buries, Known) and buries.origin == "worker"


# --- watched ---


def _watched(site: Site, burials: list[Burial], policy: Policy, project: Project) -> Outcome:
    lacking = [_lacking(burial, policy, project) for burial in burials]
    if not all(lacking):
        elsewhere = [e for each in burials for e in _sent(each, project) if not e.job and not e.target_known]
        if not elsewhere:
            return Pass("JC802", site.job.name)
        why = "no worker of this project consumes the queue of dead letters"
        return Unknown("JC802", site.job.name, why, elsewhere[0].at)
    burial, lost = burials[0], lacking[0]
    return about_job(
        "JC802",
        site.job,
        f"A dead letter helps nobody: {' and '.join(lost)}.",
        "Write down the job's id and the error with it, and tell somebody: an e-mail or a chat message to "
        "the people on call, an error tracker, or a queue of dead letters with a job that does so.",
        burial.at,
        question=QUESTION,
        cause=burial.at,
    )


def _lacking(burial: Burial, policy: Policy, project: Project) -> list[str]:
    """What one who would look into a failed job misses."""
    lost = []
    if not _names(burial, "job_id", policy):
        lost.append("it does not name the job's id")
    if not _names(burial, "error", policy):
        lost.append("it does not give the reason")
    sent = _sent(burial, project)
    if any(enqueue.job is None and enqueue.target_known for enqueue in sent):
        lost.append("nothing consumes the queue it is put on")
    elif not sent and not TELLING & set(burial.does) and "queue" not in burial.does:
        lost.append("nobody is told of it")
    return lost


def _names(burial: Burial, field: str, policy: Policy) -> bool:
    wanted = (field, *policy.log_names.get(field, ()), *(("einfo",) if field == "error" else ("request",)))
    return any(matches(name, wanted) for name in burial.names)


def _sent(burial: Burial, project: Project) -> list[Enqueue]:
    """What is enqueued in the text of it."""
    return [enqueue for enqueue in _enqueues(project) if _inside(enqueue, burial)]


def _enqueues(project: Project) -> Iterator[Enqueue]:
    for site in project.sites:
        yield from site.producers
    yield from project.strays


def _inside(enqueue: Enqueue, burial: Burial) -> bool:
    span = burial.at.span
    return enqueue.at.path == burial.at.path and span.line <= enqueue.at.span.line <= span.end_line


# --- ineffective ---


def _never_run(site: Site) -> Iterator[Fail]:
    for burial in site.flow.burials:
        if not burial.runs:
            yield about_job(
                "JC803",
                site.job,
                "A failed job is never dealt with: this makes a coroutine that nobody awaits.",
                "Make it a plain function; what has to be awaited, start from it with "
                "`asyncio.ensure_future(...)` and keep the task until it is done.",
                burial.at,
                cause=burial.at,
            )


def _too_often(site: Site) -> Iterator[Union[Fail, Unknown]]:
    for burial in site.flow.burials:
        if burial.final or not burial.runs or not _keeps(burial):
            continue
        match site.options.attempts:
            case Opaque(why=why, at=at):
                yield Unknown("JC803", site.job.name, why, at)
            case Known(value=runs) | Absent(default=runs) if runs > 1:
                yield _each_attempt(site, burial, runs)


def _each_attempt(site: Site, burial: Burial, runs: float) -> Fail:
    return about_job(
        "JC803",
        site.job,
        f"A job that is about to be retried is buried: this runs after each of {runs:g} failed attempts.",
        "Leave at once unless it was the last attempt: compare the attempts made with those the job has.",
        burial.at,
        related=(Step(site.options.attempts.at, "this makes it run again"),),
        cause=burial.at,
    )


def _acknowledged(site: Site, spell: Speller) -> Iterator[Union[Fail, Unknown]]:
    ack = site.options.ack
    for at in site.flow.rejects:
        if isinstance(ack, Opaque):
            yield Unknown("JC803", site.job.name, ack.why, ack.at)
        elif (ack.value if isinstance(ack, Known) else ack.default) == "early":
            yield about_job(
                "JC803",
                site.job,
                "Nothing reaches the dead letters: the broker forgot this message before the job began.",
                advice("Acknowledge the job late, or no message is left", site.job, LATE, spell),
                at,
            )

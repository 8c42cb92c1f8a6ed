"""Section 1: a job may run more than once, and the second run must do no harm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

from jobcheck.checks import check
from jobcheck.checks.finding import about_job, or_pass, producers, sentence
from jobcheck.checks.wording import WORDINGS, Wording
from jobcheck.model import (
    UNBOUNDED,
    Absent,
    Act,
    Declared,
    Effect,
    Known,
    NotApplicable,
    Options,
    Outcome,
    Site,
    Step,
    Unknown,
    Write,
)


@check("JC101")
def unguarded_side_effect(site: Site) -> Iterable[Outcome]:
    """Effects that the outside world would notice a second time."""
    return _unguarded("JC101", site, _effects(site), "the job has no effect outside")


@check("JC102")
def non_idempotent_write(site: Site) -> Iterable[Outcome]:
    """Writes that a second run would double."""
    writes = [act for act in site.flow.acts if isinstance(act.what, Write)]
    return _unguarded("JC102", site, writes, "the job writes nothing that a second run would double")


@check("JC105")
def guard_never_recorded(site: Site) -> Iterable[Outcome]:
    """Guards that are tested and, on some path, never set."""
    covered = [act for act in site.flow.acts if act.what.kind != "enqueue" and _tests_guard(act)]
    if not covered:
        return [NotApplicable("JC105", site.job.name, "the job tests no guard")]
    judged = [_unrecorded(site, act) for act in covered]
    return or_pass([outcome for outcome in judged if outcome], "JC105", site.job.name)


def _effects(site: Site) -> list[Act]:
    """What the job does outside; putting another job on a queue is that job's own matter."""
    acts = site.flow.acts
    return [act for act in acts if isinstance(act.what, Effect) and act.what.kind != "enqueue"]


def _tests_guard(act: Act) -> bool:
    return act.cover.guard is not None or act.cover.state in ("guarded", "unrecorded")


def _unguarded(code: str, site: Site, acts: list[Act], nothing: str) -> list[Outcome]:
    name, vouched = site.job.name, site.job.idempotent
    if not acts:
        return [NotApplicable(code, name, nothing)]
    if vouched:
        return [Declared(code, name, vouched.strategy, vouched.at)]
    judged = [_exposed(code, site, act) for act in acts]
    return or_pass([outcome for outcome in judged if outcome], code, name)


def _exposed(code: str, site: Site, act: Act) -> Union[Outcome, None]:
    if act.cover.state == "unknown":
        return Unknown(code, site.job.name, act.cover.why, act.what.at)
    if act.cover.state != "unguarded":
        return None
    words = WORDINGS[act.what.kind]
    return about_job(
        code,
        site.job,
        _repetition(site.options, words, act.retried),
        _details(act, words),
        act.what.at,
        question=words.which,
        steps=act.steps,
        related=(*_failed_guard(act), *(_retried_by(site.options) if act.retried else ()), *producers(site)),
    )


def _unrecorded(site: Site, act: Act) -> Union[Outcome, None]:
    cover, words = act.cover, WORDINGS[act.what.kind]
    if cover.state == "unknown":
        return Unknown("JC105", site.job.name, cover.why, act.what.at)
    if cover.state != "unrecorded":
        return None
    why = f"{sentence(cover.why)} " if cover.why else ""
    details = f"{why}Save on every path after `{act.what.target}` what this test reads."
    return about_job(
        "JC105",
        site.job,
        f"Another run {words.again}: the guard is tested here, yet some path never records it.",
        details,
        cover.guard or act.what.at,
        question=words.which,
        steps=act.steps,
        related=(Step(act.what.at, "what the guard protects"),),
    )


def _repetition(options: Options, words: Wording, retried: bool) -> str:
    """Which event runs the job again once the act is done, the likeliest first."""
    attempts = _attempts(options) if retried else 1
    if attempts == UNBOUNDED:
        return f"A retry {words.again}, for ever: attempts are unbounded and {words.unchecked}."
    if attempts > 1:
        return f"A retry {words.again}: attempts={attempts:g} and {words.unchecked}."
    if isinstance(options.ack, Known) and options.ack.value == "late":
        return f"A worker that dies after the call {words.again}: it is redelivered and {words.unchecked}."
    return f"A redelivered or duplicated message {words.again}: {words.unchecked}."


def _attempts(options: Options) -> float:
    """Total runs, one where that cannot be told: no retry is blamed that nobody saw."""
    match options.attempts:
        case Known(value=runs) | Absent(default=runs):
            return runs
        case _:
            return 1


def _details(act: Act, words: Wording) -> str:
    loop = " It stands in a loop: a failure half-way repeats it for the first ones." if act.looped else ""
    return f"Any run of the job reaches `{act.what.target}`.{loop} {words.cure}"


def _failed_guard(act: Act) -> tuple[Step, ...]:
    guard, why = act.cover.guard, act.cover.why
    return (Step(guard, f"this test does not hold{': ' + why if why else ''}"),) if guard else ()


def _retried_by(options: Options) -> tuple[Step, ...]:
    match options.attempts:
        case Known(value=runs, at=at) if runs > 1:
            return (Step(at, "this makes it run again after a failure"),)
        case _:
            return ()

"""Section 3: how often a failed job runs again, when, and whether its failure is seen at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

from jobcheck.checks import check
from jobcheck.checks.finding import about_job, advice, cause_of, or_pass, quirks, span_of_time
from jobcheck.model import (
    UNBOUNDED,
    Absent,
    Backoff,
    Fail,
    Known,
    NotApplicable,
    Opaque,
    Outcome,
    Pass,
    Project,
    Recommendation,
    Setting,
    Site,
    Speller,
    Step,
    Swallow,
    Unknown,
)
from jobcheck.policy import Policy

QUESTION = "How late may this work be done, and which rate limits do its retries count against?"


@check("JC301")
def missing_attempts(site: Site, policy: Policy, project: Project, spell: Speller) -> Outcome:
    """The number of attempts is somebody's decision, not the framework's."""
    job, attempts = site.job, site.options.attempts
    if site.kind == "compute" and not site.flow.acts and not site.flow.touches:
        return NotApplicable("JC301", job.name, "the job only computes")
    match attempts:
        case Opaque():
            return Unknown("JC301", job.name, attempts.why, attempts.at)
        case Absent():
            return about_job(
                "JC301",
                job,
                _unchosen(attempts.default),
                retry_advice(site, policy, spell),
                question=QUESTION,
                cause=cause_of(attempts, job, project),
            )
        case _:
            return Pass("JC301", job.name)


@check("JC302")
def missing_backoff(site: Site, policy: Policy, project: Project, spell: Speller) -> Outcome:
    """Retries leave a failing service time to recover."""
    job, attempts, backoff = site.job, site.options.attempts, site.options.backoff
    if isinstance(attempts, Opaque):
        return Unknown("JC302", job.name, attempts.why, attempts.at)
    if runs(attempts) <= 1:
        return NotApplicable("JC302", job.name, "the job is not retried")
    if isinstance(backoff, Opaque):
        return Unknown("JC302", job.name, backoff.why, backoff.at)
    if isinstance(backoff, Known) and backoff.value.kind != "none":
        return Pass("JC302", job.name)
    at = backoff.at if isinstance(backoff, Known) else job.at
    cause = backoff.at if isinstance(backoff, Known) else cause_of(backoff, job, project)
    details = retry_advice(site, policy, spell)
    return about_job("JC302", job, _unspaced(backoff), details, at, question=QUESTION, cause=cause)


@check("JC305")
def unbounded_retry(site: Site) -> Outcome:
    """A job that can never succeed must stop at some point."""
    job, attempts = site.job, site.options.attempts
    if isinstance(attempts, Opaque):
        return Unknown("JC305", job.name, attempts.why, attempts.at)
    if runs(attempts) != UNBOUNDED:
        return Pass("JC305", job.name)
    return about_job(
        "JC305",
        job,
        "A job that cannot succeed is retried for ever: it never counts as failed, so no failure hook runs.",
        "Give a number of attempts, so that the last failure reaches the failure hooks and the dead letters.",
        attempts.at,
        cause=attempts.at,
    )


@check("JC306")
def swallowed_failure(site: Site) -> Iterable[Outcome]:
    """A failure that nobody re-raises is a success to the framework."""
    return or_pass([_swallowed(site, swallow) for swallow in site.flow.swallows], "JC306", site.job.name)


@check("JC307")
def ineffective_retry(site: Site) -> Iterable[Outcome]:
    """Retry configuration does what its author meant."""
    return quirks(site, "retry", "JC307")


def runs(attempts: Union[Known[float], Absent[float]]) -> float:
    return attempts.value if isinstance(attempts, Known) else attempts.default


def _unchosen(default: float) -> str:
    if default == UNBOUNDED:
        return "A failed run is retried for ever, only because the framework does so by default."
    if default > 1:
        return (
            f"A failed run is tried {default:g} times in all, only because the framework does so by default."
        )
    return "A failed run is never tried again: nothing says how many attempts the job has."


def _unspaced(backoff: Setting[Backoff]) -> str:
    if isinstance(backoff, Absent) and backoff.default.kind != "none":
        wait = span_of_time(backoff.default.delay)
        return f"Retries wait {wait}, only because the framework does so by default."
    return "Retries follow at once: a service that is down is hit again before it can recover."


def retry_advice(site: Site, policy: Policy, spell: Speller) -> str:
    row = policy.retry[site.kind]
    wait = f"{row.backoff} backoff from {span_of_time(row.delay)}"
    wanted = f"A job of kind {site.kind} runs up to {row.attempts} times with {wait}"
    return advice(wanted, site.job, Recommendation(attempts=row.attempts, backoff=row.waits), spell)


def _swallowed(site: Site, swallow: Swallow) -> Fail:
    caught = f"`except {swallow.catches}`" if swallow.catches else "a bare `except`"
    message = f"A failure ends as success: {caught} hides it, so no retry and no failure hook runs."
    details = "Let it rise: end the handler with `raise`, or catch only what this job can really deal with."
    if swallow.retries:
        message = f"The last failure ends as success: {caught} catches what the request for a retry raises."
        details = (
            "The retry is sent, but this run counts as a success, and so does the one with no retry left: no "
            "failure hook runs. Ask for it in a handler of its own, outside this `try`, or re-raise it."
        )
    return about_job("JC306", site.job, message, details, swallow.at, related=(_hidden(swallow),))


def _hidden(swallow: Swallow) -> Step:
    return Step(swallow.hides.at, swallow.hides.note or "whose failure is hidden")

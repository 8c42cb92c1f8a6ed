"""Section 3, what ends a run: errors that no retry cures, and calls that never end at all."""

from __future__ import annotations

from collections.abc import Iterable

from jobcheck.checks import check
from jobcheck.checks.finding import about_job, advice, or_pass, quirks
from jobcheck.checks.retries import QUESTION
from jobcheck.model import (
    BROAD,
    Absent,
    Fail,
    NotApplicable,
    Opaque,
    Outcome,
    Pass,
    Recommendation,
    Site,
    Speller,
    Unknown,
    Wait,
)

PERMANENT = ("TypeError", "ValueError", "LookupError")
"""Errors that come again with the same input."""
LIMIT = 60.0
"""Seconds that a job may be advised to be limited to: longer than any call it makes."""


@check("JC308")
def missing_timeout(site: Site, spell: Speller) -> Iterable[Outcome]:
    """Every wait for somebody else ends."""
    job, limit = site.job, site.options.time_limit
    wrong = [outcome for outcome in quirks(site, "timeout", "JC308") if isinstance(outcome, Fail)]
    waits = site.flow.waits if isinstance(limit, Absent) else ()
    if isinstance(limit, Opaque) and site.flow.waits:
        return [*wrong, Unknown("JC308", job.name, limit.why, limit.at)]
    return or_pass([*wrong, *(_endless(site, wait, spell) for wait in waits)], "JC308", job.name)


@check("JC310")
def retries_permanent_errors(site: Site, spell: Speller) -> Outcome:
    """Only what may go away by itself is tried again."""
    job, retried = site.job, site.options.retried
    if isinstance(retried, Opaque):
        return Unknown("JC310", job.name, retried.why, retried.at)
    if isinstance(retried, Absent):
        return NotApplicable("JC310", job.name, "nothing names the errors that it is retried for")
    if set(BROAD).isdisjoint(retried.value.errors) or retried.value.spared:
        return Pass("JC310", job.name)
    return about_job(
        "JC310",
        job,
        "Errors that no retry can cure are retried: any exception counts, a programming error as well.",
        advice(
            "Name what may go away by itself, such as `ConnectionError`, or spare what never does",
            job,
            Recommendation(spared=PERMANENT),
            spell,
        ),
        retried.at,
        question=QUESTION,
        cause=retried.at,
    )


def _endless(site: Site, wait: Wait, spell: Speller) -> Outcome:
    if wait.why:
        return Unknown("JC308", site.job.name, wait.why, wait.at)
    return about_job(
        "JC308",
        site.job,
        "A server that never answers holds the worker for ever: neither call nor job has a time limit.",
        advice(
            f"Pass `timeout=10` or so to `{wait.call}`, and limit the job where the framework can",
            site.job,
            Recommendation(time_limit=LIMIT),
            spell,
        ),
        wait.at,
        steps=wait.steps,
    )

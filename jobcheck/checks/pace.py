"""Section 3, the pace of retries: how many, how far apart, and whether they outlast what protects them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Union

from jobcheck.checks import check
from jobcheck.checks.finding import about_job, advice, or_pass, span_of_time
from jobcheck.checks.retries import QUESTION, retry_advice, runs
from jobcheck.checks.wording import WORDINGS
from jobcheck.model import (
    UNBOUNDED,
    Absent,
    Act,
    Backoff,
    Fail,
    IdempotencyKey,
    Known,
    NotApplicable,
    Opaque,
    Outcome,
    Pass,
    Recommendation,
    Site,
    Speller,
    Step,
    Unknown,
)
from jobcheck.policy import Policy, RetryAdvice

FACTOR = 3
"""A first wait that is so many times longer or shorter than advised is off the guideline."""
MOST = 1_000
"""Waits that are added up; nobody waits for more."""


@check("JC303")
def fixed_backoff(site: Site, policy: Policy, spell: Speller) -> Outcome:
    """Waits grow, where a service needs time to recover."""
    job, attempts, backoff = site.job, site.options.attempts, site.options.backoff
    if policy.retry[site.kind].backoff != "exponential":
        return NotApplicable("JC303", job.name, f"a job of kind {site.kind} may wait as long each time")
    if isinstance(attempts, Opaque):
        return Unknown("JC303", job.name, attempts.why, attempts.at)
    if runs(attempts) <= 2:
        return NotApplicable("JC303", job.name, "it waits once at most")
    if isinstance(backoff, Opaque):
        return Unknown("JC303", job.name, backoff.why, backoff.at)
    if isinstance(backoff, Absent):
        return NotApplicable("JC303", job.name, "nobody chose how long it waits")
    if backoff.value.kind != "fixed":
        return Pass("JC303", job.name)
    wait = span_of_time(backoff.value.delay)
    message = f"Every retry waits the same {wait}: all jobs that failed together come back together."
    details = retry_advice(site, policy, spell)
    return about_job("JC303", job, message, details, backoff.at, question=QUESTION, cause=backoff.at)


@check("JC304")
def retry_off_guideline(site: Site, policy: Policy, spell: Speller) -> Outcome:
    """Attempts and the first wait are those advised for the kind of job."""
    job, attempts, backoff = site.job, site.options.attempts, site.options.backoff
    if site.kind == "compute" and not site.flow.acts and not site.flow.touches:
        return NotApplicable("JC304", job.name, "the job only computes")
    if isinstance(attempts, Opaque):
        return Unknown("JC304", job.name, attempts.why, attempts.at)
    if isinstance(attempts, Absent) or attempts.value == UNBOUNDED:
        return NotApplicable("JC304", job.name, "nobody chose how often it runs")
    row = policy.retry[site.kind]
    off = [_count_off(attempts.value, row, site.options.counts_retries)]
    off += [_wait_off(site, row)] if attempts.value > 1 else []
    told = " and ".join(text for text in off if text)
    if not told:
        return Pass("JC304", job.name)
    return about_job(
        "JC304",
        job,
        f"Retries are off the guideline for a job of kind {site.kind}: {told}.",
        f"{retry_advice(site, policy, spell)}{_comes_last(attempts.value, backoff)}",
        attempts.at,
        question=QUESTION,
        cause=attempts.at,
    )


@check("JC311")
def key_outlived_by_retries(site: Site, spell: Speller) -> Iterable[Outcome]:
    """The receiver still knows the key when the last retry comes."""
    keys = [(act, act.key) for act in site.flow.acts if act.key is not None and act.key.forgets is not None]
    used = [(act, key) for act, key in keys if key.state == "stable" and act.hold is None]
    if not used:
        return [NotApplicable("JC311", site.job.name, "no key that is forgotten protects it alone")]
    judged = [_outlived(site, act, key, spell) for act, key in used]
    return or_pass([outcome for outcome in judged if outcome], "JC311", site.job.name)


def horizon(attempts: float, backoff: Backoff) -> Union[float, None]:
    """Seconds from the first failure to the last retry; None where the waits are not known."""
    if backoff.kind == "custom":
        return None
    waits = attempts - 1
    if waits <= 0 or backoff.kind == "none" or not backoff.delay:
        return 0.0
    if math.isinf(waits):
        return math.inf
    if backoff.kind == "fixed":
        return waits * backoff.delay
    cap = math.inf if backoff.cap is None else backoff.cap
    return sum(min(cap, backoff.delay * 2.0**number) for number in range(min(int(waits), MOST)))


def _count_off(attempts: float, row: RetryAdvice, counts_retries: bool) -> str:
    """Who counts retries writes N for N attempts and means one more: that is close enough."""
    accepted = {row.attempts, row.attempts + 1} if counts_retries else {row.attempts}
    return "" if attempts in accepted else f"{_counted(attempts)} where {row.attempts} are advised"


def _counted(attempts: float) -> str:
    return "1 attempt" if attempts == 1 else f"{attempts:g} attempts"


def _wait_off(site: Site, row: RetryAdvice) -> str:
    """What is wrong with the wait before the first retry, where there is one."""
    backoff = site.options.backoff
    if not isinstance(backoff, Known) or backoff.value.kind == "custom":
        return ""
    delay = backoff.value.delay
    if not delay or row.delay / FACTOR <= delay <= row.delay * FACTOR:
        return ""
    return f"a first wait of {span_of_time(delay)} where {span_of_time(row.delay)} is advised"


def _comes_last(attempts: float, backoff: object) -> str:
    wait = backoff.value if isinstance(backoff, Known) else None
    whole = horizon(attempts, wait) if isinstance(wait, Backoff) else None
    return f" As it is, the last retry comes about {roughly(whole)} after the first failure." if whole else ""


def roughly(seconds: float) -> str:
    """A duration as people say it when the seconds do not matter."""
    if math.isinf(seconds):
        return "any time"
    for size in (86_400, 3_600, 60):
        if seconds >= 2 * size:
            return span_of_time(round(seconds / size) * size)
    return span_of_time(round(seconds, 1))


def _outlived(site: Site, act: Act, key: IdempotencyKey, spell: Speller) -> Union[Outcome, None]:
    attempts, backoff = site.options.attempts, site.options.backoff
    for setting in (attempts, backoff):
        if isinstance(setting, Opaque):
            return Unknown("JC311", site.job.name, setting.why, setting.at)
    if isinstance(attempts, Opaque) or isinstance(backoff, Opaque) or key.forgets is None:
        return None
    wait = backoff.value if isinstance(backoff, Known) else backoff.default
    last = horizon(runs(attempts), wait)
    if last is None:
        return Unknown("JC311", site.job.name, "how long its own strategy waits cannot be told", backoff.at)
    if last <= key.forgets:
        return None
    return _forgotten(site, act, key, key.forgets, last, wait, spell)


def _forgotten(
    site: Site, act: Act, key: IdempotencyKey, forgets: float, last: float, wait: Backoff, spell: Speller
) -> Fail:
    words, attempts = WORDINGS[act.what.kind], site.options.attempts
    when = "retries never end" if math.isinf(last) else f"the last retry comes up to {roughly(last)} later"
    return about_job(
        "JC311",
        site.job,
        f"A late retry {words.again}: the key is forgotten after {span_of_time(forgets)} and {when}.",
        f"{_fitting(site, forgets, wait, spell)} Or save the answer on the row and test it before the call.",
        key.at,
        question=QUESTION,
        steps=act.steps,
        related=(Step(attempts.at, "this many attempts"),),
    )


def _fitting(site: Site, forgets: float, wait: Backoff, spell: Speller) -> str:
    """The most attempts whose last one comes in time."""
    fit = 1
    while fit < MOST and (horizon(fit + 1, wait) or 0.0) <= forgets:
        fit += 1
    wanted = f"With these waits {_counted(fit)} {'fits' if fit == 1 else 'fit'} into {span_of_time(forgets)}"
    return advice(wanted, site.job, Recommendation(attempts=fit), spell)

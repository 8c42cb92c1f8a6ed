"""Section 6: finished jobs go after a chosen time, failed ones stay long enough to debug."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Union

from jobcheck.checks import check
from jobcheck.checks.finding import about_job, advice, cause_of, quirks, span_of_time
from jobcheck.model import (
    Absent,
    Keep,
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
    Unknown,
)
from jobcheck.policy import Policy

Ending = Literal["completed", "failed"]


@check("JC601")
def missing_completed_retention(site: Site, policy: Policy, project: Project, spell: Speller) -> Outcome:
    """Completed jobs are kept for a chosen time."""
    keep = site.options.keep_completed
    if isinstance(keep, Absent) and keep.default.nothing:
        return NotApplicable("JC601", site.job.name, "nothing of a completed job is stored")
    return _judge("JC601", "completed", keep, site, policy, project, spell)


@check("JC602")
def missing_failed_retention(site: Site, policy: Policy, project: Project, spell: Speller) -> Outcome:
    """Failed jobs are kept for a chosen time that leaves room to debug."""
    return _judge("JC602", "failed", site.options.keep_failed, site, policy, project, spell)


@check("JC604")
def ineffective_retention(site: Site) -> Iterable[Outcome]:
    """Retention configuration does what its author meant."""
    return quirks(site, "retention", "JC604")


def _judge(
    code: str,
    ending: Ending,
    keep: Setting[Keep],
    site: Site,
    policy: Policy,
    project: Project,
    spell: Speller,
) -> Outcome:
    job = site.job
    if isinstance(keep, Opaque):
        return Unknown(code, job.name, keep.why, keep.at)
    complaint = _complaint(keep, ending)
    if complaint is None:
        return Pass(code, job.name)
    details = _keep_advice(ending, site, policy, spell)
    if isinstance(keep, Known):
        return about_job(code, job, complaint, details, keep.at, cause=keep.at)
    return about_job(code, job, complaint, details, cause=cause_of(keep, job, project))


def _complaint(keep: Union[Known[Keep], Absent[Keep]], ending: Ending) -> Union[str, None]:
    """What is wrong with how long jobs are kept; None when it is a choice one can live with."""
    chosen = isinstance(keep, Known)
    kept = keep.value if isinstance(keep, Known) else keep.default
    source = "" if chosen else ", only because the framework does so by default"
    if kept.forever:
        return f"{ending.capitalize()} jobs are kept for ever{source}: storage grows until something breaks."
    if kept.nothing and ending == "failed":
        unset = "" if chosen else ", as no store for it is configured"
        return f"Nothing of a failed job is kept{unset}: there is nothing left to debug with."
    if chosen:
        return None
    return f"{ending.capitalize()} jobs are kept for {_limit(kept)}{source}."


def _limit(keep: Keep) -> str:
    age = span_of_time(keep.age) if keep.age is not None else ""
    count = f"the last {keep.count}" if keep.count is not None else ""
    return " or ".join(part for part in (age, count) if part)


def _keep_advice(ending: Ending, site: Site, policy: Policy, spell: Speller) -> str:
    row = policy.retention[site.volume]
    keep = row.completed.keep if ending == "completed" else row.failed.keep
    wanted = f"Keep {ending} jobs of {site.volume} volume for {_limit(keep)}"
    recommended = (
        Recommendation(keep_completed=keep) if ending == "completed" else Recommendation(keep_failed=keep)
    )
    return advice(wanted, site.job, recommended, spell)

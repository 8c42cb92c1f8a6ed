"""Section 6: finished jobs go after a chosen time, failed ones stay long enough to debug."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, Union

from jobcheck.checks import check
from jobcheck.checks.finding import about_job, advice, cause_of, or_pass, quirks, span_of_time
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


@check("JC603")
def retention_off_guideline(site: Site, policy: Policy, spell: Speller) -> Iterable[Outcome]:
    """The chosen limits fit how many such jobs there are and what hangs on them."""
    found = [
        _off("completed", site.options.keep_completed, site, policy, spell),
        _off("failed", site.options.keep_failed, site, policy, spell),
    ]
    return or_pass([outcome for outcome in found if outcome], "JC603", site.job.name)


@check("JC604")
def ineffective_retention(site: Site) -> Iterable[Outcome]:
    """Retention configuration does what its author meant."""
    return quirks(site, "retention", "JC604")


def _off(
    ending: Ending, keep: Setting[Keep], site: Site, policy: Policy, spell: Speller
) -> Union[Outcome, None]:
    if isinstance(keep, Opaque):
        return Unknown("JC603", site.job.name, keep.why, keep.at)
    if isinstance(keep, Absent) or keep.value.forever or keep.value.nothing:
        return None
    row = policy.retention[site.volume]
    wanted = row.completed.keep if ending == "completed" else row.failed.keep
    if not any(_far(keep.value, wanted, policy.retention_tolerance)):
        return None
    return about_job(
        "JC603",
        site.job,
        f"{ending.capitalize()} jobs are kept for {_limit(keep.value)}: not what {site.volume} volume wants.",
        _keep_advice(ending, site, policy, spell),
        keep.at,
        cause=keep.at,
    )


def _far(kept: Keep, wanted: Keep, tolerance: float) -> Iterator[bool]:
    """For each limit that is given, whether it is far from the one that is wanted."""
    for given, right in ((kept.age, wanted.age), (kept.count, wanted.count)):
        if given is not None and right is not None:
            yield given > right * tolerance or given * tolerance < right


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

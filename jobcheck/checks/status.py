"""Section 4: whoever waits for a job can look up whether it started, completed or failed."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from jobcheck.checks import check
from jobcheck.checks.finding import about_job, advice
from jobcheck.model import (
    Absent,
    Coverage,
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
    Unknown,
)


class _Phase(Struct, frozen=True):
    code: str
    mark: Literal["started", "completed", "failed"]
    never: str
    sometimes: str
    cure: str


_STARTED = _Phase(
    "JC401",
    "started",
    "A running job looks like a waiting one: nothing marks it started before its first effect.",
    "A running job can look like a waiting one: on some path its first effect comes before any mark.",
    "Mark the row it works on, or the job, as started with the time, before the first effect",
)
_COMPLETED = _Phase(
    "JC403",
    "completed",
    "A finished job looks like an unfinished one: nothing marks it completed.",
    "A finished job can look like an unfinished one: a path to success marks nothing completed.",
    "Mark it completed with the time, as the last thing on every path that succeeds",
)
_FAILED = _Phase(
    "JC404",
    "failed",
    "A failed job looks like a running one: nothing marks it failed.",
    "A failed job can look like a running one: some error path marks nothing failed.",
    "Mark it failed with the error's text in a handler around the whole job, and re-raise",
)


@check("JC401")
def missing_started_status(site: Site, project: Project, spell: Speller) -> Outcome:
    """Started is recorded before the first effect."""
    return _judge(_STARTED, site, site.options.marks_started, site.flow.started, project, spell)


@check("JC403")
def missing_completed_status(site: Site, project: Project, spell: Speller) -> Outcome:
    """Completed is recorded on every path to success."""
    return _judge(_COMPLETED, site, site.options.marks_completed, site.flow.completed, project, spell)


@check("JC404")
def missing_failed_status(site: Site, project: Project, spell: Speller) -> Outcome:
    """Failed is recorded on every error path."""
    return _judge(_FAILED, site, site.options.marks_failed, site.flow.failed, project, spell)


def _judge(
    phase: _Phase, site: Site, marks: Setting[bool], coverage: Coverage, project: Project, spell: Speller
) -> Outcome:
    job = site.job
    if not site.flow.acts and not site.flow.touches:
        return NotApplicable(phase.code, job.name, "the job changes nothing that anyone could wait for")
    if coverage.state == "always" or _by_framework(marks):
        return Pass(phase.code, job.name)
    if isinstance(marks, Opaque):
        return Unknown(phase.code, job.name, marks.why, marks.at)
    if coverage.state == "unknown":
        return Unknown(phase.code, job.name, coverage.why, coverage.at or job.at)
    return about_job(
        phase.code,
        job,
        phase.sometimes if coverage.state == "sometimes" else phase.never,
        advice(phase.cure, job, Recommendation(mark=phase.mark), spell),
        related=_lacking(coverage, phase),
        cause=project.causes.get(job.framework),
    )


def _by_framework(marks: Setting[bool]) -> bool:
    match marks:
        case Known(value=does) | Absent(default=does):
            return does
        case _:
            return False


def _lacking(coverage: Coverage, phase: _Phase) -> tuple[Step, ...]:
    if coverage.state != "sometimes" or coverage.at is None:
        return ()
    return (Step(coverage.at, coverage.why or f"this path marks nothing {phase.mark}"),)

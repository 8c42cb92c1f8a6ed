"""Section 4: whoever waits for a job can look up whether it started, completed or failed."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from jobcheck.checks import check
from jobcheck.checks.carriage import run_by_clock
from jobcheck.checks.finding import about_job, advice
from jobcheck.checks.logged import matches
from jobcheck.checks.stages import stages
from jobcheck.model import (
    Absent,
    Coverage,
    Known,
    Location,
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
from jobcheck.policy import Policy


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


@check("JC402")
def missing_progress_status(site: Site, policy: Policy, project: Project) -> Outcome:
    """Whoever waits for a long job can look up how far it is."""
    job, flow = site.job, site.flow
    why = "" if run_by_clock(site) else stages(site, policy)
    if not why:
        return NotApplicable("JC402", job.name, "the job is done in one step, or nobody waits for it")
    if flow.reports or flow.advances or any(matches(name, policy.progress_names) for name in flow.written):
        return Pass("JC402", job.name)
    if flow.unknown:
        return Unknown("JC402", job.name, flow.unknown[0].why, flow.unknown[0].at)
    return about_job(
        "JC402",
        job,
        f"Nobody can look up how far a run is: {why}, and it reports no progress.",
        "Report the step and the percentage after each part, in a loop every hundredth round: on the job "
        "itself, or in a field of the row that it works on.",
        cause=project.causes.get(job.framework),
    )


@check("JC405")
def failed_status_without_error(site: Site, policy: Policy) -> Outcome:
    """A failure that is recorded says what went wrong."""
    job, flow = site.job, site.flow
    if flow.marks_failed and not any(matches(name, policy.reason_names) for name in flow.written):
        if "**" in flow.written:
            why = "some fields that it writes cannot be told"
            return Unknown("JC405", job.name, why, flow.marks_failed[0])
        return _silent(site, flow.marks_failed[0])
    if flow.nameless and not site.options.names_error:
        return _nameless(site, flow.nameless[0])
    if not flow.marks_failed:
        return NotApplicable("JC405", job.name, "the job itself records no failure")
    return Pass("JC405", job.name)


@check("JC406")
def progress_without_percentage(site: Site, policy: Policy) -> Outcome:
    """Progress is a share of the whole."""
    job, reports = site.job, site.flow.reports
    if not reports:
        return NotApplicable("JC406", job.name, "the job reports no progress")
    wanted = ("percentage", *policy.log_names.get("percentage", ()))
    bare = [r for r in reports if not r.number and not any(matches(name, wanted) for name in r.names)]
    if not bare:
        return Pass("JC406", job.name)
    if bare[0].open:
        return Unknown("JC406", job.name, bare[0].open, bare[0].at)
    return about_job(
        "JC406",
        job,
        "Progress without a measure: nobody can tell from this how much is left.",
        'Give the share that is done with the step: `{"step": "sending", "percentage": 40}`.',
        bare[0].at,
        related=tuple(Step(report.at, "nor from this") for report in bare[1:3]),
    )


def _silent(site: Site, at: Location) -> Outcome:
    return about_job(
        "JC405",
        site.job,
        "The row says that the job failed and not why: no field takes the error's text.",
        "Write the text of the error beside the status in the same statement, such as `error=str(error)`.",
        at,
    )


def _nameless(site: Site, at: Location) -> Outcome:
    return about_job(
        "JC405",
        site.job,
        "The recorded reason is empty: when this takes too long, its error has no text.",
        'Catch it and say what took too long: `raise TimeoutError("no answer within 5 s") from error`.',
        at,
    )


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

"""Section 5: the log tells what a job began, how far it came, how it ended, and shows no secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Union

from jobcheck.checks import check
from jobcheck.checks.finding import about_job, advice, or_pass
from jobcheck.checks.logged import entity_names, lacking, matches, sent_names, wants_log
from jobcheck.checks.names import is_sensitive
from jobcheck.checks.stages import stages
from jobcheck.model import (
    Coverage,
    Known,
    Location,
    Log,
    Moment,
    NotApplicable,
    Opaque,
    Outcome,
    Pass,
    Phase,
    Project,
    Recommendation,
    Shown,
    Site,
    Speller,
    Step,
    Unknown,
)
from jobcheck.policy import Policy

IDLE = "the job changes nothing that anyone would look for in a log"


@check("JC501")
def missing_start_log(site: Site, policy: Policy, project: Project, spell: Speller) -> Outcome:
    """A line before the first effect says which work began."""
    message = "The log does not tell what a run began: no line of the job comes before its first effect."
    return _missing("JC501", "started", site.flow.told_start, message, site, policy, project, spell)


@check("JC502")
def missing_completion_log(site: Site, policy: Policy, project: Project, spell: Speller) -> Outcome:
    """A line after the last effect says what was done."""
    message = "The log does not tell what a run did: no line of the job follows its last effect."
    return _missing("JC502", "completed", site.flow.told_end, message, site, policy, project, spell)


@check("JC503")
def missing_failure_log(site: Site, project: Project) -> Outcome:
    """Whoever looks into a failure finds its traceback."""
    job, flow, logs = site.job, site.flow, site.options.logs
    if not wants_log(site):
        return NotApplicable("JC503", job.name, IDLE)
    told = {swallow.at for swallow in flow.swallows}
    muffled = [at for at in flow.muffled if at not in told]
    if muffled:
        return _muffled(site, muffled)
    if flow.told_failure.state == "always" or (isinstance(logs, Known) and "failed" in logs.value):
        return Pass("JC503", job.name)
    if isinstance(logs, Opaque):
        return Unknown("JC503", job.name, logs.why, logs.at)
    partly = flow.told_failure.state == "sometimes"
    return about_job(
        "JC503",
        job,
        "A failure leaves no traceback in the log: "
        + ("the lines about it bring none." if partly else "nothing logs it."),
        'Log it where every failure passes, `log.exception("...")` in a handler around the whole job, and '
        "re-raise.",
        related=_place(flow.told_failure, "a failure here is not logged with its traceback"),
        cause=project.causes.get(job.framework),
    )


@check("JC504")
def log_missing_fields(site: Site, policy: Policy, project: Project, spell: Speller) -> Outcome:
    """What is looked for in a log can be found by the job, the entity and the outcome."""
    job = site.job
    if not wants_log(site):
        return NotApplicable("JC504", job.name, IDLE)
    if not site.flow.logs:
        return NotApplicable("JC504", job.name, "the job logs nothing")
    gaps = [gap for phase in _phases() if (gap := _gap(phase, site, policy, project)) is not None]
    unclear = next((log for log, _, _ in gaps if log.open), None)
    if unclear is not None:
        return Unknown("JC504", job.name, unclear.open, unclear.at)
    if not gaps:
        return Pass("JC504", job.name)
    log, phase, names = gaps[0]
    wanted = (
        f"Give each line what it is looked up by; the one about a job that {_has(phase)} needs {_and(names)}"
    )
    fields = Recommendation(log=tuple(policy.log_fields[phase]))
    return about_job(
        "JC504",
        job,
        f"A line of the log is hard to use: the one about a job that {_has(phase)} lacks {_and(names)}.",
        advice(wanted, job, fields, spell),
        log.at,
        steps=log.steps,
        related=tuple(Step(other.at, f"lacks {_and(lost)}") for other, _, lost in gaps[1:]),
        cause=project.causes.get(job.framework),
    )


@check("JC505")
def sensitive_data_in_log(site: Site, policy: Policy) -> Iterable[Outcome]:
    """Logs are read by more people than the data may be."""
    name = site.job.name
    if not site.flow.logs:
        return [NotApplicable("JC505", name, "the job logs nothing")]
    judged = [outcome for log in site.flow.logs for outcome in _exposed(site, log, policy)]
    return or_pass(judged, "JC505", name)


@check("JC506")
def missing_progress_log(site: Site, policy: Policy) -> Outcome:
    """The log of a long job shows how far it came before it died."""
    job, flow = site.job, site.flow
    why = stages(site, policy)
    if not why:
        return NotApplicable("JC506", job.name, "the job is done in one step")
    if flow.told_between or any("progress" in log.phases for log in flow.logs):
        return Pass("JC506", job.name)
    if flow.unknown:
        return Unknown("JC506", job.name, flow.unknown[0].why, flow.unknown[0].at)
    return about_job(
        "JC506",
        job,
        f"The log does not tell how far a run came: {why}, and no line comes in between.",
        "Log the job's id, the step and the percentage after each part, every hundredth round in a loop.",
    )


def _missing(
    code: str,
    moment: Moment,
    told: Coverage,
    message: str,
    site: Site,
    policy: Policy,
    project: Project,
    spell: Speller,
) -> Outcome:
    job, logs = site.job, site.options.logs
    if not wants_log(site) or not site.flow.acts:
        return NotApplicable(code, job.name, IDLE)
    if told.state == "always":
        return Pass(code, job.name)
    if isinstance(logs, Opaque):
        return Unknown(code, job.name, logs.why, logs.at)
    own = " The framework's own line names the job, not what it works on." if _by_framework(site) else ""
    fields = policy.log_fields[moment]
    wanted = f"Log {_and(fields)} {'before the first effect' if moment == 'started' else 'at every end'}"
    return about_job(
        code,
        job,
        message,
        advice(wanted, job, Recommendation(log=tuple(fields)), spell) + own,
        related=_place(
            told, "nothing is logged before this" if moment == "started" else "nothing is logged after this"
        ),
        cause=project.causes.get(job.framework),
    )


def _by_framework(site: Site) -> bool:
    logs = site.options.logs
    return isinstance(logs, Known) and bool(logs.value)


def _place(told: Coverage, note: str) -> tuple[Step, ...]:
    return (Step(told.at, note),) if told.at is not None else ()


def _muffled(site: Site, places: list[Location]) -> Outcome:
    return about_job(
        "JC503",
        site.job,
        "A failure leaves no traceback in the log: this handler ends it and logs none.",
        'Write `log.exception("...")` in the handler, which logs the traceback, or re-raise.',
        places[0],
        related=tuple(Step(at, "and so does this one") for at in places[1:]),
    )


# --- fields ---


def _phases() -> tuple[Phase, ...]:
    return ("started", "progress", "completed", "failed")


def _gap(
    phase: Phase, site: Site, policy: Policy, project: Project
) -> Union[tuple[Log, Phase, list[str]], None]:
    """The line about a moment that comes nearest to what it needs, and what it lacks."""
    lines = [log for log in site.flow.logs if phase in log.phases and _speaks(log, phase)]
    if not lines:
        return None
    entities = entity_names(site, policy)
    lost = [(lacking(log, phase, site, policy, project, entities), log) for log in lines]
    own = [each for each in lost if not each[1].steps]
    if not own or any(not names for names, _ in lost):
        return None
    names, log = min(own, key=lambda each: (not each[1].open, len(each[0])))
    return log, phase, names


def _speaks(log: Log, phase: Phase) -> bool:
    """Whether a line is the record of a moment: by its words, its step, or as what a handler logs."""
    if log.level in {"debug", "report"}:
        return False
    if phase == "progress":
        return any(matches(name, ("step", "percentage", "percent", "progress")) for name in log.fields)
    return log.told or (phase == "failed" and log.level in {"error", "critical", "fatal"})


def _has(phase: Phase) -> str:
    words = {"started": "begins", "progress": "goes on", "completed": "has ended", "failed": "has failed"}
    return words[phase]


def _and(names: Iterable[str]) -> str:
    *most, last = (f"`{name}`" for name in names)
    return f"{', '.join(most)} and {last}" if most else last


# --- secrets ---


def _exposed(site: Site, log: Log, policy: Policy) -> Iterator[Outcome]:
    found = next((shown for shown in log.shows if _is_payload(shown, site, policy)), None)
    secret = next((shown for shown in log.shows if is_sensitive(shown.name, policy)), None)
    if secret is not None:
        message = f"Everyone who reads the log reads this secret: `{secret.name}` is written out."
        cure = "Leave it out, or log that it is there: `bool(...)`, its last four characters, a hash."
    elif found is not None:
        message = f"Everyone who reads the log reads the whole payload: `{found.name}` is written out."
        cure = "Log the identifiers in it by name; who needs the rest looks the job up by its id."
    elif log.open:
        yield Unknown("JC505", site.job.name, log.open, log.at)
        return
    else:
        return
    yield about_job("JC505", site.job, message, cure, log.at, steps=log.steps)


def _is_payload(shown: Shown, site: Site, policy: Policy) -> bool:
    """Whether it is all that the job is sent, and that is more than identifiers."""
    if not shown.whole:
        return shown.taken and matches(shown.name, policy.payload_names)
    sent = sent_names(site)
    identifying = (*policy.log_names["entity_id"], *policy.correlation_names)
    return not sent or not all(matches(name, identifying) for name in sent)

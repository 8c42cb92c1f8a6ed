"""Section 2: the entity that a job is about travels by its id, and may be gone when it runs."""

from __future__ import annotations

from collections.abc import Iterable

from jobcheck.checks import check
from jobcheck.checks.binding import bound_name
from jobcheck.checks.carriage import plain, run_by_clock
from jobcheck.checks.finding import about_job, or_pass, producers
from jobcheck.checks.names import ends_in, words
from jobcheck.model import Fetch, Field, Known, NotApplicable, Opaque, Outcome, Pass, Project, Site, Unknown
from jobcheck.policy import Policy

RECORDS = frozenset(
    {
        "data",
        "record",
        "report",
        "payload",
        "event",
        "message",
        "metadata",
        "option",
        "info",
        "object",
        "item",
    }
)
"""Last words of the names of things that may have an id inside."""
KNOBS = frozenset(
    {"count", "size", "depth", "limit", "offset", "page", "batch", "chunk", "day", "hour", "minute", "second"}
    | {
        "date",
        "time",
        "timestamp",
        "at",
        "now",
        "since",
        "until",
        "start",
        "end",
        "cursor",
        "after",
        "before",
    }
    | {"timeout", "delay", "attempt", "retry", "force", "run", "verbose", "debug", "interval", "threshold"}
)
ASKED = frozenset({"max", "min", "is", "force", "dry", "skip", "only", "should", "with", "include", "total"})
"""Last and first words of the names of what steers a job."""


@check("JC211")
def missing_row_unhandled(site: Site, project: Project) -> Iterable[Outcome]:
    """A row that was deleted meanwhile is no reason to try again."""
    job, attempts = site.job, site.options.attempts
    doubtful = [fetch for fetch in site.flow.fetches if fetch.missing != "handled"]
    if not doubtful:
        return [Pass("JC211", job.name)]
    if isinstance(attempts, Opaque):
        return [Unknown("JC211", job.name, attempts.why, attempts.at)]
    runs = attempts.value if isinstance(attempts, Known) else attempts.default
    if runs <= 1:
        return [NotApplicable("JC211", job.name, "the job is not retried: a missing row fails it once")]
    retried = (fetch for fetch in doubtful if fetch.missing == "retried")
    return or_pass([_gone(site, fetch, runs, project) for fetch in retried], "JC211", job.name)


def _gone(site: Site, fetch: Fetch, runs: float, project: Project) -> Outcome:
    times = f"{runs:g} times" if runs < float("inf") else "for ever"
    return about_job(
        "JC211",
        site.job,
        f"A deleted row is looked for over and over: the job runs {times} when its `{fetch.model}` is gone.",
        f"Catch that there is no such row, log `{fetch.field}` and return; or, where it must be there, fail "
        "at once with an exception that is not retried.",
        fetch.at,
        related=producers(site),
        question=f"What should happen when the `{fetch.model}` was deleted before the job runs?",
        cause=project.causes.get(site.job.framework),
    )


@check("JC212")
def missing_entity_id(site: Site, project: Project, policy: Policy) -> Outcome:
    """Something in the payload says which thing the job is about."""
    job = site.job
    names = _names(site)
    other = {plain(name) for name in project.tenant_names | project.correlation_names}
    if all(plain(name) in other or _steers(name) for name in names):
        return NotApplicable("JC212", job.name, "nothing travels that could be about an entity")
    if not _needs(site):
        return NotApplicable("JC212", job.name, "it runs without any argument: it is about no single entity")
    if run_by_clock(site):
        return NotApplicable("JC212", job.name, "only the clock starts it: it is about no single entity")
    if any(ends_in(name, policy.identifiers) for name in names if plain(name) not in other):
        return Pass("JC212", job.name)
    held = [field for enqueue in site.producers for field in enqueue.payload or ()]
    if any(_identifies(field, policy) for field in held):
        return Pass("JC212", job.name)
    untold = next((field for field in held if field.spread or field.carried == "unknown"), None)
    if untold is not None:
        why = f"whether there is an id in `{untold.text or untold.name}` cannot be told"
        return Unknown("JC212", job.name, why, untold.at)
    if site.flow.reads_whole or any(p.kind in {"*", "**"} for p in job.parameters):
        return Unknown("JC212", job.name, "the job takes its payload whole", job.at)
    if not site.producers and any(set(words(name)[-1:]) & RECORDS for name in names):
        return Unknown("JC212", job.name, "what its records hold cannot be told", job.at)
    if len(names) == 1 and not any(field.keys for field in held):
        return Unknown("JC212", job.name, f"`{names[0]}` may itself say what the job is about", job.at)
    listed = ", ".join(f"`{name}`" for name in names)
    return about_job(
        "JC212",
        job,
        f"Nobody can tell which one failed: no id of what the job is about travels with it, only {listed}.",
        "Send the id of the row that the job works for or reports to, log it in every line, and mark its "
        "status there.",
        related=producers(site),
        cause=project.causes.get(job.framework),
    )


def _steers(name: str) -> bool:
    """Whether a value says how the job works, and not on what."""
    own = words(name)
    return not own or own[-1] in KNOBS or own[0] in ASKED


def _needs(site: Site) -> bool:
    """Whether the job cannot run without something of its payload."""
    job = site.job
    asked = any(p.required for p in job.parameters if p.kind not in {"*", "**"})
    return asked or any(not field.optional for field in site.flow.reads) or job.payload_style == "document"


def _identifies(field: Field, policy: Policy) -> bool:
    """Whether what is sent is an identifier, a row that has one, or a record with one among its keys."""
    return field.carried in {"identifier", "row", "rows"} or any(
        ends_in(key, policy.identifiers) for key in field.keys
    )


def _names(site: Site) -> list[str]:
    """The names by which values travel: parameters, and keys that are read or sent."""
    taken = [p.name for p in site.job.parameters if p.kind not in {"*", "**"}]
    taken += [field.name for field in site.flow.reads if field.name]
    sent = [
        bound_name(field, enqueue.payload or (), site.job)
        for enqueue in site.producers
        for field in enqueue.payload or ()
        if not field.spread
    ]
    return list(dict.fromkeys([*taken, *(name for name in sent if name)]))

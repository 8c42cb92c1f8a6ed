"""What a job's flow comes to: acts with their covers, statuses, swallowed failures, payload use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.bindings import statements
from jobcheck.link.covers import finished
from jobcheck.link.entities import Applied, Arguments, Bound, Function, Scope
from jobcheck.link.flows import Context, Flows
from jobcheck.link.handlers import MISSING
from jobcheck.link.holds import hold
from jobcheck.link.payload import field
from jobcheck.link.seeds import HookRef, JobSeed
from jobcheck.link.states import Pending
from jobcheck.link.summaries import Summary
from jobcheck.link.telling import burial, hook_summary, telling
from jobcheck.model import (
    BROAD,
    Absent,
    Act,
    Coverage,
    Fetch,
    Field,
    Flow,
    Known,
    Location,
    Opaque,
    Options,
    Sending,
)

FAILURES = frozenset({"Exception", "BaseException", *MISSING})
"""What a missing row raises, by its last name, and what that is."""
RANK = ("unguarded", "unrecorded", "unknown", "guarded", "keyed")


def walk_job(flows: Flows, job: JobSeed) -> Flow:
    """Everything that running a job does, over all of its paths."""
    ref = job.job.function
    options = job.job.options
    context = Context(ref, job.document, retries_on(options), retried(options), job.isolated)
    flows.use(context, job.scope)
    function = flows.resolver.index.function(ref)
    if function is None or flows.resolver.index.body(ref) is None:
        return Flow(unknown=(Opaque("the function has not been read", job.job.at),))
    closure = job.scope.outer or flows.resolver.module_scope(ref.path)
    summary = _entry(flows, Function(ref, function, closure), job.scope)
    found = _flow(flows, summary, job, Location(ref.path, function.header))
    returns = _returned(flows, Function(ref, function, closure), job.scope)
    return replace(found, returns=returns, fetches=_fetched(found.fetches, job))


def _fetched(found: tuple[Fetch, ...], job: JobSeed) -> tuple[Fetch, ...]:
    """The rows looked up, with what the framework makes of one that is gone."""
    match job.job.options.retried:
        case Known(value=told) | Absent(default=told):
            wanted, spared = _last_names(told.errors), _last_names(told.spared)
        case _:
            return found
    if not wanted & FAILURES or spared & FAILURES:
        return found
    return tuple(replace(fetch, missing="retried") if fetch.missing == "fails" else fetch for fetch in found)


def _last_names(paths: Iterable[str]) -> set[str]:
    return {path.rpartition(".")[2] for path in paths}


def _returned(flows: Flows, function: Function, scope: Scope) -> tuple[Field, ...]:
    """What a job gives back, unless something around it may change that."""
    if flows.decorated(function) is not None or function.facts.is_generator:
        return ()
    ends = (s for s in statements(flows.resolver.index.body(function.ref) or ()) if isinstance(s, facts.Exit))
    values = [end.value for end in ends if end.kind == "return" and end.value is not None]
    given = [(Bound(value, scope), Location(scope.path, value.span)) for value in values]
    return tuple(field(flows.resolver, None, value, at) for value, at in given)


def retried(options: Options) -> bool:
    """Whether the framework runs the job again when it fails."""
    match options.attempts:
        case Known(value=value) | Absent(default=value):
            return value > 1
        case _:
            return False


def retries_on(options: Options) -> tuple[str, ...]:
    """The exceptions after which the framework runs the job again; any, where that is not known."""
    match options.retried:
        case Known(value=value) | Absent(default=value):
            return value.errors
        case _:
            return BROAD


def _entry(flows: Flows, function: Function, scope: Scope) -> Summary:
    """The summary of what the worker calls: the function inside the project's own decorators."""
    span = function.facts.header
    call = facts.Call(facts.Opaque("called by the worker", span), (), span)
    wrapper = flows.decorated(function)
    if wrapper is not None:
        found = flows.scope_of(function, Applied(call, scope, Arguments(open="the worker's arguments")))
        if found is not None:
            return flows.summary(*found)
    return flows.summary(function, flows.own_scope(function))


def _flow(flows: Flows, summary: Summary, job: JobSeed, at: Location) -> Flow:
    marked = {hook.moment for hook in job.hooks if _records(flows, hook)}
    told = telling(flows, summary, job.hooks, at)
    again = retries_on(job.job.options)
    acts = [_finished(act, summary, again) for act in summary.acts.values()]
    return Flow(
        acts=tuple(sorted(acts, key=lambda act: (act.what.at, RANK.index(act.cover.state)))),
        started=_started(summary, "started" in marked, at),
        completed=_completed(summary, "completed" in marked, at),
        failed=_failed(summary, "failed" in marked, at),
        logs=told.logs,
        told_start=told.start,
        told_end=told.end,
        told_failure=told.failure,
        told_between=summary.between,
        muffled=summary.muffled,
        burials=(*summary.burials, *(burial(flows, hook) for hook in job.hooks if hook.moment == "failed")),
        rejects=summary.rejects,
        reports=tuple(sorted(summary.reports, key=lambda report: report.at)),
        advances="progress" in summary.ever_phases,
        written=tuple(sorted(_written(summary))),
        marks_failed=tuple(sorted(summary.marks_failed)),
        nameless=(summary.nameless,) if summary.nameless is not None else (),
        sends=tuple(Sending(at, at in summary.sent) for at in sorted(summary.sends)),
        awaits_results=tuple(sorted(summary.awaits_results, key=lambda step: step.at)),
        swallows=tuple(dict.fromkeys(summary.swallows)),
        waits=tuple(sorted(summary.waits, key=lambda wait: wait.at)),
        fetches=tuple(dict.fromkeys(summary.fetches)),
        reads=tuple(dict.fromkeys(summary.reads)),
        reads_whole=summary.reads_whole,
        alone=summary.alone,
        typed=summary.typed,
        queries=tuple(dict.fromkeys(summary.queries)),
        uses=tuple(dict.fromkeys(summary.uses)),
        leaks=tuple(dict.fromkeys(summary.leaks)),
        touches=tuple(sorted(touches(summary.touches, acts))),
        unknown=tuple(dict.fromkeys(summary.unknown)),
    )


def _finished(act: Pending, summary: Summary, retries_on: Collection[str]) -> Act:
    known = finished(act, summary.ever, retries_on)
    return replace(known, key=act.key, hold=hold(act, summary.ever, summary.taken))


def _written(summary: Summary) -> Iterator[str]:
    yield from {mark.name for mark in summary.ever if mark.kind == "field"}
    if "unknown" in summary.ever_phases:
        yield "**"


def touches(noted: Iterable[str], acts: Iterable[Act]) -> set[str]:
    return {kind for kind in noted if kind not in {"log", "mark", ""}} | {
        "database" for act in acts if not hasattr(act.what, "kind")
    }


def _records(flows: Flows, hook: HookRef) -> bool:
    """Whether a hook leaves a record of its moment."""
    summary = hook_summary(flows, hook)
    return bool(summary.acts or summary.ever_phases or summary.touches & {"database", "queue", "cache"})


# --- statuses ---------------------------------------------------------------------------


def _started(summary: Summary, hook: bool, at: Location) -> Coverage:
    if hook or (summary.unstarted is None and "started" in summary.ever_phases):
        return Coverage("always")
    return _lacking(summary, "started", summary.unstarted or at, "it acts before")


def _completed(summary: Summary, hook: bool, at: Location) -> Coverage:
    if hook or (summary.owed is None and "completed" in summary.ever_phases):
        return Coverage("always")
    return _lacking(summary, "completed", summary.owed or at, "some path ends without it")


def _failed(summary: Summary, hook: bool, at: Location) -> Coverage:
    if hook or (summary.risk is None and "failed" in summary.ever_phases):
        return Coverage("always")
    return _lacking(summary, "failed", summary.risk or at, "a failure here is not recorded")


def _lacking(summary: Summary, phase: str, at: Location, why: str) -> Coverage:
    if phase in summary.ever_phases:
        return Coverage("sometimes", at, why)
    if "unknown" in summary.ever_phases:
        return Coverage("unknown", at, "a status is written whose value cannot be told")
    return Coverage("never", at)

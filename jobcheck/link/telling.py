"""What the lines of a job and of its hooks come to: which moments of a run its log tells of."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from jobcheck.facts import Span
from jobcheck.link.burials import does, used
from jobcheck.link.entities import Entity, Function
from jobcheck.link.flows import Flows
from jobcheck.link.seeds import HookRef
from jobcheck.link.summaries import Summary
from jobcheck.model import Burial, Coverage, Location, Log, Moment, Shown, Step

Heard = dict[Moment, tuple[Log, ...]]


class Telling(Struct, frozen=True):
    """The part of a job's flow that is about its log."""

    logs: tuple[Log, ...]
    start: Coverage
    end: Coverage
    failure: Coverage


def hook_summary(flows: Flows, hook: HookRef) -> Summary:
    """What a function does that runs when the job starts or ends."""
    function = flows.resolver.index.function(hook.function)
    if function is None:
        return Summary()
    owner: Entity = flows.resolver.module_scope(hook.function.path)  # type: ignore[assignment]
    found = Function(hook.function, function, owner)  # type: ignore[arg-type]
    return flows.summary(found, flows.own_scope(found))


def burial(flows: Flows, hook: HookRef) -> Burial:
    """What a function does that runs when a job has failed."""
    summary = hook_summary(flows, hook)
    function = flows.resolver.index.function(hook.function)
    span = function.span if function is not None else Span(1, 1, 1, 1)
    body = flows.resolver.index.body(hook.function) or ()
    touched = {*summary.touches, *(act.what.kind for act in summary.acts.values())}
    return Burial(
        at=Location(hook.function.path, span),
        does=does(touched | ({"queue"} if summary.sends else set()), summary.lines, summary.ever),
        names=used(body),
        final=not hook.every or summary.asks_attempt,
        runs=hook.awaited or function is None or not function.is_async,
    )


def telling(flows: Flows, summary: Summary, hooks: tuple[HookRef, ...], at: Location) -> Telling:
    """The lines of the job and of its hooks, each with all fields bound to it."""
    heard = {hook.moment: hook_summary(flows, hook).lines for hook in hooks}
    own = [replace(each, fields=tuple(sorted({*each.fields, *summary.bound}))) for each in summary.lines]
    logs = (*own, *_of_hooks(heard))
    return Telling(
        logs=tuple(sorted(dict.fromkeys(logs), key=lambda log: (log.at, log.phases))),
        start=_coverage("started" in heard and bool(heard["started"]), summary.unlogged, logs, at),
        end=_coverage("completed" in heard and bool(heard["completed"]), summary.untold, logs, at),
        failure=_failure(heard, summary, logs, at),
    )


def _of_hooks(heard: Heard) -> Iterator[Log]:
    for moment, lines in heard.items():
        for each in lines:
            step = Step(each.at, f"runs when a job has {moment}")
            yield replace(each, phases=(moment,), shows=_kept(each), steps=(step, *each.steps))


def _kept(log: Log) -> tuple[Shown, ...]:
    return tuple(shown for shown in log.shows if not shown.taken)


def _coverage(heard: bool, lacking: Location | None, logs: tuple[Log, ...], at: Location) -> Coverage:
    if heard or (lacking is None and logs):
        return Coverage("always")
    return Coverage("sometimes" if logs else "never", lacking or at)


def _failure(heard: Heard, summary: Summary, logs: tuple[Log, ...], at: Location) -> Coverage:
    if any(each.traceback for each in heard.get("failed", ())) or summary.silent is None:
        return Coverage("always")
    told = any("failed" in log.phases for log in logs)
    return Coverage("sometimes" if told else "never", summary.silent or at)

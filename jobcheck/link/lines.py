"""How log lines, and work that none tells of, pass through the states of a walk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.entities import Function
from jobcheck.link.frames import Attempt, Frame, Noted
from jobcheck.link.handlers import Caught
from jobcheck.link.logs import applied, carried, line
from jobcheck.link.meaning import Meaning
from jobcheck.link.states import State
from jobcheck.link.summaries import Summary
from jobcheck.model import Location, Step

if TYPE_CHECKING:
    from jobcheck.link.flows import Flows


def logged(flows: Flows, frame: Frame, call: facts.Call, meaning: Meaning, state: State) -> State:
    """After a call of a logger."""
    frame.noted.logs = True
    found = line(flows.meanings, frame, call, meaning, state.worked, flows.document)
    if found is None:
        return state
    frame.noted.lines[found] = None
    return replace(state, logged=True, untold=None)


def bound(flows: Flows, frame: Frame, call: facts.Call, state: State) -> State:
    """After fields were bound to all lines that follow."""
    frame.noted.bound |= carried(flows.meanings, frame, call, flows.document)
    return state


def acted(frame: Frame, at: Location, state: State) -> None:
    """Note an act before which nothing was logged."""
    if not state.logged:
        frame.noted.unlogged = frame.noted.unlogged or at


def worked(frame: Frame, at: Location, state: State) -> State:
    """After a piece of work: it wants a line that follows it, and one when it fails."""
    frame.noted.between = frame.noted.between or _between(state)
    frame.unheard(at)
    return replace(state, worked=True, untold=at)


def _between(state: State) -> bool:
    return state.worked and state.untold is None and state.logged


def after_call(
    flows: Flows, frame: Frame, call: facts.Call | None, function: Function, summary: Summary, state: State
) -> State:
    """After a function of the project, as far as its lines go."""
    noted = frame.noted
    if summary.lines:
        at = frame.at(call) if call is not None else frame.at_function()
        own = function.ref == flows.wrapped(frame.scope)
        step = None if own else Step(at, f"calls {flows.resolver.path(function)}")
        noted.lines.update((applied(each, frame, call, state.worked, step), None) for each in summary.lines)
    noted.bound |= summary.bound
    noted.burials.update(dict.fromkeys(summary.burials))
    noted.rejects.update(dict.fromkeys(summary.rejects))
    noted.sends.update(dict.fromkeys(summary.sends))
    noted.awaits_results.update(dict.fromkeys(summary.awaits_results))
    noted.reports.update(dict.fromkeys(summary.reports))
    noted.marks_failed.update(dict.fromkeys(summary.marks_failed))
    frame.nameless(summary.nameless)
    noted.asks_attempt = noted.asks_attempt or summary.asks_attempt
    noted.muffled.update(dict.fromkeys(summary.muffled))
    if not state.logged:
        noted.unlogged = noted.unlogged or summary.unlogged
    noted.between = noted.between or summary.between or (summary.worked and _between(state))
    frame.unheard(summary.silent)
    paid = None if summary.logged else state.untold
    return replace(
        state,
        worked=state.worked or summary.worked,
        logged=state.logged or summary.logged,
        untold=summary.untold or paid,
        sent=state.sent | summary.sent,
    )


def left_untold(frame: Frame, caught: list[Caught], attempt: Attempt) -> None:
    """What the handlers of a `try` leave untold of the failures in its body."""
    told = any(each.broad and each.traces for each in caught)
    frame.unheard(None if told else attempt.silent)
    named = any(each.broad or each.catches(("TimeoutError",)) for each in caught)
    frame.nameless(None if named else attempt.nameless)
    for each in caught:
        ends = each.broad and not each.raises and not each.retries
        if ends and not each.traces and attempt.silent is not None:
            frame.noted.muffled[frame.at_handler(each.handler)] = None


def traces(noted: Noted) -> bool:
    """Whether a line among those noted brings a traceback."""
    return any(each.traceback for each in noted.lines)

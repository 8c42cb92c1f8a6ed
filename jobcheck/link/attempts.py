"""`try` blocks: where their handlers start, what passes through `finally`, and what they hide."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.link.bindings import statements
from jobcheck.link.burials import inside_job
from jobcheck.link.evidence import claim
from jobcheck.link.failures import ASKED, runs_again
from jobcheck.link.frames import Attempt, Frame, Way
from jobcheck.link.handlers import Caught, caught, on_missing, swallow
from jobcheck.link.lines import left_untold, traces
from jobcheck.link.meaning import spelt
from jobcheck.link.payloads import expecting
from jobcheck.link.shapes import tested_values, tests_attempt, tests_presence
from jobcheck.link.states import Guard, Key, State, assigned, assume, doubted, followed, join

if TYPE_CHECKING:
    from jobcheck.link.flow import Walker


def tried(walker: Walker, statement: facts.Try, state: State) -> State | None:
    """The state after a `try` statement."""
    if not statement.cleanup:
        return _guarded(walker, statement, state)
    frame = walker.frame
    frame.cleanups.append(statement.cleanup)
    with frame.trying(Attempt(ways=[], entry=None)) as last:
        after = _guarded(walker, statement, state)
    frame.cleanups.pop()
    if last.risk or last.hides:
        frame.risky(last.risk or frame.at(statement), last.hides, last.risk is not None)
    frame.unheard(last.silent)
    frame.nameless(last.nameless)
    if last.entry is not None:
        frame.throw(last.entry)
    retried(walker, last)
    after = walker.block(statement.cleanup, after) if after is not None else None
    _through(walker, statement.cleanup, last.ways or [])
    return after


def retried(walker: Walker, attempt: Attempt) -> None:
    """Pass on to the `try` around that a retry was asked for inside."""
    attempts = walker.frame.attempts
    if attempts:
        attempts[-1].retried = [*attempts[-1].retried, *attempt.retried]


def _through(walker: Walker, cleanup: facts.Block, ways: list[Way]) -> None:
    """Every way out passes through the `finally` block, those of one kind together."""
    for kind in dict.fromkeys(kind for kind, _, _ in ways):
        joined: State | None = None
        for _, way, _ in (way for way in ways if way[0] == kind):
            joined = join(joined, way)
        after = walker.block(cleanup, joined)
        for value in [value for k, _, value in ways if k == kind] if after is not None else ():
            walker.leave(kind, after, value)  # type: ignore[arg-type]


def _guarded(walker: Walker, statement: facts.Try, state: State) -> State | None:
    frame = walker.frame
    found = caught(walker.flows, frame, statement.handlers)
    returned = len(frame.returned)
    integrity, missing = any(c.integrity for c in found), on_missing(found)
    trying = frame.trying(Attempt(entry=state, integrity=integrity, missing=missing))
    with trying as attempt, expecting(frame, statement.handlers):
        after = walker.block(statement.body, state)
    if after is not None and attempt.inserts and all(c.leaves for c in found if c.integrity):
        after = assume(after, claim(attempt.inserts[0]), None)
    after = walker.block(statement.otherwise, after) if after is not None else None
    covered = False
    after = _answered(walker, statement, state, after)
    left = len(frame.returned)
    for handler in found:
        handled = _handled(walker, handler, attempt)
        covered = covered or (handler.broad and handler.covers)
        after = join(after, handled)
    if attempt.risk or attempt.hides:
        frame.risky(attempt.risk or frame.at(statement), attempt.hides, bool(attempt.risk) and not covered)
    for handler in (handler for handler in found if handler.retries):
        after = _asked_again(handler, state, after) if after is not None else None
        for index, (way, told, truth) in enumerate(frame.returned[returned:left], returned):
            frame.returned[index] = (_asked_again(handler, state, way), told, truth)
    left_untold(frame, found, attempt)
    _swallows(walker, found, attempt)
    return after


def _asked_again(handler: Caught, before: State, after: State) -> State:
    """After a handler that asks for a retry: acts of the `try` that it may follow are repeated."""
    caught = ("builtins.Exception",) if handler.broad else handler.names
    done = [place for place, act in after.pending.items() if before.pending.get(place) is not act]
    repeated = [place for place in done if runs_again(after.pending[place].then, "", caught)]
    return followed(after, frozenset({ASKED}), repeated)


def _answered(walker: Walker, statement: facts.Try, before: State, after: State | None) -> State | None:
    """Acts of a `try` whose handlers know the answer of a receiver that has had the request before."""
    at = next((compare for handler in statement.handlers for compare in _conflicts(handler.body)), None)
    if at is None or after is None:
        return after
    key = Key("claim", "", "the receiver refuses a second one, and the job takes that for done", "true")
    done = [place for place, act in after.pending.items() if before.pending.get(place) is not act]
    return doubted(after, done, Guard(key, walker.frame.at(at)))


def _conflicts(block: facts.Block) -> Iterator[facts.If]:
    """Tests for the status that says that there is such a thing already."""
    for statement in statements(block):
        if isinstance(statement, facts.If):
            for value in tested_values(statement.test):
                told = str(value.value) if isinstance(value, facts.Literal) else spelt(value)
                if told == "409" or told.rpartition(".")[2] in {"HTTP_409_CONFLICT", "CONFLICT"}:
                    yield statement


def _handled(walker: Walker, handler: Caught, attempt: Attempt) -> State | None:
    entry, frame = attempt.entry, walker.frame
    if entry is None:
        return None
    if handler.handler.name:
        entry = assigned(entry, handler.handler.name, frame.tested)
    entry = assume(entry, attempt.absent, None) if handler.absent else entry
    with frame.apart() as noted, frame.trying(Attempt(ways=[])) as inside, _handling(frame):
        after = walker.block(handler.handler.body, entry)
    frame.unheard(inside.silent)
    handler.traces = traces(noted)
    if noted.asks_attempt or handler.catches(("MaxRetriesExceededError",)):
        frame.noted.burials[inside_job(frame, handler.handler, noted)] = None
    for kind, way, value in inside.ways or ():
        walker.leave(kind, way, value)
    handler.phases |= noted.phases
    handler.covers = _covers(handler, [after, *(way for _, way, _ in inside.ways or ())])
    handler.logs = noted.logs
    handler.retries = noted.retries
    handler.goes_on = after is not None
    return after


@contextmanager
def _handling(frame: Frame) -> Iterator[None]:
    before, frame.handling = frame.handling, True
    yield
    frame.handling = before


def _covers(handler: Caught, ends: list[State | None]) -> bool:
    """Whether a handler records the failure whatever it is; a row that is not there cannot be marked."""
    tests = [s.test for s in statements(handler.handler.body) if isinstance(s, facts.If)]
    if any(not tests_presence(test) and not tests_attempt(test) for test in tests):
        return all({"failed", "unknown"} & end.phases for end in ends if end is not None)
    return bool({"failed", "unknown"} & handler.phases)


def _swallows(walker: Walker, found: list[Caught], attempt: Attempt) -> None:
    made = swallow(walker.flows, walker.frame, found, attempt)
    if made is not None:
        walker.frame.noted.swallows[made] = None
    elif not any(c.takes_retry for c in found):
        retried(walker, attempt)

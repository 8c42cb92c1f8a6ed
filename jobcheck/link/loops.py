"""Loops: taken to run once or more for what they do, and not at all for what they guard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.filters import asked, is_locked
from jobcheck.link.origins import hinted
from jobcheck.link.scoping import note_rows
from jobcheck.link.shapes import assigned_names, target_names
from jobcheck.link.states import Guards, State, assigned, assume, join

if TYPE_CHECKING:
    from jobcheck.link.flow import Walker


def repeated(walker: Walker, loop: facts.Loop, state: State) -> State | None:
    """The state after a loop."""
    before = walker.value(loop.source, state)
    before = walker.test(loop.test, before) if before is not None and loop.test is not None else before
    if before is None:
        return None
    if loop.source is not None:
        note_rows(walker.flows, walker.frame, loop.source)
    walker.frame.loops.append([])
    with _relaying(walker, loop.source):
        after = walker.block(loop.body, _iteration(walker, loop, before))
    ways = walker.frame.loops.pop()
    for kind, way, _ in ways:
        after = join(after, way) if kind == "continue" else after
    done = walker.block(loop.otherwise, _unbroken(walker, loop, _after(before, after), bool(ways)))
    for kind, way, _ in ways:
        done = join(done, replace(way, held=_kept(before, way))) if kind == "break" else done
    return done


@contextmanager
def _relaying(walker: Walker, source: facts.Value | None) -> Iterator[None]:
    """A loop over rows that it locks passes on what they hold: they are marked once it is sent."""
    frame, before = walker.frame, walker.frame.relaying
    frame.relaying = before or (source is not None and is_locked(frame.entity(source)))
    yield
    frame.relaying = before


def _iteration(walker: Walker, loop: facts.Loop, state: State) -> State:
    for name in assigned_names(loop.body):
        state = assigned(state, name, walker.frame.tested)
    for name in target_names(loop.target):
        state = assigned(state, name, walker.frame.tested)
    if loop.source is not None:
        state = _item(walker, loop, loop.source, state)
    elif loop.test is not None:
        state = assume(state, walker.tests.test(loop.test, state).truthy, None)
    return state


def _item(walker: Walker, loop: facts.Loop, source: facts.Value, state: State) -> State:
    """In a loop over rows, each is one that the query asks for and that is still there."""
    from_ = walker.transfer.origins.of(source, state)
    env = {**state.env, **dict.fromkeys(target_names(loop.target), from_)} if from_ else state.env
    passed = asked(walker.meanings, walker.frame.entity(source))
    return assume(replace(state, env=env), {**hinted(from_.hints.values(), "true"), **passed}, None)


def _after(before: State, after: State | None) -> State:
    if after is None:
        return before
    joined = join(before, after) or before
    return replace(
        joined,
        pending={**before.pending, **after.pending},
        done=after.done,
        phases=after.phases if after.phases >= before.phases else joined.phases,
        owed=after.owed,
        logged=after.logged,
        untold=after.untold,
    )


def _unbroken(walker: Walker, loop: facts.Loop, state: State, left: bool) -> State:
    """Where no round left a loop over rows: none was the one that was looked for."""
    if not loop.otherwise or not left or loop.source is None:
        return state
    found = walker.transfer.origins.of(loop.source, state).hints
    return assume(state, hinted(found.values(), "false"), None)


def _kept(before: State, way: State) -> Guards:
    return {key: guard for key, guard in way.held.items() if key in before.held}

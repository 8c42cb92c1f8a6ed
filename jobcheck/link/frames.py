"""One function while it is walked: what was collected so far, and the `try` statements around the point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, Union

from msgspec import Struct, field

from jobcheck import facts
from jobcheck.link.bindings import statements
from jobcheck.link.entities import Entity, Scope
from jobcheck.link.keyed import reads
from jobcheck.link.states import Evidence, Guards, Mark, State, join
from jobcheck.model import (
    Burial,
    Fetch,
    Field,
    FunctionRef,
    Leak,
    Location,
    Log,
    Opaque,
    Query,
    Report,
    Step,
    Swallow,
    Use,
    Wait,
)

Missing = Literal["handled", "fails", "retried"]
Way = tuple[str, State, Union[facts.Value, None]]
"""A way out of a block: its kind, the state there, and the value returned."""


class Attempt(Struct):
    """A `try` while its body is walked. `entry` is what its handlers start from.

    `missing` is what they make of a row that is not there, None when that passes them.
    """

    entry: Union[State, None] = None
    risk: Union[Location, None] = None
    hides: Union[Step, None] = None
    silent: Union[Location, None] = None
    nameless: Union[Location, None] = None
    retried: list[Location] = []
    absent: Guards = {}
    inserts: list[Location] = []
    integrity: bool = False
    missing: Union[Missing, None] = None
    ways: Union[list[Way], None] = None


class Noted(Struct):
    """What a walk collects on some path, for the summary."""

    ever: set[Mark] = field(default_factory=set)
    taken: dict[Location, frozenset[Mark]] = field(default_factory=dict)
    phases: set[str] = field(default_factory=set)
    touches: set[str] = field(default_factory=set)
    swallows: dict[Swallow, None] = field(default_factory=dict)
    waits: dict[Location, Wait] = field(default_factory=dict)
    fetches: dict[Fetch, None] = field(default_factory=dict)
    reads: dict[Field, None] = field(default_factory=dict)
    queries: dict[Query, None] = field(default_factory=dict)
    uses: dict[Use, None] = field(default_factory=dict)
    leaks: dict[Leak, None] = field(default_factory=dict)
    unknown: dict[Opaque, None] = field(default_factory=dict)
    fails: set[str] = field(default_factory=set)
    unstarted: Union[Location, None] = None
    risk: Union[Location, None] = None
    hides: Union[Step, None] = None
    lines: dict[Log, None] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    unlogged: Union[Location, None] = None
    silent: Union[Location, None] = None
    muffled: dict[Location, None] = field(default_factory=dict)
    between: bool = False
    burials: dict[Burial, None] = field(default_factory=dict)
    rejects: dict[Location, None] = field(default_factory=dict)
    sends: dict[Location, None] = field(default_factory=dict)
    awaits_results: dict[Step, None] = field(default_factory=dict)
    reports: dict[Report, None] = field(default_factory=dict)
    marks_failed: dict[Location, None] = field(default_factory=dict)
    nameless: Union[Location, None] = None
    asks_attempt: bool = False
    reads_whole: bool = False
    alone: bool = False
    typed: Union[Location, None] = None
    retries: bool = False
    logs: bool = False


class Frame:
    """One function under way. `yielded` runs what stands at its `yield` when it is a context manager.

    `choosing` tells that only some messages get to this point, `handling` that a failure is dealt with.
    `rests` are what follows in each block around it, `cleanups` the `finally` blocks that will run on every
    way from it.
    """

    def __init__(
        self,
        scope: Scope,
        function: facts.Function | None,
        body: facts.Block,
        entity: Callable[[facts.Value, Scope], Entity],
        yielded: Callable[[State], State | None] | None = None,
        steps: tuple[Step, ...] = (),
    ) -> None:
        self.scope = scope
        self.ref = FunctionRef(scope.path, scope.qualname)
        self.function = function
        self.params = frozenset(p.name for p in function.params) if function else frozenset()
        self.yielded = yielded
        self.steps = steps
        self.noted = Noted()
        self.attempts: list[Attempt] = []
        self.returned: list[tuple[State, Evidence, str]] = []
        self.raised: State | None = None
        self.loops: list[list[Way]] = []
        self.tested = frozenset(_tested(body))
        self.ended = False
        self.relaying = False
        self.retries_on: tuple[str, ...] = ()
        self.choosing = False
        self.handling = False
        self.rests: list[facts.Block] = []
        self.cleanups: list[facts.Block] = []
        self._entity = entity
        self._cuts: dict[tuple[int, int], facts.Read] = {}
        self._known: dict[int, tuple[facts.Value, Entity]] = {}

    def entity(self, value: facts.Value) -> Entity:
        """What a value stands for here, remembered for as long as the function is walked."""
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = (value, self._entity(value, self.scope))
        return known[1]

    def cut(self, read: facts.Read, length: int) -> facts.Read:
        """The beginning of a read, one object however often it is asked for."""
        key = (id(read), length)
        if key not in self._cuts:
            place = facts.Place(read.place.root, read.place.path[:length])
            self._cuts[key] = facts.Read(place, read.span)
        return self._cuts[key]

    def at(self, node: facts.Value | facts.Statement) -> Location:
        return Location(self.scope.path, node.span)

    def at_function(self) -> Location:
        span = self.function.header if self.function else facts.Span(1, 1, 1, 1)
        return Location(self.scope.path, span)

    def at_handler(self, handler: facts.Handler) -> Location:
        return Location(self.scope.path, handler.span)

    # --- failures ---

    def throw(self, state: State) -> None:
        """Something may fail here: the handlers around start from this, too."""
        if self.attempts:
            self.attempts[-1].entry = join(self.attempts[-1].entry, state)

    def risky(self, at: Location, hides: Step | None, matters: bool) -> None:
        """Work that may fail; `matters` unless only something is looked up."""
        holder: Attempt | Noted = self.attempts[-1] if self.attempts else self.noted
        if matters:
            holder.risk = holder.risk or at
        holder.hides = holder.hides or hides

    def unheard(self, at: Location | None) -> None:
        """Work that may fail without a line that says so."""
        holder: Attempt | Noted = self.attempts[-1] if self.attempts else self.noted
        holder.silent = holder.silent or at

    def nameless(self, at: Location | None) -> None:
        """Where an error without a text may be raised."""
        holder: Attempt | Noted = self.attempts[-1] if self.attempts else self.noted
        holder.nameless = holder.nameless or at

    @contextmanager
    def trying(self, attempt: Attempt) -> Iterator[Attempt]:
        self.attempts.append(attempt)
        try:
            yield attempt
        finally:
            self.attempts.pop()

    @contextmanager
    def apart(self) -> Iterator[Noted]:
        """What is noted inside is noted in a part of its own as well, so that one can ask about it."""
        outer, self.noted = self.noted, Noted()
        try:
            yield self.noted
        finally:
            inner, self.noted = self.noted, outer
            merge(outer, inner)

    # --- ways out ---

    def leave(
        self, kind: str, state: State, value: facts.Value | None, evidence: Evidence, truth: str
    ) -> None:
        """A return, raise, break or continue; a `finally` on the way takes it first."""
        for attempt in reversed(self.attempts):
            if kind == "raise":
                attempt.entry = join(attempt.entry, state)
            if attempt.ways is not None:
                attempt.ways.append((kind, state, value))
                return
        if kind == "return":
            self.returned.append((state, evidence, truth))
        elif kind == "raise":
            self.raised = join(self.raised, state)
        elif self.loops:
            self.loops[-1].append((kind, state, None))


def merge(outer: Noted, inner: Noted) -> None:
    outer.ever |= inner.ever
    outer.taken |= inner.taken
    outer.phases |= inner.phases
    outer.touches |= inner.touches
    outer.fails |= inner.fails
    outer.swallows.update(inner.swallows)
    note_waits(outer.waits, inner.waits.values())
    outer.fetches.update(inner.fetches)
    outer.reads.update(inner.reads)
    outer.queries.update(inner.queries)
    outer.uses.update(inner.uses)
    outer.leaks.update(inner.leaks)
    outer.unknown.update(inner.unknown)
    outer.unstarted = outer.unstarted or inner.unstarted
    outer.risk = outer.risk or inner.risk
    outer.hides = outer.hides or inner.hides
    outer.typed = outer.typed or inner.typed
    outer.lines.update(inner.lines)
    outer.bound |= inner.bound
    outer.unlogged = outer.unlogged or inner.unlogged
    outer.silent = outer.silent or inner.silent
    outer.muffled.update(inner.muffled)
    outer.between = outer.between or inner.between
    outer.burials.update(inner.burials)
    outer.rejects.update(inner.rejects)
    outer.sends.update(inner.sends)
    outer.awaits_results.update(inner.awaits_results)
    outer.reports.update(inner.reports)
    outer.marks_failed.update(inner.marks_failed)
    outer.nameless = outer.nameless or inner.nameless
    outer.asks_attempt = outer.asks_attempt or inner.asks_attempt
    outer.reads_whole = outer.reads_whole or inner.reads_whole
    outer.alone = outer.alone or inner.alone
    outer.retries = outer.retries or inner.retries
    outer.logs = outer.logs or inner.logs


def note_waits(known: dict[Location, Wait], found: Iterable[Wait]) -> None:
    """Each waiting call is noted once, with the shortest way to it."""
    for wait in found:
        other = known.get(wait.at)
        if other is None or len(wait.steps) < len(other.steps):
            known[wait.at] = wait


def _tested(body: facts.Block) -> Iterator[str]:
    """The names that some test of a block reads: only of those is it followed when they change."""
    for statement in statements(body):
        if isinstance(statement, facts.If):
            for read in reads(statement.test):
                if isinstance(read.place.root, str):
                    yield read.place.root

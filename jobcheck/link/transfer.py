"""What one value does when it is worked out: its calls in order, each by its meaning or its summary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.addresses import is_harmless_function
from jobcheck.link.effects import Effects, is_refilled
from jobcheck.link.entities import (
    Anonymous,
    Applied,
    Entity,
    Function,
    Instance,
    Method,
    Partial,
    Several,
)
from jobcheck.link.evidence import Tests
from jobcheck.link.frames import Frame, note_waits
from jobcheck.link.handing import places_given, values_given
from jobcheck.link.keyed import made_from
from jobcheck.link.leaks import note_left
from jobcheck.link.lines import after_call
from jobcheck.link.meaning import spelt
from jobcheck.link.origins import Origins
from jobcheck.link.payloads import (
    behind,
    chosen,
    note_call,
    note_fetch,
    note_optional,
    note_read,
    note_reads,
)
from jobcheck.link.scoping import hand_up, note_uses
from jobcheck.link.shapes import RUNNING, parts, tested_values
from jobcheck.link.states import Evidence, Pending, State, assigned_over, entered_into, followed, join, marked
from jobcheck.link.summaries import Summary, guards, marks, place, summary_acts
from jobcheck.link.waits import note_wait, passed_on
from jobcheck.model import Effect, Location

if TYPE_CHECKING:
    from jobcheck.link.flows import Flows


class Transfer:
    """The values of one frame."""

    def __init__(self, flows: Flows, frame: Frame) -> None:
        self.flows = flows
        self.frame = frame
        self.meanings = flows.meanings
        self.tests = Tests(flows.meanings, frame.entity, frame.scope, self._ask)
        self.origins = Origins(flows.meanings, self.tests, frame.scope.path)
        self.effects = Effects(flows, frame, self.tests, self.origins)
        self._kept: dict[object, facts.Read] = {}

    def kept(self, read: facts.Read) -> facts.Read:
        """One object for reads that are alike, so that what they stand for is remembered."""
        return self._kept.setdefault((spelt(read), read.span), read)

    # --- values ---

    def value(self, value: facts.Value, state: State) -> State:
        """After a value was worked out."""
        match value:
            case facts.Call():
                return self._call(value, state)
            case facts.Read():
                return self._read(value, state)
            case facts.Yield():
                return self._yield(value, state)
            case facts.Named(name=name, value=inner):
                state = self.value(inner, state)
                return self.named(name, inner, state)
            case facts.Choice(then=then, otherwise=otherwise):
                state = self._each(tested_values(value.test), state)
                with chosen(self.flows, self.frame, value.test):
                    return join(self.value(then, state), self.value(otherwise, state)) or state
            case facts.Join(values=(first, *others)):
                state = self.value(first, state)
                with chosen(self.flows, self.frame, first):
                    for other in others:
                        state = join(state, self.value(other, state)) or state
                return state
            case facts.Comprehension():
                return self._comprehension(value, state)
            case facts.Lambda() | facts.Literal() | facts.Defined() | facts.Import() | facts.Opaque():
                return state
            case _:
                return self._each(parts(value), state)

    def named(self, name: str, value: facts.Value, state: State) -> State:
        """After a name was given a value: what it will tell when it is tested."""
        told, from_ = self.tests.value(value, state), self.origins.of(value, state)
        known = replace(told, hints=from_.hints, results=from_.results)
        return replace(state, env={**state.env, name: known}) if known else state

    def _each(self, values: Iterable[facts.Value], state: State) -> State:
        for value in values:
            state = self.value(value, state)
        return state

    def _read(self, read: facts.Read, state: State) -> State:
        if not isinstance(read.place.root, str):
            state = self.value(read.place.root, state)
        for step in read.place.path:
            if isinstance(step, facts.Item):
                state = self.value(step.key, state)
        if self.flows.document and read.place.path:
            note_read(self.flows, self.frame, read)
        return state

    def _yield(self, value: facts.Yield, state: State) -> State:
        state = self.value(value.value, state) if value.value is not None else state
        if self.frame.yielded is None:
            return state
        after = self.frame.yielded(state)
        self.frame.ended = self.frame.ended or after is None
        return after or state

    def _comprehension(self, value: facts.Comprehension, state: State) -> State:
        for clause in value.clauses:
            state = self.value(clause.source, state)
        self.frame.loops.append([])
        for clause in value.clauses:
            state = self._each((v for test in clause.tests for v in tested_values(test)), state)
        state = self.value(value.element, state)
        self.frame.loops.pop()
        return state

    # --- calls ---

    def arguments(self, call: facts.Call, state: State) -> State:
        """After the callee's own parts and the arguments were worked out."""
        if isinstance(call.callee, facts.Read):
            state = self._read(call.callee, state)
        else:
            state = self.value(call.callee, state)
        return self._each((argument.value for argument in call.args), state)

    def _call(self, call: facts.Call, state: State) -> State:
        state = self.arguments(call, state)
        if self.frame.ended:
            return state
        self.flows.watch(self.frame, call, state)
        callee = self.frame.entity(call.callee)
        if self.flows.document and not note_optional(self.flows, self.frame, call, callee):
            note_call(self.flows, self.frame, call, callee)
        note_uses(self.flows, self.frame, call, callee)
        after = self._run(call, callee, state)
        return self.effects.named_status(call, after)

    def _run(self, call: facts.Call, callee: Entity, state: State) -> State:
        match callee:
            case Function() | Method() | Partial():
                return self._followed(call, callee, state)
            case Anonymous(node=node, scope=scope):
                return self._lambda(node, state) if scope.path == self.frame.scope.path else state
            case Instance():
                method = self.flows.dunder(callee, ("__call__",))
                return (
                    self._followed(call, method, state) if method is not None else self._unknown(call, state)
                )
            case Several(options=options) if any(isinstance(o, (Function, Method)) for o in options):
                return self._either(call, options, state)
            case _:
                return self._outside(call, callee, state)

    def _either(self, call: facts.Call, options: tuple[Entity, ...], state: State) -> State:
        after: State | None = None
        ended = True
        for option in options[:8]:
            with behind(self.frame):
                done = self._run(call, option, state)
            after = join(after, done) if not self.frame.ended else after or done
            ended, self.frame.ended = ended and self.frame.ended, False
        self.frame.ended = ended
        return after or state

    def _lambda(self, node: facts.Lambda, state: State) -> State:
        return self.value(node.body, replace(state, transaction=()))

    # --- functions of the project ---

    def _followed(self, call: facts.Call, callee: Entity, state: State) -> State:
        found = self.flows.scope_of(callee, Applied(call, self.frame.scope))
        if found is None:
            return self._unknown(call, state)
        function, scope = found
        roots = places_given(call, function.facts, callee)
        return self._apply(call, function, self.flows.summary(function, scope), roots, state)

    def method(self, method: Method, value: facts.Value, state: State, given: tuple[None, ...]) -> State:
        """After a method that the language calls by itself."""
        summary = self.flows.summary_of(method, given)
        params = method.function.facts.params
        roots = {params[0].name: spelt(value)} if params else {}
        state = after_call(self.flows, self.frame, None, method.function, summary, state)
        return self._applied(
            self.frame.at(value), self.flows.resolver.path(method), summary, roots, {}, state
        )

    def _apply(
        self, call: facts.Call, function: Function, summary: Summary, roots: dict[str, str], state: State
    ) -> State:
        given = values_given(call, function.facts)
        for fetch in summary.fetches:
            note_fetch(self.flows, self.frame, given.get(fetch.field), fetch)
        hand_up(self.flows, self.frame, function.facts, given, summary)
        note_left(self.flows, self.frame, call, summary)
        path = self.flows.resolver.path(function)
        state = after_call(self.flows, self.frame, call, function, summary, state)
        return self._applied(self.frame.at(call), path, summary, roots, given, state)

    def _applied(
        self,
        at: Location,
        path: str,
        summary: Summary,
        roots: dict[str, str],
        given: dict[str, facts.Value],
        state: State,
    ) -> State:
        noted = self.frame.noted
        noted.ever |= marks(summary.ever, roots)
        noted.taken |= summary.taken
        noted.phases |= summary.ever_phases
        noted.touches |= summary.touches
        noted.swallows.update(dict.fromkeys(summary.swallows))
        note_waits(noted.waits, passed_on(summary.waits, at, path))
        note_reads(self.frame, summary.reads)
        noted.typed = noted.typed or summary.typed
        noted.reads_whole = noted.reads_whole or summary.reads_whole
        noted.alone = noted.alone or summary.alone
        noted.unknown.update(dict.fromkeys(summary.unknown))
        if summary.unstarted is not None and not {"started", "unknown"} & state.phases:
            noted.unstarted = noted.unstarted or summary.unstarted
        if summary.risk is not None or summary.hides is not None:
            self.frame.risky(summary.risk or at, summary.hides, summary.risk is not None)
        if summary.acts:
            self.frame.throw(state)
        if summary.retries:
            self.effects.asks_retry(at)
        if summary.fails:
            noted.fails |= summary.fails
            state = followed(state, summary.fails)
        state = self._changed(at, path, summary, roots, given, state)
        self.frame.ended = self.frame.ended or not summary.returns
        return state

    def _changed(
        self,
        at: Location,
        path: str,
        summary: Summary,
        roots: dict[str, str],
        given: dict[str, facts.Value],
        state: State,
    ) -> State:
        before = state
        made = marks(summary.done, roots)
        state = marked(state, made) if made else state
        state = entered_into(state, marks(summary.durable, roots), summary.locks)
        for root in [mark.name for mark in made if mark.kind == "saved"]:
            state = self.effects.save(state, root)
        if summary.acts:
            state = self._acts(at, path, summary, roots, given, before, state)
        dirty = {place(root, roots): rows for root, rows in summary.dirty.items() if place(root, roots)}
        if dirty:
            merged = {root: assigned_over(state.dirty.get(root, {}), rows) for root, rows in dirty.items()}
            state = replace(state, dirty={**state.dirty, **merged})
        if summary.always:
            state = replace(state, held={**state.held, **guards(summary.always, roots)})
        completes = bool({"completed", "unknown"} & summary.phases)
        owed = summary.owed if not {"completed", "unknown"} & before.phases else None
        owed = owed or (None if completes else state.owed)
        if summary.phases or owed is not state.owed:
            state = replace(state, phases=state.phases | summary.phases, owed=owed)
        return state

    def _acts(
        self,
        at: Location,
        path: str,
        summary: Summary,
        roots: dict[str, str],
        given: dict[str, facts.Value],
        before: State,
        state: State,
    ) -> State:
        pending = dict(state.pending)
        held = {**before.held, **self.origins.selecting(tuple(given.values()), before)}
        translated = summary_acts(summary.acts.values(), at, f"calls {path}", roots, held)
        for where, act in zip(summary.acts, translated, strict=True):
            if is_refilled(act.what, act.model, before) or self._only_asks(path, act):
                continue
            keyed = self._keyed_here(act.keyed, given)
            pending[where, at] = replace(
                act,
                keyed=keyed,
                key=self.effects.keys.filled(act, given),
                since=act.since | before.done,
                before=before.durable if before.transaction else act.before | before.durable,
                locked=act.locked or before.locked,
                looped=act.looped or bool(self.frame.loops),
                conditions=before.conditions,
            )
        return replace(state, pending=pending)

    def _only_asks(self, path: str, act: Pending) -> bool:
        """Whether the function that makes a request says by its name that a second one does no harm."""
        asks = isinstance(act.what, Effect) and act.what.kind == "http"
        return asks and is_harmless_function(self.meanings.vocabulary, path.rpartition(".")[2])

    def _keyed_here(
        self, keyed: frozenset[str] | None, given: dict[str, facts.Value]
    ) -> frozenset[str] | None:
        """A callee's key in this frame's parameters; None when what was given is new on every run."""
        if keyed is None:
            return None
        found: set[str] = set()
        for name in keyed & set(given):
            made = made_from(given[name], self.frame.entity)
            if made is None:
                return None
            found |= made
        return frozenset(found)

    def _ask(self, call: facts.Call, callee: Entity) -> Evidence:
        found = self.flows.scope_of(callee, Applied(call, self.frame.scope))
        if found is None:
            return Evidence()
        function, inner = found
        summary = self.flows.summary(function, inner)
        roots = places_given(call, function.facts, callee)
        hints = guards(summary.hints, roots)
        return Evidence(guards(summary.truthy, roots), guards(summary.falsy, roots), hints=hints)

    # --- everything else ---

    def _outside(self, call: facts.Call, callee: Entity, state: State) -> State:
        meaning = self.meanings.of(call, callee, self.frame.scope)
        note_wait(self.flows, self.frame, call, meaning)
        match meaning.role:
            case "on-commit":
                return self._callbacks(call, state, every=True)
            case "mark":
                return self._unknown(call, state)
            case "":
                return self._callbacks(call, state) if meaning.target else self._unknown(call, state)
            case _:
                return self.effects.apply(call, meaning, state)

    def _unknown(self, call: facts.Call, state: State) -> State:
        return self._callbacks(call, self.effects.handed(call, state))

    def _callbacks(self, call: facts.Call, state: State, every: bool = False) -> State:
        """Functions handed to something that runs them, now or when the transaction is committed."""
        verb = spelt(call.callee).rpartition(".")[2]
        if not every and verb not in RUNNING:
            return state
        for argument in call.args:
            if argument.star:
                continue
            found = self.frame.entity(argument.value)
            if isinstance(found, Anonymous) and isinstance(argument.value, facts.Lambda):
                state = replace(self._lambda(argument.value, state), transaction=state.transaction)
            elif isinstance(found, (Function, Method, Partial)):
                state = self._followed(call if every else _shifted(call), found, state)
        return state


def _shifted(call: facts.Call) -> facts.Call:
    """The call that `submit(function, *args)` makes."""
    return facts.Call(call.callee, call.args[1:], call.span, call.awaited)

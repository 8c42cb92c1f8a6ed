"""What running a function does: one walk over its block, states joined where paths meet.

The lattice. A `State` (see `states`) is what is known at one point of a run. What must be true on
every path there - guards held, marks made, statuses recorded, tests passed - is intersected where two
paths meet; what may be true on some path - acts done, rows assigned and not saved, work that no
completed status follows - is united. Paths are joined, never listed, so the walk is linear in the
size of the code: thirty `if`s in a row are thirty joins. A function is walked once for each sort of
arguments that its doing depends on (see `summaries.identity`), and its `Summary` is applied at every
call: a helper called twice on each of twenty levels is twenty walks.

Guards and records. A guard is not a node but a relation: a test of stored state, and the write that
records it. A test gives its guards to the branch it lets through (`evidence`). An act keeps the
guards held when it was done; every later mark is noted at every act still pending. At the end an
act is guarded if, on all paths from it, some mark defeats one of its guards, which then stops the next
run. A claim (`cache.add`, SET NX, a conditional update, a created row) is test and record in one. State
is named as it is stored - model and field, model, cache key - so guards taken in a caller, checked in a
decorator or recorded in a helper meet without renaming; only variables are translated at calls.

The rules of the transfer:

* a call: its arguments first, then what it means, or the summary of the function it leads to;
* assignment: what the old value told is forgotten; a field of a row is dirty until the row is saved;
* `if`: each branch starts from the state and the guards of its side of the test. Two branches on the
  same test of places not assigned in between are correlated: an act done under the test is not
  pending where the test is known to have failed. A test of a constant argument takes one branch;
* loop (`loops`): the body is taken to run once or more for what it does, and not at all for what it guards:
  guards taken inside it die at its head. Items of a query carry the guards that its filters are;
* `try` (`attempts`): a handler starts from the join of the states in which something in the body can
  fail: before each act (an act that fails was not done) and at each raise. `finally` runs on every way out;
* an insert whose unique violation is caught is natural, and a claim where the handler leaves;
* `with`: a project's context manager is walked with the block at its `yield`; a decorator that is one,
  or that opens a transaction, is such a block around the body;
* return: it leaves its function, not its caller, with the guards that its value tells;
* a test of what was only worked out from stored state gives hints, not guards (`origins`): once the job
  changes that state, whether an act under the test is guarded is not known. So do tests of the message's
  own id, and of what was taken from a store;
* an act whose outcome is tested need be recorded on one branch only: it failed on the other;
* a call that cannot be followed does nothing, but a row handed to it may be recorded by it: then what
  would be "not recorded" is not known. Only recursion gives an unknown of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.attempts import tried
from jobcheck.link.changes import COLLECTING, GROWING, LENGTHENING, grows, phases
from jobcheck.link.effects import phased
from jobcheck.link.entities import Element, Entity, Parameter
from jobcheck.link.evidence import claim
from jobcheck.link.filters import token
from jobcheck.link.foregone import outcome
from jobcheck.link.frames import Frame
from jobcheck.link.handlers import names
from jobcheck.link.loops import repeated
from jobcheck.link.managers import entered, suppressing, transaction_step
from jobcheck.link.meaning import spelt
from jobcheck.link.origins import hinted
from jobcheck.link.payloads import asks_message, branching, chosen
from jobcheck.link.scoping import note_bound, note_compared
from jobcheck.link.shapes import (
    counts_attempts,
    fingerprint,
    target_names,
    tested_values,
    tests_attempt,
    truth_of,
)
from jobcheck.link.states import (
    Dirty,
    Evidence,
    Mark,
    Place,
    State,
    assigned,
    assigned_over,
    assume,
    committed,
    join,
    judged,
    told_by,
    unlocked,
)
from jobcheck.link.transfer import Transfer

if TYPE_CHECKING:
    from jobcheck.link.flows import Flows

DEEPEST = 150
"""Nested statements that are followed; code that people write stays below twenty."""


class Walker:
    """Walks the statements of one frame."""

    def __init__(self, flows: Flows, frame: Frame) -> None:
        self.flows = flows
        self.frame = frame
        self.meanings = flows.meanings
        self.transfer = Transfer(flows, frame)
        self.tests = self.transfer.tests
        self._depth = 0

    def block(self, block: facts.Block, state: State | None) -> State | None:
        """The state after a block; None when no path goes on."""
        self._depth += 1
        for index, statement in enumerate(block if self._depth < DEEPEST else ()):
            if state is None:
                break
            self.frame.rests.append(block[index + 1 :])
            state = self._statement(statement, state)
            self.frame.rests.pop()
        self._depth -= 1
        return state

    def _statement(self, statement: facts.Statement, state: State) -> State | None:
        match statement:
            case facts.Expression(value=value):
                return self._collected(value, self.value(value, state))
            case facts.Bind():
                return self._bind(statement, state)
            case facts.If():
                with branching(self.frame, statement):
                    return self._if(statement, state)
            case facts.Loop():
                return repeated(self, statement, state)
            case facts.Try():
                return tried(self, statement, state)
            case facts.With():
                return self._with(statement.items, statement.body, state)
            case facts.Exit():
                return self._exit(statement, state)

    def _collected(self, value: facts.Value, state: State | None) -> State | None:
        """After `rows.append(row)`: the list tells what its items do."""
        if state is None or not isinstance(value, facts.Call) or not isinstance(value.callee, facts.Read):
            return state
        root, path = value.callee.place.root, value.callee.place.path
        if isinstance(root, str) and len(path) > 1 and path[-1] in LENGTHENING:
            return self._lengthened(value, value.callee, state)
        if not isinstance(root, str) or len(path) != 1 or path[0] not in COLLECTING:
            return state
        return told_by(state, root, self.transfer.origins.of(value.args, state))

    def _lengthened(self, call: facts.Call, callee: facts.Read, state: State) -> State:
        """After `row.items.append(item)`: the row holds one more once it is saved."""
        field = facts.Read(facts.Place(callee.place.root, callee.place.path[:-2]), callee.span)
        name, row = (
            callee.place.path[-2],
            self.flows.resolver.entity(self.transfer.kept(field), self.frame.scope),
        )
        if not isinstance(name, str) or not self.meanings.is_model(row):
            return state
        dirty = Dirty(None, self.meanings.model(row), self.frame.at(call), "append")
        rows = assigned_over(state.dirty.get(spelt(field), {}), {name: dirty})
        return replace(state, dirty={**state.dirty, spelt(field): rows})

    def value(self, value: facts.Value | None, state: State) -> State | None:
        """After a value was worked out; None when working it out never ends well."""
        if value is None:
            return state
        after = self.transfer.value(value, state)
        if not self.frame.ended:
            return after
        self.frame.ended = False
        self.frame.leave("raise", after, None, Evidence(), "")
        return None

    def test(self, test: facts.Test, state: State) -> State | None:
        note_compared(self.flows, self.frame, test)
        first, *others = test.tests if isinstance(test, facts.All | facts.Any) else (test,)
        after = self._values(tested_values(first), state)
        with chosen(self.flows, self.frame, first):
            return self._values([value for other in others for value in tested_values(other)], after)

    def _values(self, values: list[facts.Value], state: State | None) -> State | None:
        for value in values:
            state = self.value(value, state) if state is not None else None
        return state

    # --- assignment ---

    def _bind(self, bind: facts.Bind, state: State) -> State | None:
        after = self.value(bind.value, state)
        if after is None:
            return None
        evidence = self._told(bind, state, after)
        note_bound(self.flows, self.frame, bind)
        for target in bind.targets:
            after = self._target(target, bind, evidence, after)
        return after

    def _told(self, bind: facts.Bind, before: State, after: State) -> Evidence:
        """What the new value of a name tells; acts done to work it out are told by it, too."""
        told = self.tests.value(bind.value, after) if bind.op == "=" else Evidence()
        read = [bind.value] if bind.op == "=" else [bind.value, *bind.targets]
        from_ = self.transfer.origins.of(tuple(read), after)
        return replace(told, hints=from_.hints, results=from_.results | _new(before, after))

    def _target(self, target: facts.Target, bind: facts.Bind, evidence: Evidence, state: State) -> State:
        if isinstance(target, facts.Unpack):
            for index, part in enumerate(target.targets):
                state = self._target(part, bind, self._part(bind, index, evidence), state)
            return state
        name = target.root if isinstance(target.root, str) else ""
        state = assigned(state, name, self.frame.tested)
        if target.path and isinstance(target.path[-1], facts.Item) and len(target.path) == 1:
            state = told_by(state, name, evidence)
        if target.path:
            return self._member(target, bind, state)
        origin = bind.value if isinstance(bind.value, facts.Read) and bind.value.place.path else None
        if name and (evidence or origin is not None):
            known = replace(evidence, origin=origin)
            state = replace(state, env={**state.env, name: known})
        return state

    def _part(self, bind: facts.Bind, index: int, whole: Evidence) -> Evidence:
        """The second of what get_or_create returns is true for the one who created the row."""
        call, part = bind.value, Evidence(hints=whole.hints, results=whole.results)
        if index != 1 or not isinstance(call, facts.Call):
            return part
        created = "or_create" in spelt(call.callee).rpartition(".")[2]
        return Evidence(claim(self.frame.at(call))) if created else part

    def _member(self, target: facts.Place, bind: facts.Bind, state: State) -> State:
        """`row.field = value`: noted until the row is saved, at once where nobody can tell who saves it."""
        step = target.path[-1]
        name = step if isinstance(step, str) else self.meanings.resolver.text(step.key, self.frame.scope)
        holder = facts.Read(facts.Place(target.root, target.path[:-1]), bind.span)
        row = self.flows.resolver.entity(self.transfer.kept(holder), self.frame.scope)
        if not name or bind.op == "del" or not self.meanings.is_row(row):
            return state
        root = spelt(holder)
        grown = bind.op in GROWING or grows(bind.value, name)
        value = token(self.meanings, bind.value, self.frame.scope)
        dirty = Dirty(value, self.meanings.model(row), self.frame.at(bind) if grown else None)
        rows = assigned_over(state.dirty.get(root, {}), {name: dirty})
        state = replace(state, dirty={**state.dirty, root: rows})
        if not self.meanings.is_model(row):
            return self._unsaved(state, root, name, dirty, row)
        self.frame.noted.ever.add(Mark("assigned", dirty.model, name, value))
        return state

    def _unsaved(self, state: State, root: str, name: str, dirty: Dirty, row: Entity) -> State:
        """A session writes its rows out by itself; what other objects do is not known."""
        if isinstance(row, (Parameter, Element)) or not self.transfer.effects.in_session(row):
            state = phased(state, self.frame, phases(self.meanings, name, dirty.value))
            handed = [Mark("handed", "", root)]
            if dirty.model and self.meanings.may_be_kept(row):
                handed.append(Mark("handed", dirty.model, name))
            return self.transfer.effects.marked(state, handed)
        return self.transfer.effects.save(state, root)

    # --- branches ---

    def _if(self, statement: facts.If, state: State) -> State | None:
        """A chain of `elif`s is walked link by link, so its length costs no depth."""
        joined: State | None = None
        rest = state
        marks_last_attempt = False
        while True:
            fixed = outcome(self.flows.resolver, self.frame, statement.test)
            after = self.test(statement.test, rest)
            if after is None:
                return joined
            self.frame.choosing = self.frame.choosing or asks_message(self.flows, self.frame, statement.test)
            taken, untaken = self._branches(statement, rest, after, fixed)
            marks_last_attempt = marks_last_attempt or tests_attempt(statement.test)
            if counts_attempts(statement.test):
                self.frame.noted.asks_attempt = True
            after = self.block(statement.body, taken)
            joined = join(joined, after)
            if untaken is None:
                return joined
            rest = (
                replace(untaken, phases=untaken.phases | after.phases)
                if marks_last_attempt and after
                else untaken
            )
            otherwise = statement.otherwise
            if len(otherwise) != 1 or not isinstance(otherwise[0], facts.If):
                return join(joined, self.block(otherwise, rest))
            statement = otherwise[0]

    def _branches(
        self, statement: facts.If, before: State, state: State, fixed: bool | None
    ) -> tuple[State | None, State | None]:
        evidence = self.tests.test(statement.test, state)
        from_ = self.transfer.origins.of(statement.test, state)
        state = judged(state, from_.results | _new(before, state))
        known = {**evidence.truthy, **evidence.falsy}
        hints = [guard for key, guard in from_.hints.items() if key not in known]
        yes, no = hinted(hints, "true"), hinted(hints, "false")
        condition = fingerprint(statement.test, state)
        then = assume(state, {**yes, **evidence.truthy}, (condition, True) if condition else None)
        otherwise = assume(state, {**no, **evidence.falsy}, (condition, False) if condition else None)
        return (then if fixed is not False else None), (otherwise if fixed is not True else None)

    # --- with, exits ---

    def _with(self, items: tuple[facts.Entered, ...], body: facts.Block, state: State) -> State | None:
        if not items:
            return self.block(body, state)
        item, *rest = items
        for name in target_names(item.target):
            state = assigned(state, name, self.frame.tested)

        def inner(inside: State) -> State | None:
            return self._with(tuple(rest), body, inside)

        suppressed = suppressing(self.frame, item, (facts.With(tuple(rest), body, item.value.span),))
        if suppressed is not None:
            return tried(self, suppressed, state)
        opened = transaction_step(self.flows, self.frame, item.value)
        if opened is None:
            return unlocked(entered(self, item.value, state, inner), state)
        after = inner(replace(state, transaction=state.transaction or (*self.frame.steps, opened)))
        return committed(after, state) if after is not None else None

    def _exit(self, statement: facts.Exit, state: State) -> State | None:
        after = self.value(statement.value, state)
        if after is not None and statement.kind == "raise":
            after = self.transfer.effects.failing(self._raised(statement.value), after)
        if after is not None:
            self.leave(statement.kind, after, statement.value)
        return None

    def _raised(self, value: facts.Value | None) -> str:
        """The source of a failure that is raised here; one that is raised again had its own."""
        made = value.callee if isinstance(value, facts.Call) else value
        told = names(self.flows, self.frame, made)
        last = told[0].rpartition(".")[2] if told else ""
        return f"raise {last}" if last[:1].isupper() else ""

    def leave(self, kind: str, state: State, value: facts.Value | None) -> None:
        evidence, truth = Evidence(), ""
        if kind == "return":
            truth = truth_of(value)
            evidence = self._returned(value, state) if value is not None else evidence
        self.frame.leave(kind, state, value, evidence, truth)

    def _returned(self, value: facts.Value, state: State) -> Evidence:
        told, from_ = self.tests.value(value, state), self.transfer.origins.of(value, state)
        return Evidence(told.truthy, told.falsy, hints=from_.hints)


def _new(before: State, after: State) -> frozenset[Place]:
    """The acts done between two points."""
    if before.pending is after.pending:
        return frozenset()
    return frozenset(p for p, act in after.pending.items() if before.pending.get(p) is not act)

"""What the calls that mean something do to the state: acts, writes, saved rows, statuses, retries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Union

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link import changes, lines
from jobcheck.link.covers import akin
from jobcheck.link.entities import Entity, External, Instance, Several
from jobcheck.link.evidence import Tests, claim
from jobcheck.link.failures import ASKED, source
from jobcheck.link.filters import token
from jobcheck.link.frames import Frame
from jobcheck.link.holds import CLAIMING, is_stored_at_once, shuts_out
from jobcheck.link.keys import Keys
from jobcheck.link.leaks import note_set
from jobcheck.link.meaning import EFFECTS, Meaning, argument, spelt
from jobcheck.link.origins import Origins
from jobcheck.link.payloads import note_query
from jobcheck.link.progress import reported
from jobcheck.link.scoping import note_rows
from jobcheck.link.states import Dirty, Guards, Mark, Pending, State, acted, followed, marked, settled
from jobcheck.link.uniqueness import refuses_another
from jobcheck.model import Effect, IdempotencyKey, Location, Step, Write

if TYPE_CHECKING:
    from jobcheck.link.flows import Flows

TOUCHING = frozenset(
    [
        "reads",
        "idempotent",
        "query",
        "create",
        "update",
        "claim-update",
        "natural",
        "sql",
        "save",
        "remember",
        "record",
        "claim",
        "append",
        "increment",
        "commit",
    ]
)
WRITING = frozenset(
    ["idempotent", "create", "update", "claim-update", "natural", "save", "append", "increment"]
)


def phased(state: State, frame: Frame, found: Iterable[str]) -> State:
    """After statuses were recorded; completing pays what was owed."""
    new = frozenset(found) - {"other"}
    if not new:
        return state
    frame.noted.phases |= new
    owed = None if {"completed", "unknown"} & new else state.owed
    return replace(state, phases=state.phases | new, owed=owed)


class Effects:
    """The meaningful calls of one frame."""

    def __init__(self, flows: Flows, frame: Frame, tests: Tests, origins: Origins) -> None:
        self.flows = flows
        self.frame = frame
        self.tests = tests
        self.origins = origins
        self.meanings = flows.meanings
        self.keys = Keys(flows.resolver, frame)

    def apply(self, call: facts.Call, meaning: Meaning, state: State) -> State:
        """After a call with a meaning."""
        after = self._applied(call, meaning, state)
        locks = not after.locked and shuts_out(self.frame, call, meaning)
        self.frame.noted.alone = self.frame.noted.alone or locks or meaning.role == "claim"
        return replace(after, locked=True) if locks else after

    def _applied(self, call: facts.Call, meaning: Meaning, state: State) -> State:
        at = self.frame.at(call)
        state = self.failing(source(meaning), state)
        if meaning.kind in EFFECTS and meaning.role == "repeats":
            return self._effect(call, meaning, at, state)
        if meaning.role in TOUCHING:
            return self._touch(call, meaning, at, state)
        match meaning.role:
            case "retry":
                return self._retry(call, at, state)
            case "progress" | "state" | "status":
                return self._status(call, state)
            case "enqueue":
                self.frame.noted.touches.add("queue")
            case "chain":
                note_query(self.flows, self.frame, call, meaning)
            case "set-context":
                note_set(self.flows, self.frame, call, meaning.kind)
            case "log":
                return lines.logged(self.flows, self.frame, call, meaning, state)
            case "send":
                self.frame.noted.sends[at] = None
                return replace(self.handed(call, state), sent=state.sent | {at})
            case "times-out":
                self.frame.nameless(at)
            case "wait":
                self.frame.noted.awaits_results[Step(at, spelt(call.callee))] = None
            case "reject":
                self.frame.noted.rejects[at] = None
            case "log-context":
                return lines.bound(self.flows, self.frame, call, state)
        return state

    def failing(self, cause: str, state: State) -> State:
        """After something that may fail: what was done before it is repeated when that is retried."""
        if not cause:
            return state
        self.frame.noted.fails.add(cause)
        return followed(state, frozenset({cause}))

    def _effect(self, call: facts.Call, meaning: Meaning, at: Location, state: State) -> State:
        self.frame.throw(state)
        self.frame.noted.touches.add(meaning.kind)
        effect = Effect(meaning.kind, meaning.target, at)  # type: ignore[arg-type]
        guards = self.origins.selecting(call.args, state)
        return self._act(effect, at, state, *self.keys.of(call, meaning), guards)

    def _act(
        self,
        what: Union[Effect, Write],
        at: Location,
        state: State,
        key: IdempotencyKey | None = None,
        keyed: frozenset[str] | None = None,
        guards: Guards | None = None,
        model: str = "",
    ) -> State:
        if not {"started", "unknown"} & state.phases:
            self.frame.noted.unstarted = self.frame.noted.unstarted or at
        lines.acted(self.frame, at, state)
        looped = bool(self.frame.loops)
        steps = self.frame.steps
        act = Pending(what, guards or {}, keyed=keyed, steps=steps, looped=looped, model=model, key=key)
        state = acted(state, (at, None), act)
        return self._worked(at, what.target, state)

    def _worked(self, at: Location, target: str, state: State) -> State:
        self.frame.risky(at, Step(at, target), True)
        state = lines.worked(self.frame, at, state)
        return state if {"completed", "unknown"} & state.phases else replace(state, owed=at)

    def _touch(self, call: facts.Call, meaning: Meaning, at: Location, state: State) -> State:
        self.frame.noted.touches.add(meaning.kind)
        if meaning.kind == "database":
            note_rows(self.flows, self.frame, call)
        if meaning.role == "query":
            return self._query(call, meaning, at, state)
        if meaning.role == "save":
            return self._save(call, meaning, at, state)
        if meaning.role == "commit":
            return self._commit(at, state)
        change = changes.changed(self.meanings, meaning, call, self.frame.scope)
        return self._change(call, meaning, change, at, state)

    def _change(
        self, call: facts.Call, meaning: Meaning, change: changes.Change, at: Location, state: State
    ) -> State:
        held = state.held
        if any(mark.kind == "record" for mark in change.marks) and self._inserts(at):
            state = replace(state, held={**held, **claim(at)})
        if meaning.role == "create":
            rows = self.origins.of_rows(tuple(a.value for a in call.args), state, meaning.model)
            state = replace(state, held={**state.held, **rows}) if rows else state
        if change.write is not None and is_refilled(change.write, meaning.model, state):
            change.write = None
        if change.write is not None:
            state = self._act(change.write, at, state, model=meaning.model)
        elif meaning.role in WRITING and meaning.kind != "cache":
            state = self._worked(at, meaning.target, state) if not change.phases else state
        elif meaning.kind not in {"cache", "database"}:
            self.frame.risky(at, Step(at, meaning.target), False)
        state = replace(state, held=held) if state.held is not held else state
        state = self.marked(state, change.marks, is_stored_at_once(meaning))
        if meaning.role in CLAIMING:
            self.frame.noted.taken[at] = frozenset(change.marks)
        for given in call.args:
            root = spelt(given.value) if isinstance(given.value, facts.Read) else ""
            state = self.save(state, root) if root in state.dirty else state
        self._failed(change.phases, at)
        if meaning.role == "create" and not meaning.chain and state.unsent is None:
            state = replace(state, unsent=Step(at, "the row is not committed yet"))
        return phased(state, self.frame, change.phases)

    def _failed(self, phases: Iterable[str], at: Location) -> None:
        if "failed" in phases:
            self.frame.noted.marks_failed[at] = None

    def _inserts(self, at: Location) -> bool:
        """Whether a `try` around catches the unique violation: then one run only gets by."""
        attempt = next((a for a in reversed(self.frame.attempts) if a.integrity), None)
        if attempt is not None:
            attempt.inserts = [*attempt.inserts, at]
        return attempt is not None

    def _query(self, call: facts.Call, meaning: Meaning, at: Location, state: State) -> State:
        self.frame.risky(at, Step(at, meaning.target), False)
        found = self.tests.looked_up(meaning, call)
        if self.frame.attempts:
            self.frame.attempts[-1].absent = {**self.frame.attempts[-1].absent, **found.falsy}
        note_query(self.flows, self.frame, call, meaning)
        if meaning.verb in {"get", "aget", "one", "scalar_one"} and meaning.chain:
            state = replace(state, held={**state.held, **found.truthy}) if found.truthy else state
        return state

    def _commit(self, at: Location, state: State) -> State:
        self.flows.committed(state, at)
        for root in list(state.dirty):
            state = self.save(state, root)
        return replace(state, unsent=None, durable=state.durable if state.transaction else state.done)

    # --- rows ---

    def _save(self, call: facts.Call, meaning: Meaning, at: Location, state: State) -> State:
        root = spelt(call.callee).rpartition(".")[0]
        made = self._made(call)
        if made is not None:
            state = self._change(call, meaning, self._created(made, meaning.target, at), at, state)
        elif root not in state.dirty and not meaning.chain:
            return self.handed(call, state)
        return self.save(state, root, _named_columns(call), at_once=True)

    def _made(self, call: facts.Call) -> Instance | External | None:
        """The row that is saved, when it was made here and not looked up."""
        if not isinstance(call.callee, facts.Read):
            return None
        found = self.frame.entity(self.tests.prefix(call.callee))
        model = isinstance(found, Instance) or (isinstance(found, External) and is_foreign_row(found.path))
        return found if model and found.made is not None else None  # type: ignore[union-attr, return-value]

    def _created(self, row: Instance | External, target: str, at: Location) -> changes.Change:
        """What saving a row for the first time changes."""
        change = changes.Change([], set())
        model = self.meanings.model(row) or row.path.removesuffix("()").rpartition(".")[2]  # type: ignore[union-attr]
        change.marks.append(Mark("record", model, ""))
        refused = False
        if row.made is not None:
            making, scope = row.made.call, row.made.scope
            changes.fields(self.meanings, model, changes.keywords(making), scope, change)
            refused = isinstance(row, Instance) and refuses_another(self.meanings, row.cls, making, scope)
        if not refused and not self.meanings.vocabulary.is_append_only(model):
            change.write = Write("create", target, at)
        return change

    def save(
        self, state: State, root: str, only: frozenset[str] | None = None, at_once: bool = False
    ) -> State:
        """After a row was written out: its assigned fields, or those named, are recorded."""
        held = state.dirty.get(root, {})
        rows = {name: dirty for name, dirty in held.items() if only is None or name in only}
        for dirty in rows.values():
            if dirty.increment is not None:
                state = self._act(Write(dirty.grows, f"{root}.save", dirty.increment), dirty.increment, state)
        found, phases = changes.saved(self.meanings, rows)
        self._failed(phases, self.frame.at_function())
        if root.partition(".")[0] in self.frame.params:
            found.append(Mark("saved", "", root))
        state = self.marked(state, found, at_once)
        state = phased(state, self.frame, phases)
        left = {name: dirty for name, dirty in held.items() if name not in rows}
        return replace(state, dirty={**state.dirty, root: left} if left else _without(state.dirty, root))

    def marked(self, state: State, found: Iterable[Mark], at_once: bool = False) -> State:
        """After marks were made on this path; `at_once` where nothing needs to commit them."""
        new = list(found)
        self.frame.noted.ever.update(new)
        state = marked(state, new) if new else state
        return settled(state, new) if at_once else state

    def in_session(self, row: Entity) -> bool:
        """Whether a unit of work writes a row out by itself."""
        match row:
            case External(path=path):
                return self.meanings.vocabulary.canonical(path).startswith("sqlalchemy.")
            case Instance(cls=cls):
                return self.meanings.is_model_class(cls)
            case Several(options=options):
                return all(self.in_session(option) for option in options)
            case _:
                return False

    def _retry(self, call: facts.Call, at: Location, state: State) -> State:
        self.asks_retry(at)
        state = self.failing(ASKED, state)
        throws = next((a.value for a in call.args if a.name == "throw"), None)
        self.frame.ended = not (isinstance(throws, facts.Literal) and throws.value is False)
        return state

    def asks_retry(self, at: Location) -> None:
        self.frame.noted.retries = True
        if self.frame.attempts:
            self.frame.attempts[-1].retried = [*self.frame.attempts[-1].retried, at]

    def _status(self, call: facts.Call, state: State) -> State:
        words = {token(self.meanings, value, self.frame.scope) for value in _told(argument(call, "state", 0))}
        report = reported(self.frame, call, words, self.meanings)
        if report is not None:
            self.frame.noted.reports[report] = None
        found = {self.meanings.vocabulary.word(word) for word in words if word} - {""}
        found |= {"completed"} if "100" in words else set()
        return phased(state, self.frame, found or {"started"})

    def named_status(self, call: facts.Call, state: State) -> State:
        """`update_status(order_id, "failed")`, `order.mark_completed()`: the name says what it records."""
        name = spelt(call.callee).rpartition(".")[2].removesuffix("()")
        phase = self.meanings.vocabulary.status_function(name) if name else ""
        if not phase or (phase == "progress" and self._reports(call)):
            return state
        if phase != "status":
            return phased(state, self.frame, {phase})
        words = [token(self.meanings, a.value, self.frame.scope) for a in call.args]
        found = {self.meanings.vocabulary.word(word) for word in words if word} - {""}
        return phased(state, self.frame, found or {"unknown"})

    def _reports(self, call: facts.Call) -> bool:
        """Whether it is the framework's own report, which tells more than its name."""
        return self.meanings.of(call, self.frame.entity(call.callee), self.frame.scope).role == "progress"

    def handed(self, call: facts.Call, state: State) -> State:
        """A call that cannot be followed may record what it is given."""
        given = [_row(argument.value) for argument in call.args]
        if isinstance(call.callee, facts.Read) and call.callee.place.path:
            given.append(spelt(self.tests.prefix(call.callee)))
        return self.marked(state, [Mark("handed", "", root) for root in given if root])


def is_foreign_row(path: str) -> bool:
    """Whether a path is that of a row made here of a model that lies in an installed package."""
    before, _, name = path.removesuffix("()").rpartition(".")
    return path.endswith("()") and before.endswith(".models") and name[:1].isupper()


def _without(dirty: dict[str, dict[str, Dirty]], root: str) -> dict[str, dict[str, Dirty]]:
    return {name: rows for name, rows in dirty.items() if name != root}


def _named_columns(call: facts.Call) -> frozenset[str] | None:
    """The columns that `save(update_fields=[...])` is held to; None when it writes all."""
    given = next((a.value for a in call.args if a.name == "update_fields"), None)
    if not isinstance(given, facts.Sequence):
        return None
    names = [item.value for item in given.items if isinstance(item, facts.Literal)]
    return frozenset(map(str, names)) if len(names) == len(given.items) else None


def is_refilled(write: Union[Effect, Write], model: str, state: State) -> bool:
    """Whether rows are created in the place of those that were just deleted."""
    deleted = (m for m in state.done if m.kind == "field" and m.name == "*" and m.owner)
    return write.kind == "create" and bool(model) and any(akin(m.owner, model) for m in deleted)


def _told(given: facts.Value | None) -> list[facts.Value]:
    """What a status says: a word or a number, or a mapping of several."""
    if isinstance(given, facts.Record):
        return [value for _, value in changes.entries(given)]
    return [given] if given is not None else []


def _row(value: facts.Value) -> str:
    """The variable that an argument hands over: a row, or the row that an identifier belongs to."""
    if not isinstance(value, facts.Read):
        return ""
    text = spelt(value)
    holder, _, last = text.rpartition(".")
    return holder if last in {"id", "pk"} else text

"""What one value does when it is worked out: its calls in order, each by its meaning or its summary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Union

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link import changes
from jobcheck.link.entities import (
    Anonymous,
    Applied,
    Entity,
    External,
    Function,
    Instance,
    Method,
    Partial,
    Several,
)
from jobcheck.link.evidence import Tests, claim
from jobcheck.link.filters import token
from jobcheck.link.frames import Frame
from jobcheck.link.keyed import key_value, made_from
from jobcheck.link.meaning import EFFECTS, Meaning, argument, spelt
from jobcheck.link.payloads import note_call, note_fetch, note_optional, note_query, note_read
from jobcheck.link.states import Evidence, Mark, Pending, State, acted, join, marked
from jobcheck.link.summaries import Summary, guards, marks, place, summary_acts
from jobcheck.model import Effect, Location, Step, Write

if TYPE_CHECKING:
    from jobcheck.link.flows import Flows

TOUCHING = frozenset(
    "reads idempotent query create update claim-update natural sql save remember record claim append increment commit".split()
)
WRITING = frozenset("idempotent create update claim-update natural save append increment".split())
RUNNING = frozenset("submit map to_thread run_in_executor run run_until_complete apply create_task gather call start_soon".split())


def phased(state: State, frame: Frame, found: Iterable[str], at: Location | None) -> State:
    """After statuses were recorded; completing pays what was owed."""
    new = frozenset(found) - {"other"}
    if not new:
        return state
    frame.noted.phases |= new
    owed = None if {"completed", "unknown"} & new else state.owed
    return replace(state, phases=state.phases | new, owed=owed)


class Transfer:
    """The values of one frame."""

    def __init__(self, flows: Flows, frame: Frame) -> None:
        self.flows = flows
        self.frame = frame
        self.meanings = flows.meanings
        self.tests = Tests(flows.meanings, frame.entity, frame.scope, self._ask)
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
                evidence = self.tests.value(inner, state)
                return replace(state, env={**state.env, name: evidence}) if evidence else state
            case facts.Choice(then=then, otherwise=otherwise):
                state = self._each(_values(value.test), state)
                return join(self.value(then, state), self.value(otherwise, state)) or state
            case facts.Join(values=(first, *others)):
                state = self.value(first, state)
                for other in others:
                    state = join(state, self.value(other, state)) or state
                return state
            case facts.Comprehension():
                return self._comprehension(value, state)
            case facts.Lambda() | facts.Literal() | facts.Defined() | facts.Import() | facts.Opaque():
                return state
            case _:
                return self._each(_values(value), state)

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
            state = self._each((v for test in clause.tests for v in _values(test)), state)
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
        after = self._run(call, callee, state)
        return self._named_status(call, after)

    def _run(self, call: facts.Call, callee: Entity, state: State) -> State:
        match callee:
            case Function() | Method() | Partial():
                return self._followed(call, callee, state)
            case Anonymous(node=node, scope=scope):
                return self._lambda(node, state) if scope.path == self.frame.scope.path else state
            case Instance():
                method = self.flows.dunder(callee, ("__call__",))
                return self._followed(call, method, state) if method is not None else self._unknown(call, callee, state)
            case Several(options=options) if any(isinstance(o, (Function, Method)) for o in options):
                return self._either(call, options, state)
            case _:
                return self._outside(call, callee, state)

    def _either(self, call: facts.Call, options: tuple[Entity, ...], state: State) -> State:
        after: State | None = None
        ended = True
        for option in options[:8]:
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
            return self._unknown(call, callee, state)
        function, scope = found
        roots = self._roots(call, function.facts, callee)
        return self._apply(call, function, self.flows.summary(function, scope), roots, state)

    def method(self, method: Method, value: facts.Value, state: State, given: tuple[None, ...]) -> State:
        """After a method that the language calls by itself."""
        summary = self.flows.summary_of(method, given)
        params = method.function.facts.params
        roots = {params[0].name: spelt(value)} if params else {}
        return self._applied(self.frame.at(value), self.flows.resolver.path(method), summary, roots, {}, state)

    def _roots(self, call: facts.Call, function: facts.Function, callee: Entity) -> dict[str, str]:
        """The places of this frame that a call gives to the parameters."""
        roots: dict[str, str] = {}
        names = [p.name for p in function.params if p.kind in {"positional", "either"}]
        if isinstance(callee, Method) and names:
            holder = spelt(call.callee).rpartition(".")[0]
            roots[names.pop(0)] = holder
        plain = [a.value for a in call.args if not a.name and not a.star]
        for name, value in [*zip(names, plain), *((a.name, a.value) for a in call.args if a.name)]:
            if isinstance(value, facts.Read) and name:
                roots[name] = spelt(value)
        return roots

    def _apply(
        self, call: facts.Call, function: Function, summary: Summary, roots: dict[str, str], state: State
    ) -> State:
        given = self._given(call, function.facts)
        for fetch in summary.fetches:
            note_fetch(self.flows, self.frame, given.get(fetch.field), fetch)
        path = self.flows.resolver.path(function)
        return self._applied(self.frame.at(call), path, summary, roots, given, state)

    @staticmethod
    def _given(call: facts.Call, function: facts.Function) -> dict[str, facts.Value]:
        names = [p.name for p in function.params if p.kind in {"positional", "either"}]
        if names[:1] in (["self"], ["cls"]):
            names.pop(0)
        plain = [a.value for a in call.args if not a.name and not a.star]
        return {**dict(zip(names, plain)), **{a.name: a.value for a in call.args if a.name}}

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
        noted.phases |= summary.ever_phases
        noted.touches |= summary.touches
        noted.swallows += summary.swallows
        noted.reads += summary.reads
        noted.reads_whole = noted.reads_whole or summary.reads_whole
        noted.unknown += summary.unknown
        if summary.unstarted is not None and not {"started", "unknown"} & state.phases:
            noted.unstarted = noted.unstarted or summary.unstarted
        if summary.risk is not None or summary.hides is not None:
            self.frame.risky(summary.risk or at, summary.hides, summary.risk is not None)
        if summary.acts:
            self.frame.throw(state)
        if summary.retries:
            self._asks_retry(at)
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
        for root in [mark.name for mark in made if mark.kind == "saved"]:
            state = self.save(state, root)
        if summary.acts:
            state = self._acts(at, path, summary, roots, given, before, state)
        dirty = {place(root, roots): rows for root, rows in summary.dirty.items() if place(root, roots)}
        if dirty:
            merged = {root: {**state.dirty.get(root, {}), **rows} for root, rows in dirty.items()}
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
        translated = summary_acts(summary.acts.values(), at, f"calls {path}", roots, before.held)
        for where, act in zip(summary.acts, translated):
            keyed = self._keyed_here(act.keyed, given)
            pending[where, at] = replace(
                act,
                keyed=keyed,
                since=act.since | before.done,
                looped=act.looped or bool(self.frame.loops),
                conditions=before.conditions,
            )
        return replace(state, pending=pending)

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

    def _ask(self, call: facts.Call, callee: Entity, scope: object) -> Evidence:
        found = self.flows.scope_of(callee, Applied(call, self.frame.scope))
        if found is None:
            return Evidence()
        function, inner = found
        summary = self.flows.summary(function, inner)
        roots = self._roots(call, function.facts, callee)
        return Evidence(guards(summary.truthy, roots), guards(summary.falsy, roots))

    # --- everything else ---

    def _outside(self, call: facts.Call, callee: Entity, state: State) -> State:
        meaning = self.meanings.of(call, callee, self.frame.scope)
        at = self.frame.at(call)
        if meaning.kind in EFFECTS and meaning.role == "repeats":
            return self._effect(call, meaning, at, state)
        if meaning.role in TOUCHING:
            return self._touch(call, callee, meaning, at, state)
        match meaning.role:
            case "retry":
                return self._retry(call, at, state)
            case "progress" | "state" | "status":
                return self._status(call, state)
            case "enqueue":
                self.frame.noted.touches.add("queue")
            case "on-commit":
                return self._callbacks(call, state, every=True)
            case "chain":
                note_query(self.flows, self.frame, call, meaning)
            case "log":
                self.frame.noted.logs = True
            case "mark" | "":
                return self._unknown(call, callee, state) if not meaning.target or meaning.role else self._callbacks(call, state)
        return state

    def _effect(self, call: facts.Call, meaning: Meaning, at: Location, state: State) -> State:
        value = key_value(call, meaning.keys, self.frame.entity) if meaning.keys else None
        keyed = made_from(value, self.frame.entity) if value is not None else None
        self.frame.throw(state)
        self.frame.noted.touches.add(meaning.kind)
        return self._act(Effect(meaning.kind, meaning.target, at), at, state, keyed)  # type: ignore[arg-type]

    def _act(
        self, what: Union[Effect, Write], at: Location, state: State, keyed: frozenset[str] | None = None
    ) -> State:
        if not {"started", "unknown"} & state.phases:
            self.frame.noted.unstarted = self.frame.noted.unstarted or at
        looped = bool(self.frame.loops)
        state = acted(state, (at, None), Pending(what, {}, frozenset(), keyed, self.frame.steps, looped))
        return self._worked(at, what.target, state)

    def _worked(self, at: Location, target: str, state: State) -> State:
        self.frame.risky(at, Step(at, target), True)
        return state if {"completed", "unknown"} & state.phases else replace(state, owed=at)

    def _touch(self, call: facts.Call, callee: Entity, meaning: Meaning, at: Location, state: State) -> State:
        self.frame.noted.touches.add(meaning.kind)
        if meaning.role == "query":
            return self._query(call, meaning, at, state)
        if meaning.role == "save":
            return self._save(call, callee, meaning, at, state)
        if meaning.role == "commit":
            return self._commit(call, at, state)
        change = changes.changed(self.meanings, meaning, call, callee, self.frame.scope)
        return self._change(call, meaning, change, at, state)

    def _change(
        self, call: facts.Call, meaning: Meaning, change: changes.Change, at: Location, state: State
    ) -> State:
        held = state.held
        if any(mark.kind == "record" for mark in change.marks) and self._inserts(at):
            state = replace(state, held={**held, **claim(at)})
        if change.write is not None:
            state = self._act(change.write, at, state)
        elif meaning.role in WRITING and meaning.kind != "cache":
            state = self._worked(at, meaning.target, state) if not change.phases else state
        elif meaning.kind not in {"cache", "database"}:
            self.frame.risky(at, Step(at, meaning.target), False)
        state = self.marked(replace(state, held=held) if state.held is not held else state, change.marks)
        for argument in call.args:
            root = spelt(argument.value) if isinstance(argument.value, facts.Read) else ""
            state = self.save(state, root) if root in state.dirty else state
        if meaning.role == "create" and not meaning.chain and state.unsent is None:
            state = replace(state, unsent=Step(at, "the row is not committed yet"))
        return phased(state, self.frame, change.phases, at)

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

    def _commit(self, call: facts.Call, at: Location, state: State) -> State:
        self.flows.committed(self.frame, state, at)
        for root in list(state.dirty):
            state = self.save(state, root)
        return replace(state, unsent=None)

    # --- rows ---

    def _save(self, call: facts.Call, callee: Entity, meaning: Meaning, at: Location, state: State) -> State:
        root = spelt(call.callee).rpartition(".")[0]
        made = self._made(call)
        if made is not None:
            change = changes.Change([], set())
            model = self.meanings.model(made)
            change.marks.append(Mark("record", model, ""))
            if made.made is not None:
                changes.fields(self.meanings, model, changes.keywords(made.made.call), made.made.scope, change)
            if not self.meanings.vocabulary.is_append_only(model):
                change.write = Write("create", meaning.target, at)
            state = self._change(call, meaning, change, at, state)
        elif root not in state.dirty and not meaning.chain:
            return self._unknown(call, callee, state)
        return self.save(state, root)

    def _made(self, call: facts.Call) -> Instance | None:
        """The row that is saved, when it was made here and not looked up."""
        if not isinstance(call.callee, facts.Read):
            return None
        found = self.frame.entity(self.tests.prefix(call.callee))
        return found if isinstance(found, Instance) and found.made is not None else None

    def save(self, state: State, root: str) -> State:
        """After a row was written out: its assigned fields are recorded."""
        rows = state.dirty.get(root, {})
        for dirty in rows.values():
            if dirty.increment is not None:
                state = self._act(Write("increment", f"{root}.save", dirty.increment), dirty.increment, state)
        found, phases = changes.saved(self.meanings, rows)
        if root.partition(".")[0] in self.frame.params:
            found.append(Mark("saved", "", root))
        state = self.marked(state, found)
        state = phased(state, self.frame, phases, None)
        left = {name: dirty for name, dirty in state.dirty.items() if name != root}
        return replace(state, dirty=left)

    def marked(self, state: State, found: Iterable[Mark]) -> State:
        """After marks were made on this path."""
        new = list(found)
        self.frame.noted.ever.update(new)
        return marked(state, new) if new else state

    def in_session(self, row: Entity) -> bool:
        """Whether a unit of work writes a row out by itself."""
        match row:
            case External(path=path):
                return self.meanings.vocabulary.canonical(path).startswith(("sqlalchemy.", "pymongo."))
            case Instance(cls=cls):
                return self.meanings.is_model_class(cls)
            case Several(options=options):
                return all(self.in_session(option) for option in options)
            case _:
                return False

    # --- retries, statuses, callbacks, the unknown ---

    def _retry(self, call: facts.Call, at: Location, state: State) -> State:
        self._asks_retry(at)
        throws = next((a.value for a in call.args if a.name == "throw"), None)
        self.frame.ended = not (isinstance(throws, facts.Literal) and throws.value is False)
        return state

    def _asks_retry(self, at: Location) -> None:
        self.frame.noted.retries = True
        if self.frame.attempts:
            self.frame.attempts[-1].retried = [*self.frame.attempts[-1].retried, at]

    def _status(self, call: facts.Call, state: State) -> State:
        given = argument(call, "state", 0)
        word = token(self.meanings, given, self.frame.scope) if given is not None else None
        phase = self.meanings.vocabulary.word(word or "") or ("completed" if word == "100" else "started")
        return phased(state, self.frame, {phase}, self.frame.at(call))

    def _named_status(self, call: facts.Call, state: State) -> State:
        """`update_status(order_id, "failed")`, `order.mark_completed()`: the name says what it records."""
        name = spelt(call.callee).rpartition(".")[2].removesuffix("()")
        phase = self.meanings.vocabulary.status_function(name) if name else ""
        if not phase:
            return state
        if phase != "status":
            return phased(state, self.frame, {phase}, self.frame.at(call))
        words = [token(self.meanings, a.value, self.frame.scope) for a in call.args]
        found = {self.meanings.vocabulary.word(word) for word in words if word} - {""}
        return phased(state, self.frame, found or {"unknown"}, self.frame.at(call))

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

    def _unknown(self, call: facts.Call, callee: Entity, state: State) -> State:
        """A call that cannot be followed may record what it is given."""
        handed = [_row(argument.value) for argument in call.args]
        if isinstance(call.callee, facts.Read) and call.callee.place.path:
            handed.append(spelt(self.tests.prefix(call.callee)))
        found = [Mark("handed", "", root) for root in handed if root]
        state = self.marked(state, found)
        return self._callbacks(call, state)


def _row(value: facts.Value) -> str:
    """The variable that an argument hands over: a row, or the row that an identifier belongs to."""
    if not isinstance(value, facts.Read):
        return ""
    text = spelt(value)
    holder, _, last = text.rpartition(".")
    return holder if last in {"id", "pk"} else text


def _shifted(call: facts.Call) -> facts.Call:
    """The call that `submit(function, *args)` makes."""
    return facts.Call(call.callee, call.args[1:], call.span, call.awaited)


def _values(node: object) -> list[facts.Value]:
    """The values that a value or test is made of, in order."""
    match node:
        case facts.Truth(value=value) | facts.Spread(value=value):
            return [value]
        case facts.Compare(left=left, right=right):
            return [left, right]
        case facts.Not(test=test) | facts.Condition(test=test):
            return _values(test)
        case facts.All(tests=tests) | facts.Any(tests=tests):
            return [value for test in tests for value in _values(test)]
        case facts.Record(entries=entries):
            return [v for entry in entries for v in (entry.key, entry.value) if v is not None]
        case facts.Sequence(items=items):
            return list(items)
        case facts.Text(parts=parts):
            return list(parts)
        case facts.Compute(operands=operands):
            return list(operands)
        case _:
            return []


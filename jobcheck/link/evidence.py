"""What a test tells: the guards that hold on its two branches.

A guard is any test of stored state: a field of a row, whether a row is there, an entry of a cache, the
result of a claim. Whether it guards anything is decided later, by what is recorded.
"""

from __future__ import annotations

from collections.abc import Callable

from jobcheck import facts
from jobcheck.link.entities import Data, Entity, External, Function, Instance, Method, Scope, Several, options
from jobcheck.link.filters import asked, expected, is_marker, is_selector, negated, token
from jobcheck.link.meaning import Meaning, Meanings, receivers, spelt
from jobcheck.link.states import Evidence, Guard, Guards, Key, State, both
from jobcheck.model import FunctionRef, Location

NOTHING = Evidence()
ABSENT = frozenset({"none", "false", "0", "[]"})
FLIPPED = {"!=": "==", "is not": "==", "is": "==", "not in": "in"}
THROUGH = frozenset({"builtins.bool", "builtins.len", "builtins.int", "builtins.any", "builtins.list"})

OWN = "only the message that a row names gets by, and so does its retry"

Ask = Callable[[facts.Call, Entity], Evidence]


class Tests:
    """Reads tests in one function's scope. `ask` tells what a call of the project's own shows."""

    def __init__(
        self, meanings: Meanings, entity: Callable[[facts.Value], Entity], scope: Scope, ask: Ask
    ) -> None:
        self._meanings = meanings
        self.entity = entity
        self.scope = scope
        self.ask = ask
        self._prefixes: dict[int, facts.Read] = {}

    def test(self, test: facts.Test, state: State) -> Evidence:
        """The guards that hold when a test is true, and when it is false."""
        match test:
            case facts.Truth(value=value):
                return self.value(value, state)
            case facts.Not(test=inner):
                found = self.test(inner, state)
                return Evidence(found.falsy, found.truthy)
            case facts.All(tests=tests):
                parts = [self.test(part, state) for part in tests]
                return Evidence(_all([p.truthy for p in parts]), _either([p.falsy for p in parts]))
            case facts.Any(tests=tests):
                parts = [self.test(part, state) for part in tests]
                return Evidence(_either([p.truthy for p in parts]), _all([p.falsy for p in parts]))
            case facts.Compare():
                return self._compare(test, state)

    def value(self, value: facts.Value, state: State) -> Evidence:
        """The guards that hold when a value is true, and when it is false."""
        match value:
            case facts.Read():
                return self._read(value, state)
            case facts.Call():
                return self._call(value, state)
            case facts.Condition(test=test):
                return self.test(test, state)
            case facts.Named(value=inner):
                return self.value(inner, state)
            case facts.Join(op=op, values=values):
                tests = tuple(facts.Truth(part) for part in values)
                return self.test(facts.Any(tests) if op == "or" else facts.All(tests), state)
            case _:
                return NOTHING

    # --- fields ---

    def _read(self, read: facts.Read, state: State) -> Evidence:
        if not read.place.path:
            return state.env.get(str(read.place.root), NOTHING)
        found = self._property(read)
        if found is not None:
            return found
        guard = self._field(read, "truthy")
        return Evidence({guard.key: guard}, _one(guard, "falsy", self._meanings)) if guard else NOTHING

    def stored(self, read: facts.Read) -> list[Guard]:
        """The guards that a test of a field or property of a row would be, whatever it is compared with."""
        shown = self._property(read)
        if shown is not None:
            return [*shown.truthy.values(), *shown.falsy.values(), *shown.hints.values()]
        guard = self._field(read, "any")
        return [guard] if guard is not None and guard.key.owner else []

    def _property(self, read: facts.Read) -> Evidence | None:
        """What a property of the project's own tells: what its function returns."""
        name, holder = read.place.path[-1], self.entity(self.prefix(read))
        resolver = self._meanings.resolver
        cls = holder.cls if isinstance(holder, Instance) else resolver.members.model_of(holder)
        if cls is None or not isinstance(name, str):
            return None
        ref = FunctionRef(cls.path, f"{cls.qualname}.{name}")
        function = resolver.index.function(ref)
        if function is None or not any(spelt(d).endswith("property") for d in function.decorators):
            return None
        call = facts.Call(read, (), read.span)
        return self.ask(call, Method(Function(ref, function, cls.scope), Instance(cls)))

    def _field(self, read: facts.Read, expects: str, selecting: bool = False) -> Guard | None:
        """The guard that a test of a field is, when the field is of something stored."""
        path = read.place.path
        last = path[-1]
        name = last if isinstance(last, str) else self._meanings.resolver.text(last.key, self.scope)
        if not name or (is_selector(name) and not selecting):
            return None
        holder = self.prefix(read)
        entity = self.entity(holder)
        if not self._stored(entity):
            return None
        key = Key("field", self._meanings.model(entity), name)
        at = Location(self.scope.path, read.span)
        return Guard(key, at, expects, spelt(holder), is_marker(self._meanings, key, expects))

    def _stored(self, entity: Entity) -> bool:
        if isinstance(entity, External) and self._meanings.vocabulary.shape(entity.path) == "class":
            return False
        held = isinstance(entity, External) and isinstance(entity.receiver, Instance)
        return held or self._meanings.is_row(entity)

    def prefix(self, read: facts.Read) -> facts.Read:
        """What a read takes its last step from; kept, so that it is one value whenever it is asked for."""
        if id(read) not in self._prefixes:
            place = facts.Place(read.place.root, read.place.path[:-1])
            self._prefixes[id(read)] = facts.Read(place, read.span)
        return self._prefixes[id(read)]

    # --- comparisons ---

    def _compare(self, test: facts.Compare, state: State) -> Evidence:
        for subject, other in ((test.left, test.right), (test.right, test.left)):
            found = self._compared(test.op, subject, other, state, subject is test.right)
            if found:
                return found
        return NOTHING

    def _compared(
        self, op: str, subject: facts.Value, other: facts.Value, state: State, swapped: bool
    ) -> Evidence:
        if _is_own_id(subject) and isinstance(other, facts.Read) and other.place.path:
            return self._own(op, other)
        if isinstance(subject, facts.Read) and not subject.place.path and isinstance(subject.place.root, str):
            known = state.env.get(subject.place.root)
            if known is not None and known.origin is not None:
                return self._compared(op, known.origin, other, state, swapped)
        if isinstance(subject, facts.Read) and subject.place.path:
            return self._field_compared(op, subject, other)
        found = self.value(subject, state)
        constant = token(self._meanings, other, self.scope)
        if not found or constant is None:
            return NOTHING
        return found if _means_true(op, constant, swapped) else Evidence(found.falsy, found.truthy)

    def _field_compared(self, op: str, subject: facts.Read, other: facts.Value) -> Evidence:
        constant = token(self._meanings, other, self.scope)
        exact = op in {"==", "is", "!=", "is not"}
        guard = self._field(subject, expected(constant) if exact else "any")
        if guard is None:
            return NOTHING
        there, not_there = {guard.key: guard}, _one(guard, negated(guard.expects), self._meanings)
        return Evidence(not_there, there) if op in {"!=", "is not", "not in"} else Evidence(there, not_there)

    def _own(self, op: str, other: facts.Read) -> Evidence:
        """The message's own id compared with the one that a row holds: other messages do not get by."""
        guard = self._field(other, "any", selecting=True)
        if guard is None or op not in {"==", "!="}:
            return NOTHING
        key = Key(
            "claim",
            guard.key.owner,
            "only the message that a row names gets by, and so does its retry",
            "true",
        )
        own = {key: Guard(key, guard.at)}
        return Evidence(own, {}) if op == "==" else Evidence({}, own)

    # --- calls ---

    def _call(self, call: facts.Call, state: State) -> Evidence:
        callee = followed(self.entity(call.callee))
        if isinstance(callee, External) and callee.path in THROUGH and call.args:
            return self.value(call.args[0].value, state)
        if isinstance(callee, (Function, Method)):
            return self.ask(call, callee)
        if isinstance(callee, Several):
            return NOTHING
        meaning = self._meanings.of(call, callee, self.scope)
        return self._meant(meaning, call, callee) or self._item_read(call)

    def _meant(self, meaning: Meaning, call: facts.Call, callee: Entity) -> Evidence:
        at = Location(self.scope.path, call.span)
        if meaning.role in {"claim", "claim-update"}:
            return Evidence(_claim(at))
        if meaning.role == "remember":
            key = Key("entry", "", self.entry(call))
            return Evidence({}, {key: Guard(key, at, "falsy", "", True)})
        if meaning.role == "update" or (meaning.role == "natural" and meaning.verb in {"delete", "adelete"}):
            return Evidence(_claim(at)) if asked(self._meanings, callee) else NOTHING
        if meaning.role == "query" and not meaning.verb.startswith("get_object"):
            return self.looked_up(meaning, call)
        if meaning.role == "sql" and meaning.verb == "scalar" and meaning.model:
            return self.looked_up(meaning, call)
        if meaning.role in {"", "chain"} and isinstance(callee, External):
            return self._fetched(callee, call)
        return NOTHING

    def _fetched(self, callee: External, call: facts.Call) -> Evidence:
        """`session.scalars(select(Log).where(...)).first()`: a query that lies further down the chain."""
        for inner in receivers(callee):
            if inner.made is None:
                continue
            meaning = self._meanings.of(
                inner.made.call, External(inner.path.removesuffix("()")), inner.made.scope
            )
            if meaning.role in {"query", "sql"} and meaning.model:
                return self.looked_up(meaning, call)
        return NOTHING

    def looked_up(self, meaning: Meaning, call: facts.Call) -> Evidence:
        """What finding a row, or none, tells."""
        at = Location(self.scope.path, call.span)
        passed = asked(self._meanings, self.entity(call))
        others = {k: _as(g, negated(g.expects), self._meanings) for k, g in passed.items()}
        if not meaning.model:
            return Evidence(passed, others)
        there, absent = Key("field", meaning.model, "pk"), Key("record", meaning.model, "")
        return Evidence({**passed, there: Guard(there, at)}, {**others, absent: Guard(absent, at)})

    def _item_read(self, call: facts.Call) -> Evidence:
        """`doc.get("sent")`."""
        if (
            not isinstance(call.callee, facts.Read)
            or call.callee.place.path[-1:] != ("get",)
            or not call.args
        ):
            return NOTHING
        name = self._meanings.resolver.text(call.args[0].value, self.scope)
        holder = self.prefix(call.callee)
        entity = self.entity(holder)
        if not name or not self._stored(entity):
            return NOTHING
        key = Key("field", self._meanings.model(entity), name)
        at = Location(self.scope.path, call.span)
        falsy = Guard(key, at, "falsy", spelt(holder), is_marker(self._meanings, key, "falsy"))
        return Evidence(_one(falsy, "truthy", self._meanings), {key: falsy})

    def entry(self, call: facts.Call) -> str:
        """The constant parts of the key of a cache entry; "" when nothing of it can be told."""
        return self._constant_parts(call.args[0].value) if call.args else ""

    def _constant_parts(self, value: facts.Value) -> str:
        match value:
            case facts.Literal(value=str(text)):
                return text
            case facts.Text(parts=parts):
                return "".join(p.value if isinstance(p, facts.Literal) else "?" for p in parts)  # type: ignore[misc]
            case facts.Compute(operands=(left, *_)):
                return f"{self._constant_parts(left)}?"
            case facts.Read():
                found = self.entity(value)
                inner = found.bound.value if isinstance(found, Data) else None
                return (
                    self._constant_parts(inner)
                    if inner is not None and not isinstance(inner, facts.Read)
                    else ""
                )
            case _:
                return ""


def followed(callee: Entity) -> Entity:
    """The one function of the project among what a callee may be."""
    found = [each for each in options(callee) if isinstance(each, (Function, Method))]
    return found[0] if len(found) == 1 else callee


def _claim(at: Location) -> Guards:
    key = Key("claim", at.path, f"{at.span.line}:{at.span.column}")
    return {key: Guard(key, at)}


def claim(at: Location) -> Guards:
    """The guard that a claim is for whoever got it: it is taken and recorded in one step."""
    return _claim(at)


def _is_own_id(value: facts.Value) -> bool:
    return isinstance(value, facts.Read) and f".{spelt(value)}".endswith((".request.id", ".job.id"))


def _as(guard: Guard, expects: str, meanings: Meanings) -> Guard:
    return Guard(guard.key, guard.at, expects, guard.root, is_marker(meanings, guard.key, expects))


def _one(guard: Guard, expects: str, meanings: Meanings) -> Guards:
    return {guard.key: _as(guard, expects, meanings)}


def _all(parts: list[Guards]) -> Guards:
    return {key: guard for part in parts for key, guard in part.items()}


def _either(parts: list[Guards]) -> Guards:
    found = parts[0] if parts else {}
    for part in parts[1:]:
        found = both(found, part)
    return found


def _means_true(op: str, constant: str, swapped: bool) -> bool:
    """Whether a comparison with a constant holds for a true value: `count() > 0`, `row is not None`."""
    absent = constant in ABSENT
    if op in {"==", "is", "in"}:
        return not absent
    if op in {"!=", "is not", "not in"}:
        return absent
    less = op in {"<", "<="}
    return less if swapped else not less

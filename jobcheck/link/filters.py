"""What a query asks for: the fields it compares, from keywords, expressions and documents."""

from __future__ import annotations

from collections.abc import Iterator

from jobcheck import facts
from jobcheck.link.entities import Data, Entity, External, Scope
from jobcheck.link.meaning import Meanings, receivers
from jobcheck.link.states import Guard, Guards, Key
from jobcheck.model import Location

SELECTING = frozenset(
    {"filter", "filter_by", "get", "aget", "where", "find", "find_one", "get_object_or_404", "get_or_none"}
)
EXCLUDING = frozenset({"exclude"})
LOOKUPS = frozenset({"exact", "iexact", "in", "isnull", "lt", "lte", "gt", "gte", "ne", "contains", "date"})
WRAPPERS = frozenset(
    {"list", "tuple", "set", "sorted", "iter", "enumerate", "reversed", "chunked", "batched"}
)
NEGATED = {"truthy": "falsy", "falsy": "truthy", "any": "any"}


def token(meanings: Meanings, value: facts.Value, scope: Scope) -> str | None:
    """A constant in lower case, an enumeration's member by its last name; None when it cannot be told."""
    if isinstance(value, facts.Literal):
        return str(value.value).lower()
    found = meanings.resolver.entity(value, scope) if isinstance(value, facts.Read) else None
    if isinstance(found, Data) and isinstance(found.bound.value, facts.Literal):
        return str(found.bound.value.value).lower()
    if isinstance(value, facts.Read) and value.place.path:
        steps = [step for step in value.place.path if isinstance(step, str)]
        last = (
            steps[-2]
            if len(steps) > 1 and steps[-1] in {"value", "name", "label"}
            else steps[-1]
            if steps
            else ""
        )
        return last.lower() if last.isupper() else None
    return None


def asked(meanings: Meanings, entity: Entity | None) -> Guards:
    """The guards that a row has passed by being found by a query."""
    found: Guards = {}
    for inner in receivers(entity):
        if inner.made is None:
            continue
        verb = inner.path.rpartition(".")[2].removesuffix("()")
        call, scope = inner.made.call, inner.made.scope
        if verb in WRAPPERS and call.args:
            found.update(asked(meanings, meanings.resolver.entity(call.args[0].value, scope)))
        elif verb in SELECTING or verb in EXCLUDING:
            found.update(_selected(meanings, inner, call, scope, verb in EXCLUDING))
    return found


def is_locked(entity: Entity) -> bool:
    """Whether rows are locked by the query that finds them."""
    return any(inner.path.endswith(".select_for_update()") for inner in receivers(entity))


def _selected(meanings: Meanings, query: External, call: facts.Call, scope: Scope, excluded: bool) -> Guards:
    model = meanings.model(query)
    at = Location(scope.path, call.span)
    found: Guards = {}
    for name, expects in _compared(meanings, call, scope):
        key = Key("field", model if "." not in name else "", name.rpartition(".")[2])
        expects = negated(expects) if excluded else expects
        found[key] = Guard(key, at, expects, "", is_marker(meanings, key, expects))
    return found


def is_marker(meanings: Meanings, key: Key, expects: str) -> bool:
    """Whether a field, tested this way, is there to record that something was done."""
    flag = meanings.vocabulary.flag(key.name)
    if flag == "status":
        return expects.startswith("ne:") and meanings.vocabulary.word(expects[3:]) == "completed"
    return flag == "done" and expects in {"falsy", "eq:false", "eq:none"}


def negated(expects: str) -> str:
    word, compares, value = expects.partition(":")
    if compares:
        return f"{'ne' if word == 'eq' else 'eq'}:{value}"
    return NEGATED[word]


def expected(value: str | None) -> str:
    """What a field holds that was found equal to a constant."""
    if value in {"false", "none"}:
        return "falsy"
    if value == "true":
        return "truthy"
    return f"eq:{value}" if value is not None else "any"


def _compared(meanings: Meanings, call: facts.Call, scope: Scope) -> Iterator[tuple[str, str]]:
    for argument in call.args:
        if argument.name:
            yield from _keyword(meanings, argument.name, argument.value, scope)
        elif isinstance(argument.value, facts.Call):
            yield from _expression(meanings, argument.value, scope)
        elif isinstance(argument.value, facts.Condition):
            yield from _condition(meanings, argument.value.test, scope)
        elif isinstance(argument.value, facts.Record):
            for entry in argument.value.entries:
                if isinstance(entry.key, facts.Literal):
                    yield from _keyword(meanings, str(entry.key.value), entry.value, scope)
        elif isinstance(argument.value, facts.Compute):
            yield from _combined(meanings, argument.value, scope)
        elif isinstance(argument.value, facts.Read):
            for part in _assigned(meanings, argument.value, scope):
                yield from _combined(meanings, part, scope)


def _combined(meanings: Meanings, value: facts.Value, scope: Scope) -> Iterator[tuple[str, str]]:
    """`Q(sent=False) | ~Q(kind="x")`: any of them may have been asked for."""
    if isinstance(value, facts.Compute):
        for operand in value.operands:
            yield from _combined(meanings, operand, scope)
    elif isinstance(value, facts.Call):
        yield from ((name, "any") for name, _ in _expression(meanings, value, scope))


def _assigned(meanings: Meanings, read: facts.Read, scope: Scope) -> Iterator[facts.Value]:
    """What a local name was given, at once or bit by bit."""
    if isinstance(read.place.root, str) and not read.place.path:
        table = meanings.resolver.index.table(scope.path, scope.qualname)
        yield from (binding.value for binding in table.names.get(read.place.root, ()))


def _keyword(meanings: Meanings, name: str, value: facts.Value, scope: Scope) -> Iterator[tuple[str, str]]:
    parts = name.split("__")
    lookup = parts.pop() if len(parts) > 1 and parts[-1] in LOOKUPS else ""
    field = parts[-1]
    if is_selector(field):
        return
    constant = token(meanings, value, scope)
    if lookup == "isnull":
        expects = "falsy" if constant == "true" else "truthy"
    else:
        expects = "any" if lookup else expected(constant)
    if expects != "any" or lookup or meanings.vocabulary.flag(field):
        yield ".".join(parts), expects


def is_selector(field: str) -> bool:
    """Whether a field says which row is meant, and nothing about its state."""
    return field in {"pk", "id", "_id", "uuid", "key", "slug", "code"} or field.endswith(("_id", "_uuid"))


def _expression(meanings: Meanings, call: facts.Call, scope: Scope) -> Iterator[tuple[str, str]]:
    """`Q(sent=False)`, `User.sent.is_(False)`."""
    callee = call.callee
    if any(argument.name for argument in call.args):
        yield from _compared(meanings, call, scope)
    elif (
        isinstance(callee, facts.Read)
        and len(callee.place.path) > 1
        and callee.place.path[-1] in {"is_", "is_not"}
    ):
        field = callee.place.path[-2]
        value = token(meanings, call.args[0].value, scope) if call.args else None
        if isinstance(field, str):
            yield field, expected(value) if callee.place.path[-1] == "is_" else negated(expected(value))


def _condition(meanings: Meanings, test: facts.Test, scope: Scope) -> Iterator[tuple[str, str]]:
    """`User.sent == False`."""
    if isinstance(test, facts.Compare) and isinstance(test.left, facts.Read) and test.left.place.path:
        field = test.left.place.path[-1]
        if isinstance(field, str) and not is_selector(field):
            expects = expected(token(meanings, test.right, scope)) if test.op == "==" else "any"
            yield field, expects

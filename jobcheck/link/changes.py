"""What a change of stored state leaves: marks, statuses, and the act that a second run repeats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from jobcheck import facts
from jobcheck.link.entities import (
    Applied,
    Bound,
    ClassEntity,
    Data,
    Entity,
    External,
    Instance,
    Listing,
    Mapping,
    Scope,
)
from jobcheck.link.filters import token
from jobcheck.link.meaning import Meaning, Meanings, receivers, spelt
from jobcheck.link.states import Dirty, Mark
from jobcheck.link.uniqueness import refuses_another
from jobcheck.model import Location, Write

UPSERT = re.compile(
    r"\bON\s+(CONFLICT|DUPLICATE)\b|\bINSERT\s+(OR\s+)?(IGNORE|REPLACE)\b|^\s*(MERGE|REPLACE)\b", re.I
)
STATEMENT = re.compile(r"^\s*(?:WITH\b.*?\)\s*)?(INSERT\s+INTO|UPDATE|SELECT|DELETE)\b", re.I | re.S)
TABLE = re.compile(r"\b(?:INTO|UPDATE|FROM)\s+[\"`\[]?([\w.]+)", re.I)
ASSIGNED = re.compile(r"[\"`]?(\w+)[\"`]?\s*=\s*([^,]+)")
ADDING = frozenset({"add", "add_all"})
COLLECTING = frozenset({"append", "add", "extend", "insert", "update", "setdefault"})
LENGTHENING = frozenset({"append", "extend", "insert"})
GROWING = frozenset({"+=", "-=", "|=", "*="})
MONGO = {"$inc": "increment", "$push": "append", "$mul": "increment"}


class Change(Struct):
    """What one call changes. `phases` are the statuses it records, `saved` the rows it writes out."""

    marks: list[Mark]
    phases: set[str]
    write: Write | None = None
    claims: bool = False


def changed(meanings: Meanings, meaning: Meaning, call: facts.Call, scope: Scope) -> Change:
    """What a call with the meaning of a change leaves behind."""
    change = Change([], set())
    at = Location(scope.path, call.span)
    match meaning.role:
        case "create":
            _created(meanings, meaning, call, scope, change, at)
        case "update" | "claim-update":
            _updated(meanings, meaning, call, scope, change, at)
        case "natural":
            _natural(meanings, meaning, call, scope, change)
        case "record" | "claim":
            change.marks.append(Mark("entry", "", ""))
        case "append" | "increment" if meaning.kind != "cache":
            change.write = Write(meaning.role, meaning.target, at)
        case "sql":
            _executed(meanings, meaning, call, scope, change, at)
    return change


def fields(
    meanings: Meanings, model: str, pairs: Iterator[tuple[str, facts.Value]], scope: Scope, change: Change
) -> None:
    """Note fields written with values."""
    for name, value in pairs:
        constant = token(meanings, value, scope)
        change.marks.append(Mark("field", model, name.rpartition("__")[2], constant))
        change.phases |= phases(meanings, name, constant)


def phases(meanings: Meanings, name: str, value: str | None) -> set[str]:
    """The statuses that writing a value to a field records."""
    flag = meanings.vocabulary.flag(name)
    if flag == "status":
        return {(meanings.vocabulary.word(value) or "other") if value is not None else "unknown"}
    if not flag or value in {"false", "none", "0", ""}:
        return set()
    return {"completed" if flag == "done" else flag}


def _created(
    meanings: Meanings, meaning: Meaning, call: facts.Call, scope: Scope, change: Change, at: Location
) -> None:
    change.marks.append(Mark("record", meaning.model, ""))
    refused = False
    for cls, made, inner in _rows(meanings, call, scope):
        fields(meanings, meaning.model, keywords(made), inner, change)
        refused = refused or (cls is not None and refuses_another(meanings, cls, made, inner))
    new = not refused and (meaning.verb not in ADDING or _is_new(meanings, call, scope))
    if new and not meanings.vocabulary.is_append_only(meaning.model):
        change.write = Write("create", meaning.target, at)


def _rows(
    meanings: Meanings, call: facts.Call, scope: Scope
) -> Iterator[tuple[ClassEntity | None, facts.Call, Scope]]:
    """The calls that say what a new row holds: this one, and those that made what it is given."""
    resolver = meanings.resolver
    yield resolver.members.model_of(resolver.entity(call.callee, scope)), call, scope
    for argument in call.args:
        plain = not argument.name and not argument.star
        made = resolver.entity(argument.value, scope) if plain else None
        if isinstance(made, Instance) and made.made is not None:
            yield made.cls, made.made.call, made.made.scope


def _is_new(meanings: Meanings, call: facts.Call, scope: Scope) -> bool:
    """Whether what is added to a session is made here; a row that was loaded is in it already."""
    given = meanings.resolver.entity(call.args[0].value, scope) if call.args else None
    if isinstance(given, Listing):
        return any(_is_made(meanings.resolver.given(item)) for item in given.items)
    return _is_made(given)


def _is_made(entity: Entity | None) -> bool:
    if isinstance(entity, External):
        return entity.made is not None and entity.path.rpartition(".")[2][:1].isupper()
    return isinstance(entity, Instance) and entity.made is not None


def keywords(call: facts.Call) -> Iterator[tuple[str, facts.Value]]:
    for argument in call.args:
        if argument.name == "defaults" and isinstance(argument.value, facts.Record):
            yield from entries(argument.value)
        elif argument.name:
            yield argument.name, argument.value


def entries(record: facts.Record) -> Iterator[tuple[str, facts.Value]]:
    """The entries of a dict whose keys are texts or columns (`User.sent`)."""
    for entry in record.entries:
        if isinstance(entry.key, facts.Literal):
            yield str(entry.key.value), entry.value
        elif (
            isinstance(entry.key, facts.Read)
            and entry.key.place.path
            and isinstance(entry.key.place.path[-1], str)
        ):
            yield entry.key.place.path[-1], entry.value


def _natural(meanings: Meanings, meaning: Meaning, call: facts.Call, scope: Scope, change: Change) -> None:
    if "delete" in meaning.verb:
        change.marks.append(Mark("field", meaning.model, "*"))
        return
    if "update" not in meaning.verb or "or_create" in meaning.verb:
        change.marks.append(Mark("record", meaning.model, ""))
    fields(meanings, meaning.model, keywords(call), scope, change)
    for argument in call.args:
        if isinstance(argument.value, facts.Sequence):
            for item in argument.value.items:
                known = isinstance(item, facts.Literal)
                change.marks.append(Mark("field" if known else "handed", meaning.model, _column(item)))


def _column(value: facts.Value) -> str:
    return str(value.value) if isinstance(value, facts.Literal) else "*"


def _updated(
    meanings: Meanings, meaning: Meaning, call: facts.Call, scope: Scope, change: Change, at: Location
) -> None:
    pairs = list(keywords(call))
    for argument in call.args:
        if argument.star == "**":
            change.phases.add("unknown")
        elif not argument.name:
            pairs += _document(meanings, argument.value, scope, meaning, change, at)
    for name, value in pairs:
        if grows(value, name):
            change.write = Write("increment", meaning.target, at)
    fields(meanings, meaning.model, iter(pairs), scope, change)


def _document(
    meanings: Meanings, value: facts.Value, scope: Scope, meaning: Meaning, change: Change, at: Location
) -> list[tuple[str, facts.Value]]:
    """The fields of `{"$set": {...}, "$inc": {...}}`, or of a plain dict."""
    found: list[tuple[str, facts.Value]] = []
    given = _contents(meanings, value, scope) or []
    operators = [(name, inner) for name, inner in given if name.startswith("$")]
    if not operators:
        return given
    for name, inner in operators:
        if name in MONGO:
            change.write = Write(MONGO[name], meaning.target, at)  # type: ignore[arg-type]
        told = _contents(meanings, inner, scope)
        found += told or []
        change.phases |= {"unknown"} if told is None else set()
    return found


def _contents(meanings: Meanings, value: facts.Value, scope: Scope) -> list[tuple[str, facts.Value]] | None:
    """The entries of a dict, written here or held by a name; None when they cannot be told."""
    if isinstance(value, facts.Record):
        return list(entries(value))
    found = meanings.resolver.entity(value, scope)
    if not isinstance(found, Mapping):
        return None
    return [(name, given.value) for name, given in found.items.items() if isinstance(given, Bound)]


def grows(value: facts.Value, name: str) -> bool:
    """Whether a value is worked out from what the field held: `F("count") + 1`, `row.count + 1`."""
    if not isinstance(value, facts.Compute) or value.op not in {"+", "-", "|", "*"}:
        return False
    return any(_holds(operand, name) for operand in value.operands)


def _holds(operand: facts.Value, name: str) -> bool:
    if isinstance(operand, facts.Call):
        field = operand.args[0].value if operand.args else None
        return (
            spelt(operand.callee).rpartition(".")[2] == "F"
            and isinstance(field, facts.Literal)
            and field.value == name
        )
    return isinstance(operand, facts.Read) and bool(operand.place.path) and operand.place.path[-1] == name


# --- SQL --------------------------------------------------------------------------------


def _executed(
    meanings: Meanings, meaning: Meaning, call: facts.Call, scope: Scope, change: Change, at: Location
) -> None:
    if not call.args:
        return
    statement = meanings.resolver.entity(call.args[0].value, scope)
    if isinstance(statement, External) and "sqlalchemy." in statement.path and "text" not in statement.path:
        _built(meanings, meaning, statement, change, at)
        return
    text = sql_text(meanings, call.args[0].value, scope)
    if text:
        _sql(meanings, text, meaning, change, at)


def _built(meanings: Meanings, meaning: Meaning, statement: External, change: Change, at: Location) -> None:
    """`insert(Log).values(...)`, `update(User).where(...).values(sent=True)`."""
    model = meanings.model(statement)
    if "sqlalchemy.insert()" in statement.path:
        change.marks.append(Mark("record", model, ""))
        if "on_conflict" not in statement.path and not meanings.vocabulary.is_append_only(model):
            change.write = Write("create", meaning.target, at)
    elif "sqlalchemy.update()" not in statement.path:
        return
    for inner in receivers(statement):
        if inner.made is not None and inner.path.endswith(".values()"):
            _values(meanings, model, inner.made, change, at, meaning)


def _values(
    meanings: Meanings, model: str, made: Applied, change: Change, at: Location, meaning: Meaning
) -> None:
    pairs = list(keywords(made.call))
    for argument in made.call.args:
        if isinstance(argument.value, facts.Record):
            pairs += entries(argument.value)
    if change.write is None and any(grows(value, name) for name, value in pairs):
        change.write = Write("increment", meaning.target, at)
    fields(meanings, model, iter(pairs), made.scope, change)


def sql_text(meanings: Meanings, value: facts.Value, scope: Scope) -> str:
    """The text of a statement, "?" for what is filled in."""
    match value:
        case facts.Literal(value=str(text)):
            return text
        case facts.Text(parts=parts):
            return "".join(str(p.value) if isinstance(p, facts.Literal) else "?" for p in parts)
        case facts.Compute(operands=operands):
            return "".join(sql_text(meanings, operand, scope) or "?" for operand in operands)
        case facts.Call(args=(first, *_)):
            return sql_text(meanings, first.value, scope)
        case facts.Read():
            found = meanings.resolver.entity(value, scope)
            inner = found.bound if isinstance(found, Data) else None
            if inner is not None and not isinstance(inner.value, facts.Read):
                return sql_text(meanings, inner.value, inner.scope)
            return (
                sql_text(meanings, found.made.call, found.made.scope)
                if isinstance(found, External) and found.made
                else ""
            )
        case _:
            return ""


def _sql(meanings: Meanings, text: str, meaning: Meaning, change: Change, at: Location) -> None:
    found = STATEMENT.match(text)
    verb = found[1].split()[0].upper() if found else ""
    table = TABLE.search(text)
    model = table[1] if table else ""
    if verb == "INSERT":
        change.marks.append(Mark("record", model, ""))
        if not UPSERT.search(text):
            change.write = Write("create", meaning.target, at)
    elif verb == "UPDATE":
        _sql_update(meanings, text, meaning, change, at)
    elif verb == "DELETE":
        change.marks.append(Mark("field", model, "*"))


def _sql_update(meanings: Meanings, text: str, meaning: Meaning, change: Change, at: Location) -> None:
    body = re.split(r"\bSET\b", text, maxsplit=1, flags=re.I)
    assignments = re.split(r"\bWHERE\b|\bFROM\b", body[1], maxsplit=1, flags=re.I)[0] if len(body) > 1 else ""
    for name, value in ASSIGNED.findall(assignments):
        plain = value.strip().strip("'\"").lower()
        constant = plain if re.fullmatch(r"[\w ]+", plain) and not plain.startswith("now") else None
        change.marks.append(Mark("field", "", name, constant))
        change.phases |= phases(meanings, name, constant)
        if re.search(rf"\b{re.escape(name)}\b\s*[-+|]", value):
            change.write = Write("increment", meaning.target, at)


# --- rows assigned and saved ------------------------------------------------------------


def saved(meanings: Meanings, rows: dict[str, Dirty]) -> tuple[list[Mark], set[str]]:
    """What saving a row with assigned fields records."""
    marks = [Mark("field", dirty.model, name, dirty.value) for name, dirty in rows.items()]
    found: set[str] = set()
    for name, dirty in rows.items():
        found |= phases(meanings, name, dirty.value)
    return marks, found

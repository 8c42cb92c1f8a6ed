"""Which rows a job works on: what chooses them, and where its payload goes beside that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.entities import (
    ClassEntity,
    Data,
    Entity,
    External,
    Function,
    Instance,
    Method,
    Parameter,
    Partial,
    Scope,
)
from jobcheck.link.filters import EXCLUDING, SELECTING
from jobcheck.link.frames import Frame
from jobcheck.link.keyed import reads
from jobcheck.link.leaks import note_stored
from jobcheck.link.meaning import receivers, spelt
from jobcheck.link.payloads import document_key, note_annotated, payload_field
from jobcheck.link.shapes import tested_values
from jobcheck.link.summaries import Summary
from jobcheck.model import Query, Use

if TYPE_CHECKING:
    from jobcheck.link.flows import Flows

LOOKING = SELECTING | {"get_or_create", "aget_or_create", "update_or_create", "aupdate_or_create", "get_one"}
STARTS = {"select", "query", "objects", "update", "aupdate", "delete", "adelete", "using", "list", "sorted"}
SHAPES = {
    "all",
    "order_by",
    "distinct",
    "annotate",
    "alias",
    "reverse",
    "iterator",
    "limit",
    "offset",
    "unique",
}
PARTS = {
    "only",
    "defer",
    "values",
    "values_list",
    "select_related",
    "prefetch_related",
    "options",
    "load_only",
}
LOCKS = {"select_for_update", "with_for_update", "execute", "scalar", "scalars", "fetchall"}
ENDS = {"first", "afirst", "last", "alast", "one", "one_or_none", "scalar_one", "scalar_one_or_none"}
COUNTS = {"count", "acount", "exists", "aexists"}
NEUTRAL = frozenset(STARTS | SHAPES | PARTS | LOCKS | ENDS | COUNTS)
"""Calls in a chain that choose no rows, or not by what they hold."""
BASES = frozenset({"django.db.models.Model", "sqlalchemy.orm.DeclarativeBase"})
MANAGER = "django.db.models.Manager()"
CONVERSIONS = frozenset({"int", "str", "UUID"})
OPEN = "?"
"""A value that is neither constant nor payload."""


class _Choice(Struct):
    """What chooses rows, as far as it was followed."""

    by: dict[str, None] = field(default_factory=dict)
    fields: dict[str, None] = field(default_factory=dict)
    plain: bool = True


def note_rows(flows: Flows, frame: Frame, value: facts.Value) -> None:
    """Rows that a value looks up or changes: a query, or a call that runs one."""
    entity = frame.entity(value)
    if _is_of_row(flows, entity):
        return
    first = value.args[0].value if isinstance(value, facts.Call) and value.args else None
    given = frame.entity(first) if isinstance(first, (facts.Read, facts.Call)) else None
    if isinstance(given, ClassEntity) and isinstance(value, facts.Call):
        model: ClassEntity | None = given
        choice = _by_key(flows, frame, value)
    else:
        statement = given if isinstance(given, External) and _selects(given) else entity
        model = _model(flows, statement)
        choice = _chosen(flows, frame, statement)
    if model is None or not flows.meanings.is_model_class(model):
        return
    columns, told = _columns(flows, model)
    frame.noted.queries[
        Query(
            model.qualname.rpartition(".")[2],
            frame.at(value),
            columns,
            tuple(choice.by),
            tuple(choice.fields),
            choice.plain and told,
        )
    ] = None


def _is_of_row(flows: Flows, entity: Entity) -> bool:
    """Whether something is done to a row that was found before: `order.save()`."""
    row = entity.receiver if isinstance(entity, External) else None
    return isinstance(row, Instance) or (isinstance(row, External) and flows.resolver.is_row(row.path))


def _selects(entity: External) -> bool:
    return any(inner.path.endswith(("select()", "update()", "delete()")) for inner in receivers(entity))


def _model(flows: Flows, entity: Entity) -> ClassEntity | None:
    """The model whose rows a chain of calls is about."""
    for inner in receivers(entity):
        if inner.made is not None and inner.made.call.args:
            given = flows.resolver.entity(inner.made.call.args[0].value, inner.made.scope)
            if isinstance(given, ClassEntity):
                return given
    return flows.resolver.members.model_of(entity)


def _by_key(flows: Flows, frame: Frame, call: facts.Call) -> _Choice:
    """`session.get(Order, order_id)`."""
    choice = _Choice(by={"id": None})
    for argument in call.args[1:2]:
        _take(choice, _source(flows, frame, argument.value, frame.scope))
    return choice


def _chosen(flows: Flows, frame: Frame, entity: Entity) -> _Choice:
    choice = _Choice()
    for inner in receivers(entity):
        if inner.made is None:
            continue
        verb = inner.path.rpartition(".")[2].removesuffix("()")
        if verb in LOOKING or verb in EXCLUDING:
            _compared(flows, frame, inner.made.call, inner.made.scope, choice, verb in EXCLUDING)
        elif verb not in NEUTRAL:
            choice.plain = False
    return choice


def _compared(
    flows: Flows, frame: Frame, call: facts.Call, scope: Scope, choice: _Choice, excluded: bool
) -> None:
    for argument in call.args:
        value = argument.value
        if argument.star:
            choice.plain = False
        elif argument.name and argument.name != "defaults":
            choice.by.update(dict.fromkeys(() if excluded else argument.name.split("__")))
            _take(choice, _source(flows, frame, value, scope))
        elif isinstance(value, facts.Condition) and isinstance(value.test, facts.Compare):
            last = value.test.left.place.path[-1:] if isinstance(value.test.left, facts.Read) else ()
            choice.by.update({step: None for step in last if isinstance(step, str)})
            _take(choice, _source(flows, frame, value.test.right, scope))
        elif isinstance(value, facts.Call) and any(inner.name for inner in value.args):
            _compared(flows, frame, value, scope, choice, excluded)
        elif not argument.name and not _is_column(value):
            choice.plain = False


def _is_column(value: facts.Value) -> bool:
    """`where(Order.active)`."""
    return isinstance(value, facts.Read) and len(value.place.path) == 1


def _take(choice: _Choice, source: str) -> None:
    if source == OPEN:
        choice.plain = False
    elif source:
        choice.fields[source] = None


def _source(flows: Flows, frame: Frame, value: facts.Value, scope: Scope) -> str:
    """The payload field that a value is, "" for a constant, OPEN for anything else."""
    while (
        isinstance(value, facts.Call)
        and len(value.args) == 1
        and spelt(value.callee).rpartition(".")[2] in CONVERSIONS
    ):
        value = value.args[0].value
    entity = frame.entity(value) if scope is frame.scope else flows.resolver.entity(value, scope)
    if isinstance(entity, Data) and isinstance(entity.bound.value, facts.Literal):
        return ""
    if isinstance(entity, Parameter):
        return entity.name if entity.function == frame.ref else OPEN
    return (document_key(flows, entity.path) if isinstance(entity, External) else "") or OPEN


def _columns(flows: Flows, model: ClassEntity) -> tuple[tuple[str, ...], bool]:
    """What a row has, and whether only what is asked for chooses it: no manager or base does."""
    names: dict[str, None] = {}
    told = True
    for base in flows.resolver.ancestors(model):
        if isinstance(base, External):
            told = told and flows.meanings.vocabulary.canonical(base.path) in BASES
            continue
        bindings = flows.resolver.index.table(base.path, base.qualname).names
        own = {name for name, found in bindings.items() if not isinstance(found[-1].value, facts.Defined)}
        names.update(dict.fromkeys(sorted(own)))
    if "objects" in names:
        manager = flows.resolver.attribute(model, "objects")
        told = told and isinstance(manager, External) and manager.path == MANAGER
    return tuple(names), told


# --- where the payload goes ---------------------------------------------------------------


def note_uses(flows: Flows, frame: Frame, call: facts.Call, callee: Entity) -> None:
    """Payload fields that are given to a call."""
    for read in reads(tuple(argument.value for argument in call.args if not argument.star)):
        name = payload_field(flows, frame, read)
        if name:
            known = _is_known(flows, frame, call, callee)
            frame.noted.uses[Use(name, spelt(call.callee).rpartition(".")[2], frame.at(call), known)] = None


def _is_known(flows: Flows, frame: Frame, call: facts.Call, callee: Entity) -> bool:
    if isinstance(callee, (Function, Method, ClassEntity, Instance, Partial)):
        return True
    meaning = flows.meanings.of(call, callee, frame.scope)
    return bool(meaning.role or meaning.target)


def note_bound(flows: Flows, frame: Frame, bind: facts.Bind) -> None:
    """An assignment: what it types of the payload, and what it sets for all that runs later."""
    if flows.document and bind.annotation is not None:
        note_annotated(flows, frame, bind)
    for target in bind.targets:
        note_stored(flows, frame, target, bind)


def note_compared(flows: Flows, frame: Frame, test: facts.Test) -> None:
    """Payload fields that a test compares with something."""
    if isinstance(test, facts.Compare):
        for value in tested_values(test):
            name = payload_field(flows, frame, value)
            if name:
                frame.noted.uses[Use(name, "==", frame.at(value))] = None
    elif isinstance(test, facts.Not):
        note_compared(flows, frame, test.test)
    elif isinstance(test, (facts.All, facts.Any)):
        for part in test.tests:
            note_compared(flows, frame, part)


def hand_up(
    flows: Flows,
    frame: Frame,
    function: facts.Function,
    given: Mapping[str, facts.Value],
    summary: Summary,
) -> None:
    """What a helper does with what it was given, in the names of this frame's payload."""
    params = {param.name for param in function.params}
    for query in summary.queries:
        sources = [
            _source(flows, frame, given[name], frame.scope)
            if name in given
            else OPEN
            if name in params
            else name
            for name in query.fields
        ]
        fields = tuple(dict.fromkeys(source for source in sources if source not in {"", OPEN}))
        found = replace(query, fields=fields, plain=query.plain and OPEN not in sources)
        frame.noted.queries[found] = None
    for use in summary.uses:
        for name in _named(flows, frame, use.field, params, given):
            frame.noted.uses[replace(use, field=name)] = None


def _named(
    flows: Flows, frame: Frame, name: str, params: set[str], given: Mapping[str, facts.Value]
) -> Iterator[str]:
    if name not in params:
        yield name
    elif name in given:
        source = _source(flows, frame, given[name], frame.scope)
        if source not in {"", OPEN}:
            yield source

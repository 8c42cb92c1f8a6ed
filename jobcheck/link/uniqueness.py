"""Unique keys that a model declares: a row made with one of them cannot be made twice."""

from __future__ import annotations

from collections.abc import Iterator

from jobcheck import facts
from jobcheck.link.entities import ClassEntity, Entity, External, Scope
from jobcheck.link.keyed import made_from, reads
from jobcheck.link.meaning import Meanings, receivers, spelt

TOGETHER = "unique_together"
CONSTRAINTS = frozenset({"constraints", "__table_args__"})
MARKS = frozenset({"unique", "primary_key"})

Unique = frozenset[str]


def refuses_another(meanings: Meanings, cls: ClassEntity, call: facts.Call, scope: Scope) -> bool:
    """Whether the database refuses the row when a second run makes it again with the same values."""

    def is_same_again(value: facts.Value) -> bool:
        same = made_from(value, lambda part: meanings.resolver.entity(part, scope)) is not None
        return same and not any(
            _is_answer(meanings, meanings.resolver.entity(r, scope)) for r in reads(value)
        )

    given = {_column(a.name) for a in call.args if a.name and is_same_again(a.value)}
    return any(unique <= given for unique in _declared(meanings, cls))


def _is_answer(meanings: Meanings, entity: Entity) -> bool:
    """Whether a value is, or is taken from, what a service answers: another one for each request."""
    made = ((inner.path.removesuffix("()"), inner.made) for inner in receivers(entity) if inner.made)
    return any(meanings.of(m.call, External(path), m.scope).role == "repeats" for path, m in made)


def _declared(meanings: Meanings, cls: ClassEntity) -> Iterator[Unique]:
    yield frozenset({"id"})
    for base in meanings.resolver.ancestors(cls):
        if isinstance(base, ClassEntity):
            meta = meanings.resolver.index.cls(base.path, f"{base.qualname}.Meta")
            yield from _in_block(base.facts.block)
            yield from _in_block(meta.block if meta else ())


def _in_block(block: facts.Block) -> Iterator[Unique]:
    for statement in block:
        if isinstance(statement, facts.Bind):
            for target in statement.targets:
                if isinstance(target, facts.Place) and isinstance(target.root, str):
                    yield from _bound(target.root, statement.value)


def _bound(name: str, value: facts.Value) -> Iterator[Unique]:
    if name == TOGETHER:
        yield from _together(value)
    elif name in CONSTRAINTS and isinstance(value, facts.Sequence):
        yield from (_constraint(item) for item in value.items if _is_constraint(item))
    elif isinstance(value, facts.Call) and _is_unique(value):
        yield frozenset({_column(name)})


def _together(value: facts.Value) -> Iterator[Unique]:
    """`("a", "b")`, or several of them."""
    items = value.items if isinstance(value, facts.Sequence) else ()
    nested = tuple(item for item in items if isinstance(item, facts.Sequence))
    yield from (_columns(item) for item in nested or (value,))


def _is_constraint(value: facts.Value) -> bool:
    if not isinstance(value, facts.Call):
        return False
    limited = any(argument.name == "condition" for argument in value.args)
    return spelt(value.callee).rpartition(".")[2] == "UniqueConstraint" and not limited


def _constraint(value: facts.Value) -> Unique:
    args = value.args if isinstance(value, facts.Call) else ()
    listed = next((a.value for a in args if a.name == "fields"), None)
    plain = tuple(a.value for a in args if not a.name)
    return _columns(listed if listed is not None else facts.Sequence("tuple", plain, value.span))


def _columns(value: facts.Value) -> Unique:
    """The columns that a sequence names; one that cannot be told is a column nobody gives."""
    items = value.items if isinstance(value, facts.Sequence) else (value,)
    return frozenset(_column(str(i.value)) if isinstance(i, facts.Literal) else "" for i in items)


def _is_unique(field: facts.Call) -> bool:
    marked = {a.name for a in field.args if isinstance(a.value, facts.Literal) and a.value.value is True}
    return bool(marked & MARKS) or spelt(field.callee).rpartition(".")[2] == "OneToOneField"


def _column(name: str) -> str:
    """A relation and its identifier are one column; `pk` is the primary one."""
    return "id" if name == "pk" else name.removesuffix("_id")

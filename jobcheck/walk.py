"""Goes through facts of any shape: which parts of a node hold further facts, and the calls below it."""

from __future__ import annotations

from jobcheck import facts
from jobcheck.facts import Call

_LEAVES = (facts.Span, facts.Literal, facts.Opaque, facts.Defined, facts.Import)
_PLAIN = frozenset({"span", "op", "kind", "name", "star", "awaited"})
_FIELDS: dict[type, tuple[str, ...]] = dict.fromkeys(_LEAVES, ())


def fields(kind: type) -> tuple[str, ...]:
    """The fields of a kind of fact that may hold further facts; none for what is no fact."""
    found = _FIELDS.get(kind)
    if found is None:
        named = getattr(kind, "__struct_fields__", ())
        found = _FIELDS[kind] = tuple(name for name in named if name not in _PLAIN)
    return found


def calls(node: object) -> list[Call]:
    """Every call in a value, statement or block, an inner call before the one that holds it."""
    found: list[Call] = []
    _gather(node, found)
    return found


def _gather(node: object, found: list[Call]) -> None:
    if isinstance(node, tuple):
        for part in node:
            _gather(part, found)
        return
    for name in fields(type(node)):
        _gather(getattr(node, name), found)
    if isinstance(node, Call):
        found.append(node)

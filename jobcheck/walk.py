"""Goes through facts of any shape and finds the calls in them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from jobcheck.facts import Call, Span


def calls(node: object) -> Iterator[Call]:
    """Every call in a value, statement or block, an inner call before the one that holds it."""
    if isinstance(node, tuple):
        for part in node:
            yield from calls(part)
    elif isinstance(node, Struct) and not isinstance(node, Span):
        for name in node.__struct_fields__:
            yield from calls(getattr(node, name))
        if isinstance(node, Call):
            yield node

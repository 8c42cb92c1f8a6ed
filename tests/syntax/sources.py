"""Short ways to write down what a piece of source is expected to say, wherever it lies."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import msgspec

from jobcheck.facts import Block, FileFacts, Literal, Place, Read, Span, Truth
from jobcheck.syntax import read

ANYWHERE = Span(0, 0, 0, 0)


def facts(source: str) -> FileFacts:
    """All that an indented piece of source says."""
    found = read(dedent(source).encode())
    assert isinstance(found, FileFacts), found
    return found


def block(source: str) -> Block:
    """The module level of a source, with every span replaced by ANYWHERE."""
    return unplaced(facts(source).outline.block)


def body(source: str, qualname: str = "f") -> Block:
    return unplaced(facts(source).bodies[qualname])


def unplaced(node: Any) -> Any:
    if isinstance(node, Span):
        return ANYWHERE
    if isinstance(node, tuple):
        return tuple(map(unplaced, node))
    if isinstance(node, msgspec.Struct):
        return type(node)(*(unplaced(getattr(node, field)) for field in node.__struct_fields__))
    return node


def name(written: str) -> Read:
    root, *path = written.split(".")
    return Read(Place(root, tuple(path)), ANYWHERE)


def true(written: str) -> Truth:
    return Truth(name(written))


def literal(value: str | int | float | bool | None) -> Literal:
    return Literal(value, ANYWHERE)

"""Small projects made of source text, and questions about what stands in them."""

from __future__ import annotations

from textwrap import dedent

from jobcheck.facts import Bind, FileFacts, Value
from jobcheck.link.entities import Entity
from jobcheck.link.fold import fold
from jobcheck.link.index import Index
from jobcheck.link.names import Modules
from jobcheck.link.resolve import Resolver
from jobcheck.model import FunctionRef
from jobcheck.syntax import read

LATER = 500
"""A line after all others: what is asked about is read at the end of its block."""


def facts_of(source: str) -> FileFacts:
    found = read(dedent(source).encode())
    assert isinstance(found, FileFacts), found
    return found


def project(files: dict[str, str], unread: tuple[str, ...] = ()) -> Resolver:
    """A resolver over files by path; those `unread` are known to exist and no more."""
    modules = Modules((*files, *unread))
    return Resolver(Index(modules, {path: facts_of(text) for path, text in files.items()}))


def value_of(expression: str, line: int = LATER) -> Value:
    """An expression as a value that stands at the given line."""
    bind = facts_of("\n" * (line - 1) + f"_ = {expression}\n").outline.block[0]
    assert isinstance(bind, Bind)
    return bind.value


def entity_at(resolver: Resolver, path: str, expression: str, inside: str = "", line: int = LATER) -> Entity:
    """What an expression stands for in a module, or inside the function or class of a qualified name;
    at its end, or at a line."""
    return resolver.entity(value_of(expression, line), resolver.scope(FunctionRef(path, inside)))


def path_at(resolver: Resolver, path: str, expression: str, inside: str = "", line: int = LATER) -> str:
    """The canonical path of what an expression stands for."""
    return resolver.path(entity_at(resolver, path, expression, inside, line))


def folded(resolver: Resolver, path: str, name: str, inside: str = "") -> object:
    """The constant that a name holds at the end of its block."""
    return fold(resolver, entity_at(resolver, path, name, inside))


def entity(source: str, name: str = "x", inside: str = "") -> Entity:
    """What a name stands for in a project of one file."""
    return entity_at(project({"m.py": source}), "m.py", name, inside)


def path(source: str, name: str = "x", inside: str = "") -> str:
    """The canonical path of what a name stands for in a project of one file."""
    return path_at(project({"m.py": source}), "m.py", name, inside)


def constant(source: str, name: str = "x", inside: str = "") -> object:
    """The constant that a name holds in a project of one file."""
    return folded(project({"m.py": source}), "m.py", name, inside)

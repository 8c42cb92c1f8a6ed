"""`# jobcheck:` comments, and the lines that each of them speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import libcst as cst

from jobcheck.facts import Directive
from jobcheck.syntax.positions import SUITES, Positions

Lines = tuple[int, int]
Verb = Literal["ignore", "ignore-file", "idempotent", "unreadable"]
Parsed = tuple[Verb, tuple[str, ...], str]

_OURS = re.compile(r"#\s*jobcheck:\s*(.*)")
_DIRECTIVE = re.compile(r"([\w-]*)\s*(?:\[([^\]]*)\])?\s*(.*)")
_NAME = re.compile(r"[A-Za-z0-9][\w-]*")
_EXAMPLES: dict[Verb, str] = {
    "ignore": "ignore[JC301] -- why",
    "ignore-file": "ignore-file[JC301] -- why",
    "idempotent": "idempotent[flag] -- why",
}


def directives(module: cst.Module, at: Positions) -> tuple[Directive, ...]:
    """The directives of a file, in order."""
    ours = [(start, comment) for start, comment in at.comments if _OURS.fullmatch(comment)]
    if not ours:
        return ()
    statements = sorted(_statements(module, at))
    return tuple(_directive(start, comment, statements, at) for start, comment in ours)


def _directive(start: int, comment: str, statements: list[Lines], at: Positions) -> Directive:
    verb, names, reason = _parsed(_OURS.sub(r"\1", comment).rstrip())
    span = at.between(start, start + len(comment))
    if verb != "ignore-file":
        return Directive(verb, names, reason, span, _covers(span.line, statements))
    if statements and span.line >= statements[0][0]:
        reason = "ignore-file must stand before the first statement of the file"
        return Directive("unreadable", (), reason, span, (span.line, span.line))
    return Directive(verb, names, reason, span, (1, at.last_line))


def _parsed(written: str) -> Parsed:
    found = _DIRECTIVE.fullmatch(written)
    verb, listed, rest = found.groups() if found else ("", None, "")
    if verb not in _EXAMPLES:
        return _unreadable(f"unknown directive {verb!r}; there are {', '.join(_EXAMPLES)}")
    example = _EXAMPLES[verb]
    names = tuple(name.strip() for name in (listed or "").split(","))
    if not all(map(_NAME.fullmatch, names)):
        return _unreadable(f"names are missing in brackets; write {example}")
    if rest and not rest.startswith("--"):
        return _unreadable(f"the reason comes after two dashes; write {example}")
    return verb, names, rest[2:].strip()


def _unreadable(reason: str) -> Parsed:
    return "unreadable", (), reason


def _covers(line: int, statements: list[Lines]) -> Lines:
    """The statement that the line is part of, else the next one."""
    around = [lines for lines in statements if lines[0] <= line <= lines[1]]
    if around:
        return around[0][0], max(last for _, last in around)
    return next((lines for lines in statements if lines[0] > line), (line, line))


def _statements(module: cst.Module, at: Positions) -> Iterator[Lines]:
    """The lines of each simple statement and of each header, decorators included."""
    pending: list[cst.CSTNode] = list(module.body)
    while pending:
        node = pending.pop()
        yield _extent(node, at)
        pending += _inner(node)


def _extent(node: cst.CSTNode, at: Positions) -> Lines:
    if isinstance(node, cst.Match):
        return at(node).line, at(node.subject).end_line
    body = getattr(node, "body", None)
    if not isinstance(body, SUITES):
        return at(node).line, at(node).end_line
    first = at.whole(node) if isinstance(node, (cst.FunctionDef, cst.ClassDef)) else at(node)
    return first.line, at.header(node, body).end_line


def _inner(node: cst.CSTNode) -> list[cst.CSTNode]:
    if isinstance(node, cst.Match):
        return list(node.cases)
    body = getattr(node, "body", None)
    inner: list[cst.CSTNode] = list(body.body) if isinstance(body, cst.IndentedBlock) else []
    if isinstance(body, cst.SimpleStatementSuite):
        inner.append(body)
    clauses = (
        *getattr(node, "handlers", ()),
        getattr(node, "orelse", None),
        getattr(node, "finalbody", None),
    )
    return inner + [clause for clause in clauses if clause is not None]

"""Where each node of a tree lies, found by counting characters while libcst writes it out again.

Spans are those of libcst's PositionProvider (parentheses and surrounding space left out), at a
small part of its cost.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from types import TracebackType

import libcst as cst
from libcst._nodes.internal import CodegenState

from jobcheck.facts import Span

_NEWLINE = re.compile(r"\r\n?|\n")
SUITES = (cst.IndentedBlock, cst.SimpleStatementSuite)


class _Counter(CodegenState):
    """Counts the characters written; it is also the context manager that encloses a node's text."""

    __slots__ = ("comments", "extents", "headers", "offset", "open")

    def __init__(self, module: cst.Module) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.offset = 0
        self.open: list[tuple[cst.CSTNode, int, cst.CSTNode | None]] = []
        self.extents: dict[int, tuple[int, int]] = {}
        self.headers: dict[int, int] = {}
        self.comments: list[tuple[int, str]] = []

    def add_token(self, value: str) -> None:
        self.offset += len(value)

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.offset += len(token)

    def before_codegen(self, node: cst.CSTNode) -> None:
        kind = type(node)
        if kind in SUITES:
            self.headers[id(node)] = self.offset
        elif kind is cst.Comment:
            self.comments.append((self.offset, node.value))  # type: ignore[attr-defined]

    def record_syntactic_position(  # type: ignore[override]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,  # noqa: ARG002
        end_node: cst.CSTNode | None = None,
    ) -> _Counter:
        self.open.append((node, self.offset, end_node))
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        node, start, end_node = self.open.pop()
        end = self.extents.get(id(end_node))
        self.extents[id(node)] = (start, end[1] if end else self.offset)


def _written(module: cst.Module, text: str, length: int) -> str:
    """The text as libcst writes it: with a newline more, and without a form feed that starts a line."""
    return text if length == len(text) + len(module.default_newline) else module.code


class Positions:
    """The spans of one module's nodes: `positions(node)`."""

    def __init__(self, module: cst.Module, text: str) -> None:
        counter = _Counter(module)
        module._codegen(counter)
        self._extents, self._headers = counter.extents, counter.headers
        self._lines = [
            0,
            *(found.end() for found in _NEWLINE.finditer(_written(module, text, counter.offset))),
        ]
        self.comments = counter.comments
        self.last_line = len(self._lines)

    def __call__(self, node: cst.CSTNode) -> Span:
        return self.between(*self._extents[id(node)])

    def between(self, start: int, end: int) -> Span:
        """The span from one character to another, counted from 0; the end is exclusive."""
        lines = self._lines
        first, last = bisect_right(lines, start), bisect_right(lines, end)
        return Span(first, start - lines[first - 1] + 1, last, end - lines[last - 1] + 1)

    def across(self, first: cst.CSTNode, last: cst.CSTNode) -> Span:
        return self.between(self._extents[id(first)][0], self._extents[id(last)][1])

    def header(self, node: cst.CSTNode, suite: cst.BaseSuite) -> Span:
        """From the start of a compound statement to the colon before its suite, colon included."""
        return self.between(self._extents[id(node)][0], self._headers[id(suite)])

    def whole(self, node: cst.FunctionDef | cst.ClassDef) -> Span:
        """A definition with its decorators."""
        return self.across(node.decorators[0] if node.decorators else node, node)

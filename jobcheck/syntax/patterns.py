"""`match` as a chain of tests on its subject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Union

import libcst as cst

from jobcheck.facts import (
    All,
    Any,
    Bind,
    Compare,
    Literal,
    Opaque,
    Place,
    Read,
    Sequence,
    Span,
    Test,
    Truth,
    Value,
)
from jobcheck.syntax.values import Values

Binding = tuple[str, Value]
# None is the test that always succeeds.
Matched = tuple[Union[Test, None], list[Binding]]

SUBJECT = Place("<subject>")


def repeatable(subject: Value) -> bool:
    """Whether the subject can be written once for every case without running anything twice."""
    if isinstance(subject, Sequence):
        return all(map(repeatable, subject.items))
    return isinstance(subject, Literal) or (isinstance(subject, Read) and isinstance(subject.place.root, str))


def bindings(found: list[Binding], span: Span) -> tuple[Bind, ...]:
    return tuple(Bind((Place(name),), value, span) for name, value in found)


class Patterns:
    """Lowers the patterns of one file."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def match(self, pattern: cst.MatchPattern, subject: Value) -> Matched:
        """The test that a pattern makes of the subject, and the names it captures."""
        if isinstance(pattern, cst.MatchAs):
            return self._capture(pattern, subject)
        if isinstance(pattern, cst.MatchValue):
            return Compare("==", subject, self._values.value(pattern.value)), []
        if isinstance(pattern, cst.MatchSingleton):
            return Compare("is", subject, self._values.value(pattern.value)), []
        if isinstance(pattern, cst.MatchOr):
            return self._either(pattern, subject)
        if isinstance(pattern, cst.MatchSequence) and isinstance(subject, Sequence):
            return self._items(pattern, subject)
        return self._structure(pattern)

    def _capture(self, pattern: cst.MatchAs, subject: Value) -> Matched:
        test, found = (None, []) if pattern.pattern is None else self.match(pattern.pattern, subject)
        return test, found if pattern.name is None else [*found, (pattern.name.value, subject)]

    def _either(self, pattern: cst.MatchOr, subject: Value) -> Matched:
        tests = [self.match(element.pattern, subject)[0] for element in pattern.patterns]
        complete = [test for test in tests if test is not None]
        captured = self._opaque(pattern)
        return Any(tuple(complete)) if len(complete) == len(tests) else None, captured

    def _items(self, pattern: cst.MatchSequence, subject: Sequence) -> Matched:
        patterns = [item.value for item in pattern.patterns if isinstance(item, cst.MatchSequenceElement)]
        if not len(patterns) == len(pattern.patterns) == len(subject.items):
            return self._structure(pattern)
        matched = [self.match(*pair) for pair in zip(patterns, subject.items, strict=True)]
        tests = tuple(test for test, _ in matched if test is not None)
        return All(tests) if tests else None, [binding for _, found in matched for binding in found]

    def _structure(self, pattern: cst.MatchPattern) -> Matched:
        return Truth(Opaque("pattern", self._values.at(pattern))), self._opaque(pattern)

    def _opaque(self, pattern: cst.MatchPattern) -> list[Binding]:
        return [(name.value, Opaque("pattern", self._values.at(name))) for name in _captures(pattern)]


def _captures(node: cst.CSTNode) -> Iterator[cst.Name]:
    for inner in _inner(node):
        yield from _captures(inner)
    if isinstance(node, (cst.MatchAs, cst.MatchStar)) and node.name is not None:
        yield node.name
    elif isinstance(node, cst.MatchMapping) and node.rest is not None:
        yield node.rest


def _inner(node: cst.CSTNode) -> list[cst.CSTNode]:
    if isinstance(node, cst.MatchAs):
        return [] if node.pattern is None else [node.pattern]
    if isinstance(node, cst.MatchOr):
        return [node.patterns[0].pattern]  # every alternative binds the same names
    if isinstance(node, cst.MatchSequence):
        return [item.value if isinstance(item, cst.MatchSequenceElement) else item for item in node.patterns]
    if isinstance(node, cst.MatchMapping):
        return [element.pattern for element in node.elements]
    if isinstance(node, cst.MatchClass):
        return [*(item.value for item in node.patterns), *(item.pattern for item in node.kwds)]
    return []

"""Finds source nested so deeply that the native parser, which recurses, would not survive it."""

from __future__ import annotations

import re

from jobcheck.facts import Span

_BRACKETS = 200  # Python's own limit
_LINKS = 1000
_ALTERNATIVES = 5000

# Every alternative starts with a literal character: so the search can skip what starts none.
_TOKEN = re.compile(
    "|".join(
        (
            r"#[^\r\n]*",
            r"\\\r?\n",
            r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""',
            r"'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''",
            r'"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"',
            r"'[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*'",
            *map(re.escape, "()[]{},;\r\n+-*/%.|&^~@<>"),
            *(rf"{word}\b" for word in ("lambda", "not", "else", "and", "or", "await", "for", "elif", "def")),
        )
    ),
    re.DOTALL,
)
_FORMATTED = re.compile(r"""(?:\{\s*[fFtTrR]{1,2}["'][^\n"'{}]*){150}""")


class NestingError(Exception):
    """Raised on the way through a tree that has been parsed all the same."""

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self.span = span


def too_deep(text: str) -> int | None:
    """Where brackets, or the operators of one expression, exceed what can be read."""
    formatted = _FORMATTED.search(text)
    if formatted:
        return formatted.start()
    links, alternatives = [0], 0  # of the expression at hand in each open bracket; of one `if`
    for found in _TOKEN.finditer(text):
        piece = found.group()
        if piece in ",;":
            links[-1] = 0
        elif piece in "\r\n":
            if len(links) == 1:
                links[0] = 0
        elif piece in ")]}":
            if len(links) > 1:
                links.pop()
        elif piece == "elif":
            alternatives += 1
            if alternatives > _ALTERNATIVES:
                return found.start()
        elif piece == "def":
            alternatives = 0
        elif piece[0] not in "#\\":
            links[-1] += 1
            if links[-1] > _LINKS or len(links) > _BRACKETS:
                return found.start()
            if piece in "([{":
                links.append(0)
    return None

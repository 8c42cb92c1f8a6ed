"""Where a line of one state of a text is in another."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NEWLINE = re.compile(r"\r\n?|\n")


def drifted(now: str, then: Sequence[str], line: int) -> int | None:
    """The line, counted from 0, that the same line had `then`; None when it has been changed since.

    What stands before and after all changes is taken for the same.
    """
    lines = _NEWLINE.split(now)
    if not lines[-1]:
        lines.pop()
    above = _common(lines, then)
    below = _common(lines[above:][::-1], then[above:][::-1])
    if line < above:
        return line
    return line + len(then) - len(lines) if line >= len(lines) - below else None


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines at the beginning are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (mine, yours) in pairs if mine != yours), min(len(one), len(other)))

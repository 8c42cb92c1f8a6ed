"""The source lines a finding points at, with the place underlined."""

from __future__ import annotations

from collections.abc import Iterator

from jobcheck.report import Reported
from jobcheck.terminal import View

LINES = 3
GUTTER = 13


def excerpt(reported: Reported, view: View) -> Iterator[str]:
    """The first lines of the finding's place, none wider than the view."""
    if not reported.excerpt:
        return
    span, first = reported.finding.at.span, reported.excerpt[0]
    end = span.end_column if span.end_line == span.line else len(first.rstrip()) + 1
    mark = " " * (span.column - 1) + "^" * max(1, end - span.column)
    skipped = max(0, span.column - (view.width - GUTTER) // 2) if len(first) > view.width - GUTTER else 0
    yield _row(str(span.line), "…" * bool(skipped) + first[skipped:], view)
    yield _row("", " " * bool(skipped) + mark[skipped:], view, reported.severity)
    for offset, line in enumerate(reported.excerpt[1:LINES], 1):
        yield _row(str(span.line + offset), line, view)
    if len(reported.excerpt) > LINES:
        yield _row("", "…", view)


def _row(number: str, text: str, view: View, style: str = "") -> str:
    shown = "".join(char if char.isprintable() else " " for char in text).rstrip()
    room = view.width - GUTTER
    if len(shown) > room:
        shown = shown[: room - 1] + "…"
    bar = view.paint("dim", f"    {number:>6} |")
    return f"{bar} {view.paint(style, shown) if style else shown}".rstrip()

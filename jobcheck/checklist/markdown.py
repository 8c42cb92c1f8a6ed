"""For a comment on a merge request: totals and the riskiest jobs open, all others folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from jobcheck.checklist.matrix import LEGEND, MARKS, Matrix, Row
from jobcheck.checklist.naming import shortest, some
from jobcheck.checklist.questions import Question
from jobcheck.checklist.sheet import sheet
from jobcheck.checklist.summary import beyond, summary, total
from jobcheck.terminal import View, counted

LIMIT = 60_000
"""Characters: GitHub refuses a comment of more than 65,536."""

MARGIN = 300
"""Characters: room for the line that says what is left out, and for a title."""

OPEN = 10
NAMED = 5
_SPECIAL = re.compile(r"[\s`|<>]+")


def matrices(found: Sequence[Matrix], view: View) -> str:
    sections = []
    for each in found:
        title = ["", f"### {_plain(view.path(each.report.root, '.'))}"] if len(found) > 1 else []
        sections.append("\n".join([*title, *_matrix(each, LIMIT // len(found))]))
    return "\n".join(["## Background jobs beside the checklist", *_within(LIMIT, sections, "project")]) + "\n"


def sheets(found: Sequence[Matrix], view: View) -> str:
    text = [line for each in found for row in each.rows for line in [*sheet(row, each, view), ""]]
    fence = "~" * 4
    return "\n".join([f"{fence}text", *_within(LIMIT, text[:-1], "line"), fence]) + "\n"


def questions(asked: Sequence[Question], _view: View) -> str:
    lines = ["## Background jobs: what only people can decide", "", f"{total(asked)}."]
    return "\n".join([*lines, *_within(LIMIT, [_question(each) for each in asked], "question")]) + "\n"


def _question(question: Question) -> str:
    points = (
        f"  - {_code(point.about)}, {counted(len(point.names), 'job')}: "
        f"{some([_code(name) for name in point.names], NAMED)}"
        for point in question.points[:OPEN]
    )
    left = len(question.points) - OPEN
    more = [f"  - and {left:,} more"] if left > 0 else []
    return "\n".join([f"\n- [ ] **{question.text}**", *points, *more, "", f"  Answer: {question.answer}"])


def _matrix(matrix: Matrix, limit: int) -> Iterator[str]:
    """One project's part of the comment, in no more than so many characters where it has many jobs."""
    open_ = list(_open(matrix))
    yield from open_
    if len(matrix.alike) > OPEN or any(len(rows) > NAMED for rows in matrix.alike):
        heads = [
            "",
            f"<details><summary>All {counted(len(matrix.rows), 'job')}</summary>",
            "",
            *_header(matrix),
        ]
        yield from heads
        lines = [_line(_code(row.site.job.name), row) for row in matrix.rows]
        yield from _within(limit - sum(len(line) + 1 for line in [*open_, *heads]) - MARGIN, lines, "job")
        yield from ["", "</details>"]


def _open(matrix: Matrix) -> Iterator[str]:
    yield from ["", f"**{summary(matrix)}** · profile {matrix.report.profile}"]
    for each in matrix.report.problems:
        yield f"\nCannot be read: {_code(f'{each.path}:{each.line}')} {_plain(each.message)}"
    if not matrix.rows:
        return
    yield from ["", *_boxes(matrix), "", " · ".join(f"{MARKS[s]} {LEGEND[s]}" for s in MARKS)]
    if beyond(matrix):
        yield f"\n{beyond(matrix)}."
    names = {name: _code(end) for name, end in shortest(r.site.job.name for r in matrix.rows).items()}
    yield from ["", "Jobs, the riskiest first:", "", *_header(matrix)]
    for rows in matrix.alike[:OPEN]:
        yield _line(some([names[row.site.job.name] for row in rows], NAMED), rows[0])


def _boxes(matrix: Matrix) -> Iterator[str]:
    yield f"| box | what must hold | {' | '.join(MARKS.values())} |"
    yield f"|---|---|{'--:|' * len(MARKS)}"
    for box in matrix.boxes:
        numbers = " | ".join(str(number or "") for number in matrix.totals(box).values())
        yield f"| **{box.head}** | {box.text} | {numbers} |"


def _header(matrix: Matrix) -> list[str]:
    heads = " | ".join(box.head for box in matrix.boxes)
    return [f"| job | {heads} |", f"|---|{':-:|' * len(matrix.boxes)}"]


def _line(name: str, row: Row) -> str:
    more = f" +{len(row.beyond)}" if row.beyond else ""
    return f"| {name}{more} | {' | '.join(MARKS[state] for state in row.marks)} |"


def _within(limit: int, lines: Iterable[str], noun: str) -> Iterator[str]:
    """The lines as long as there is room, and one that says what is left out."""
    lines = list(lines)
    for index, line in enumerate(lines):
        limit -= len(line) + 1
        if limit < 0:
            yield f"\n… and {counted(len(lines) - index, noun)} more: there is no room here for all of them."
            return
        yield line


def _code(text: str) -> str:
    return f"`{_plain(text)}`"


def _plain(text: str) -> str:
    """The text without what would end a cell, a code span or the comment's own tags."""
    return _SPECIAL.sub(" ", text)

"""For people at a terminal: what each box comes to, then the jobs, those alike together."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from jobcheck.catalog import Box
from jobcheck.checklist.matrix import LEGEND, MARKS, Matrix, Row, State
from jobcheck.checklist.naming import fitted, shortest, some
from jobcheck.checklist.questions import Question
from jobcheck.checklist.sheet import sheet
from jobcheck.checklist.summary import beyond, summary, total
from jobcheck.terminal import View, counted

COLUMN = 3
HEAD = 7
NUMBER = 5
BESIDES = 4
NARROWEST = 16
NAMED = 12
TITLE = ("jobs,", "the riskiest first")
STYLES: dict[State, str] = {
    "fail": "error",
    "unknown": "warning",
    "not-applicable": "dim",
    "declared": "note",
}


def matrices(found: Sequence[Matrix], view: View) -> str:
    lines: list[str] = []
    for each in found:
        root = view.path(each.report.root, ".")
        lines += [view.paint("bold", f"{root}:")] if len(found) > 1 else []
        lines += [*_matrix(each, view), ""]
    return _joined(lines)


def sheets(found: Sequence[Matrix], view: View) -> str:
    return _joined([line for each in found for row in each.rows for line in [*sheet(row, each, view), ""]])


def questions(asked: Sequence[Question], view: View) -> str:
    lines = [view.paint("bold", total(asked)), ""]
    for number, question in enumerate(asked, 1):
        lines += [view.paint("bold", line) for line in view.wrap(f"{number}. {question.text}", "", "   ")]
        for point in question.points:
            jobs = some(point.names, NAMED)
            lines += view.wrap(f"{point.about}  {counted(len(point.names), 'job')}: {jobs}", "   ", "     ")
        lines += [*view.wrap(f"Answer: {question.answer}", "   ", "           "), ""]
    return _joined(lines)


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines[:-1]) + "\n"


def _matrix(matrix: Matrix, view: View) -> Iterator[str]:
    yield from view.wrap(f"{summary(matrix)} · profile {matrix.report.profile}", "")
    for problem in matrix.report.problems:
        place = view.place(matrix.report.root, problem.path, problem.line, problem.column)
        yield f"{place}: {view.paint('error', 'cannot be read')}: {problem.message}"
    if not matrix.rows:
        return
    yield from ["", *_boxes(matrix, view), "", *_legend(view), "", *_jobs(matrix, view), ""]
    if beyond(matrix):
        yield beyond(matrix)
    first = matrix.rows[0].site.job.name
    name = shortest(row.site.job.name for row in matrix.rows)[first]
    yield from [f"Next: jobcheck checklist --job {name}", "      jobcheck checklist --questions"]


def _boxes(matrix: Matrix, view: View) -> Iterator[str]:
    """Each box: its word, what it asks, and how many jobs are in each state."""
    width = max(NARROWEST, view.width - HEAD - NUMBER * len(MARKS))
    marks = "".join(f"{mark:>{NUMBER}}" for mark in MARKS.values())
    yield view.paint("bold", f"{'box':<{HEAD}}{'what must hold':<{width}}{marks}")
    for box in matrix.boxes:
        first, *more = textwrap.wrap(box.text, width)
        numbers = (_number(state, number, view) for state, number in matrix.totals(box).items())
        yield f"{box.head:<{HEAD}}{first:<{width}}{''.join(numbers)}"
        yield from (" " * HEAD + line for line in more)


def _number(state: State, number: int, view: View) -> str:
    shown = f"{number or '·':>{NUMBER}}"
    return view.paint(STYLES[state], shown) if number and state in STYLES else shown


def _legend(view: View) -> list[str]:
    return view.wrap(" · ".join(f"{mark} {LEGEND[state]}" for state, mark in MARKS.items()), "")


def _jobs(matrix: Matrix, view: View) -> Iterator[str]:
    names = shortest(row.site.job.name for row in matrix.rows)
    room = max(NARROWEST, view.width - COLUMN * len(matrix.boxes) - BESIDES)
    width = min(room, 2 + max(*map(len, TITLE), *(len(row.site.job.name) for row in matrix.rows)))
    yield from (view.paint("bold", line) for line in _heads(matrix.boxes, width))
    for first, *others in matrix.alike:
        yield f"{fitted(first.site.job.name, width - 2):<{width}}{_marks(first, view)}"
        if others:
            alike = some([names[each.site.job.name] for each in others], NAMED)
            lines = view.wrap(f"+{len(others)} alike: {alike}", "  ", "    ")
            yield from (view.paint("dim", line) for line in lines)


def _heads(boxes: Sequence[Box], width: int) -> Iterator[str]:
    """The words above the columns, in two rows, as a column is narrower than a word."""
    for start, title in enumerate(TITLE):
        words = "".join(f"{box.head:<{2 * COLUMN}}" for box in boxes[start::2])
        yield f"{title:<{width + start * COLUMN}}{words}".rstrip()


def _marks(row: Row, view: View) -> str:
    painted = (view.paint(STYLES[s], MARKS[s]) if s in STYLES else MARKS[s] for s in row.marks)
    more = f"{'':{COLUMN - 1}}+{len(row.beyond)}" if row.beyond else ""
    return (" " * (COLUMN - 1)).join(painted) + more

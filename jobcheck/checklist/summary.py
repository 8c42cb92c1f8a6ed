"""The lines that sum up, the same in every format for people."""

from __future__ import annotations

from collections.abc import Sequence

from jobcheck.checklist.matrix import Matrix
from jobcheck.checklist.questions import Question
from jobcheck.terminal import counted


def summary(matrix: Matrix) -> str:
    """How many jobs there are, and how many of them fail nothing."""
    if not matrix.rows:
        return "No job found"
    sound = sum("fail" not in row.marks for row in matrix.rows)
    boxes = f"{len(matrix.boxes):,} box{'' if len(matrix.boxes) == 1 else 'es'}"
    return f"{counted(len(matrix.rows), 'job')}, {boxes} · {sound:,} without a failed box"


def beyond(matrix: Matrix) -> str:
    """What the numbers after the boxes count; "" where there are none."""
    found = sum(len(row.beyond) for row in matrix.rows)
    codes = ", ".join(sorted({each.code for row in matrix.rows for each in row.beyond}))
    return f"+1: {counted(found, 'finding')} of rules beyond these boxes ({codes})" if found else ""


def total(asked: Sequence[Question]) -> str:
    """How many questions there are, about how many jobs."""
    if not asked:
        return "No question is open"
    jobs = {name for question in asked for point in question.points for name in point.jobs}
    about = f"about {counted(len(jobs), 'job')}, for somebody who knows the system"
    return f"{counted(len(asked), 'question')} {about}"

"""All that is known of one job: its boxes and why, its options, what it does and what guards that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jobcheck.checklist.matrix import MARKS, Cell, Matrix, Row, Verdict
from jobcheck.conduct import conduct
from jobcheck.inventory import SETTINGS, told
from jobcheck.report import Report
from jobcheck.terminal import View

TELLING = ("fail", "unknown", "declared")


def sheet(row: Row, matrix: Matrix, view: View) -> Iterator[str]:
    """The sheet, line by line; it wants to be read beside the source."""
    job, report = row.site.job, matrix.report
    place = view.place(report.root, job.at.path, job.at.span.line)
    queue = f"  queue {job.queue}" if job.queue else ""
    yield f"{view.paint('bold', job.name)}  {job.framework}  {row.site.kind}{queue}  {place}"
    for each in row.site.producers:
        yield f"  enqueued at {view.place(report.root, each.at.path, each.at.span.line)}"
    yield from ["", view.paint("bold", "Boxes")]
    for cell in row.cells:
        yield from _cell(cell, report, view)
    if row.beyond:
        yield from ["", view.paint("bold", "Besides"), *_verdicts(row.beyond, report, view)]
    yield from ["", view.paint("bold", "Options in effect")]
    for name in SETTINGS:
        yield f"  {name:<15} {told(getattr(job.options, name), report, view)}"
    yield from ["", view.paint("bold", "What it does, and what guards it"), *conduct(row.site, report, view)]


def _cell(cell: Cell, report: Report, view: View) -> Iterator[str]:
    yield f"  {MARKS[cell.state]} {cell.box.head:<5}  {cell.box.text}"
    told = [verdict for verdict in cell.verdicts if verdict.state in TELLING]
    if cell.state == "not-applicable":
        told = list({verdict.says: verdict for verdict in cell.verdicts}.values())
    yield from _verdicts(told, report, view)


def _verdicts(verdicts: Iterable[Verdict], report: Report, view: View) -> Iterator[str]:
    for each in verdicts:
        place = f" ({view.path(report.root, each.at.path)}:{each.at.span.line})" if each.at else ""
        yield from view.wrap(f"{MARKS[each.state]} {each.code} {each.says}{place}", "      ", "        ")

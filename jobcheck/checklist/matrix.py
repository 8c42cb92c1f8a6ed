"""Jobs beside boxes: what the outcomes of a run come to, box by box. Nothing is judged here again."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Literal, Union

from msgspec import Struct

from jobcheck.catalog import Box, Catalog
from jobcheck.model import Declared, Fail, Location, NotApplicable, Outcome, Pass, Site, Unknown
from jobcheck.report import Report

State = Literal["fail", "unknown", "declared", "pass", "not-applicable"]

GRAVEST: tuple[State, ...] = ("fail", "unknown", "declared", "pass", "not-applicable")
"""The states of a cell: of those of its rules the first counts."""

MARKS: dict[State, str] = {"pass": "✓", "fail": "✗", "unknown": "~", "not-applicable": "–", "declared": "d"}
LEGEND: dict[State, str] = {
    "pass": "passes",
    "fail": "fails",
    "unknown": "could not be told",
    "not-applicable": "does not apply",
    "declared": "its author vouches for it",
}


class Verdict(Struct, frozen=True):
    """What one rule says of a job; `says` is the reason, where it gives one."""

    code: str
    state: State
    says: str = ""
    at: Union[Location, None] = None


class Cell(Struct, frozen=True):
    """One box of one job, and what the rules say that tick it."""

    box: Box
    verdicts: tuple[Verdict, ...]

    @property
    def state(self) -> State:
        states = {verdict.state for verdict in self.verdicts}
        return next((state for state in GRAVEST if state in states), "not-applicable")


class Row(Struct, frozen=True):
    """One job, and all that the rules say of it."""

    site: Site
    cells: tuple[Cell, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def beyond(self) -> list[Verdict]:
        """The failures of rules that tick none of the boxes."""
        within = {verdict for cell in self.cells for verdict in cell.verdicts}
        return [each for each in self.verdicts if each.state == "fail" and each not in within]

    @property
    def marks(self) -> tuple[State, ...]:
        return tuple(cell.state for cell in self.cells)


class Matrix(Struct, frozen=True):
    """The jobs asked for, the riskiest first, beside the boxes that have a rule which ran."""

    report: Report
    boxes: tuple[Box, ...]
    rows: tuple[Row, ...]

    def totals(self, box: Box) -> dict[State, int]:
        """How many jobs are in each state."""
        states = [cell.state for row in self.rows for cell in row.cells if cell.box == box]
        return {state: states.count(state) for state in MARKS}

    @property
    def alike(self) -> list[list[Row]]:
        """The rows in groups that look the same, in the order of their first."""
        groups: dict[tuple[tuple[State, ...], int], list[Row]] = {}
        for row in self.rows:
            groups.setdefault((row.marks, len(row.beyond)), []).append(row)
        return list(groups.values())


def matrix(report: Report, catalog: Catalog) -> Matrix:
    """The matrix of a report on single findings: one that was asked for in full, without a baseline."""
    said = _said(report)
    ran = {verdict.code for verdicts in said.values() for verdict in verdicts}
    boxes = tuple(box for box in catalog.boxes if ran & _ticking(box, catalog))
    rows = (_row(site, boxes, said[site.job.name], catalog) for site in report.sites)
    return Matrix(report, boxes, tuple(sorted(rows, key=_risk(report))))


def _ticking(box: Box, catalog: Catalog) -> set[str]:
    return {rule.code for rule in catalog.rules if box.id in rule.boxes}


def _row(site: Site, boxes: Iterable[Box], verdicts: list[Verdict], catalog: Catalog) -> Row:
    ticking = {box: _ticking(box, catalog) for box in boxes}
    cells = (
        Cell(box, tuple(each for each in verdicts if each.code in codes)) for box, codes in ticking.items()
    )
    return Row(site, tuple(cells), tuple(verdicts))


def _said(report: Report) -> defaultdict[str, list[Verdict]]:
    """The verdicts on each job, those left out that the settings do not ask for in its files."""
    shown = {(each.finding.code, each.finding.subject) for each in report.findings}
    hidden = frozenset(report.suppressed)
    said: defaultdict[str, list[Verdict]] = defaultdict(list)
    for outcome in report.outcomes:
        if not isinstance(outcome, Fail):
            said[outcome.subject].append(_verdict(outcome))
            continue
        finding = outcome.finding
        if finding in hidden:
            vouched = Verdict(
                finding.code, "declared", "suppressed, with a reason, in the source", finding.at
            )
            said[finding.subject].append(vouched)
        elif (finding.code, finding.subject) in shown:
            said[finding.subject].append(_verdict(outcome))
    return said


def _verdict(outcome: Outcome) -> Verdict:
    match outcome:
        case Fail(finding=finding):
            return Verdict(finding.code, "fail", finding.message, finding.at)
        case Unknown(code=code, why=why, at=at):
            return Verdict(code, "unknown", why, at)
        case Declared(code=code, strategy=strategy, at=at):
            return Verdict(code, "declared", f"declared idempotent by {strategy}", at)
        case NotApplicable(code=code, reason=reason):
            return Verdict(code, "not-applicable", reason)
        case Pass(code=code):
            return Verdict(code, "pass")


def _risk(report: Report) -> Callable[[Row], tuple[float, int, str]]:
    """Orders rows by their gravest finding, as findings are ordered, then by how little can be told."""
    ranks: dict[str, int] = {}
    for rank, each in enumerate(report.findings):
        ranks.setdefault(each.finding.subject, rank)

    def key(row: Row) -> tuple[float, int, str]:
        name = row.site.job.name
        return ranks.get(name, math.inf), -row.marks.count("unknown"), name

    return key

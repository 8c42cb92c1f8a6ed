"""One line a finding, for editors, logs and grep."""

from __future__ import annotations

from collections.abc import Sequence

from jobcheck.report import Report, Reported
from jobcheck.tally import closing, stale_hint, statistics
from jobcheck.terminal import View, counted


def render(reports: Sequence[Report], view: View) -> str:
    lines = [line for report in reports for line in _lines(report, view)]
    if view.statistics:
        lines += statistics(reports)
    return "\n".join([*lines, *stale_hint(reports), closing(reports)]) + "\n"


def _lines(report: Report, view: View) -> list[str]:
    unread = [
        f"{view.place(report.root, each.path, each.line, each.column)}: error cannot be read: {each.message}"
        for each in report.problems
    ]
    return unread + [_line(report.root, each, view) for each in report.findings]


def _line(root: str, reported: Reported, view: View) -> str:
    finding, span = reported.finding, reported.finding.at.span
    place = view.place(root, finding.at.path, span.line, span.column)
    severity = view.paint(reported.severity, reported.severity)
    about = counted(len(finding.affects), "job") if finding.affects else finding.subject
    suffix = f" [{about}]" if about else ""
    return f"{place}: {severity} {finding.code} {reported.name}: {finding.message}{suffix}"

"""The lines that count findings, the same in every format for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from jobcheck.report import SEVERITIES, Entry, Report, Reported
from jobcheck.terminal import counted


def closing(reports: Sequence[Report]) -> str:
    """`17 findings (10 errors, 7 warnings)`: the last line, whatever there is to say."""
    total = sum(len(report.findings) for report in reports)
    levels = ((severity, sum(report.count(severity) for report in reports)) for severity in SEVERITIES)
    parts = ", ".join(counted(number, severity) for severity, number in levels if number)
    suppressed = sum(len(report.suppressed) for report in reports)
    baselined = sum(len(report.baselined) for report in reports)
    return "".join(
        [
            counted(total, "finding"),
            f" ({parts})" if parts else "",
            f" · {suppressed:,} suppressed" if suppressed else "",
            f" · {baselined:,} in the baseline" if baselined else "",
        ]
    )


def statistics(reports: Sequence[Report]) -> list[str]:
    """For each rule with findings a line: how many, the rule, the jobs it hits."""
    found = [each for report in reports for each in report.findings]
    rules = Counter((each.finding.code, each.name) for each in found)
    rows = sorted(rules.items(), key=lambda row: (-row[1], row[0]))
    width = max((len(name) for (_, name), _ in rows), default=0)
    return [
        f"{number:>6,}  {code} {name:<{width}}  {counted(len(subjects(_of(code, found))), 'job')}"
        for (code, name), number in rows
    ]


def stale_hint(reports: Iterable[Report]) -> list[str]:
    """For each baseline that could be smaller a line."""
    return [
        f"{Path(report.baseline.file).name}: {counted(len(report.stale), 'entry')} of a finding that is gone "
        "(jobcheck baseline update)"
        for report in reports
        if report.baseline and report.stale
    ]


def stale_lines(report: Report) -> list[str]:
    """The entries of the baseline that match nothing, a line each."""
    name = Path(report.baseline.file).name if report.baseline else ""
    return [f"{name}: {entry_line(entry)} is gone (jobcheck baseline update)" for entry in report.stale]


def entry_line(entry: Entry) -> str:
    """An entry of a baseline for people."""
    return f"{entry.code} {entry.subject}".rstrip() + f" in {entry.path}"


def subjects(findings: Sequence[Reported]) -> set[str]:
    """The jobs and producers that the findings speak of."""
    return {name for each in findings for name in _named(each)}


def _named(reported: Reported) -> list[str]:
    affected = [each.subject for each in reported.finding.affects]
    return affected or [reported.finding.subject]


def _of(code: str, findings: Sequence[Reported]) -> list[Reported]:
    return [each for each in findings if each.finding.code == code]

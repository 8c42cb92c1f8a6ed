"""Workflow commands of GitHub Actions: annotations on the lines of a pull request.

GitHub shows ten a step and drops the rest without a word, so the ten gravest are written, then a line
that counts all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jobcheck.report import Report, Reported, Unreadable
from jobcheck.repository import Home, home_of
from jobcheck.tally import closing
from jobcheck.terminal import View, counted

LIMIT = 10
KINDS = ("error", "warning", "notice")
LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(reports: Sequence[Report], _view: View) -> str:
    commands = [command for report in reports for command in _commands(report, home_of(report))]
    shown = sorted(commands, key=lambda each: KINDS.index(each[0]))[:LIMIT]
    left = counted(len(commands) - len(shown), "annotation")
    rest = f" · {left} more than GitHub shows" if len(commands) > len(shown) else ""
    return "\n".join([*(_line(*each) for each in shown), closing(reports) + rest]) + "\n"


Command = tuple[str, dict[str, object], str]


def _commands(report: Report, home: Home) -> Iterator[Command]:
    for problem in report.problems:
        yield _problem(problem, home)
    for reported in report.findings:
        yield _finding(reported, home)


def _problem(problem: Unreadable, home: Home) -> Command:
    place = {"file": home.path(problem.path), "line": problem.line, "title": "jobcheck cannot read this file"}
    return "error", place, problem.message


def _finding(reported: Reported, home: Home) -> Command:
    finding, span = reported.finding, reported.finding.at.span
    place: dict[str, object] = {
        "file": home.path(finding.at.path),
        "line": span.line,
        "endLine": span.end_line,
    }
    if span.line == span.end_line:
        place |= {"col": span.column, "endColumn": span.end_column}
    place["title"] = f"{finding.code} {reported.name}"
    hit = f"\nJobs: {', '.join(each.subject for each in finding.affects)}" if finding.affects else ""
    ask = f"\nAsk: {finding.question}" if finding.question else ""
    return LEVELS[reported.severity], place, f"{finding.message}\n{finding.details}{ask}{hit}"


def _line(kind: str, place: dict[str, object], message: str) -> str:
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items())
    return f"::{kind} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

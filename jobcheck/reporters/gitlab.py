"""Code Quality of GitLab: a list of issues, each with a fingerprint that no other has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jobcheck.report import Report, Reported, Unreadable
from jobcheck.repository import Home, home_of
from jobcheck.terminal import View

LEVELS = {"error": "major", "warning": "minor", "note": "info"}


def render(reports: Sequence[Report], _view: View) -> str:
    issues = [issue for report in reports for issue in _issues(report, home_of(report))]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _issues(report: Report, home: Home) -> list[dict[str, Any]]:
    unread = [_problem(each, home) for each in report.problems]
    return unread + [_finding(each, home) for each in report.findings]


def _problem(problem: Unreadable, home: Home) -> dict[str, Any]:
    return {
        "type": "issue",
        "check_name": "jobcheck",
        "description": f"jobcheck cannot read this file: {problem.message}",
        "severity": "blocker",
        "categories": ["Bug Risk"],
        "fingerprint": f"unreadable:{home.path(problem.path)}:{problem.line}:{problem.column}",
        "location": {"path": home.path(problem.path), "lines": {"begin": problem.line}},
    }


def _finding(reported: Reported, home: Home) -> dict[str, Any]:
    finding, span = reported.finding, reported.finding.at.span
    is_grave = reported.bug and reported.severity == "error"
    return {
        "type": "issue",
        "check_name": f"{finding.code} {reported.name}",
        "description": finding.message,
        "content": {"body": _body(reported)},
        "severity": "critical" if is_grave else LEVELS[reported.severity],
        "categories": ["Bug Risk" if reported.bug else "Clarity"],
        "fingerprint": home.name(reported.fingerprint),
        "location": {
            "path": home.path(finding.at.path),
            "lines": {"begin": span.line, "end": span.end_line},
        },
    }


def _body(reported: Reported) -> str:
    finding = reported.finding
    parts = [finding.details]
    if finding.question:
        parts.append(f"Ask: {finding.question}")
    if finding.affects:
        parts.append("\n".join(f"* {each.subject} ({each.path}:{each.line})" for each in finding.affects))
    return "\n\n".join(parts)

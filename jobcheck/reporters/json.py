"""For other programs: stable, versioned, paths relative to the project root, counted from 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jobcheck.model import Step
from jobcheck.report import Report, Reported, Unreadable
from jobcheck.terminal import View

VERSION = 1


def render(reports: Sequence[Report], _view: View) -> str:
    document: dict[str, Any] = {
        "version": VERSION,
        "findings": [_finding(each) for report in reports for each in _in_place_order(report)],
        "jobs": sum(len(report.sites) for report in reports),
        "problems": [_problem(each) for report in reports for each in report.problems],
        "summary": {
            "errors": sum(report.count("error") for report in reports),
            "warnings": sum(report.count("warning") for report in reports),
            "notes": sum(report.count("note") for report in reports),
            "unknown": sum(len(report.unknown) for report in reports),
        },
    }
    if any(report.baseline for report in reports):
        document["baselined"] = [_finding(each) for report in reports for each in report.baselined]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _in_place_order(report: Report) -> list[Reported]:
    return sorted(
        report.findings, key=lambda each: (each.finding.at, each.finding.code, each.finding.subject)
    )


def _finding(reported: Reported) -> dict[str, Any]:
    finding, span = reported.finding, reported.finding.at.span
    return {
        "code": finding.code,
        "name": reported.name,
        "severity": reported.severity,
        "certainty": finding.certainty,
        "message": finding.message,
        "details": finding.details,
        "question": finding.question,
        "path": finding.at.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "subject": finding.subject,
        "framework": finding.framework,
        "affects": [{"subject": a.subject, "path": a.path, "line": a.line} for a in finding.affects],
        "related": [_step(step) for step in (*finding.steps, *finding.related)],
        "fingerprint": reported.fingerprint,
    }


def _step(step: Step) -> dict[str, Any]:
    return {"path": step.at.path, "line": step.at.span.line, "message": step.note}


def _problem(problem: Unreadable) -> dict[str, Any]:
    return {"path": problem.path, "line": problem.line, "message": problem.message}

"""SARIF 2.1.0, for code scanning and for viewers.

Addresses are relative to the root of the repository. A finding that the baseline holds is a result
too, marked unchanged and suppressed from outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from jobcheck import __version__
from jobcheck.catalog import SECTIONS, Rule, load_catalog
from jobcheck.facts import Span
from jobcheck.model import Finding
from jobcheck.report import Report, Reported, Unreadable
from jobcheck.repository import Home, home_of
from jobcheck.terminal import View

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "%SRCROOT%"
FINGERPRINT = "jobcheck/v1"


def render(reports: Sequence[Report], _view: View) -> str:
    told = {each.finding.code for report in reports for each in (*report.findings, *report.baselined)}
    rules = [rule for rule in load_catalog().rules if rule.code in told]
    codes = [rule.code for rule in rules]
    run = {
        "tool": {"driver": _driver(rules)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository."}}},
        "invocations": [_invocation(reports)],
        "results": [result for report in reports for result in _results(report, codes)],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _driver(rules: Iterable[Rule]) -> dict[str, Any]:
    return {
        "name": "jobcheck",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": f"{rule.summary}."},
        "fullDescription": {"text": f"{rule.summary}. Its name in settings and suppressions: {rule.name}."},
        "help": {"text": rule.text, "markdown": rule.text},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": [SECTIONS[rule.section], rule.profile], "precision": "high"},
    }


def _invocation(reports: Sequence[Report]) -> dict[str, Any]:
    unread = [_notification(each, home_of(report)) for report in reports for each in report.problems]
    return {"executionSuccessful": not unread, "toolExecutionNotifications": unread}


def _notification(problem: Unreadable, home: Home) -> dict[str, Any]:
    span = Span(problem.line, problem.column, problem.line, problem.column)
    return {
        "level": "error",
        "message": {"text": f"This file cannot be read: {problem.message}."},
        "locations": [_location(home, problem.path, span)],
    }


def _results(report: Report, codes: Sequence[str]) -> list[dict[str, Any]]:
    home = home_of(report)
    fresh = [_result(each, codes, home) for each in report.findings]
    old = [_result(each, codes, home) for each in report.baselined]
    if report.baseline:
        fresh = [result | {"baselineState": "new"} for result in fresh]
    return fresh + [result | {"baselineState": "unchanged", "suppressions": [_put_off()]} for result in old]


def _put_off() -> dict[str, str]:
    return {"kind": "external", "status": "accepted", "justification": "It is in the baseline."}


def _result(reported: Reported, codes: Sequence[str], home: Home) -> dict[str, Any]:
    finding = reported.finding
    return {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": reported.severity,
        "message": {"text": _message(finding)},
        "locations": [_location(home, finding.at.path, finding.at.span) | _subject(finding)],
        "relatedLocations": _related(finding, home),
        "partialFingerprints": {FINGERPRINT: home.name(reported.fingerprint)},
        "properties": {"certainty": finding.certainty, "framework": finding.framework},
    }


def _message(finding: Finding) -> str:
    ask = f" Ask: {finding.question}" if finding.question else ""
    return f"{finding.message} {finding.details}{ask}"


def _subject(finding: Finding) -> dict[str, Any]:
    if not finding.subject or finding.affects:
        return {}
    return {"logicalLocations": [{"fullyQualifiedName": finding.subject, "kind": "function"}]}


def _related(finding: Finding, home: Home) -> list[dict[str, Any]]:
    steps = [(each.at.path, each.at.span, each.note) for each in (*finding.steps, *finding.related)]
    jobs = [(job.path, Span(job.line, 1, job.line, 1), job.subject) for job in finding.affects]
    return [
        {"id": number, "message": {"text": note}, **_location(home, path, span)}
        for number, (path, span, note) in enumerate((*steps, *jobs), 1)
    ]


def _location(home: Home, path: str, span: Span) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": span.line, "startColumn": span.column}
    if (span.end_line, span.end_column) != (span.line, span.column):
        region |= {"endLine": span.end_line, "endColumn": span.end_column}
    address = {"uri": quote(home.path(path)), "uriBaseId": BASE}
    return {"physicalLocation": {"artifactLocation": address, "region": region}}

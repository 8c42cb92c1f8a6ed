"""Findings as an editor shows them."""

from __future__ import annotations

from lsprotocol import types as lsp

from jobcheck.catalog import Rule, Severity, load_catalog, rules_folder
from jobcheck.lsp.desk import Judged
from jobcheck.lsp.places import Places
from jobcheck.model import Affected, Finding, Location
from jobcheck.report import Reported, Unreadable

SOURCE = "jobcheck"
SHOWN = 5
_LEVELS: dict[Severity, lsp.DiagnosticSeverity] = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "note": lsp.DiagnosticSeverity.Information,
}


def diagnostics(judged: Judged, places: Places) -> dict[str, list[lsp.Diagnostic]]:
    """What is to be shown in each file of the project, by its path there, in order of place.

    What the baseline holds is a hint.
    """
    found: dict[str, list[lsp.Diagnostic]] = {}
    for problem in judged.report.problems:
        found.setdefault(problem.path, []).append(_problem(problem, places))
    report = judged.report
    told = [(each, _LEVELS[each.severity]) for each in report.findings]
    told += [(each, lsp.DiagnosticSeverity.Hint) for each in report.baselined]
    for reported, level in sorted(told, key=lambda each: (each[0].finding.at, each[0].finding.code)):
        found.setdefault(reported.finding.at.path, []).append(_diagnostic(reported, level, places))
    return found


def page_uri(rule: Rule) -> str:
    """Where a rule's page lies."""
    return (rules_folder() / f"{rule.code}-{rule.name}.md").as_uri()


def _problem(problem: Unreadable, places: Places) -> lsp.Diagnostic:
    start = places.position(problem.path, problem.line, problem.column)
    return lsp.Diagnostic(
        lsp.Range(start, start),
        f"jobcheck cannot read this file: {problem.message}",
        severity=lsp.DiagnosticSeverity.Error,
        source=SOURCE,
    )


def _diagnostic(reported: Reported, level: lsp.DiagnosticSeverity, places: Places) -> lsp.Diagnostic:
    finding = reported.finding
    return lsp.Diagnostic(
        places.range(finding.at),
        "\n".join(_told(finding)),
        severity=level,
        code=finding.code,
        code_description=lsp.CodeDescription(page_uri(load_catalog().find(finding.code))),
        source=SOURCE,
        related_information=[*_steps(finding, places), *(_job(each, places) for each in finding.affects)],
    )


def _told(finding: Finding) -> list[str]:
    lines = [finding.message, f"Fix: {finding.details}"]
    if finding.question:
        lines.append(f"Ask: {finding.question}")
    if finding.affects:
        lines.append(f"Jobs: {_jobs(finding.affects)}")
    return lines


def _jobs(affects: tuple[Affected, ...]) -> str:
    names = ", ".join(each.subject for each in affects[:SHOWN])
    left = len(affects) - SHOWN
    return f"{names} and {left:,} more" if left > 0 else names


def _steps(finding: Finding, places: Places) -> list[lsp.DiagnosticRelatedInformation]:
    return [_related(step.at, step.note, places) for step in (*finding.steps, *finding.related)]


def _related(at: Location, note: str, places: Places) -> lsp.DiagnosticRelatedInformation:
    return lsp.DiagnosticRelatedInformation(places.location(at), note)


def _job(job: Affected, places: Places) -> lsp.DiagnosticRelatedInformation:
    start = places.position(job.path, job.line, 1)
    return lsp.DiagnosticRelatedInformation(
        lsp.Location(places.uri(job.path), lsp.Range(start, start)), job.subject
    )

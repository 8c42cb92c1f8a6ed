"""Builders for the last stage: projects, findings and reports made by hand."""

from __future__ import annotations

from typing import Any

from jobcheck.catalog import load_catalog
from jobcheck.facts import Directive, Span
from jobcheck.model import (
    UNBOUNDED,
    Absent,
    Backoff,
    Fail,
    Finding,
    Flow,
    FunctionRef,
    Job,
    Keep,
    Known,
    Location,
    Options,
    Outcome,
    Project,
    Retried,
    Site,
)
from jobcheck.report import Baseline, Entry, Evidence, Report, Reported, Request, Triaged
from jobcheck.triage import assess

APP = "shop/celery.py"
RULES = load_catalog().rules
CODES = frozenset(rule.code for rule in RULES)


def place(path: str, line: int, column: int = 1, width: int = 10) -> Location:
    return Location(path, Span(line, column, line, column + width))


def options(at: Location) -> Options:
    return Options(
        attempts=Known(4.0, at, "decorator", "max_retries=3"),
        backoff=Absent(Backoff("fixed", 180.0), at),
        ack=Absent("early", at),
        keep_completed=Absent(Keep(86_400), at),
        keep_failed=Absent(Keep(86_400), at),
        marks_started=Absent(False, at),
        marks_completed=Absent(False, at),
        marks_failed=Absent(False, at),
        retried=Absent(Retried(), at),
        time_limit=Absent(UNBOUNDED, at),
        logs=Absent((), at),
        buries=Absent(False, at),
        survives=Absent(True, at),
    )


def site(name: str, line: int = 1, framework: str = "celery", flow: Flow = Flow()) -> Site:
    """A job `shop.tasks.NAME` defined on a line of shop/tasks.py."""
    at = place("shop/tasks.py", line)
    job = Job(f"shop.tasks.{name}", name, framework, FunctionRef("shop/tasks.py", name), at, (), options(at))
    return Site(job, (), "compute", flow)


def project(*sites: Site, **more: Any) -> Project:
    return Project(sites=sites, causes={"celery": place(APP, 7)}, **more)


def shop(number: int) -> Project:
    """A project of jobs job0, job1... on lines 10, 20..."""
    return project(*(site(f"job{index}", 10 * (index + 1)) for index in range(number)))


def finding(code: str, about: Site, **more: Any) -> Finding:
    """A finding at the job, unless `at` says otherwise."""
    values = {"message": f"{about.job.name} is not right.", "details": "Put it right.", "at": about.job.at}
    return Finding(code=code, subject=about.job.name, framework=about.job.framework, **(values | more))


def ignore(line: int, *names: str, reason: str = "known", verb: Any = "ignore") -> Directive:
    return Directive(verb, names, reason, Span(line, 20, line, 40), (line, line))


def fails(*findings: Finding) -> list[Outcome]:
    return [Fail(each) for each in findings]


def judged(
    evidence_project: Project,
    *outcomes: Outcome,
    directives: dict[str, tuple[Directive, ...]] | None = None,
    lines: dict[str, list[str]] | None = None,
    ran: frozenset[str] = CODES,
    **asked: Any,
) -> tuple[tuple[Reported, ...], tuple[Finding, ...]]:
    """What triage makes of outcomes: what is shown, and what is suppressed."""
    made = triaged(evidence_project, *outcomes, directives=directives, lines=lines, ran=ran, **asked)
    return made.findings, made.suppressed


def triaged(
    evidence_project: Project,
    *outcomes: Outcome,
    directives: dict[str, tuple[Directive, ...]] | None = None,
    lines: dict[str, list[str]] | None = None,
    ran: frozenset[str] = CODES,
    known: tuple[Entry, ...] = (),
    unread: frozenset[str] = frozenset(),
    **asked: Any,
) -> Triaged:
    """All that triage makes of outcomes."""
    request = Request(**({"root": "/shop", "paths": ("/shop",)} | asked))
    texts = lines or {}
    evidence = Evidence(
        evidence_project, outcomes, ran, directives or {}, lambda path: texts.get(path, []), known, unread
    )
    return assess(request, evidence, RULES, ("payment", "email"))


def report(
    of: Project,
    *outcomes: Outcome,
    lines: dict[str, list[str]] | None = None,
    known: tuple[Entry, ...] = (),
    **more: Any,
) -> Report:
    """The report on a project in /shop; `known` is its baseline."""
    made = triaged(of, *outcomes, lines=lines, known=known)
    values = {
        "findings": made.findings,
        "baseline": Baseline("/shop/jobcheck-baseline.jsonl", known) if known else None,
        "baselined": made.baselined,
        "standing": made.standing,
        "stale": made.stale,
        "files_seen": 40,
        "files_asked": 40,
        "suppressed": made.suppressed,
        "outcomes": outcomes,
    }
    return Report(**({"root": "/shop", "profile": "checklist", "project": of} | values | more))

"""Why a function is a job, or why it is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jobcheck.commands.refusal import Refused
from jobcheck.facts import Function, Outline, Problem
from jobcheck.model import Location, Site
from jobcheck.report import Report
from jobcheck.terminal import View


def explanation(report: Report, file: Path, line: int, view: View) -> Iterator[str]:
    """Says it of the innermost function around the line. Exits with 2 when there is none."""
    source = file.read_bytes()
    function = _function_at(_outline(source, file), line)
    if function is None:
        raise Refused(f"no function is defined around {file.name}:{line}")
    path = file.relative_to(report.root).as_posix()
    judged = [site for site in report.project.sites if site.job.function.path == path]
    jobs = [site for site in judged if site.job.function.qualname == function.qualname]
    for site in jobs:
        yield from _job(site, report, view)
    if not jobs:
        yield f"{function.qualname} is not a job."
        yield from _unjudged(report, path, function, view)
        yield from _decorators(function, source)


def _outline(source: bytes, file: Path) -> Outline:
    from jobcheck.syntax import outline

    found = outline(source)
    if isinstance(found, Problem):
        raise Refused(f"{file.name}:{found.line}:{found.column}: {found.message}")
    return found


def _function_at(outline: Outline, line: int) -> Function | None:
    around = [each for each in outline.functions if each.span.line <= line <= each.span.end_line]
    return max(around, key=lambda each: each.span.line, default=None)


def _job(site: Site, report: Report, view: View) -> Iterator[str]:
    job = site.job
    yield f"{job.name} is a {job.framework} job, registered as {job.registered}."
    for at in job.wrappers:
        yield f"  it is made one through {_shown(at, report, view)}"
    for enqueue in site.producers:
        yield f"  it is enqueued at {_shown(enqueue.at, report, view)}"
    if job.periodic:
        yield f"  it is scheduled at {_shown(job.periodic, report, view)}"


def _unjudged(report: Report, path: str, function: Function, view: View) -> Iterator[str]:
    lines = range(function.span.line, function.span.end_line + 1)
    for each in report.project.unjudged:
        if each.at.path == path and each.at.span.line in lines:
            yield f"  {each.what}: {each.why} ({_shown(each.at, report, view)})"


def _decorators(function: Function, source: bytes) -> Iterator[str]:
    if not function.decorators:
        yield "  It has no decorator, and no worker, schedule or producer that could be read names it."
    text = source.decode("utf-8", "replace").splitlines()
    for decorator in function.decorators:
        written = text[decorator.span.line - 1].strip()
        yield f"  {written} leads to no decorator that makes a job (task-decorators can name it)"


def _shown(at: Location, report: Report, view: View) -> str:
    return view.place(report.root, at.path, at.span.line)

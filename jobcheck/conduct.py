"""What a job does, by its effects, guards and marks: the lines that several commands print."""

from __future__ import annotations

from collections.abc import Iterator

from jobcheck.model import Act, Location, Site
from jobcheck.report import Report
from jobcheck.terminal import View


def is_called(site: Site, name: str) -> bool:
    """Whether people mean the job by that name: its own, the framework's or the function's."""
    return name in (site.job.name, site.job.registered, site.job.function.qualname)


def conduct(site: Site, report: Report, view: View) -> Iterator[str]:
    """What running the job does, a line for each act, mark and blind spot."""
    for act in site.flow.acts:
        yield from _act(act, report, view)
    for name in ("started", "completed", "failed"):
        coverage = getattr(site.flow, name)
        yield f"  marked {name}: {coverage.state}{_where(coverage.at, report, view)}{_because(coverage.why)}"
    for unknown in site.flow.unknown:
        yield f"  cannot be told: {unknown.why}{_where(unknown.at, report, view)}"


def _act(act: Act, report: Report, view: View) -> Iterator[str]:
    cover, loop = act.cover, " in a loop" if act.looped else ""
    guard = f", guard{_where(cover.guard, report, view)}" if cover.guard else ""
    place = _where(act.what.at, report, view)
    yield f"  {act.what.kind} {act.what.target}{place}{loop}: {cover.state}{guard}{_because(cover.why)}"
    for step in act.steps:
        yield f"    via{_where(step.at, report, view)}  {step.note}"


def _because(why: str) -> str:
    return f" ({why})" if why else ""


def _where(at: Location | None, report: Report, view: View) -> str:
    return f" {view.place(report.root, at.path, at.span.line)}" if at else ""

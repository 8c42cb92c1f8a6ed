"""The jobs of a project as plain data and as text: what `jobcheck jobs` prints."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from jobcheck.model import Absent, Backoff, Keep, Known, Location, Opaque, Options, Setting, Site
from jobcheck.report import Report
from jobcheck.terminal import View

VERSION = 1
JUDGED = frozenset({"counts_retries", "names_error", "quirks", "refuses", "refuses_result", "retried"})
"""What options come to, rather than what was set."""
SETTINGS = tuple(name for name in Options.__struct_fields__ if name not in JUDGED)


def document(reports: list[Report]) -> dict[str, Any]:
    """The inventory for other programs; paths are relative to the project root."""
    return {"version": VERSION, "jobs": [_job(site) for report in reports for site in report.sites]}


def _job(site: Site) -> dict[str, Any]:
    job = site.job
    return {
        "name": job.name,
        "qualname": job.function.qualname,
        "registered": job.registered,
        "framework": job.framework,
        "path": job.at.path,
        "line": job.at.span.line,
        "kind": site.kind,
        "queue": job.queue,
        "options": {name: setting(getattr(job.options, name)) for name in SETTINGS},
        "producers": [_line(each.at) for each in site.producers],
        "wrappers": [_line(at) for at in job.wrappers],
    }


def _line(at: Location) -> dict[str, Any]:
    return {"path": at.path, "line": at.span.line}


def setting(of: Setting[Any]) -> dict[str, Any]:
    """An option as plain data: its value, how that is known, and where it comes from."""
    match of:
        case Known(value=value, at=at, origin=origin):
            return {"value": _plain(value), "state": "literal", "origin": origin, **_line(at)}
        case Absent(default=default, at=at):
            return {"value": _plain(default), "state": "absent", "origin": "default", **_line(at)}
        case Opaque(why=why, at=at):
            return {"value": None, "state": "opaque", "origin": why, **_line(at)}


def _plain(value: Any) -> Any:
    """JSON has no infinity: the attempts of a job that is retried for ever are "unbounded"."""
    if isinstance(value, float):
        return "unbounded" if math.isinf(value) else int(value) if value.is_integer() else value
    return msgspec.to_builtins(value)


def text(report: Report, view: View) -> Iterator[str]:
    """The inventory for people, a paragraph for each job."""
    for site in report.sites:
        job = site.job
        place = view.place(report.root, job.at.path, job.at.span.line)
        queue = f"  queue {job.queue}" if job.queue else ""
        yield f"{view.paint('bold', job.name)}  {job.framework}  {site.kind}{queue}  {place}"
        for name in SETTINGS:
            yield f"  {name:<15} {told(getattr(job.options, name), report, view)}"
        for word, places in (("producer", [p.at for p in site.producers]), ("wrapper", list(job.wrappers))):
            for at in places:
                yield f"  {word:<15} {view.place(report.root, at.path, at.span.line)}"
        yield ""


def told(setting: Setting[Any], report: Report, view: View) -> str:
    """An option in words: its value, and where it comes from."""
    place = view.place(report.root, setting.at.path, setting.at.span.line)
    match setting:
        case Known(value=value, origin=origin):
            return f"{words(value)}  ({origin}, {place})"
        case Absent(default=default):
            return f"{words(default)}  (default; to be set at {place})"
        case Opaque(why=why):
            return f"cannot be told: {why}  ({place})"


def words(value: Any) -> str:
    """An option's value as people say it."""
    match value:
        case Backoff(kind="none"):
            return "none"
        case Backoff(kind=kind, delay=delay, cap=cap):
            first = f" from {delay:g} s" if delay else ""
            return f"{kind}{first}" + (f" to {cap:g} s" if cap is not None else "")
        case Keep(age=None, count=None):
            return "for ever"
        case Keep(age=age, count=count):
            limits = [f"{age:g} s" if age is not None else "", f"{count:,} jobs" if count is not None else ""]
            return " or ".join(filter(None, limits))
        case tuple():
            return ", ".join(value) or "none"
    return str(_plain(value))


def opaque(report: Report, view: View) -> Iterator[str]:
    """What could not be told: the place, the reason, and the verdicts it decides."""
    for at, verdicts in report.unknown.items():
        place = view.place(report.root, at.path, at.span.line, at.span.column)
        yield f"{place}  {'; '.join(sorted({verdict.why for verdict in verdicts}))}"
        for code in sorted({verdict.code for verdict in verdicts}):
            subjects = sorted({verdict.subject for verdict in verdicts if verdict.code == code})
            yield from view.wrap(f"{code}: {', '.join(subjects)}", "    ", "           ")

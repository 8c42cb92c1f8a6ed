"""What an editor shows beside the pointer: a job's effective options, a finding's page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lsprotocol import types as lsp

from jobcheck.catalog import load_catalog
from jobcheck.inventory import SETTINGS, words
from jobcheck.lsp.desk import Judged
from jobcheck.lsp.places import Places
from jobcheck.model import Absent, Known, Location, Opaque, Setting, Site
from jobcheck.report import Reported

SHOWN = 5


def hover(judged: Judged, places: Places, path: str, position: lsp.Position) -> lsp.Hover | None:
    """What is known about a position: the finding there, the job defined or enqueued there."""
    report = judged.report
    found = [each for each in report.findings if places.holds(each.finding.at, path, position)]
    sites = [site for site in report.project.sites if _is_at(site, places, path, position)]
    parts = [*(_card(site, judged, places) for site in sites), *_findings(found)]
    if not parts:
        return None
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, "\n\n---\n\n".join(parts)))


def _is_at(site: Site, places: Places, path: str, position: lsp.Position) -> bool:
    where = [site.job.at, *(each.at for each in site.producers)]
    return any(places.holds(at, path, position) for at in where)


def _findings(found: list[Reported]) -> Iterator[str]:
    """The page of a finding; of several each in a line, because nobody reads three pages."""
    if len(found) == 1:
        yield load_catalog().find(found[0].finding.code).text
    elif found:
        yield "\n".join(f"- **{_title(each)}**: {each.finding.message}" for each in found)


def _title(reported: Reported) -> str:
    return f"{reported.finding.code} {reported.name}"


def _card(site: Site, judged: Judged, places: Places) -> str:
    job = site.job
    queue = f" · queue `{job.queue}`" if job.queue else ""
    lines = [f"**{job.name}** · {job.framework} · {site.kind}{queue}", "", "| option | value | from |"]
    lines += ["|---|---|---|", *(_row(name, getattr(job.options, name), places) for name in SETTINGS)]
    if site.producers:
        lines += ["", f"Enqueued at {_listed([each.at for each in site.producers], places)}"]
    found = sorted({_title(each) for each in judged.report.findings if _concerns(each, site)})
    if found:
        lines += ["", f"Findings: {', '.join(found)}"]
    return "\n".join(lines)


def _concerns(reported: Reported, site: Site) -> bool:
    finding = reported.finding
    return site.job.name in {finding.subject, *(each.subject for each in finding.affects)}


def _row(name: str, setting: Setting[Any], places: Places) -> str:
    link = _link(setting.at, places)
    match setting:
        case Known(value=value, origin=origin):
            return f"| {name} | {words(value)} | {origin}, {link} |"
        case Absent(default=default):
            return f"| {name} | {words(default)} | default; to be set at {link} |"
        case Opaque(why=why):
            return f"| {name} | cannot be told | {why}, {link} |"


def _listed(at: list[Location], places: Places) -> str:
    left = len(at) - SHOWN
    links = ", ".join(_link(each, places) for each in at[:SHOWN])
    return f"{links} and {left:,} more" if left > 0 else links


def _link(at: Location, places: Places) -> str:
    return f"[{at.path}:{at.span.line}]({places.uri(at.path)}#L{at.span.line})"

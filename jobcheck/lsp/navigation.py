"""The jobs of a file, and the ways between a job and those that enqueue it."""

from __future__ import annotations

from lsprotocol import types as lsp

from jobcheck.lsp.desk import Judged
from jobcheck.lsp.places import Places
from jobcheck.model import Site


def symbols(judged: Judged, places: Places, path: str) -> list[lsp.DocumentSymbol]:
    """The jobs that a file defines, in order."""
    sites = [site for site in judged.report.project.sites if site.job.at.path == path]
    return [_symbol(site, places) for site in sorted(sites, key=lambda site: site.job.at)]


def definitions(judged: Judged, places: Places, path: str, position: lsp.Position) -> list[lsp.Location]:
    """The job that is enqueued at a position."""
    return [
        places.location(site.job.at)
        for site in judged.report.project.sites
        if any(places.holds(each.at, path, position) for each in site.producers)
    ]


def references(judged: Judged, places: Places, path: str, position: lsp.Position) -> list[lsp.Location]:
    """Everything that enqueues the job defined or enqueued at a position."""
    found = [
        each.at
        for site in judged.report.project.sites
        if any(
            places.holds(at, path, position) for at in (site.job.at, *(each.at for each in site.producers))
        )
        for each in site.producers
    ]
    return [places.location(at) for at in sorted(set(found))]


def _symbol(site: Site, places: Places) -> lsp.DocumentSymbol:
    job, span = site.job, places.range(site.job.at)
    queue = f" · queue {job.queue}" if job.queue else ""
    return lsp.DocumentSymbol(
        name=job.function.qualname,
        kind=lsp.SymbolKind.Event,
        range=span,
        selection_range=span,
        detail=f"{job.framework} · {site.kind}{queue}",
    )

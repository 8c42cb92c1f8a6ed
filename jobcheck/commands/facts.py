"""`jobcheck facts`: what is read in a file, and what its jobs do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from jobcheck import grammar
from jobcheck.commands.projects import existing, requests
from jobcheck.commands.refusal import Refused
from jobcheck.commands.running import CRASHED, run
from jobcheck.conduct import conduct, is_called
from jobcheck.facts import FileFacts, Problem
from jobcheck.model import Site
from jobcheck.report import Report
from jobcheck.terminal import View, view_of


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--job", metavar="NAME", help="Only the job of this name, dotted or not.")
def facts(file: str, job: str | None) -> None:
    """Print FILE as jobcheck reads it, and what each of its jobs does and is guarded by."""
    read = _read(existing(file))
    reports, crashed = run(requests([file]))
    view = view_of(sys.stdout, os.environ)
    judged = [
        (report, site) for report in reports for site in report.sites if (job is None or is_called(site, job))
    ]
    if job and not judged:
        raise Refused(f"no job in {file} is called {job}")
    names = {site.job.function.qualname for _, site in judged} if job else set(read.bodies)
    for line in [*([] if job else grammar.outline(read.outline)), *_bodies(read, names)]:
        click.echo(line)
    for report, site in judged:
        for line in _verdicts(site, report, view):
            click.echo(line, color=True)
    sys.exit(CRASHED if crashed else 0)


def _read(file: Path) -> FileFacts:
    from jobcheck.syntax import read

    found = read(file.read_bytes())
    if isinstance(found, Problem):
        click.echo(f"{file}:{found.line}:{found.column}: {found.message}", err=True)
        sys.exit(CRASHED)
    return found


def _bodies(read: FileFacts, names: set[str]) -> Iterator[str]:
    for function in read.outline.functions:
        if function.qualname in names:
            yield from ["", grammar.head(function), *grammar.block(read.bodies[function.qualname], "  ")]


def _verdicts(site: Site, report: Report, view: View) -> Iterator[str]:
    yield from ["", f"{site.job.name}: a {site.job.framework} job of kind {site.kind}"]
    yield from conduct(site, report, view)

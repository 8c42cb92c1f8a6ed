"""`jobcheck jobs`: the inventory of jobs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence

import click

from jobcheck import inventory
from jobcheck.commands.projects import existing, requests
from jobcheck.commands.running import CRASHED, run
from jobcheck.commands.why import explanation
from jobcheck.report import Report
from jobcheck.terminal import view_of


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--why", metavar="PATH:LINE", help="Say why the function there is a job, or why it is not.")
@click.option("--opaque", is_flag=True, help="List what could not be told, and what hangs on it.")
def jobs(paths: Sequence[str], output: str, why: str | None, opaque: bool) -> None:
    """List the jobs under PATHS, their effective options and producers."""
    file, line = _place(why) if why else ("", 0)
    reports, crashed = run(requests([file] if why else paths))
    for text in _explained(reports, file, line) if why else _listed(reports, output, opaque):
        click.echo(text, color=True)
    sys.exit(CRASHED if crashed or any(report.problems for report in reports) else 0)


def _explained(reports: list[Report], file: str, line: int) -> Iterator[str]:
    view = view_of(sys.stdout, os.environ)
    for report in reports:
        yield from explanation(report, existing(file), line, view)


def _listed(reports: list[Report], output: str, opaque: bool) -> Iterator[str]:
    if output == "json":
        yield json.dumps(inventory.document(reports), indent=2, ensure_ascii=False)
        return
    view = view_of(sys.stdout, os.environ)
    for report in reports:
        yield from inventory.opaque(report, view) if opaque else inventory.text(report, view)


def _place(text: str) -> tuple[str, int]:
    path, _, line = text.rpartition(":")
    if not path or not line.isdigit():
        raise click.UsageError("--why wants PATH:LINE")
    return path, int(line)

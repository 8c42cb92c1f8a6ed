"""`jobcheck checklist`: each job beside each box, one job's sheet, and what only people can decide."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click
from msgspec.structs import replace

from jobcheck.catalog import load_catalog
from jobcheck.checklist import json, markdown, text
from jobcheck.checklist.matrix import Matrix, Row, matrix
from jobcheck.checklist.questions import questions
from jobcheck.commands.judging import choosing_options, chosen_by
from jobcheck.commands.projects import requests
from jobcheck.commands.refusal import Refused
from jobcheck.commands.running import CRASHED, run
from jobcheck.conduct import is_called
from jobcheck.report import Request
from jobcheck.terminal import view_of

FORMATS = {"text": text, "markdown": markdown, "json": json}


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--format", "output", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--job", metavar="NAME", help="One job in full: its boxes, options, effects and guards.")
@click.option("--questions", "asking", is_flag=True, help="List what only people can decide, each once.")
@choosing_options
def checklist(paths: tuple[str, ...], output: str, job: str | None, asking: bool, **options: Any) -> None:
    """Show the jobs under PATHS beside the boxes of the checklist, the riskiest first.

    A box passes when all rules that tick it do. What a baseline holds fails here too.
    """
    found, incomplete = _matrices(requests(paths, use_cache=not options["no_cache"]), options)
    chosen = _of_job(found, job) if job else found
    view, form = view_of(sys.stdout, os.environ), FORMATS[output]
    if asking:
        told = form.questions(questions(chosen, view), view)
    else:
        told = form.sheets(chosen, view) if job else form.matrices(chosen, view)
    click.echo(told, nl=False, color=True)
    sys.exit(CRASHED if incomplete else 0)


def _matrices(asked: Sequence[Request], options: dict[str, Any]) -> tuple[list[Matrix], bool]:
    """The matrix of each project, and whether anything could not be read or finished."""
    under = {request.root: request.asked for request in asked}
    reports, crashed = run([_whole(chosen_by(options, request)) for request in asked])
    found = [matrix(replace(report, asked=under[report.root]), load_catalog()) for report in reports]
    return found, crashed or any(report.problems for report in reports)


def _whole(request: Request) -> Request:
    """The request for all findings of the project, one by one: a job's may lie in other files."""
    return replace(request, paths=(request.root,), full=True, baseline="")


def _of_job(found: Sequence[Matrix], name: str) -> list[Matrix]:
    """The matrices with the rows of that job alone. Exits with 2 when there is none."""
    named = [replace(each, rows=tuple(row for row in each.rows if _is_meant(row, name))) for each in found]
    if not any(each.rows for each in named):
        near = get_close_matches(name, [row.site.job.name for each in found for row in each.rows], 1, 0.4)
        raise Refused(f"no job is called {name}" + (f"; did you mean {near[0]}?" if near else ""))
    return [each for each in named if each.rows]


def _is_meant(row: Row, name: str) -> bool:
    return is_called(row.site, name) or row.site.job.name.endswith(f".{name}")

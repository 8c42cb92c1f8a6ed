"""`jobcheck check`: judge, report, and say by the exit code what was found."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from jobcheck.catalog import Severity
from jobcheck.commands.judging import judged_by, judging_options
from jobcheck.commands.projects import requests, unsaved
from jobcheck.commands.refusal import Refused
from jobcheck.commands.running import CRASHED, run
from jobcheck.report import SEVERITIES, Report, Request
from jobcheck.reporters import formats, render
from jobcheck.tally import stale_lines
from jobcheck.terminal import View, view_of

FOUND = 1


def _outputs(
    _context: click.Context, _option: click.Parameter, values: Sequence[str]
) -> list[tuple[str, str]]:
    outputs = [(name, file) for name, _, file in (value.partition(":") for value in values)]
    for name, _ in outputs:
        if name not in formats():
            raise click.BadParameter(f"'{name}' is none of {', '.join(formats())}")
    return outputs


@click.command()
@click.argument("paths", nargs=-1)
@click.option(
    "--format",
    "outputs",
    multiple=True,
    default=("text",),
    metavar="FORMAT[:FILE]",
    callback=_outputs,
    help=f"{', '.join(formats())}; may be given several times.",
)
@judging_options
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="error",
    show_default=True,
    help="The lowest severity that makes the exit code 1.",
)
@click.option("--full", is_flag=True, help="One finding for each job, and all of them in full.")
@click.option("--no-ignores", is_flag=True, help="Report what suppressions in the source hide.")
@click.option("--no-baseline", is_flag=True, help="Report what the baseline holds, too.")
@click.option("--strict-baseline", is_flag=True, help="Fail too when entries of the baseline match nothing.")
@click.option(
    "--stdin-filename", metavar="PATH", help="The file that '-' (standard input) is the content of."
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 although something was found.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
def check(paths: tuple[str, ...], outputs: list[tuple[str, str]], **options: Any) -> None:
    """Judge the background jobs under PATHS (default: the project's paths, or the current folder).

    The whole project around each path is read; only findings under PATHS are reported. With '-' the
    content of --stdin-filename comes from standard input.
    """
    asked = [_with_options(request, options) for request in _asked(paths, options)]
    reports, crashed = run(asked)
    for name, file in outputs if reports else ():
        _write(name, file, reports, options)
    sys.exit(_exit_code(reports, crashed, options))


def _asked(paths: tuple[str, ...], options: dict[str, Any]) -> list[Request]:
    use_cache = not options["no_cache"]
    if "-" not in paths:
        return requests(paths, use_cache=use_cache)
    if len(paths) > 1 or not options["stdin_filename"]:
        raise click.UsageError("'-' stands alone and needs --stdin-filename")
    return [unsaved(options["stdin_filename"], sys.stdin.buffer.read(), use_cache=use_cache)]


def _with_options(request: Request, options: dict[str, Any]) -> Request:
    judged = judged_by(options, request)
    return replace(
        judged,
        honour_ignores=not options["no_ignores"],
        full=options["full"],
        baseline="" if options["no_baseline"] else judged.baseline,
    )


def _write(name: str, file: str, reports: Sequence[Report], options: dict[str, Any]) -> None:
    style = {"full": options["full"], "statistics": options["statistics"]}
    if not file:
        view = view_of(sys.stdout, os.environ, **style)
        click.echo(render(name, reports, view), nl=False, color=True)
        return
    try:
        Path(file).write_text(
            render(name, reports, View(os.getcwd(), **style)), encoding="utf-8", errors="replace"
        )
    except OSError as error:
        raise Refused(f"cannot write {file}: {error.strerror}") from None


def _exit_code(reports: Sequence[Report], crashed: bool, options: dict[str, Any]) -> int:
    if crashed or any(report.problems for report in reports):
        return CRASHED
    counted: Sequence[Severity] = SEVERITIES[: SEVERITIES.index(options["fail_on"]) + 1]
    found = any(report.count(severity) for report in reports for severity in counted)
    stale = options["strict_baseline"] and _told_stale(reports)
    return FOUND if (found or stale) and not options["exit_zero"] else 0


def _told_stale(reports: Iterable[Report]) -> bool:
    """Says which entries of a baseline match nothing; whether there are any."""
    lines = [line for report in reports for line in stale_lines(report)]
    for line in lines:
        click.echo(line, err=True)
    return bool(lines)

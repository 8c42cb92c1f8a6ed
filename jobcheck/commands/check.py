"""`jobcheck check`: judge, report, and say by the exit code what was found."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec.structs import replace

from jobcheck.catalog import Severity
from jobcheck.commands.projects import requests, unsaved
from jobcheck.commands.refusal import Refused
from jobcheck.commands.running import CRASHED, run
from jobcheck.config import Config
from jobcheck.report import SEVERITIES, Report, Request
from jobcheck.reporters import formats, render
from jobcheck.terminal import View, view_of

FOUND = 1
C = TypeVar("C", bound=Callable[..., Any])


def _words(_context: click.Context, _option: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _outputs(
    _context: click.Context, _option: click.Parameter, values: Sequence[str]
) -> list[tuple[str, str]]:
    outputs = [(name, file) for name, _, file in (value.partition(":") for value in values)]
    for name, _ in outputs:
        if name not in formats():
            raise click.BadParameter(f"'{name}' is none of {', '.join(formats())}")
    return outputs


def _rules_option(name: str, help: str) -> Callable[[C], C]:
    return click.option(name, multiple=True, metavar="RULES", callback=_words, help=help)


@click.command()
@click.argument("paths", nargs=-1)
@click.option(
    "--format",
    "outputs",
    multiple=True,
    default=("text",),
    metavar="FORMAT[:FILE]",
    callback=_outputs,
    help="text, concise or json; may be given several times.",
)
@_rules_option("--select", "Use these rules only: codes, names or beginnings such as JC1, comma-separated.")
@_rules_option("--extend-select", "Use these rules too.")
@_rules_option("--ignore", "Do not use these rules.")
@click.option(
    "--profile", type=click.Choice(["bugs", "checklist", "pedantic"]), help="How much to ask of a job."
)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="error",
    show_default=True,
    help="The lowest severity that makes the exit code 1.",
)
@click.option("--strict", is_flag=True, help="Report too what could not be told.")
@click.option("--full", is_flag=True, help="One finding for each job, and all of them in full.")
@click.option("--no-cache", is_flag=True, help="Neither use nor keep results between runs.")
@click.option("--no-ignores", is_flag=True, help="Report what suppressions in the source hide.")
@click.option("--include-tests", is_flag=True, help="Take test files for jobs and producers too.")
@click.option("--jobs", "workers", type=click.IntRange(min=1), help="The number of processes to use.")
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
    return replace(
        request,
        config=_overridden(request.config, options),
        include_tests=options["include_tests"],
        honour_ignores=not options["no_ignores"],
        strict=options["strict"],
        full=options["full"],
        workers=options["workers"],
    )


def _overridden(config: Config, options: dict[str, Any]) -> Config:
    """A selection or profile on the command line takes the place of the file's selection."""
    more, less = options["extend_select"], options["ignore"]
    if options["select"]:
        return replace(config, select=options["select"], extend_select=more, ignore=less)
    if options["profile"]:
        config = replace(config, profile=options["profile"], select=())
    return replace(config, extend_select=config.extend_select + more, ignore=config.ignore + less)


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


def _exit_code(reports: Iterable[Report], crashed: bool, options: dict[str, Any]) -> int:
    if crashed or any(report.problems for report in reports):
        return CRASHED
    counted: Sequence[Severity] = SEVERITIES[: SEVERITIES.index(options["fail_on"]) + 1]
    found = any(report.count(severity) for report in reports for severity in counted)
    return FOUND if found and not options["exit_zero"] else 0

"""`jobcheck baseline`: known findings, put off in a file and taken up again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from jobcheck import baseline as known
from jobcheck.baseline import BaselineError, Change
from jobcheck.commands.judging import judged_by, judging_options
from jobcheck.commands.projects import requests
from jobcheck.commands.refusal import Refused
from jobcheck.commands.running import CRASHED, run
from jobcheck.report import Report, Request
from jobcheck.tally import entry_line
from jobcheck.terminal import counted

DIFFERENT = 1
Step = Callable[[Path, Report], bool]
"""Does something about the baseline in a file; whether all is well then."""


@click.group()
def baseline() -> None:
    """Known findings that `check` does not report, for code that was there before jobcheck.

    They are kept in jobcheck-baseline.jsonl beside the settings, or where `baseline` in the settings
    says. Only new findings are reported then.
    """


@baseline.command()
@click.argument("paths", nargs=-1)
@judging_options
def create(paths: tuple[str, ...], **options: Any) -> None:
    """Write down all present findings under PATHS."""
    asked = _asked(paths, options)
    for request in asked:
        if known.place(request).exists():
            raise Refused(f"{known.place(request)} is there already (jobcheck baseline update)")
    files = [known.place(request) for request in asked]
    _each(files, [replace(request, baseline="") for request in asked], _create)


@baseline.command()
@click.argument("paths", nargs=-1)
@click.option("--accept-new", is_flag=True, help="Take up findings that the baseline has never held.")
@judging_options
def update(paths: tuple[str, ...], accept_new: bool, **options: Any) -> None:
    """Drop what is gone and follow code that was edited; refuse to grow without --accept-new."""

    def step(file: Path, report: Report) -> bool:
        change = known.change(report)
        if change.fresh and not accept_new:
            return _refuse_growth(file, change)
        held = report.baseline.entries if report.baseline else ()
        known.write(file, {*held, *change.edited, *change.fresh} - change.stale)
        return _told(file, change)

    _present(paths, options, step)


@baseline.command()
@click.argument("paths", nargs=-1)
@judging_options
def prune(paths: tuple[str, ...], **options: Any) -> None:
    """Drop the entries of findings that are gone."""
    _present(paths, options, _prune)


@baseline.command()
@click.argument("paths", nargs=-1)
@judging_options
def check(paths: tuple[str, ...], **options: Any) -> None:
    """Exit with 1 unless the baseline holds exactly what is found."""
    _present(paths, options, _check)


def _present(paths: Sequence[str], options: dict[str, Any], step: Step) -> None:
    """Does the step for baselines that are there."""
    asked = _asked(paths, options)
    for request in asked:
        if not known.place(request).is_file():
            raise Refused(f"no baseline at {known.place(request)} (jobcheck baseline create)")
    _each([known.place(request) for request in asked], asked, step)


def _asked(paths: Sequence[str], options: dict[str, Any]) -> list[Request]:
    asked = [judged_by(options, request) for request in requests(paths, use_cache=not options["no_cache"])]
    if len(asked) > 1 and options["baseline"]:
        raise click.UsageError("--baseline is for one project, and the paths lie in several")
    return asked


def _each(files: Iterable[Path], asked: list[Request], step: Step) -> None:
    reports, crashed = run(asked)
    if crashed or any(report.problems for report in reports):
        _tell_problems(reports)
        sys.exit(CRASHED)
    try:
        done = [step(file, report) for file, report in zip(files, reports, strict=True)]
    except BaselineError as error:
        raise Refused(str(error)) from None
    sys.exit(0 if all(done) else DIFFERENT)


def _create(file: Path, report: Report) -> bool:
    known.write(file, report.standing)
    click.echo(f"{os.path.relpath(file)}: {counted(len(report.standing), 'finding')}")
    return True


def _prune(file: Path, report: Report) -> bool:
    if report.baseline:
        known.write(file, set(report.baseline.entries) - set(report.stale))
    for entry in report.stale:
        click.echo(f"gone: {entry_line(entry)}")
    click.echo(f"{os.path.relpath(file)}: {len(report.stale):,} gone")
    return True


def _check(file: Path, report: Report) -> bool:
    change = known.change(report)
    return _told(file, change) and not change


def _refuse_growth(file: Path, change: Change) -> bool:
    for entry in change.fresh:
        click.echo(f"new: {entry_line(entry)}")
    new = counted(len(change.fresh), "finding")
    click.echo(f"{os.path.relpath(file)} is left as it is: {new} that it has never held (--accept-new)")
    return False


def _told(file: Path, change: Change) -> bool:
    """Says what has changed, entry by entry and in sum."""
    kinds = {"gone": change.gone, "edited": change.edited, "new": change.fresh}
    for kind, entries in kinds.items():
        for entry in entries:
            click.echo(f"{kind}: {entry_line(entry)}")
    sums = [f"{len(entries):,} {kind}" for kind, entries in kinds.items() if entries]
    click.echo(f"{os.path.relpath(file)}: {', '.join(sums) or 'holds exactly what is found'}")
    return True


def _tell_problems(reports: Iterable[Report]) -> None:
    for report in reports:
        for each in report.problems:
            click.echo(f"{each.path}:{each.line}: cannot be read: {each.message}", err=True)

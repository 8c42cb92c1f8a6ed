"""The options that say how to judge, the same for every command that does."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, TypeVar

import click
from msgspec.structs import replace

from jobcheck.config import Config
from jobcheck.report import Request

C = TypeVar("C", bound=Callable[..., Any])


def _words(_context: click.Context, _option: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _rules_option(name: str, help: str) -> Callable[[C], C]:
    return click.option(name, multiple=True, metavar="RULES", callback=_words, help=help)


_CHOOSING = (
    _rules_option(
        "--select", "Use these rules only: codes, names or beginnings such as JC1, comma-separated."
    ),
    _rules_option("--extend-select", "Use these rules too."),
    _rules_option("--ignore", "Do not use these rules."),
    click.option(
        "--profile", type=click.Choice(["bugs", "checklist", "pedantic"]), help="How much to ask of a job."
    ),
    click.option("--no-cache", is_flag=True, help="Neither use nor keep results between runs."),
    click.option("--include-tests", is_flag=True, help="Take test files for jobs and producers too."),
    click.option("--jobs", "workers", type=click.IntRange(min=1), help="The number of processes to use."),
)
_KNOWING = (
    click.option("--strict", is_flag=True, help="Report too what could not be told."),
    click.option("--baseline", metavar="FILE", help="The file of known findings, instead of the settings'."),
)


def judging_options(command: C) -> C:
    """Adds the options to a command; `judged_by` understands them."""
    return _with((*_CHOOSING, *_KNOWING), command)


def choosing_options(command: C) -> C:
    """Adds those that say what is judged and by which rules; `chosen_by` understands them."""
    return _with(_CHOOSING, command)


def _with(options: Sequence[Callable[[C], C]], command: C) -> C:
    return reduce(lambda made, option: option(made), reversed(options), command)


def judged_by(options: dict[str, Any], request: Request) -> Request:
    """The request as the options have it."""
    return replace(
        chosen_by(options, request),
        strict=options["strict"],
        baseline=options["baseline"] and os.path.abspath(options["baseline"]),
    )


def chosen_by(options: dict[str, Any], request: Request) -> Request:
    """The request as the options have it that say what is judged and by which rules."""
    return replace(
        request,
        config=_overridden(request.config, options),
        include_tests=options["include_tests"],
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

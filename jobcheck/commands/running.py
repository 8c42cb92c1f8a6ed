"""Runs the pipeline over each project asked for, and tells the user that it is at work."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Iterable
from typing import TextIO

import click

from jobcheck import engine
from jobcheck.baseline import BaselineError
from jobcheck.catalog import UnknownRuleError
from jobcheck.commands.refusal import Refused
from jobcheck.policy import PolicyError
from jobcheck.report import Report, Request

PATIENCE = 1.0
CRASHED = 3


class Meter:
    """Shows on a terminal what is under way, once it has taken longer than people wait gladly."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._start = time.monotonic()
        self._shown = False

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._stream.isatty() and time.monotonic() - self._start > PATIENCE:
            self._stream.write(f"\r\033[K{stage} {done:,}/{total:,}")
            self._stream.flush()
            self._shown = True

    def clear(self) -> None:
        """Takes the last message away."""
        if self._shown:
            self._stream.write("\r\033[K")
            self._stream.flush()


def run(asked: Iterable[Request]) -> tuple[list[Report], bool]:
    """The report of each project, and whether any could not be finished."""
    reports, crashed = [], False
    for request in asked:
        meter = Meter(sys.stderr)
        try:
            reports.append(engine.run(request, meter))
        except (UnknownRuleError, PolicyError, BaselineError) as error:
            raise Refused(str(error)) from None
        except Exception:
            crashed = True
            meter.clear()
            traceback.print_exc()
            click.echo(f"jobcheck: internal error in the project at {request.root}", err=True)
        finally:
            meter.clear()
    _demand_python(reports)
    return reports, crashed


def _demand_python(reports: list[Report]) -> None:
    if reports and not any(report.files_asked or _names_python(report) for report in reports):
        raise Refused("no Python file under the paths given")


def _names_python(report: Report) -> bool:
    """Whether a Python file is asked for by its name, though the settings may leave it out."""
    return any(path.endswith(".py") for path in report.asked)

"""One module per output format: `render(reports, view)` gives the whole text of it."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module

from jobcheck.report import Report
from jobcheck.terminal import View


def formats() -> tuple[str, ...]:
    """The names of the formats there are."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def render(name: str, reports: Sequence[Report], view: View) -> str:
    """The reports in the format of that name, ending in a newline."""
    text: str = import_module(f"{__name__}.{name}").render(reports, view)
    return text

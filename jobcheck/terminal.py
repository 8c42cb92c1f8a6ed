"""What a terminal can show: colours, links, width; and paths as seen from the current folder."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Mapping
from typing import TextIO
from urllib.parse import quote

from msgspec import Struct

WIDTH = 100
_CODES = {"bold": "1", "dim": "2", "error": "31", "warning": "33", "note": "36"}


class View(Struct, frozen=True):
    """How a report is to look. `here` is the folder that printed paths start from."""

    here: str
    width: int = WIDTH
    color: bool = False
    links: bool = False
    full: bool = False
    statistics: bool = False

    def paint(self, style: str, text: str) -> str:
        return f"\033[{_CODES[style]}m{text}\033[0m" if self.color else text

    def link(self, file: str, text: str) -> str:
        """`text`, which opens the file where the terminal has links (OSC 8)."""
        return f"\033]8;;file://{quote(file)}\033\\{text}\033]8;;\033\\" if self.links else text

    def path(self, root: str, path: str) -> str:
        """A path of the project at `root` as seen from here."""
        return os.path.relpath(os.path.join(root, path), self.here)

    def place(self, root: str, path: str, line: int, column: int = 0) -> str:
        shown = f"{self.path(root, path)}:{line}" + (f":{column}" if column else "")
        return self.link(os.path.join(root, path), shown)

    def wrap(self, text: str, indent: str, hanging: str | None = None) -> list[str]:
        """Lines no longer than the view is wide; a line that is source or a path is left whole."""
        return [
            line
            for paragraph in text.splitlines()
            for line in textwrap.wrap(
                paragraph,
                self.width,
                initial_indent=indent,
                subsequent_indent=hanging or indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
        ]


def view_of(
    stream: TextIO, environment: Mapping[str, str], *, full: bool = False, statistics: bool = False
) -> View:
    """The view for a stream: colours on a terminal, unless NO_COLOR, or anywhere with FORCE_COLOR."""
    terminal = stream.isatty()
    able = terminal and environment.get("TERM") != "dumb"
    return View(
        os.getcwd(),
        min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns) if terminal else WIDTH,
        color=(able or bool(environment.get("FORCE_COLOR"))) and not environment.get("NO_COLOR"),
        links=able,
        full=full,
        statistics=statistics,
    )


def counted(number: int, noun: str) -> str:
    """`1 job`, `4,338 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

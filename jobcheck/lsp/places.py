"""Places as the engine counts them, from 1 and in characters, and as an editor does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lsprotocol import types as lsp
from pygls.workspace import PositionCodec

from jobcheck.lsp.desk import Judged
from jobcheck.model import Location


class Places:
    """Turns the places of one judged project into an editor's. `uri` names files as the editor does."""

    def __init__(self, judged: Judged, codec: PositionCodec, uri: Callable[[Path], str]) -> None:
        self._judged = judged
        self._codec = codec
        self._uri = uri
        self._lines: dict[str, list[str]] = {}

    def uri(self, path: str) -> str:
        return self._uri(self._judged.file(path))

    def range(self, at: Location) -> lsp.Range:
        span = at.span
        return lsp.Range(
            self.position(at.path, span.line, span.column),
            self.position(at.path, span.end_line, span.end_column),
        )

    def position(self, path: str, line: int, column: int) -> lsp.Position:
        before = self._line(path, line)[: column - 1]
        return lsp.Position(max(0, line - 1), self._codec.client_num_units(before))

    def location(self, at: Location) -> lsp.Location:
        return lsp.Location(self.uri(at.path), self.range(at))

    def holds(self, at: Location, path: str, position: lsp.Position) -> bool:
        """Whether a position in a file lies at a place."""
        if at.path != path:
            return False
        span = self.range(at)
        return span.start <= position <= span.end

    def _line(self, path: str, line: int) -> str:
        if path not in self._lines:
            self._lines[path] = self._judged.sources.lines(path)
        lines = self._lines[path]
        return lines[line - 1] if 0 < line <= len(lines) else ""

"""Where in the text of a TOML file a key stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*(?P<key>{_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*(?P<key>{_DOTTED})\s*=")
_INLINE = re.compile(rf"(?P<key>{_PART})\s*=")


def place_of(text: str, path: Sequence[str]) -> tuple[int, int]:
    """Line and column, from 1, of the key at `path`, or of the nearest table above it."""
    wanted = tuple(path)
    best, length = (1, 1), 0
    for keys, line, column in _keys(text):
        if keys == wanted[: len(keys)] and len(keys) > length:
            best, length = (line, column), len(keys)
    return best


def _keys(text: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header["key"])
            yield table, number, header.start("key") + 1
        elif entry := _ENTRY.match(line):
            keys = table + _parts(entry["key"])
            yield keys, number, entry.start("key") + 1
            for inner in _INLINE.finditer(line, entry.end()):
                yield keys + _parts(inner["key"]), number, inner.start("key") + 1


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))

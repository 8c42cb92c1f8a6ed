"""The findings a project knows of and has put off, in a file of its own.

One line of JSON a finding, sorted, without line numbers: what two branches add merges, and code that
moves changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from jobcheck.report import Baseline, Entry, Report, Request

DEFAULT = "jobcheck-baseline.jsonl"
VERSION = 1
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


class BaselineError(Exception):
    """A baseline that cannot be used; the text names file and line."""


class Change(Struct, frozen=True):
    """What has become different since a baseline was written.

    `gone` are entries that match nothing any more; `edited` is what has come in the place of the
    `replaced` ones: the same rule about the same job, on code that reads otherwise now. `fresh` are
    findings that the baseline has never held.
    """

    gone: tuple[Entry, ...]
    replaced: tuple[Entry, ...]
    edited: tuple[Entry, ...]
    fresh: tuple[Entry, ...]

    @property
    def stale(self) -> set[Entry]:
        return {*self.gone, *self.replaced}

    def __bool__(self) -> bool:
        return bool(self.gone or self.edited or self.fresh)


class _Header(Struct, forbid_unknown_fields=True):
    version: int


def place(request: Request) -> Path:
    """The file that holds the project's baseline, or would."""
    return Path(request.root, request.baseline or request.config.baseline or DEFAULT)


def kept(request: Request) -> Baseline | None:
    """The project's baseline; None without one. Raises BaselineError."""
    if request.baseline == "":
        return None
    file = place(request)
    if not file.is_file():
        if request.baseline or request.config.baseline:
            raise BaselineError(f"no baseline at {file} (jobcheck baseline create)")
        return None
    return read(file)


def read(file: Path) -> Baseline:
    """The baseline in a file, however its lines are ordered. Raises BaselineError."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BaselineError(f"{file}: cannot be read: {error}") from None
    told = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not any(line.startswith('{"version"') for _, line in told):
        raise BaselineError(f"{file}:1: no baseline: it does not say which version it has")
    return Baseline(str(file), tuple(sorted({each for at in told for each in _entries(file, *at)})))


def _entries(file: Path, number: int, line: str) -> Iterator[Entry]:
    try:
        if not line.startswith('{"version"'):
            yield msgspec.json.decode(line, type=Entry)
        elif msgspec.json.decode(line, type=_Header).version != VERSION:
            raise BaselineError(f"{file}:{number}: written by a newer jobcheck")
    except msgspec.MsgspecError as error:
        why = "an unresolved merge conflict" if line.startswith(_CONFLICT) else str(error)
        raise BaselineError(f"{file}:{number}: {why}") from None


def write(file: Path, entries: Iterable[Entry]) -> None:
    """Replace the file by one that holds the entries. Raises BaselineError."""
    lines = [
        msgspec.json.encode(_Header(VERSION)),
        *(msgspec.json.encode(each) for each in sorted(set(entries))),
    ]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"".join(line + b"\n" for line in lines))
    except OSError as error:
        raise BaselineError(f"cannot write {file}: {error.strerror}") from None


def change(report: Report) -> Change:
    """How what is found differs from the baseline that the report was made with."""
    held = {entry.fingerprint for entry in report.baseline.entries} if report.baseline else set()
    waiting: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in report.stale:
        waiting.setdefault(_about(entry), []).append(entry)
    replaced: list[Entry] = []
    edited: list[Entry] = []
    fresh: list[Entry] = []
    for entry in (entry for entry in report.standing if entry.fingerprint not in held):
        if of := waiting.get(_about(entry)):
            replaced.append(of.pop(0))
            edited.append(entry)
        else:
            fresh.append(entry)
    gone = [entry for entry in report.stale if entry not in replaced]
    return Change(tuple(gone), tuple(replaced), tuple(edited), tuple(fresh))


def _about(entry: Entry) -> tuple[str, str, str]:
    return entry.path, entry.code, entry.subject

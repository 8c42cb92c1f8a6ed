"""What the last run understood, for a run in which nothing has changed since.

It is kept under a digest of everything it depends on: every source file, the settings, and
jobcheck itself. Any difference, and the project is understood anew.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import msgspec

from jobcheck.catalog import rules_folder
from jobcheck.folder import write_whole
from jobcheck.report import Request, Understood
from jobcheck.sources import Sources

SIZE = 16


class Memory:
    """The understanding of one project, kept in a folder."""

    def __init__(self, folder: Path, sources: Sources, request: Request) -> None:
        self._file = folder / "project.mp"
        self._key = _key(sources, request)

    def recall(self) -> Understood | None:
        """What was understood of exactly these sources; None when that is not known."""
        try:
            content = self._file.read_bytes()
            if content[:SIZE] != self._key:
                return None
            return msgspec.msgpack.decode(memoryview(content)[SIZE:], type=Understood)
        except (OSError, msgspec.MsgspecError):
            return None

    def keep(self, understood: Understood) -> None:
        """Remember it for the next run."""
        write_whole(self._file, self._key + msgspec.msgpack.encode(understood))


def _key(sources: Sources, request: Request) -> bytes:
    digest = blake2b(_tool(), digest_size=SIZE)
    digest.update(msgspec.json.encode((request.config, request.include_tests), order="sorted"))
    for path in sources.paths:
        digest.update(f"\0{path}\0{sources.digest(path)}".encode())
    return digest.digest()


def _tool() -> bytes:
    """Tells one state of jobcheck's own files from another."""
    digest = blake2b(digest_size=SIZE)
    package = Path(__file__).parent
    for file in sorted([*package.rglob("*.py"), *rules_folder().glob("*.toml")]):
        stat = file.stat()
        digest.update(f"{file.name}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.digest()

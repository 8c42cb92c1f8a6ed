"""What the last run understood, for a run in which nothing that it rests on has changed since.

It rests on jobcheck itself, the settings, the files that were read, and on no other file's being of
the kind that is read. A change elsewhere in the project leaves it standing; any doubt, and the project
is understood anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from posixpath import basename, dirname

import msgspec
from msgspec import Struct

from jobcheck.catalog import rules_folder
from jobcheck.folder import write_whole
from jobcheck.report import Request, Screen, Understood
from jobcheck.screening import passing
from jobcheck.sources import Sources, is_test

SIZE = 16
LENGTH = 8


class _Ground(Struct, frozen=True):
    """What an understanding rests on: every file that counts with its digest, those read among them."""

    digests: dict[str, str]
    read: tuple[str, ...]
    screen: Screen


class Held:
    """What was last understood of one project, for a process that asks again and again."""

    def __init__(self) -> None:
        self.content = b""


class Memory:
    """The understanding of one project, kept in a folder, if there is one, and in what a process holds."""

    def __init__(self, folder: Path | None, sources: Sources, request: Request, held: Held) -> None:
        self._file = folder / "project.mp" if folder else None
        self._held = held
        self._sources = sources
        self._counting = [path for path in sources.paths if request.include_tests or not is_test(path)]
        self._key = _key(request)

    def recall(self) -> Understood | None:
        """What was understood, if it still holds."""
        for content in (self._held.content, self._stored()):
            known = self._understood(content)
            if known is not None:
                self._held.content = content
                return known
        return None

    def keep(self, understood: Understood) -> None:
        """Remember it for the next run."""
        digests = {path: self._sources.digest(path) for path in self._counting}
        ground = msgspec.msgpack.encode(_Ground(digests, understood.read, understood.screen))
        length = len(ground).to_bytes(LENGTH, "big")
        self._held.content = self._key + length + ground + msgspec.msgpack.encode(understood)
        if self._file is not None:
            write_whole(self._file, self._held.content)

    def _stored(self) -> bytes:
        try:
            return self._file.read_bytes() if self._file else b""
        except OSError:
            return b""

    def _understood(self, packed: bytes) -> Understood | None:
        content = memoryview(packed)
        if content[:SIZE] != self._key:
            return None
        end = SIZE + LENGTH + int.from_bytes(content[SIZE : SIZE + LENGTH], "big")
        try:
            if not self._holds(msgspec.msgpack.decode(content[SIZE + LENGTH : end], type=_Ground)):
                return None
            return msgspec.msgpack.decode(content[end:], type=Understood)
        except msgspec.MsgspecError:
            return None

    def _holds(self, ground: _Ground) -> bool:
        now = {path: self._sources.digest(path) for path in self._counting}
        changed = {path for path, digest in now.items() if ground.digests.get(path) != digest}
        moved = now.keys() ^ ground.digests.keys()
        return (
            changed.isdisjoint(ground.read)
            and moved.isdisjoint(ground.read)
            and self._without_names(moved, ground)
            and not any(passing(self._sources, ground.screen, sorted(changed)))
        )

    def _without_names(self, moved: Iterable[str], ground: _Ground) -> bool:
        """Whether no file that was read can mean a module that has come or gone."""
        if not moved:
            return True
        before, after = (frozenset(map(dirname, paths)) for paths in (ground.digests, self._counting))
        stems = {basename(path).removesuffix(".py") for path in moved}
        return (
            "__init__" not in stems
            and all(dirname(path) in before & after for path in moved)
            and stems.isdisjoint(basename(path).removesuffix(".py") for path in ground.read)
            and not any(self._sources.mentioning(stems, ground.read))
        )


def _key(request: Request) -> bytes:
    digest = blake2b(_tool(), digest_size=SIZE)
    digest.update(msgspec.json.encode((request.config, request.include_tests), order="sorted"))
    return digest.digest()


def _tool() -> bytes:
    """Tells one state of jobcheck's own files from another."""
    digest = blake2b(digest_size=SIZE)
    package = Path(__file__).parent
    for file in sorted([*package.rglob("*.py"), *rules_folder().glob("*.toml")]):
        stat = file.stat()
        digest.update(f"{file.name}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.digest()

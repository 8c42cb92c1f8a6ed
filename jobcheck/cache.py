"""Facts by content: a file that was read once is not parsed again.

The key is the digest of the file's bytes; the whole store belongs to one extractor version. It is
plain msgpack, so that a folder found in a repository can hold data and nothing else.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from jobcheck.facts import FileFacts
from jobcheck.folder import write_whole

_FACTS = msgspec.msgpack.Decoder(FileFacts)
_ENCODER = msgspec.msgpack.Encoder()


class _Store(Struct):
    version: str
    files: dict[str, Raw]


class FactsCache:
    """The store of one project; `file` is None for a cache that keeps nothing."""

    def __init__(self, file: Path | None, version: str) -> None:
        self._file = file
        self._version = version
        self._known = self._load()
        self._used: dict[str, Raw] = {}
        self._grown = False

    def _load(self) -> dict[str, Raw]:
        if self._file is None:
            return {}
        try:
            store = msgspec.msgpack.decode(self._file.read_bytes(), type=_Store)
        except (OSError, msgspec.MsgspecError, RecursionError):
            return {}
        return store.files if store.version == self._version else {}

    def get(self, digest: str) -> FileFacts | None:
        """The facts of a file's content, None when it has not been read before."""
        packed = self._known.get(digest)
        if packed is None:
            return None
        try:
            found = _FACTS.decode(packed)
        except (msgspec.MsgspecError, RecursionError):
            return None
        self._used[digest] = packed
        return found

    def holds(self, digest: str) -> bool:
        """Whether a file of this content has been read before."""
        return digest in self._known

    def put(self, digest: str, packed: bytes) -> FileFacts:
        """Keep the packed facts of a file's content and give them back unpacked."""
        self._used[digest] = Raw(packed)
        self._grown = True
        return _FACTS.decode(packed)

    def save(self) -> None:
        """Write what this run used, when it differs from what was there; a folder that cannot be
        written to costs the next run its time and nothing else."""
        if self._file is None or not (self._grown or len(self._used) < len(self._known)):
            return
        write_whole(self._file, _ENCODER.encode(_Store(self._version, dict(sorted(self._used.items())))))


def pack(facts: FileFacts) -> bytes:
    """The form in which facts are stored and handed between processes."""
    return _ENCODER.encode(facts)

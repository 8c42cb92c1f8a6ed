"""Reads files into facts: from the cache, or through libcst, in several processes when it is worth it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from jobcheck.cache import FactsCache, pack
from jobcheck.facts import FileFacts, Problem
from jobcheck.sources import Sources

if TYPE_CHECKING:
    from concurrent.futures import Executor

WORTH_A_PROCESS = 150_000
"""Bytes to parse above which a second process pays for its start: about 0.15 s of parsing."""


class Reader:
    """Reads files of one project; `problems` collects those that could not be read.

    Processes that it starts live until the end of the `with` block that it is entered for.
    """

    def __init__(self, sources: Sources, cache: FactsCache, workers: int | None = None) -> None:
        self.sources = sources
        self.cache = cache
        self.workers = workers or os.cpu_count() or 1
        self.problems: dict[str, Problem] = {}
        self._pool: Executor | None = None
        self._exits = ExitStack()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool = None
        self._exits.close()

    def read(
        self, paths: Iterable[str], progress: Callable[[int, int], None] | None = None
    ) -> dict[str, FileFacts]:
        """The facts of each file that could be read, by path."""
        found: dict[str, FileFacts] = {}
        missing: dict[str, bytes] = {}
        for path in sorted(paths):
            facts = self.cache.get(self.sources.digest(path))
            if facts is None:
                missing[path] = self.sources.content(path)
            else:
                found[path] = facts
        for path, result in self._parse(missing, progress):
            if isinstance(result, Problem):
                self.problems[path] = result
            else:
                found[path] = self.cache.put(self.sources.digest(path), result)
        return dict(sorted(found.items()))

    def _parse(
        self, files: dict[str, bytes], progress: Callable[[int, int], None] | None
    ) -> Iterable[tuple[str, bytes | Problem]]:
        results = self._results(sorted(files.items(), key=lambda item: -len(item[1])))
        for done, result in enumerate(results, 1):
            if progress is not None:
                progress(done, len(files))
            yield result

    def _results(self, files: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes | Problem]]:
        if self.workers == 1 or not self._worth_it(files):
            yield from map(_parsed, files)
            return
        from concurrent.futures import BrokenExecutor

        done = set()
        chunk = max(1, len(files) // (32 * self.workers))
        try:
            for result in self._processes().map(_parsed, files, chunksize=chunk):
                done.add(result[0])
                yield result
        except (OSError, NotImplementedError, BrokenExecutor):  # not every system lets processes start
            self.workers = 1
            yield from map(_parsed, (file for file in files if file[0] not in done))

    def _worth_it(self, files: list[tuple[str, bytes]]) -> bool:
        return self._pool is not None or sum(len(content) for _, content in files) >= WORTH_A_PROCESS

    def _processes(self) -> Executor:
        from concurrent.futures import ProcessPoolExecutor

        if self._pool is None:
            self._pool = self._exits.enter_context(ProcessPoolExecutor(self.workers))
        return self._pool


def _parsed(file: tuple[str, bytes]) -> tuple[str, bytes | Problem]:
    from jobcheck.syntax import read

    path, content = file
    facts = read(content)
    return path, facts if isinstance(facts, Problem) else pack(facts)

"""Reads files into facts: from the cache, or through libcst, in several processes when it is worth it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from jobcheck.cache import FactsCache, pack
from jobcheck.facts import FileFacts, Problem
from jobcheck.sources import Sources

WORTH_A_PROCESS = 150_000
"""Bytes to parse above which a second process pays for its start: about 0.15 s of parsing."""


class Reader:
    """Reads files of one project; `problems` collects those that could not be read."""

    def __init__(self, sources: Sources, cache: FactsCache, workers: int | None = None) -> None:
        self.sources = sources
        self.cache = cache
        self.workers = workers or os.cpu_count() or 1
        self.problems: dict[str, Problem] = {}

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
        if self.workers == 1 or sum(len(content) for _, content in files) < WORTH_A_PROCESS:
            yield from map(_parsed, files)
            return
        from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

        done = set()
        chunk = max(1, len(files) // (16 * self.workers))
        try:
            with ProcessPoolExecutor(min(self.workers, len(files))) as pool:
                for result in pool.map(_parsed, files, chunksize=chunk):
                    done.add(result[0])
                    yield result
        except (OSError, NotImplementedError, BrokenExecutor):  # not every system lets processes start
            yield from map(_parsed, (file for file in files if file[0] not in done))


def _parsed(file: tuple[str, bytes]) -> tuple[str, bytes | Problem]:
    from jobcheck.syntax import read

    path, content = file
    facts = read(content)
    return path, facts if isinstance(facts, Problem) else pack(facts)

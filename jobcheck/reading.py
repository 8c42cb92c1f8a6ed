"""Reads files into facts: from the cache, or through libcst, in several processes when it is worth it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from jobcheck.cache import FactsCache, pack
from jobcheck.facts import FileFacts, Problem
from jobcheck.sources import Sources

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

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
        self._waiting: dict[str, bytes] = {}
        self._begun: dict[str, Future[bytes | Problem]] = {}

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.workers = 1
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None

    def begin(self, path: str) -> None:
        """Let another process read a file that will be asked for, once there is enough for one to do."""
        if self.workers == 1 or path in self._begun or self.cache.holds(self.sources.digest(path)):
            return
        if path in self.sources.unreadable:
            return
        self._waiting[path] = self.sources.content(path)
        if self._pool is not None or sum(map(len, self._waiting.values())) >= WORTH_A_PROCESS:
            self._hand_over()

    def read(
        self, paths: Iterable[str], progress: Callable[[int, int], None] | None = None
    ) -> dict[str, FileFacts]:
        """The facts of each file that could be read, by path."""
        found: dict[str, FileFacts] = {}
        missing: list[str] = []
        for path in sorted(paths):
            facts = self.cache.get(self.sources.digest(path))
            if path in self.sources.unreadable:
                self.problems[path] = Problem(1, 1, self.sources.unreadable[path])
            elif facts is None:
                missing.append(path)
            else:
                found[path] = facts
        for path, result in self._results(missing, progress):
            if isinstance(result, Problem):
                self.problems[path] = result
            else:
                found[path] = self.cache.put(self.sources.digest(path), result)
        return dict(sorted(found.items()))

    def _results(
        self, paths: list[str], progress: Callable[[int, int], None] | None
    ) -> Iterator[tuple[str, bytes | Problem]]:
        for path in sorted(paths, key=lambda path: -len(self.sources.content(path))):
            self.begin(path)
        for done, path in enumerate(paths, 1):
            result = self._result(path)
            if progress is not None:
                progress(done, len(paths))
            yield path, result

    def _result(self, path: str) -> bytes | Problem:
        self._waiting.pop(path, None)
        begun = self._begun.pop(path, None)
        if begun is not None:
            with self._without_processes():
                return begun.result()
        return _parsed(self.sources.content(path))

    def _hand_over(self) -> None:
        with self._without_processes():
            for path, content in self._waiting.items():
                self._begun[path] = self._processes().submit(_parsed, content)
        self._waiting.clear()

    @contextmanager
    def _without_processes(self) -> Iterator[None]:
        """Go on without other processes where they fail: not every system lets them start."""
        from concurrent.futures import BrokenExecutor

        try:
            yield
        except (OSError, NotImplementedError, BrokenExecutor):
            self.workers = 1

    def _processes(self) -> Executor:
        from concurrent.futures import ProcessPoolExecutor

        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.workers, initializer=_deaf)
        return self._pool


def _deaf() -> None:
    """An interrupt is the parent's to answer, once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _parsed(content: bytes) -> bytes | Problem:
    from jobcheck.syntax import read

    facts = read(content)
    return facts if isinstance(facts, Problem) else pack(facts)

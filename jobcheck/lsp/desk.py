"""Keeps the projects of the open files judged while their text changes."""

from __future__ import annotations

import asyncio
import io
import tokenize
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

from msgspec import Struct

from jobcheck import engine
from jobcheck.config import load
from jobcheck.memory import Held
from jobcheck.report import Progress, Report, Request
from jobcheck.sources import Sources


class Buffer(Struct, frozen=True):
    """The text of an open file as the editor has it, and how often it has changed."""

    text: str
    version: int = 0


Buffers = Mapping[Path, Buffer]


class Judged(Struct, frozen=True):
    """What is known of one project, and the texts that it is known of."""

    report: Report
    sources: Sources
    buffers: Buffers

    def path(self, file: Path) -> str:
        """A file's path in the project."""
        return file.relative_to(self.report.root).as_posix()

    def file(self, path: str) -> Path:
        return Path(self.report.root, path)


class SupersededError(Exception):
    """What is being judged has changed meanwhile."""


def judge(root: Path, buffers: Buffers, held: Held, progress: Progress = engine.quiet) -> Judged:
    """Judge the project at `root` as `jobcheck check` does there, with the open files as they are.

    Raises ConfigError, PolicyError and UnknownRuleError for settings that cannot be used. A server has
    threads, so that no other process is started for it.
    """
    config = load(root).config
    overlays = {file.relative_to(root).as_posix(): text for file, text in _unsaved(root, buffers)}
    paths = tuple(str(root / path) for path in config.paths) or (str(root),)
    request = Request(str(root), paths, config, overlays, workers=1)
    return Judged(engine.run(request, progress, held), Sources(root, (), overlays), dict(buffers))


def _unsaved(root: Path, buffers: Buffers) -> list[tuple[Path, bytes]]:
    texts = [(file, _encoded(buffer.text)) for file, buffer in buffers.items() if root in file.parents]
    return [(file, text) for file, text in texts if not file.is_file() or file.read_bytes() != text]


def _encoded(text: str) -> bytes:
    """The bytes an editor would save, in the encoding that the text itself declares."""
    plain = text.encode("utf-8", "surrogatepass")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(plain).readline)
        return plain if encoding.startswith("utf-8") else text.encode(encoding)
    except (SyntaxError, UnicodeEncodeError):
        return plain


def _in_background(work: Callable[[], Judged]) -> asyncio.Future[Judged]:
    """What `work` gives, from a thread that does not keep a server alive when it is told to exit."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Judged] = loop.create_future()

    def settle(give: Callable[[Any], None], value: object) -> None:
        if not future.done():
            give(value)

    def run() -> None:
        outcome: tuple[Callable[[Any], None], object]
        try:
            outcome = future.set_result, work()
        except Exception as error:
            outcome = future.set_exception, error
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(settle, *outcome)

    Thread(target=run, name="jobcheck", daemon=True).start()
    return future


class Meter(Protocol):
    """Shows what is under way, as the engine tells it, until it is cleared."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...

    def clear(self) -> None: ...


class _Project:
    """One project: what is known of it, and how often that was asked for and answered."""

    def __init__(self) -> None:
        self.held = Held()
        self.judged: Judged | None = None
        self.asked = 0
        self.work: asyncio.Task[None] | None = None


class Desk:
    """Judges projects in the background, one at a time, once their text has been left alone for a moment.

    `buffers` gives the open files, `tell` hears each result, `fail` why there is none, `meter` what is
    under way.
    """

    def __init__(
        self,
        buffers: Callable[[], Buffers],
        tell: Callable[[Judged], None],
        fail: Callable[[Exception], None],
        meter: Meter,
        patience: float,
    ) -> None:
        self._buffers = buffers
        self._tell = tell
        self._fail = fail
        self._meter = meter
        self._patience = patience
        self._projects: dict[Path, _Project] = {}
        self._closed = False
        self._turn = asyncio.Lock()

    @property
    def roots(self) -> tuple[Path, ...]:
        """The projects there are."""
        return tuple(self._projects)

    def ask(self, root: Path) -> None:
        """Have the project at `root` judged; many calls at once are one."""
        if self._closed:
            return
        project = self._projects.setdefault(root, _Project())
        project.asked += 1
        if project.work is None or project.work.done():
            project.work = asyncio.get_running_loop().create_task(self._work(root, project))

    async def close(self) -> None:
        """End all work; nothing is told any more."""
        self._closed = True
        work = [project.work for project in self._projects.values() if project.work]
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)

    def latest(self, root: Path) -> Judged | None:
        """What was last known of a project, whatever has changed since."""
        project = self._projects.get(root)
        return project.judged if project else None

    async def judged(self, root: Path) -> Judged | None:
        """What is known of a project when all that was asked of it is done; None when that is nothing."""
        project = self._projects.get(root)
        if project is None or project.work is None:
            return None
        await asyncio.shield(project.work)
        return project.judged

    async def _work(self, root: Path, project: _Project) -> None:
        answered = 0
        while answered != project.asked:
            answered = project.asked
            await asyncio.sleep(self._patience)
            if answered == project.asked:
                await self._judge(root, project)

    async def _judge(self, root: Path, project: _Project) -> None:
        loop, asked = asyncio.get_running_loop(), project.asked

        def go_on(stage: str, done: int, total: int) -> None:
            """Files that were read are kept for the next time, links are not."""
            if self._closed or (stage == "Linking" and project.asked != asked):
                raise SupersededError
            loop.call_soon_threadsafe(self._meter, stage, done, total)

        try:
            async with self._turn:
                work = partial(judge, root, self._buffers(), project.held, go_on)
                project.judged = await _in_background(work)
            self._tell(project.judged)
        except SupersededError:
            pass
        except Exception as error:
            self._fail(error)
        self._meter.clear()

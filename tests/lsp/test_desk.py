"""When projects are judged, and what of it is heard: with an engine that is slow or fails at will."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from jobcheck.lsp import desk as module
from jobcheck.lsp.desk import Buffer, Buffers, Desk, Judged, judge
from jobcheck.memory import Held
from jobcheck.report import Progress
from tests.lsp.project import TASKS, write
from tests.reports import report, shop

ROOT, FILE = Path("/shop"), Path("/shop/tasks.py")


class Engine:
    """Stands in for the engine: says what it was given, and waits until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: list[str] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.error: Exception | None = None
        self.stage = "Reading"
        self.ended = False
        monkeypatch.setattr(module, "judge", self)

    def __call__(self, root: Path, buffers: Buffers, held: Held, progress: Progress) -> Judged:
        self.given.append(buffers[FILE].text)
        progress("Reading", 0, 1)
        self.may_go_on.wait(10)
        progress(self.stage, 0, 1)
        self.ended = True
        if self.error:
            raise self.error
        return Judged(report(shop(1)), None, buffers)  # type: ignore[arg-type]


class Room:
    """A desk, the file that is open beside it, and what it said."""

    def __init__(self) -> None:
        self.text = "1"
        self.told: list[str] = []
        self.errors: list[str] = []
        self.stages: list[str] = []
        self.desk = Desk(self.buffers, self.hear, lambda error: self.errors.append(str(error)), self, 0.05)

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.stages.append(stage)

    def clear(self) -> None:
        self.stages.append("done")

    def buffers(self) -> Buffers:
        return {FILE: Buffer(self.text)}

    def hear(self, judged: Judged) -> None:
        self.told.append(judged.buffers[FILE].text)

    def type(self, text: str) -> None:
        self.text = text
        self.desk.ask(ROOT)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    return Engine(monkeypatch)


def test_only_what_was_typed_last_is_judged(engine: Engine) -> None:
    async def work() -> Room:
        room = Room()
        for text in ("1", "12", "123"):
            room.type(text)
            await asyncio.sleep(0.01)
        await room.desk.judged(ROOT)
        return room

    room = asyncio.run(work())
    assert room.told == engine.given == ["123"]
    assert room.stages == ["Reading", "Reading", "done"]


@pytest.mark.parametrize(("stage", "told"), [("Reading", ["1", "12"]), ("Linking", ["12"])])
def test_what_is_typed_meanwhile_ends_the_linking_and_is_judged_anew(
    engine: Engine, stage: str, told: list[str]
) -> None:
    engine.stage = stage

    async def work() -> Room:
        room = Room()
        engine.may_go_on.clear()
        room.type("1")
        while not engine.given:
            await asyncio.sleep(0.01)
        room.type("12")
        engine.may_go_on.set()
        judged = await room.desk.judged(ROOT)
        assert judged
        assert judged.buffers[FILE].text == "12"
        return room

    room = asyncio.run(work())
    assert (room.told, room.errors, engine.given) == (told, [], ["1", "12"])


def test_a_failure_is_told_and_does_not_end_the_work(engine: Engine) -> None:
    async def work() -> Room:
        room = Room()
        engine.error = ValueError("no such rule")
        room.type("1")
        assert await room.desk.judged(ROOT) is None
        engine.error = None
        room.type("12")
        await room.desk.judged(ROOT)
        return room

    room = asyncio.run(work())
    assert (room.errors, room.told) == (["no such rule"], ["12"])


def test_a_closed_desk_ends_its_work_and_says_nothing(engine: Engine) -> None:
    async def work() -> Room:
        room = Room()
        engine.may_go_on.clear()
        room.type("1")
        while not engine.given:
            await asyncio.sleep(0.01)
        await room.desk.close()
        engine.may_go_on.set()
        room.type("12")
        await asyncio.sleep(0.1)
        return room

    room = asyncio.run(work())
    assert (room.told, room.errors, engine.given, engine.ended) == ([], [], ["1"], False)


def test_nothing_is_known_of_a_project_nobody_asked_for(engine: Engine) -> None:
    assert asyncio.run(Room().desk.judged(ROOT)) is None


@pytest.mark.parametrize("text", [TASKS, TASKS + "# unsaved\n"])
def test_the_same_text_is_understood_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    from jobcheck import understanding

    root, held, linked = write(tmp_path), Held(), []
    collect = understanding.collect

    def counted(*arguments: object) -> object:
        linked.append(1)
        return collect(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(understanding, "collect", counted)
    buffers = {root / "shop" / "tasks.py": Buffer(text)}
    first, second = judge(root, buffers, held), judge(root, buffers, held)
    assert first.report == second.report
    assert linked == [1]


def test_unsaved_text_is_not_kept_on_disk(tmp_path: Path) -> None:
    root = write(tmp_path)
    judge(root, {root / "shop" / "tasks.py": Buffer(TASKS + "# unsaved\n")}, Held())
    assert not (root / ".jobcheck_cache" / "project.mp").exists()
    judge(root, {root / "shop" / "tasks.py": Buffer(TASKS)}, Held())
    assert (root / ".jobcheck_cache" / "project.mp").exists()


def test_text_is_judged_in_the_encoding_it_declares(tmp_path: Path) -> None:
    root = write(tmp_path)
    text = "# -*- coding: latin-1 -*-\ngrüße = 1\n"
    judged = judge(root, {root / "shop" / "new.py": Buffer(text)}, Held())
    assert judged.sources.content("shop/new.py") == text.encode("latin-1")


def test_what_is_known_from_disk_is_held(tmp_path: Path) -> None:
    root = write(tmp_path)
    for held in (Held(), Held()):
        judge(root, {root / "shop" / "tasks.py": Buffer(TASKS)}, held)
        assert held.content == (root / ".jobcheck_cache" / "project.mp").read_bytes()

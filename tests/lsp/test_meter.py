"""What is shown of work that takes long."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jobcheck.lsp import meter as module
from jobcheck.lsp.meter import Meter


class Editor:
    """Stands in for the server's connection: notes what is sent over it."""

    def __init__(self, *, able: bool = True) -> None:
        self.client_capabilities = SimpleNamespace(window=SimpleNamespace(work_done_progress=able))
        self.work_done_progress = self
        self.sent: list[str] = []

    async def create_async(self, token: str) -> None:
        self.sent.append("create")

    def begin(self, token: str, value: Any) -> None:
        self.sent.append(f"begin {value.title}")

    def report(self, token: str, value: Any) -> None:
        self.sent.append(f"{value.message} {value.percentage} %")

    def end(self, token: str, value: Any) -> None:
        self.sent.append("end")


async def work(editor: Editor) -> None:
    meter = Meter(editor)  # type: ignore[arg-type]
    for done in range(3):
        meter("Linking", done, 4)
        await asyncio.sleep(0.02)
    meter.clear()
    await asyncio.sleep(0)


def test_long_work_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    editor = Editor()
    for _ in range(2):
        asyncio.run(work(editor))
    assert editor.sent == ["create", "begin jobcheck", "linking 2/4 50 %", "end"] * 2


@pytest.mark.parametrize(("patience", "able"), [(60.0, True), (0.01, False)])
def test_otherwise_nothing_is(monkeypatch: pytest.MonkeyPatch, patience: float, able: bool) -> None:
    monkeypatch.setattr(module, "PATIENCE", patience)
    editor = Editor(able=able)
    asyncio.run(work(editor))
    assert editor.sent == []

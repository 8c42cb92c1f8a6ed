"""Shows in the editor what is under way, once it has taken longer than people wait gladly."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

PATIENCE = 1.0


class Meter:
    """The progress of one piece of work at a time, in an editor that can show it."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._start = 0.0
        self._token = ""
        self._opening: asyncio.Task[None] | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        self._start = self._start or time.monotonic()
        if self._opening is None and time.monotonic() - self._start > PATIENCE and self._is_able():
            self._opening = asyncio.get_running_loop().create_task(self._open())
        if self._token:
            message = f"{stage.lower()} {done:,}/{total:,}"
            report = lsp.WorkDoneProgressReport(message=message, percentage=100 * done // (total or 1))
            self._server.work_done_progress.report(self._token, report)

    def clear(self) -> None:
        """The work is done."""
        if self._token:
            self._server.work_done_progress.end(self._token, lsp.WorkDoneProgressEnd())
        elif self._opening:
            self._opening.cancel()
        self._start, self._token, self._opening = 0.0, "", None

    def _is_able(self) -> bool:
        window = self._server.client_capabilities.window
        return bool(window and window.work_done_progress)

    async def _open(self) -> None:
        token = str(uuid4())
        await self._server.work_done_progress.create_async(token)
        self._server.work_done_progress.begin(token, lsp.WorkDoneProgressBegin("jobcheck", percentage=0))
        self._token = token

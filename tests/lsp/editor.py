"""What a person does in an editor that speaks with the server."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from lsprotocol import types as lsp
from pytest_lsp import LanguageClient

DEADLINE = 60


class Editor:
    """An editor with the project in `folder` open. Positions count from 1, as findings do."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.versions: dict[str, int] = {}
        for told in (client.diagnostics, client.messages, client.shown_documents):
            told.clear()

    def close(self) -> None:
        for path in self.versions:
            closed = lsp.DidCloseTextDocumentParams(self.document(path))
            self.client.text_document_did_close(closed)

    def uri(self, path: str) -> str:
        return (self.folder / path).as_uri()

    def document(self, path: str) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(self.uri(path))

    async def open(self, path: str, text: str | None = None) -> list[lsp.Diagnostic]:
        content = (self.folder / path).read_text("utf-8") if text is None else text
        self.versions[path] = 1
        item = lsp.TextDocumentItem(self.uri(path), "python", 1, content)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return await self.shown(path)

    def type(self, path: str, text: str) -> None:
        """Put another text in place of the present one, and do not wait."""
        self.versions[path] += 1
        self.client.diagnostics.pop(self.uri(path), None)
        document = lsp.VersionedTextDocumentIdentifier(self.versions[path], self.uri(path))
        change = lsp.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))

    async def change(self, path: str, text: str) -> list[lsp.Diagnostic]:
        self.type(path, text)
        return await self.shown(path)

    async def shown(self, path: str) -> list[lsp.Diagnostic]:
        """The diagnostics of a file, once some have come since it was last changed here."""
        await self.until(lambda: self.uri(path) in self.client.diagnostics)
        return list(self.client.diagnostics[self.uri(path)])

    async def until(self, holds) -> None:
        end = time.monotonic() + DEADLINE
        while not holds():
            assert time.monotonic() < end, "the server did not answer in time"
            await asyncio.sleep(0.02)

    async def hover(self, path: str, line: int, column: int) -> str:
        place = lsp.Position(line - 1, column - 1)
        found = await self.client.text_document_hover_async(lsp.HoverParams(self.document(path), place))
        if found is None:
            return ""
        assert isinstance(found.contents, lsp.MarkupContent)
        return found.contents.value

    async def symbols(self, path: str) -> list[tuple[str, int]]:
        """The jobs of a file as it is now, each with its line."""
        asked = lsp.DocumentSymbolParams(self.document(path))
        found = await self.client.text_document_document_symbol_async(asked)
        return [(each.name, each.range.start.line + 1) for each in found or []]

    async def actions(self, path: str, found: list[lsp.Diagnostic]) -> list[lsp.CodeAction]:
        context = lsp.CodeActionContext(found)
        asked = lsp.CodeActionParams(self.document(path), found[0].range, context)
        offered = await self.client.text_document_code_action_async(asked)
        return [each for each in offered or [] if isinstance(each, lsp.CodeAction)]


def coded(found: list[lsp.Diagnostic], code: str) -> list[lsp.Diagnostic]:
    return [each for each in found if each.code == code]


def applied(text: str, edit: lsp.TextEdit) -> str:
    """The text after an edit that inserts whole lines."""
    assert edit.range.start == edit.range.end
    assert edit.range.start.character == 0
    lines = text.splitlines(keepends=True)
    lines.insert(edit.range.start.line, edit.new_text)
    return "".join(lines)

"""The server itself: what an editor says comes in, what the desk finds goes out."""

from __future__ import annotations

import traceback
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from jobcheck import __version__
from jobcheck.baseline import DEFAULT, BaselineError
from jobcheck.catalog import UnknownRuleError, load_catalog
from jobcheck.lsp import actions, navigation
from jobcheck.lsp.desk import Buffer, Buffers, Desk, Judged
from jobcheck.lsp.diagnostics import diagnostics, page_uri
from jobcheck.lsp.drift import drifted
from jobcheck.lsp.hover import hover
from jobcheck.lsp.meter import Meter
from jobcheck.lsp.places import Places
from jobcheck.policy import PolicyError
from jobcheck.settings_file import ConfigError, project_root

PATIENCE = 0.3
"""Seconds without a change before unsaved text is judged."""

SETTINGS = (BaselineError, ConfigError, PolicyError, UnknownRuleError)
"""The errors that are the author's to repair."""

WATCHED = ("**/*.py", "**/pyproject.toml", "**/jobcheck.toml", f"**/{DEFAULT}")


class Server(LanguageServer):
    """Speaks with one editor. `asks` tells that the editor can ask its user for a reason."""

    def __init__(self) -> None:
        super().__init__("jobcheck", __version__)
        self.asks = False
        self.desk = Desk(self.buffers, self.show, self.complain, Meter(self), PATIENCE)
        self._shown: dict[Path, set[Path]] = {}
        self._complaint = ""

    def buffers(self) -> Buffers:
        """The open Python files."""
        return {
            file: Buffer(document.source, document.version or 0)
            for document in self.workspace.text_documents.values()
            if (file := _file(document.uri))
        }

    def uri(self, file: Path) -> str:
        """A file's name as the editor writes it."""
        opened = (document.uri for document in self.workspace.text_documents.values())
        return next((uri for uri in opened if _file(uri) == file), file.as_uri())

    def places(self, judged: Judged) -> Places:
        return Places(judged, self.workspace.position_codec, self.uri)

    def changed(self, uri: str) -> None:
        """Have the projects judged anew that a file belongs to."""
        file = _file(uri)
        own = self.root(file) if file else None
        if file and own:
            for root in {own, *(root for root in self.desk.roots if root in file.parents)}:
                self.desk.ask(root)

    async def known(self, uri: str) -> tuple[Judged, Places, str] | None:
        """What is known of the project of a file, once it is known of its present text."""
        file = _file(uri)
        root = self.root(file) if file else None
        judged = await self.desk.judged(root) if root else None
        return (judged, self.places(judged), judged.path(file)) if judged and file else None

    async def known_at(
        self, params: lsp.HoverParams | lsp.DefinitionParams | lsp.ReferenceParams
    ) -> tuple[Judged, Places, str, lsp.Position] | None:
        """What is known of a place: of the last state, at once, where its line has not changed since."""
        uri, position = params.text_document.uri, params.position
        file = _file(uri)
        root = self.root(file) if file else None
        latest = self.desk.latest(root) if root else None
        if latest and file:
            path, text = latest.path(file), self.workspace.get_text_document(uri).source
            line = drifted(text, latest.sources.lines(path), position.line)
            if line is not None:
                return latest, self.places(latest), path, lsp.Position(line, position.character)
        known = await self.known(uri)
        return (*known, position) if known else None

    def root(self, file: Path) -> Path | None:
        """The project a file lies in; None when its settings cannot be read."""
        try:
            return project_root(file)
        except ConfigError as error:
            self.complain(error)
            return None

    def show(self, judged: Judged) -> None:
        """Show what was found, save in files whose text has changed meanwhile."""
        self._complaint = ""
        root = Path(judged.report.root)
        found = diagnostics(judged, self.places(judged))
        listed = {judged.file(path): shown for path, shown in found.items()}
        now = self.buffers()
        files = {*listed, *self._shown.get(root, ()), *(file for file in now if root in file.parents)}
        for file in sorted(file for file in files if self.root(file) == root):
            if now.get(file) == judged.buffers.get(file):
                version = now[file].version if file in now else None
                self.text_document_publish_diagnostics(
                    lsp.PublishDiagnosticsParams(self.uri(file), listed.get(file, []), version)
                )
        self._shown[root] = set(listed)

    def complain(self, error: Exception) -> None:
        """Say once why nothing can be judged."""
        told = str(error)
        if not isinstance(error, SETTINGS):
            traceback.print_exception(error)
            told = f"internal error: {error!r}"
        if told != self._complaint:
            self._complaint = told
            self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, f"jobcheck: {told}"))


def _file(uri: str) -> Path | None:
    """The Python file that a URI names; None when it names something else."""
    name = to_fs_path(uri)
    return Path(name).resolve() if name and name.endswith(".py") else None


server = Server()


@server.feature(lsp.INITIALIZE)
def initialize(ls: Server, params: lsp.InitializeParams) -> None:
    options = params.initialization_options
    ls.asks = isinstance(options, dict) and options.get("asksForReason") is True


@server.feature(lsp.INITIALIZED)
async def initialized(ls: Server, _params: lsp.InitializedParams) -> None:
    workspace = ls.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace else None
    if watching and watching.dynamic_registration:
        options = lsp.DidChangeWatchedFilesRegistrationOptions(
            [lsp.FileSystemWatcher(pattern) for pattern in WATCHED]
        )
        wanted = lsp.Registration("files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        await ls.client_register_capability_async(lsp.RegistrationParams([wanted]))


@server.feature(lsp.SHUTDOWN)
async def shut_down(ls: Server, _params: None) -> None:
    await ls.desk.close()


@server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
@server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
@server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
@server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
def document_changed(
    ls: Server,
    params: lsp.DidOpenTextDocumentParams
    | lsp.DidChangeTextDocumentParams
    | lsp.DidSaveTextDocumentParams
    | lsp.DidCloseTextDocumentParams,
) -> None:
    ls.changed(params.text_document.uri)


@server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
def files_changed(ls: Server, _params: lsp.DidChangeWatchedFilesParams) -> None:
    for root in ls.desk.roots:
        ls.desk.ask(root)


@server.feature(lsp.TEXT_DOCUMENT_HOVER)
async def show_hover(ls: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    known = await ls.known_at(params)
    return hover(*known) if known else None


@server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
async def list_symbols(ls: Server, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
    known = await ls.known(params.text_document.uri)
    return navigation.symbols(*known) if known else []


@server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
async def go_to_job(ls: Server, params: lsp.DefinitionParams) -> list[lsp.Location]:
    known = await ls.known_at(params)
    return navigation.definitions(*known) if known else []


@server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
async def list_producers(ls: Server, params: lsp.ReferenceParams) -> list[lsp.Location]:
    known = await ls.known_at(params)
    return navigation.references(*known) if known else []


@server.feature(
    lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
)
def offer_actions(ls: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    uri = params.text_document.uri
    text = ls.workspace.get_text_document(uri).source
    return actions.actions(uri, text, params.context.diagnostics, asks=ls.asks)


@server.command(actions.SUPPRESS)
async def suppress(ls: Server, uri: str, line: int, code: str, reason: str) -> None:
    """Write the suppression of a rule at a line, counted from 0, with the reason the author gave."""
    edit = actions.suppression(ls.workspace.get_text_document(uri).source, line, code, reason)
    if edit:
        change = lsp.WorkspaceEdit(changes={uri: [edit]})
        await ls.workspace_apply_edit_async(lsp.ApplyWorkspaceEditParams(change, "Suppress with a reason"))


@server.command(actions.OPEN_PAGE)
async def open_page(ls: Server, code: str) -> None:
    """Show a rule's page, or say where it lies in an editor that cannot be told to open a file."""
    page = page_uri(load_catalog().find(code))
    window = ls.client_capabilities.window
    if window and window.show_document and window.show_document.support:
        await ls.window_show_document_async(lsp.ShowDocumentParams(page, take_focus=True))
    else:
        ls.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Info, to_fs_path(page) or page))

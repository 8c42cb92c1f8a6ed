"""The client that plays the editor."""

from __future__ import annotations

from typing import Any, Union

from lsprotocol import types as lsp
from pytest_lsp import LanguageClient, make_test_lsp_client


def able_client() -> LanguageClient:
    """A client that lets the server ask for changes on disk, gathers edits, and tells an action from a command.

    lsprotocol itself takes every action that bears a command for a mere command.
    """
    client = make_test_lsp_client()
    converter = client.protocol._converter

    def action(value: Any, _type: object) -> lsp.CodeAction:
        return converter.structure(value, lsp.CodeAction)

    converter.register_structure_hook(Union[lsp.Command, lsp.CodeAction], action)

    @client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
    def register(_client: LanguageClient, _params: lsp.RegistrationParams) -> None:
        pass

    @client.feature(lsp.WORKSPACE_APPLY_EDIT)
    def apply(_client: LanguageClient, params: lsp.ApplyWorkspaceEditParams) -> lsp.ApplyWorkspaceEditResult:
        client.edits.append(params.edit)
        return lsp.ApplyWorkspaceEditResult(applied=True)

    client.edits = []
    return client

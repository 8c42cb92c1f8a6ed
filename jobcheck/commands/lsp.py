"""`jobcheck lsp`: the language server."""

from __future__ import annotations

import click

from jobcheck.commands.refusal import Refused


@click.command()
def lsp() -> None:
    """Serve an editor over standard input and output (needs `pip install 'jobcheck[lsp]'`).

    Settings are those of the project each file lies in, as for `jobcheck check`.
    """
    try:
        from jobcheck.lsp.server import server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pygls", "lsprotocol"}:
            raise
        raise Refused("the language server needs pygls: pip install 'jobcheck[lsp]'") from None
    server.start_io()

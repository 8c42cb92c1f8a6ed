"""What an editor offers at a finding: to silence it with a reason, to open its page."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from lsprotocol import types as lsp

from jobcheck.catalog import load_catalog
from jobcheck.lsp.diagnostics import SOURCE

OPEN_PAGE = "jobcheck.openPage"
SUPPRESS = "jobcheck.suppress"
ASK_REASON = "jobcheck.suppressWithReason"
"""A command of the editor's own, for one that can ask the author; it then calls SUPPRESS."""


def actions(
    uri: str, text: str, diagnostics: Iterable[lsp.Diagnostic], *, asks: bool
) -> list[lsp.CodeAction]:
    """The actions for the findings among the diagnostics.

    An editor that `asks` the author for the reason is told to; elsewhere the reason is left to be
    written, and until it is the suppression does not count.
    """
    found = [each for each in diagnostics if each.source == SOURCE and isinstance(each.code, str)]
    silencing = [action for each in found for action in _silencing(uri, text, each, asks=asks)]
    return [*silencing, *(_opening(each) for each in found)]


def suppression(text: str, line: int, code: str, reason: str) -> lsp.TextEdit | None:
    """The edit that silences a rule at the statement around a line, counted from 0.

    None when the text cannot be parsed.
    """
    try:
        above = _start(ast.parse(text), line + 1)
    except (SyntaxError, ValueError, RecursionError):
        return None
    lines = text.splitlines(keepends=True)
    statement = lines[above - 1]
    indent = statement[: len(statement) - len(statement.lstrip(" \t"))]
    ending = "\r\n" if statement.endswith("\r\n") else "\n"
    place = lsp.Position(above - 1, 0)
    return lsp.TextEdit(lsp.Range(place, place), f"{indent}# jobcheck: ignore[{code}] -- {reason}{ending}")


def _start(tree: ast.Module, line: int) -> int:
    """The first line of the innermost statement around a line, decorators included."""
    around = [
        start
        for node in ast.walk(tree)
        if isinstance(node, (ast.stmt, ast.excepthandler))
        if (start := _first(node)) <= line <= (node.end_lineno or node.lineno)
    ]
    return max(around, default=line)


def _first(node: ast.stmt | ast.excepthandler) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _silencing(uri: str, text: str, found: lsp.Diagnostic, *, asks: bool) -> Iterator[lsp.CodeAction]:
    code, line = str(found.code), found.range.start.line
    edit = None if code.startswith("JC0") else suppression(text, line, code, "")
    if edit is None:
        return
    action = lsp.CodeAction(
        f"Suppress {_title(code)} with a reason", lsp.CodeActionKind.QuickFix, diagnostics=[found]
    )
    if asks:
        action.command = lsp.Command(action.title, ASK_REASON, arguments=[uri, line, code])
    else:
        action.edit = lsp.WorkspaceEdit(changes={uri: [edit]})
    yield action


def _opening(found: lsp.Diagnostic) -> lsp.CodeAction:
    title = f"Open the page of {_title(str(found.code))}"
    command = lsp.Command(title, OPEN_PAGE, arguments=[found.code])
    return lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, diagnostics=[found], command=command)


def _title(code: str) -> str:
    return f"{code} {load_catalog().find(code).name}"

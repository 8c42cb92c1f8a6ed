"""The server as editors meet it: in a process of its own, over its standard input and output."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import pytest_lsp
from lsprotocol import types as lsp
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from tests.lsp.client import able_client
from tests.lsp.editor import Editor, applied, coded
from tests.lsp.project import TASKS, VIEWS, checked, environment, write

CONFIG = ClientServerConfig([sys.executable, "-m", "jobcheck", "lsp"], able_client, environment())
OPTIONS = {"visual-studio-code": {"asksForReason": True}}

ENCODINGS = {"utf-8": "utf-8", "utf-16": "utf-16-le"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_lsp.fixture(config=CONFIG, scope="module", params=["neovim", "visual-studio-code"])
async def client(lsp_client: LanguageClient, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    answer = await lsp_client.initialize_session(
        lsp.InitializeParams(
            client_capabilities(request.param), initialization_options=OPTIONS.get(request.param)
        )
    )
    lsp_client.encoding = ENCODINGS[answer.capabilities.position_encoding or "utf-16"]
    yield
    await lsp_client.shutdown_session()


@pytest_asyncio.fixture(loop_scope="module")
async def editor(client: LanguageClient, tmp_path: Path) -> AsyncIterator[Editor]:
    opened = Editor(client, write(tmp_path))
    yield opened
    opened.close()


def placed(path: str, found: list[lsp.Diagnostic]) -> set[tuple[str, int, int, str]]:
    """As `checked` places findings; the files here hold no wide character before one."""
    return {
        (path, each.range.start.line + 1, each.range.start.character + 1, str(each.code)) for each in found
    }


def shown(editor: Editor) -> set[tuple[str, int, int, str]]:
    paths = ("shop/tasks.py", "shop/views.py")
    return set().union(
        *(placed(path, list(editor.client.diagnostics.get(editor.uri(path), []))) for path in paths)
    )


async def test_it_shows_what_check_finds(editor: Editor) -> None:
    await editor.open("shop/tasks.py")
    assert shown(editor) == checked(editor.folder)
    assert {"JC101", "JC305"} <= {code for _, _, _, code in shown(editor)}


async def test_unsaved_text_is_judged_as_it_would_be_once_saved(editor: Editor) -> None:
    await editor.open("shop/tasks.py")
    changed = TASKS.replace("max_retries=None", "max_retries=3")
    found = await editor.change("shop/tasks.py", changed)
    assert coded(found, "JC305") == []
    before = shown(editor)
    (editor.folder / "shop" / "tasks.py").write_text(changed)
    assert before == checked(editor.folder)


async def test_what_is_typed_in_one_file_shows_in_another(editor: Editor) -> None:
    await editor.open("shop/tasks.py")
    found = await editor.open("shop/views.py")
    assert coded(found, "JC206") == []
    renamed = TASKS.replace("address, organization_id, correlation_id", "address, correlation_id")
    editor.type("shop/tasks.py", renamed)
    editor.client.diagnostics.pop(editor.uri("shop/views.py"))
    [mismatch] = coded(await editor.shown("shop/views.py"), "JC206")
    assert mismatch.message.startswith("This call makes a job that cannot run")


async def test_columns_are_counted_as_the_editor_counts(editor: Editor) -> None:
    found = await editor.open("shop/views.py", VIEWS.replace(', 1, "c"', ""))
    [mismatch] = coded(found, "JC206")
    before = '    grüße = "𝒽ello"; '.encode(editor.client.encoding)
    units = len(before) // len(" ".encode(editor.client.encoding))
    assert (mismatch.range.start.line, mismatch.range.start.character) == (4, units)


async def test_a_finding_carries_severity_page_and_related_places(editor: Editor) -> None:
    [found] = coded(await editor.open("shop/tasks.py"), "JC101")
    assert (found.severity, found.source) == (lsp.DiagnosticSeverity.Error, "jobcheck")
    assert found.code_description
    assert found.code_description.href.endswith("/JC101-unguarded-side-effect.md")
    assert "\nFix: " in found.message
    assert editor.uri("shop/views.py") in [each.location.uri for each in found.related_information or []]


async def test_text_that_cannot_be_parsed_is_said_to_be_so(editor: Editor) -> None:
    await editor.open("shop/tasks.py")
    [broken] = await editor.change("shop/tasks.py", TASKS + "def (:\n")
    assert broken.message.startswith("jobcheck cannot read this file")
    assert broken.range.start.line == TASKS.count("\n")
    assert coded(await editor.change("shop/tasks.py", TASKS), "JC101")


async def test_a_closed_file_counts_as_saved(editor: Editor) -> None:
    found = await editor.open("shop/tasks.py", TASKS.replace("max_retries=None", "max_retries=3"))
    assert coded(found, "JC305") == []
    editor.client.diagnostics.clear()
    closed = lsp.DidCloseTextDocumentParams(editor.document("shop/tasks.py"))
    editor.client.text_document_did_close(closed)
    assert coded(await editor.shown("shop/tasks.py"), "JC305")


async def test_a_change_on_disk_is_noticed(editor: Editor) -> None:
    await editor.open("shop/tasks.py")
    editor.client.diagnostics.clear()
    (editor.folder / "jobcheck.toml").write_text('ignore = ["JC305"]\n')
    event = lsp.FileEvent(editor.uri("jobcheck.toml"), lsp.FileChangeType.Changed)
    changed = lsp.DidChangeWatchedFilesParams([event])
    editor.client.workspace_did_change_watched_files(changed)
    assert coded(await editor.shown("shop/tasks.py"), "JC305") == []


async def test_the_settings_are_those_of_the_project(editor: Editor) -> None:
    (editor.folder / "jobcheck.toml").write_text('select = ["JC305"]\n[severity]\nJC305 = "note"\n')
    [only] = await editor.open("shop/tasks.py")
    assert (only.code, only.severity) == ("JC305", lsp.DiagnosticSeverity.Information)


async def test_wrong_settings_are_told_once(editor: Editor) -> None:
    await editor.open("shop/tasks.py")
    (editor.folder / "jobcheck.toml").write_text('select = ["JC30l"]\n')
    for text in (TASKS + "\n", TASKS + "\n\n"):
        editor.type("shop/tasks.py", text)
        await editor.symbols("shop/tasks.py")
    [message] = editor.client.messages
    assert "no rule is called 'JC30l'; did you mean 'JC3" in message.message


async def test_what_the_baseline_holds_is_a_hint(editor: Editor) -> None:
    command = [sys.executable, "-m", "jobcheck", "baseline", "create"]
    subprocess.run(command, cwd=editor.folder, check=True, env=environment(), capture_output=True)
    found = await editor.open("shop/tasks.py")
    assert {each.severity for each in found} == {lsp.DiagnosticSeverity.Hint}
    assert coded(found, "JC101")


async def test_an_excluded_file_is_not_judged(editor: Editor) -> None:
    (editor.folder / "jobcheck.toml").write_text('exclude = ["shop/tasks.py"]\n')
    assert await editor.open("shop/tasks.py") == []


async def test_hover_on_a_job_tells_its_options_and_their_origin(editor: Editor) -> None:
    await editor.open("shop/tasks.py")
    card = await editor.hover("shop/tasks.py", 8, 8)
    assert card.startswith("**shop.tasks.welcome** · celery · email")
    tasks = editor.uri("shop/tasks.py")
    assert f"| attempts | unbounded | decorator, [shop/tasks.py:7]({tasks}#L7) |" in card
    assert "| ack | early | default; to be set at [shop/tasks.py:" in card
    assert f"Enqueued at [shop/views.py:5]({editor.uri('shop/views.py')}#L5)" in card
    assert "JC101 unguarded-side-effect" in card


async def test_hover_follows_a_job_to_where_it_has_moved(editor: Editor) -> None:
    await editor.open("shop/tasks.py")
    editor.type("shop/tasks.py", "# one\n# two\n" + TASKS)
    assert (await editor.hover("shop/tasks.py", 10, 8)).startswith("**shop.tasks.welcome**")
    await editor.shown("shop/tasks.py")
    assert (await editor.hover("shop/tasks.py", 10, 8)).startswith("**shop.tasks.welcome**")


async def test_hover_on_a_producer_tells_of_the_job(editor: Editor) -> None:
    await editor.open("shop/views.py")
    assert (await editor.hover("shop/views.py", 5, 30)).startswith("**shop.tasks.welcome**")
    assert await editor.hover("shop/views.py", 1, 1) == ""


async def test_hover_on_a_finding_is_its_page(editor: Editor) -> None:
    await editor.open("shop/tasks.py")
    page = await editor.hover("shop/tasks.py", 9, 10)
    assert page.startswith("# unguarded-side-effect (JC101)")
    assert "## Why it matters" in page


async def silencing(editor: Editor) -> lsp.CodeAction:
    found = coded(await editor.open("shop/tasks.py"), "JC101")
    action = (await editor.actions("shop/tasks.py", found))[0]
    assert action.title == "Suppress JC101 unguarded-side-effect with a reason"
    return action


async def test_an_editor_that_cannot_ask_leaves_the_reason_to_be_written(editor: Editor) -> None:
    action = await silencing(editor)
    if action.edit is None:
        pytest.skip("this one asks")
    [edit] = action.edit.changes[editor.uri("shop/tasks.py")]
    text = applied(TASKS, edit)
    assert "\n    # jobcheck: ignore[JC101] -- \n    send_mail(" in text
    codes = {each.code for each in await editor.change("shop/tasks.py", text)}
    assert {"JC101", "JC002"} <= codes
    reasoned = text.replace("] -- \n", "] -- the list is cleaned by hand\n")
    codes = {each.code for each in await editor.change("shop/tasks.py", reasoned)}
    assert not {"JC101", "JC001", "JC002"} & codes


async def test_an_editor_that_asks_has_the_reason_written(editor: Editor) -> None:
    action = await silencing(editor)
    if action.command is None:
        pytest.skip("this one cannot ask")
    assert action.command.command == "jobcheck.suppressWithReason"
    arguments = [*action.command.arguments, "the list is cleaned by hand"]
    wanted = lsp.ExecuteCommandParams("jobcheck.suppress", arguments)
    await editor.client.workspace_execute_command_async(wanted)
    [edit] = editor.client.edits.pop().changes[editor.uri("shop/tasks.py")]
    text = applied(TASKS, edit)
    codes = {each.code for each in await editor.change("shop/tasks.py", text)}
    assert not {"JC101", "JC001", "JC002"} & codes


async def test_the_page_of_a_finding_is_opened(editor: Editor) -> None:
    found = coded(await editor.open("shop/tasks.py"), "JC101")
    action = (await editor.actions("shop/tasks.py", found))[1]
    assert action.title == "Open the page of JC101 unguarded-side-effect"
    assert action.command
    await editor.client.workspace_execute_command_async(
        lsp.ExecuteCommandParams(action.command.command, action.command.arguments)
    )
    told = [each.uri for each in editor.client.shown_documents]
    told += [each.message for each in editor.client.messages]
    assert [Path(each).name for each in told] == ["JC101-unguarded-side-effect.md"]


async def test_the_symbols_of_a_file_are_its_jobs(editor: Editor) -> None:
    await editor.open("shop/tasks.py")
    assert await editor.symbols("shop/tasks.py") == [("welcome", 8), ("rest", 13)]
    editor.type("shop/tasks.py", "# one\n" + TASKS)
    assert await editor.symbols("shop/tasks.py") == [("welcome", 9), ("rest", 14)]


async def test_from_a_producer_to_its_job_and_back(editor: Editor) -> None:
    await editor.open("shop/views.py")
    producer, job = lsp.Position(4, 30), lsp.Position(7, 6)
    asked = lsp.DefinitionParams(editor.document("shop/views.py"), producer)
    [there] = await editor.client.text_document_definition_async(asked)
    assert (there.uri, there.range.start.line) == (editor.uri("shop/tasks.py"), 7)
    context = lsp.ReferenceContext(include_declaration=False)
    back = lsp.ReferenceParams(context, editor.document("shop/tasks.py"), job)
    [here] = await editor.client.text_document_references_async(back) or []
    assert (here.uri, here.range.start.line) == (editor.uri("shop/views.py"), 4)

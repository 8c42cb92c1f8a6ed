"""The packaged extension in a real VS Code: code-server, driven through Chromium.

`make vscode-test` runs it. CODE_SERVER and CHROMIUM name the two programs; with SCREENSHOT set, a
picture of the editor is written there.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.lsp.project import environment, write

PACKAGE = Path(__file__).parent / "jobcheck.vsix"
CODE_SERVER = os.environ.get("CODE_SERVER") or shutil.which("code-server") or "code-server"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
PATIENCE = 60
SETTINGS = {
    "chat.disableAIFeatures": True,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample project, with jobcheck in its environment as an installation leaves it."""
    folder = write(tmp_path_factory.mktemp("project"))
    program = folder / ".venv" / "bin" / "jobcheck"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m jobcheck "$@"\n')
    program.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def address(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where VS Code, with the extension installed, shows the project."""
    data, extensions = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("extensions")
    (data / "User").mkdir()
    (data / "User" / "settings.json").write_text(json.dumps(SETTINGS))
    folders = ["--user-data-dir", str(data), "--extensions-dir", str(extensions)]
    subprocess.run(
        [CODE_SERVER, *folders, "--install-extension", str(PACKAGE)], check=True, env=environment()
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"]
    place = ["--bind-addr", f"127.0.0.1:{port}"]
    server = subprocess.Popen([CODE_SERVER, *quiet, *place, *folders, str(project)], env=environment())
    try:
        _await_http(f"http://127.0.0.1:{port}/healthz")
        yield f"http://127.0.0.1:{port}/?folder={project}"
    finally:
        server.terminate()
        server.wait(30)


def _await_http(url: str) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < end, f"{url} does not answer"
            time.sleep(0.2)


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 800})
        opened.set_default_timeout(PATIENCE * 1000)
        opened.goto(address)
        opened.wait_for_selector(".monaco-workbench .part.editor")
        yield opened
        browser.close()


def opened(page: Page, name: str, line: int = 1, column: int = 1) -> None:
    """Open a file from the explorer and go to a place in it."""
    file = page.locator(f'.explorer-folders-view .monaco-list-row:has-text("{name}")')
    if not file.count():
        page.click('.explorer-folders-view .monaco-list-row:has-text("shop")')
    file.dblclick()
    page.wait_for_selector(f'.tab.active:has-text("{name}")')
    page.wait_for_selector(".view-line")
    page.keyboard.press("Control+g")
    page.wait_for_selector('.quick-input-widget:has-text("Go to Line"), .quick-input-widget:has-text("line")')
    page.keyboard.type(f"{line}:{column}")
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.statusbar-item:has-text("Ln {line}, Col {column}")')


def source(page: Page) -> str:
    lines = page.locator(".monaco-editor[data-uri] .view-lines .view-line").all_inner_texts()
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def row(text: str) -> str:
    """The rows of the list of problems that hold a text."""
    return f'.markers-panel .monaco-list-row:has-text("{text}")'


def test_findings_are_underlined_and_listed(page: Page) -> None:
    opened(page, "tasks.py", 9, 5)
    page.wait_for_selector(".squiggly-error")
    page.keyboard.press("Control+Shift+m")
    page.wait_for_selector(row("JC305"))
    if picture := os.environ.get("SCREENSHOT"):
        page.screenshot(path=picture)
    page.fill('input[placeholder^="Filter"]', "JC101")
    page.wait_for_selector(row("JC101"))


def test_a_job_says_what_its_options_are(page: Page) -> None:
    opened(page, "tasks.py", 8, 6)
    page.keyboard.press("Control+k")
    page.keyboard.press("Control+i")
    card = page.wait_for_selector('.monaco-hover:has-text("attempts")')
    assert "unbounded" in card.inner_text()
    page.keyboard.press("Escape")


def test_from_a_producer_to_its_job(page: Page) -> None:
    opened(page, "views.py", 5, 30)
    page.keyboard.press("F12")
    page.wait_for_selector('.tab.active:has-text("tasks.py")')


def test_the_page_of_a_finding_is_opened(page: Page) -> None:
    opened(page, "tasks.py", 9, 5)
    page.keyboard.press("Control+.")
    page.click('.action-widget :text("Open the page of JC101")')
    page.wait_for_selector('.tab.active:has-text("JC101-unguarded-side-effect.md")')


def test_the_reason_is_asked_for_and_written(page: Page, project: Path) -> None:
    opened(page, "tasks.py", 9, 5)
    page.keyboard.press("Control+.")
    page.wait_for_selector('.action-widget :text("Suppress JC101")')
    page.keyboard.press("Enter")
    page.wait_for_selector('.quick-input-widget:has-text("Why is it right here?")')
    page.keyboard.type("the list is cleaned by hand")
    page.keyboard.press("Enter")
    page.wait_for_selector('.view-line:has-text("cleaned")')
    page.wait_for_selector(row("JC101"), state="detached")
    page.keyboard.press("Control+s")
    wanted = "    # jobcheck: ignore[JC101] -- the list is cleaned by hand\n    send_mail("
    end = time.monotonic() + PATIENCE
    while wanted not in (project / "shop" / "tasks.py").read_text("utf-8"):
        assert time.monotonic() < end, source(page)
        time.sleep(0.1)

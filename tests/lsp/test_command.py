"""The command itself."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from jobcheck import __version__
from jobcheck.cli import jobcheck
from tests.lsp.project import ROOT


def test_without_pygls_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "jobcheck.lsp.server", raising=False)
    monkeypatch.setitem(sys.modules, "pygls", None)
    result = CliRunner().invoke(jobcheck, ["lsp"])
    assert result.exit_code == 2
    assert "pip install 'jobcheck[lsp]'" in result.output


def test_the_extension_and_its_lock_have_the_version_of_the_server() -> None:
    for name in ("package.json", "package-lock.json"):
        described = json.loads((ROOT / "editors" / "vscode" / name).read_text("utf-8"))
        assert described["version"] == __version__

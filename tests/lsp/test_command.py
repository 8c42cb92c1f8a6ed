"""The command itself."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner

from jobcheck.cli import jobcheck


def test_without_pygls_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "jobcheck.lsp.server", raising=False)
    monkeypatch.setitem(sys.modules, "pygls", None)
    result = CliRunner().invoke(jobcheck, ["lsp"])
    assert result.exit_code == 2
    assert "pip install 'jobcheck[lsp]'" in result.output

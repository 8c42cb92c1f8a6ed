"""The hook in the real pre-commit, installed as users install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
APP = "from celery import Celery\n\napp = Celery('shop')\n"
BAD = """\
from shop.app import app


@app.task(max_retries=None, autoretry_for=(OSError,))
def welcome(address):
    print(address)
"""
GOOD = BAD.replace("max_retries=None", "max_retries=3")


class Repository:
    """A git work tree with a pre-commit of its own home."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PYTHON"))}
        who = {
            f"GIT_{role}_{what}": "t@e.st" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
        self._environment = kept | who | {"PRE_COMMIT_HOME": str(home), "PATH": path, "NO_COLOR": "1"}
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.root,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def git(self, *arguments: str) -> str:
        result = self.run("git", *arguments)
        assert result.returncode == 0, result.stdout
        return result.stdout.strip()

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, *options: str) -> subprocess.CompletedProcess[str]:
        self.git("add", "--all")
        return self.run("git", "commit", "--message", "change", *options)


@pytest.fixture(scope="module")
def _index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips where the hook's environment cannot be installed for want of packages."""
    probe = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    asked = [*probe, str(tmp_path_factory.mktemp("probe")), "hatchling"]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("pre-commit cannot install the hook: no package index")


@pytest.fixture
def hook(tmp_path: Path, _index: None) -> Repository:
    """jobcheck as it is here, in a repository that a hook can be installed from."""
    pytest.importorskip("pre_commit")
    made = Repository(tmp_path / "hook", tmp_path / "home")
    for name in ("jobcheck", "rules"):
        shutil.copytree(ROOT / name, made.root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, made.root / name)
    assert made.commit().returncode == 0
    return made


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    """A project with one job that is in order by the rules of the profile bugs."""
    made = Repository(tmp_path / "shop", tmp_path / "home")
    made.write("jobcheck.toml", 'profile = "bugs"\nexclude = ["old/"]\n')
    made.write(".gitignore", ".jobcheck_cache/\n")
    made.write("shop/__init__.py", "")
    made.write("shop/app.py", APP)
    made.write("shop/tasks.py", GOOD)
    made.write("shop/totals.py", "def total(rows):\n    return sum(rows)\n")
    return made


def test_commits_are_blocked_by_what_they_touch_and_by_nothing_else(
    hook: Repository, shop: Repository
) -> None:
    shop.write(
        ".pre-commit-config.yaml",
        f"repos:\n- repo: {hook.root}\n  rev: {hook.git('rev-parse', 'HEAD')}\n  hooks: [{{id: jobcheck}}]\n",
    )
    assert shop.run("pre-commit", "install").returncode == 0
    passed = shop.commit()
    assert passed.returncode == 0, passed.stdout
    assert "Passed" in passed.stdout

    shop.write("shop/tasks.py", BAD)
    before = shop.git("rev-parse", "HEAD")
    blocked = shop.commit()
    assert blocked.returncode == 1, blocked.stdout
    assert "shop/tasks.py:4:23: error JC305 unbounded-retry" in blocked.stdout
    assert shop.git("rev-parse", "HEAD") == before
    assert shop.commit("--no-verify").returncode == 0

    shop.write("shop/totals.py", "def total(rows):\n    return 0\n")
    shop.write("old/left_out.py", "x = 1\n")
    elsewhere = shop.commit()
    assert elsewhere.returncode == 0, elsewhere.stdout
    shop.write("old/left_out.py", "x = 2\n")
    assert shop.commit().returncode == 0

    everywhere = shop.run("pre-commit", "run", "--all-files")
    assert everywhere.returncode == 1
    assert "JC305" in everywhere.stdout
    shop.write("shop/tasks.py", GOOD)
    assert shop.run("pre-commit", "run", "--all-files").returncode == 0


def test_the_hook_can_be_tried_without_settings(hook: Repository, shop: Repository) -> None:
    shop.write("shop/tasks.py", BAD)
    assert shop.commit().returncode == 0
    tried = shop.run("pre-commit", "try-repo", str(hook.root), "jobcheck", "--all-files")
    assert tried.returncode == 1, tried.stdout
    assert "JC305" in tried.stdout
    assert tried.stdout.rstrip().endswith("1 finding (1 error)")

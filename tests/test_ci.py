"""The action, the GitLab template and the recipes: valid, and doing what they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from jobcheck.cli import jobcheck
from jobcheck.reporters import formats

ROOT = Path(__file__).parents[1]
ACTION = ROOT / "action.yml"
TEMPLATE = ROOT / "ci" / "jobcheck.gitlab-ci.yml"
RECIPES = (ROOT / "docs" / "recipes.md").read_text("utf-8")
BIN = Path(sys.executable).parent
WORKFLOW = ".github/workflows/jobcheck.yml"
BAD = """\
from celery import Celery

app = Celery("shop")


@app.task(max_retries=None, autoretry_for=(OSError,))
def welcome(address, organization_id, correlation_id):
    print(address)
"""


def blocks() -> dict[str, str]:
    """The YAML of the recipes by the name of the file it is for."""
    found = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", RECIPES, re.MULTILINE | re.DOTALL)
    return dict(found)


def loaded(text: str) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(text)
    return document


def tool(name: str) -> str:
    """A program beside this Python or on the path; without it the test is skipped."""
    found = shutil.which(name, path=os.pathsep.join([str(BIN), os.environ.get("PATH", "")]))
    return found or str(pytest.skip(f"{name} is not installed"))


def said(*command: str, folder: Path = ROOT) -> str:
    """What the program says when it exits with 0."""
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository as its owner would have it after following the recipes."""
    for name, text in blocks().items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    shutil.copy(ACTION, tmp_path / "action.yml")
    return tmp_path


def test_the_recipes_are_for_these_files() -> None:
    assert sorted(blocks()) == [WORKFLOW, ".gitlab-ci.yml", ".pre-commit-config.yaml"]


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("github-actions", "action.yml"),
        ("github-workflows", WORKFLOW),
        ("gitlab-ci", ".gitlab-ci.yml"),
        ("gitlab-ci", str(TEMPLATE)),
    ],
)
def test_what_ci_reads_has_its_schema(repository: Path, kind: str, file: str) -> None:
    command = [tool("check-jsonschema"), "--builtin-schema", f"vendor.{kind}"]
    transform = ["--data-transform", "gitlab-ci"] if kind == "gitlab-ci" else []
    said(*command, *transform, str(repository / file))


def test_what_pre_commit_reads_is_valid(repository: Path) -> None:
    said(tool("pre-commit"), "validate-config", str(repository / ".pre-commit-config.yaml"))
    said(tool("pre-commit"), "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))


def test_zizmor_finds_nothing_in_action_and_workflow(repository: Path) -> None:
    settings = repository / "settings.yml"
    settings.write_text('rules: {unpinned-uses: {config: {policies: {"*": ref-pin}}}}\n')
    command = [tool("zizmor"), "--offline", "--persona", "pedantic", "--config", str(settings)]
    assert "No findings to report" in said(
        *command, str(repository / "action.yml"), str(repository / WORKFLOW)
    )


def test_actionlint_finds_nothing_in_the_workflow(repository: Path) -> None:
    said(tool("actionlint"), WORKFLOW, folder=repository)


def test_the_workflow_gives_the_action_what_it_takes() -> None:
    steps = loaded(blocks()[WORKFLOW])["jobs"]["jobcheck"]["steps"]
    [step] = [each for each in steps if each["uses"].startswith("OWNER/jobcheck@")]
    assert step["with"].keys() <= loaded(ACTION.read_text())["inputs"].keys()


def test_the_hook_of_the_recipe_is_the_one_there_is() -> None:
    [hook] = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text())
    [repository] = loaded(blocks()[".pre-commit-config.yaml"])["repos"]
    assert repository["hooks"] == [{"id": hook["id"]}]


@pytest.mark.parametrize(
    "line", re.findall(r"(?:^\$ |`)jobcheck ((?:check|checklist|baseline)\b[^`#\n]*)", RECIPES, re.MULTILINE)
)
def test_the_commands_of_the_recipes_can_be_called(line: str) -> None:
    command: click.Command = jobcheck
    words = shlex.split(line)
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None
        command = found
    command.make_context("jobcheck", words)


def test_the_formats_told_of_are_there() -> None:
    told = re.findall(r"^\| `(\w+)` \|", RECIPES.partition("## What a format is for")[2], re.MULTILINE)
    assert len(told) > 5
    assert set(told) <= set(formats())


# --- what they do -------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "jobcheck.toml").write_text('profile = "bugs"')
    (folder / "tasks.py").write_text(BAD)
    program = tmp_path / "temp" / "jobcheck" / "bin" / "jobcheck"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m jobcheck "$@"\n')
    program.chmod(0o755)
    return folder


class Step:
    """One step of the action, run as GitHub runs it."""

    def __init__(self, project: Path, **inputs: str) -> None:
        steps = {each["name"]: each for each in loaded(ACTION.read_text())["runs"]["steps"]}
        self.output, self.summary = project.parent / "output", project.parent / "summary"
        environment = os.environ | {
            "RUNNER_TEMP": str(project.parent / "temp"),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "PATHS": ".",
            "ARGUMENTS": "",
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps["Check the jobs"]["run"]],
            cwd=project,
            env=environment | inputs,
            capture_output=True,
            text=True,
            check=True,
        )
        self.log = done.stdout
        self.outputs = dict(line.split("=", 1) for line in self.output.read_text().splitlines())


def test_the_action_annotates_sums_up_and_hands_on(project: Path) -> None:
    step = Step(project)
    assert step.log.startswith("::error file=tasks.py,line=6,")
    assert step.outputs["exit-code"] == "1"
    assert json.loads(Path(step.outputs["sarif-file"]).read_text())["version"] == "2.1.0"
    summary = step.summary.read_text()
    assert summary.startswith("## jobcheck\n\n1 finding (1 error)\n\n~~~~text\ntasks.py:6:23: error JC305 ")
    assert "\n1 finding (1 error)\n~~~~\n\n## Background jobs beside the checklist\n\n**1 job, " in summary


def test_the_action_takes_paths_and_options(project: Path) -> None:
    assert Step(project, ARGUMENTS="--ignore JC305 --strict-baseline").outputs["exit-code"] == "0"
    (project / "clean.py").write_text("")
    assert Step(project, PATHS="clean.py jobcheck.toml").outputs["exit-code"] == "0"


def test_the_action_says_so_when_it_cannot_run(project: Path) -> None:
    (project / "jobcheck.toml").write_text("slect = []")
    step = Step(project)
    assert step.outputs == {"exit-code": "2"}
    assert step.summary.read_text().endswith("It could not run: the log tells why (exit code 2).\n")


def test_the_gitlab_job_writes_the_reports_it_hands_on(project: Path) -> None:
    job = loaded(TEMPLATE.read_text())["jobcheck"]
    bin_folder = project.parent / "temp" / "jobcheck" / "bin"
    environment = os.environ | job["variables"] | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-ec", "\n".join(job["script"])],
        cwd=project,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    reports = job["artifacts"]["reports"]
    assert json.loads((project / reports["codequality"]).read_text())[0]["location"]["path"] == "tasks.py"
    assert "JC305" in (project / reports["junit"]).read_text()

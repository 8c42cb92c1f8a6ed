"""What starts quickly must not import what is slow."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from jobcheck.cli import main
try:
    main()
finally:
    slow = sorted({"libcst", "pydantic"} & set(sys.modules))
    print("slow:", *slow, file=sys.stderr)
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONWARNINGS"}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("explain", "JC101"),
        ("rules",),
        ("check", "--help"),
        ("baseline", "create", "--help"),
        ("checklist", "--help"),
        ("config", "--help"),
    ],
)
def test_it_imports_neither_libcst_nor_pydantic(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.returncode == 0, result.stderr
    assert result.stderr == "slow:\n"


def test_the_module_runs_like_the_command() -> None:
    command = [sys.executable, "-m", "jobcheck", "--version"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.startswith("jobcheck, version ")


def test_a_poor_terminal_is_no_reason_to_fail() -> None:
    command = [sys.executable, "-m", "jobcheck", "explain", "JC…"]
    environment = os.environ | {"PYTHONIOENCODING": "latin-1:strict"}
    result = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert (result.returncode, result.stderr[:19]) == (2, b"Error: no rule JC?\n")


def test_help_lists_every_command() -> None:
    from jobcheck.cli import COMMANDS

    shown = run("--help").stdout
    assert [name for name in COMMANDS if f"\n  {name} " not in shown] == []


def test_every_command_of_the_table_is_there() -> None:
    import click

    from jobcheck.cli import COMMANDS, jobcheck

    context = click.Context(jobcheck)
    commands = {name: jobcheck.get_command(context, name) for name in COMMANDS}
    assert [name for name, command in commands.items() if command is None or command.name != name] == []

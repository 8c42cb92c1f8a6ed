"""The command line: a table of commands, each imported only when it is called."""

from __future__ import annotations

import io
import sys
import traceback
from importlib import import_module

import click

from jobcheck import __version__

COMMANDS = {
    "check": ("jobcheck.commands.check:check", "Judge the background jobs of a project."),
    "checklist": ("jobcheck.commands.checklist:checklist", "Show each job beside each box of the checklist."),
    "baseline": ("jobcheck.commands.baseline:baseline", "Put known findings off, and take them up again."),
    "explain": ("jobcheck.commands.explain:explain", "Say what a rule finds, why, and how to fix it."),
    "rules": ("jobcheck.commands.rules:rules", "List all rules."),
    "jobs": ("jobcheck.commands.jobs:jobs", "List the jobs, their effective options and producers."),
    "facts": ("jobcheck.commands.facts:facts", "Print what jobcheck reads in a file."),
    "config": ("jobcheck.commands.config:config", "Print the settings in effect and which file set them."),
    "lsp": ("jobcheck.commands.lsp:lsp", "Serve an editor: findings as you type."),
}
CRASHED = 3
INTERRUPTED = 130


class Commands(click.Group):
    """Loads a command's module when the command is called, not to list it."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, context: click.Context) -> object:
        """As click does it, but an interrupt ends as a shell expects it."""
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            click.echo("jobcheck: interrupted", err=True)
            context.exit(INTERRUPTED)

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="jobcheck")
def jobcheck() -> None:
    """Static checks for Python background jobs: Celery and BullMQ.

    Exit code 0: nothing found at or above --fail-on. 1: something found. 2: the command, the
    configuration or a path is wrong. 3: a file could not be read, or an internal error.
    130: interrupted.
    """


def main() -> None:
    """Entry of the console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        jobcheck(prog_name="jobcheck")
    except Exception:
        traceback.print_exc()
        click.echo("jobcheck: internal error; the traceback above tells where", err=True)
        sys.exit(CRASHED)

"""How a command says that what it is asked for cannot be done."""

from __future__ import annotations

import click


class Refused(click.ClickException):
    """The command, the configuration or a path is wrong: exit code 2."""

    exit_code = 2

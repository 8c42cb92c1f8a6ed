"""`jobcheck config`: the settings in effect."""

from __future__ import annotations

import os

import click
import msgspec

from jobcheck.commands.projects import existing, settings_of
from jobcheck.config import Settings


@click.command()
@click.argument("path", default=".")
def config(path: str) -> None:
    """Print the settings in effect for PATH, and which file set each."""
    settings = settings_of(existing(path), use_cache=True)
    click.echo(f"root = {os.path.relpath(settings.root)}")
    values = msgspec.to_builtins(settings.config)
    width = max(map(len, values))
    for key, value in values.items():
        click.echo(f"{key:<{width}} = {msgspec.json.encode(value).decode()}  # {_origin(key, settings)}")


def _origin(key: str, settings: Settings) -> str:
    file = settings.origins.get(key)
    return os.path.relpath(file) if file else "default"

"""Settings files: where they lie, how they are read, which one extends which."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import tomli
from msgspec import Struct

OWN_FILE = "jobcheck.toml"
SHARED_FILE = "pyproject.toml"


class ConfigError(Exception):
    """A settings file that cannot be used; the text names file, line and column."""


class Layer(Struct, frozen=True):
    """One settings file: its text, the table it holds and where in it that table lies."""

    file: Path
    text: str
    table: dict[str, Any]
    prefix: tuple[str, ...]


def project_root(path: Path) -> Path:
    """The nearest folder from `path` upwards with settings, else with .git, else the folder itself."""
    start = path if path.is_dir() else path.parent
    folders = (start, *start.parents)
    configured = next((folder for folder in folders if settings_file(folder)), None)
    versioned = next((folder for folder in folders if (folder / ".git").exists()), None)
    return configured or versioned or start


def settings_file(folder: Path) -> Path | None:
    """The file with jobcheck's settings in this very folder."""
    own, shared = folder / OWN_FILE, folder / SHARED_FILE
    if own.is_file():
        return own
    return shared if shared.is_file() and _speaks_of_jobcheck(shared) else None


def _speaks_of_jobcheck(pyproject: Path) -> bool:
    text = _text(pyproject)
    return "jobcheck" in text and "jobcheck" in _parse(pyproject, text).get("tool", {})


def layers(file: Path) -> Iterable[Layer]:
    """The file and those it extends, nearest first."""
    seen: set[Path] = set()
    following: Path | None = file
    while following is not None:
        layer = _layer(following)
        seen.add(following)
        yield layer
        following = _extended(layer)
        if following in seen:
            raise ConfigError(f"{layer.file}: extend goes round in a circle through {following}")


def _layer(file: Path) -> Layer:
    text = _text(file)
    table = _parse(file, text)
    if file.name != SHARED_FILE:
        return Layer(file, text, table, ())
    return Layer(file, text, table.get("tool", {}).get("jobcheck", {}), ("tool", "jobcheck"))


def _extended(layer: Layer) -> Path | None:
    name = layer.table.get("extend")
    if not isinstance(name, str):
        return None
    file = (layer.file.parent / name).resolve()
    if not file.is_file():
        raise ConfigError(f"{layer.file}: extend names a file that does not exist: {name}")
    return file


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from None


@lru_cache(maxsize=8)
def _loaded(text: str) -> dict[str, Any]:
    """One file is asked for again for each path below it."""
    return tomli.loads(text)


def _parse(file: Path, text: str) -> dict[str, Any]:
    try:
        return _loaded(text)
    except tomli.TOMLDecodeError as error:
        raise ConfigError(f"{file}:{error.lineno}:{error.colno}: {error.msg}") from None

"""What a command is asked to look at: paths, the projects they belong to, their settings."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from jobcheck.commands.refusal import Refused
from jobcheck.config import Config, Settings, load
from jobcheck.report import Request
from jobcheck.settings_file import ConfigError, project_root


def existing(path: str) -> Path:
    """The absolute path. Exits with 2 when there is nothing there."""
    if not os.path.lexists(path):
        raise Refused(f"no such file or folder: {path}")
    return Path(path).resolve()


def settings_of(path: Path, *, use_cache: bool) -> Settings:
    """The settings of the project a path lies in. Exits with 2 when they are wrong."""
    try:
        return load(project_root(path), use_cache=use_cache)
    except ConfigError as error:
        raise Refused(str(error)) from None


def requests(paths: Iterable[str], *, use_cache: bool = True) -> list[Request]:
    """One request for each project that the paths lie in; without paths, the project's own."""
    projects: dict[Path, tuple[Config, list[str]]] = {}
    known: dict[Path, Settings] = {}
    for path in [existing(path) for path in paths] or _default_paths(use_cache):
        folder = path if path.is_dir() else path.parent
        settings = known.get(folder) or known.setdefault(folder, settings_of(folder, use_cache=use_cache))
        projects.setdefault(settings.root, (settings.config, []))[1].append(str(path))
    return [
        Request(root=str(root), paths=tuple(asked), config=config, use_cache=use_cache)
        for root, (config, asked) in projects.items()
    ]


def unsaved(filename: str, content: bytes, *, use_cache: bool = True) -> Request:
    """A request for one file whose content is given and may be on no disk."""
    path = Path(filename).resolve()
    settings = settings_of(path, use_cache=use_cache)
    relative = path.relative_to(settings.root).as_posix()
    return Request(
        str(settings.root), (str(path),), settings.config, {relative: content}, use_cache=use_cache
    )


def _default_paths(use_cache: bool) -> list[Path]:
    settings = settings_of(Path.cwd(), use_cache=use_cache)
    return [existing(str(settings.root / path)) for path in settings.config.paths] or [Path.cwd()]

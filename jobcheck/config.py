"""A project's settings: where they are found, what they say, which file said so.

`[tool.jobcheck]` of a pyproject.toml, or a jobcheck.toml, which wins where both lie in one folder. The
file in the nearest folder counts; `extend = "path"` puts another one underneath it, key by key.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, Union

import msgspec
from msgspec import Struct

from jobcheck import __version__
from jobcheck.catalog import Profile, Severity
from jobcheck.folder import cache_folder, write_whole
from jobcheck.model import JobKind, Volume
from jobcheck.settings_file import Layer, layers, settings_file


class JobSettings(Struct, frozen=True):
    """What the project says of the jobs whose name a pattern matches."""

    kind: Union[JobKind, None] = None
    volume: Union[Volume, None] = None


class Config(Struct, frozen=True, rename="kebab"):
    """The settings of one project, valid and complete. Paths and patterns are relative to its root."""

    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_path_ignores: dict[str, tuple[str, ...]] = {}
    severity: dict[str, Severity] = {}
    profile: Profile = "checklist"
    baseline: Union[str, None] = None
    tenant_names: tuple[str, ...] = ()
    correlation_names: tuple[str, ...] = ()
    tenancy: Literal["required", "none"] = "required"
    policy: dict[str, Any] = {}
    vocabulary: dict[str, Any] = {}
    task_decorators: tuple[str, ...] = ()
    producer_wrappers: tuple[str, ...] = ()
    transaction_wrappers: tuple[str, ...] = ()
    target_versions: dict[str, str] = {}
    jobs: dict[str, JobSettings] = {}


class Settings(Struct, frozen=True):
    """A project's root, its configuration, and the file that set each key."""

    root: Path
    config: Config = Config()
    origins: dict[str, Path] = {}


def load(root: Path, *, use_cache: bool = True) -> Settings:
    """The settings of the project at `root`. Raises ConfigError."""
    file = settings_file(root)
    if file is None:
        return Settings(root)
    found = list(layers(file))
    origins = {key: layer.file for layer in reversed(found) for key in layer.table if key != "extend"}
    folder = cache_folder(root) if use_cache else None
    return Settings(root, _validated(found, folder), origins)


def _validated(found: list[Layer], folder: Path | None) -> Config:
    kept = folder / f"config-{_digest(found)}.json" if folder else None
    known = _kept(kept) if kept else None
    if known is not None:
        return known
    from jobcheck import schema

    values: dict[str, Any] = {}
    for layer in reversed(found):
        _overlay(values, schema.validate(layer))
    config = msgspec.convert(values, Config)
    if kept:
        write_whole(kept, msgspec.json.encode(config))
    return config


def _digest(found: list[Layer]) -> str:
    digest = blake2b(__version__.encode(), digest_size=16)
    for layer in found:
        digest.update(f"\0{layer.file.name}\0{layer.text}".encode())
    return digest.hexdigest()


def _kept(file: Path) -> Config | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Config)
    except (OSError, msgspec.MsgspecError):
        return None


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> None:
    """Tables join entry by entry; anything else is replaced."""
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            _overlay(below[key], value)
        else:
            below[key] = value

"""The folder in which results are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

NAME = ".jobcheck_cache"


def cache_folder(root: Path) -> Path | None:
    """The project's cache folder, made if need be; None where none can be written."""
    folder = root / NAME
    try:
        folder.mkdir(exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that no other process ever reads half of it; a full disk is no error."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)

"""Which Python files a project has, and what their bytes mention.

Inside a git work tree git says which files there are, so .gitignore holds; elsewhere the folders
are walked and a .gitignore at the root is honoured. Hidden files and folders, an editor's
locks among them, and installed packages are no part of a project.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from hashlib import blake2b
from pathlib import Path

INSTALLED = frozenset({"node_modules", "site-packages", "__pycache__", "venv", "env"})
_QUOTE = re.compile(rb"[\"']")
_NEWLINE = re.compile(r"\r\n?|\n")
TESTS = re.compile(r"(^|/)(tests?|testing)/|(^|/)(test_[^/]*|[^/]*_test|conftest|tests)\.py$")


class Sources:
    """The Python files of one project, read when asked for.

    `paths` are relative to the root, sorted. `overlays` stand in for what is on disk. `unreadable`
    says of each file asked for that cannot be opened why not.
    """

    def __init__(self, root: Path, paths: Iterable[str], overlays: dict[str, bytes] | None = None) -> None:
        self.root = root
        self.overlays = overlays or {}
        self.paths = tuple(sorted({*paths, *self.overlays}))
        self.unreadable: dict[str, str] = {}
        self._read: dict[str, bytes] = {}

    def content(self, path: str) -> bytes:
        """A file's bytes; none when it cannot be opened."""
        if path in self.overlays:
            return self.overlays[path]
        if path not in self._read:
            self._read[path] = self._opened(path)
        return self._read[path]

    def _opened(self, path: str) -> bytes:
        try:
            return (self.root / path).read_bytes()
        except OSError as error:
            self.unreadable[path] = error.strerror or type(error).__name__
            return b""

    def digest(self, path: str) -> str:
        """What a file's content is known by in the cache; that of one that cannot be opened is why."""
        content = self.content(path)
        return self.unreadable.get(path) or blake2b(content, digest_size=16).hexdigest()

    def lines(self, path: str) -> list[str]:
        """The text lines of a file, for excerpts."""
        lines = _NEWLINE.split(self.content(path).decode("utf-8-sig", "replace"))
        return lines if lines[-1] else lines[:-1]

    def mentioning(self, names: Iterable[str], among: Iterable[str] | None = None) -> Iterator[str]:
        """The files in which one of the names stands as a whole word, and not in a comment."""
        literals = [name.encode() for name in sorted(set(names))]
        pattern = re.compile(rb"\b(?:%s)\b" % b"|".join(map(re.escape, literals)))
        for path in self.paths if among is None else among:
            content = self.content(path)
            if any(name in content for name in literals) and _mentions(content, pattern):
                yield path


def gather(
    root: Path,
    overlays: dict[str, bytes] | None = None,
    exclude: Iterable[str] = (),
    within: Iterable[str] = (),
) -> Sources:
    """The sources of the project at `root` without those that `exclude` patterns match.

    An overlay counts where it stands in for one of them, or for a file that does not exist yet.
    """
    found = _from_git(root)
    if found is None:
        found = _walked(root)
    patterns, folders = tuple(exclude), tuple(within)
    new = [path for path in overlays or () if not (root / path).exists()]
    kept = [
        path
        for path in [*found, *new]
        if not _foreign(path) and not excluded(path, patterns) and (not folders or _inside(path, folders))
    ]
    return Sources(root, kept, {path: text for path, text in (overlays or {}).items() if path in kept})


def _mentions(content: bytes, pattern: re.Pattern[bytes]) -> bool:
    return any(not _commented(content, found.start()) for found in pattern.finditer(content))


def _commented(content: bytes, place: int) -> bool:
    """Whether a place surely lies in a comment; behind a quote, "#" may be a part of a text."""
    before = content[max(content.rfind(b"\n", 0, place), content.rfind(b"\r", 0, place)) + 1 : place]
    code, mark, _ = before.partition(b"#")
    return bool(mark) and not _QUOTE.search(code)


def is_test(path: str) -> bool:
    """Whether a file, by its path in the project, holds tests: neither jobs nor producers live there."""
    return TESTS.search(path) is not None


def excluded(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path matches one of the patterns: a glob, or a folder whose content is meant."""
    return any(fnmatch(path, p) or path.startswith(p.rstrip("/") + "/") for p in patterns)


def _inside(path: str, folders: tuple[str, ...]) -> bool:
    return any(
        folder in {"", "."} or path == folder or path.startswith(folder.rstrip("/") + "/")
        for folder in folders
    )


def _foreign(path: str) -> bool:
    *folders, name = path.split("/")
    return name.startswith(".") or any(folder in INSTALLED or folder.startswith(".") for folder in folders)


def _is_file(file: Path) -> bool:
    """Whether there is a file, be it one that nobody lets us see; a folder, a pipe or a link to nothing
    is none."""
    try:
        return stat.S_ISREG(os.stat(file).st_mode)
    except PermissionError:
        return True
    except OSError:
        return False


def _from_git(root: Path) -> list[str] | None:
    """The Python files git knows of or would add; None outside a work tree, without git, or where git
    ignores the whole folder."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        listed = subprocess.run(  # noqa: S603
            [*command, "--", "*.py"], capture_output=True, check=True, env=environment
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    paths = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    return [path for path in paths if _is_file(root / path)] if paths else None


def _walked(root: Path) -> list[str]:
    ignored = _gitignore(root)
    found: list[str] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        for name in _names(root / folder):
            path = f"{folder}/{name}" if folder else name
            file = root / path
            if os.path.isdir(file) and not os.path.islink(file):
                if not _foreign(path + "/") and not ignored(path + "/") and not _is_environment(file):
                    pending.append(path)
            elif name.endswith(".py") and _is_file(file) and not ignored(path):
                found.append(path)
    return found


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _is_environment(folder: Path) -> bool:
    """Whether installed packages live below, whatever the folder is called."""
    return (folder / "pyvenv.cfg").exists()


def _gitignore(root: Path) -> Callable[[str], bool]:
    file = root / ".gitignore"
    if not file.is_file():
        return _nothing
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(file.read_text("utf-8", "replace").splitlines())
    return spec.match_file


def _nothing(path: str) -> bool:  # noqa: ARG001
    return False

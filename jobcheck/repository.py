"""Paths as other programs know them: from the root of the repository that the project lies in."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from jobcheck.report import Report


class Home(Struct, frozen=True):
    """Where in its repository a project lies: "" at the root, else a path that ends in "/"."""

    folder: str

    def path(self, path: str) -> str:
        """A path of the project, from the root of the repository."""
        return f"{self.folder}{path}"

    def name(self, fingerprint: str) -> str:
        """A fingerprint that no finding of another project in the repository has."""
        return f"{fingerprint}:{self.folder.rstrip('/')}" if self.folder else fingerprint


def home_of(report: Report) -> Home:
    """The place of the project; outside a repository the project stands for it."""
    root = Path(report.root)
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    inside = root.relative_to(top).as_posix()
    return Home("" if inside == "." else f"{inside}/")

"""The pages as a site: `python -m tools.site` gathers them in build/pages and builds build/site.

The pages lie there as they lie in the repository, so a link holds in both. Zensical is strict: a link to a
page or a heading that does not exist ends the build. Its exit code is ours.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Union

from jobcheck.catalog import SECTIONS, Rule, load_catalog
from tools import toml

ROOT = Path(__file__).parents[1]
COPIED = ("README.md", "CHANGELOG.md", "LICENSE", "docs/**/*", "rules/README.md", "rules/*.toml")

Nav = Union[str, dict[str, "Nav"], list["Nav"]]

GUIDE: list[Nav] = [
    "README.md",
    "docs/how-jobcheck-decides.md",
    "docs/configuration.md",
    "docs/checklist.md",
    "docs/recipes.md",
    "docs/extending.md",
]
HEAD = """\
[project]
site_name = "jobcheck"
site_description = "Static checks for Python background jobs"
docs_dir = "pages"
site_dir = "site"
nav = {nav}

[project.theme]
font = false
features = ["content.code.copy", "navigation.footer", "navigation.sections", "navigation.top"]

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"
"""


def gather(folder: Path) -> None:
    """Puts all pages, and what they link to, into an empty folder."""
    for pattern in COPIED:
        for file in sorted(ROOT.glob(pattern)):
            if file.is_file():
                _put(folder, file, file.read_bytes())
    for rule in load_catalog().rules:
        _put(folder, ROOT / _path(rule), page(rule).encode())


def _put(folder: Path, file: Path, content: bytes) -> None:
    target = folder / file.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def page(rule: Rule) -> str:
    """A rule's page, with what its front matter says in a line under the heading."""
    heading, rest = rule.text.split("\n", 1)
    return f"{heading}\n\n*{SECTIONS[rule.section]} · {rule.severity} · profile {rule.profile}*\n{rest}"


def _path(rule: Rule) -> str:
    return f"rules/{rule.code}-{rule.name}.md"


def nav() -> list[Nav]:
    editors = [f"docs/editors/{file.name}" for file in sorted((ROOT / "docs/editors").glob("*.md"))]
    decisions = [f"docs/decisions/{file.name}" for file in sorted((ROOT / "docs/decisions").glob("*.md"))]
    rules: list[Nav] = ["rules/README.md"]
    for number, title in SECTIONS.items():
        of_section: list[Nav] = [
            {f"{rule.code} {rule.name}": _path(rule)}
            for rule in load_catalog().rules
            if rule.section == number
        ]
        rules.append({f"{number} {title}": of_section})
    return [*GUIDE, {"Editors": [*editors]}, {"Rules": rules}, {"Decisions": [*decisions]}, "CHANGELOG.md"]


def build(folder: Path) -> int:
    """Builds the site in `folder`/site; the exit code of the generator."""
    for old in ("pages", "site", ".cache"):
        shutil.rmtree(folder / old, ignore_errors=True)
    gather(folder / "pages")
    (folder / "zensical.toml").write_text(HEAD.format(nav=toml.written(nav())), "utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    return subprocess.run(command, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(build(ROOT / "build"))

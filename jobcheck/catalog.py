"""The rules as people read them: one page per rule, in `rules/`, with its metadata in front.

A page is TOML between two `+++` lines, then Markdown. Severity, profile and prose live there and
nowhere else; `Catalog.joined` makes sure that pages and checks are the same set.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec
import tomli
from msgspec import Struct

Severity = Literal["error", "warning", "note"]
Profile = Literal["bugs", "checklist", "pedantic"]

SECTIONS = {
    1: "Idempotency",
    2: "Payload",
    3: "Retries",
    4: "Status",
    5: "Logging",
    6: "Cleanup",
    7: "Tenant",
    8: "Dead letters",
    9: "Execution",
    0: "jobcheck itself",
}
"""The sections of the checklist that have rules, in the order they are shown."""


class CatalogError(Exception):
    """A page that cannot be read, or pages and checks that do not match."""


class UnknownRuleError(LookupError):
    """No rule answers to a code or name; the message suggests the nearest."""


class Rule(Struct, frozen=True):
    """One rule. `profile` is the smallest that shows it, `boxes` the checklist's boxes it ticks."""

    code: str
    name: str
    section: int
    severity: Severity
    profile: Profile
    summary: str
    boxes: tuple[str, ...] = ()
    text: str = ""


class Box(Struct, frozen=True):
    """One line of the checklist that must hold of every job; `head` is the word above its column."""

    id: str
    head: str
    text: str


class Catalog(Struct, frozen=True):
    """Every rule, in the order of the checklist, and the boxes."""

    rules: tuple[Rule, ...]
    boxes: tuple[Box, ...]

    def find(self, name: str) -> Rule:
        """The rule of that code or name, however it is capitalised."""
        wanted = name.strip().lower()
        for rule in self.rules:
            if wanted in (rule.code.lower(), rule.name):
                return rule
        raise UnknownRuleError(f"no rule {name}{_suggestion(wanted, self.rules)}")

    def joined(self, codes: Collection[str]) -> Catalog:
        """This catalog, once it is certain that it has a page for each code and no other page."""
        pages = {rule.code for rule in self.rules}
        complaints = [f"{code} has no page" for code in sorted(set(codes) - pages)]
        complaints += [f"{code} has a page but no check" for code in sorted(pages - set(codes))]
        if complaints:
            raise CatalogError("; ".join(complaints))
        return self


def rules_folder() -> Path:
    """Where pages and policy are: inside an installed package, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


@functools.cache
def load_catalog() -> Catalog:
    """All pages, read once."""
    folder = rules_folder()
    order = list(SECTIONS)
    rules = [read_page(path) for path in folder.glob("JC*.md")]
    rules.sort(key=lambda rule: (order.index(rule.section), rule.code))
    boxes = tomli.loads((folder / "checklist.toml").read_text("utf-8"))["box"]
    return Catalog(tuple(rules), msgspec.convert(boxes, tuple[Box, ...]))


def read_page(path: Path) -> Rule:
    """The rule that a page describes; a page whose file name says otherwise is an error."""
    parts = path.read_text("utf-8").split("+++\n", 2)
    if len(parts) != 3 or parts[0]:
        raise CatalogError(f"{path.name}: no front matter between +++ lines")
    try:
        rule = msgspec.convert({**tomli.loads(parts[1]), "text": parts[2].strip() + "\n"}, Rule)
    except (tomli.TOMLDecodeError, msgspec.ValidationError) as error:
        raise CatalogError(f"{path.name}: {error}") from error
    if path.stem != f"{rule.code}-{rule.name}" or rule.section not in SECTIONS:
        raise CatalogError(f"{path.name}: is about {rule.code} {rule.name}, section {rule.section}")
    return rule


def _suggestion(wanted: str, rules: tuple[Rule, ...]) -> str:
    from difflib import get_close_matches

    names = {name.lower(): name for rule in rules for name in (rule.code, rule.name)}
    near = get_close_matches(wanted, names, 1, 0.6)
    return f"; did you mean {names[near[0]]}?" if near else ""


def overview(catalog: Catalog) -> str:
    """`rules/README.md`: every rule in a line, and which rules tick which box."""
    lines = ["# The rules", "", "Generated from the pages: `python -m jobcheck.catalog > rules/README.md`."]
    for number, title in SECTIONS.items():
        rows = [_row(rule) for rule in catalog.rules if rule.section == number]
        lines += ["", f"## {number} {title}", "", "| code | name | severity | profile | what it finds |"]
        lines += ["|---|---|---|---|---|", *rows]
    lines += ["", "## Boxes, and the rules that must pass", "", "| box | rules |", "|---|---|"]
    lines += [f"| {box.text} | {_ticked_by(box, catalog)} |" for box in catalog.boxes]
    return "\n".join(lines) + "\n"


def _row(rule: Rule) -> str:
    link = f"[{rule.code}]({rule.code}-{rule.name}.md)"
    return f"| {link} | {rule.name} | {rule.severity} | {rule.profile} | {rule.summary} |"


def _ticked_by(box: Box, catalog: Catalog) -> str:
    return " ".join(rule.code for rule in catalog.rules if box.id in rule.boxes)


if __name__ == "__main__":
    print(overview(load_catalog()), end="")

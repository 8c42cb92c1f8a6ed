"""The parts of README.md and docs/ that are made from the source: `python -m tools.pages` writes them anew.

A part stands between `<!-- part: NAME -->` and `<!-- end -->`; `PARTS` says what makes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

from jobcheck import engine
from jobcheck.catalog import SECTIONS, load_catalog, rules_folder
from jobcheck.checklist.matrix import matrix
from jobcheck.checklist.text import matrices
from jobcheck.config import Config, load
from jobcheck.frameworks import Framework, frameworks
from jobcheck.model import JobKind, Keep, Volume
from jobcheck.policy import load_policy
from jobcheck.report import Request
from jobcheck.reporters import render
from jobcheck.schema import SettingsTable
from jobcheck.terminal import View
from tools import toml

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"
PAGES = (ROOT / "README.md", ROOT / "docs" / "configuration.md")
PART = re.compile(r"(?<=<!-- part: )(?P<name>[\w-]+) -->\n.*?(?=<!-- end -->)", re.DOTALL)
POLICY = load_policy((rules_folder() / "policy.toml").read_text("utf-8"))


def filled(text: str) -> str:
    """The page with all of its parts made anew."""
    return PART.sub(lambda part: f"{part['name']} -->\n\n{PARTS[part['name']]()}\n", text)


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```\n"


# --- what is shown of the sample application ---------------------------------------------


def first_finding() -> str:
    """What `jobcheck check fixtures/shop` says first."""
    shop = FIXTURES / "shop"
    report = engine.run(Request(str(shop), (str(shop),), Config(), use_cache=False, workers=1))
    lines = render("text", [report], View(str(ROOT))).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Misbehaves")) + 1
    return fenced("", "\n".join(lines[start : lines.index("", start)]))


def sample_matrix() -> str:
    """What `jobcheck checklist fixtures/shop` prints on a terminal of 80 columns."""
    shop = str(FIXTURES / "shop")
    config = load(FIXTURES / "shop", use_cache=False).config
    report = engine.run(Request(shop, (shop,), config, use_cache=False, full=True, baseline="", workers=1))
    return fenced("", matrices([matrix(report, load_catalog())], View(shop, width=80)).rstrip("\n"))


# --- what the fixtures prove --------------------------------------------------------------


def proven() -> str:
    """How many rules of each section have projects, bad and good, for each framework."""
    sections = {number: title for number, title in SECTIONS.items() if number}
    known = [each for each in frameworks().values() if (FIXTURES / each.name).is_dir()]
    rows = ((each.title, *(_proven(each, number) for number in sections)) for each in known)
    return table(["", *sections.values()], rows)


def _proven(framework: Framework, section: int) -> str:
    codes = [rule.code for rule in load_catalog().rules if rule.section == section]
    folders = {tuple(folder.name.split("-")[:2]) for folder in (FIXTURES / framework.name).glob("JC*")}
    return f"{sum({(code, 'bad'), (code, 'good')} <= folders for code in codes)} of {len(codes)}"


# --- settings -----------------------------------------------------------------------------


def settings() -> str:
    """Each key of a settings file, from its schema."""
    schema = SettingsTable.model_json_schema(by_alias=True)
    jobs = schema["$defs"]["JobTable"]["properties"]
    keys = [*schema["properties"].items(), *((f"jobs.PATTERN.{key}", said) for key, said in jobs.items())]
    return "\n".join("\n".join(_setting(key, said)) for key, said in keys)


def _setting(key: str, said: dict[str, Any]) -> Iterator[str]:
    yield f"### `{key}`\n"
    unset = said.get("default") in (None, [], {})
    default = "" if unset else f"; `{toml.written(said['default'])}` by default"
    yield f"{said['description']} *{_type(said)}{default}.*\n"
    for example in said.get("examples", ()):
        yield fenced("toml", f"{key} = {toml.written(example)}")


def _type(said: dict[str, Any]) -> str:
    """The type a JSON Schema describes, in words."""
    if "anyOf" in said:
        return _type(said["anyOf"][0])
    if "enum" in said:
        return "One of " + ", ".join(f"`{toml.written(value)}`" for value in said["enum"])
    if said.get("type") == "array":
        return "A list of texts"
    if said.get("type") == "object":
        return "A table"
    return "A text"


def retry_table() -> str:
    rows = ((kind, POLICY.retry[kind]) for kind in get_args(JobKind))
    return table(
        ["kind", "attempts", "backoff", "first wait"],
        ((kind, row.attempts, row.backoff, f"{row.delay:g} s") for kind, row in rows),
    )


def retention_table() -> str:
    rows = ((volume, POLICY.retention[volume]) for volume in get_args(Volume))
    return table(
        ["volume", "completed jobs", "failed jobs"],
        ((volume, _kept(row.completed.keep), _kept(row.failed.keep)) for volume, row in rows),
    )


def _kept(keep: Keep) -> str:
    return f"{keep.age:,.0f} s, at most {keep.count:,}"


def names() -> str:
    lists = {key: getattr(POLICY, key) for key in ("tenant_names", "correlation_names", "sensitive_names")}
    return "".join(f"- `{key}`: {', '.join(words)}\n" for key, words in lists.items())


PARTS: dict[str, Callable[[], str]] = {
    "finding": first_finding,
    "matrix": sample_matrix,
    "frameworks": proven,
    "settings": settings,
    "retries": retry_table,
    "retention": retention_table,
    "names": names,
}


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(filled(page.read_text("utf-8")), "utf-8")

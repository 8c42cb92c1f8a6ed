"""The projects under fixtures/ say on each line what is found there; nothing else may be.

`# expect: JC101` names the findings of its line, `# unknown: JC301` the verdicts that a value of its
line leaves open. A folder `<CODE>-bad-<what>`, `<CODE>-good-<what>` or `<CODE>-unknown-<what>` is a
project about one rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from jobcheck import engine
from jobcheck.catalog import Profile, load_catalog
from jobcheck.config import load
from jobcheck.model import Location
from jobcheck.report import Report, Request

FIXTURES = Path(__file__).parents[1] / "fixtures"
FRAMEWORKS = ("celery", "bullmq")
ONE_FRAMEWORK = {"JC109", "JC305", "JC310", "JC902", "JC903", "JC906", "JC908", "JC909"}
NEVER_UNKNOWN = {
    *("JC306", "JC307", "JC604", "JC705"),
    *("JC901", "JC902", "JC903", "JC905", "JC906", "JC907", "JC908"),
}
CODES = [rule.code for rule in load_catalog().rules if rule.section]
COMMENT = re.compile(r"# (expect|unknown): (JC\d{3}(?:, JC\d{3})*)")

Marked = set[tuple[str, int, str]]


class Case(Struct, frozen=True):
    """One project about one rule; `kind` is bad, good or unknown."""

    framework: str
    code: str
    kind: str
    folder: Path

    @property
    def modules(self) -> int:
        return sum(bool(file.stat().st_size) for file in self.folder.rglob("*.py"))


def projects() -> list[Path]:
    """Every project but those that are there to be hard to read."""
    found = sorted(file.parent for file in FIXTURES.rglob("jobcheck.toml"))
    return [folder for folder in found if "hostile" not in folder.parts]


def cases() -> Iterator[Case]:
    for framework in FRAMEWORKS:
        for folder in sorted((FIXTURES / framework).glob("JC*")):
            code, kind, _ = folder.name.split("-", 2)
            yield Case(framework, code, kind, folder)


CASES = tuple(cases())


def of(code: str, kind: str) -> list[Case]:
    return [case for case in CASES if (case.code, case.kind) == (code, kind)]


@cache
def judged(folder: Path, profile: Profile | None = None) -> Report:
    config = load(folder, use_cache=False).config
    chosen = replace(config, profile=profile) if profile else config
    return engine.run(Request(str(folder), (str(folder),), chosen, use_cache=False, full=True, workers=1))


def marked(folder: Path, verb: str) -> Marked:
    """What the comments of a project say."""
    return {
        (file.relative_to(folder).as_posix(), number, code)
        for file in folder.rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        for found, codes in COMMENT.findall(line)
        if found == verb
        for code in codes.split(", ")
    }


def at(place: Location, code: str) -> tuple[str, int, str]:
    return place.path, place.span.line, code


def findings(report: Report) -> Marked:
    return {at(each.finding.at, each.finding.code) for each in report.findings}


def left_open(report: Report) -> Marked:
    return {at(place, each.code) for place, unknown in report.unknown.items() for each in unknown}


def agree(found: Marked, said: Marked) -> None:
    """Fails with each difference in words that a reader can act on."""
    missing = [(*place, "is said there and not found") for place in said - found]
    unexpected = [(*place, "is found and not said there") for place in found - said]
    told = [f"{path}:{line}: {code} {what}" for path, line, code, what in sorted(missing + unexpected)]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.framework}/{case.folder.name}")
def test_rule_says_what_the_lines_say(case: Case) -> None:
    report = judged(case.folder)
    assert not report.problems
    assert report.project.sites, "no job is recognised"
    agree(findings(report), marked(case.folder, "expect"))
    agree(left_open(report), marked(case.folder, "unknown"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.framework}/{case.folder.name}")
def test_folder_is_what_its_name_says(case: Case) -> None:
    bad = {code for _, _, code in marked(case.folder, "expect")}
    unknown = {code for _, _, code in marked(case.folder, "unknown")}
    assert case.kind in ("bad", "good", "unknown")
    assert case.code in load(case.folder, use_cache=False).config.select
    assert (case.code in bad) == (case.kind == "bad")
    assert case.code in unknown or case.kind != "unknown"


def test_sample_shop_has_the_bugs_it_is_said_to_have() -> None:
    shop = FIXTURES / "shop"
    agree(findings(judged(shop, "bugs")), marked(shop, "expect"))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_nothing_is_wrong_with_exemplary_jobs(framework: str) -> None:
    report = judged(FIXTURES / "exemplary" / framework, "pedantic")
    assert report.project.sites
    agree(findings(report), set())


def test_every_project_is_of_a_known_kind() -> None:
    known = {case.folder for case in CASES} | {FIXTURES / "shop"}
    known |= {FIXTURES / "exemplary" / framework for framework in FRAMEWORKS}
    assert set(projects()) == known


@pytest.mark.parametrize("code", CODES)
def test_rule_has_projects_enough(code: str) -> None:
    bad, good, unknown = (of(code, kind) for kind in ("bad", "good", "unknown"))
    assert len(bad) >= 3
    assert len(good) >= 3
    assert any(case.modules > 1 for case in bad)
    assert any(case.modules > 1 for case in good)
    assert unknown or code in NEVER_UNKNOWN
    if code not in ONE_FRAMEWORK:
        assert {case.framework for case in bad} == {case.framework for case in good} == set(FRAMEWORKS)

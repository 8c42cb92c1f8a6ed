"""The pages: one per check, complete, and with examples that do what they say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from jobcheck import checks
from jobcheck.catalog import (
    CatalogError,
    Rule,
    UnknownRuleError,
    load_catalog,
    overview,
    read_page,
    rules_folder,
)
from jobcheck.engine import check_sources

CATALOG = load_catalog()
TRIAGE = {"JC001", "JC002"}
SECTIONS = ["What it finds", "Why it matters", "Bad", "Good", "When not to use it", "Limits"]
ONE_FRAMEWORK = {
    *("JC109", "JC305", "JC310", "JC902", "JC903", "JC906", "JC908", "JC909"),
    *TRIAGE,
    "JC004",
}


def section(rule: Rule, title: str) -> str:
    return rule.text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def examples(rule: Rule, title: str) -> list[dict[str, str]]:
    """The examples of a section: each code block is one, cut into files at `# file:` lines."""
    blocks = re.findall(r"```python\n(.*?)```", section(rule, title), re.DOTALL)
    return [files(block) for block in blocks]


def files(block: str) -> dict[str, str]:
    first, *named = re.split(r"^# file: (\S+)\n", block, flags=re.MULTILINE)
    found = dict(zip(named[::2], named[1::2], strict=True))
    return {"jobs.py": first, **found} if first.strip() else found


def cases(title: str) -> list[object]:
    return [
        pytest.param(rule, sources, id=f"{rule.code}-{title.lower()}-{number}")
        for rule in CATALOG.rules
        for number, sources in enumerate(examples(rule, title), 1)
    ]


def found_codes(rule: Rule, sources: dict[str, str]) -> set[str]:
    """Codes found by this rule; rules about the tool itself need the others to have run."""
    select = {rule.code} if rule.section else {each.code for each in CATALOG.rules}
    return {finding.code for finding in check_sources(sources, select)}


@pytest.mark.parametrize(("rule", "sources"), cases("Bad"))
def test_bad_example_is_found(rule: Rule, sources: dict[str, str]) -> None:
    assert rule.code in found_codes(rule, sources)


@pytest.mark.parametrize(("rule", "sources"), cases("Good"))
def test_good_example_is_not(rule: Rule, sources: dict[str, str]) -> None:
    assert rule.code not in found_codes(rule, sources)


def test_pages_and_checks_are_the_same_rules() -> None:
    codes = {*checks.discover(), *TRIAGE}
    assert CATALOG.joined(codes) is CATALOG
    with pytest.raises(CatalogError, match="JC999 has no page"):
        CATALOG.joined({*codes, "JC999"})
    with pytest.raises(CatalogError, match="JC305 has a page but no check"):
        CATALOG.joined(codes - {"JC305"})


def test_check_bears_the_name_of_its_page() -> None:
    names = {code: found.judge.__name__.replace("_", "-") for code, found in checks.discover().items()}
    assert names == {rule.code: rule.name for rule in CATALOG.rules if rule.code not in TRIAGE}


@pytest.mark.parametrize("rule", CATALOG.rules, ids=lambda rule: rule.code)
def test_page_is_complete(rule: Rule) -> None:
    assert re.findall(r"^## (.+)$", rule.text, re.MULTILINE) == SECTIONS
    assert all(section(rule, title).strip() for title in SECTIONS)
    assert rule.code[2] == str(rule.section)
    assert re.match(r"[A-Z]", rule.summary)
    assert not rule.summary.endswith(".")
    assert "|" not in rule.summary


@pytest.mark.parametrize("rule", CATALOG.rules, ids=lambda rule: rule.code)
def test_examples_are_python_for_each_framework(rule: Rule) -> None:
    for title in ("Bad", "Good"):
        sources = [source for example in examples(rule, title) for source in example.values()]
        for source in sources:
            ast.parse(source)
        wanted = 1 if rule.code in ONE_FRAMEWORK else 2
        assert len(examples(rule, title)) >= wanted
        if wanted == 2:
            assert any("celery" in source for source in sources)
            assert any("bullmq" in source for source in sources)


def test_every_box_is_ticked_by_a_rule_and_every_tick_has_a_box() -> None:
    assert {box.id for box in CATALOG.boxes} == {box for rule in CATALOG.rules for box in rule.boxes}


def test_the_words_above_columns_are_short_and_differ() -> None:
    heads = [box.head for box in CATALOG.boxes]
    assert len(set(heads)) == len(heads)
    assert [head for head in heads if not re.fullmatch("[a-z]{1,5}", head)] == []


def test_overview_is_up_to_date() -> None:
    assert (rules_folder() / "README.md").read_text("utf-8") == overview(CATALOG), (
        "run: python -m jobcheck.catalog > rules/README.md"
    )


@pytest.mark.parametrize("name", ["JC301", "jc301", "missing-attempts", " Missing-Attempts "])
def test_rule_is_found_by_code_or_name(name: str) -> None:
    assert CATALOG.find(name).code == "JC301"


def test_unknown_rule_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownRuleError, match="no rule missing-atempts; did you mean missing-attempts"):
        CATALOG.find("missing-atempts")
    with pytest.raises(UnknownRuleError, match=r"^no rule zzz$"):
        CATALOG.find("zzz")


FRONT = """+++
code = "JC301"
name = "missing-attempts"
section = 3
severity = "{}"
profile = "bugs"
{}
+++
"""


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("JC301-missing-attempts", "# A page", "no front matter"),
        ("JC301-missing-attempts", "+++\ncode =\n+++\n", "Invalid value"),
        ("JC301-missing-attempts", FRONT.format("fatal", 'summary = "x"'), "Invalid enum value 'fatal'"),
        ("JC301-missing-attempts", FRONT.format("error", ""), "missing required field `summary`"),
        ("JC302-missing-attempts", FRONT.format("error", 'summary = "x"'), "is about JC301 missing-attempts"),
    ],
)
def test_bad_page_is_refused_by_name(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    page = tmp_path / f"{name}.md"
    page.write_text(text, "utf-8")
    with pytest.raises(CatalogError, match=f"^{name}.md: .*{complaint}"):
        read_page(page)

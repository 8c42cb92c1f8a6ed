"""What README.md and docs/ say: made from the source, with links that lead somewhere and examples that hold."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import tomli
from msgspec.structs import replace

from jobcheck.config import load
from jobcheck.engine import run
from jobcheck.report import Request
from jobcheck.schema import SettingsTable
from tests.test_fixtures import agree, findings, judged, left_open, marked
from tools import pages, site, toml

ROOT = Path(__file__).parents[1]
DECIDES = (ROOT / "docs" / "how-jobcheck-decides.md").read_text("utf-8")
LINK = re.compile(r"\]\(([^)#\s]+)")


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    site.gather(folder)
    return folder


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_what_is_made_from_the_source_is_up_to_date(page: Path) -> None:
    text = page.read_text("utf-8")
    assert pages.PART.search(text)
    assert text == pages.filled(text), "make pages writes it anew"


def test_every_part_stands_on_a_page() -> None:
    named = [part["name"] for page in pages.PAGES for part in pages.PART.finditer(page.read_text("utf-8"))]
    assert sorted(named) == sorted(pages.PARTS)


def test_an_unknown_part_is_an_error_and_text_around_parts_is_kept() -> None:
    with pytest.raises(KeyError, match="nothing"):
        pages.filled("<!-- part: nothing -->\n<!-- end -->")
    assert pages.filled("a\n<!-- part: names -->\nold\n<!-- end -->\nb") == (
        f"a\n<!-- part: names -->\n\n{pages.names()}\n<!-- end -->\nb"
    )


def test_rules_count_as_proven_with_a_bad_and_a_good_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JC301-bad-a", "JC301-good-a", "JC302-bad-a", "JC101-good-a"):
        (tmp_path / "celery" / name).mkdir(parents=True)
    monkeypatch.setattr(pages, "FIXTURES", tmp_path)
    head, _, celery = (line.split(" | ") for line in pages.proven().splitlines())
    counted = dict(zip(head, celery, strict=True))
    assert celery[0] == "| Celery"
    assert counted["Retries"].startswith("1 of ")
    assert counted["Idempotency"].startswith("0 of ")


# --- settings -----------------------------------------------------------------------------


def examples() -> dict[str, object]:
    properties = SettingsTable.model_json_schema(by_alias=True)["properties"]
    return {key: said["examples"][0] for key, said in properties.items() if "examples" in said}


def test_examples_of_settings_are_valid_together(tmp_path: Path) -> None:
    service = tmp_path / "service"
    service.mkdir()
    (tmp_path / "jobcheck.toml").write_text("")
    text = "".join(f"{key} = {toml.written(value)}\n" for key, value in examples().items())
    (service / "jobcheck.toml").write_text(text)
    config = load(service, use_cache=False).config
    assert config.jobs["shop.reports.*"].volume == "critical"
    report = run(Request(str(service), (str(service),), replace(config, baseline=None), use_cache=False))
    assert report.findings == ()


def test_a_value_in_one_line_is_read_as_it_was() -> None:
    value = {"a": ["b", 1, True], "c.d": {"é": 'x"y'}, "e": []}
    assert tomli.loads(f"key = {toml.written(value)}")["key"] == value


# --- how jobcheck decides -----------------------------------------------------------------


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", DECIDES, re.DOTALL))
def test_what_the_examples_say_is_so(tmp_path: Path, example: str) -> None:
    (code,) = re.findall(r"# (?:expect|unknown): (JC\d{3})", example)
    (tmp_path / "jobcheck.toml").write_text(f'select = ["{code}"]\n')
    (tmp_path / "jobs.py").write_text(example)
    report = judged(tmp_path)
    agree(findings(report), marked(tmp_path, "expect"))
    agree(left_open(report), marked(tmp_path, "unknown"))


# --- links --------------------------------------------------------------------------------


def test_links_lead_to_what_lies_there(gathered: Path) -> None:
    gone = [
        f"{page.relative_to(gathered)}: {target}"
        for page in sorted(gathered.rglob("*.md"))
        for target in LINK.findall(page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).is_file()
    ]
    assert gone == []


def test_every_page_of_the_repository_is_on_the_site(gathered: Path) -> None:
    listed = str(site.nav())
    assert [page for page in gathered.rglob("*.md") if str(page.relative_to(gathered)) not in listed] == []


def test_a_page_of_a_rule_tells_what_its_front_matter_says() -> None:
    (rule,) = (rule for rule in site.load_catalog().rules if rule.code == "JC301")
    assert site.page(rule).startswith(
        "# missing-attempts (JC301)\n\n*Retries · error · profile checklist*\n\n## What it finds\n"
    )


@pytest.mark.skipif(not importlib.util.find_spec("zensical"), reason="the docs extra is not installed")
def test_the_site_is_built_and_a_broken_link_ends_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert site.build(tmp_path) == 0
    assert (tmp_path / "site/index.html").is_file()
    assert (tmp_path / "site/rules/JC301-missing-attempts/index.html").is_file()
    monkeypatch.setattr(site, "page", lambda rule: f"# {rule.name}\n\n[gone](../docs/gone.md)\n")
    assert site.build(tmp_path) == 1

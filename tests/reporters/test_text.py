"""The reports for people, line by line."""

from __future__ import annotations

import re

import pytest

from jobcheck.facts import Span
from jobcheck.model import Location, Project, Step, Unknown
from jobcheck.report import Hint, Report, Unreadable
from jobcheck.reporters import formats, render
from jobcheck.terminal import View
from tests.reports import fails, finding, ignore, judged, place, report, shop

VIEW = View("/shop")
LINES = {"shop/pay.py": ["", "", "    gateway.charge(order.total)"]}


def payments() -> Report:
    of = shop(6)
    bug = finding(
        "JC101",
        of.sites[0],
        message="A retry charges the customer again: attempts=6 and nothing checks the payment first.",
        details="Give the provider an idempotency key made from the order, for example order.id.",
        question="Which key tells one payment from the next?",
        at=place("shop/pay.py", 3, 5, 27),
        steps=(Step(place("shop/tasks.py", 11), "calls charge"),),
        related=(Step(place("shop/tasks.py", 9), "retried because of this"),),
    )
    gaps = [finding("JC205", each) for each in of.sites]
    ungrouped = finding("JC201", of.sites[1])
    unknown = Unknown("JC301", "shop.tasks.job0", "read from the environment", place("shop/settings.py", 3))
    hints = (Hint("company.task", 37),)
    return report(of, *fails(bug, *gaps, ungrouped), unknown, lines=LINES, hints=hints, files_seen=4338)


SAMPLE = """\
6 Celery jobs in 1 file · 0 producers · 4,338 files seen, all readable · profile checklist

Misbehaves as written: 1
  shop/pay.py:3:5  error JC101 unguarded-side-effect  job0
    A retry charges the customer again: attempts=6 and nothing checks the payment first.
         3 |     gateway.charge(order.total)
           |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    Via: shop/tasks.py:11  calls charge
    Fix: Give the provider an idempotency key made from the order, for example order.id.
    Ask: Which key tells one payment from the next?
    See: shop/tasks.py:9  retried because of this

Missing from the checklist: 2 causes, 6 of 6 jobs
  error    JC205 missing-correlation-id  6 jobs  shop/celery.py:7
                 No correlation id reaches the job by payload, header or propagation.
  warning  JC201 id-only-payload           job1  shop/tasks.py:20
                 shop.tasks.job1 is not right.
Could not tell: 1 value (jobcheck jobs --opaque)
37 functions use @company.task, which looks like a job decorator: task-decorators = ["company.task"]

Next: jobcheck explain JC101 · jobcheck check --profile bugs
3 findings (2 errors, 1 warning)
"""


def test_the_report_reads_like_this() -> None:
    assert render("text", [payments()], VIEW) == SAMPLE


def test_a_project_without_findings_ends_with_a_count_too() -> None:
    assert render("text", [report(shop(1))], VIEW) == (
        "1 Celery job in 1 file · 0 producers · 40 files seen, all readable · profile checklist\n\n0 findings\n"
    )


def test_a_project_without_jobs_says_so() -> None:
    assert render("text", [report(Project())], VIEW).startswith("No job found · 0 producers · 40 files seen")


def test_files_that_could_not_be_read_come_first() -> None:
    text = render(
        "text", [report(shop(1), problems=(Unreadable("shop/old.py", 2, 7, "invalid syntax"),))], VIEW
    )
    assert "40 files seen, 1 not readable" in text
    assert text.splitlines()[1] == "shop/old.py:2:7: cannot be read: invalid syntax"


def test_ten_are_told_in_full_and_the_rest_counted_unless_all_are_wanted() -> None:
    of = shop(13)
    one = report(of, *fails(*(finding("JC101", each) for each in of.sites)))
    assert "  … and 3 more (--full): 3 JC101" in render("text", [one], VIEW)
    whole = render("text", [one], View("/shop", full=True))
    assert whole.count("Fix: Put it right.") == 13
    assert "more (--full)" not in whole


def test_statistics_count_the_findings_and_jobs_of_each_rule() -> None:
    text = render("text", [payments()], View("/shop", statistics=True))
    assert "     1  JC205 missing-correlation-id  6 jobs\n" in text


def test_projects_are_told_apart() -> None:
    text = render("text", [report(shop(1)), report(shop(1))], View("/"))
    assert text.count("shop:\n1 Celery job") == 2


@pytest.mark.parametrize("width", [64, 72, 100])
def test_lines_fit_the_terminal_and_end_in_no_space(width: int) -> None:
    lines = render("text", [payments()], View("/shop", width)).splitlines()
    assert [line for line in lines if line != line.rstrip() or len(line) > width] == []


def test_paths_start_from_where_the_user_is() -> None:
    assert "\n  pay.py:3:5  error" in render("text", [payments()], View("/shop/shop"))
    assert render("concise", [payments()], View("/shop/shop")).startswith("pay.py:3:5: error JC101")


def test_concise_is_one_line_a_finding_and_a_count() -> None:
    assert render("concise", [payments()], VIEW) == (
        "shop/pay.py:3:5: error JC101 unguarded-side-effect: A retry charges the customer again: attempts=6 and "
        "nothing checks the payment first. [shop.tasks.job0]\n"
        "shop/celery.py:7:1: error JC205 missing-correlation-id: No correlation id reaches the job by payload, "
        "header or propagation. [6 jobs]\n"
        "shop/tasks.py:20:1: warning JC201 id-only-payload: shop.tasks.job1 is not right. [shop.tasks.job1]\n"
        "3 findings (2 errors, 1 warning)\n"
    )


def test_concise_names_files_that_could_not_be_read() -> None:
    one = report(shop(1), problems=(Unreadable("shop/old.py", 2, 7, "invalid syntax"),))
    assert render("concise", [one], VIEW).startswith(
        "shop/old.py:2:7: error cannot be read: invalid syntax\n"
    )


def test_suppressed_findings_are_counted() -> None:
    of = shop(1)
    _, hidden = judged(
        of, *fails(finding("JC101", of.sites[0])), directives={"shop/tasks.py": (ignore(10, "JC101"),)}
    )
    assert render("concise", [report(of, suppressed=hidden)], VIEW) == "0 findings · 1 suppressed\n"


def test_colours_and_links_only_where_they_are_wanted() -> None:
    assert "\033" not in render("text", [payments()], VIEW)
    colourful = render("text", [payments()], View("/shop", color=True, links=True))
    assert "\033[31merror\033[0m" in colourful
    assert "\033]8;;file:///shop/shop/pay.py\033\\shop/pay.py:3:5\033]8;;\033\\" in colourful
    assert re.sub(r"\033(\[\d+m|\]8;;[^\033]*\033\\)", "", colourful) == SAMPLE


def test_source_cannot_talk_to_the_terminal() -> None:
    of = shop(1)
    found = finding("JC101", of.sites[0], at=place("shop/pay.py", 1))
    evil = {"shop/pay.py": ["pay()  # \033[2J"]}
    assert "\033" not in render("text", [report(of, *fails(found), lines=evil)], VIEW)


def test_formats_are_found_in_their_folder() -> None:
    assert {"concise", "github", "gitlab", "json", "junit", "sarif", "text"} <= set(formats())


def test_a_long_place_shows_its_beginning() -> None:
    of = shop(1)
    found = finding("JC101", of.sites[0], at=Location("shop/pay.py", Span(1, 3, 5, 2)))
    lines = {"shop/pay.py": ["  pay(", "    one,", "    " + "x" * 200, "    three,", "  )"]}
    shown = render("text", [report(of, *fails(found), lines=lines)], VIEW)
    assert (
        f"""\
         1 |   pay(
           |   ^^^^
         2 |     one,
         3 |     {"x" * 82}…
           | …
"""
        in shown
    )


def test_a_bug_of_several_jobs_lists_them() -> None:
    of, wrapper = shop(2), place("shop/jobs.py", 3)
    one = report(of, *fails(*(finding("JC305", each, cause=wrapper) for each in of.sites)))
    text = render("text", [one], VIEW)
    assert "  shop/jobs.py:3:1  error JC305 unbounded-retry  2 jobs\n" in text
    assert "    Job: shop/tasks.py:20  shop.tasks.job1\n" in text


def test_suppressions_are_told_apart_from_jobs() -> None:
    of = shop(1)
    shown, _ = judged(of, directives={"shop/tasks.py": (ignore(10, "JC101"),)})
    text = render("text", [report(of, findings=shown)], VIEW)
    assert "\nAbout the check itself: 1\n  warning  JC001 unused-suppression" in text
    assert text.endswith("Next: jobcheck explain JC001\n1 finding (1 warning)\n")


def test_what_is_told_once_can_be_told_in_full() -> None:
    of = shop(6)
    one = report(of, *fails(*(finding("JC301", each) for each in of.sites)))
    assert "Next: jobcheck explain JC301 · jobcheck check --full\n" in render("text", [one], VIEW)


def test_concise_counts_by_rule_when_asked() -> None:
    shown = render("concise", [payments()], View("/shop", statistics=True))
    assert "     1  JC101 unguarded-side-effect   1 job\n" in shown


def test_of_a_long_line_the_part_is_shown_that_matters() -> None:
    of = shop(1)
    found = finding("JC101", of.sites[0], at=place("shop/pay.py", 1, 121, 5))
    shown = render("text", [report(of, *fails(found), lines={"shop/pay.py": ["x" * 120 + "pay()"]})], VIEW)
    assert f"         1 | …{'x' * 42}pay()\n           |  {' ' * 42}^^^^^\n" in shown


def test_a_place_that_does_not_fit_stands_below() -> None:
    of = shop(1)
    found = finding("JC201", of.sites[0], at=place("shop/" + "deep/" * 10 + "tasks.py", 4))
    shown = render("text", [report(of, *fails(found))], VIEW)
    assert f"  warning  JC201 id-only-payload  job0\n{' ' * 17}shop/deep/deep/" in shown

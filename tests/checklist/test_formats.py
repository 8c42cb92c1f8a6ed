"""The matrix, the sheet and the questions as they are printed."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from jobcheck.catalog import load_catalog
from jobcheck.checklist import json as as_json
from jobcheck.checklist import markdown, text
from jobcheck.checklist.matrix import MARKS, Matrix, matrix
from jobcheck.checklist.questions import HARMLESS, LIMITS, questions
from jobcheck.model import Act, Cover, Effect, Flow, Pass, Project, Unknown
from jobcheck.report import Unreadable
from jobcheck.terminal import View
from tests.reports import fails, finding, judged, place, project, report, shop, site
from tests.sample import SHOP
from tests.sample import shop as sample

VIEW = View(str(SHOP))
sampled = cache(sample)


def many(number: int, **more: Any) -> Matrix:
    """A project whose jobs all fail alike but for the last, which passes."""
    of = shop(number)
    found = [finding("JC205", each) for each in of.sites[:-1]]
    shown, _ = judged(of, *fails(*found), full=True)
    outcomes = (*fails(*found), Pass("JC205", of.sites[-1].job.name))
    return matrix(report(of, *outcomes, findings=shown, **more), load_catalog())


def one(name: str) -> Matrix:
    found = sampled()
    return replace(found, rows=tuple(row for row in found.rows if row.site.job.function.qualname == name))


# --- text ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 100])
def test_lines_fit_the_terminal_and_end_in_no_space(width: int) -> None:
    lines = text.matrices([sampled()], View(str(SHOP), width=width)).splitlines()
    assert [line for line in lines if len(line) > width or line != line.rstrip()] == []


def test_a_mark_stands_below_the_first_letter_of_its_word() -> None:
    lines = text.matrices([sampled()], VIEW).splitlines()
    upper = next(index for index, line in enumerate(lines) if line.startswith("jobs,"))
    heads = [box.head for box in sampled().boxes]
    columns = sorted(lines[upper + row % 2].index(head) for row, head in enumerate(heads))
    first = sampled().rows[0]
    assert [lines[upper + 2][column] for column in columns] == [MARKS[state] for state in first.marks]


def test_jobs_that_look_the_same_share_a_row() -> None:
    lines = text.matrices([many(16)], View("/shop")).splitlines()
    assert "  +14 alike: job1, job2" in "\n".join(lines)
    assert any(line.endswith("job12 and 2 more") for line in lines)
    assert lines[0] == "16 jobs, 1 box · 1 without a failed box · profile checklist"


def test_colours_only_where_they_are_wanted() -> None:
    plain, painted = (text.matrices([sampled()], replace(VIEW, color=color)) for color in (False, True))
    assert "\033" not in plain
    assert "\033[31m✗\033[0m" in painted
    assert re.sub(r"\033\[\d+m", "", painted) == plain


def test_without_jobs_it_says_so() -> None:
    empty = matrix(report(Project()), load_catalog())
    assert text.matrices([empty], VIEW) == "No job found · profile checklist\n"
    assert markdown.matrices([empty], VIEW).endswith("**No job found** · profile checklist\n")


def test_files_that_could_not_be_read_are_named() -> None:
    found = many(2, problems=(Unreadable("shop/old.py", 2, 7, "invalid syntax"),))
    assert "\nshop/old.py:2:7: cannot be read: invalid syntax\n" in text.matrices([found], View("/shop"))
    assert "Cannot be read: `shop/old.py:2` invalid syntax" in markdown.matrices([found], View("/shop"))


def test_projects_are_told_apart() -> None:
    both = [many(2), many(2)]
    assert text.matrices(both, View("/")).count("shop:\n2 jobs") == 2
    assert markdown.matrices(both, View("/")).count("### shop\n") == 2


def test_a_sheet_tells_boxes_options_effects_and_guards() -> None:
    sheet = text.sheets([one("refund_order")], VIEW)
    assert sheet.startswith("payments.tasks.refund_order  celery  external_api  payments/tasks.py:29\n")
    assert "\n  ✗ guard  A flag or check keeps each effect from happening twice\n      ✗ JC105 " in sheet
    assert "\n  attempts        3  (decorator, payments/tasks.py:28)\n" in sheet
    assert "\n  http requests.post shop/gateway.py:20: unrecorded, guard payments/tasks.py:34" in sheet


def test_a_sheet_tells_why_a_box_does_not_apply_and_what_is_beyond_boxes() -> None:
    sheet = text.sheets([one("deliver_webhook")], VIEW)
    assert "\n  – keys   Calls of other services" in sheet
    assert "\n      – JC104 it sends no idempotency key\n" in sheet
    assert re.search(r"\nBesides\n      ✗ JC9\d\d ", sheet)


# --- markdown -----------------------------------------------------------------------------


def test_each_row_of_a_markdown_table_has_its_columns() -> None:
    table: list[int] = []
    for line in markdown.matrices([sampled()], VIEW).splitlines():
        table = [*table, line.count("|")] if line.startswith("|") else []
        assert len(set(table)) < 2


def test_few_rows_are_not_folded_away() -> None:
    assert "<details>" not in markdown.matrices([many(3)], View("/shop"))
    folded = markdown.matrices([many(16)], View("/shop"))
    assert folded.count("<details>") == folded.count("</details>") == 1
    assert "| `shop.tasks.job13` | ✗ |\n" in folded


def test_a_comment_has_room_for_so_many_jobs_and_says_so() -> None:
    comment = markdown.matrices([many(3000)], View("/shop"))
    assert len(comment) < 65_536
    assert re.search(
        r"\n… and [\d,]+ jobs more: there is no room here for all of them.\n\n</details>\n$", comment
    )


def test_of_many_projects_each_has_its_share_of_a_comment() -> None:
    comment = markdown.matrices([many(300)] * 4, View("/"))
    assert len(comment) < 65_536
    assert comment.count("</details>") == 4
    crowd = markdown.matrices([many(300)] * 200, View("/"))
    assert len(crowd) < 65_536
    assert re.search(r"\n… and \d+ projects more: there is no room", crowd)


def test_a_name_cannot_end_its_cell() -> None:
    of = project(replace(site("job"), job=replace(site("job").job, name="shop.work:a|b`<details>")))
    found = matrix(report(of, Pass("JC205", of.sites[0].job.name)), load_catalog())
    assert "| `work:a b details ` | ✓ |" in markdown.matrices([found], View("/shop"))


def test_a_sheet_in_markdown_is_the_sheet_of_the_terminal() -> None:
    found = [one("refund_order")]
    assert markdown.sheets(found, VIEW) == f"~~~~text\n{text.sheets(found, VIEW)}~~~~\n"


# --- JSON ---------------------------------------------------------------------------------


def keys(value: Any) -> set[str]:
    """All keys of a document but those that are names or rules of the project."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(keys(each) for each in value.values()))


def test_every_key_is_documented_and_the_version_said() -> None:
    page = (SHOP.parents[1] / "docs" / "checklist.md").read_text("utf-8")
    told = set(re.findall(r"`([\w-]+)`", page))
    found = [one("refund_order")]
    asked = questions([sampled()], VIEW)
    printed = [
        as_json.matrices([sampled()], VIEW),
        as_json.sheets(found, VIEW),
        as_json.questions(asked, VIEW),
    ]
    documents = [json.loads(each) for each in printed]
    assert keys(documents) - told == set()
    assert [each["version"] for each in documents] == [1, 1, 1]
    assert "`version` 1" in page


def test_json_tells_what_the_matrix_shows() -> None:
    [told] = json.loads(as_json.matrices([sampled()], VIEW))["projects"]
    rows = {row.site.job.name: row for row in sampled().rows}
    assert [job["name"] for job in told["jobs"]] == list(rows)
    for job in told["jobs"]:
        assert list(job["boxes"].values()) == list(rows[job["name"]].marks)
    assert sum(told["boxes"][0]["totals"].values()) == len(rows)


def test_the_sheet_of_a_job_has_its_options_and_acts() -> None:
    [told] = json.loads(as_json.sheets([one("refund_order")], VIEW))["projects"]
    [job] = told["jobs"]
    assert job["options"]["attempts"] == {
        "value": 3,
        "state": "literal",
        "origin": "decorator",
        "path": "payments/tasks.py",
        "line": 28,
    }
    [act] = job["acts"]
    assert (act["cover"], act["guard"]) == ("unrecorded", {"path": "payments/tasks.py", "line": 34})


# --- questions ----------------------------------------------------------------------------


def test_a_hundred_jobs_with_one_effect_ask_once() -> None:
    of = shop(100)
    send = place("shop/mail.py", 3)
    asked = [finding("JC101", each, question="Which flag?", at=send) for each in of.sites]
    shown, _ = judged(of, *fails(*asked), full=True)
    found = matrix(report(of, *fails(*asked), findings=shown), load_catalog())
    [question] = questions([found], View("/shop"))
    [point] = question.points
    assert (question.text, point.about, len(point.jobs)) == ("Which flag?", "shop/mail.py:3", 100)
    printed = text.questions([question], View("/shop"))
    assert printed.startswith(
        "1 question about 100 jobs, for somebody who knows the system\n\n1. Which flag?\n"
    )
    assert "shop/mail.py:3  100 jobs: job0, job1" in printed
    assert len(printed.splitlines()) < 10


def test_what_the_source_does_not_tell_is_asked() -> None:
    of = shop(1)
    doubt = Unknown("JC101", of.sites[0].job.name, "a call that cannot be followed", place("shop/a.py", 4))
    found = matrix(report(of, doubt), load_catalog())
    [question] = questions([found], View("/shop"))
    assert question.text == HARMLESS
    assert [point.about for point in question.points] == ["a call that cannot be followed (shop/a.py:4)"]


def test_services_are_asked_about_once_each() -> None:
    act = Act(Effect("payment", "stripe.Charge.create", place("shop/pay.py", 3)), Cover("guarded"))
    quiet = Act(Effect("file", "storage.save", place("shop/pay.py", 5)), Cover("guarded"))
    of = project(*(site(name, flow=Flow(acts=(act, quiet))) for name in ("charge", "renew")))
    found = matrix(report(of, *(Pass("JC101", each.job.name) for each in of.sites)), load_catalog())
    [question] = questions([found], View("/shop"))
    assert question.text == LIMITS
    assert [(point.about, point.names) for point in question.points] == [
        ("payment stripe.Charge.create", ("charge", "renew"))
    ]


def test_questions_can_be_ticked_off_in_markdown() -> None:
    asked = questions([sampled()], VIEW)
    printed = markdown.questions(asked, VIEW)
    assert len(asked) > 3
    assert printed.count("\n- [ ] **") == len(asked)
    assert printed.count("\n  Answer: ") == len(asked)


def test_where_nothing_is_open_it_says_so() -> None:
    assert text.questions([], VIEW) == "No question is open\n"

"""The JSON that other programs read."""

from __future__ import annotations

import json

from jobcheck.model import Step, Unknown
from jobcheck.report import Unreadable
from jobcheck.reporters import render
from jobcheck.terminal import View
from tests.reports import fails, finding, place, report, shop

VIEW = View("/")


def document(*reports: object) -> dict[str, object]:
    loaded: dict[str, object] = json.loads(render("json", reports, VIEW))  # type: ignore[arg-type]
    return loaded


def test_a_finding_has_every_promised_key() -> None:
    of = shop(1)
    found = finding(
        "JC101",
        of.sites[0],
        question="Which key?",
        at=place("shop/mail.py", 3, 5, 6),
        steps=(Step(place("shop/tasks.py", 11), "calls send"),),
        related=(Step(place("shop/api.py", 4), "enqueued here"),),
    )
    assert document(report(of, *fails(found), lines={"shop/mail.py": ["", "", "    send()"]})) == {
        "version": 1,
        "findings": [
            {
                "code": "JC101",
                "name": "unguarded-side-effect",
                "severity": "error",
                "certainty": "established",
                "message": "shop.tasks.job0 is not right.",
                "details": "Put it right.",
                "question": "Which key?",
                "path": "shop/mail.py",
                "line": 3,
                "column": 5,
                "end_line": 3,
                "end_column": 11,
                "subject": "shop.tasks.job0",
                "framework": "celery",
                "affects": [],
                "related": [
                    {"path": "shop/tasks.py", "line": 11, "message": "calls send"},
                    {"path": "shop/api.py", "line": 4, "message": "enqueued here"},
                ],
                "fingerprint": "9fc6f3974dda3f8e",
            }
        ],
        "jobs": 1,
        "problems": [],
        "summary": {"errors": 1, "warnings": 0, "notes": 0, "unknown": 0},
    }


def test_a_group_lists_its_jobs() -> None:
    of = shop(6)
    [told] = document(report(of, *fails(*(finding("JC301", each) for each in of.sites))))["findings"]  # type: ignore[misc]
    assert told["affects"][1] == {"subject": "shop.tasks.job1", "path": "shop/tasks.py", "line": 20}
    assert len(told["affects"]) == 6


def test_findings_stand_in_order_of_place_and_projects_one_after_the_other() -> None:
    of = shop(2)
    one = report(of, *fails(finding("JC205", of.sites[1]), finding("JC305", of.sites[0])))
    found = document(one, one)
    assert [each["line"] for each in found["findings"]] == [10, 20, 10, 20]  # type: ignore[index,attr-defined]
    assert found["jobs"] == 4


def test_what_could_not_be_read_or_told_is_counted() -> None:
    of = shop(1)
    at = place("shop/settings.py", 3)
    unknown = [
        Unknown(code, "shop.tasks.job0", "read from the environment", at) for code in ("JC301", "JC302")
    ]
    found = document(report(of, *unknown, problems=(Unreadable("shop/old.py", 2, 7, "invalid syntax"),)))
    assert found["summary"] == {"errors": 0, "warnings": 0, "notes": 0, "unknown": 1}
    assert found["problems"] == [{"path": "shop/old.py", "line": 2, "message": "invalid syntax"}]


def test_what_the_baseline_holds_stands_apart() -> None:
    of = shop(1)
    outcomes = fails(finding("JC101", of.sites[0]), finding("JC305", of.sites[0]))
    known = report(of, *outcomes).standing[:1]
    told = document(report(of, *outcomes, known=known))
    assert [each["code"] for each in told["findings"]] == ["JC305"]  # type: ignore[index,attr-defined]
    assert [each["fingerprint"] for each in told["baselined"]] == [known[0].fingerprint]  # type: ignore[index,attr-defined]
    assert told["summary"]["errors"] == 1  # type: ignore[index,call-overload]

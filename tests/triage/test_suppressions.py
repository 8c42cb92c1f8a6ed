"""What a directive silences, and which directives are reported themselves."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from jobcheck.facts import Directive
from jobcheck.model import Declaration, Location, Unknown
from jobcheck.report import Reported
from tests.reports import APP, CODES, fails, finding, ignore, judged, place, project, shop, site

TASKS = "shop/tasks.py"


def codes(shown: tuple[Reported, ...]) -> list[str]:
    return [each.finding.code for each in shown]


@pytest.mark.parametrize("name", ["JC101", "unguarded-side-effect"])
def test_code_or_name_silences_the_rule_at_its_line(name: str) -> None:
    of = shop(1)
    shown, hidden = judged(of, *fails(finding("JC101", of.sites[0])), directives={TASKS: (ignore(10, name),)})
    assert shown == ()
    assert [each.code for each in hidden] == ["JC101"]


def test_another_line_or_rule_is_not_silenced_and_the_suppression_is_unused() -> None:
    of = shop(1)
    directives = {TASKS: (ignore(11, "JC101"), ignore(10, "JC102"))}
    shown, _ = judged(of, *fails(finding("JC101", of.sites[0])), directives=directives)
    assert codes(shown) == ["JC101", "JC001", "JC001"]


def test_the_job_silences_what_is_found_in_a_helper() -> None:
    of = shop(1)
    found = finding("JC101", of.sites[0], at=place("shop/mail.py", 3))
    assert judged(of, *fails(found), directives={TASKS: (ignore(10, "JC101"),)})[0] == ()


def test_a_suppression_at_the_cause_covers_its_jobs() -> None:
    of = shop(6)
    found = fails(*(finding("JC301", each) for each in of.sites))
    shown, hidden = judged(of, *found, directives={APP: (ignore(7, "JC301"),)})
    assert shown == ()
    assert len(hidden) == 6


def test_the_app_is_not_the_place_to_silence_a_bug() -> None:
    of = shop(1)
    directives = {APP: (ignore(7, "JC101"),)}
    assert codes(judged(of, *fails(finding("JC101", of.sites[0])), directives=directives)[0]) == [
        "JC101",
        "JC001",
    ]


def test_a_suppression_at_a_job_takes_it_out_of_the_group() -> None:
    of = shop(8)
    found = fails(*(finding("JC301", each) for each in of.sites))
    shown, _ = judged(of, *found, directives={TASKS: (ignore(20, "JC301"),)})
    assert "shop.tasks.job1" not in {each.subject for each in shown[0].finding.affects}
    assert len(shown[0].finding.affects) == 7


def test_a_whole_file_is_silenced_from_its_top() -> None:
    of = shop(3)
    found = fails(*(finding("JC101", each) for each in of.sites))
    shown, _ = judged(of, *found, directives={TASKS: (ignore(1, "JC101", verb="ignore-file"),)})
    assert shown == ()


def test_without_a_reason_it_does_not_count() -> None:
    of = shop(1)
    directives = {TASKS: (ignore(10, "JC101", reason=""),)}
    shown, _ = judged(of, *fails(finding("JC101", of.sites[0])), directives=directives)
    assert codes(shown) == ["JC101", "JC002"]


@pytest.mark.parametrize(
    ("directive", "message", "cure"),
    [
        (ignore(1, "JC999"), "no rule is called 'JC999'", "Did you mean 'JC9"),
        (ignore(1, "unguarded-effect"), "no rule is called", "Did you mean 'unguarded-side-effect'?"),
        (ignore(1, "luck", verb="idempotent"), "no strategy is called 'luck'", "Known are: flag, upsert"),
        (
            ignore(1, verb="unreadable", reason="no rule in brackets"),
            "no rule in brackets",
            "Write `# jobcheck:",
        ),
    ],
)
def test_what_names_nothing_is_reported(directive: Directive, message: str, cure: str) -> None:
    [told], _ = judged(shop(1), directives={TASKS: (directive,)}, ran=CODES - {"JC001"})
    assert told.finding.code == "JC002"
    assert message in told.finding.message
    assert cure in told.finding.details


def test_a_declaration_on_no_job_is_reported() -> None:
    declared = ignore(10, "upsert", verb="idempotent")
    one = site("job0", 10)
    on_job = replace(
        one, job=replace(one.job, idempotent=Declaration("upsert", Location(TASKS, declared.span)))
    )
    directives = {TASKS: (declared,)}
    assert judged(project(on_job), directives=directives)[0] == ()
    [told], _ = judged(project(one), directives=directives)
    assert (told.finding.code, told.finding.message) == (
        "JC001",
        "Directive without effect: it stands on no job.",
    )


def test_nothing_is_known_of_a_suppression_whose_rule_did_not_run() -> None:
    ran = frozenset({"JC001", "JC102"})
    assert judged(shop(1), directives={TASKS: (ignore(10, "JC101"),)}, ran=ran)[0] == ()


def test_a_suppression_is_not_unused_where_the_verdict_cannot_be_told() -> None:
    of = shop(1)
    unknown = Unknown("JC301", "shop.tasks.job0", "read from the environment", place("shop/settings.py", 3))
    assert judged(of, unknown, directives={TASKS: (ignore(10, "JC301"),)})[0] == ()


def test_no_ignores_shows_all_and_says_nothing_of_suppressions() -> None:
    of = shop(1)
    directives = {TASKS: (ignore(10, "JC101"), ignore(99, "JC102", reason=""))}
    shown, hidden = judged(
        of, *fails(finding("JC101", of.sites[0])), directives=directives, honour_ignores=False
    )
    assert codes(shown) == ["JC101"]
    assert hidden == ()

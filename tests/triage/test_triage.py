"""Severity, scope, order and names of what is shown."""

from __future__ import annotations

from jobcheck.config import Config
from jobcheck.facts import Span
from jobcheck.model import Act, Cover, Effect, Flow, Location, Unknown
from jobcheck.report import fingerprint
from tests.reports import fails, finding, judged, place, project, shop, site


def test_severity_is_the_pages_unless_the_settings_say_otherwise() -> None:
    of = shop(1)
    found = fails(finding("JC301", of.sites[0]), finding("JC302", of.sites[0]), finding("JC101", of.sites[0]))
    config = Config(severity={"JC3": "note", "missing-backoff": "warning"})
    levels = {each.finding.code: each.severity for each in judged(of, *found, config=config)[0]}
    assert levels == {"JC301": "note", "JC302": "warning", "JC101": "error"}


def test_only_findings_under_the_paths_are_shown() -> None:
    of = shop(1)
    here = finding("JC101", of.sites[0])
    there = finding("JC101", of.sites[0], at=place("other/tasks.py", 1))
    shown, _ = judged(of, *fails(here, there), paths=("/shop/other",))
    assert [each.finding.at.path for each in shown] == ["other/tasks.py"]


def test_a_finding_is_shown_where_its_cause_is_asked_for() -> None:
    of = shop(1)
    found = finding("JC305", of.sites[0], cause=place("shop/jobs.py", 1))
    assert len(judged(of, *fails(found), paths=("/shop/shop/jobs.py",))[0]) == 1


def test_rules_can_be_ignored_for_a_pattern_of_files() -> None:
    of = shop(1)
    found = fails(finding("JC101", of.sites[0]), finding("JC305", of.sites[0]))
    config = Config(per_path_ignores={"shop/*.py": ("JC1",)})
    assert [each.finding.code for each in judged(of, *found, config=config)[0]] == ["JC305"]


def test_what_cannot_be_told_is_a_finding_only_when_strict() -> None:
    of = shop(1)
    unknown = Unknown("JC301", "shop.tasks.job0", "read from the environment", of.sites[0].job.at)
    assert judged(of, unknown)[0] == ()
    [told], _ = judged(of, unknown, strict=True)
    assert (told.finding.certainty, told.finding.framework) == ("unknown", "celery")


def test_errors_come_first_and_among_them_what_costs_most() -> None:
    pay, mail = place("shop/tasks.py", 12), place("shop/tasks.py", 11)
    acts = tuple(
        Act(Effect(kind, kind, at), Cover("unguarded")) for kind, at in (("email", mail), ("payment", pay))
    )
    one = site("job0", 10, flow=Flow(acts=acts))
    found = fails(finding("JC201", one), finding("JC101", one, at=mail), finding("JC101", one, at=pay))
    shown, _ = judged(project(one), *found)
    assert [each.finding.at.span.line for each in shown] == [12, 11, 10]


def test_a_fingerprint_survives_moved_lines_and_spaces() -> None:
    of = shop(1)
    name = "shop/tasks.py"
    [before], _ = judged(
        of,
        *fails(finding("JC101", of.sites[0], at=Location(name, Span(1, 5, 1, 14)))),
        lines={name: ["    pay( now )"]},
    )
    moved = finding("JC101", of.sites[0], at=Location(name, Span(2, 9, 3, 7)))
    [after], _ = judged(of, *fails(moved), lines={name: ["", "        pay(", "  now )"]})
    assert before.fingerprint == after.fingerprint
    assert len(before.fingerprint) == 16


def test_equal_findings_have_different_fingerprints() -> None:
    of = shop(1)
    lines = {"shop/tasks.py": ["send()", "send()"]}
    found = [finding("JC101", of.sites[0], at=place("shop/tasks.py", line, width=6)) for line in (1, 2)]
    shown, _ = judged(of, *fails(*found), lines=lines)
    assert len({each.fingerprint for each in shown}) == 2


def test_a_fingerprint_depends_on_code_path_scope_and_snippet() -> None:
    of = shop(2)
    base = finding("JC101", of.sites[0])
    others = [
        finding("JC102", of.sites[0]),
        finding("JC101", of.sites[1], at=base.at),
        finding("JC101", of.sites[0], at=place("x.py", 1)),
    ]
    names = {fingerprint(each, "send()", 0) for each in (base, *others)} | {fingerprint(base, "pay()", 0)}
    assert len(names) == 5


def test_the_excerpt_is_the_lines_of_the_place() -> None:
    of = shop(1)
    at = Location("shop/tasks.py", Span(2, 1, 3, 2))
    [told], _ = judged(
        of, *fails(finding("JC101", of.sites[0], at=at)), lines={"shop/tasks.py": ["a", "b", "c", "d"]}
    )
    assert told.excerpt == ("b", "c")


def test_the_order_of_outcomes_does_not_matter() -> None:
    of = shop(9)
    found = fails(*(finding(code, each) for each in of.sites for code in ("JC101", "JC301", "JC205")))
    assert judged(of, *found) == judged(of, *reversed(found))

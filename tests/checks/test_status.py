"""Section 4: judged from what the framework marks and what the job records and reports."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import Coverage, Report
from tests.builders import APP, DEF, absent, effect, known, opaque, options, place, site
from tests.checks.judging import finding, judge, kinds

PHASES = [("JC401", "started"), ("JC403", "completed"), ("JC404", "failed")]


def marked(phase: str, marks: Any, state: Any = "never", **coverage: Any) -> Any:
    changed = options(**{f"marks_{phase}": marks})
    return site(options=changed, acts=(effect(),), flow={phase: Coverage(state, **coverage)})


@pytest.mark.parametrize(("code", "phase"), PHASES)
@pytest.mark.parametrize("marks", [known(False), absent(False)])
def test_status_nobody_records_fails(code: str, phase: str, marks: Any) -> None:
    found = finding(code, marked(phase, marks))
    assert f"marks it {phase}" in found.message
    assert "`celery(mark)`" in found.details
    assert (found.at, found.cause, found.related) == (DEF, APP, ())


@pytest.mark.parametrize(("code", "phase"), PHASES)
def test_status_recorded_on_some_paths_shows_the_one_without(code: str, phase: str) -> None:
    found = finding(code, marked(phase, absent(False), "sometimes", at=place(30)))
    assert "can look like" in found.message
    assert found.related[0].at == place(30)
    assert found.related[0].note == f"this path marks nothing {phase}"


@pytest.mark.parametrize(("code", "phase"), PHASES)
def test_path_without_status_may_have_no_place_or_its_own_words(code: str, phase: str) -> None:
    assert finding(code, marked(phase, absent(False), "sometimes")).related == ()
    told = finding(code, marked(phase, absent(False), "sometimes", at=place(30), why="the early return"))
    assert told.related[0].note == "the early return"


@pytest.mark.parametrize(("code", "phase"), PHASES)
def test_status_recorded_by_framework_or_job_passes(code: str, phase: str) -> None:
    assert kinds(code, marked(phase, known(True))) == ["Pass"]
    assert kinds(code, marked(phase, absent(True))) == ["Pass"]
    assert kinds(code, marked(phase, absent(False), "always")) == ["Pass"]
    assert kinds(code, marked(phase, opaque(), "always")) == ["Pass"]


@pytest.mark.parametrize(("code", "phase"), PHASES)
def test_status_that_cannot_be_told_is_unknown(code: str, phase: str) -> None:
    assert kinds(code, marked(phase, opaque())) == ["Unknown"]
    (outcome,) = judge(code, marked(phase, absent(False), "unknown", why="an opaque call"))
    assert (outcome.why, outcome.at) == ("an opaque call", DEF)  # type: ignore[union-attr]


@pytest.mark.parametrize(("code", "phase"), PHASES)
def test_job_that_changes_nothing_needs_no_status(code: str, phase: str) -> None:
    assert kinds(code, site(touches=())) == ["NotApplicable"]


LOOP = (effect(looped=True),)


def test_long_job_that_reports_nothing_fails() -> None:
    found = finding("JC402", site(acts=LOOP))
    assert "in a loop" in found.message
    assert found.cause == APP
    assert kinds("JC402", site(acts=(effect(),))) == ["NotApplicable"]
    assert kinds("JC402", site(acts=LOOP, periodic=place(60))) == ["NotApplicable"]
    assert kinds("JC402", site(acts=LOOP, flow={"unknown": (opaque(),)})) == ["Unknown"]


@pytest.mark.parametrize(
    "flow",
    [{"reports": (Report(place(20)),)}, {"advances": True}, {"written": ("percent_done",)}],
)
def test_long_job_that_reports_its_progress_passes(flow: Any) -> None:
    assert kinds("JC402", site(acts=LOOP, flow=flow)) == ["Pass"]


def test_failed_status_needs_a_field_for_the_reason() -> None:
    at = {"marks_failed": (place(20), place(30))}
    assert finding("JC405", site(flow={**at, "written": ("status",)})).at == place(20)
    assert kinds("JC405", site(flow={**at, "written": ("status", "last_error")})) == ["Pass"]
    assert kinds("JC405", site(flow={**at, "written": ("status", "**")})) == ["Unknown"]
    assert kinds("JC405", site()) == ["NotApplicable"]


def test_error_without_text_fails_where_only_its_text_is_kept() -> None:
    flow = {"nameless": (place(20),)}
    found = finding("JC405", site(flow=flow, options=options(names_error=False)))
    assert (found.at, found.message[:28]) == (place(20), "The recorded reason is empty")
    assert kinds("JC405", site(flow=flow)) == ["NotApplicable"]


def reporting(*reports: Report) -> Any:
    return site(flow={"reports": reports})


def test_progress_needs_a_share_of_the_whole() -> None:
    bare = Report(place(20), ("step",))
    found = finding("JC406", reporting(bare, Report(place(30))))
    assert (found.at, found.related[0].at) == (place(20), place(30))
    assert kinds("JC406", reporting(Report(place(20), open="it cannot be told"))) == ["Unknown"]
    assert kinds("JC406", reporting(Report(place(20), ("percent",)))) == ["Pass"]
    assert kinds("JC406", reporting(Report(place(20), ("current", "total")))) == ["Pass"]
    assert kinds("JC406", reporting(Report(place(20), number=True))) == ["Pass"]
    assert kinds("JC406", site()) == ["NotApplicable"]

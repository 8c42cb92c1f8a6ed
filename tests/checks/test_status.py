"""JC401, JC403 and JC404: judged from what the framework marks and what the job records."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import Coverage
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

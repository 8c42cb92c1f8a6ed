"""JC601 and JC602: judged from hand-made retention settings."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from jobcheck.model import Keep
from tests.builders import APP, DEF, absent, known, opaque, options, place, site
from tests.checks.judging import finding, kinds

BOTH = [("JC601", "completed"), ("JC602", "failed")]


def kept(ending: str, keep: Any) -> Any:
    return site(options=options(**{f"keep_{ending}": keep}))


@pytest.mark.parametrize(("code", "ending"), BOTH)
def test_kept_for_ever_by_default_or_on_purpose_fails(code: str, ending: str) -> None:
    by_default = finding(code, kept(ending, absent(Keep())))
    assert by_default.message.startswith(f"{ending.capitalize()} jobs are kept for ever, only because")
    assert (by_default.at, by_default.cause) == (DEF, APP)
    on_purpose = finding(code, kept(ending, known(Keep(), 7)))
    assert on_purpose.message.startswith(f"{ending.capitalize()} jobs are kept for ever:")
    assert (on_purpose.at, on_purpose.cause) == (place(7), place(7))
    assert f"`celery(keep_{ending})`" in on_purpose.details


@pytest.mark.parametrize(("code", "ending"), BOTH)
def test_silent_default_is_told_in_words(code: str, ending: str) -> None:
    found = finding(code, kept(ending, absent(Keep(age=86_400))))
    assert found.message.startswith(f"{ending.capitalize()} jobs are kept for 1 day, only because")


@pytest.mark.parametrize(("code", "ending"), BOTH)
def test_chosen_limit_passes_and_untold_one_is_unknown(code: str, ending: str) -> None:
    assert kinds(code, kept(ending, known(Keep(count=100)))) == ["Pass"]
    assert kinds(code, kept(ending, opaque())) == ["Unknown"]


def test_nothing_of_a_completed_job_may_be_kept() -> None:
    assert kinds("JC601", kept("completed", known(Keep(count=0)))) == ["Pass"]
    assert kinds("JC601", kept("completed", absent(Keep(age=0)))) == ["NotApplicable"]


@pytest.mark.parametrize("keep", [known(Keep(count=0)), absent(Keep(age=0))])
def test_nothing_of_a_failed_job_is_too_little(keep: Any) -> None:
    assert finding("JC602", kept("failed", keep)).message.startswith("Nothing of a failed job is kept")


def test_advice_follows_the_volume_class() -> None:
    standard = kept("completed", absent(Keep()))
    assert "for 1 day or the last 1000" in finding("JC601", standard).details
    assert "for 1 hour or the last 100" in finding("JC601", replace(standard, volume="high")).details

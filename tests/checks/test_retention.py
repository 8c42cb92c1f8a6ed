"""JC601, JC602 and JC603: judged from hand-made retention settings."""

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


OFF = [
    ("completed", Keep(age=604_800), "1 week"),
    ("completed", Keep(age=3_600, count=1_000), "1 hour or the last 1000"),
    ("completed", Keep(count=100), "the last 100"),
    ("failed", Keep(age=86_400), "1 day"),
    ("failed", Keep(count=50_000), "the last 50000"),
]


@pytest.mark.parametrize(("ending", "keep", "words"), OFF)
def test_limit_far_off_the_table_fails_at_its_line(ending: str, keep: Keep, words: str) -> None:
    found = finding("JC603", kept(ending, known(keep, 7)))
    assert f"{ending.capitalize()} jobs are kept for {words}: not what standard volume wants" in found.message
    assert (found.at, found.cause) == (place(7), place(7))
    assert f"`celery(keep_{ending})`" in found.details


@pytest.mark.parametrize(
    "keep",
    [
        known(Keep(age=172_800)),
        known(Keep(count=2_000)),
        known(Keep()),
        known(Keep(age=0)),
        absent(Keep(age=1)),
    ],
)
def test_limit_near_the_table_and_the_matters_of_other_rules_pass(keep: Any) -> None:
    assert kinds("JC603", kept("completed", keep)) == ["Pass"]


def test_volume_of_the_job_decides_and_what_is_opaque_is_unknown() -> None:
    short = options(keep_completed=known(Keep(3_600, 100)), keep_failed=known(Keep(86_400, 1_000)))
    assert kinds("JC603", site(options=short)) == ["Fail", "Fail"]
    assert kinds("JC603", replace(site(options=short), volume="high")) == ["Pass"]
    assert kinds("JC603", kept("failed", opaque())) == ["Unknown"]

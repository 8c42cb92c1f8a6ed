"""JC303, JC304 and JC311: judged from hand-made options."""

from __future__ import annotations

import math
from typing import Any

import pytest

from jobcheck.checks.pace import horizon, roughly
from jobcheck.model import UNBOUNDED, Backoff, Site
from tests.builders import absent, effect, hold, key, known, opaque, options, place, site
from tests.checks.judging import finding, kinds

FIXED = Backoff("fixed", 60)


def with_options(kind: Any = "email", acts: Any = (), **changed: Any) -> Site:
    return site(kind=kind, acts=acts, options=options(**changed))


# --- JC303 ---


def test_fixed_wait_is_found_where_it_is_given() -> None:
    found = finding("JC303", with_options(backoff=known(FIXED, 7)))
    assert found.message.startswith("Every retry waits the same 1 minute")
    assert "`celery(attempts, backoff)`" in found.details
    assert (found.at, found.cause) == (place(7), place(7))


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"backoff": known(Backoff("exponential", 5))}, "Pass"),
        ({"backoff": known(Backoff("custom"))}, "Pass"),
        ({"backoff": opaque()}, "Unknown"),
        ({"attempts": opaque(), "backoff": known(FIXED)}, "Unknown"),
        ({"attempts": known(2), "backoff": known(FIXED)}, "NotApplicable"),
        ({"backoff": absent(FIXED)}, "NotApplicable"),
        ({"kind": "database", "backoff": known(FIXED)}, "NotApplicable"),
    ],
)
def test_waits_grow_or_need_not(changed: dict[str, Any], outcome: str) -> None:
    assert kinds("JC303", with_options(**changed)) == [outcome]


# --- JC304 ---


def test_attempts_and_first_wait_are_held_against_the_table() -> None:
    found = finding("JC304", with_options(attempts=known(7), backoff=known(Backoff("exponential", 60))))
    assert found.message == (
        "Retries are off the guideline for a job of kind email: "
        "7 attempts where 3 are advised and a first wait of 1 minute where 5 seconds is advised."
    )
    assert found.details.endswith("As it is, the last retry comes about 63 minutes after the first failure.")
    assert "rate limits" in found.question
    assert (found.at, found.cause) == (place(9), place(9))


@pytest.mark.parametrize(
    ("attempts", "counts_retries", "outcome"),
    [(3, False, "Pass"), (4, False, "Fail"), (4, True, "Pass"), (5, True, "Fail"), (2, True, "Fail")],
)
def test_one_more_is_right_where_retries_are_counted(
    attempts: int, counts_retries: bool, outcome: str
) -> None:
    assert kinds("JC304", with_options(attempts=known(attempts), counts_retries=counts_retries)) == [outcome]


@pytest.mark.parametrize(
    ("backoff", "outcome"),
    [
        (known(Backoff("exponential", 15)), "Pass"),
        (known(Backoff("exponential", 16)), "Fail"),
        (known(Backoff("fixed", 1)), "Fail"),
        (known(Backoff("exponential")), "Pass"),
        (known(Backoff("custom", 900)), "Pass"),
        (absent(Backoff("fixed", 180)), "Pass"),
        (opaque(), "Pass"),
    ],
)
def test_first_wait_may_be_three_times_longer_or_shorter(backoff: Any, outcome: str) -> None:
    assert kinds("JC304", with_options(backoff=backoff)) == [outcome]


def test_wait_of_a_job_that_runs_once_does_not_matter() -> None:
    found = finding("JC304", with_options(attempts=known(1), backoff=known(Backoff("fixed", 600))))
    assert found.message.endswith("of kind email: 1 attempt where 3 are advised.")


@pytest.mark.parametrize("attempts", [absent(1), known(UNBOUNDED)])
def test_number_that_nobody_chose_is_not_judged(attempts: Any) -> None:
    assert kinds("JC304", with_options(attempts=attempts)) == ["NotApplicable"]


def test_untold_number_and_computing_jobs() -> None:
    assert kinds("JC304", with_options(attempts=opaque())) == ["Unknown"]
    computing = site(kind="compute", touches=(), options=options(attempts=known(9)))
    assert kinds("JC304", computing) == ["NotApplicable"]


# --- JC311 ---

REMEMBERED = key("stable", forgets=600)


def keyed(**changed: Any) -> Site:
    return with_options("external_api", (effect("payment", "keyed", key=REMEMBERED),), **changed)


def test_key_forgotten_before_the_last_retry() -> None:
    found = finding("JC311", keyed(attempts=known(5), backoff=known(Backoff("fixed", 300))))
    assert found.message == (
        "A late retry charges the customer again: the key is forgotten after 10 minutes "
        "and the last retry comes up to 20 minutes later."
    )
    assert found.details.startswith("With these waits 3 attempts fit into 10 minutes: `celery(attempts)`.")
    assert (found.at, found.related[0].at) == (place(16), place(9))


def test_key_of_a_job_retried_for_ever() -> None:
    found = finding("JC311", keyed(attempts=known(UNBOUNDED), backoff=known(Backoff("exponential", 3600))))
    assert "retries never end" in found.message
    assert found.details.startswith("With these waits 1 attempt fits into 10 minutes")


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"attempts": known(3), "backoff": known(Backoff("fixed", 300))}, "Pass"),
        ({"attempts": known(9), "backoff": absent(Backoff("fixed", 180))}, "Fail"),
        ({"attempts": opaque()}, "Unknown"),
        ({"backoff": opaque()}, "Unknown"),
        ({"backoff": known(Backoff("custom"))}, "Unknown"),
    ],
)
def test_waits_are_added_up(changed: dict[str, Any], outcome: str) -> None:
    assert kinds("JC311", keyed(**changed)) == [outcome]


@pytest.mark.parametrize(
    "act",
    [
        effect("payment"),
        effect("payment", key=key("stable")),
        effect("payment", key=key("fresh", forgets=1)),
        effect("payment", key=REMEMBERED, hold=hold("after")),
    ],
)
def test_no_key_that_may_be_forgotten_protects_the_call_alone(act: Any) -> None:
    assert kinds("JC311", with_options(acts=(act,), attempts=known(UNBOUNDED))) == ["NotApplicable"]


@pytest.mark.parametrize(
    ("attempts", "backoff", "seconds"),
    [
        (1, FIXED, 0),
        (3, Backoff("none"), 0),
        (4, FIXED, 180),
        (4, Backoff("exponential", 10), 70),
        (4, Backoff("exponential", 10, 15), 40),
        (UNBOUNDED, FIXED, math.inf),
        (3, Backoff("custom"), None),
    ],
)
def test_horizon(attempts: float, backoff: Backoff, seconds: float | None) -> None:
    assert horizon(attempts, backoff) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0 seconds"),
        (90, "90 seconds"),
        (3_790, "63 minutes"),
        (10_000, "3 hours"),
        (200_000, "2 days"),
    ],
)
def test_rough_durations(seconds: float, words: str) -> None:
    assert roughly(seconds) == words

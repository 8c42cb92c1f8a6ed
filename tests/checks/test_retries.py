"""JC301, JC302, JC305, JC306 and JC307: judged from hand-made options and flows."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import UNBOUNDED, Backoff, Quirk, Step, Swallow
from tests.builders import APP, DEF, absent, effect, known, opaque, options, place, site
from tests.checks.judging import finding, kinds

NONE = Backoff("none")


def with_options(**changed: Any) -> Any:
    return site(options=options(**changed))


@pytest.mark.parametrize(
    ("default", "opening"),
    [
        (1, "A failed run is never tried again"),
        (4, "A failed run is tried 4 times in all"),
        (UNBOUNDED, "A failed run is retried for ever"),
    ],
)
def test_attempts_nobody_chose_fail(default: float, opening: str) -> None:
    found = finding("JC301", with_options(attempts=absent(default)))
    assert found.message.startswith(opening)
    assert found.details == (
        "A job of kind email runs up to 3 times with exponential backoff from 5 seconds: "
        "`celery(attempts, backoff)`."
    )
    assert "How late" in found.question
    assert (found.at, found.cause) == (DEF, APP)


def test_gap_at_the_job_itself_is_closed_for_the_project() -> None:
    assert finding("JC301", with_options(attempts=absent(1, DEF))).cause == APP


def test_attempts_are_chosen_untold_or_not_needed() -> None:
    assert kinds("JC301", with_options(attempts=known(1))) == ["Pass"]
    assert kinds("JC301", with_options(attempts=opaque())) == ["Unknown"]
    computing = site(kind="compute", touches=(), options=options(attempts=absent(1)))
    assert kinds("JC301", computing) == ["NotApplicable"]


@pytest.mark.parametrize("changed", [{"touches": ("file",)}, {"touches": (), "acts": (effect("file"),)}])
def test_computing_job_that_touches_something_needs_attempts(changed: dict[str, Any]) -> None:
    assert kinds("JC301", site(kind="compute", options=options(attempts=absent(1)), **changed)) == ["Fail"]


@pytest.mark.parametrize(
    ("attempts", "backoff", "opening"),
    [
        (known(3), known(NONE), "Retries follow at once"),
        (absent(4), absent(NONE), "Retries follow at once"),
        (known(3), absent(Backoff("fixed", 180)), "Retries wait 3 minutes, only because"),
    ],
)
def test_retries_without_chosen_delay_fail(attempts: Any, backoff: Any, opening: str) -> None:
    found = finding("JC302", with_options(attempts=attempts, backoff=backoff))
    assert found.message.startswith(opening)
    assert "`celery(attempts, backoff)`" in found.details


def test_missing_delay_is_found_where_it_was_switched_off_or_belongs() -> None:
    switched_off = finding("JC302", with_options(backoff=known(NONE, 7)))
    assert (switched_off.at, switched_off.cause) == (place(7), place(7))
    missing = finding("JC302", with_options(backoff=absent(NONE)))
    assert (missing.at, missing.cause) == (DEF, APP)


def test_delay_is_chosen_untold_or_not_needed() -> None:
    assert kinds("JC302", with_options(backoff=known(Backoff("fixed", 1)))) == ["Pass"]
    assert kinds("JC302", with_options(backoff=opaque())) == ["Unknown"]
    assert kinds("JC302", with_options(attempts=opaque(), backoff=absent(NONE))) == ["Unknown"]
    assert kinds("JC302", with_options(attempts=known(1), backoff=opaque())) == ["NotApplicable"]
    assert kinds("JC302", with_options(attempts=absent(1), backoff=absent(NONE))) == ["NotApplicable"]


@pytest.mark.parametrize("attempts", [known(UNBOUNDED, 9), absent(UNBOUNDED, place(9))])
def test_retry_for_ever_is_found_at_the_option(attempts: Any) -> None:
    found = finding("JC305", with_options(attempts=attempts))
    assert (found.at, found.cause) == (place(9), place(9))


def test_bounded_or_untold_attempts() -> None:
    assert kinds("JC305", with_options(attempts=known(50))) == ["Pass"]
    assert kinds("JC305", with_options(attempts=opaque())) == ["Unknown"]


HIDES = Step(place(20), "sends the order")


def test_swallowed_failure_is_found_at_the_handler() -> None:
    found = finding("JC306", site(flow={"swallows": (Swallow(place(22), "Exception", HIDES),)}))
    assert found.message.startswith("A failure ends as success: `except Exception` hides it")
    assert (found.at, found.related) == (place(22), (HIDES,))


def test_swallowed_retry_request_is_told_apart() -> None:
    swallow = Swallow(place(22), "", Step(place(20), ""), retries=True)
    found = finding("JC306", site(flow={"swallows": (swallow,)}))
    assert found.message.startswith("The last failure ends as success: a bare `except` catches")
    assert found.related[0].note == "whose failure is hidden"


def test_job_that_lets_failures_rise_passes() -> None:
    assert kinds("JC306", site()) == ["Pass"]


QUIRKY = [("JC307", "retry"), ("JC604", "retention"), ("JC908", "bound-self")]


@pytest.mark.parametrize(("code", "topic"), QUIRKY)
def test_configuration_that_does_nothing_is_found_at_its_line(code: str, topic: Any) -> None:
    quirk = Quirk(topic, "Nothing retries this job.", "Give `autoretry_for`.", place(4))
    found = finding(code, with_options(quirks=(quirk,)))
    assert (found.message, found.details) == ("Nothing retries this job.", "Give `autoretry_for`.")
    assert (found.at, found.cause) == (place(4), place(4))


@pytest.mark.parametrize(("code", "topic"), QUIRKY)
def test_configuration_without_surprise_passes(code: str, topic: Any) -> None:
    other = "retention" if topic == "retry" else "retry"
    assert kinds(code, with_options()) == ["Pass"]
    assert kinds(code, with_options(quirks=(Quirk(other, "A text.", "A cure.", place(4)),))) == ["Pass"]  # type: ignore[arg-type]

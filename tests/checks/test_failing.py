"""JC308 and JC310: judged from hand-made options and flows."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import UNBOUNDED, Quirk, Retried, Site, Step, Unknown, Wait
from tests.builders import absent, known, opaque, options, place, site
from tests.checks.judging import finding, judge, kinds

WAIT = Wait("requests.get", place(20), steps=(Step(place(12), "calls read"),))
UNSEEN = Wait("requests.get", place(21), "its timeout may be spread into the call")


def waiting(*waits: Wait, **changed: Any) -> Site:
    return site(flow={"waits": waits}, options=options(**changed))


def test_call_without_a_timeout_is_found_at_the_call() -> None:
    found = finding("JC308", waiting(WAIT))
    assert found.message.startswith("A server that never answers holds the worker for ever")
    assert found.details == (
        "Pass `timeout=10` or so to `requests.get`, and limit the job where the framework can: "
        "`celery(time_limit)`."
    )
    assert (found.at, found.steps) == (place(20), WAIT.steps)


def test_limit_of_the_job_ends_every_wait() -> None:
    assert kinds("JC308", waiting(WAIT, time_limit=known(300))) == ["Pass"]


def test_limit_that_cannot_be_told_matters_where_something_waits() -> None:
    assert kinds("JC308", waiting(WAIT, time_limit=opaque())) == ["Unknown"]
    assert kinds("JC308", waiting(time_limit=opaque())) == ["Pass"]


def test_timeout_that_cannot_be_told() -> None:
    (outcome,) = judge("JC308", waiting(UNSEEN, time_limit=absent(UNBOUNDED)))
    assert isinstance(outcome, Unknown)
    assert (outcome.why, outcome.at) == (UNSEEN.why, place(21))


def test_limits_that_do_not_fit_are_found_beside() -> None:
    quirk = Quirk("timeout", "The job is killed.", "Leave room.", place(4))
    assert kinds("JC308", waiting(WAIT, quirks=(quirk,))) == ["Fail", "Fail"]
    found = finding("JC308", waiting(quirks=(quirk,), time_limit=known(30)))
    assert (found.message, found.at, found.cause) == ("The job is killed.", place(4), place(4))


@pytest.mark.parametrize("broad", ["builtins.Exception", "builtins.BaseException"])
def test_every_error_retried_is_found_at_the_option(broad: str) -> None:
    retried = known(Retried(("builtins.OSError", broad)))
    found = finding("JC310", site(options=options(retried=retried)))
    assert found.message.startswith("Errors that no retry can cure are retried")
    assert "`celery(spared)`" in found.details
    assert (found.at, found.cause) == (place(9), place(9))


@pytest.mark.parametrize(
    ("retried", "outcome"),
    [
        (known(Retried(("builtins.OSError",))), "Pass"),
        (known(Retried(("builtins.Exception",), ("builtins.ValueError",))), "Pass"),
        (opaque(), "Unknown"),
        (absent(Retried()), "NotApplicable"),
    ],
)
def test_errors_are_named_spared_untold_or_nobodys_choice(retried: Any, outcome: str) -> None:
    assert kinds("JC310", site(options=options(retried=retried))) == [outcome]

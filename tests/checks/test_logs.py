"""JC501 to JC506: judged from the lines of a flow and from what the framework logs itself."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import Coverage, Fetch, Log, Shown, Step, Swallow
from tests.builders import (
    APP,
    DEF,
    absent,
    effect,
    enqueue,
    field,
    known,
    opaque,
    options,
    parameters,
    place,
    project,
    site,
)
from tests.checks.judging import finding, judge, kinds

MOMENTS = [("JC501", "told_start"), ("JC502", "told_end")]


def logging(logs: Any = None, *lines: Log, acts: Any = None, **flow: Any) -> Any:
    changed = options(logs=logs if logs is not None else absent(()))
    return site(options=changed, acts=(effect(),) if acts is None else acts, flow={"logs": lines, **flow})


def log(*phases: Any, **changed: Any) -> Log:
    return Log(**{"at": place(30), "level": "info", "phases": phases, "told": True, **changed})


@pytest.mark.parametrize(("code", "moment"), MOMENTS)
def test_moment_nothing_tells_of_fails_and_shows_the_path(code: str, moment: str) -> None:
    found = finding(code, logging(**{moment: Coverage("sometimes", place(14))}))
    assert (found.at, found.cause) == (DEF, APP)
    assert found.related[0].at == place(14)
    assert "`celery(log)`" in found.details
    assert "own line" not in found.details
    assert "own line names the job" in finding(code, logging(known(("completed",)))).details
    assert finding(code, logging()).related == ()


@pytest.mark.parametrize(("code", "moment"), MOMENTS)
def test_moment_that_a_line_tells_of_passes(code: str, moment: str) -> None:
    assert kinds(code, logging(**{moment: Coverage("always")})) == ["Pass"]
    assert kinds(code, logging(opaque(), **{moment: Coverage("always")})) == ["Pass"]
    assert kinds(code, logging(opaque())) == ["Unknown"]
    assert kinds(code, logging(acts=())) == ["NotApplicable"]
    assert kinds(code, site(touches=())) == ["NotApplicable"]


def test_failure_that_nothing_logs_fails_where_the_framework_is_silent() -> None:
    found = finding("JC503", logging(told_failure=Coverage("never", place(14))))
    assert "nothing logs it" in found.message
    assert (found.related[0].at, found.cause) == (place(14), APP)
    assert "bring none" in finding("JC503", logging(told_failure=Coverage("sometimes"))).message
    assert kinds("JC503", logging(known(("failed",)))) == ["Pass"]
    assert kinds("JC503", logging(told_failure=Coverage("always"))) == ["Pass"]
    assert kinds("JC503", logging(opaque())) == ["Unknown"]
    assert kinds("JC503", site(touches=())) == ["NotApplicable"]


def test_handler_that_ends_a_failure_without_traceback_fails_under_any_framework() -> None:
    found = finding("JC503", logging(known(("failed",)), muffled=(place(20), place(40))))
    assert (found.at, found.related[0].at) == (place(20), place(40))
    swallow = Swallow(place(20), "Exception", Step(place(15), ""))
    assert kinds("JC503", logging(known(("failed",)), muffled=(place(20),), swallows=(swallow,))) == ["Pass"]


START = {"fields": ("job_id", "order_id")}
END = {"fields": ("task_id", "orderId", "took", "status")}


@pytest.mark.parametrize(
    "line",
    [
        log("started", **START),
        log("completed", **END),
        log("failed", fields=("job_id", "order_id", "error", "elapsed_ms")),
        log("failed", fields=("job_id", "order_id", "duration"), traceback=True),
        log("progress", fields=("job_id", "step", "percent")),
        log("progress"),
        log("started", level="debug"),
        log("failed", level="report"),
        log("completed", told=False),
        log("started", steps=(Step(DEF, "calls a helper"),)),
    ],
)
def test_line_that_carries_what_its_moment_needs_passes(line: Log) -> None:
    assert kinds("JC504", logging(None, line)) == ["Pass"]


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        (log("started", fields=("order_id",)), "`job_id`"),
        (log("started", fields=("job_id", "organization_id")), "`entity_id`"),
        (log("completed", fields=("job_id", "order_id")), "`duration` and `result`"),
        (log("progress", fields=("step",)), "`job_id` and `percentage`"),
        (log("failed", told=False, level="error", **START), "`error` and `duration`"),
    ],
)
def test_line_without_a_field_fails_there(line: Log, lost: str) -> None:
    found = finding("JC504", logging(None, line))
    assert found.message.endswith(f"lacks {lost}.")
    assert found.at == place(30)


def test_second_gap_is_a_related_place_and_one_full_line_is_enough() -> None:
    bare = log("completed", at=place(40), fields=("job_id", "order_id"))
    found = finding("JC504", logging(None, log("started"), bare))
    assert found.related == (Step(place(40), "lacks `duration` and `result`"),)
    assert kinds("JC504", logging(None, log("started"), log("started", at=place(31), **START))) == ["Pass"]


def test_what_framework_or_installation_logs_is_not_asked_for_again() -> None:
    bare = log("completed", fields=("job_id", "order_id"))
    assert kinds("JC504", logging(known(("completed",)), bare)) == ["Pass"]
    anonymous = logging(None, log("started", fields=("order_id",)))
    assert kinds("JC504", project(anonymous, correlation=APP)) == ["Pass"]


def test_entity_is_asked_of_a_job_that_is_sent_something() -> None:
    flow = {"logs": (log("started", fields=("job_id",)),)}
    assert kinds("JC504", site(acts=(effect(),), parameters=(), flow=flow)) == ["Pass"]
    tenant = {"logs": (log("started", fields=("job_id", "organization_id")),)}
    alone = parameters("organization_id")
    assert kinds("JC504", site(acts=(effect(),), parameters=alone, flow=tenant)) == ["Pass"]
    named = {"logs": (log("started", fields=("job_id", "order")),), "fetches": (Fetch("key", "Order", DEF),)}
    assert kinds("JC504", site(acts=(effect(),), parameters=parameters("key"), flow=named)) == ["Pass"]


def test_line_that_may_carry_more_is_unknown() -> None:
    (outcome,) = judge("JC504", logging(None, log("started", open="spread from elsewhere")))
    assert (outcome.why, outcome.at) == ("spread from elsewhere", place(30))  # type: ignore[union-attr]
    assert kinds("JC504", logging()) == ["NotApplicable"]
    assert kinds("JC504", site(touches=())) == ["NotApplicable"]


@pytest.mark.parametrize("name", ["password", "api_key", "resetToken", "cardNumber", "STRIPE_SECRET"])
def test_secret_in_a_line_fails(name: str) -> None:
    assert f"`{name}`" in finding("JC505", logging(None, log("started", shows=(Shown(name),)))).message


@pytest.mark.parametrize("name", ["token", "max_tokens", "password_changed", "order_id", "secretary"])
def test_other_names_pass(name: str) -> None:
    assert kinds("JC505", logging(None, log("started", shows=(Shown(name),)))) == ["Pass"]


def test_whole_payload_in_a_line_fails_unless_it_is_identifiers() -> None:
    line = log("started", shows=(Shown("kwargs", whole=True),))
    assert kinds("JC505", logging(None, line)) == ["Pass"]
    flow = {"logs": (line,)}
    told = finding("JC505", site(parameters=parameters("order_id", "address"), flow=flow))
    assert "the whole payload: `kwargs`" in told.message
    sent = enqueue(field("orderId"), field("address"))
    assert kinds("JC505", site(sent, parameters=(), flow=flow)) == ["Fail"]
    assert kinds("JC505", site(parameters=(), flow=flow)) == ["Fail"]


def test_parameter_that_holds_the_payload_fails_by_its_name() -> None:
    assert kinds("JC505", logging(None, log(shows=(Shown("payload", taken=True),)))) == ["Fail"]
    assert kinds("JC505", logging(None, log(shows=(Shown("payload"),)))) == ["Pass"]


def test_line_whose_values_cannot_be_told_is_unknown() -> None:
    assert kinds("JC505", logging(None, log(open="spread"))) == ["Unknown"]
    assert kinds("JC505", logging()) == ["NotApplicable"]


def test_long_job_that_logs_nothing_on_its_way_fails() -> None:
    looped = (effect(looped=True),)
    assert "in a loop" in finding("JC506", logging(acts=looped)).message
    three = tuple(effect(at=line) for line in (14, 15, 16))
    assert "it has 3 steps" in finding("JC506", logging(acts=three)).message
    assert kinds("JC506", logging(acts=three[:2])) == ["NotApplicable"]
    assert kinds("JC506", logging(None, log("progress"), acts=looped)) == ["Pass"]
    assert kinds("JC506", logging(acts=looped, told_between=True)) == ["Pass"]
    assert kinds("JC506", logging(acts=looped, unknown=(opaque(),))) == ["Unknown"]

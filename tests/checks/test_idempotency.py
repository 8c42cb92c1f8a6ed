"""JC101, JC102 and JC105: judged from hand-made flows."""

from __future__ import annotations

import pytest

from jobcheck.checks.wording import WORDINGS
from jobcheck.model import UNBOUNDED, Declaration, Declared, Unknown
from tests.builders import absent, effect, enqueue, known, opaque, options, place, site, write
from tests.checks.judging import finding, judge, kinds

GUARD = place(12)


def test_unguarded_effect_names_the_retry_that_repeats_it() -> None:
    found = finding("JC101", site(acts=(effect("payment"),), options=options(attempts=known(6))))
    assert found.message == (
        "A retry charges the customer again: attempts=6 and nothing checks the payment first."
    )
    assert found.at == place(14)
    assert found.subject == "shop.tasks.send_receipt"
    assert "provider.payment" in found.details
    assert found.question == WORDINGS["payment"].which
    assert place(9) in [step.at for step in found.related]


@pytest.mark.parametrize(
    ("changed", "opening"),
    [
        ({"attempts": known(UNBOUNDED)}, "A retry sends the e-mail again, for ever"),
        ({"attempts": absent(4)}, "A retry sends the e-mail again: attempts=4"),
        ({"attempts": known(1), "ack": known("late")}, "A worker that dies after the call sends"),
        ({"attempts": opaque(), "ack": known("late")}, "A worker that dies after the call sends"),
        ({"attempts": known(1)}, "A redelivered or duplicated message sends the e-mail again"),
        ({"attempts": opaque(), "ack": opaque()}, "A redelivered or duplicated message sends"),
    ],
)
def test_message_tells_what_makes_the_job_run_again(changed: dict[str, object], opening: str) -> None:
    assert finding("JC101", site(acts=(effect(),), options=options(**changed))).message.startswith(opening)


@pytest.mark.parametrize(
    ("ack", "opening"),
    [
        ("late", "A worker that dies after the call sends"),
        ("early", "A redelivered or duplicated message sends"),
    ],
)
def test_a_retry_that_cannot_follow_the_effect_is_not_blamed(ack: str, opening: str) -> None:
    act, given = effect(retried=False), options(attempts=known(6), ack=known(ack))
    found = finding("JC101", site(acts=(act,), options=given))
    assert found.message.startswith(opening)
    assert all("run again" not in step.note for step in found.related)


def test_guard_that_does_not_hold_and_producers_are_related() -> None:
    producers = [enqueue(line=line) for line in (50, 60, 70, 80)]
    found = finding("JC101", site(*producers, acts=(effect(guard=GUARD, why="it is tested on one branch"),)))
    assert found.related[0].at == GUARD
    assert found.related[0].note == "this test does not hold: it is tested on one branch"
    assert [step.at.span.line for step in found.related[2:]] == [50, 60, 70]


def test_loop_is_told() -> None:
    assert "half-way" in finding("JC101", site(acts=(effect(looped=True),))).details
    assert "half-way" not in finding("JC101", site(acts=(effect(),))).details


@pytest.mark.parametrize("state", ["guarded", "keyed", "unrecorded"])
def test_covered_effect_passes(state: str) -> None:
    assert kinds("JC101", site(acts=(effect(state=state, guard=GUARD),))) == ["Pass"]


def test_effect_of_unknown_cover_is_unknown() -> None:
    (outcome,) = judge("JC101", site(acts=(effect(state="unknown", why="the client is built elsewhere"),)))
    assert isinstance(outcome, Unknown)
    assert (outcome.why, outcome.at) == ("the client is built elsewhere", place(14))


@pytest.mark.parametrize("acts", [(), (effect("enqueue"),), (write(),)])
def test_job_without_effects_is_not_judged(acts: tuple[object, ...]) -> None:
    assert kinds("JC101", site(acts=acts)) == ["NotApplicable"]  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "act"), [("JC101", effect()), ("JC102", write())])
def test_declared_strategy_is_accepted(code: str, act: object) -> None:
    vouched = Declaration("natural", place(8))
    (outcome,) = judge(code, site(acts=(act,), idempotent=vouched))  # type: ignore[arg-type]
    assert outcome == Declared(code, "shop.tasks.send_receipt", "natural", place(8))


def test_each_unguarded_effect_is_a_finding() -> None:
    assert kinds("JC101", site(acts=(effect("email"), effect("sms"), effect("push", "guarded")))) == [
        "Fail",
        "Fail",
    ]


@pytest.mark.parametrize(
    ("kind", "harm"),
    [("create", "creates the row again"), ("increment", "counts twice"), ("append", "appends the same")],
)
def test_unguarded_write_fails(kind: str, harm: str) -> None:
    found = finding("JC102", site(acts=(write(kind),)))
    assert harm in found.message
    assert found.at == place(15)


def test_write_passes_is_unknown_or_not_there() -> None:
    assert kinds("JC102", site(acts=(write(state="guarded"),))) == ["Pass"]
    assert kinds("JC102", site(acts=(write(state="unknown", why="an opaque call"),))) == ["Unknown"]
    assert kinds("JC102", site(acts=(effect(),))) == ["NotApplicable"]


@pytest.mark.parametrize(
    "act", [effect(state="unrecorded", guard=GUARD), write(state="unrecorded", guard=GUARD)]
)
def test_guard_never_recorded_is_found_at_the_guard(act: object) -> None:
    found = finding("JC105", site(acts=(act,)))  # type: ignore[arg-type]
    assert found.at == GUARD
    assert found.related[0].at in (place(14), place(15))


def test_guard_never_recorded_says_why() -> None:
    act = effect(state="unrecorded", guard=GUARD, why="the row is never saved")
    assert finding("JC105", site(acts=(act,))).details.startswith(
        "The row is never saved. Save on every path"
    )


def test_unrecorded_without_a_guards_place_is_found_at_the_act() -> None:
    assert finding("JC105", site(acts=(effect(state="unrecorded"),))).at == place(14)


def test_recorded_guard_passes() -> None:
    assert kinds("JC105", site(acts=(effect(state="guarded", guard=GUARD),))) == ["Pass"]


def test_guard_whose_record_cannot_be_told_is_unknown() -> None:
    act = effect(state="unknown", guard=GUARD, why="a call that cannot be followed")
    assert kinds("JC105", site(acts=(act,))) == ["Unknown"]


@pytest.mark.parametrize("act", [effect(), effect(state="unknown", why="?"), effect("enqueue", "guarded")])
def test_job_without_guard_has_none_to_record(act: object) -> None:
    assert kinds("JC105", site(acts=(act,))) == ["NotApplicable"]  # type: ignore[arg-type]


def test_guard_found_wanting_elsewhere_is_no_missing_record() -> None:
    assert kinds("JC105", site(acts=(effect(guard=GUARD),))) == ["Pass"]

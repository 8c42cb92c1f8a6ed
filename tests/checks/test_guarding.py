"""JC103, JC104, JC106, JC107 and JC108: judged from hand-made keys and holds."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import Declaration, Site, Unknown
from tests.builders import effect, hold, key, place, site, write
from tests.checks.judging import finding, judge, kinds

AFTER = {"state": "guarded", "guard": place(12), "hold": hold("after")}


def one(kind: Any = "payment", **act: Any) -> Site:
    return site(acts=(effect(kind, **act),))


# --- JC103 ---


def test_call_guarded_by_a_flag_wants_a_key() -> None:
    found = finding("JC103", one(**AFTER, key=key("missing", forgets=86_400)))
    assert found.message.startswith("A crash right after the call charges the customer again")
    assert "`idempotency_key`" in found.details
    assert found.details.endswith("It is remembered for 1 day.")
    assert (found.at, found.related[0].at) == (place(14), place(12))


@pytest.mark.parametrize("state", ["stable", "fresh"])
def test_call_that_is_given_a_key_has_one(state: str) -> None:
    assert kinds("JC103", one(**AFTER, key=key(state))) == ["Pass"]


@pytest.mark.parametrize("held", [None, hold("claimed")])
def test_call_without_a_flag_or_with_a_claim_is_not_this_rules_matter(held: Any) -> None:
    assert kinds("JC103", one(key=key("missing"), hold=held)) == ["Pass"]


def test_key_may_be_in_what_is_spread() -> None:
    assert kinds("JC103", one(**AFTER, key=key("unknown"))) == ["Unknown"]


@pytest.mark.parametrize("act", [{"key": None}, {"kind": "webhook"}, {"kind": "publish"}])
def test_receiver_that_takes_no_key_is_given_none(act: dict[str, Any]) -> None:
    assert kinds("JC103", one(**{**AFTER, "key": key("missing"), **act})) == ["NotApplicable"]


# --- JC104 ---


def test_fresh_key_is_found_where_it_is_given() -> None:
    found = finding("JC104", one(key=key("fresh", maker="uuid.uuid4()")))
    assert found.message.startswith("A retry charges the customer again: every run makes another")
    assert "`uuid.uuid4()`" in found.details
    assert (found.at, found.related[0].at) == (place(16), place(14))


def test_key_that_may_be_fresh_is_unknown() -> None:
    (outcome,) = judge("JC104", one(key=key("unknown", maker="uuid4()")))
    assert isinstance(outcome, Unknown)
    assert (outcome.at, "uuid4()" in outcome.why) == (place(16), True)


def test_stable_or_hidden_key_passes_and_a_missing_one_is_no_key() -> None:
    assert kinds("JC104", one(key=key("stable"))) == ["Pass"]
    assert kinds("JC104", one(key=key("unknown"))) == ["Pass"]
    assert kinds("JC104", one(key=key("missing"))) == ["NotApplicable"]
    assert kinds("JC104", one()) == ["NotApplicable"]


# --- JC106 ---


def test_effect_recorded_before_it_happens_is_lost() -> None:
    found = finding("JC106", one("email", hold=hold("before", lost=True)))
    assert found.message.startswith("A failure here means that the e-mail is never sent")
    assert (found.at, found.related[0].at) == (place(14), place(12))


@pytest.mark.parametrize("way", ["after", "before", "claimed"])
def test_record_that_is_taken_back_or_comes_later_passes(way: str) -> None:
    assert kinds("JC106", one(hold=hold(way))) == ["Pass"]


# --- JC107 ---


@pytest.mark.parametrize("way", ["after", "before"])
def test_unlocked_test_is_raced(way: str) -> None:
    found = finding("JC107", one("email", hold=hold(way)))
    assert found.message.startswith("Two runs at once pass this test, and the second sends the e-mail again")
    assert (found.at, found.related[0].at) == (place(12), place(14))


def test_one_guard_of_several_effects_is_one_finding() -> None:
    assert kinds("JC107", site(acts=(effect("email", **AFTER), effect("sms", **AFTER)))) == ["Fail"]


@pytest.mark.parametrize(
    "act",
    [{"hold": hold("after", locked=True)}, {"hold": hold("after"), "key": key("stable")}],
    ids=["locked", "the receiver knows it"],
)
def test_nobody_gets_in_between(act: dict[str, Any]) -> None:
    assert kinds("JC107", one(**act)) == ["Pass"]


# --- JC108 ---


def test_record_after_the_call_leaves_a_window() -> None:
    found = finding("JC108", one("email", hold=hold("after", locked=True)))
    assert found.message == "A crash between the call and its record sends the e-mail again."


@pytest.mark.parametrize("state", ["stable", "unknown"])
def test_known_key_closes_the_window(state: str) -> None:
    assert kinds("JC108", one(**AFTER, key=key(state))) == ["Pass"]


def test_claim_leaves_no_window() -> None:
    assert kinds("JC108", one(hold=hold("claimed"))) == ["NotApplicable"]


# --- all three ---


@pytest.mark.parametrize("code", ["JC106", "JC107", "JC108"])
def test_guard_that_cannot_be_told_is_unknown(code: str) -> None:
    (outcome,) = judge(code, one(state="unknown", guard=place(12), why="a call decides it"))
    assert isinstance(outcome, Unknown)
    assert (outcome.why, outcome.at) == ("a call decides it", place(14))


@pytest.mark.parametrize("code", ["JC106", "JC107", "JC108"])
@pytest.mark.parametrize("act", [effect(), effect("enqueue", **AFTER), write(state="guarded")])
def test_no_guard_of_an_effect_outside_is_not_judged(code: str, act: Any) -> None:
    assert kinds(code, site(acts=(act,))) == ["NotApplicable"]


@pytest.mark.parametrize("code", ["JC103", "JC106", "JC107"])
def test_declared_strategy_is_accepted(code: str) -> None:
    act = effect("payment", "guarded", key=key("missing"), hold=hold("before", lost=True))
    assert kinds(code, site(acts=(act,), idempotent=Declaration("flag", place(8)))) == ["Declared"]

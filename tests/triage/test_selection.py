"""Which rules a selection means."""

from __future__ import annotations

import pytest

from jobcheck.catalog import UnknownRuleError
from jobcheck.config import Config
from jobcheck.selection import selected
from tests.reports import CODES, RULES

BUGS = {rule.code for rule in RULES if rule.profile == "bugs"}
PEDANTIC = {rule.code for rule in RULES if rule.profile == "pedantic"}


def test_profiles_are_a_ladder() -> None:
    assert selected(RULES, Config(profile="bugs")) == BUGS
    assert selected(RULES, Config()) == CODES - PEDANTIC
    assert selected(RULES, Config(profile="pedantic")) == CODES


@pytest.mark.parametrize("selector", ["JC301", "missing-attempts", "jc301"])
def test_a_rule_is_meant_by_code_or_name(selector: str) -> None:
    assert selected(RULES, Config(select=(selector,))) == {"JC301"}


def test_a_section_is_meant_by_the_beginning_of_its_codes() -> None:
    assert selected(RULES, Config(select=("JC6",))) == {code for code in CODES if code.startswith("JC6")}


def test_more_can_be_selected_and_some_ignored() -> None:
    config = Config(profile="bugs", extend_select=("JC4",), ignore=("JC401", "JC101"))
    assert selected(RULES, config) == (BUGS | {rule.code for rule in RULES if rule.section == 4}) - {
        "JC401",
        "JC101",
    }


@pytest.mark.parametrize(("selector", "near"), [("JC3O7", "JC307"), ("missing-attempt", "missing-attempts")])
def test_an_unknown_rule_is_an_error_that_names_the_nearest(selector: str, near: str) -> None:
    with pytest.raises(UnknownRuleError, match=f"did you mean '{near}'"):
        selected(RULES, Config(ignore=(selector,)))


def test_a_word_near_nothing_is_an_error_too() -> None:
    with pytest.raises(UnknownRuleError, match=r"no rule is called 'W605'$"):
        selected(RULES, Config(select=("W605",)))

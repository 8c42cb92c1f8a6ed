"""Which rules are meant: by code, by name, or by the beginning of a code such as JC1."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from jobcheck.catalog import Rule, Severity, UnknownRuleError
from jobcheck.config import Config

_LADDER = ("bugs", "checklist", "pedantic")


def selected(rules: Iterable[Rule], config: Config) -> frozenset[str]:
    """The codes of the rules to use. Raises UnknownRuleError."""
    rules = tuple(rules)
    chosen = codes(config.select, rules) if config.select else _profile(config.profile, rules)
    return (chosen | codes(config.extend_select, rules)) - codes(config.ignore, rules)


def codes(selectors: Iterable[str], rules: Iterable[Rule]) -> frozenset[str]:
    """The codes of all rules that any of the selectors means."""
    rules = tuple(rules)
    return frozenset(code for selector in selectors for code in _meant(selector, rules))


def severities(rules: Iterable[Rule], config: Config) -> dict[str, Severity]:
    """The severity of each rule: the page's, or what the most exact selector of the settings says."""
    rules = tuple(rules)
    levels: dict[str, Severity] = {rule.code: rule.severity for rule in rules}
    broad_first = sorted(
        config.severity, key=lambda selector: (not _is_prefix(selector, rules), len(selector))
    )
    for selector in broad_first:
        levels |= dict.fromkeys(_meant(selector, rules), config.severity[selector])
    return levels


def _profile(profile: str, rules: Iterable[Rule]) -> frozenset[str]:
    shown = _LADDER[: _LADDER.index(profile) + 1]
    return frozenset(rule.code for rule in rules if rule.profile in shown)


def _is_prefix(selector: str, rules: Iterable[Rule]) -> bool:
    return all(selector.lower() not in (rule.code.lower(), rule.name) for rule in rules)


def _meant(selector: str, rules: tuple[Rule, ...]) -> list[str]:
    wanted = selector.lower()
    exact = [rule.code for rule in rules if wanted in (rule.code.lower(), rule.name)]
    found = exact or [
        rule.code for rule in rules if wanted[:2] == "jc" and rule.code.lower().startswith(wanted)
    ]
    if not found:
        raise UnknownRuleError(f"no rule is called '{selector}'{_suggestion(wanted, rules)}")
    return found


def _suggestion(wanted: str, rules: tuple[Rule, ...]) -> str:
    words = {word.lower(): word for rule in rules for word in (rule.code, rule.name)}
    near = get_close_matches(wanted, words, n=1)
    return f"; did you mean '{words[near[0]]}'?" if near else ""

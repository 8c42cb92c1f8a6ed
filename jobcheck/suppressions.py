"""What the author silenced in the source, and what is wrong with how that was done.

A directive that gives no reason, or names no rule, is not honoured but reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from msgspec import Struct

from jobcheck.catalog import Rule
from jobcheck.facts import Directive
from jobcheck.model import Finding, Location

UNUSED = "JC001"
WRONG = "JC002"
STRATEGIES = ("flag", "upsert", "key", "version", "outbox", "natural")
FORM = "Write `# jobcheck: ignore[RULE] -- why it is right here`."
LAST_LINE = 10**9

Directives = Mapping[str, tuple[Directive, ...]]


class Ignore(Struct, frozen=True):
    """One rule that one directive silences on a range of lines, both ends included."""

    code: str
    path: str
    lines: tuple[int, int]
    directive: Directive

    def covers(self, place: Location) -> bool:
        return self.path == place.path and self.lines[0] <= place.span.line <= self.lines[1]


def ignores(directives: Directives, rules: Iterable[Rule]) -> list[Ignore]:
    """The suppressions that count."""
    known = _known(rules)
    return [
        Ignore(known[name], path, (1, LAST_LINE) if each.verb == "ignore-file" else each.covers, each)
        for path, each in _each(directives)
        if each.verb in ("ignore", "ignore-file") and each.reason
        for name in each.names
        if name in known
    ]


def covering(listed: Iterable[Ignore], code: str, places: Iterable[Location]) -> frozenset[Ignore]:
    """The suppressions that silence a rule at any of the places."""
    places = tuple(places)
    return frozenset(each for each in listed if each.code == code and any(map(each.covers, places)))


def unused(listed: Iterable[Ignore]) -> Iterator[Finding]:
    """What to say of suppressions that silence nothing."""
    for each in listed:
        message = f"Suppression without effect: {each.code} finds nothing here."
        yield _finding(UNUSED, each.path, each.directive, message, "Remove it.")


def idle(directives: Directives, declared: Iterable[Location]) -> Iterator[Finding]:
    """What to say of `idempotent` directives that stand on no job."""
    heard = {(at.path, at.span.line) for at in declared}
    for path, each in _each(directives):
        if each.verb == "idempotent" and (path, each.span.line) not in heard:
            message = "Directive without effect: it stands on no job."
            yield _finding(
                UNUSED, path, each, message, "Write it on the line of the job's `def`, or remove it."
            )


def wrong(directives: Directives, rules: Iterable[Rule]) -> Iterator[Finding]:
    """What to say of directives that do not count."""
    known = _known(rules)
    for path, directive in _each(directives):
        for message, cure in _faults(directive, tuple(known)):
            yield _finding(WRONG, path, directive, message, cure)


def _faults(directive: Directive, rules: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if directive.verb == "unreadable":
        yield f"Directive without effect: {directive.reason}.", FORM
        return
    kind, words = ("strategy", STRATEGIES) if directive.verb == "idempotent" else ("rule", rules)
    for name in directive.names:
        if name not in words:
            yield f"Directive without effect: no {kind} is called '{name}'.", _suggestion(name, words)
    if not directive.reason:
        yield "Directive without effect: it gives no reason.", FORM


def _suggestion(name: str, words: tuple[str, ...]) -> str:
    near = get_close_matches(name, words, n=1)
    return f"Did you mean '{near[0]}'?" if near else f"Known are: {', '.join(words)}."


def _each(directives: Directives) -> Iterator[tuple[str, Directive]]:
    return ((path, directive) for path in sorted(directives) for directive in directives[path])


def _known(rules: Iterable[Rule]) -> dict[str, str]:
    return {word: rule.code for rule in rules for word in (rule.code, rule.name)}


def _finding(code: str, path: str, directive: Directive, message: str, cure: str) -> Finding:
    return Finding(code, message, cure, Location(path, directive.span), subject="", framework="")

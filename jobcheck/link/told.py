"""What the settings say of names that cannot be followed: decorators and functions of installed packages."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from jobcheck import facts
from jobcheck.frameworks import Declare, Framework, frameworks
from jobcheck.link.declared import Match
from jobcheck.link.entities import Applied
from jobcheck.link.resolve import Resolver

UNKNOWN = "custom"
"""The framework of jobs whose framework is not known."""


class Told(Struct, frozen=True):
    """Dotted names: `decorators` make a job of a function, `senders` enqueue the job they are given first."""

    decorators: frozenset[str] = frozenset()
    senders: frozenset[str] = frozenset()

    def names(self) -> tuple[tuple[str, str], ...]:
        """What a file that uses one must contain: its name, and the module or package it lies in."""
        dotted = [name.rpartition(".") for name in sorted(self.decorators | self.senders)]
        return tuple((name, holder.rpartition(".")[2]) for holder, _, name in dotted)

    def frameworks(self, used: Iterable[Framework]) -> tuple[Framework, ...]:
        """The frameworks in use, with the one for jobs of a decorator that belongs to none of them."""
        found = tuple(used)
        return (
            (*found, frameworks()[UNKNOWN]) if self.decorators and not any(map(_decorator, found)) else found
        )

    def match(
        self, resolver: Resolver, used: tuple[Framework, ...], decorator: facts.Value, applied: Applied
    ) -> Match | None:
        """The declaration that a decorator is by what the settings say."""
        called = decorator if isinstance(decorator, facts.Call) else None
        path = resolver.path(resolver.entity(called.callee if called else decorator, applied.scope))
        if path not in self.decorators:
            return None
        framework = next((f for f in used if _decorator(f)), frameworks()[UNKNOWN])
        primitive = _decorator(framework)
        made = Applied(called or applied.call, applied.scope)
        what = resolver.given(resolver.arguments(applied).positional[0])
        why = f"the decorator {path} is not followed"
        return Match(framework, primitive, what, made, open=why) if primitive else None


def _decorator(framework: Framework) -> Declare | None:
    """What the framework declares jobs with by decorating a function."""
    declares = (p for p in framework.primitives.values() if isinstance(p, Declare))
    return next((declare for declare in declares if declare.queue is None), None)

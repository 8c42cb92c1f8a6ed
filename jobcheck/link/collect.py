"""What else must be read before the project can be understood.

From the jobs and producers found so far, the functions that they call are followed; where that
leads into a file that has not been read, the resolver notes it in `wanted`. `Reach` is asked again
after each reading, and only goes on where it had to stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jobcheck.link.entities import Entity, Function, Method, Partial, Several
from jobcheck.link.resolve import Resolver
from jobcheck.link.seeds import Recognised
from jobcheck.model import FunctionRef
from jobcheck.walk import calls

HOPS = 5
"""Calls away from a job within which helpers are read: effects of real jobs lie one to four deep."""


class Reach:
    """The functions within `HOPS` calls of where it was asked to start."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._hops: dict[FunctionRef, int] = {}
        self._called: dict[FunctionRef, tuple[FunctionRef, ...]] = {}

    def follow(self, starts: Iterable[FunctionRef]) -> None:
        """Walk on from the given functions as far as what has been read allows."""
        pending = [(ref, 0) for ref in sorted(starts)]
        self._hops.clear()
        while pending:
            ref, hops = pending.pop()
            if self._hops.get(ref, HOPS + 1) <= hops:
                continue
            self._hops[ref] = hops
            if hops < HOPS:
                pending.extend((callee, hops + 1) for callee in self._callees(ref))

    def _callees(self, ref: FunctionRef) -> tuple[FunctionRef, ...]:
        if ref in self._called:
            return self._called[ref]
        missed = self._resolver.missed
        found = tuple(sorted(set(self._find(ref))))
        if self._resolver.missed == missed:
            self._called[ref] = found
        return found

    def _find(self, ref: FunctionRef) -> Iterator[FunctionRef]:
        body = self._resolver.index.body(ref)
        scope = self._resolver.scope(ref)
        for call in calls(body or ()):
            yield from functions(self._resolver.entity(call.callee, scope))


def starts(recognised: Recognised) -> set[FunctionRef]:
    """Where following begins: the jobs and the hooks that run with them."""
    jobs = {seed.job.function for seed in recognised.jobs}
    return jobs | {hook.function for seed in recognised.jobs for hook in seed.hooks}


def functions(entity: Entity) -> Iterator[FunctionRef]:
    """The project's functions that calling an entity runs."""
    match entity:
        case Function(ref=ref):
            yield ref
        case Method(function=function):
            yield function.ref
        case Partial(target=target):
            yield from functions(target)
        case Several(options=options):
            for option in options:
                yield from functions(option)

"""What else must be read before the project can be understood.

From the jobs and producers found so far, the functions that they call are followed; where that
leads into a file that has not been read, the resolver notes it in `wanted`. `Reach` is asked again
after each reading, and only goes on where it had to stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jobcheck.facts import Call, Value, With
from jobcheck.link.bindings import statements
from jobcheck.link.entities import Entity, Function, Method, Partial, Scope, Several
from jobcheck.link.index import Index
from jobcheck.link.resolve import Resolver
from jobcheck.link.seeds import Recognised
from jobcheck.link.sites import Sites
from jobcheck.model import FunctionRef
from jobcheck.walk import calls

HOPS = 5
"""Calls away from a job within which helpers are read: effects of real jobs lie one to four deep."""
CALLERS = 40
"""Callers of one sending function that are looked at; one with more is a library of its own."""
AROUND = 2
"""Calls within a context manager or decorator around a producer that are followed."""


class Reach:
    """The functions within `HOPS` calls of where it was asked to start."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._hops: dict[FunctionRef, int] = {}
        self._called: dict[FunctionRef, tuple[FunctionRef, ...]] = {}

    def follow(self, starts: Iterable[FunctionRef], senders: Iterable[FunctionRef] = ()) -> None:
        """Walk on from the given functions as far as what has been read allows.

        Of those that only send, what stands around the sending is followed: it may open a transaction.
        """
        pending = [(ref, 0) for ref in sorted(starts)]
        pending += [(ref, HOPS - AROUND) for sender in sorted(senders) for ref in self._surrounding(sender)]
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

    def _surrounding(self, ref: FunctionRef) -> Iterator[FunctionRef]:
        function = self._resolver.index.function(ref)
        scope = self._resolver.scope(ref)
        for value in function.decorators if function else ():
            yield from self._run(value, scope.outer or scope)
        for statement in statements(self._resolver.index.body(ref) or ()):
            for item in statement.items if isinstance(statement, With) else ():
                yield from self._run(item.value, scope)

    def _run(self, value: Value, scope: Scope) -> Iterator[FunctionRef]:
        return functions(self._resolver.entity(value.callee if isinstance(value, Call) else value, scope))

    def _find(self, ref: FunctionRef) -> Iterator[FunctionRef]:
        body = self._resolver.index.body(ref)
        scope = self._resolver.scope(ref)
        for call in calls(body or ()):
            yield from functions(self._resolver.entity(call.callee, scope))


def starts(recognised: Recognised) -> set[FunctionRef]:
    """Where following begins: the jobs and the hooks that run with them."""
    jobs = {seed.job.function for seed in recognised.jobs}
    return jobs | {hook.function for seed in recognised.jobs for hook in seed.hooks}


def senders(recognised: Recognised, index: Index) -> set[FunctionRef]:
    """The functions that put jobs on their queues."""
    found = (index.around(enqueue.at) for enqueue in recognised.enqueues if enqueue.style == "call")
    return {ref for ref in found if ref is not None}


def callers(called: Iterable[FunctionRef], resolver: Resolver, sites: Sites) -> set[FunctionRef]:
    """The functions that call one of the given, in what has been read."""
    return {
        site.place.ref
        for ref in called
        for site in sites.calls(ref.qualname.rpartition(".")[2])[:CALLERS]
        if ref in functions(site.callee(resolver))
    }


def receivers(recognised: Recognised, resolver: Resolver, sites: Sites) -> set[FunctionRef]:
    """The functions that are handed a job by those that import it: they may send it."""
    jobs = frozenset(seed.job.function.qualname.rpartition(".")[2] for seed in recognised.jobs)
    return {ref for site in sites.handing(jobs) for ref in functions(site.callee(resolver))}


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

"""Whether a transaction is open where a job is put on its queue.

Asked for the calls of one function: `with` blocks and decorators that open one, at any depth and through
the project's own; a request's transaction; a session changed before and committed after; and callers,
two levels up, that call the function inside one. What is handed to `on_commit` is not called there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from jobcheck import facts
from jobcheck.link.covers import FRAMES
from jobcheck.link.entities import Function, Method
from jobcheck.link.flows import Flows
from jobcheck.link.sites import Site, Sites, last_name
from jobcheck.link.web import EXEMPT
from jobcheck.model import FunctionRef, Location, Step
from jobcheck.walk import calls

LEVELS = 2
CALLERS = 40
"""Callers that are looked at; a function with more is a library of its own."""


class Transactions:
    """Answers for one project; `requests` is the setting that puts every request in a transaction."""

    def __init__(self, flows: Flows, sites: Sites, requests: Location | None = None) -> None:
        self._flows = flows
        self._sites = sites
        self._requests = requests
        self._callers: dict[tuple[FunctionRef, int], tuple[Step, ...]] = {}

    def at(
        self, ref: FunctionRef, found: Collection[Location], level: int = 0
    ) -> dict[Location, tuple[Step, ...]]:
        """For calls in a function, the steps from where the open transaction was opened."""
        function = self._function(ref)
        if function is None or not found:
            return {}
        own = self._flows.watching(function, self._flows.own_scope(function), found)
        around = self._around(function, level) if len(own) < len(set(found)) else ()
        deferred = self._deferred(ref)
        steps = {at: own.get(at, around) for at in found if at not in deferred}
        return {at: path[:FRAMES] for at, path in steps.items() if path}

    def _function(self, ref: FunctionRef) -> Function | None:
        node = self._flows.resolver.index.function(ref)
        if node is None or self._flows.resolver.index.body(ref) is None:
            return None
        scope = self._flows.resolver.scope(ref)
        return Function(ref, node, scope.outer or self._flows.resolver.module_scope(ref.path))

    def _deferred(self, ref: FunctionRef) -> frozenset[Location]:
        """The calls that are only made once the transaction is committed, and those that arrange it."""
        found: set[Location] = set()
        scope = self._flows.resolver.scope(ref)
        for call in calls(self._flows.resolver.index.body(ref) or ()):
            meaning = self._flows.meanings.of(call, self._flows.resolver.entity(call.callee, scope), scope)
            if meaning.role == "on-commit":
                found |= {Location(ref.path, inner.span) for inner in calls(call)}
        return frozenset(found)

    # --- what the function is called in ---

    def _around(self, function: Function, level: int) -> tuple[Step, ...]:
        key = (function.ref, level)
        if key not in self._callers:
            self._callers[key] = ()
            self._callers[key] = (
                self._request(function) or self._wrapped(function) or self._called(function, level)
            )
        return self._callers[key]

    def _request(self, function: Function) -> tuple[Step, ...]:
        names = [p.name for p in function.facts.params][:2]
        if self._requests is None or "request" not in names or self._is_exempt(function):
            return ()
        return (Step(self._requests, "every request runs in a transaction"),)

    def _is_exempt(self, function: Function) -> bool:
        resolver = self._flows.resolver
        found = (resolver.path(resolver.entity(d, function.closure)) for d in function.facts.decorators)
        return any(path.removesuffix("()") == EXEMPT for path in found)

    def _wrapped(self, function: Function) -> tuple[Step, ...]:
        """A decorator of the project's own that calls the function inside a transaction."""
        wrapper = self._flows.decorated(function)
        if wrapper is None:
            return ()
        scope = self._flows.own_scope(wrapper)
        body = self._flows.resolver.index.body(wrapper.ref) or ()
        inner = [
            c for c in calls(body) if self._leads(self._flows.resolver.entity(c.callee, scope), function.ref)
        ]
        seen = self._flows.watching(wrapper, scope, [Location(wrapper.ref.path, c.span) for c in inner])
        return next(iter(seen.values()), ())

    def _called(self, function: Function, level: int) -> tuple[Step, ...]:
        if level >= LEVELS:
            return ()
        for site in self._callers_of(function):
            steps = self.at(site.place.ref, [site.at], level + 1).get(site.at)
            if steps:
                return (*steps, Step(site.at, f"calls {self._flows.resolver.path(function)}"))
        return ()

    def _callers_of(self, function: Function) -> Iterator[Site]:
        name = function.ref.qualname.rpartition(".")[2]
        found = [site for site in self._sites.calls(name) if last_name(site.call.callee)]
        for site in found[:CALLERS]:
            plain = not any(isinstance(binder, facts.Lambda) for binder in site.place.binders)
            if (
                plain
                and site.place.ref != function.ref
                and self._leads(site.callee(self._flows.resolver), function.ref)
            ):
                yield site

    @staticmethod
    def _leads(entity: object, ref: FunctionRef) -> bool:
        function = entity.function if isinstance(entity, Method) else entity
        return isinstance(function, Function) and function.ref == ref

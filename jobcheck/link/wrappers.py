"""Follows a call into the wrappers around it: who calls the function it stands in, and with what.

`def enqueue(task, *args): task.delay(*args)` says nothing by itself; each caller of `enqueue` does.
A `Reading` is one call read in one such light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from jobcheck import facts
from jobcheck.link.entities import (
    Applied,
    Arguments,
    Bound,
    ClassEntity,
    Element,
    Entity,
    External,
    Function,
    Instance,
    Method,
    Parameter,
    Partial,
    Scope,
    Several,
    Unknown,
)
from jobcheck.link.fold import fold
from jobcheck.link.resolve import Resolver
from jobcheck.link.sites import Site, Sites
from jobcheck.model import FunctionRef, Location, Step

LEVELS = 5
"""Wrappers around wrappers that are followed; real projects have one or two."""
MAKES_METHODS = ("add_directive",)
"""Methods, of Pyramid's configuration, that make a function a method under the name they are given."""
CALLERS = 200
"""Callers of one wrapper beyond which the rest is left alone: a helper of everything tells nothing."""


class Reading(Struct, frozen=True, eq=False):
    """A call, the scope its names are read in, and where a reader would say that it happens.

    `site` is the call itself; `calls` are the calls that led to it, the nearest first, each with
    what it calls, through the steps of `via`.
    """

    site: Site
    scope: Scope
    calls: tuple[tuple[Site, Entity], ...] = ()
    via: tuple[Step, ...] = ()

    @property
    def outer(self) -> Site:
        """The call that a reader sees first."""
        return self.calls[-1][0] if self.calls else self.site

    @property
    def at(self) -> Location:
        return self.outer.at

    @property
    def applied(self) -> Applied:
        return Applied(self.site.call, self.scope)


Blocks = Callable[[Reading], "Parameter | None"]
"""The parameter without whose argument a reading cannot be told; None when it can."""


class Callers:
    """Readings of calls, in the light of the callers of the functions they stand in."""

    def __init__(
        self, resolver: Resolver, sites: Sites, scopes: dict[FunctionRef, Scope] | None = None
    ) -> None:
        self._resolver = resolver
        self._sites = sites
        self._scopes = scopes or {}
        self._named: dict[FunctionRef, list[str]] | None = None
        self._known: dict[FunctionRef, tuple[tuple[Site, Entity], ...]] = {}

    def read(self, site: Site, blocks: Blocks) -> Iterator[Reading]:
        """All readings of a call; its own when no caller tells more."""
        scope = self._scopes.get(site.place.ref) or self._resolver.scope(site.place.ref)
        own = Reading(site, site.place.inside(self._resolver, scope))
        yield from self._settled(own, blocks, LEVELS)

    def _settled(self, reading: Reading, blocks: Blocks, levels: int) -> Iterator[Reading]:
        parameter = blocks(reading) if levels else None
        lifted = list(self._lifted(reading, parameter)) if parameter else []
        if not lifted:
            yield reading
        for each in lifted:
            yield from self._settled(each, blocks, levels - 1)

    def _lifted(self, reading: Reading, parameter: Parameter) -> Iterator[Reading]:
        """The reading once for every call that gives the parameter its argument."""
        if parameter.function.qualname.endswith(".__init__"):
            yield from self._made(reading, parameter)
            return
        for site, callee in self.of(parameter.function):
            calls = (*reading.calls, (site, callee))
            scope = self._scope(reading.site, calls)
            if scope is not None:
                yield Reading(reading.site, scope, calls, (self._step(reading), *reading.via))

    def _scope(self, site: Site, calls: tuple[tuple[Site, Entity], ...]) -> Scope | None:
        """The scope of a call that other calls lead to, the outermost last."""
        scope: Scope | None = calls[-1][0].place.scope(self._resolver)
        inner = [each for each, _ in calls[-2::-1]] + [site]
        for (call, callee), then in zip(reversed(calls), inner, strict=True):
            bound = self._given(Applied(call.call, scope), callee) if scope is not None else None
            scope = descend(bound, then.place.ref) if bound is not None else None
            scope = then.place.inside(self._resolver, scope) if scope is not None else None
        return scope

    def _made(self, reading: Reading, parameter: Parameter) -> Iterator[Reading]:
        """The reading once for every place that makes the object whose method it stands in."""
        scope = reading.scope
        function = self._resolver.index.function(FunctionRef(scope.path, scope.qualname))
        if function is None or not function.params:
            return
        for site, callee in self.of(parameter.function):
            if isinstance(callee, ClassEntity):
                owner = Instance(callee, site.applied(self._resolver))
                given = {**scope.given, function.params[0].name: owner}
                made = Scope(scope.path, scope.qualname, given, scope.outer)
                yield Reading(reading.site, made, reading.calls, reading.via)

    def _step(self, reading: Reading) -> Step:
        ref = reading.outer.place.ref
        return Step(reading.at, f"{self._resolver.index.dotted(ref.path, ref.qualname)} passes it on")

    def _given(self, applied: Applied, callee: Entity) -> Scope | None:
        match callee:
            case Function():
                return self._resolver.bind(callee, applied)
            case Method(function=function, owner=owner):
                return self._resolver.bind(function, applied, owner)
            case Partial(target=Function() as function, made=made):
                first, then = self._resolver.arguments(made), self._resolver.arguments(applied)
                args = Arguments(first.positional + then.positional, then.named, then.open)
                return self._resolver.bind(function, Applied(applied.call, applied.scope, args))
            case _:
                return None

    def of(self, ref: FunctionRef) -> tuple[tuple[Site, Entity], ...]:
        """The calls of a function of the project, or of the class whose `__init__` it is."""
        if ref not in self._known:
            self._known[ref] = tuple(self._callers(ref))[:CALLERS]
        return self._known[ref]

    def _callers(self, ref: FunctionRef) -> Iterator[tuple[Site, Entity]]:
        owner, _, name = ref.qualname.rpartition(".")
        if name == "__init__":
            name = owner.rpartition(".")[2]
        for site in self._sites.calls(name):
            for callee in _options(site.callee(self._resolver)):
                if self._is(callee, ref):
                    yield site, callee
        for word in self._directives().get(ref, ()):
            yield from self._by_directive(word, ref)

    def _directives(self) -> dict[FunctionRef, list[str]]:
        """The functions that are made methods of an object from outside, by the names they get there."""
        if self._named is None:
            self._named = {}
            for maker in MAKES_METHODS:
                for site in self._sites.calls(maker):
                    args = self._resolver.arguments(site.applied(self._resolver)).positional
                    name = fold(self._resolver, args[0]) if len(args) > 1 else None
                    function = self._resolver.given(args[1]) if isinstance(name, str) else None
                    if isinstance(function, Function) and isinstance(name, str):
                        self._named.setdefault(function.ref, []).append(name)
        return self._named

    def _by_directive(self, word: str, ref: FunctionRef) -> Iterator[tuple[Site, Entity]]:
        """Calls of such a method: what it is called on is the function's first argument."""
        node = self._resolver.index.function(ref)
        function = Function(ref, node, self._resolver.module_scope(ref.path)) if node else None
        for site in self._sites.calls(word):
            callee = site.call.callee
            if function is None or not isinstance(callee, facts.Read) or not self._is_directive(site, ref):
                continue
            scope = site.place.scope(self._resolver)
            owner = facts.Read(facts.Place(callee.place.root, callee.place.path[:-1]), callee.span)
            yield site, Partial(function, Applied(site.call, scope, Arguments((Bound(owner, scope),))))

    def _is_directive(self, site: Site, ref: FunctionRef) -> bool:
        """Whether a call outside of the function itself is of a method that the project does not have."""
        inside = (
            f"{site.place.ref.qualname}.".startswith(f"{ref.qualname}.") and site.place.ref.path == ref.path
        )
        method = isinstance(site.call.callee, facts.Read) and site.call.callee.place.path
        return bool(method) and not inside and isinstance(site.callee(self._resolver), (External, Unknown))

    def _is(self, callee: Entity, ref: FunctionRef) -> bool:
        match callee:
            case Function(ref=found) | Method(function=Function(ref=found)):
                return found == ref
            case ClassEntity():
                init = self._resolver.attribute(callee, "__init__")
                return isinstance(init, Method) and init.function.ref == ref
            case _:
                return False


def _options(entity: Entity) -> tuple[Entity, ...]:
    return entity.options if isinstance(entity, Several) else (entity,)


def descend(scope: Scope, ref: FunctionRef) -> Scope | None:
    """The scope of a function defined inside the one whose scope is given, or that scope itself."""
    if scope.path != ref.path:
        return None
    if scope.qualname == ref.qualname:
        return scope
    if not ref.qualname.startswith(f"{scope.qualname}."):
        return None
    for name in ref.qualname[len(scope.qualname) + 1 :].split("."):
        scope = Scope(scope.path, f"{scope.qualname}.{name}", {}, scope)
    return scope


def parameter_of(entity: Entity) -> Parameter | None:
    """The parameter whose argument would tell what an entity is."""
    match entity:
        case Parameter():
            return entity
        case Element(of=of):
            return parameter_of(of)
        case Partial(target=target):
            return parameter_of(target)
        case _:
            return None

"""Puts together what the source says about one job's options, in the order the framework asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from jobcheck import facts
from jobcheck.frameworks import Asked, Spelt
from jobcheck.link.bindings import statements
from jobcheck.link.constants import branches, setting_of
from jobcheck.link.declared import Declared, class_value
from jobcheck.link.entities import (
    Applied,
    Arguments,
    Data,
    Entity,
    External,
    Function,
    Given,
    Instance,
    Mapping,
    Method,
    Scope,
    Several,
)
from jobcheck.link.fold import fold
from jobcheck.link.overrides import Overrides
from jobcheck.link.payload import render
from jobcheck.link.resolve import Resolver, why
from jobcheck.link.settings import Settings
from jobcheck.link.sites import Site, Sites
from jobcheck.link.wrappers import descend
from jobcheck.model import Absent, FunctionRef, Location, Opaque, Origin, Setting

HELPERS = 3
"""Helpers that a job passes itself to, in which a request for a retry is looked for."""


class Layer(Struct, frozen=True, eq=False):
    """Options given in one place; `open` says why there may be more of them."""

    origin: Origin
    at: Location
    values: dict[str, Given]
    open: str = ""


class Sent(Struct, frozen=True, eq=False):
    """The options that one producer's message has, nearest first; `at` is where one would be added.

    `refused` are keywords that the sending call does not take.
    """

    layers: tuple[Layer, ...]
    at: Location
    refused: Layer | None = None


class Read:
    """The evidence about one job, as `frameworks.Evidence` wants it."""

    def __init__(
        self,
        resolver: Resolver,
        declared: Declared,
        settings: Settings,
        sent: tuple[Sent, ...],
        asked: tuple[Asked, ...],
        scheduled: bool,
    ) -> None:
        self._resolver = resolver
        self._job = declared
        self._settings = settings
        self._sent = sent
        self._known: dict[str, Setting[Any]] = {}
        self.home = declared.at
        self.at = declared.best
        self.function: facts.Function | None = declared.function
        self.returned = tuple(_returned(resolver.index.body(declared.ref) or ()))
        self.filled = declared.filled
        self.asked = asked
        self.scheduled = scheduled
        self.declared = tuple(self._spelt(self._own()))
        spelt = (s for each in sent for layer in each.layers for s in self._spelt(layer))
        self.sent = tuple({(s.name, s.value.at): s for s in spelt}.values())
        refused = (each.refused for each in sent if each.refused is not None)
        self.refused = tuple(s for layer in refused for s in self._spelt(layer))

    # --- settings of the application ---

    def setting(self, name: str) -> Setting[Any]:
        found = self._settings.lookup(name)
        return Opaque("no application that it could be set on was found", self.at) if found is None else found

    def ignored(self, name: str) -> tuple[Spelt, ...]:
        return self._settings.ignored(name)

    # --- options of the job ---

    def option(self, name: str) -> Setting[Any]:
        if name not in self._known:
            by_producers = self._job.framework.options_by == "producers"
            self._known[name] = self._of_producers(name) if by_producers else self._of_job(name)
        return self._known[name]

    def _of_job(self, name: str) -> Setting[Any]:
        for given, origin, at in self._annotated(name):
            return setting_of(self._resolver, given, origin, name, at)
        own = self._own()
        if name in own.values:
            origin = self._origin(own.values[name], own.origin)
            return setting_of(self._resolver, own.values[name], origin, name, own.at)
        if own.open:
            return Opaque(own.open, own.at)
        return self._inherited(name)

    def _own(self) -> Layer:
        job = self._job
        return Layer("wrapper" if job.wrappers else "decorator", job.made.at, job.options, job.open)

    def _origin(self, given: Given, otherwise: Origin) -> Origin:
        """An argument that a wrapper passes on was still given at the job."""
        at = getattr(given, "at", None)
        if not isinstance(at, Location):
            return otherwise
        span = self._job.function.span
        inside = at.path == self._job.ref.path and span.line <= at.span.line <= span.end_line
        return "decorator" if inside else otherwise

    def _inherited(self, name: str) -> Setting[Any]:
        cls = self._job.cls
        if cls is None:
            return self._unfollowed_base() or Absent(None, self.at)
        given = class_value(self._resolver, cls, name)
        if given is not None:
            return setting_of(self._resolver, given, "base", name, given.at)
        for path in self._resolver.external_paths(cls):
            if self._job.framework.primitive(path) is None:
                return Opaque(f"the base class {path} is not part of the project", self.at)
        return Absent(None, self.at)

    def _unfollowed_base(self) -> Opaque | None:
        given = self._job.options.get(self._job.framework.carrier)
        if given is None:
            return None
        base = self._resolver.given(given)
        if isinstance(base, External) and self._job.framework.primitive(base.path) is not None:
            return None
        return Opaque("the base class is not part of the project", self.at)

    def _annotated(self, name: str) -> Iterator[tuple[Given, Origin, Location]]:
        """Options that the settings give to jobs by name; they beat those at the job."""
        conf = self._job.framework.configuration
        given = self._settings.value(conf.annotations) if conf and conf.annotations else None
        entity = self._resolver.given(given) if given is not None else None
        if not isinstance(entity, Mapping):
            return
        for key in (self._job.registered, "*"):
            inner = self._resolver.given(entity.items[key]) if key in entity.items else None
            if isinstance(inner, Mapping) and name in inner.items:
                yield inner.items[name], "settings", inner.at or self.at

    def alternatives(self, name: str) -> tuple[Any, ...]:
        """The values of an option of the job that depends on the path."""
        given = self._own().values.get(name)
        return tuple(branches(self._resolver, given)) if given is not None else ()

    # --- options of what is sent to it ---

    def _of_producers(self, name: str) -> Setting[Any]:
        if not self._sent:
            own = self._own()
            if name in own.values:
                return setting_of(self._resolver, own.values[name], "worker", name, own.at)
            return Opaque(f"no producer of queue {self._job.registered} was found", self.at)
        found = [self._of_sent(name, sent) for sent in self._sent]
        for kind in (Absent, Opaque):
            worst = next((setting for setting in found if isinstance(setting, kind)), None)
            if worst is not None:
                return worst
        return found[0]

    def _of_sent(self, name: str, sent: Sent) -> Setting[Any]:
        for layer in (*sent.layers, Layer("worker", self._own().at, self._job.options, self._job.open)):
            if name in layer.values:
                return setting_of(self._resolver, layer.values[name], layer.origin, name, layer.at)
            if layer.open:
                return Opaque(layer.open, layer.at)
        return Absent(None, sent.at)

    def _spelt(self, layer: Layer) -> Iterator[Spelt]:
        for name, given in layer.values.items():
            yield Spelt(name, setting_of(self._resolver, given, layer.origin, name, layer.at))


# --- requests for a retry in the body ---


class Requests:
    """Finds where a job's code asks the framework for another run."""

    def __init__(self, resolver: Resolver, sites: Sites) -> None:
        self._resolver = resolver
        self._sites = sites
        self._overrides = Overrides(resolver)

    def of(self, job: Declared) -> tuple[Asked, ...]:
        if not job.framework.retry:
            return ()
        found = [*self._within(job, job.scope, job.ref, HELPERS), *self._handed_on(job)]
        if job.cls is not None:
            called = self._resolver.attribute(Instance(job.cls), "__call__")
            if isinstance(called, Method):
                scope = self._resolver.scope(called.function.ref)
                found += self._within(job, scope, called.function.ref, 1)
        return tuple(sorted(found, key=lambda asked: asked.at))

    def _within(self, job: Declared, scope: Scope, ref: FunctionRef, levels: int) -> Iterator[Asked]:
        for site in self._sites.within(ref):
            inner = descend(scope, site.place.ref)
            if inner is None:
                continue
            inner = site.place.inside(self._resolver, inner)
            asked = self._asked(job, site, inner)
            if asked is not None:
                yield asked
            elif levels and self._passes_handle(job, site, inner):
                yield from self._passed(job, site, inner, levels)

    def _handed_on(self, job: Declared) -> Iterator[Asked]:
        """`export(retry=self.retry)`: somebody else may ask, with arguments of their own."""
        for mention in self._sites.mentions(job.framework.retry):
            if mention.place.ref != job.ref:
                continue
            place = mention.read.place
            receiver = facts.Read(facts.Place(place.root, place.path[:-1]), mention.read.span)
            if self._is_handle(
                job, self._resolver.entity(receiver, mention.place.inside(self._resolver, job.scope))
            ):
                at = Location(job.ref.path, mention.read.span)
                yield Asked(at, (), True, render(receiver), True, "the request for a retry is handed on")

    def _asked(self, job: Declared, site: Site, scope: Scope) -> Asked | None:
        callee = site.call.callee
        if (
            not isinstance(callee, facts.Read)
            or not callee.place.path
            or callee.place.path[-1] != job.framework.retry
        ):
            return None
        receiver = facts.Read(facts.Place(callee.place.root, callee.place.path[:-1]), callee.span)
        entity = self._resolver.entity(receiver, scope)
        handle = self._is_handle(job, entity)
        if not handle and receiver.place != facts.Place("self"):
            return None
        args = self._with_override(job, Applied(site.call, scope))
        spelt = tuple(
            Spelt(name, setting_of(self._resolver, given, "call", name, site.at))
            for name, given in args.named.items()
        )
        return Asked(site.at, spelt, handle, render(receiver), site.place.leaves, args.open)

    def _with_override(self, job: Declared, applied: Applied) -> Arguments:
        """The arguments that reach the framework: those that the class's own version passes on."""
        found = self._overrides.through(job.cls, job.framework.retry) if job.cls is not None else None
        if found is None:
            return self._resolver.arguments(applied)
        method, inner = found
        if inner is None:
            return Arguments(open="the base class asks for the retry in its own way")
        scope = self._resolver.bind(method.function, applied, method.owner)
        args = self._resolver.arguments(Applied(inner, scope))
        named = {name: given for name, given in args.named.items() if not self._is_none(given)}
        return Arguments(args.positional, named, args.open)

    def _is_none(self, given: Given) -> bool:
        entity = self._resolver.given(given)
        return isinstance(entity, Data) and fold(self._resolver, entity) is None

    def _is_handle(self, job: Declared, entity: Entity) -> bool:
        """What the framework hands to the job, or the job itself by its own name."""
        if isinstance(entity, Function):
            return entity.ref == job.ref
        if isinstance(entity, Several):
            return any(self._is_handle(job, option) for option in entity.options)
        paths = self._resolver.external_paths(entity)
        return any(job.framework.canonical(path) == job.framework.handle for path in paths)

    def _passes_handle(self, job: Declared, site: Site, scope: Scope) -> bool:
        names = {job.function.qualname, *_given(scope)}
        values = [arg.value for arg in site.call.args if isinstance(arg.value, facts.Read)]
        bare = [value for value in values if not value.place.path and value.place.root in names]
        return _on_self(site) or any(self._is_handle(job, self._resolver.entity(v, scope)) for v in bare)

    def _passed(self, job: Declared, site: Site, scope: Scope, levels: int) -> Iterator[Asked]:
        callee = self._resolver.entity(site.call.callee, scope)
        applied = Applied(site.call, scope)
        if isinstance(callee, Method) and callee.function.ref != job.ref:
            bound = self._resolver.bind(callee.function, applied, callee.owner)
            yield from self._within(job, bound, callee.function.ref, levels - 1)
        elif isinstance(callee, Function) and callee.ref != job.ref:
            yield from self._within(job, self._resolver.bind(callee, applied), callee.ref, levels - 1)


def _returned(body: facts.Block) -> Iterator[facts.Value]:
    for statement in statements(body):
        if isinstance(statement, facts.Exit) and statement.kind == "return" and statement.value is not None:
            yield statement.value


def _given(scope: Scope | None) -> Iterator[str]:
    """The names that something was given to, here and around."""
    while scope is not None:
        yield from scope.given
        scope = scope.outer


def _on_self(site: Site) -> bool:
    """`self.give_up(exc)`: a method of the job's own class."""
    callee = site.call.callee
    return isinstance(callee, facts.Read) and callee.place.root == "self" and len(callee.place.path) == 1


def option_layer(
    resolver: Resolver, given: Given | None, origin: Origin, at: Location, key: str = ""
) -> Layer | None:
    """The layer that a mapping of options is, or the mapping under a key of it; None when not given."""
    entity = resolver.given(given) if given is not None else None
    if entity is None:
        return None
    if not isinstance(entity, Mapping):
        return Layer(origin, at, {}, why(entity))
    if not key:
        return Layer(origin, entity.at or at, dict(entity.items), entity.open)
    if key in entity.items:
        return option_layer(resolver, entity.items[key], origin, at)
    return Layer(origin, at, {}, entity.open) if entity.open else None

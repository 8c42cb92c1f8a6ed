"""The settings of an application, wherever the project gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from jobcheck import facts
from jobcheck.frameworks import App, Configuration, Framework, Slot, Spelt
from jobcheck.link.constants import setting_of
from jobcheck.link.entities import (
    Applied,
    Bound,
    ClassEntity,
    Data,
    Entity,
    External,
    Given,
    Instance,
    Mapping,
    ModuleEntity,
)
from jobcheck.link.fold import fold
from jobcheck.link.resolve import Resolver
from jobcheck.link.sites import Site, Sites
from jobcheck.link.web import MODULE, settings_module
from jobcheck.model import Absent, Location, Opaque, Setting


class Source(Struct, frozen=True, eq=False):
    """One place that settings come from: names to values, or a module, class or object.

    `open` says why it may hold more than can be seen.
    """

    at: Location
    prefix: str = ""
    holder: Entity | None = None
    values: dict[str, Given] = {}
    open: str = ""


class Settings:
    """What one framework's application is set to.

    `at` is where the application is made; `sought` are names that files naming its settings contain.
    """

    def __init__(self, resolver: Resolver, sites: Sites, framework: Framework) -> None:
        self._resolver = resolver
        self._sites = sites
        self._framework = framework
        self._known: dict[str, Setting[Any]] = {}
        self.at: Location | None = None
        self.sought: set[str] = set()
        self._values: dict[str, Given | None] = {}
        self._ignored: dict[str, tuple[Spelt, ...]] = {}
        self._carrier: ClassEntity | None = None
        self._carried = False
        self._apps: list[Entity] = []
        self._sources: list[Source] = list(self._collect())

    # --- what rules and jobs ask ---

    def lookup(self, name: str) -> Setting[Any] | None:
        """The value of a setting; None when no application was found that could have it."""
        if self.at is None or self._framework.configuration is None:
            return None
        if name not in self._known:
            self._known[name] = self._lookup(name, self.at)
        return self._known[name]

    def value(self, name: str) -> Given | None:
        """The setting as an entity, for settings that hold more than plain data."""
        if name not in self._values:
            self._values[name] = next((given for _, given in self._given(name)), None)
        return self._values[name]

    def carrier(self) -> ClassEntity | None:
        """The class of the project that is the base of all its jobs."""
        if not self._carried:
            self._carrier, self._carried = self._find_carrier(), True
        return self._carrier

    def _find_carrier(self) -> ClassEntity | None:
        conf = self._framework.configuration
        for name in conf.carriers if conf else ():
            for given in (*self._app_attributes(name), *(g for _, g in self._given(name))):
                cls = self._class(given)
                if cls is not None:
                    return cls
        return None

    def ignored(self, name: str) -> tuple[Spelt, ...]:
        """Names that look like the setting and that the framework does not read."""
        if name not in self._ignored:
            self._ignored[name] = tuple(self._find_ignored(name))
        return self._ignored[name]

    def _find_ignored(self, name: str) -> Iterator[Spelt]:
        conf = self._framework.configuration
        for source in self._sources if conf else ():
            for spelt in conf.ignored(name, source.prefix) if conf and source.holder is not None else ():
                given = self._in(source, spelt)
                if given is not None:
                    yield Spelt(spelt, setting_of(self._resolver, given, "settings", spelt, source.at))

    # --- looking ---

    def _lookup(self, name: str, at: Location) -> Setting[Any]:
        for source, given in self._given(name):
            return setting_of(self._resolver, given, "settings", name, source.at)
        for source in self._sources:
            if source.open:
                return Opaque(source.open, source.at)
        return Absent(None, at)

    def _given(self, name: str) -> Iterator[tuple[Source, Given]]:
        conf = self._framework.configuration
        if conf is None:
            return
        for assigned in reversed(list(self._sites.assigned(name))):
            scope = assigned.place.scope(self._resolver)
            if self._is(self._resolver.entity(assigned.owner, scope), conf.conf):
                bound = Bound(assigned.value, scope)
                yield Source(bound.at), bound
        for source in self._sources:
            for spelt in conf.spellings(name, source.prefix):
                given = self._in(source, spelt)
                if given is not None:
                    yield source, given

    def _in(self, source: Source, name: str) -> Given | None:
        if name in source.values:
            return source.values[name]
        match source.holder:
            case ModuleEntity(path=path):
                return self._of_module(path, name)
            case ClassEntity() | Instance() as holder:
                cls = holder.cls if isinstance(holder, Instance) else holder
                found = self._resolver.attribute(cls, name)
                return None if isinstance(found, External) or _tells_absence(found) else found
            case Mapping(items=items):
                return items.get(name)
            case _:
                return None

    def _of_module(self, path: str, name: str) -> Given | None:
        resolver = self._resolver
        bindings = resolver.index.table(path, "").names.get(name, ()) if path in resolver.index.files else ()
        if len(bindings) == 1 and bindings[0].how == "value":
            return Bound(bindings[0].value, resolver.module_scope(path))
        return resolver.symbol(path, name)

    def _app_attributes(self, name: str) -> Iterator[Given]:
        """`app.Task = Base`, and the attribute of an application class of the project."""
        for assigned in self._sites.assigned(name):
            scope = assigned.place.scope(self._resolver)
            if self._is(self._resolver.entity(assigned.owner, scope), self._app_path()):
                yield Bound(assigned.value, scope)
        for app in self._apps:
            if isinstance(app, Instance):
                yield self._resolver.attribute(app, name)

    def _class(self, given: Given) -> ClassEntity | None:
        entity = self._resolver.given(given)
        if isinstance(entity, Data) and isinstance(given, Bound):
            dotted = fold(self._resolver, given)
            path = given.scope.path
            entity = (self._resolver.dotted(dotted, path) if isinstance(dotted, str) else None) or entity
        return entity if isinstance(entity, ClassEntity) else None

    def _is(self, entity: Entity, path: str) -> bool:
        paths = (entity.path,) if isinstance(entity, External) else self._resolver.external_paths(entity)
        return any(self._framework.canonical(each) == path for each in paths)

    def _app_path(self) -> str:
        conf = self._framework.configuration
        return conf.conf.rpartition(".")[0] if conf else ""

    # --- collecting ---

    def _collect(self) -> Iterator[Source]:
        conf = self._framework.configuration
        if conf is None:
            return
        yield from self._updates(conf)
        yield from self._loaded(conf)
        yield from self._constructed()

    def _constructed(self) -> Iterator[Source]:
        found = [(site, made) for site, made in self._apps_made()]
        self._apps = [made for _, made in found]
        if found:
            self.at = found[0][0].at
        for site, _ in found:
            applied = site.applied(self._resolver)
            args = self._resolver.arguments(applied)
            yield Source(site.at, values={**args.named, **self._renamed(applied)}, open=args.open)

    def _renamed(self, applied: Applied) -> dict[str, Given]:
        """The settings that the constructor takes by names of its own."""
        apps = [p for p in self._framework.primitives.values() if isinstance(p, App)]
        found = {name: self._slot(applied, slot) for app in apps for name, slot in app.named.items()}
        return {name: given for name, given in found.items() if given is not None}

    def _apps_made(self) -> Iterator[tuple[Site, Entity]]:
        """Every call that makes an application, of the framework's class or one derived from it."""
        paths = [path for path, p in self._framework.primitives.items() if isinstance(p, App)]
        names = {path.rpartition(".")[2] for path in paths} | {
            alias.rpartition(".")[2] for alias, path in self._framework.aliases.items() if path in paths
        }
        derived = {
            cls.qualname.rpartition(".")[2]
            for path, cls in self._sites.extending(self._resolver.index, names)
            if self._derives(path, cls, paths)
        }
        for name in sorted(names | derived):
            for site in self._sites.calls(name):
                made = self._resolver.entity(site.call, site.place.scope(self._resolver))
                if any(self._is(made, f"{path}()") for path in paths):
                    yield site, made

    def _derives(self, path: str, cls: facts.Class, paths: list[str]) -> bool:
        scope = self._resolver.module_scope(path)
        bases = [self._resolver.entity(a.value, scope) for a in cls.bases if not a.name and not a.star]
        return any(self._is(base, each) for base in bases for each in paths)

    def _updates(self, conf: Configuration) -> Iterator[Source]:
        last = conf.conf.rpartition(".")[2]
        for site in self._sites.calls("update"):
            if _before_last(site.call.callee) != last:
                continue
            if self._is(site.callee(self._resolver), f"{conf.conf}.update"):
                yield self._updated(site)

    def _updated(self, site: Site) -> Source:
        args = self._resolver.arguments(site.applied(self._resolver))
        values, open_ = dict(args.named), args.open
        for given in args.positional:
            entity = self._resolver.given(given)
            if isinstance(entity, Mapping):
                values.update(entity.items)
            open_ = open_ or (
                entity.open if isinstance(entity, Mapping) else "updated from what cannot be told"
            )
        return Source(site.at, values=values, open=open_)

    def _loaded(self, conf: Configuration) -> Iterator[Source]:
        for site in self._sites.calls(conf.loader.rpartition(".")[2]):
            if self._is(site.callee(self._resolver), conf.loader):
                applied = site.applied(self._resolver)
                prefix = fold(self._resolver, given) if (given := self._slot(applied, conf.prefix)) else ""
                holder = self._holder(site, self._slot(applied, conf.module))
                readable = isinstance(holder, (ModuleEntity, ClassEntity, Instance, Mapping))
                yield Source(
                    site.at,
                    prefix=prefix if isinstance(prefix, str) else "",
                    holder=holder,
                    open="" if readable else "the settings it loads are not part of what was read",
                )

        for path in conf.unseen:
            for site in self._sites.calls(path.rpartition(".")[2]):
                if self._is(site.callee(self._resolver), path):
                    yield Source(site.at, open="the environment says which settings are loaded")

    def _slot(self, applied: Applied, slot: Slot) -> Given | None:
        args = self._resolver.arguments(applied)
        if slot.name in args.named:
            return args.named[slot.name]
        if slot.position is not None and slot.position < len(args.positional):
            return args.positional[slot.position]
        return None

    def _holder(self, site: Site, given: Given | None) -> Entity | None:
        entity = self._resolver.given(given) if given is not None else None
        if isinstance(entity, Data) and given is not None:
            dotted = fold(self._resolver, given)
            entity = self._named(dotted, site.at.path) if isinstance(dotted, str) else None
        if isinstance(entity, External) and entity.path.startswith("django.conf"):
            self.sought.add(MODULE)
            return settings_module(self._resolver, self._sites, site.at.path)
        return entity

    def _named(self, dotted: str, importer: str) -> Entity | None:
        return self._resolver.dotted(dotted, importer) or External(dotted.replace(":", "."))


def _tells_absence(entity: Entity) -> bool:
    return getattr(entity, "why", "") == "the class has no such attribute"


def _before_last(callee: facts.Value) -> str:
    if not isinstance(callee, facts.Read) or not callee.place.path:
        return ""
    steps = (callee.place.root, *callee.place.path)
    return steps[-2] if isinstance(steps[-2], str) else ""

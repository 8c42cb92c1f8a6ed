"""What a project's web framework is set to: where its settings are, whether requests are transactions."""

from __future__ import annotations

from collections.abc import Iterator

from jobcheck import facts
from jobcheck.link.entities import Bound, Entity, Mapping, ModuleEntity
from jobcheck.link.fold import fold
from jobcheck.link.resolve import Resolver
from jobcheck.link.sites import Sites
from jobcheck.model import Location

MODULE = "DJANGO_SETTINGS_MODULE"
"""What names the settings module, in the environment or in another settings module."""
EXEMPT = "django.db.transaction.non_atomic_requests"
DATABASES, ATOMIC = "DATABASES", "ATOMIC_REQUESTS"
"""The setting that holds the databases, and the key of each that puts every request in a transaction."""


def settings_module(resolver: Resolver, sites: Sites, importer: str) -> ModuleEntity | None:
    """The module that Django's settings are read from; what the importing file says of it comes first."""
    for path, dotted in sorted(_named(sites), key=lambda found: (found[0] != importer, found)):
        found = resolver.dotted(dotted, path)
        if isinstance(found, ModuleEntity):
            resolver.symbol(found.path, MODULE)
            return found
    return None


def _named(sites: Sites) -> Iterator[tuple[str, str]]:
    for site in sites.calls("setdefault"):
        args = site.call.args
        if len(args) == 2 and _text(args[0].value) == MODULE and _text(args[1].value):
            yield site.at.path, _text(args[1].value)
    for assigned in sites.assigned(MODULE):
        if _text(assigned.value):
            yield assigned.place.ref.path, _text(assigned.value)


def _text(value: facts.Value) -> str:
    return value.value if isinstance(value, facts.Literal) and isinstance(value.value, str) else ""


def request_transaction(resolver: Resolver, sites: Sites) -> Location | None:
    """Where the project says that every request runs in a transaction."""
    assigned = list(_assigned(resolver, sites))
    files = [path for path in resolver.index.files if DATABASES in resolver.index.table(path, "").names]
    anywhere = [at for path in files for at in _switched_on(resolver, resolver.symbol(path, DATABASES))]
    module = settings_module(resolver, sites, "") if anywhere else None
    if module is None:
        return min([*anywhere, *assigned], default=None)
    return min([*_switched_on(resolver, resolver.symbol(module.path, DATABASES)), *assigned], default=None)


def _switched_on(resolver: Resolver, databases: Entity | None) -> Iterator[Location]:
    items = databases.items.values() if isinstance(databases, Mapping) else ()
    for database in map(resolver.given, items):
        given = database.items.get(ATOMIC) if isinstance(database, Mapping) else None
        if isinstance(given, Bound) and fold(resolver, given) is True:
            yield given.at


def _assigned(resolver: Resolver, sites: Sites) -> Iterator[Location]:
    """`DATABASES["default"]["ATOMIC_REQUESTS"] = True`."""
    for assigned in sites.assigned(ATOMIC):
        bound = Bound(assigned.value, assigned.place.scope(resolver))
        if assigned.owner.place.root == DATABASES and fold(resolver, bound) is True:
            yield bound.at

"""Objects that a module keeps under a constant key: `config.registry["celery.app"] = Celery(...)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.link.entities import Bound, Entity, External, Instance
from jobcheck.model import FunctionRef

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver


class Registries:
    """What is kept under constant keys in the files read, by the name of the registry and the key."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._kept: dict[tuple[str, str], list[Bound]] = {}
        self._seen: set[str] = set()

    def kept(self, registry: str, key: str) -> Entity | None:
        """The object under a key of a registry, when some module makes one there."""
        self._refresh()
        for bound in self._kept.get((registry, key), ()):
            if not self._resolver.enter(id(bound)):
                continue
            with self._resolver.visiting(id(bound)):
                found = self._resolver.given(bound)
            if isinstance(found, (External, Instance)):
                return found
        return None

    def _refresh(self) -> None:
        index = self._resolver.index
        for path in sorted(index.files.keys() - self._seen):
            self._seen.add(path)
            for qualname in ("", *index.files[path].bodies):
                scope = self._resolver.scope(FunctionRef(path, qualname))
                for name, values in index.table(path, qualname).keyed.items():
                    made = [Bound(value, scope) for value in values if _constructs(value)]
                    self._kept.setdefault(name, []).extend(made)


def _constructs(value: facts.Value) -> bool:
    """A call of something named like a class."""
    if not isinstance(value, facts.Call) or not isinstance(value.callee, facts.Read):
        return False
    place = value.callee.place
    last = place.path[-1] if place.path else place.root
    return isinstance(last, str) and last[:1].isupper()

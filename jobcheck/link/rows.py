"""What the project's own model, manager and queryset classes add to the things a query is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobcheck.link.entities import ClassEntity, Entity, External, Instance, Method

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver

MANAGER = re.compile(r"(Manager|QuerySet)\(\)$|\.as_manager\(\)$|from_queryset\(\)\(\)$")
"""Paths of what a model keeps its rows in."""


class Rows:
    """The part of the resolver that goes from rows and managers back to the project's classes."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def of_row(self, entity: External, name: str) -> Entity | None:
        """A member that the project's model class gives to the rows a query returns."""
        model = self.model_of(entity) if self._resolver.is_row(entity.path) else None
        found = self._resolver.attribute(Instance(model), name) if model else None
        return found if isinstance(found, (Method, Instance)) else None

    def model_of(self, entity: Entity | None) -> ClassEntity | None:
        """The project's class that a chain of external attributes and calls started from."""
        while isinstance(entity, External):
            entity = entity.receiver
        if isinstance(entity, Instance):
            return entity.cls
        return entity if isinstance(entity, ClassEntity) else None

    def managed(self, found: Entity, cls: ClassEntity) -> Entity:
        """A manager declared by a model, as reached through the model."""
        if isinstance(found, External) and MANAGER.search(found.path):
            return External(found.path, cls, found.made)
        bases = self._resolver.ancestors(found.cls) if isinstance(found, Instance) else ()
        path = next((b.path for b in bases if isinstance(b, External) and MANAGER.search(f"{b.path}()")), "")
        return External(f"{path}()", cls, found.made) if path and isinstance(found, Instance) else found

    def of_manager(self, entity: External, name: str) -> Entity | None:
        """A method that the project's own manager or queryset class gives to a model's manager."""
        if entity.made is None or not MANAGER.search(entity.path):
            return None
        maker = self._resolver.entity(entity.made.call.callee, entity.made.scope)
        cls = maker if isinstance(maker, ClassEntity) else self.model_of(maker)
        found = self._resolver.attribute(Instance(cls), name) if cls else None
        return found if isinstance(found, Method) else None

"""What import statements and dotted texts name: modules, their symbols, re-exports, things from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.link.entities import Entity, External, ModuleEntity, Unknown
from jobcheck.model import Location

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver


class Imports:
    """The part of the resolver that goes from one module to another."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._index = resolver.index

    def bound(self, node: facts.Import, importer: str) -> Entity:
        """What an import statement binds."""
        if node.name is None:
            return self._module(node.module, importer)
        source = self.file_of(node, importer)
        if source is None:
            return self._outside(node, importer)
        return self.symbol(source, node.name) or External(f"{self._index.module_name(source)}.{node.name}")

    def _outside(self, node: facts.Import, importer: str) -> Entity:
        if not node.level:
            inner = self._index.modules.find(f"{node.module}.{node.name}", importer)
            return ModuleEntity(inner) if inner else External(f"{node.module}.{node.name}")
        path = self._index.modules.in_folder(importer, node.level, node.module, str(node.name))
        return ModuleEntity(path) if path else External(f".{node.module}.{node.name}")

    def _module(self, dotted: str, importer: str) -> Entity:
        path = self._index.modules.find(dotted, importer)
        return ModuleEntity(path) if path else External(dotted)

    def file_of(self, node: facts.Import, importer: str) -> str | None:
        """The project's file that an import reads from."""
        if node.level:
            return self._index.modules.relative(importer, node.level, node.module)
        return self._index.modules.find(node.module, importer)

    def symbol(self, path: str, name: str) -> Entity | None:
        """A name of a module of the project; None when it has none such."""
        if not self._resolver.read_already(path):
            return Unknown(
                "the file has not been read", _start(path), f"{self._index.module_name(path)}.{name}"
            )
        found = self._resolver.in_scope(name, self._resolver.module_scope(path))
        if found is not None:
            return found
        inner = self._index.modules.submodule(path, name)
        return ModuleEntity(inner) if inner else None

    def exported(self, star: facts.Import, name: str, importer: str) -> Entity | None:
        """A name that `from module import *` brings, None when the module has none such."""
        source = self.file_of(star, importer)
        if source is None or not self._resolver.read_already(source):
            return None
        return self._resolver.in_scope(name, self._resolver.module_scope(source))

    def inside(self, dotted: str, name: str) -> Entity | None:
        """A module inside a namespace package of the project: `shop.tasks` after `import shop.tasks`."""
        if not self._index.modules.is_namespace(dotted):
            return None
        path = self._index.modules.find(f"{dotted}.{name}", "")
        return ModuleEntity(path) if path else None

    def dotted(self, name: str, importer: str) -> Entity | None:
        """What a dotted text such as "shop.tasks.send" or "shop.tasks:send" names in the project."""
        module, _, rest = name.partition(":")
        parts = rest.split(".") if rest else []
        while module:
            path = self._index.modules.find(module, importer)
            if path:
                return self._walk(path, parts)
            module, _, last = module.rpartition(".")
            parts = [last, *parts]
        return None

    def _walk(self, path: str, parts: list[str]) -> Entity | None:
        found: Entity | None = ModuleEntity(path)
        for part in parts:
            found = self._resolver.attribute(found, part) if found is not None else None
        return found


def _start(path: str) -> Location:
    return Location(path, facts.Span(1, 1, 1, 1))

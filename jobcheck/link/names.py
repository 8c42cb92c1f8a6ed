"""Which file an import names: several roots, `src/` layouts, packages and namespace packages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property, lru_cache
from posixpath import dirname


class Modules:
    """The modules that a set of project paths forms.

    A root is any folder without `__init__.py`: it may be on the import path. `outside` are names
    of installed packages that a project's own file never shadows (`shop/celery.py` is not `celery`).
    """

    def __init__(self, paths: Iterable[str], outside: frozenset[str] = frozenset()) -> None:
        self.paths = frozenset(paths)
        self.outside = outside
        self._packages = frozenset(dirname(p) for p in self.paths if p.endswith("__init__.py"))
        self._folders = frozenset(folder for path in self.paths for folder in _ancestors(path))
        self._roots = sorted(self._folders - self._packages | {""}, key=lambda f: (f.count("/"), f))
        self._root_set = frozenset(self._roots)
        self.find = lru_cache(maxsize=None)(self._find)
        self.name_of = lru_cache(maxsize=None)(self._name_of)

    def _name_of(self, path: str) -> str:
        """The dotted name of a file as its own root spells it; as the project's root spells it where
        two files would else have one name."""
        name = self._dotted(path, self.root_of(path))
        return name if self._names[name] < 2 else self._dotted(path, "")

    @cached_property
    def _names(self) -> Counter[str]:
        return Counter(self._dotted(path, self.root_of(path)) for path in self.paths)

    @staticmethod
    def _dotted(path: str, root: str) -> str:
        inner = path[len(root) + 1 :] if root else path
        parts = inner.removesuffix(".py").split("/")
        if parts[-1] == "__init__" and len(parts) > 1:
            parts.pop()
        return ".".join(parts)

    def root_of(self, path: str) -> str:
        """The nearest folder above that is no package, nor a folder inside one."""
        above = _ancestors(path)
        folder = next((each for each in above if each in self._packages), above[0])
        while folder in self._packages and folder:
            folder = dirname(folder)
        return folder

    @cached_property
    def _namespaces(self) -> frozenset[str]:
        return frozenset(
            "/".join(folder.split("/")[start:])
            for folder in self._folders - self._packages
            for start in range(folder.count("/") + 1)
            if folder
        )

    def is_namespace(self, dotted: str) -> bool:
        """Whether a dotted name may be that of a folder without `__init__.py`."""
        return dotted.replace(".", "/") in self._namespaces

    def _find(self, dotted: str, importer: str) -> str | None:
        """The file that `import dotted` in `importer` reads, None when it is not of the project."""
        first = dotted.split(".", 1)[0]
        for root in self._candidates(importer):
            path = self._under(root, dotted)
            if path and not (first in self.outside and not self._shadows(root, first)):
                return path
        return None

    def _shadows(self, root: str, first: str) -> bool:
        return root == "" and f"{first}/__init__.py" in self.paths

    def _candidates(self, importer: str) -> list[str]:
        above = [folder for folder in _ancestors(importer) if folder in self._root_set]
        return above + [root for root in self._roots if root not in above]

    def _under(self, root: str, dotted: str) -> str | None:
        stem = "/".join(filter(None, (root, *dotted.split("."))))
        for path in (f"{stem}/__init__.py", f"{stem}.py"):
            if path in self.paths:
                return path
        return None

    def relative(self, importer: str, level: int, module: str) -> str | None:
        """The file that `from <level dots><module> import` in `importer` names."""
        folder = dirname(importer)
        for _ in range(level - 1):
            folder = dirname(folder)
        return self._under(folder, module) if module else self._package_file(folder)

    def _package_file(self, folder: str) -> str | None:
        path = f"{folder}/__init__.py" if folder else "__init__.py"
        return path if path in self.paths else None

    def submodule(self, package: str, name: str) -> str | None:
        """The file of a module inside the package whose `__init__.py` is given."""
        return self._under(dirname(package), name) if package.endswith("__init__.py") else None

    def in_folder(self, importer: str, level: int, module: str, name: str) -> str | None:
        """`from . import name` where the package has no `__init__.py`."""
        folder = dirname(importer)
        for _ in range(level - 1):
            folder = dirname(folder)
        return self._under(folder, f"{module}.{name}" if module else name)


def _ancestors(path: str) -> list[str]:
    folders = []
    folder = dirname(path)
    while folder:
        folders.append(folder)
        folder = dirname(folder)
    return [*folders, ""]

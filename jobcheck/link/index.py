"""Everything that has been read so far, by file and by definition."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from jobcheck import facts
from jobcheck.facts import Block, Class, FileFacts, Outline, Span
from jobcheck.link.bindings import Table, table
from jobcheck.link.names import Modules
from jobcheck.model import FunctionRef, Location


class Index:
    """Facts of the files read, and the names of those that could be.

    `body` gives None for a function whose file has not been read: not loaded is not absent.
    """

    def __init__(self, modules: Modules, files: dict[str, FileFacts]) -> None:
        self.modules = modules
        self.files = files
        self._tables: dict[tuple[str, str], Table] = {}
        self._params: dict[tuple[str, str], dict[str, facts.Param]] = {}
        self._methods: dict[tuple[str, str], list[facts.Function]] = {}

    @cached_property
    def _functions(self) -> dict[FunctionRef, facts.Function]:
        return {
            FunctionRef(path, function.qualname): function
            for path, file in self.files.items()
            for function in file.outline.functions
        }

    @cached_property
    def _classes(self) -> dict[tuple[str, str], Class]:
        return {
            (path, cls.qualname): cls for path, file in self.files.items() for cls in file.outline.classes
        }

    def add(self, path: str, read: FileFacts) -> None:
        """Take in one more file."""
        self.files[path] = read
        self._tables = {key: made for key, made in self._tables.items() if key[0] != path}
        self._params = {key: made for key, made in self._params.items() if key[0] != path}
        self._functions.update({FunctionRef(path, f.qualname): f for f in read.outline.functions})
        self._classes.update({(path, c.qualname): c for c in read.outline.classes})

    def outline(self, path: str) -> Outline | None:
        """A file without the bodies of its functions, None when it has not been read."""
        file = self.files.get(path)
        return file.outline if file else None

    def body(self, ref: FunctionRef) -> Block | None:
        """The statements of a function, None when there is none or its file has not been read."""
        file = self.files.get(ref.path)
        return file.bodies.get(ref.qualname) if file else None

    def function(self, ref: FunctionRef) -> facts.Function | None:
        """A function without its body."""
        return self._functions.get(ref)

    def param(self, path: str, qualname: str, name: str) -> facts.Param | None:
        """The parameter that a function has by a name."""
        key = (path, qualname)
        if key not in self._params:
            function = self.function(FunctionRef(path, qualname))
            self._params[key] = {p.name: p for p in function.params} if function else {}
        return self._params[key].get(name)

    def cls(self, path: str, qualname: str) -> Class | None:
        """A class by its file and qualified name."""
        return self._classes.get((path, qualname))

    def functions(self) -> Iterator[tuple[FunctionRef, facts.Function]]:
        """All functions read, in the order of their files' names."""
        for path in sorted(self.files):
            for function in self.files[path].outline.functions:
                yield FunctionRef(path, function.qualname), function

    def classes(self) -> Iterator[tuple[str, Class]]:
        """All classes read with their files, in the order of the files' names."""
        for path in sorted(self.files):
            for cls in self.files[path].outline.classes:
                yield path, cls

    def methods(self, path: str, cls: str) -> list[facts.Function]:
        """The methods of a class in the order of the text, `__init__` first."""
        if (path, cls) not in self._methods:
            outline = self.outline(path)
            found = [f for f in outline.functions if _parent(f.qualname) == cls] if outline else []
            self._methods[path, cls] = sorted(found, key=lambda f: not f.qualname.endswith(".__init__"))
        return self._methods[path, cls]

    def table(self, path: str, qualname: str) -> Table:
        """The names bound in one function's body, class block or, for "", module."""
        key = (path, qualname)
        if key not in self._tables:
            if path not in self.files:
                return table(())
            self._tables[key] = table(self._block(path, qualname))
        return self._tables[key]

    def _block(self, path: str, qualname: str) -> Block:
        if not qualname:
            outline = self.outline(path)
            return outline.block if outline else ()
        body = self.body(FunctionRef(path, qualname))
        if body is not None:
            return body
        cls = self.cls(path, qualname)
        return cls.block if cls else ()

    def module_name(self, path: str) -> str:
        """The dotted name of a file's module."""
        return self.modules.name_of(path)

    def dotted(self, path: str, qualname: str) -> str:
        """The project-wide dotted name of a definition."""
        return f"{self.module_name(path)}.{qualname}" if qualname else self.module_name(path)

    def around(self, at: Location) -> FunctionRef | None:
        """The innermost function that a place lies in; None at module level."""
        outline = self.outline(at.path)
        inside = (
            [f for f in outline.functions if f.span <= at.span and _ends_after(f.span, at.span)]
            if outline
            else []
        )
        return FunctionRef(at.path, max(inside, key=lambda f: f.span).qualname) if inside else None


def _ends_after(outer: Span, inner: Span) -> bool:
    return (outer.end_line, outer.end_column) >= (inner.end_line, inner.end_column)


def _parent(qualname: str) -> str:
    return qualname.rpartition(".")[0]

"""A module to its outline, with the body of every function beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter

import libcst as cst

from jobcheck.facts import Block, Class, Defined, FileFacts, Function, Outline, Span, Value
from jobcheck.syntax.blocks import Blocks, Definition
from jobcheck.syntax.directives import directives
from jobcheck.syntax.positions import Positions
from jobcheck.syntax.values import Values


def file_facts(module: cst.Module, text: str) -> FileFacts:
    at = Positions(module, text)
    found = _Definitions(at)
    block = found.blocks.block(module)
    functions = tuple(sorted(found.functions, key=attrgetter("span")))
    classes = tuple(sorted(found.classes, key=attrgetter("span")))
    bodies = {function.qualname: found.bodies[function.qualname] for function in functions}
    return FileFacts(Outline(block, functions, classes, directives(module, at)), bodies)


class _Definitions:
    """Collects the definitions of one file while their enclosing blocks are lowered."""

    def __init__(self, at: Positions) -> None:
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.bodies: dict[str, Block] = {}
        self._at = at
        self._values = Values(at)
        self.blocks = Blocks(self._values, self._define)
        self._scope = ""
        self._taken: Counter[str] = Counter()

    def _define(self, node: Definition) -> Defined:
        qualname, header = self._qualname(node.name.value), self._at.header(node, node.body)
        decorators = tuple(self._values.value(each.decorator) for each in node.decorators)
        if isinstance(node, cst.FunctionDef):
            self._function(node, qualname, decorators, header)
        else:
            self._class(node, qualname, decorators, header)
        return Defined(qualname, header)

    def _qualname(self, name: str) -> str:
        qualname = self._scope + name
        self._taken[qualname] += 1
        count = self._taken[qualname]
        return qualname if count == 1 else f"{qualname}#{count}"

    def _function(
        self, node: cst.FunctionDef, qualname: str, decorators: tuple[Value, ...], header: Span
    ) -> None:
        params, returns = self._values.params(node.params), self._values.annotation(node.returns)
        outer, self._values.yields = self._values.yields, 0
        with self._inside(qualname):
            self.bodies[qualname] = self.blocks.block(node.body)
        is_generator, self._values.yields = self._values.yields > 0, outer
        span, is_async = self._at.whole(node), node.asynchronous is not None
        head = Function(qualname, params, decorators, span, header, returns, is_async, is_generator)
        self.functions.append(head)

    def _class(self, node: cst.ClassDef, qualname: str, decorators: tuple[Value, ...], header: Span) -> None:
        bases = self._values.arguments((*node.bases, *node.keywords))
        with self._inside(qualname):
            block = self.blocks.block(node.body)
        self.classes.append(Class(qualname, bases, decorators, block, self._at.whole(node), header))

    @contextmanager
    def _inside(self, qualname: str) -> Iterator[None]:
        outer, self._scope = self._scope, f"{qualname}."
        yield
        self._scope = outer

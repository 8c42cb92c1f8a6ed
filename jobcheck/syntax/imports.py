"""Import statements to bindings."""

from __future__ import annotations

from typing import Union

import libcst as cst

from jobcheck.facts import Bind, Block, Import, Place
from jobcheck.syntax.positions import Positions

Modules = Union[cst.Import, cst.LazyImport]
Names = Union[cst.ImportFrom, cst.LazyImportFrom]


def modules(node: Modules, at: Positions) -> Block:
    """`import a.b, c as d`: one binding each."""
    return tuple(_module(alias, node, at) for alias in node.names)


def _module(alias: cst.ImportAlias, node: Modules, at: Positions) -> Bind:
    module = _dotted(alias.name)
    bound = _bound(alias)
    if bound is None:
        bound = module = module.partition(".")[0]
    return Bind((Place(bound),), Import(module, None, 0, at(alias)), at(node))


def names(node: Names, at: Positions) -> Block:
    """`from a import b, c as d`: one binding each."""
    module = "" if node.module is None else _dotted(node.module)
    level, span = len(node.relative), at(node)
    if isinstance(node.names, cst.ImportStar):
        return (Bind((Place("*"),), Import(module, "*", level, span), span),)
    binds = []
    for alias in node.names:
        name = _dotted(alias.name)
        binds.append(Bind((Place(_bound(alias) or name),), Import(module, name, level, at(alias)), span))
    return tuple(binds)


def _bound(alias: cst.ImportAlias) -> str | None:
    return None if alias.asname is None else cst.ensure_type(alias.asname.name, cst.Name).value


def _dotted(node: cst.BaseExpression) -> str:
    steps: list[str] = []
    while isinstance(node, cst.Attribute):
        steps.append(node.attr.value)
        node = node.value
    return ".".join([cst.ensure_type(node, cst.Name).value, *reversed(steps)])

"""Positions agree with those of libcst's own provider, and with the text."""

from __future__ import annotations

import argparse
import asyncio.base_events
import dataclasses
import enum
import typing
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from jobcheck.facts import Span
from jobcheck.syntax.positions import Positions

MODULES = [argparse, asyncio.base_events, dataclasses, enum, typing, cst]
MIXED = "# é\r\nx = (\r\n\t'😀',  # c\n)\r\n@d\r\nasync def f(*, a: int = 1, **k) -> None : pass ; y\r\n"
MIXED += "from a import (\n b,\n)\nclass C(A, b=c):\n\n    '''d\n'''\n    x: int; del x\n\nmatch a:\n  case [b, *_]: c"


def source_of(module) -> str:
    return Path(module.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text", [*map(source_of, MODULES), MIXED], ids=[*(m.__name__ for m in MODULES), "mixed"]
)
def test_spans_are_those_of_the_position_provider(text):
    wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    positions = Positions(wrapper.module, text)
    for node, at in wrapper.resolve(PositionProvider).items():
        if id(node) in positions._extents and not isinstance(node, cst.IndentedBlock):
            expected = Span(at.start.line, at.start.column + 1, at.end.line, at.end.column + 1)
            assert positions(node) == expected, node


@pytest.mark.parametrize("text", [source_of(argparse), MIXED], ids=["argparse", "mixed"])
def test_the_text_of_a_span_is_the_node(text):
    module = cst.parse_module(text)
    positions = Positions(module, text)
    for start, comment in positions.comments:
        assert text[start:].startswith(comment)
    for name in names(module):
        start, end = positions._extents[id(name)]
        assert text[start:end] == name.value


def test_a_form_feed_moves_no_other_line():
    text = "a\n\fbb\nif c:\n dd; e\n\ff\ng"
    module = cst.parse_module(text)
    positions = Positions(module, text)
    found = {name.value: positions(name) for name in names(module)}
    assert (found["bb"].line, found["f"].line) == (2, 5)
    assert (found["c"], found["e"], found["g"]) == (Span(3, 4, 3, 5), Span(4, 6, 4, 7), Span(6, 1, 6, 2))


def names(node: cst.CSTNode):
    if isinstance(node, cst.Name):
        yield node
    for child in node.children:
        yield from names(child)

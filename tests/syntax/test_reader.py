"""Whatever the bytes, read() gives facts or a problem with a place."""

from __future__ import annotations

import gc
import subprocess
import sys
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobcheck.facts import FileFacts, Problem
from jobcheck.syntax import read, reader
from tests.syntax.sources import name, unplaced


def test_importing_the_package_does_not_import_the_parser():
    code = "import sys, jobcheck.syntax; sys.exit('libcst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("source", [b"", b"\n", b"\xef\xbb\xbf", b"# only", b"\f", b"   \n\t\n"])
def test_a_file_may_say_nothing(source):
    found = read(source)
    assert isinstance(found, FileFacts)
    assert found.outline.block == ()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 'é'".encode(), "é"),
        (b"\xef\xbb\xbfx = '\xc3\xa9'", "é"),
        (b"# coding: latin-1\nx = '\xe9'", "é"),
        (b"#!/bin/python\n# -*- coding: cp1252 -*-\nx = '\x80'", "€"),
    ],
)
def test_encoding(source, expected):
    found = read(source)
    assert isinstance(found, FileFacts)
    assert found.outline.block[0].value.value == expected


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_line_ends(newline):
    found = read(newline.join([b"if a:", b"\tb", b"\fc", b"d \\", b" + e"]))
    assert isinstance(found, FileFacts)
    condition, c, d = found.outline.block
    assert (condition.span.line, condition.body[0].span.column) == (1, 2)
    assert (unplaced(c.value), c.span.line) == (name("c"), 3)
    assert (d.span.line, d.span.end_line, d.span.end_column) == (4, 5, 5)


def test_columns_count_characters():
    found = read("a = 'é😀'; b".encode())
    assert isinstance(found, FileFacts)
    assert found.outline.block[1].span.column == 11


@pytest.mark.parametrize(
    ("source", "line", "column", "says"),
    [
        (b"a\nb\xff", 2, 2, "is not valid utf-8"),
        (b"a\n" * 9 + "é".encode() + b"\xff", 10, 2, "is not valid utf-8"),
        (b"# coding: ascii\na\n\xc3\xa9", 3, 1, "is not valid ascii"),
        (b"# coding: nonsense\na", 1, 1, "unknown encoding: nonsense"),
        (b"# coding: hex\na", 1, 1, "not a text encoding"),
        (b"a\nb\0", 2, 2, "null byte"),
        (b"a\nb = = c\n", 2, 5, "syntax error: invalid syntax"),
        (b"a\nb(\n", 2, 2, "syntax error: '(' was never closed"),
        (b"if a:\nb", 2, 1, "syntax error: expected an indented block"),
        (b"x = 'a", 1, 5, "syntax error: unterminated string literal"),
        (b"print 'a'", 1, 1, "syntax error: Missing parentheses"),
        (b"a\n$", 2, 1, "syntax error"),
    ],
)
def test_problem(source, line, column, says):
    found = read(source)
    assert isinstance(found, Problem)
    assert (found.line, found.column) == (line, column)
    assert says in found.message


def test_an_uneven_indentation_is_a_problem_of_its_line():
    found = read(b"if a:\n  b\n c")
    assert isinstance(found, Problem)
    assert (found.line, found.message[:22]) == (3, "syntax error: unindent")


def test_a_problem_that_only_the_parser_sees_has_its_place(monkeypatch):
    monkeypatch.setattr(reader, "ast", SimpleNamespace(parse=lambda text: None))
    assert read(b"a\nb c\n# by the parser alone") == Problem(2, 3, "syntax error")


def test_a_failure_of_the_parser_is_a_problem(monkeypatch):
    class Panic(BaseException):
        pass

    def panic(text):
        raise Panic

    monkeypatch.setattr(reader.cst, "parse_module", panic)
    assert read(b"a # panics") == Problem(1, 1, "cannot be parsed: Panic")


def test_an_interrupt_is_not_swallowed(monkeypatch):
    def interrupt(text):
        raise KeyboardInterrupt

    monkeypatch.setattr(reader.cst, "parse_module", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read(b"a # interrupted")


@pytest.mark.parametrize("source", [b"a # leaves all as it was", b"a b # also"])
def test_reading_leaves_the_interpreter_as_it_was(source):
    before = sys.getrecursionlimit(), gc.isenabled()
    read(source)
    assert (sys.getrecursionlimit(), gc.isenabled()) == before


def nested(prefix: str, core: str, suffix: str, depth: int) -> bytes:
    return (prefix * depth + core + suffix * depth + "\n").encode()


SHAPES = {
    "parentheses": ("(", "a", ")"),
    "lists": ("[", "a", "]"),
    "dicts": ("{1: ", "a", "}"),
    "calls": ("f(", "a", ")"),
    "keywords": ("f(a=", "a", ")"),
    "subscripts": ("a[", "b", "]"),
    "sums": ("a + ", "a", ""),
    "methods": ("", "a", ".b()"),
    "results": ("", "a", "()"),
    "attributes": ("", "a", ".b"),
    "items": ("", "a", "[0]"),
    "negations": ("not ", "a", ""),
    "signs": ("-", "a", ""),
    "lambdas": ("lambda: ", "a", ""),
    "choices": ("a if b else ", "c", ""),
    "joins": ("a or ", "b", ""),
    "strings": ("'a' ", "'b'", ""),
    "chain": ("a = ", "b", ""),
    "clauses": ("", "(a for a in b", " for c in d"),
    "alternatives": ("", "if a: b\n", "elif c: d\n"),
    "cases": ("", "match a:\n", " case 1: b\n"),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_depth_that_occurs_is_read_in_full(shape):
    prefix, core, suffix = shape
    found = read(nested(prefix, core, suffix + (")" if core.startswith("(a for") else ""), 1))
    assert isinstance(found, FileFacts)
    depth = 190
    source = nested(prefix, core, suffix, depth)
    found = read(source[:-1] + b")\n" if core.startswith("(a for") else source)
    assert isinstance(found, FileFacts)
    assert b"nested too deeply" not in msgspec.msgpack.encode(found)


@pytest.mark.parametrize("depth", [1000, 5000, 50_000])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_no_depth_ends_the_process(shape, depth):
    found = read(nested(*shape, depth))
    assert isinstance(found, (FileFacts, Problem))
    if isinstance(found, FileFacts):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found


@pytest.mark.parametrize(
    "source",
    [
        b"".join(b" " * depth + b"if a:\n" for depth in range(500)) + b" " * 500 + b"b",
        b'f"{' * 3000 + b"a" + b'}"' * 3000,
        b"(" * 50_000,
        b"{" * 50_000 + b"'",
    ],
    ids=["indentation", "formatted strings", "never closed", "unterminated"],
)
def test_hostile_depth_is_a_problem(source):
    assert isinstance(read(source), Problem)


def test_depth_is_refused_where_it_goes_too_far():
    assert read(b"a\nb\nx = " + b"[" * 300 + b"]" * 300) == Problem(3, 205, "nested too deeply to be read")


def test_brackets_in_strings_and_comments_are_not_depth():
    source = "x = '''" + "(" * 300 + "'''\n" + "y = '(' # (\n" * 300 + 'z = "\\"("\n' * 300
    assert isinstance(read(source.encode()), FileFacts)


def test_a_long_display_is_not_deep():
    assert isinstance(read(b"x = [" + b"a.b, " * 5000 + b"]"), FileFacts)
    assert isinstance(read(b"a + b\r" * 1500), FileFacts)


WORDS = [
    "def",
    "class",
    "if",
    "elif",
    "else:",
    "for",
    "while",
    "try:",
    "except",
    "finally:",
    "with",
    "match",
    "case",
    "async",
    "await",
    "lambda",
    "yield",
    "return",
    "import",
    "from",
    "as",
    "global",
    "del",
    "not",
    "and",
    "or",
    "in",
    "is",
    "None",
    "True",
    "f",
    "g",
    "x",
    "y",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ";",
    ".",
    "=",
    "==",
    ":=",
    "->",
    "*",
    "**",
    "@",
    "+",
    "-",
    "/",
    "\\",
    "#",
    "jobcheck:",
    "ignore[",
    "'",
    '"',
    "'''",
    "f'",
    "{x!r:>{y}}",
    "b''",
    "0x1f",
    "1e9",
    "2j",
    "...",
    "\n",
    "\r\n",
    "\t",
    "\x0c",
]
PIECES = st.lists(st.sampled_from([*WORDS, "\n    ", "\n"]), max_size=40).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode(errors="ignore")))
)
@example(b"# coding: utf-7\n+2AA-")
@example(b"# coding: unicode_escape\n'\\ud800'")
@example(b"# coding: rot13\n")
@example(b"# coding: undefined\n")
def test_any_bytes(source):
    assert isinstance(read(source), (FileFacts, Problem))


@settings(max_examples=500, deadline=None)
@given(PIECES)
def test_anything_that_resembles_python(source):
    found = read(source.encode())
    assert isinstance(found, (FileFacts, Problem))
    if isinstance(found, Problem):
        assert found.line >= 1
        assert found.column >= 1
    else:
        msgspec.msgpack.encode(found)

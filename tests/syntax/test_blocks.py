"""Statements, from source text to facts."""

from __future__ import annotations

import libcst as cst
import pytest

from jobcheck.facts import (
    All,
    Any,
    Argument,
    Bind,
    Call,
    Compare,
    Defined,
    Entered,
    Exit,
    Expression,
    Handler,
    If,
    Import,
    Item,
    Loop,
    Opaque,
    Place,
    Read,
    Sequence,
    Span,
    Text,
    Truth,
    Try,
    Unpack,
    With,
)
from jobcheck.syntax.blocks import _LOWER
from tests.syntax.sources import ANYWHERE, block, body, facts, literal, name, true

A, B, C = Place("a"), Place("b"), Place("c")


def do(written: str) -> Expression:
    return Expression(name(written), ANYWHERE)


def bind(target, value, op="="):
    return Bind((target,), value, ANYWHERE, op)


def when(test, then, otherwise=()):
    return If(test, then, otherwise, ANYWHERE)


def opaque(why: str) -> Opaque:
    return Opaque(why, ANYWHERE)


@pytest.mark.parametrize(
    "source",
    ["", "pass", "'doc'", "'a' 'b'", "1", "None", "...", "b'a'", "2j", "9" * 30, "global a", r"'\ud800'"],
)
def test_says_nothing(source):
    assert block(source) == ()


def test_expressions_are_kept_in_order():
    assert block("a; b\nc") == (do("a"), do("b"), do("c"))


def test_a_formatted_text_is_no_mere_constant():
    assert block("f'{a}'") == (Expression(Text((name("a"),), ANYWHERE), ANYWHERE),)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = b", bind(A, name("b"))),
        ("a = b = c", Bind((A, B), name("c"), ANYWHERE)),
        ("a.b = c", bind(Place("a", ("b",)), name("c"))),
        ("a[1] = c", bind(Place("a", (Item(literal(1)),)), name("c"))),
        ("f().b = c", bind(Place(Call(name("f"), (), ANYWHERE), ("b",)), name("c"))),
        ("a, *b = c", bind(Unpack((A, B)), name("c"))),
        ("[a, (b,)] = c", bind(Unpack((A, Unpack((B,)))), name("c"))),
        ("a += b", bind(A, name("b"), "+=")),
        ("a //= b", bind(A, name("b"), "//=")),
        ("a: b = c", Bind((A,), name("c"), ANYWHERE, annotation=name("b"))),
        ("a: b", Bind((A,), opaque("declared only"), ANYWHERE, annotation=name("b"))),
        ("del a", bind(A, opaque("deleted"), "del")),
        ("del a, b.c", Bind((A, Place("b", ("c",))), opaque("deleted"), ANYWHERE, "del")),
        ("type a = b", bind(A, name("b"))),
        ("type a[T: b] = T", bind(A, name("T"))),
        ("import a", bind(A, Import("a", None, 0, ANYWHERE))),
        ("import a.b.c", bind(A, Import("a", None, 0, ANYWHERE))),
        ("import a.b as c", bind(C, Import("a.b", None, 0, ANYWHERE))),
        ("from a import b", bind(B, Import("a", "b", 0, ANYWHERE))),
        ("from a.b import b as c", bind(C, Import("a.b", "b", 0, ANYWHERE))),
        ("from . import b", bind(B, Import("", "b", 1, ANYWHERE))),
        ("from ...a import (b,)", bind(B, Import("a", "b", 3, ANYWHERE))),
        ("from a import *", bind(Place("*"), Import("a", "*", 0, ANYWHERE))),
        ("lazy import a", bind(A, Import("a", None, 0, ANYWHERE))),
        ("lazy from a import b", bind(B, Import("a", "b", 0, ANYWHERE))),
    ],
)
def test_bind(source, expected):
    assert block(source) == (expected,)


def test_one_import_statement_binds_each_of_its_names():
    assert [each.targets for each in block("import a.x, b")] == [(A,), (B,)]
    assert [each.targets for each in block("from x import (a, b as c)")] == [(A,), (C,)]


@pytest.mark.parametrize(
    ("source", "kind", "value"),
    [
        ("return", "return", None),
        ("return a", "return", name("a")),
        ("raise", "raise", None),
        ("raise a from b", "raise", name("a")),
    ],
)
def test_exit_from_a_function(source, kind, value):
    assert body(f"def f(): {source}") == (Exit(kind, value, ANYWHERE),)


def test_if_elif_else():
    source = """
        if a:
            x
        elif b: y
        else:
            z
    """
    assert block(source) == (when(true("a"), (do("x"),), (when(true("b"), (do("y"),), (do("z"),)),)),)


def test_assert_raises_when_its_test_fails():
    error = Call(name("AssertionError"), (Argument(name("b")),), ANYWHERE)
    assert block("assert a, b") == (when(true("a"), (), (Exit("raise", error, ANYWHERE),)),)
    assert block("assert a")[0].otherwise[0].value.args == ()


def test_while():
    source = """
        while a:
            if b: break
            continue
        else:
            c
    """
    inside = (when(true("b"), (Exit("break", None, ANYWHERE),)), Exit("continue", None, ANYWHERE))
    assert block(source) == (Loop(inside, (do("c"),), ANYWHERE, test=true("a")),)


@pytest.mark.parametrize("prefix", ["", "async "])
def test_for(prefix):
    source = f"""
        async def f():
            {prefix}for a, b in c: x
            else: y
    """
    loop = Loop((do("x"),), (do("y"),), ANYWHERE, Unpack((A, B)), name("c"))
    assert body(source) == (loop,)


@pytest.mark.parametrize("star", ["", "*"])
def test_try(star):
    source = f"""
        try: a
        except{star} E as error: b
        except{star} (F, G): c
        else: x
        finally: y
    """
    both = Sequence("tuple", (name("F"), name("G")), ANYWHERE)
    handlers = (
        Handler(name("E"), "error", (do("b"),), ANYWHERE),
        Handler(both, None, (do("c"),), ANYWHERE),
    )
    assert block(source) == (Try((do("a"),), handlers, (do("x"),), (do("y"),), ANYWHERE),)


def test_a_bare_except_has_no_types():
    (handler,) = block("try: a\nexcept: b")[0].handlers
    assert handler == Handler(None, None, (do("b"),), ANYWHERE)


def test_except_without_parentheses():
    (handler,) = block("try: a\nexcept F, G: b")[0].handlers
    assert handler.types == Sequence("tuple", (name("F"), name("G")), ANYWHERE)


@pytest.mark.parametrize("prefix", ["", "async "])
@pytest.mark.parametrize("items", ["a, b as c, x as (y, z)", "(a, b as c, x as (y, z),)"])
def test_with(prefix, items):
    entered = (
        Entered(name("a")),
        Entered(name("b"), C),
        Entered(name("x"), Unpack((Place("y"), Place("z")))),
    )
    assert body(f"async def f():\n {prefix}with {items}: a") == (With(entered, (do("a"),), ANYWHERE),)


def test_definitions_are_bound_where_they_stand():
    source = """
        a
        def f(): pass
        b
        class C: pass
    """
    assert block(source) == (
        do("a"),
        bind(Place("f"), Defined("f", ANYWHERE)),
        do("b"),
        bind(Place("C"), Defined("C", ANYWHERE)),
    )


def test_statements_span_their_text():
    (statement,) = facts("if a:\n    b\n").outline.block
    assert (statement.span, statement.body[0].span) == (Span(1, 1, 2, 6), Span(2, 5, 2, 6))


def test_every_statement_of_the_parser_has_a_meaning():
    statements = {
        kind
        for kind in vars(cst).values()
        if isinstance(kind, type)
        and issubclass(kind, (cst.BaseStatement, cst.BaseSmallStatement))
        and not kind.__name__.startswith("Base")
    }
    assert statements == set(_LOWER)


def test_a_statement_from_a_later_grammar_is_opaque(monkeypatch):
    monkeypatch.delitem(_LOWER, cst.Del)
    assert block("del b # later") == (Expression(opaque("unknown syntax"), ANYWHERE),)


# --- match ------------------------------------------------------------------------------


def cases(*written: str, subject: str = "a") -> tuple:
    return block(f"match {subject}:\n" + "".join(f"  case {case}\n" for case in written))


def same(value, subject=None):
    return Compare("==", subject or name("a"), literal(value))


def test_cases_are_a_chain_of_tests_on_the_subject():
    last = when(Compare("is", name("a"), literal(None)), (do("y"),), (do("z"),))
    assert cases("1: x", "None: y", "_: z") == (when(same(1), (do("x"),), (last,)),)


def test_a_value_pattern_is_compared():
    assert cases("b.C: x") == (when(Compare("==", name("a"), name("b.C")), (do("x"),)),)
    assert cases("-1: x") == (when(same(-1), (do("x"),)),)


def test_alternatives():
    assert cases("1 | 2: x") == (when(Any((same(1), same(2))), (do("x"),)),)
    assert cases("1 | _: x") == (do("x"),)


def test_a_capture_binds_the_subject():
    assert cases("b: x") == (bind(B, name("a")), do("x"))
    assert cases("1 | 2 as b: x") == (when(Any((same(1), same(2))), (bind(B, name("a")), do("x"))),)


def test_a_guard_sees_what_was_captured():
    assert cases("b if b: x", "_: y") == (bind(B, name("a")), when(true("b"), (do("x"),), (do("y"),)))
    assert cases("1 if b: x") == (when(All((same(1), true("b"))), (do("x"),)),)


@pytest.mark.parametrize(
    "pattern", ["{'k': b, **c}", "K(b, k=c)", "[b, *c]", "(b, (_, c))", "[b, *_, 1 as c]", "[1 | 2 as b, c]"]
)
def test_structure_is_not_told_by_the_text(pattern):
    found = (bind(B, opaque("pattern")), bind(C, opaque("pattern")), do("x"))
    assert cases(f"{pattern}: x") == (when(Truth(opaque("pattern")), found),)


def test_a_captured_alternative_is_opaque():
    source = cases("[1, b] | [b, 2]: x")
    structure = Truth(opaque("pattern"))
    assert source == (when(Any((structure, structure)), (bind(B, opaque("pattern")), do("x"))),)


def test_a_tuple_is_matched_item_by_item():
    subject = Sequence("tuple", (name("a"), name("b")), ANYWHERE)
    both = All((same(1), same(2, name("b"))))
    assert cases("1, 2: x", "(1, c): y", "_, _: z", subject="a, b") == (
        when(both, (do("x"),), (when(All((same(1),)), (bind(C, name("b")), do("y")), (do("z"),)),)),
    )
    assert cases("c: x", subject="a, b") == (bind(C, subject), do("x"))
    assert cases("(_, *_): x", subject="a, b") == (when(Truth(opaque("pattern")), (do("x"),)),)


def test_a_subject_that_does_something_is_evaluated_once():
    kept = Place("<subject>")
    assert cases("1: x", "b: y", subject="f()") == (
        bind(kept, Call(name("f"), (), ANYWHERE)),
        when(same(1, Read(kept, ANYWHERE)), (do("x"),), (bind(B, Read(kept, ANYWHERE)), do("y"))),
    )

"""Expressions, from source text to facts."""

from __future__ import annotations

import libcst as cst
import pytest

from jobcheck.facts import (
    All,
    Any,
    Argument,
    Bind,
    Call,
    Choice,
    Clause,
    Compare,
    Comprehension,
    Compute,
    Condition,
    Entry,
    FileFacts,
    Item,
    Join,
    Lambda,
    Literal,
    Named,
    Not,
    Opaque,
    Param,
    Place,
    Read,
    Record,
    Sequence,
    Span,
    Spread,
    Text,
    Truth,
    Unpack,
    Yield,
)
from jobcheck.syntax import read
from jobcheck.syntax.values import _LOWER
from tests.syntax.sources import ANYWHERE, unplaced


def value(source: str):
    """The value bound by `x = source`; spans count from the expression's own start."""
    facts = read(f"x = \\\n{source}\n".encode())
    assert isinstance(facts, FileFacts), facts
    (bind,) = facts.outline.block
    assert isinstance(bind, Bind)
    return bind.value


def at(start: int, end: int) -> Span:
    return Span(2, start, 2, end)


def name(written: str, start: int) -> Read:
    root, *path = written.split(".")
    return Read(Place(root, tuple(path)), at(start, start + len(written)))


@pytest.mark.parametrize(
    ("source", "constant"),
    [
        ("1", 1),
        ("-1", -1),
        ("--1", 1),
        ("-1.5", -1.5),
        ("1_000", 1000),
        ("0xff", 255),
        ("0b11", 3),
        ("0o17", 15),
        ("00", 0),
        ("1e3", 1000.0),
        ("18446744073709551615", 2**64 - 1),
        ("-9223372036854775808", -(2**63)),
        ("True", True),
        ("False", False),
        ("None", None),
        ("'a'", "a"),
        ('"a" \'b\' """c"""', "abc"),
        ("''", ""),
        ("f''", ""),
        ("f'a{{b}}' 'c'", "a{b}c"),
        ("r'\\d'", "\\d"),
        (r"'\n\t\\\'\x41\u00e9\101\N{BULLET}'", "\n\t\\'Aé" + "A•"),
        (r"'\d'", r"\d"),
        (r"'\N{NO SUCH NAME}'", r"\N{NO SUCH NAME}"),
        ("'a\\\nb'", "ab"),
        ("rf'\\d'", "\\d"),
    ],
)
def test_constant(source, constant):
    lowered = value(source)
    assert isinstance(lowered, Literal)
    assert (type(lowered.value), lowered.value) == (type(constant), constant)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("b'a'", "bytes"),
        ("b'a' b'c'", "bytes"),
        ("...", "ellipsis"),
        ("2j", "complex"),
        ("18446744073709551616", "big integer"),
        ("-9223372036854775809", "big integer"),
        ("9" * 5000, "big integer"),
        (r"'\ud800'", "not text"),
    ],
)
def test_opaque(source, why):
    assert value(source) == Opaque(why, at(1, len(source) + 1))


def test_a_string_over_several_lines_has_its_line_ends_resolved():
    facts = read(b'x = """a\r\nb"""\r\n')
    assert facts.outline.block[0].value.value == "a\nb"


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("user", Place("user")),
        ("user.sent", Place("user", ("sent",))),
        ("(user).sent", Place("user", ("sent",))),
        ("(a.b).c", Place("a", ("b", "c"))),
        ("(await a.b).c", Place("a", ("b", "c"))),
        ("data['org']", Place("data", (Item(Literal("org", at(6, 11))),))),
        ("a[b].c", Place("a", (Item(name("b", 3)), "c"))),
        ("a[1:2]", Place("a", (Item(Opaque("slice", at(3, 6))),))),
        ("a[b, c]", Place("a", (Item(Sequence("tuple", (name("b", 3), name("c", 6)), at(3, 7))),))),
        ("a[b,]", Place("a", (Item(Sequence("tuple", (name("b", 3),), at(3, 4))),))),
        ("a[*b]", Place("a", (Item(Spread(name("b", 4), at(3, 5))),))),
        ("get().sent", Place(Call(name("get", 1), (), at(1, 6)), ("sent",))),
        ("''.join", Place(Literal("", at(1, 3)), ("join",))),
    ],
)
def test_read(source, place):
    assert value(source) == Read(place, at(1, len(source) + 1))


def test_call():
    assert value("f(a, k=1, *b, **c)") == Call(
        name("f", 1),
        (
            Argument(name("a", 3)),
            Argument(Literal(1, at(8, 9)), "k"),
            Argument(name("b", 12), star="*"),
            Argument(name("c", 17), star="**"),
        ),
        at(1, 19),
    )


def test_chained_calls_nest_in_their_callees():
    first = Call(name("a.b", 1), (), at(1, 6))
    assert value("a.b().c()") == Call(Read(Place(first, ("c",)), at(1, 8)), (), at(1, 10))


@pytest.mark.parametrize("source", ["await f()", "await (f())"])
def test_an_awaited_call_says_so(source):
    function = Read(Place("f"), ANYWHERE)
    assert unplaced(value(source)) == Call(function, (), ANYWHERE, awaited=True)


def test_awaiting_something_else_than_a_call_is_that_thing():
    assert value("await task") == name("task", 7)


@pytest.mark.parametrize(("brackets", "kind"), [("[]", "list"), ("()", "tuple"), ("{}", "set")])
def test_sequence(brackets, kind):
    lowered = value(f"{brackets[0]}a, *b{brackets[1]}")
    assert (lowered.kind, lowered.items) == (kind, (name("a", 2), Spread(name("b", 6), at(5, 7))))


def test_record():
    entries = (Entry(Literal("a", at(2, 5)), name("b", 7)), Entry(None, name("c", 12)))
    assert value("{'a': b, **c}") == Record(entries, at(1, 14))


def test_formatted_text():
    assert value("f'n {a!r:>{w}} {{' 'm'") == Text(
        (Literal("n ", at(1, 23)), name("a", 6), name("w", 12), Literal(" {m", at(1, 23))), at(1, 23)
    )


def test_template_text():
    assert value("t'{a}b'") == Text((name("a", 4), Literal("b", at(1, 8))), at(1, 8))


def test_arithmetic():
    product = Compute("*", (name("b", 5), name("c", 9)), at(5, 10))
    assert value("a + b * c") == Compute("+", (name("a", 1), product), at(1, 10))
    assert value("-a") == Compute("-", (name("a", 2),), at(1, 3))
    assert value("~1") == Compute("~", (Literal(1, at(2, 3)),), at(1, 3))


@pytest.mark.parametrize("op", ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"])
def test_comparison(op):
    assert value(f"a {op} b") == Condition(
        Compare(op, name("a", 1), name("b", len(op) + 4)), at(1, len(op) + 5)
    )


def test_a_chained_comparison_repeats_its_middle():
    a, b, c = name("a", 1), name("b", 5), name("c", 10)
    assert value("a < b <= c") == Condition(All((Compare("<", a, b), Compare("<=", b, c))), at(1, 11))


def test_or_and_and_as_values_are_joins():
    inner = Join("and", (name("c", 11), name("d", 17)), at(11, 18))
    assert value("a or b or c and d") == Join("or", (name("a", 1), name("b", 6), inner), at(1, 18))


def test_or_and_and_as_tests_are_tests():
    test = Any((Truth(name("a", 6)), All((Truth(name("b", 11)), Not(Truth(name("c", 21)))))))
    source = "1 if a or b and not c else 2"
    assert value(source) == Choice(test, Literal(1, at(1, 2)), Literal(2, at(28, 29)), at(1, 29))


def test_choice():
    assert value("a if b else c") == Choice(Truth(name("b", 6)), name("a", 1), name("c", 13), at(1, 14))


def test_not_as_a_value_is_a_condition():
    assert value("not a") == Condition(Not(Truth(name("a", 5))), at(1, 6))


def test_comprehensions():
    clause = Clause(Place("a"), name("b", 13), (Truth(name("c", 18)),))
    assert value("[a for a in b if c]") == Comprehension("list", name("a", 2), (clause,), at(1, 20))
    assert value("{a for a in b if c}").kind == "set"
    assert value("(a for a in b if c)").kind == "generator"


def test_a_dict_comprehension_has_a_key():
    clauses = (Clause(Unpack((Place("k"), Place("v"))), name("b", 19)),)
    lowered = value("{k: v for k, v in b}")
    assert (lowered.kind, lowered.key, lowered.element) == ("dict", name("k", 2), name("v", 5))
    assert lowered.clauses == clauses


def test_clauses_of_a_comprehension_are_in_order():
    lowered = value("[a for a in b for b in c]")
    assert [clause.target for clause in lowered.clauses] == [Place("a"), Place("b")]


def test_lambda():
    params = (
        Param("a", at(8, 9), "positional"),
        Param("b", at(14, 15), default=Literal(1, at(16, 17))),
        Param("c", at(19, 21), "*"),
        Param("d", at(23, 24), "keyword"),
        Param("e", at(26, 29), "**"),
    )
    assert value("lambda a, /, b=1, *c, d, **e: a") == Lambda(params, name("a", 31), at(1, 32))


def test_walrus():
    assert value("(a := b)") == Named("a", name("b", 7), at(2, 8))


@pytest.mark.parametrize(
    ("source", "given"),
    [("(yield)", None), ("(yield a)", name("a", 8)), ("(yield from a)", name("a", 13))],
)
def test_yield(source, given):
    assert value(source) == Yield(given, at(2, len(source)))


def test_every_expression_of_the_parser_has_a_meaning():
    expressions = {
        kind
        for kind in vars(cst).values()
        if isinstance(kind, type)
        and issubclass(kind, cst.BaseExpression)
        and not kind.__name__.startswith("Base")
    }
    assert expressions <= set(_LOWER)


def test_an_expression_from_a_later_grammar_is_opaque(monkeypatch):
    monkeypatch.delitem(_LOWER, cst.Set)
    assert value("{1, 22}") == Opaque("unknown syntax", at(1, 8))

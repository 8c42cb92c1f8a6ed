"""Definitions, from source text to heads and bodies."""

from __future__ import annotations

import msgspec
import pytest

from jobcheck.facts import Argument, Call, Class, FileFacts, Function, Param, Problem, Span
from jobcheck.syntax import body, outline, read
from tests.syntax.sources import ANYWHERE, facts, literal, name, unplaced


def qualnames(source: str) -> tuple[list[str], list[str]]:
    found = facts(source).outline
    return [each.qualname for each in found.functions], [each.qualname for each in found.classes]


def test_function():
    source = """
        @first
        @second(1)
        async def f(a, /, b: int = 2, *c, d=3, **e) -> str:
            await a
    """
    (function,) = facts(source).outline.functions
    assert unplaced(function) == Function(
        "f",
        (
            Param("a", ANYWHERE, "positional"),
            Param("b", ANYWHERE, "either", literal(2), name("int")),
            Param("c", ANYWHERE, "*"),
            Param("d", ANYWHERE, "keyword", literal(3)),
            Param("e", ANYWHERE, "**"),
        ),
        (name("first"), Call(name("second"), (Argument(literal(1)),), ANYWHERE)),
        ANYWHERE,
        ANYWHERE,
        name("str"),
        is_async=True,
    )
    assert (function.span, function.header) == (Span(2, 1, 5, 12), Span(4, 1, 4, 52))


def test_a_header_may_take_several_lines():
    (function,) = facts("def f(\n    a,  # b:\n) -> {1: 2} :  # c\n    pass\n").outline.functions
    assert function.header == Span(1, 1, 3, 14)


def test_class():
    source = """
        @registered
        class A[T](B, *more, metaclass=M):
            name = 1
            def run(self): pass
    """
    (found,) = facts(source).outline.classes
    assert unplaced(found) == Class(
        "A",
        (Argument(name("B")), Argument(name("more"), star="*"), Argument(name("M"), "metaclass")),
        (name("registered"),),
        unplaced(found.block),
        ANYWHERE,
        ANYWHERE,
    )
    assert (found.span, found.header) == (Span(2, 1, 5, 24), Span(3, 1, 3, 35))
    assert [unplaced(each.targets[0].root) for each in found.block] == ["name", "run"]


def test_definitions_are_found_wherever_they_stand():
    source = """
        if a:
            def f():
                class C:
                    def m(self):
                        with b:
                            def inner(): pass
        else:
            for x in y:
                async def g(): pass
    """
    assert qualnames(source) == (["f", "f.C.m", "f.C.m.inner", "g"], ["f.C"])


def test_a_later_definition_of_a_name_is_numbered():
    source = """
        class A:
            @property
            def x(self): return 1
            @x.setter
            def x(self, value): pass
        class A:
            def x(self): pass
        def A(): pass
    """
    assert qualnames(source) == (["A.x", "A.x#2", "A#2.x", "A#3"], ["A", "A#2"])
    bound = [each.value.qualname for each in facts(source).outline.block]
    assert bound == ["A", "A#2", "A#3"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(): yield", True),
        ("def f():\n if a:\n  x = [(yield b)]", True),
        ("def f(): yield from a", True),
        ("async def f(): yield a", True),
        ("def f(): return a", False),
        ("def f():\n def g(): yield a", False),
        ("def f():\n def g(): pass\n yield a", True),
        ("def f(): return lambda: (yield)", False),
        ("def f():\n yield\n return lambda: 1", True),
    ],
)
def test_a_generator_yields_in_its_own_body(source, expected):
    assert facts(source).outline.functions[0].is_generator is expected


def test_outline_and_body_are_parts_of_what_is_read():
    source = b"def f(): return 1\n"
    found = read(source)
    assert isinstance(found, FileFacts)
    assert outline(source) == found.outline
    assert body(source, "f") == found.bodies["f"] != ()
    assert body(source, "g") is None


def test_an_unreadable_file_has_neither_outline_nor_body():
    assert isinstance(outline(b"def"), Problem)
    assert body(b"def", "f") is None


def test_facts_survive_being_written_and_read():
    found = facts("""
        # jobcheck: ignore[JC301] -- why
        @a.b(c=[1, 2.5, *d], e={"k": None, **f})
        def g(h: int = -1, *i, **j):
            match h:
                case {"k": v} if v: return f"{v}" "t"
            x.y[0] += 1 if not k else (yield)
            return [m for m in n if m == 1 < 2], lambda o: o or p
    """)
    encoded = msgspec.msgpack.encode(found)
    assert msgspec.msgpack.decode(encoded, type=FileFacts) == found

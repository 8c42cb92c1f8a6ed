"""`# jobcheck:` comments: what is read from them and which lines they cover."""

from __future__ import annotations

import pytest

from jobcheck.facts import Directive, Span
from tests.syntax.sources import facts


def directives(source: str) -> tuple[Directive, ...]:
    return facts(source).outline.directives


@pytest.mark.parametrize(
    ("comment", "verb", "names", "reason"),
    [
        ("# jobcheck: ignore[JC301] -- why not", "ignore", ("JC301",), "why not"),
        ("#jobcheck:ignore[JC301]--why", "ignore", ("JC301",), "why"),
        (
            "# jobcheck: ignore[JC301, missing-attempts] -- a -- b",
            "ignore",
            ("JC301", "missing-attempts"),
            "a -- b",
        ),
        ("# jobcheck: ignore[JC301]", "ignore", ("JC301",), ""),
        ("# jobcheck: ignore[JC301] --", "ignore", ("JC301",), ""),
        ("# jobcheck: idempotent[flag] -- upsert", "idempotent", ("flag",), "upsert"),
    ],
)
def test_readable(comment, verb, names, reason):
    (found,) = directives(f"a  {comment}\n")
    assert found == Directive(verb, names, reason, Span(1, 4, 1, 4 + len(comment)), (1, 1))


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "unknown directive ''"),
        ("skip[JC301] -- why", "unknown directive 'skip'"),
        ("IGNORE[JC301]", "unknown directive 'IGNORE'"),
        ("ignore", "write ignore[JC301] -- why"),
        ("ignore -- why", "names are missing"),
        ("ignore[]", "names are missing"),
        ("ignore[JC301,]", "names are missing"),
        ("ignore[*]", "names are missing"),
        ("ignore[JC301", "names are missing"),
        ("ignore[JC301] because", "after two dashes"),
        ("ignore[JC301] - why", "after two dashes"),
        ("idempotent", "write idempotent[flag] -- why"),
        ("ignore-file", "write ignore-file[JC301] -- why"),
    ],
)
def test_unreadable(written, says):
    (found,) = directives(f"# jobcheck: {written}\na\n")
    assert (found.verb, found.names, found.covers) == ("unreadable", (), (2, 2))
    assert says in found.reason


@pytest.mark.parametrize(
    "source",
    [
        "# see jobcheck: ignore[JC301]",
        "# type: ignore  # jobcheck: ignore[JC301]",
        "## jobcheck: ignore[JC301]",
        "'# jobcheck: ignore[JC301]'",
        "f'# jobcheck: ignore[JC301] {a}'",
        "'''\n# jobcheck: ignore[JC301]\n'''",
        "# jobcheck ignore[JC301]",
    ],
)
def test_prose_and_strings_are_no_directives(source):
    assert directives(source) == ()


def test_several_are_listed_in_order():
    source = "a  # jobcheck: ignore[A]\nb(  # jobcheck: ignore[B]\n)\n# jobcheck: ignore[C]\n"
    assert [each.names for each in directives(source)] == [("A",), ("B",), ("C",)]


def test_ignore_file_covers_the_file():
    (found,) = directives("# jobcheck: ignore-file[JC301] -- generated\na\nb")
    assert (found.verb, found.covers) == ("ignore-file", (1, 3))


def test_ignore_file_may_be_all_there_is():
    (found,) = directives("# jobcheck: ignore-file[JC301]")
    assert (found.verb, found.covers) == ("ignore-file", (1, 1))


@pytest.mark.parametrize("source", ["a  # {}\n", "a\n# {}\n", "@a\n# {}\ndef f(): pass\n"])
def test_ignore_file_after_a_statement_is_refused(source):
    (found,) = directives(source.format("jobcheck: ignore-file[JC301] -- late"))
    assert (found.verb, found.names) == ("unreadable", ())
    assert "before the first statement" in found.reason


HERE = "# jobcheck: ignore[JC301] -- why"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (f"a\nb  {HERE}\nc", (2, 2)),
        (f"a\n{HERE}\n\n# more\nb", (5, 5)),
        (f"a(  {HERE}\n b,\n)\nc", (1, 3)),
        (f"a(\n {HERE}\n b,\n)\nc", (1, 4)),
        (f"a(\n b,\n)  {HERE}\nc", (1, 3)),
        (f"{HERE}\na(\n b,\n)\nc", (2, 4)),
        (f"a; b  {HERE}\nc", (1, 1)),
        (f"a \\\n + b  {HERE}", (1, 2)),
        (f"if a:  {HERE}\n b\nc", (1, 1)),
        (f"{HERE}\nif a:\n b\nc", (2, 2)),
        (f"if a:\n {HERE}\n b\nc", (3, 3)),
        (f"if a: b(  {HERE}\n)\nc", (1, 2)),
        (f"if (a and\n  b):  {HERE}\n c", (1, 2)),
        (f"if a:\n b\nelif c:  {HERE}\n d", (3, 3)),
        (f"if a:\n b\nelse:  {HERE}\n c", (3, 3)),
        (f"for a in b:  {HERE}\n c", (1, 1)),
        (f"with a, \\\n  b:  {HERE}\n c", (1, 2)),
        (f"try:\n a\nexcept b:  {HERE}\n c\nfinally:\n d", (3, 3)),
        (f"try:\n a\nfinally:  {HERE}\n d", (3, 3)),
        (f"try:\n a\nfinally:\n d  {HERE}", (4, 4)),
        (f"match a:  {HERE}\n case 1:\n  b", (1, 1)),
        (f"match a:\n case 1:  {HERE}\n  b", (2, 2)),
        (f"match a:\n case 1:\n  b  {HERE}", (3, 3)),
        (f"@a  {HERE}\n@b\ndef f(\n c\n):\n d", (1, 5)),
        (f"@a\n@b\ndef f(  {HERE}\n c\n):\n d", (1, 5)),
        (f"{HERE}\n@a\n@b\ndef f(\n c\n):\n d", (2, 6)),
        (f"@a\n{HERE}\nclass C:\n d", (1, 3)),
        (f"def f():\n a  {HERE}\n b", (2, 2)),
        (f"class C:\n def f():  {HERE}\n  b", (2, 2)),
        (f"def f(): a  {HERE}\nb", (1, 1)),
        (f"a\n{HERE}\n", (2, 2)),
    ],
)
def test_covers(source, lines):
    assert [each.covers for each in directives(source)] == [lines]


def test_idempotent_covers_what_ignore_covers():
    comment = "# jobcheck: idempotent[flag] -- why"
    assert [each.covers for each in directives(f"@a  {comment}\ndef f():\n b\n")] == [(1, 2)]

"""Constants worked out through names, files, arithmetic, durations and comprehensions."""

from __future__ import annotations

import pytest

from jobcheck.facts import Span
from jobcheck.link.entities import Bound
from jobcheck.link.fold import Alternatives, Unfolded, fold
from jobcheck.model import FunctionRef, Location
from tests.link.project import constant, entity_at, folded, project, value_of

HEAD = """
import os
from datetime import timedelta
import datetime as dt
from elsewhere import thing
A = 3
NAME = "mail"
PAIR = (1, 2)
TABLE = {"a": 1, "b": {"c": 2}}
"""


def worked_out(expression: str) -> object:
    return constant(f"{HEAD}x = {expression}\n")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("1.5", 1.5),
        ("True", True),
        ("None", None),
        ("'a' 'b'", "ab"),
        ("A", 3),
        ("-A", -3),
        ("'.'.join(('shop', 'pack'))", "shop.pack"),
        ("'.'.join([])", ""),
        ("'{}.{name}'.format('shop', name='pack')", "shop.pack"),
        ("'{0}-{0}'.format(A)", "3-3"),
        ("+A", 3),
        ("A + 1", 4),
        ("A * 60 - 1", 179),
        ("A / 2", 1.5),
        ("A // 2", 1),
        ("A % 2", 1),
        ("2 ** A", 8),
        ("60 * 60 * 24 * 7", 604800),
        ("NAME + '-high'", "mail-high"),
        ("f'{NAME}-{A}'", "mail-3"),
        ("f'{NAME}'", "mail"),
        ("'%s-%d' % NAME", Unfolded),
        ("'%s!' % NAME", "mail!"),
        ("'%d%%' % A", "3%"),
        ("[1] + [A]", [1, 3]),
        ("[*PAIR, A]", [1, 2, 3]),
        ("(A, NAME)", [3, "mail"]),
        ("{1, 2}", [1, 2]),
        ("TABLE", {"a": 1, "b": {"c": 2}}),
        ("{**TABLE, 'a': A}", {"a": 3, "b": {"c": 2}}),
        ("TABLE['b']['c']", 2),
        ("TABLE.get('zz', 9)", 9),
        ("dict(TABLE, d=1)['d']", 1),
        ("TABLE | {'a': 0}", {"a": 0, "b": {"c": 2}}),
        ("[n * 2 for n in PAIR]", [2, 4]),
        ("{n for n in PAIR}", [1, 2]),
        ("[n for n in range(3)]", [0, 1, 2]),
        ("[n for n in range(1, 10, 4)]", [1, 5, 9]),
        ("{k: 1 for k in ('a', 'b')}", {"a": 1, "b": 1}),
        ("{f'q{n}': n for n in PAIR}", {"q1": 1, "q2": 2}),
        ("[[m + n for m in PAIR] for n in PAIR]", [[2, 3], [3, 4]]),
        ("timedelta(1)", 86400.0),
        ("timedelta(hours=1, minutes=A)", 3780.0),
        ("timedelta(0, 5)", 5.0),
        ("timedelta(weeks=1)", 604800.0),
        ("timedelta(milliseconds=1500)", 1.5),
        ("timedelta()", 0.0),
        ("dt.timedelta(days=2).total_seconds()", 172800.0),
        ("int(timedelta(minutes=1).total_seconds())", 60),
        ("timedelta(days=1) * 2", 172800.0),
        ("timedelta(**{'days': 1})", 86400.0),
        ("int('7')", 7),
        ("int(7.9)", 7),
        ("float('1.5')", 1.5),
        ("str(A)", "3"),
        ("bool(0)", False),
        ("A if True else A", 3),
        ("A or 5", 3),
        ("None or 5", 5),
        ("0 or A", 3),
        ("(y := 4)", 4),
    ],
)
def test_constants(expression: str, value: object) -> None:
    found = worked_out(expression)
    if value is Unfolded:
        assert isinstance(found, Unfolded)
    else:
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("os.environ['N']", "it is read from the environment"),
        ("os.environ.get('N', 3)", "it is read from the environment"),
        ("int(os.environ.get('N', '3'))", "it is read from the environment"),
        ("int(os.getenv('N'))", "it is read from the environment"),
        ("60 * int(os.getenv('N'))", "it is read from the environment"),
        ("timedelta(seconds=int(os.getenv('N')))", "it is read from the environment"),
        ("{'a': os.environ['N']}", "it is read from the environment"),
        ("f'{os.environ[NAME]}'", "it is read from the environment"),
        ("thing", "elsewhere.thing is not known before run time"),
        ("thing.a(1)", "elsewhere.thing.a() is not known before run time"),
        ("thing + 1", "elsewhere.thing is not known before run time"),
        ("nobody", "the name is not defined here"),
        ("f'{nobody}'", "the name is not defined here"),
        ("[nobody]", "the name is not defined here"),
        ("[*nobody]", "the name is not defined here"),
        ("{**nobody}", "the name is not defined here"),
        ("[nobody for n in PAIR]", "the name is not defined here"),
        ("{nobody: n for n in PAIR}", "the name is not defined here"),
        ("lambda: 1", "it is an object, not a constant"),
        ("A < 2", "it is worked out at run time"),
        ("~A", "arithmetic that is not followed"),
        ("A << 2", "arithmetic that is not followed"),
        ("NAME * A", "arithmetic that is not followed"),
        ("NAME + A", "arithmetic that is not followed"),
        ("-NAME", "arithmetic that is not followed"),
        ("2 ** 99", "arithmetic that is not followed"),
        ("10 ** 50", "a number too large to be meant"),
        ("A / 0", "arithmetic that fails"),
        ("'%d' % NAME", "arithmetic that fails"),
        ("'%0999999999d' % A", "arithmetic that is not followed"),
        ("10 ** 15 * 10", "a number too large to be meant"),
        ("int('x')", "a conversion that fails"),
        ("int(float('inf'))", "a number too large to be meant"),
        ("float('nan')", "a number too large to be meant"),
        ("int()", "a conversion that is not followed"),
        ("int('10', base=2)", "a conversion that is not followed"),
        ("str(PAIR)", "a conversion that is not followed"),
        ("timedelta(days='1')", "a duration that cannot be told"),
        ("timedelta(days=True)", "a duration that cannot be told"),
        ("timedelta(years=1)", "a duration that cannot be told"),
        ("timedelta(**nobody)", "the name is not defined here"),
        ("timedelta(days=1).days", "datetime.timedelta().days is not known before run time"),
        ("[n for n in PAIR if n]", "a comprehension with several clauses or conditions"),
        ("[n for m in PAIR for n in PAIR]", "a comprehension with several clauses or conditions"),
        ("[n for n, m in PAIR]", "a comprehension with several clauses or conditions"),
        ("[n for n in nobody]", "a comprehension over what cannot be told"),
        ("[n for n in thing()]", "a comprehension over what cannot be told"),
        ("[n for n in range(1, 2, 0)]", "a comprehension over what cannot be told"),
        ("[n for n in range(nobody)]", "a comprehension over what cannot be told"),
        ("[n for n in range(9 ** 9)]", "a comprehension over what cannot be told"),
        ("[n for n in range(2 ** 40 * 900000)]", "a comprehension over what cannot be told"),
        ("[n for n in range]", "a comprehension over what cannot be told"),
        ("{n: 1 for n in ([1], [2])}", "a key cannot be told"),
        ("{k: 1 for k in nobody}", "a comprehension over what cannot be told"),
        ("[1 if nobody else 2]", "it depends on the path"),
        ("{'a': 1 if nobody else 2}", "it depends on the path"),
        ("(1 if nobody else 2) + 1", "it depends on the path"),
        ("f'{1 if nobody else 2}'", "it depends on the path"),
        ("timedelta(days=1 if nobody else 2)", "it depends on the path"),
        ("...", "ellipsis"),
        ("b'a'", "bytes"),
    ],
)
def test_what_cannot_be_worked_out_says_why(expression: str, why: str) -> None:
    found = worked_out(expression)
    assert isinstance(found, Unfolded)
    assert found.why == why


def test_the_place_of_what_cannot_be_worked_out() -> None:
    resolver = project({"m.py": "import os\n\nN = int(os.environ['N'])\n"})
    found = folded(resolver, "m.py", "N")
    assert isinstance(found, Unfolded)
    assert found.at == Location("m.py", Span(3, 9, 3, 24))


def test_constants_of_other_files() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/times.py": "MINUTE = 60\nHOUR = 60 * MINUTE\nclass Wait:\n    LONG = 2 * HOUR\n",
        "shop/tasks.py": "from .times import *\nfrom . import times\nDELAY = HOUR * 2\nLONG = times.Wait.LONG\n",
    }
    resolver = project(files)
    assert folded(resolver, "shop/tasks.py", "DELAY") == 7200
    assert folded(resolver, "shop/tasks.py", "LONG") == 7200


def test_constants_of_a_file_that_has_not_been_read() -> None:
    resolver = project({"m.py": "from times import HOUR\n"}, unread=("times.py",))
    found = folded(resolver, "m.py", "2 * HOUR")
    assert isinstance(found, Unfolded)
    assert found.why == "the file has not been read"
    assert resolver.wanted == {"times.py"}


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("x = 1 if a else 2\n", (1, 2)),
        ("x = 1\nif a: x = 2\n", (1, 2)),
        ("x = None\nif a: x = 2\n", (None, 2)),
        ("if a: x = 1\nelif b: x = 2\nelse: x = 1\n", (1, 2)),
        ("x = (1 if a else 2) if b else (2 if c else 3)\n", (1, 2, 3)),
        ("x = 1 if a else True\n", (1, True)),
        ("x = 0 if a else None\n", (0, None)),
        ("def f(n): return n\nx = f(1) if a else f('b')\n", (1, "b")),
        ("y = {'k': 1}\nif a: y['k'] = 2\nx = y['k']\n", (1, 2)),
    ],
)
def test_alternatives(source: str, values: tuple[object, ...]) -> None:
    found = constant(source)
    assert isinstance(found, Alternatives)
    assert [(type(value), value) for value in found.values] == [(type(value), value) for value in values]


def test_the_same_on_all_paths_is_one_constant() -> None:
    assert constant("if a: x = 2\nelse: x = 1 + 1\n") == 2


def test_one_unknown_path_makes_all_unknown() -> None:
    found = constant("x = 1\nif a: x = nobody\n")
    assert isinstance(found, Unfolded)
    assert found.why == "the name is not defined here"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("x = 1\nx = x + 1\n", 2),
        ("x = 1\nx += 1\nx *= 5\n", 10),
        ("x = 'a'\nx += 'b'\n", "ab"),
        ("x = [1]\nx += [2]\n", [1, 2]),
        ("x = {'a': 1}\nx |= {'b': 2}\n", {"a": 1, "b": 2}),
        ("y = {'n': 1}\ny['n'] += 1\nx = y['n']\n", 2),
        ("x = [1]\nx.append(2)\n", [1, 2]),
        ("x = {}\nx['a'] = 1\nx.update(b=2)\ndel x['a']\n", {"b": 2}),
        ("x, y = 1, 2\n", 1),
        ("def f(a, b=2): return a * b\nx = f(3)\n", 6),
        ("x = (lambda n: n + 1)(4)\n", 5),
    ],
)
def test_constants_that_change(source: str, value: object) -> None:
    assert constant(source) == value


@pytest.mark.parametrize(
    "source",
    [
        "x = x + 1\n",
        "x = x\n",
        "x = [x]\n",
        "x = {'a': x}\n",
        "x = 1\nfor i in r: x = x + 1\n",
        "x = 1\nwhile a: x += 1\n",
        "x = f'{x}'\n",
        "x = y + 1\ny = x + 1\n",
        "x = 1\nif a: x += unknown\n",
    ],
)
def test_constants_that_lead_back_to_themselves(source: str) -> None:
    assert isinstance(constant(source), Unfolded)


def test_long_chains_end() -> None:
    doubling = "x0 = 'a'\n" + "".join(f"x{n} = x{n - 1} + x{n - 1}\n" for n in range(1, 40))
    found = constant(doubling, "x39")
    assert isinstance(found, Unfolded)
    assert constant(doubling, "x5") == "a" * 32
    found = constant(doubling, "x11")
    assert isinstance(found, Unfolded)
    assert found.why == "a value too long to be meant"
    counting = "x0 = 1\n" + "".join(f"x{n} = x{n - 1} + 1\n" for n in range(1, 300))
    assert constant(counting, "x30") == 31
    found = constant(counting, "x299")
    assert isinstance(found, Unfolded)
    assert found.why == "it leads too far to be worked out"


def test_an_argument_is_named() -> None:
    resolver = project({"m.py": "def f(n):\n    x = n * 2\n"})
    found = fold(resolver, Bound(value_of("x"), resolver.scope(FunctionRef("m.py", "f"))))
    assert isinstance(found, Unfolded)
    assert found.why == "it depends on the argument n"


def test_an_entity_without_a_place_has_none() -> None:
    resolver = project({"m.py": "from q import thing\nclass C: ...\n"})
    found = fold(resolver, entity_at(resolver, "m.py", "C"))
    assert found == Unfolded("it is an object, not a constant", None)


@pytest.mark.parametrize(
    "expression",
    [
        "'{a.real}'.format(a=1)",
        "'{:>9999}'.format(1)",
        "'{'.format(1)",
        "'{1}'.format(1)",
        "'.'.join([1])",
        "'.'.join(3)",
        "('x' * 600).join(['a', 'b', 'c'])",
        "'.'.join(['x' * 600, 'x' * 600])",
        "'{}'.format(*thing)",
    ],
)
def test_a_text_put_together_otherwise_is_left_alone(expression: str) -> None:
    found = constant(f"from elsewhere import thing\nx = {expression}\n")
    assert isinstance(found, Unfolded), found

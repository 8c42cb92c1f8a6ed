"""Facts printed: one readable line for each statement."""

from __future__ import annotations

import pytest

from jobcheck import grammar
from jobcheck.facts import FileFacts, Outline
from jobcheck.syntax import outline, read


def lines(source: str) -> list[str]:
    found = outline(source.encode())
    assert isinstance(found, Outline)
    return list(grammar.outline(found))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1", "bind x = 1  @1:1"),
        ("x.y['k'] += -2", "bind x.y['k'] += -2  @1:1"),
        ("a, (b, c) = f(*g, k=1, **h)", "bind (a, (b, c)) = f(*g, k=1, **h)  @1:1"),
        ("x = [1, *y]", "bind x = list[1, *y]  @1:1"),
        ("x = {'a': 1, **b}", "bind x = {'a': 1, **b}  @1:1"),
        ("x = f'{a}b'", "bind x = text(a, 'b')  @1:1"),
        ("x = a + 1 - -b", "bind x = ((a + 1) - -b)  @1:1"),
        ("x = a == 1", "bind x = test(a == 1)  @1:1"),
        ("x = a if b else c", "bind x = (a if b else c)  @1:1"),
        ("x = a or b", "bind x = (a or b)  @1:1"),
        ("x = [f(a) for a in b if a]", "bind x = list[f(a) for a in b if a]  @1:1"),
        ("x = {k: v for k, v in y}", "bind x = dict[k: v for (k, v) in y]  @1:1"),
        ("x = lambda a, *b: a", "bind x = lambda a, *b: a  @1:1"),
        ("f(y := 1)", "do f((y := 1))  @1:1"),
        ("from ..a import b as c", "bind c = import ..a:b  @1:1"),
        ("x = b''", "bind x = <bytes>  @1:1"),
        ("get().sent = True", "bind get().sent = True  @1:1"),
    ],
)
def test_a_statement_is_one_line(source: str, expected: str) -> None:
    assert lines(source) == [expected]


def test_blocks_are_indented() -> None:
    source = """\
if a and not b:
    f()
else:
    g()
for x in y:
    break
while a or b:
    continue
try:
    with h() as i:
        pass
except (A, B) as e:
    raise
finally:
    j()
"""
    assert lines(source) == [
        "if all(a, not b)  @1:1",
        "  do f()  @2:5",
        "else",
        "  do g()  @4:5",
        "loop x in y  @5:1",
        "  break  @6:5",
        "loop while any(a, b)  @7:1",
        "  continue  @8:5",
        "try  @9:1",
        "  with h()  @10:5",
        "except tuple[A, B] as e",
        "  raise  @13:5",
        "finally",
        "  do j()  @15:5",
    ]


def test_definitions_have_their_heads() -> None:
    source = "@d(1)\nasync def f(a, *, b: int = 2, **c) -> str:  # jobcheck: ignore[JC101] -- why\n    yield 1\nclass C(B, k=1):\n    x = 1\n"
    found = lines(source)
    assert "@d(1) async generator function f(a, b: int = 2, **c) -> str  @2:1" in found
    assert "class C(B, k=1)  @4:1" in found
    assert "ignore[JC101] -- why  @2:45" in found


def test_a_body_is_printed_too() -> None:
    found = read(b"async def f(x):\n    y = await g(x)\n    return y\n")
    assert isinstance(found, FileFacts)
    assert list(grammar.block(found.bodies["f"])) == ["bind y = await g(x)  @2:5", "return y  @3:5"]

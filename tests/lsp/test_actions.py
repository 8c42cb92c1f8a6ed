"""Where a suppression is written."""

from __future__ import annotations

import pytest

from jobcheck.facts import Outline
from jobcheck.lsp.actions import suppression
from jobcheck.syntax import outline
from tests.lsp.editor import applied


def silenced(text: str, line: int) -> str:
    edit = suppression(text, line - 1, "JC101", "why")
    assert edit
    return applied(text, edit)


@pytest.mark.parametrize(
    ("text", "line", "above"),
    [
        ("f()\n", 1, "f()"),
        ("def f():\n    g()\n    h()\n", 3, "    h()"),
        ("def f():\n\tg()\n", 2, "\tg()"),
        ("f(\n    a,\n    b,\n)\n", 3, "f("),
        ('f("""\na\n""")\n', 2, 'f("""'),
        ("x = 1 + \\\n    2\n", 2, "x = 1 + \\"),
        ("@a\n@b(\n    1\n)\ndef f():\n    pass\n", 3, "@a"),
        ("@a\ndef f():\n    pass\n", 2, "@a"),
        ("try:\n    f()\nexcept A:\n    pass\n", 3, "except A:"),
        ("if a:\n    f()\n", 1, "if a:"),
    ],
)
def test_it_stands_above_the_statement_and_covers_the_line(text: str, line: int, above: str) -> None:
    changed = silenced(text, line)
    lines = changed.splitlines()
    written = next(number for number, each in enumerate(lines) if "jobcheck:" in each)
    assert lines[written + 1] == above
    found = outline(changed.encode())
    assert isinstance(found, Outline)
    [directive] = found.directives
    assert (directive.verb, directive.names, directive.reason) == ("ignore", ("JC101",), "why")
    assert directive.covers[0] <= line + 1 <= directive.covers[1]


def test_it_ends_its_line_as_the_others_end() -> None:
    assert silenced("f()\r\ng()\r\n", 2) == "f()\r\n# jobcheck: ignore[JC101] -- why\r\ng()\r\n"


def test_text_that_cannot_be_parsed_is_left_alone() -> None:
    assert suppression("def (:\n", 0, "JC101", "why") is None

"""Where a line was before the text was changed."""

from __future__ import annotations

import pytest

from jobcheck.lsp.drift import drifted

THEN = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        ("a\nb\nc\nd\n", [0, 1, 2, 3]),
        ("a\r\nb\rc\nd", [0, 1, 2, 3]),
        ("a\nx\nb\nc\nd\n", [0, None, 1, 2, 3]),
        ("a\nd\n", [0, 3]),
        ("a\nx\nc\nd\n", [0, None, 2, 3]),
        ("x\ny\n", [None, None]),
        ("a\nb\nc\nd\nd\n", [0, 1, 2, 3, None]),
        ("", []),
    ],
)
def test_a_line_is_found_again(now: str, lines: list[int | None]) -> None:
    assert [drifted(now, THEN, line) for line in range(len(lines))] == lines

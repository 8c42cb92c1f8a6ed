"""How the options of a job are told to people."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.inventory import words


@pytest.mark.parametrize(
    ("value", "told"), [((), "none"), (("completed", "failed"), "completed, failed"), (3, "3")]
)
def test_an_option_is_told_in_words(value: Any, told: str) -> None:
    assert words(value) == told

"""Names of jobs, as short as room and doubt allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence


def shortest(names: Iterable[str]) -> dict[str, str]:
    """For each dotted name the shortest end of it that no other has."""
    names = tuple(names)
    shared = Counter(end for name in names for end in _ends(name))
    return {name: next((end for end in _ends(name) if shared[end] == 1), name) for name in names}


def fitted(name: str, width: int) -> str:
    """The name, or so much of its end as fits, from a dot on where that leaves anything."""
    if len(name) <= width:
        return name
    end = next((end for end in reversed(_ends(name)) if len(end) < width), "")
    return f"…{end or name[1 - width :]}"


def some(names: Sequence[str], limit: int) -> str:
    """`a, b and 3 more`."""
    left = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {left:,} more" if left > 0 else "")


def _ends(name: str) -> list[str]:
    """`c`, `b.c`, `a.b.c`."""
    parts = name.split(".")
    return [".".join(parts[start:]) for start in reversed(range(len(parts)))]

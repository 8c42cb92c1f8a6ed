"""Which files pass a screen: by their bytes, before anything is parsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jobcheck.report import Screen
from jobcheck.sources import Sources


def passing(sources: Sources, screen: Screen, among: Iterable[str]) -> Iterator[str]:
    """Those of the files that must be read, those that cannot be opened among them; some more than once."""
    among = tuple(among)
    if screen.words:
        yield from sources.mentioning(screen.words, among)
    for names in screen.together:
        yield from set.intersection(*(set(sources.mentioning([name], among)) for name in names if name))
    for beside, clued in sorted(_by_company(screen).items()):
        named = sources.mentioning(clued, among)
        yield from sources.mentioning(beside, named) if beside else named
    yield from sources.unreadable.keys() & set(among)


def _by_company(screen: Screen) -> dict[tuple[str, ...], set[str]]:
    """The names of the clues, by the words that must stand beside them."""
    grouped: dict[tuple[str, ...], set[str]] = {}
    for name, beside in screen.clues:
        grouped.setdefault(beside, set()).add(name)
    return grouped

"""Reading Python: bytes in, plain facts out. Nothing outside this package sees libcst's tree.

libcst is imported by the first call, not by importing this package.
"""

from __future__ import annotations

from functools import lru_cache

from jobcheck.facts import Block, FileFacts, Outline, Problem

# Part of every cache key: facts written by one version are never read by another.
EXTRACTOR_VERSION = "c5267ed081c2"


@lru_cache(maxsize=1)
def read(source: bytes) -> FileFacts | Problem:
    """All that a file says, or why it cannot be read; no source makes this raise."""
    from jobcheck.syntax.reader import facts_of

    return facts_of(source)


def outline(source: bytes) -> Outline | Problem:
    """The file without the bodies of its functions."""
    facts = read(source)
    return facts if isinstance(facts, Problem) else facts.outline


def body(source: bytes, qualname: str) -> Block | None:
    """The body of one function; None when the file has no such function or cannot be read."""
    facts = read(source)
    return None if isinstance(facts, Problem) else facts.bodies.get(qualname)

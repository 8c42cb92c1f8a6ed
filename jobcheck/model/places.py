"""Where something is in the project's source, and what happens there."""

from __future__ import annotations

from msgspec import Struct

from jobcheck.facts import Span


class Location(Struct, frozen=True, order=True):
    """A range in a file; `path` is relative to the project root, with "/"."""

    path: str
    span: Span


class Step(Struct, frozen=True):
    """One step of a finding's path, or a related place: where, and what happens there."""

    at: Location
    note: str

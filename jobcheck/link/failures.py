"""What may fail once an act is done, and whether the framework then runs the job again.

A failure is told by its source: the package of the call that raises it, "database", the name of an
exception that is raised here with "raise " before it, or ASKED.
"""

from __future__ import annotations

from collections.abc import Collection

from jobcheck.link.meaning import Meaning
from jobcheck.model import BROAD

ASKED = "a retry is asked for"
QUIET = frozenset({"", "log", "pure", "chain", "mark", "lock", "transaction", "on-commit"})
"""Roles of calls whose failure is not counted on."""
STORES = (
    "django.db.",
    "django.core.exceptions.",
    "sqlalchemy.",
    "psycopg",
    "pymongo.",
    "MySQLdb.",
    "asyncpg.",
)


def source(meaning: Meaning) -> str:
    """The source of a failure that a call with this meaning may end in, "" for none to be counted on."""
    if meaning.role in QUIET:
        return ""
    return "database" if meaning.kind == "database" else meaning.target.partition(".")[0].removesuffix("()")


def runs_again(after: Collection[str], own: str, retries_on: Collection[str]) -> bool:
    """Whether a failure that follows an act makes the framework run the job again; `own` is the act's own
    source when it is repeated in a loop."""
    if ASKED in after:
        return True
    sources = {*after, own} - {""}
    if sources and not set(BROAD).isdisjoint(retries_on):
        return True
    return any(_raises(each, name) for each in sources for name in retries_on)


def _raises(source: str, exception: str) -> bool:
    if source == "database":
        return exception.startswith(STORES)
    raised = source.removeprefix("raise ")
    return raised in {exception, exception.rpartition(".")[2]} or raised == exception.partition(".")[0]

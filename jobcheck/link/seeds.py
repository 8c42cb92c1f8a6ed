"""What recognition hands on: jobs with the scope their bodies are read in, and who enqueues them."""

from __future__ import annotations

from msgspec import Struct

from jobcheck.link.entities import Scope
from jobcheck.model import Enqueue, FunctionRef, Job, Location, Moment, Unjudged


class HookRef(Struct, frozen=True):
    """A listener, or a method of a job's base class, that runs when the job starts or ends.

    `every` says that it runs after each failed attempt, `awaited` that it may be a coroutine.
    """

    moment: Moment
    function: FunctionRef
    every: bool = False
    awaited: bool = False


class JobSeed(Struct, frozen=True, eq=False):
    """A job before its flow is known.

    `scope` is the scope of its body, in which the parameters that the framework fills are given.
    `document` is the canonical path of the payload when that is one document. `isolated` tells that
    each run has its own copy of context variables.
    """

    job: Job
    scope: Scope
    hooks: tuple[HookRef, ...] = ()
    document: str = ""
    isolated: bool = False


class Clue(Struct, frozen=True, order=True):
    """What a file contains that may use something that was found: a name and, if any are given, one of
    the words beside it."""

    name: str
    beside: tuple[str, ...] = ()


class Recognised(Struct, frozen=True, eq=False):
    """All jobs and producers of the files read.

    `causes` are, per framework, the line at which a gap of all its jobs is closed; `correlation` is
    where context propagation is installed, `requests` where every request is put in a transaction;
    `clues` tell files that may hold another job or producer, `around` those that may call a producer
    inside a transaction.
    """

    jobs: tuple[JobSeed, ...] = ()
    enqueues: tuple[Enqueue, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()
    causes: dict[str, Location] = {}
    correlation: Location | None = None
    requests: Location | None = None
    clues: frozenset[Clue] = frozenset()
    around: frozenset[Clue] = frozenset()

    @property
    def learnt(self) -> frozenset[str]:
        """The names in the clues."""
        return frozenset(clue.name for clue in self.clues)

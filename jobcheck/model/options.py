"""How a job is set up: its effective options, each with the place it comes from."""

from __future__ import annotations

import math
from typing import Generic, Literal, TypeVar, Union

from msgspec import Struct

from jobcheck.model.places import Location

UNBOUNDED = math.inf
"""The number of attempts of a job that is retried for ever."""

BROAD = ("builtins.Exception", "builtins.BaseException")
"""The exceptions that stand for whatever goes wrong."""

Origin = Literal["call", "decorator", "base", "wrapper", "queue", "worker", "settings"]
T_co = TypeVar("T_co", covariant=True)


class Known(Struct, Generic[T_co], frozen=True, tag=True):
    """A setting whose value is read from the source; `spelt` is how the source writes it."""

    value: T_co
    at: Location
    origin: Origin
    spelt: str = ""


class Opaque(Struct, frozen=True, tag=True):
    """A setting that is given but cannot be told, or a place where one may be given unseen."""

    why: str
    at: Location


class Absent(Struct, Generic[T_co], frozen=True, tag=True):
    """A setting nobody gives: what the framework does then, and where it would best be given."""

    default: T_co
    at: Location


Setting = Union[Known[T_co], Opaque, Absent[T_co]]


class Backoff(Struct, frozen=True):
    """How long a failed job waits. `delay` is the first wait in seconds, `cap` the longest."""

    kind: Literal["none", "fixed", "exponential", "custom"]
    delay: float = 0.0
    cap: Union[float, None] = None


class Keep(Struct, frozen=True):
    """How long finished jobs are kept: seconds and number; None is no limit."""

    age: Union[float, None] = None
    count: Union[int, None] = None

    @property
    def forever(self) -> bool:
        return self.age is None and self.count is None

    @property
    def nothing(self) -> bool:
        return self.age == 0 or self.count == 0


class Retried(Struct, frozen=True):
    """The exceptions after which a job runs again, by dotted name, and those after which it never does."""

    errors: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()


Topic = Literal["retry", "retention", "bound-self", "timeout", "dead-letter", "async", "visibility", "ack"]
Moment = Literal["started", "completed", "failed"]


class Quirk(Struct, frozen=True):
    """Configuration that does nothing, or something else than it says, and what to write instead.

    `message` begins with plain words and says what happens; `instead` is the exact cure.
    """

    topic: Topic
    message: str
    instead: str
    at: Location


class Options(Struct, frozen=True):
    """The effective options of one job after the cascade call > decorator > base > queue > settings.

    `attempts` is total runs, UNBOUNDED for ever; `counts_retries` says that the source counts one less.
    `ack` is when the broker forgets the message: before the run ("early") or after it ("late"). `marks_*`
    say whether the framework itself records that state where it can be looked up. `retried` are the failures
    after which it tries again by itself, `time_limit` is when it ends a run. `refuses` are the kinds of
    values (`Field.thing`) that its messages cannot carry, `refuses_result` those it cannot store as a result.
    `logs` are the moments of which it writes a line to the log with the job's id, of a failure with its
    traceback. `buries` says whether the framework alone puts a job that has failed for good where somebody
    can find it, `survives` whether a job whose worker dies is run again, `names_error` whether what it keeps
    of a failure names the class of the error.
    """

    attempts: Setting[float]
    backoff: Setting[Backoff]
    ack: Setting[str]
    keep_completed: Setting[Keep]
    keep_failed: Setting[Keep]
    marks_started: Setting[bool]
    marks_completed: Setting[bool]
    marks_failed: Setting[bool]
    retried: Setting[Retried]
    time_limit: Setting[float]
    logs: Setting[tuple[Moment, ...]]
    buries: Setting[bool]
    survives: Setting[bool]
    counts_retries: bool = False
    names_error: bool = True
    quirks: tuple[Quirk, ...] = ()
    refuses: Union[frozenset[str], Opaque] = frozenset()
    refuses_result: Union[frozenset[str], Opaque] = frozenset()

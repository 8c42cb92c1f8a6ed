"""What the rules say: advice, findings and the other outcomes."""

from __future__ import annotations

from typing import Literal, Protocol, Union

from msgspec import Struct

from jobcheck.model.options import Backoff, Keep
from jobcheck.model.places import Location, Step


class Recommendation(Struct, frozen=True):
    """What a rule would have the author configure; only what is given is part of it."""

    attempts: Union[int, None] = None
    backoff: Union[Backoff, None] = None
    keep_completed: Union[Keep, None] = None
    keep_failed: Union[Keep, None] = None
    mark: Literal["", "started", "completed", "failed"] = ""
    spared: tuple[str, ...] = ()
    time_limit: Union[float, None] = None
    log: tuple[str, ...] = ()
    late: bool = False
    survive: bool = False


class Speller(Protocol):
    """Writes a recommendation as the source of one framework; "" where it has no such setting."""

    def __call__(self, framework: str, wanted: Recommendation) -> str: ...


class Finding(Struct, frozen=True):
    """What a rule found. Severity is not its business; grouping may fold several into one.

    `cause` is the line that several findings may share: a settings line, a wrapper, a base class,
    the app's constructor. `subject` is the job's dotted name, or the producer's scope.
    """

    code: str
    message: str
    details: str
    at: Location
    subject: str
    framework: str
    question: str = ""
    steps: tuple[Step, ...] = ()
    related: tuple[Step, ...] = ()
    cause: Union[Location, None] = None
    affects: tuple[Affected, ...] = ()
    certainty: Literal["established", "unknown"] = "established"


class Affected(Struct, frozen=True, order=True):
    """One of the jobs a grouped finding speaks of."""

    subject: str
    path: str
    line: int


class Fail(Struct, frozen=True):
    finding: Finding


class Pass(Struct, frozen=True):
    code: str
    subject: str


class Unknown(Struct, frozen=True):
    """A value that cannot be told decides the rule: never called missing or wrong."""

    code: str
    subject: str
    why: str
    at: Location


class NotApplicable(Struct, frozen=True):
    code: str
    subject: str
    reason: str


class Declared(Struct, frozen=True):
    """The author vouches for it with a declared strategy."""

    code: str
    subject: str
    strategy: str
    at: Location


Outcome = Union[Fail, Pass, Unknown, NotApplicable, Declared]

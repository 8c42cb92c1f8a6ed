"""What the project means: the checklist's nouns, linked across files and free of any framework's spelling.

Durations are seconds and attempts count total runs, whatever unit the framework counts in.
Checks see nothing else: a rule is a pure function of a `Site`, an `Enqueue` or the `Project`.
"""

from __future__ import annotations

import math
from typing import Generic, Literal, Protocol, TypeVar, Union

from msgspec import Struct

from jobcheck.facts import Span

UNBOUNDED = math.inf
"""The number of attempts of a job that is retried for ever."""


class Location(Struct, frozen=True, order=True):
    """A range in a file; `path` is relative to the project root, with "/"."""

    path: str
    span: Span


class Step(Struct, frozen=True):
    """One step of a finding's path, or a related place: where, and what happens there."""

    at: Location
    note: str


# --- settings and options ---------------------------------------------------------------

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


Topic = Literal["retry", "retention", "bound-self"]


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

    `attempts` is total runs, UNBOUNDED for ever. `ack` is when the broker forgets the message:
    before the run ("early") or after it ("late"). `marks_*` say whether the framework itself
    records that state where it can be looked up.
    """

    attempts: Setting[float]
    backoff: Setting[Backoff]
    ack: Setting[str]
    keep_completed: Setting[Keep]
    keep_failed: Setting[Keep]
    marks_started: Setting[bool]
    marks_completed: Setting[bool]
    marks_failed: Setting[bool]
    quirks: tuple[Quirk, ...] = ()


# --- jobs and producers -----------------------------------------------------------------


class FunctionRef(Struct, frozen=True, order=True):
    """A function of the project: the file and the qualified name in it."""

    path: str
    qualname: str


class Parameter(Struct, frozen=True):
    """One payload parameter of a job; `kind` is "either", "positional", "keyword", "*" or "**"."""

    name: str
    required: bool
    kind: Literal["positional", "either", "*", "keyword", "**"] = "either"


class Job(Struct, frozen=True):
    """A processor. `name` is the dotted subject, `registered` what the framework knows it by.

    `payload_style` tells how producers fill it: as arguments of the function ("arguments") or as one
    document that the function reads keys from ("document"). Where a base class changes the arguments on
    their way, `parameters` are all optional and take any others besides.
    """

    name: str
    registered: str
    framework: str
    function: FunctionRef
    at: Location
    parameters: tuple[Parameter, ...]
    options: Options
    payload_style: Literal["arguments", "document"] = "arguments"
    queue: Union[str, None] = None
    is_async: bool = False
    periodic: Union[Location, None] = None
    wrappers: tuple[Location, ...] = ()
    idempotent: Union[Declaration, None] = None


class Declaration(Struct, frozen=True):
    """`# jobcheck: idempotent[strategy] -- reason` on a job."""

    strategy: str
    at: Location


Carried = Literal["identifier", "scalar", "record", "row", "rows", "request", "session", "unknown"]


class Field(Struct, frozen=True):
    """One field of a payload as a producer fills it.

    `name` is the keyword, the document's key or the parameter it binds to; `held` names the row
    whose identifier it is when the producer had that row in hand; `text` is the source of it.
    `optional` is there for the fields a job reads: it has a default when no producer sends it.
    """

    name: Union[str, None]
    carried: Carried
    at: Location
    text: str = ""
    held: Union[str, None] = None
    spread: Literal["", "*", "**"] = ""
    optional: bool = False


class Enqueue(Struct, frozen=True):
    """One place that puts a job on its queue.

    `job` is the name of the job it reaches, None when no job of the project answers to `target`;
    `target_known` is False when the target cannot be told. `payload` is None when it cannot be told.
    `context` are the names of headers and metadata that travel beside the payload. `transaction` is
    where the transaction was opened that is still open when the message leaves, with the steps from
    there; `after_commit` says that, whatever is open, the message may wait until that has committed.
    """

    at: Location
    framework: str
    target: str
    scope: str
    job: Union[str, None] = None
    target_known: bool = True
    style: Literal["call", "schedule", "signature"] = "call"
    payload: Union[tuple[Field, ...], None] = ()
    context: tuple[str, ...] = ()
    context_known: bool = True
    is_async: bool = False
    awaited: bool = True
    partial_payload: bool = False
    after_commit: bool = False
    transaction: tuple[Step, ...] = ()
    via: tuple[Step, ...] = ()


# --- what a job does --------------------------------------------------------------------

EffectKind = Literal[
    "email", "sms", "push", "chat", "http", "webhook", "payment", "llm", "file", "publish", "enqueue"
]


class Effect(Struct, frozen=True, tag=True):
    """Something the world outside notices: `target` is the call in canonical dotted form."""

    kind: EffectKind
    target: str
    at: Location


class Write(Struct, frozen=True, tag=True):
    """A change of stored state that a second run repeats: create, increment or append."""

    kind: Literal["create", "increment", "append"]
    target: str
    at: Location


class Cover(Struct, frozen=True):
    """Whether a second run is kept from repeating an act, and by what.

    guarded     a guard holds on every path to it and is recorded after it (or by itself)
    keyed       an idempotency key made from the job's input lets the receiver drop the repetition
    unrecorded  a guard is checked, yet some path after the act never records it
    unguarded   neither
    unknown     a value or call that cannot be told decides it
    """

    state: Literal["guarded", "keyed", "unrecorded", "unguarded", "unknown"]
    guard: Union[Location, None] = None
    why: str = ""


class Act(Struct, frozen=True):
    """An effect or write of a job, the steps that lead to it, and its cover.

    `retried` tells that a failure may follow it after which the framework runs the job again.
    """

    what: Union[Effect, Write]
    cover: Cover
    steps: tuple[Step, ...] = ()
    looped: bool = False
    retried: bool = True


class Coverage(Struct, frozen=True):
    """Whether a status is recorded on every path that needs it; `at` is the path that lacks it."""

    state: Literal["always", "sometimes", "never", "unknown"]
    at: Union[Location, None] = None
    why: str = ""


class Swallow(Struct, frozen=True):
    """An exception handler that ends the failure: retry and failure hooks never see it.

    `hides` is the call whose failure it hides; `retries` tells that this call is the framework's
    own request for a retry.
    """

    at: Location
    catches: str
    hides: Step
    retries: bool = False


class Fetch(Struct, frozen=True):
    """A row the job loads by one payload field."""

    field: str
    model: str
    at: Location


class Flow(Struct, frozen=True):
    """What running the job does, over all of its paths, helpers included.

    `faults` tell where jobcheck itself failed: then nothing is known of the job.
    """

    acts: tuple[Act, ...] = ()
    started: Coverage = Coverage("never")
    completed: Coverage = Coverage("never")
    failed: Coverage = Coverage("never")
    swallows: tuple[Swallow, ...] = ()
    fetches: tuple[Fetch, ...] = ()
    reads: tuple[Field, ...] = ()
    reads_whole: bool = False
    touches: tuple[str, ...] = ()
    unknown: tuple[Opaque, ...] = ()
    faults: tuple[Opaque, ...] = ()


JobKind = Literal["email", "external_api", "database", "llm", "webhook", "compute"]
Volume = Literal["high", "standard", "critical"]


class Site(Struct, frozen=True):
    """A job with everything a rule may ask about it."""

    job: Job
    producers: tuple[Enqueue, ...]
    kind: JobKind
    flow: Flow
    volume: Volume = "standard"

    @property
    def options(self) -> Options:
        return self.job.options


class Unjudged(Struct, frozen=True):
    """Something that looks like a job but is not judged, and why.

    `decorator` is the dotted path of one that may make jobs by a framework with rules.
    """

    what: str
    why: str
    at: Location
    decorator: str = ""


class Project(Struct, frozen=True):
    """All of it. `tenant_names` and `correlation_names` are the policy's and the project's own.

    `correlation` is where context propagation is installed for all jobs, if it is;
    `cause` is, per framework, the line at which a gap of the whole project would be closed.
    """

    sites: tuple[Site, ...] = ()
    strays: tuple[Enqueue, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()
    tenant_names: frozenset[str] = frozenset()
    correlation_names: frozenset[str] = frozenset()
    correlation: Union[Location, None] = None
    tenancy: bool = True
    causes: dict[str, Location] = {}


# --- advice -----------------------------------------------------------------------------


class Recommendation(Struct, frozen=True):
    """What a rule would have the author configure; only what is given is part of it."""

    attempts: Union[int, None] = None
    backoff: Union[Backoff, None] = None
    keep_completed: Union[Keep, None] = None
    keep_failed: Union[Keep, None] = None
    mark: Literal["", "started", "completed", "failed"] = ""


class Speller(Protocol):
    """Writes a recommendation as the source of one framework; "" where it has no such setting."""

    def __call__(self, framework: str, wanted: Recommendation) -> str: ...


# --- outcomes ---------------------------------------------------------------------------


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

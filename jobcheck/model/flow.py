"""What running a job does, over all of its paths."""

from __future__ import annotations

from typing import Literal, Union

from msgspec import Struct

from jobcheck.model.jobs import Field
from jobcheck.model.options import Opaque
from jobcheck.model.places import Location, Step

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


class IdempotencyKey(Struct, frozen=True):
    """The key by which the receiver of a call may know a repetition.

    "stable": every run makes the same one. "fresh": each makes another, because of `maker`. "missing": the
    call takes one, by one of `names`, and is given none. `forgets` is for how many seconds it is remembered.
    """

    state: Literal["stable", "fresh", "missing", "unknown"]
    at: Location
    names: tuple[str, ...] = ()
    maker: str = ""
    forgets: Union[float, None] = None


class Hold(Struct, frozen=True):
    """How the guard of an act is kept.

    `way` is "claimed" when test and record are one step, else when the record comes. `locked` tells that no
    other run gets in between, `lost` that nothing takes the record back when the act, which follows, fails.
    """

    way: Literal["claimed", "after", "before"]
    guard: Location
    locked: bool = False
    lost: bool = False


class Act(Struct, frozen=True):
    """An effect or write of a job, the steps that lead to it, its cover, and what that rests on.

    `retried` tells that a failure may follow it after which the framework runs the job again.
    """

    what: Union[Effect, Write]
    cover: Cover
    steps: tuple[Step, ...] = ()
    looped: bool = False
    retried: bool = True
    key: Union[IdempotencyKey, None] = None
    hold: Union[Hold, None] = None


class Coverage(Struct, frozen=True):
    """Whether a status is recorded on every path that needs it; `at` is the path that lacks it."""

    state: Literal["always", "sometimes", "never", "unknown"]
    at: Union[Location, None] = None
    why: str = ""


Phase = Literal["started", "progress", "completed", "failed"]


class Shown(Struct, frozen=True):
    """A value that a log line shows as it is: its name, and whether it is the job's payload as a whole.

    `taken` tells that it is a parameter of the job.
    """

    name: str
    whole: bool = False
    taken: bool = False


class Log(Struct, frozen=True):
    """A line that a job logs.

    `phases` are the moments of the run that it may tell of, `fields` the names of what it carries: keys,
    the values beside them, bound context, the words of its text that a value follows. `told` says that
    its own words name the moment, `open` why it may carry more; `steps` lead there.
    """

    at: Location
    level: str
    phases: tuple[Phase, ...]
    fields: tuple[str, ...] = ()
    traceback: bool = False
    shows: tuple[Shown, ...] = ()
    open: str = ""
    told: bool = False
    steps: tuple[Step, ...] = ()


class Burial(Struct, frozen=True):
    """What the project's own code does with a job that fails: a listener, a hook or a handler in the job.

    `at` is all of its text. `final` says that it acts only after the last attempt, `runs` that it runs at
    all. `does` are the kinds of things it does ("log", "report" to an error tracker, "status" of a row,
    effects, stores), `names` those of the values it uses.
    """

    at: Location
    does: tuple[str, ...]
    names: tuple[str, ...] = ()
    final: bool = True
    runs: bool = True


class Report(Struct, frozen=True):
    """A place at which a job says how far it came: the names of what it tells, and whether a number alone.

    `open` says why it may tell more.
    """

    at: Location
    names: tuple[str, ...] = ()
    number: bool = False
    open: str = ""


class Sending(Struct, frozen=True):
    """A place at which a job enqueues; `always` says that every run that succeeds gets there."""

    at: Location
    always: bool = False


class Swallow(Struct, frozen=True):
    """An exception handler that ends the failure: retry and failure hooks never see it.

    `hides` is the call whose failure it hides; `retries` tells that this call is the framework's
    own request for a retry.
    """

    at: Location
    catches: str
    hides: Step
    retries: bool = False


class Wait(Struct, frozen=True):
    """A call that waits as long as the other side likes; `why` tells what may limit it unseen."""

    call: str
    at: Location
    why: str = ""
    steps: tuple[Step, ...] = ()


class Fetch(Struct, frozen=True):
    """A row the job loads by one payload field.

    `missing` is what comes of a row that is gone: "handled" also where nothing is raised, "fails" where
    the job fails once for it, "retried" where it is run again although the row will not come back.
    """

    field: str
    model: str
    at: Location
    missing: Literal["handled", "fails", "retried"] = "handled"


class Query(Struct, frozen=True):
    """Rows that the job looks up or changes.

    `columns` are what a row of the model has, `by` the columns it is chosen by, `fields` the payload fields
    that choose it. `plain` says that nothing else chooses it, be it a value, a manager or a base class.
    """

    model: str
    at: Location
    columns: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    plain: bool = True


class Use(Struct, frozen=True):
    """A payload field that is given to a call of that name, or compared (`call` is "==" then).

    `known` says that it is known what the call does.
    """

    field: str
    call: str
    at: Location
    known: bool = True


class Leak(Struct, frozen=True):
    """Something set for all that runs afterwards, which some path through the job leaves set.

    `name` is what is set as the source spells it; `late` is where it is reset if nothing fails before.
    """

    name: str
    at: Location
    late: Union[Location, None] = None


class Flow(Struct, frozen=True):
    """What running the job does, over all of its paths, helpers included.

    `alone` tells that it takes a lock or claim, `typed` is where the payload is given a type that tells its
    keys. `told_start` is whether a line is logged before the first act, `told_end` after the last one,
    `told_failure` whether a failure that leaves the job has been logged with its traceback;
    `told_between` whether a line comes between two acts. `muffled` are handlers that end a failure of
    any kind without logging its traceback. `burials` deal with failed jobs; `rejects` hand the message
    back to the broker for good. `reports` tell of progress, `advances` that a function named so is called;
    `written` are the names of all fields it writes ("**": and others), `marks_failed` where it writes that
    it failed, `nameless` where an error without a text may leave it. `awaits_results` are the places where
    it waits for the result of another job.
    `faults` tell where jobcheck itself failed: then nothing is known of the job.
    """

    acts: tuple[Act, ...] = ()
    started: Coverage = Coverage("never")
    completed: Coverage = Coverage("never")
    failed: Coverage = Coverage("never")
    logs: tuple[Log, ...] = ()
    told_start: Coverage = Coverage("never")
    told_end: Coverage = Coverage("never")
    told_failure: Coverage = Coverage("never")
    told_between: bool = False
    muffled: tuple[Location, ...] = ()
    burials: tuple[Burial, ...] = ()
    rejects: tuple[Location, ...] = ()
    reports: tuple[Report, ...] = ()
    advances: bool = False
    written: tuple[str, ...] = ()
    marks_failed: tuple[Location, ...] = ()
    nameless: tuple[Location, ...] = ()
    sends: tuple[Sending, ...] = ()
    awaits_results: tuple[Step, ...] = ()
    swallows: tuple[Swallow, ...] = ()
    waits: tuple[Wait, ...] = ()
    fetches: tuple[Fetch, ...] = ()
    reads: tuple[Field, ...] = ()
    reads_whole: bool = False
    alone: bool = False
    queries: tuple[Query, ...] = ()
    uses: tuple[Use, ...] = ()
    leaks: tuple[Leak, ...] = ()
    typed: Union[Location, None] = None
    touches: tuple[str, ...] = ()
    returns: tuple[Field, ...] = ()
    unknown: tuple[Opaque, ...] = ()
    faults: tuple[Opaque, ...] = ()

"""The jobs of a project and the places that enqueue them."""

from __future__ import annotations

from typing import Literal, Union

from msgspec import Struct

from jobcheck.model.options import Options
from jobcheck.model.places import Location, Step


class FunctionRef(Struct, frozen=True, order=True):
    """A function of the project: the file and the qualified name in it."""

    path: str
    qualname: str


class Parameter(Struct, frozen=True):
    """One payload parameter of a job; `kind` is "either", "positional", "keyword", "*" or "**".

    `form` is what its annotation tells: "record" is a dict of anything, "typed" whatever says more.
    """

    name: str
    required: bool
    kind: Literal["positional", "either", "*", "keyword", "**"] = "either"
    form: Literal["", "record", "typed"] = ""


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
    `thing` is what it holds, or has somewhere inside, that is no plain data: "set", "timedelta", "enum";
    `secret` is the call that makes a secret in it, `keys` are those of the records in it. `bulk` is what
    it has much of: the content of a file, or something of all rows; `column` what it reads from a row.
    """

    name: Union[str, None]
    carried: Carried
    at: Location
    text: str = ""
    held: Union[str, None] = None
    spread: Literal["", "*", "**"] = ""
    optional: bool = False
    thing: str = ""
    secret: str = ""
    keys: tuple[str, ...] = ()
    bulk: Literal["", "file", "rows"] = ""
    column: str = ""


class Enqueue(Struct, frozen=True):
    """One place that puts a job on its queue.

    `job` is the name of the job it reaches, None when no job of the project answers to `target`;
    `target_known` is False when the target cannot be told. `payload` is None when it cannot be told.
    `context` are the names of headers and metadata that travel beside the payload; `kept` is what is given
    to the framework itself and never handed to the job, `optional` where it has a use for it. `transaction`
    is where the transaction was opened that is still open when the message leaves, with the steps from
    there; `after_commit` says that, whatever is open, the message may wait until that has committed. `every`
    are the seconds between two runs by the clock.
    """

    at: Location
    framework: str
    target: str
    scope: str
    job: Union[str, None] = None
    every: Union[float, None] = None
    target_known: bool = True
    style: Literal["call", "schedule", "signature"] = "call"
    payload: Union[tuple[Field, ...], None] = ()
    context: tuple[str, ...] = ()
    context_known: bool = True
    kept: tuple[Field, ...] = ()
    is_async: bool = False
    awaited: bool = True
    partial_payload: bool = False
    after_commit: bool = False
    transaction: tuple[Step, ...] = ()
    via: tuple[Step, ...] = ()

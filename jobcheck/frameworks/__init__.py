"""What a queue framework's file says: data, and pure functions over what was read.

A file in this folder is one framework. It holds one `FRAMEWORK`, and nothing else in jobcheck
names it. Paths are canonical: "celery.Celery().task" is the `task` of what `celery.Celery(...)`
returns, however the source reached it.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import Any, Literal, Protocol, Union

from msgspec import Struct

from jobcheck import facts
from jobcheck.model import Location, Moment, Options, Quirk, Recommendation, Setting


class Slot(Struct, frozen=True):
    """Where a call takes a value: by keyword, and by position if it has one."""

    name: str
    position: int | None = None


# --- primitives: what a call at a canonical path does -----------------------------------


class App(Struct, frozen=True):
    """Makes the application; its keywords are settings, and `named` those it takes by other names."""

    named: dict[str, Slot] = {}


class Declare(Struct, frozen=True):
    """Makes a job of a function, a class or an instance.

    Called without it, the result is a decorator that waits for it. Without `options` the
    keywords of the call are the options.
    """

    function: Slot
    options: Slot | None = None
    queue: Slot | None = None


class JobBase(Struct, frozen=True):
    """A class whose subclasses are jobs when they have the method."""

    method: str


class QueueMaker(Struct, frozen=True):
    """Makes a queue: its name, its options, and the key of the options its jobs inherit."""

    queue: Slot
    options: Slot
    inherited: str


class Made(Struct, frozen=True):
    """What a call outside the project made of constants: `crontab(minute="*/5")`."""

    path: str
    positional: tuple[Any, ...]
    named: dict[str, Any]


class Send(Struct, frozen=True):
    """Puts a job on its queue, or (style "signature") writes down that it will be.

    The job is the receiver itself, named by `target`, or the one that serves the receiver's queue.
    `spread` says that the call's own arguments are the payload; else it is in `args` and `kwargs`,
    or in `document`. `entries` is a sequence of mappings, and `nodes` a tree of them, whose keys
    are then what the slots name. `prepends` is False for a message that takes no more arguments, and
    `closed` is the argument that makes it so. `through` are the methods of the job's class that it goes
    through, which the project may override; `after_commit` waits for the end of the transaction.
    `sort` names the sort of the message to a processor that serves several.
    `defaults` is the argument whose mapping stands in for keywords that are not given; `takes` are the only
    keywords that the call takes, if any are named; `when` says when a schedule sends it.
    """

    by: Literal["job", "name", "queue", "signature"]
    target: Slot | None = None
    spread: bool = False
    args: Slot | None = None
    kwargs: Slot | None = None
    document: Slot | None = None
    options: Slot | None = None
    entries: Slot | None = None
    children: str = ""
    sort: Slot | None = None
    context: str = ""
    style: Literal["call", "schedule", "signature"] = "call"
    prepends: bool = True
    closed: str = ""
    defaults: str = ""
    takes: frozenset[str] = frozenset()
    through: tuple[str, ...] = ()
    after_commit: bool = False
    is_async: bool = False
    when: Slot | None = None


class Listen(Struct, frozen=True):
    """Registers a function that runs at a moment of every run.

    `moments` maps what `event` names to the moment; without an event its only key is "". `of` is the
    argument that narrows it to one job, `queue` that of the receiver's maker which narrows it to a queue.
    `every` are the events of a failure that come with each failed attempt, not only with the last.
    """

    function: Slot
    moments: dict[str, Moment]
    event: Slot | None = None
    of: Slot | None = None
    queue: Slot | None = None
    every: frozenset[str] = frozenset()


Primitive = Union[App, Declare, JobBase, QueueMaker, Send, Listen]


class Hook(Struct, frozen=True):
    """A method that a job's base class may override; it runs at that moment of every run."""

    method: str
    moment: Moment


class Schedule(Struct, frozen=True):
    """A setting that holds a mapping of periodic entries, and the keys of an entry."""

    setting: str
    target: str
    args: str
    kwargs: str
    when: str = ""


class Configuration(Struct, frozen=True):
    """How an application takes its settings.

    `conf` is the path of the object whose attributes and `update()` set them, `loader` the call that
    reads a module, class or mapping, with the prefix its names bear, `unseen` calls that read what no
    source shows. `spellings(setting, prefix)` are
    the names the framework reads there, `ignored(setting, prefix)` the like ones it does not.
    `carriers` are attributes, keywords or settings that name the base class of all jobs, and
    `annotations` is the setting that gives options to jobs by their names.
    """

    conf: str
    loader: str
    module: Slot
    prefix: Slot
    spellings: Callable[[str, str], tuple[str, ...]]
    ignored: Callable[[str, str], tuple[str, ...]]
    unseen: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    annotations: str = ""
    schedules: tuple[Schedule, ...] = ()


# --- what was read about one job --------------------------------------------------------


UNSET = "the environment may leave it unset"
"""Why a value that is read from the environment without a default cannot be told."""


JSON_REFUSES = frozenset(
    {
        "Decimal",
        "Fraction",
        "IP address",
        "UUID",
        "bytearray",
        "bytes",
        "class",
        "complex number",
        "date",
        "datetime",
        "deque",
        "enum",
        "exception",
        "function",
        "iterator",
        "lock",
        "memoryview",
        "object",
        "open file",
        "path object",
        "pattern",
        "pydantic model",
        "range",
        "set",
        "time",
        "timedelta",
    }
)
"""The kinds of values (`model.Field.thing`) that JSON has no word for."""


class Growth(Struct, frozen=True):
    """A number that doubles or so with each attempt; `first` is its least value when that folds."""

    first: float | None = None


class Spelt(Struct, frozen=True):
    """An option as the source writes it."""

    name: str
    value: Setting[Any]


class Asked(Struct, frozen=True):
    """A call in the body that asks for another attempt.

    `handle` says that it is called on what the framework hands to the job, `receiver` how that is
    written; `leaves` that it is raised or returned.
    """

    at: Location
    arguments: tuple[Spelt, ...]
    handle: bool
    receiver: str
    leaves: bool
    open: str = ""

    def argument(self, name: str) -> Setting[Any] | None:
        return next((a.value for a in self.arguments if a.name == name), None)


class Evidence(Protocol):
    """All that the source says about one job's options.

    `option` follows the framework's cascade for one spelt name; `alternatives` are the values of one
    that depends on the path, and so is opaque. `setting` looks in the application's settings, `ignored`
    finds names there that look like the setting and are not read. Values are plain data; classes are
    their dotted names. `declared` are the options written at the job, `sent` those at its producers and
    queues, `refused` keywords there that the call does not take; `filled` counts the leading parameters
    the framework fills, `returned` are the values that its function returns. `home` is the function of
    the job, `at` the place where an option of it is best given.
    """

    home: Location
    at: Location
    function: facts.Function | None
    returned: tuple[facts.Value, ...]
    filled: int
    declared: tuple[Spelt, ...]
    sent: tuple[Spelt, ...]
    refused: tuple[Spelt, ...]
    asked: tuple[Asked, ...]
    scheduled: bool

    def option(self, name: str) -> Setting[Any]: ...

    def alternatives(self, name: str) -> tuple[Any, ...]: ...

    def setting(self, name: str) -> Setting[Any]: ...

    def ignored(self, name: str) -> tuple[Spelt, ...]: ...


# --- the framework ----------------------------------------------------------------------


class Framework(Struct, frozen=True):
    """One queue framework; `title` is how its makers write its name.

    `packages` are the import roots that give evidence of it. `aliases` maps other paths, and what
    calls return, to canonical ones. `handle` is the path of what a job is at run time, and
    `handed` the parameters of a declared function that the framework fills: their paths in order,
    when the option named `handed_if` is true (always, when that is "").
    `sorted_by` is the attribute of the handle by which a processor tells sorts of messages apart.
    `calls` are words for what methods of the handle mean. `combined` is the path of several messages put
    together, `sends_with` are the names that its sends have a use for, `gives` what a function is called
    with that a decorator registers; `awaits_hooks` says that hooks and listeners may be coroutines.
    `effective` and `quirks` judge the evidence; `every` tells the shortest time between two runs of what a
    schedule says: plain data, or `Made`; `spell` writes a recommendation as it would be pasted. `isolates`
    tells that each run has a copy of all context variables, `after_runs` are the names of hooks that run
    after every job.
    """

    name: str
    title: str
    packages: tuple[str, ...]
    aliases: dict[str, str]
    primitives: dict[str, Primitive]
    handle: str
    calls: dict[str, str]
    effective: Callable[[Evidence], Options]
    quirks: Callable[[Evidence], tuple[Quirk, ...]]
    spell: Callable[[Recommendation], str]
    handed: tuple[str, ...] = ()
    handed_if: str = ""
    sorted_by: str = ""
    named_by: str = ""
    carrier: str = ""
    retry: str = ""
    hooks: tuple[Hook, ...] = ()
    installed: tuple[str, ...] = ()
    propagates: tuple[str, ...] = ()
    configuration: Configuration | None = None
    combined: str = ""
    sends_with: frozenset[str] = frozenset()
    isolates: bool = False
    after_runs: tuple[str, ...] = ()
    gives: dict[str, str] = {}
    payload_style: Literal["arguments", "document"] = "arguments"
    document: str = ""
    options_by: Literal["job", "producers"] = "job"
    every: Callable[[Any], float | None] = lambda _: None
    awaits_hooks: bool = False

    def canonical(self, path: str) -> str:
        """The path as `primitives` spells it; "" when it is none of this framework's."""
        return _canonical(self.name, path)

    def primitive(self, path: str) -> Primitive | None:
        return self.primitives.get(self.canonical(path))

    def verbs(self) -> frozenset[str]:
        """The last names of all primitives: what a file that uses them must contain."""
        return frozenset(path.rpartition(".")[2].removesuffix("()") for path in self.primitives)


KEY = re.compile(r"\[[^\]]+\]")


@cache
def frameworks() -> dict[str, Framework]:
    """All frameworks known, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [import_module(f"{__name__}.{name}").FRAMEWORK for name in names]
    return {framework.name: framework for framework in found}


@cache
def _canonical(name: str, path: str) -> str:
    framework = frameworks()[name]
    path = KEY.sub("[]", path)
    if path.split(".", 1)[0].removesuffix("()") not in framework.packages:
        return ""
    for cut in _ends(path):
        other = _stands_for(framework, path[:cut], path[cut:])
        if other:
            return _canonical(name, other + path[cut:])
    return path


def _stands_for(framework: Framework, head: str, rest: str) -> str:
    """What the head of a path is called canonically; a declared job is its handle."""
    if head in framework.aliases:
        return framework.aliases[head]
    if head.endswith("()()") and _makes_job(framework, head[:-4]):
        return framework.handle
    made = head.endswith("()") and rest.startswith(".") and _makes_job(framework, head[:-2])
    return framework.handle if made else ""


def _makes_job(framework: Framework, path: str) -> bool:
    """Whether what a call returns is the job, not the worker that runs it."""
    primitive = framework.primitives.get(path)
    return isinstance(primitive, Declare) and primitive.queue is None


def _ends(path: str) -> list[int]:
    """Where a prefix of the path may end, longest first."""
    inner = [i for i in range(1, len(path)) if path[i] == "." or path.startswith("()", i)]
    return [len(path), *reversed(inner)]


def meant(name: str, known: Iterable[str]) -> str:
    """The known name that a misspelt one most likely means; "" when none is near."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    return near[0] if near else ""


def logging_call(fields: Iterable[str], known: Mapping[str, str]) -> str:
    """A line of the log with these fields, as it would be pasted; `known` are values that have a spelling."""
    given = ", ".join(f'"{field}": {known.get(field, "...")}' for field in fields)
    return f'log.info("...", extra={{{given}}})'

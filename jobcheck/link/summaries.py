"""What a function does, told once over its parameters and applied wherever it is called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Union

from msgspec import Struct
from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.entities import (
    Anonymous,
    ClassEntity,
    Data,
    Entity,
    External,
    Function,
    Instance,
    Method,
    ModuleEntity,
    Partial,
    Scope,
)
from jobcheck.link.resolve import Resolver
from jobcheck.link.states import Dirty, Guard, Guards, Mark, Pending
from jobcheck.model import (
    Burial,
    Fetch,
    Field,
    Leak,
    Location,
    Log,
    Opaque,
    Query,
    Report,
    Step,
    Swallow,
    Use,
    Wait,
)

REPEATED = re.compile(r"(\.\w+(?:\(\)|\[\w*\])*)\1+")


class Summary(Struct, frozen=True):
    """What a call of a function does. Places that start at a parameter bear its name.

    acts       what it does, by where; `since` are the marks on every path from there to its end
    done ever  marks made on every path, and on some; `durable` those that are stored for good at its end
    taken      what each claim in it marks, by where; `locks` whether it ends with others locked out
    truthy falsy always   guards taken when it returns so, or returns at all
    hints      the stored state that what it returns is worked out from
    dirty      fields it assigns on rows given to it and does not save
    phases     statuses recorded on every path to its end; `ever_phases` on some
    unstarted  the first act before which nothing records the start
    owed       work that no completed status follows
    risk       work whose failure leaves with no failed status recorded
    hides      the first call whose failure leaves it
    lines      what it logs; `bound` are the names of fields it binds to all lines that follow
    unlogged   the first work before which no line is logged; `untold` work after which none is
    silent     work whose failure leaves it with no traceback logged; `muffled` handlers that end one so
    logged     whether a line is logged on every path; `worked` whether it does any work
    between    whether a line is logged between two pieces of work
    burials    what it does with a job that failed, if it tests that; `rejects` where it hands it back
    sends      where it enqueues something; `sent` where every path does
    awaits_results   where it waits for the result of a job; `reports` where it tells how far it came
    marks_failed   where it writes that it failed; `nameless` where an error without text may leave it
    asks_attempt   whether it tests how many attempts there were
    returns    whether it comes back at all; `retries` whether it asks for a retry
    fails      what may fail in it (see `failures`)
    """

    acts: dict[Location, Pending] = {}
    done: frozenset[Mark] = frozenset()
    ever: frozenset[Mark] = frozenset()
    durable: frozenset[Mark] = frozenset()
    taken: dict[Location, frozenset[Mark]] = {}
    locks: bool = False
    truthy: Guards = {}
    falsy: Guards = {}
    always: Guards = {}
    hints: Guards = {}
    dirty: dict[str, dict[str, Dirty]] = {}
    phases: frozenset[str] = frozenset()
    ever_phases: frozenset[str] = frozenset()
    unstarted: Union[Location, None] = None
    owed: Union[Location, None] = None
    risk: Union[Location, None] = None
    hides: Union[Step, None] = None
    lines: tuple[Log, ...] = ()
    bound: frozenset[str] = frozenset()
    unlogged: Union[Location, None] = None
    untold: Union[Location, None] = None
    silent: Union[Location, None] = None
    muffled: tuple[Location, ...] = ()
    logged: bool = False
    worked: bool = False
    between: bool = False
    burials: tuple[Burial, ...] = ()
    rejects: tuple[Location, ...] = ()
    sends: tuple[Location, ...] = ()
    sent: frozenset[Location] = frozenset()
    awaits_results: tuple[Step, ...] = ()
    reports: tuple[Report, ...] = ()
    marks_failed: tuple[Location, ...] = ()
    nameless: Union[Location, None] = None
    asks_attempt: bool = False
    returns: bool = True
    retries: bool = False
    swallows: tuple[Swallow, ...] = ()
    waits: tuple[Wait, ...] = ()
    touches: frozenset[str] = frozenset()
    fails: frozenset[str] = frozenset()
    fetches: tuple[Fetch, ...] = ()
    reads: tuple[Field, ...] = ()
    reads_whole: bool = False
    alone: bool = False
    typed: Union[Location, None] = None
    queries: tuple[Query, ...] = ()
    uses: tuple[Use, ...] = ()
    leaks: tuple[Leak, ...] = ()
    unknown: tuple[Opaque, ...] = ()


Roots = Mapping[str, str]
"""For each parameter, the place in the caller that was given to it."""


def marks(found: Iterable[Mark], roots: Roots) -> frozenset[Mark]:
    """Marks in the caller's names; a variable that the caller does not have is left out."""
    translated = set()
    for mark in found:
        if mark.kind not in {"handed", "saved"} or mark.owner:
            translated.add(mark)
        elif place(mark.name, roots):
            translated.add(replace(mark, name=place(mark.name, roots)))
    return frozenset(translated)


def guards(found: Guards, roots: Roots) -> Guards:
    """Guards in the caller's names."""
    return {key: _guard(guard, roots) for key, guard in found.items()}


def _guard(guard: Guard, roots: Roots) -> Guard:
    return replace(guard, root=place(guard.root, roots)) if guard.root else guard


def place(name: str, roots: Roots) -> str:
    """A place such as `row.owner` in the caller's names, "" when it starts at a local of the callee."""
    first, dot, rest = name.partition(".")
    return f"{roots[first]}{dot}{rest}" if roots.get(first) else ""


def summary_acts(
    found: Iterable[Pending], at: Location, note: str, roots: Roots, held: Guards
) -> list[Pending]:
    """A callee's acts as the caller has them."""
    step = Step(at, note)
    return [
        replace(
            act,
            guards={**held, **guards(act.guards, roots)},
            since=marks(act.since, roots),
            before=marks(act.before, roots),
            steps=(step, *act.steps),
            conditions=frozenset(),
        )
        for act in found
    ]


# --- which calls of a function are alike ------------------------------------------------


def identity(resolver: Resolver, entity: Entity) -> tuple[object, ...] | None:
    """What tells one argument from another as far as a callee's doing depends on it."""
    match entity:
        case Data(bound=bound) if isinstance(bound.value, facts.Literal):
            value = bound.value.value
            return (
                ("constant", type(value).__name__, value)
                if not isinstance(value, (int, float)) or isinstance(value, bool)
                else None
            )
        case External(path=path, told=told):
            known = tuple((name, identity(resolver, resolver.given(g))) for name, g in sorted(told.items()))
            return ("external", _folded(path), _owner(resolver, entity), known)
        case Function(ref=ref):
            return ("function", ref, closure(resolver, entity.closure))
        case Method(function=function, owner=owner):
            return ("method", function.ref, identity(resolver, owner))
        case Anonymous(node=node):
            return ("lambda", id(node))
        case Partial(target=target, made=made):
            return ("partial", identity(resolver, target), made.at)
        case ClassEntity(path=path):
            return ("class", path, entity.qualname)
        case Instance(cls=cls):
            return ("instance", cls.path, cls.qualname, _making(entity))
        case ModuleEntity(path=path):
            return ("module", path)
        case _:
            return None


@cache
def _folded(path: str) -> str:
    """A path with what a recursion did over and over said once: `data.pop()[].pop()[]`."""
    return REPEATED.sub(r"\1", path)


def _owner(resolver: Resolver, entity: External) -> object:
    model = resolver.members.model_of(entity)
    return (model.path, model.qualname) if model is not None else None


def _making(instance: Instance) -> object:
    return instance.made.at if instance.made is not None else None


def closure(resolver: Resolver, scope: Scope | None) -> tuple[object, ...]:
    """What tells one closure of a nested function from another."""
    found: list[object] = []
    while scope is not None and scope.qualname:
        found += [(name, identity(resolver, resolver.given(g))) for name, g in sorted(scope.given.items())]
        scope = scope.outer
    return tuple(found)

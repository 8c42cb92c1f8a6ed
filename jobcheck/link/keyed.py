"""Whether an idempotency key is the same on every run: made from the job's input, not from the moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Union

from msgspec import Struct
from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.entities import Bound, Data, Entity, External, Function, Method, Parameter, Scope, Several
from jobcheck.link.meaning import spelt
from jobcheck.walk import calls, fields

FRESH = [
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid4",
    "uuid1",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "now",
    "utcnow",
    "today",
    "random",
    "randint",
    "token_hex",
    "token_urlsafe",
    "token_bytes",
    "randbelow",
    "choice",
    "get_random_string",
]
ATTEMPT = ("retries", "attempt", "attempts", "attemptsMade", "attemptsStarted", "try_number")
HEADERS = frozenset({"headers", "extra_headers", "options"})
DAYS = frozenset({"date", "strftime", "isocalendar", "year", "month", "day", "hour"})
"""Parts of a moment that two runs of a job share, unless they lie far apart."""
DEPTH = 4


def key_value(
    call: facts.Call, keys: tuple[str, ...], entity: Callable[[facts.Value], Entity]
) -> facts.Value | None:
    """The value that a call gives as its idempotency key, by keyword, header or option."""
    for position, argument in enumerate(call.args):
        if argument.name in keys:
            return argument.value
        if argument.name in HEADERS or (position and not argument.name):
            found = _header(argument.value, keys, entity)
            if found is not None:
                return found
    return next(_in_messages(call, keys, entity), None)


def _in_messages(
    call: facts.Call, keys: tuple[str, ...], entity: Callable[[facts.Value], Entity]
) -> Iterator[facts.Value]:
    """The keys that objects carry which are handed over: `send(Message(headers={...}))`."""
    for argument in call.args:
        made = getattr(entity(argument.value), "made", None) if not argument.star else None
        given = made.call.args if made is not None else ()
        found = [_header(a.value, keys, entity) for a in given if a.name in HEADERS]
        yield from (value for value in found if value is not None)


def _header(
    headers: facts.Value, keys: tuple[str, ...], entity: Callable[[facts.Value], Entity]
) -> facts.Value | None:
    wanted = {key.lower() for key in keys}
    if isinstance(headers, facts.Record):
        for entry in headers.entries:
            if isinstance(entry.key, facts.Literal) and str(entry.key.value).lower() in wanted:
                return entry.value
    items = getattr(entity(headers), "items", None)
    for name, given in items.items() if isinstance(items, dict) else ():
        if name.lower() in wanted and isinstance(given, Bound):
            return given.value
    return None


class Made(Struct, frozen=True):
    """What a key is made from: the parameters, and what makes it another one on every run.

    `fresh` is that maker as it is written; `doubt` tells that it may make no difference, because a stored
    key may come first or because it only changes with the day; `empty` that there is no key at all.
    """

    names: frozenset[str] = frozenset()
    fresh: str = ""
    doubt: bool = False
    empty: bool = False


Look = Callable[[facts.Value, Union[Scope, None]], Entity]


def made_from(value: facts.Value, entity: Callable[[facts.Value], Entity]) -> frozenset[str] | None:
    """The parameters that a key depends on; None when each run makes another, or there is none."""
    found = making(value, None, lambda part, _: entity(part))
    return None if found.empty or (found.fresh and not found.doubt) else found.names


def making(value: facts.Value, scope: Scope | None, look: Look, depth: int = DEPTH) -> Made:
    """What a value is made from, through names and, where its scope is given, the project's functions."""
    if isinstance(value, facts.Literal) and not value.value:
        return Made(empty=True)
    parts = [Made(fresh=spelt(call) or "a call") for call in calls(value) if _fresh(call, scope, look)]
    parts += [_returned(call, scope, look, depth) for call in calls(value)]
    parts += [_of_read(read, scope, look, depth) for read in reads(value)]
    found = _together(parts)
    return replace(found, doubt=True) if found.fresh and _may_not_matter(value, found) else found


def _together(parts: list[Made]) -> Made:
    fresh = sorted((part for part in parts if part.fresh), key=lambda part: part.doubt)
    names = frozenset(name for part in parts for name in part.names)
    first = fresh[0] if fresh else Made()
    return Made(names, first.fresh, first.doubt, any(part.empty for part in parts))


def _may_not_matter(value: facts.Value, found: Made) -> bool:
    if isinstance(value, (facts.Join, facts.Choice)) or found.fresh.endswith("today()"):
        return True
    steps = {step for read in reads(value) for step in read.place.path}
    return bool(DAYS & {step for step in steps if isinstance(step, str)})


def _fresh(call: facts.Call, scope: Scope | None, look: Look) -> bool:
    callee = look(call.callee, scope)
    path = callee.path if isinstance(callee, External) else spelt(call.callee)
    return path in FRESH or path.rpartition(".")[2] in FRESH


def _returned(call: facts.Call, scope: Scope | None, look: Look, depth: int) -> Made:
    """What a function of the project returns."""
    if scope is None or not depth or not isinstance(look(call.callee, scope), (Function, Method)):
        return Made()
    found = look(call, scope)
    if not isinstance(found, Data) or found.bound.value is call:
        return Made()
    return making(found.bound.value, found.bound.scope, look, depth - 1)


def _of_read(read: facts.Read, scope: Scope | None, look: Look, depth: int) -> Made:
    if read.place.path and read.place.path[-1] in ATTEMPT:
        return Made(fresh=spelt(read))
    return _of_entity(look(read, scope), read, scope, look, depth)


def _of_entity(found: Entity, read: facts.Read, scope: Scope | None, look: Look, depth: int) -> Made:
    if isinstance(found, Parameter):
        return Made(frozenset({found.name}))
    if isinstance(found, Several) and depth:
        parts = [_of_entity(option, read, scope, look, depth - 1) for option in found.options]
        either = _together(parts)
        return replace(either, doubt=not all(part.fresh for part in parts)) if either.fresh else either
    if isinstance(found, Data) and depth and found.bound.value is not read:
        return making(found.bound.value, found.bound.scope if scope else None, look, depth - 1)
    if isinstance(found, External) and found.made is not None and depth:
        return making(found.made.call, found.made.scope if scope else None, look, depth - 1)
    if isinstance(found, External) and any(
        part in FRESH for part in found.path.replace("()", "").split(".")[-2:]
    ):
        return Made(fresh=found.path)
    return Made()


def reads(node: object) -> Iterator[facts.Read]:
    """Every place read in a value."""
    if isinstance(node, facts.Read):
        yield node
        if not isinstance(node.place.root, str):
            yield from reads(node.place.root)
    elif isinstance(node, tuple):
        for part in node:
            yield from reads(part)
    elif isinstance(node, facts.Argument | facts.Entry):
        yield from reads(node.value)
    else:
        for name in fields(type(node)):
            yield from reads(getattr(node, name))

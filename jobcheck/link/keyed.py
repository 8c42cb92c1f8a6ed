"""Whether an idempotency key is the same on every run: made from the job's input, not from the moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jobcheck import facts
from jobcheck.link.entities import Bound, Data, Entity, External, Parameter
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
HEADERS = frozenset({"headers", "extra_headers"})
DEPTH = 4


def key_value(
    call: facts.Call, keys: tuple[str, ...], entity: Callable[[facts.Value], Entity]
) -> facts.Value | None:
    """The value that a call gives as its idempotency key, by keyword or header."""
    for argument in call.args:
        if argument.name in keys:
            return argument.value
        if argument.name in HEADERS:
            found = _header(argument.value, keys, entity)
            if found is not None:
                return found
    return None


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


def made_from(
    value: facts.Value, entity: Callable[[facts.Value], Entity], depth: int = DEPTH
) -> frozenset[str] | None:
    """The parameters that a key depends on; None when each run makes another, or there is none."""
    if isinstance(value, facts.Literal) and not value.value:
        return None
    if any(_fresh(call, entity) for call in calls(value)):
        return None
    found: set[str] = set()
    for read in reads(value):
        if read.place.path and read.place.path[-1] in ATTEMPT:
            return None
        inner = _followed(read, entity, depth)
        if inner is None:
            return None
        found |= inner
    return frozenset(found)


def _fresh(call: facts.Call, entity: Callable[[facts.Value], Entity]) -> bool:
    callee = entity(call.callee)
    path = callee.path if isinstance(callee, External) else spelt(call.callee)
    return path in FRESH or path.rpartition(".")[2] in FRESH


def _followed(read: facts.Read, entity: Callable[[facts.Value], Entity], depth: int) -> frozenset[str] | None:
    found = entity(read)
    if isinstance(found, Parameter):
        return frozenset({found.name})
    if isinstance(found, Data) and depth and found.bound.value is not read:
        return made_from(found.bound.value, entity, depth - 1)
    if isinstance(found, External) and found.made is not None and depth:
        return made_from(found.made.call, entity, depth - 1)
    if isinstance(found, External) and any(
        part in FRESH for part in found.path.replace("()", "").split(".")[-2:]
    ):
        return None
    return frozenset()


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

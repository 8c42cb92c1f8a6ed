"""One processor for several sorts of message: a job of each sort that it tells apart by name.

The job of one sort is the same function read with the message's name known: tests of the name have one
outcome then, and a table of handlers gives one handler. Where a producer's name cannot be told, any
message may be of any sort, and the processor stays one job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.declared import Declared
from jobcheck.link.entities import Bound, Entity, External, Given, Mapping, Scope
from jobcheck.link.fold import fold
from jobcheck.link.messages import Message
from jobcheck.link.resolve import Resolver
from jobcheck.walk import fields


def apart(
    resolver: Resolver, jobs: list[Declared], messages: list[Message]
) -> tuple[list[Declared], list[Message]]:
    """The jobs, one for each sort of message, and the messages with the job of their sort."""
    found: list[Declared] = []
    sent: dict[int, list[Message]] = {}
    for message in messages:
        sent.setdefault(id(message.job), []).append(message)
    reached: dict[int, Message] = {}
    for job in jobs:
        own = sent.get(id(job), [])
        sorts = _sorts(resolver, job, own)
        made = {sort: _of_sort(job, sort) for sort in sorted(sorts)}
        found += made.values() or (job,)
        reached |= {id(message): _sent_to(message, made[message.sort or ""]) for message in own if made}
    return found, [reached.get(id(message), message) for message in messages]


def told_by_queue(jobs: list[Declared]) -> list[Declared]:
    """The jobs, where those of one function that serve several queues bear the queue in their names."""
    times = Counter(job.name for job in jobs)
    return [
        replace(job, name=f"{job.name}@{job.queue}") if job.queue and times[job.name] > 1 else job
        for job in jobs
    ]


def _sorts(resolver: Resolver, job: Declared, messages: Iterable[Message]) -> set[str]:
    """The names that the processor asks for and those that are sent; none where one cannot be told."""
    asked = set(_asked(resolver, job)) if job.framework.sorted_by else set()
    sent = {message.sort for message in messages}
    return asked | {sort for sort in sent if sort} if asked and None not in sent else set()


def _of_sort(job: Declared, sort: str) -> Declared:
    known = facts.Literal(sort, job.at.span)
    told: dict[str, Given] = {job.framework.sorted_by: Bound(known, Scope(job.at.path))}
    given = {name: _telling(job, each, told) for name, each in job.scope.given.items()}
    scope = Scope(job.scope.path, job.scope.qualname, given, job.scope.outer)
    return replace(job, name=f"{job.name}:{sort}", scope=scope)


def _telling(job: Declared, given: Given, told: dict[str, Given]) -> Given:
    if not isinstance(given, External) or given.path != job.framework.handle:
        return given
    return External(given.path, given.receiver, given.made, told)


def _sent_to(message: Message, job: Declared) -> Message:
    return replace(message, job=job, enqueue=replace(message.enqueue, job=job.name))


# --- what a processor asks for -----------------------------------------------------------


def _asked(resolver: Resolver, job: Declared) -> Iterator[str]:
    """The names that the body compares the message's with, and the keys of the tables it looks it up in."""
    name = f"{job.framework.handle}.{job.framework.sorted_by}"

    def is_name(value: object) -> bool:
        if not isinstance(value, facts.Read):
            return False
        found = resolver.entity(value, job.scope)
        return isinstance(found, External) and job.framework.canonical(found.path) == name

    for node in _nodes(resolver.index.body(job.ref) or ()):
        match node:
            case facts.Compare(op="==" | "!=" | "in" | "not in", left=left, right=right):
                if is_name(left):
                    yield from _texts(fold(resolver, Bound(right, job.scope)))
                elif is_name(right):
                    yield from _texts(fold(resolver, Bound(left, job.scope)))
            case facts.Read(place=place):
                for cut, step in enumerate(place.path):
                    if isinstance(step, facts.Item) and is_name(step.key):
                        yield from _keys(_table(resolver, node, cut, job.scope))
            case facts.Call(
                callee=facts.Read(place=facts.Place(path=(*_, "get"))) as callee, args=(first, *_)
            ):
                if is_name(first.value):
                    yield from _keys(_table(resolver, callee, -1, job.scope))


def _nodes(node: object) -> Iterator[object]:
    """Every fact in a block."""
    if isinstance(node, tuple):
        for part in node:
            yield from _nodes(part)
    else:
        yield node
        for name in fields(type(node)):
            yield from _nodes(getattr(node, name))


def _table(resolver: Resolver, read: facts.Read, cut: int, scope: Scope) -> Entity:
    """What stands before one step of a place."""
    root, path = read.place.root, read.place.path[:cut]
    if not path and not isinstance(root, str):
        return resolver.entity(root, scope)
    return resolver.entity(facts.Read(facts.Place(root, path), read.span), scope)


def _keys(table: Entity) -> Iterable[str]:
    return table.items if isinstance(table, Mapping) and not table.open else ()


def _texts(value: object) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield each

"""What a sending verb is called on, and which job of the project it reaches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from jobcheck import facts
from jobcheck.frameworks import Framework, QueueMaker, Send
from jobcheck.link.declared import Declared, argument
from jobcheck.link.entities import (
    Applied,
    Bound,
    ClassEntity,
    Data,
    Entity,
    External,
    Function,
    Given,
    Instance,
    Listing,
    Method,
    Parameter,
    Scope,
    Several,
)
from jobcheck.link.fold import fold
from jobcheck.link.resolve import Resolver
from jobcheck.link.sites import bound
from jobcheck.model import FunctionRef

KEYED = re.compile(r"\[([^\[\]]*)\]$")


class Target(Struct, frozen=True, eq=False):
    """What a message is addressed to: a job of the project, a name, a queue, or nobody knows.

    `queue` is the object that makes the queue, for the options its jobs inherit.
    """

    job: Declared | None = None
    name: str | None = None
    queue: Entity | None = None


class Verb(Struct, frozen=True, eq=False):
    """A sending verb and what it was called on."""

    framework: Framework
    send: Send
    receiver: Entity


Part = tuple[Verb, Applied]
"""A verb that wrote a message down, and its call."""


class Targets:
    """The jobs found, by what a producer may know them by."""

    def __init__(
        self, resolver: Resolver, frameworks: tuple[Framework, ...], jobs: Iterable[Declared]
    ) -> None:
        self._resolver = resolver
        self._frameworks = frameworks
        self.by_function: dict[FunctionRef, Declared] = {}
        self.by_class: dict[str, Declared] = {}
        self.by_name: dict[tuple[str, str], Declared] = {}
        for job in jobs:
            if job.queue is None:
                self.by_function.setdefault(job.ref, job)
            if job.is_class and job.cls is not None:
                self.by_class.setdefault(resolver.path(job.cls), job)
            self.by_name.setdefault((job.framework.name, job.registered), job)

    # --- verbs ---

    def verbs(self, callee: Entity) -> Iterator[Verb]:
        """The sending verbs that a callee may be."""
        for option in _options(callee):
            if isinstance(option, Method):
                yield from self._overridden(option)
            elif isinstance(option, External):
                for framework in self._frameworks:
                    send = framework.primitives.get(self.path(framework, option))
                    if isinstance(send, Send):
                        yield Verb(framework, send, option.receiver or option)

    def _overridden(self, method: Method) -> Iterator[Verb]:
        """A project class's own version of a sending verb: it still sends."""
        name = method.function.ref.qualname.rpartition(".")[2]
        for path in self._resolver.external_paths(method.owner):
            for framework in self._frameworks:
                send = framework.primitives.get(framework.canonical(f"{path}.{name}"))
                if isinstance(send, Send):
                    yield Verb(framework, send, method.owner)

    def _on_job(self, job: Declared, name: str) -> Verb | None:
        """A sending verb of a job's own."""
        send = job.framework.primitives.get(f"{job.framework.handle}.{name}")
        return Verb(job.framework, send, External(job.framework.handle)) if isinstance(send, Send) else None

    def path(self, framework: Framework, entity: Entity) -> str:
        """The canonical path of an entity, where a job of the project is its framework's handle."""
        match entity:
            case Function(ref=ref) | Method(function=Function(ref=ref)):
                job = self.by_function.get(ref)
                return framework.handle if job is not None and job.framework is framework else ""
            case External(path=path, receiver=Function() | Method() | External() as receiver):
                before, outer = self._resolver.path(receiver), self.path(framework, receiver)
                if outer and path.startswith(before):
                    return framework.canonical(outer + path[len(before) :])
                return framework.canonical(path)
            case External(path=path):
                return framework.canonical(path)
            case Parameter(of_type=of_type) if of_type is not None:
                return self.path(framework, of_type)
            case Instance():
                paths = map(framework.canonical, self._resolver.external_paths(entity))
                return next((path for path in paths if path), "")
            case _:
                return ""

    # --- targets ---

    def job_of(self, framework: Framework, entity: Entity) -> Declared | None:
        """The job that an entity is or was made from."""
        match entity:
            case Function(ref=ref) | Method(function=Function(ref=ref)):
                return self.by_function.get(ref)
            case Instance(cls=cls) | (ClassEntity() as cls):
                return self.by_class.get(self._resolver.path(cls))
            case External():
                return self._of_external(framework, entity)
            case Parameter(of_type=of_type) if of_type is not None:
                return self.job_of(framework, of_type)
            case _:
                return None

    def _of_external(self, framework: Framework, entity: External) -> Declared | None:
        keyed = KEYED.search(entity.path)
        if keyed:
            return self.by_name.get((framework.name, keyed[1]))
        args = self._resolver.arguments(entity.made).positional if entity.made is not None else ()
        for given in args[:1]:
            job = self.job_of(framework, self._resolver.given(given))
            if job is not None:
                return job
        return self.job_of(framework, entity.receiver) if entity.receiver is not None else None

    def named(self, framework: Framework, given: Given | None) -> Target:
        """The target that an argument names: a text, a job itself, or its `name`."""
        if given is None:
            return Target()
        entity = self._resolver.given(given)
        job = self.job_of(framework, entity)
        if job is not None:
            return Target(job, job.registered)
        name = fold(self._resolver, given)
        if not isinstance(name, str):
            return Target()
        return Target(self.by_name.get((framework.name, name)), name)

    def served(self, framework: Framework, queue: Entity) -> Target:
        """The job that takes messages from a queue."""
        made = _made(queue)
        maker = self.maker(framework)
        given = (
            argument(self._resolver, made, maker.queue.name, maker.queue.position) if made and maker else None
        )
        name = fold(self._resolver, given) if given is not None else None
        if not isinstance(name, str):
            return Target(queue=queue)
        return Target(self.by_name.get((framework.name, name)), name, queue)

    def maker(self, framework: Framework) -> QueueMaker | None:
        return next((p for p in framework.primitives.values() if isinstance(p, QueueMaker)), None)

    def looked_up(self, value: facts.Value, scope: Scope) -> Iterator[Verb]:
        """`request.task(send).delay`: whatever looks a job up by its function gives the job."""
        if not isinstance(value, facts.Read) or not isinstance(value.place.root, facts.Call):
            return
        args, path = value.place.root.args, value.place.path
        entity = self._resolver.entity(args[0].value, scope) if len(args) == 1 else None
        if not isinstance(entity, Function) or len(path) != 1 or not isinstance(path[0], str):
            return
        for framework in self._frameworks:
            job = self.job_of(framework, entity)
            verb = self._on_job(job, path[0]) if job is not None else None
            if verb is not None:
                yield Verb(verb.framework, verb.send, entity)

    # --- signatures ---

    def parts(self, given: Given) -> Iterator[Part]:
        """The calls that wrote down the messages in something put together of several, or in one."""
        entity = self._resolver.given(given)
        found = self.signature(entity) or self._looked_up_signature(given)
        if found is not None:
            yield found
            return
        match entity:
            case Several(options=inner) | Listing(items=inner):
                yield from (part for each in inner for part in self.parts(each))
            case Data(bound=Bound(value=facts.Comprehension() as value, scope=scope)):
                yield from self.parts(Bound(value.element, bound(self._resolver, value, scope)))
            case External(made=made) if made is not None and self.is_combined(entity):
                args = self._resolver.arguments(made)
                inside = (*args.positional, *args.named.values())
                yield from (part for each in inside for part in self.parts(each))

    def is_combined(self, entity: Entity) -> bool:
        """Whether an entity is several messages put together."""
        path = entity.path if isinstance(entity, External) else ""
        return any(f.combined and f.canonical(path) == f.combined for f in self._frameworks)

    def _looked_up_signature(self, given: Given) -> Part | None:
        call = given.value if isinstance(given, Bound) else None
        if not isinstance(call, facts.Call) or not isinstance(given, Bound):
            return None
        verbs = (verb for verb in self.looked_up(call.callee, given.scope) if verb.send.style == "signature")
        return next(((verb, Applied(call, given.scope)) for verb in verbs), None)

    def signature(self, entity: Entity) -> Part | None:
        """The call that wrote down a message, found through what was chained onto it."""
        while isinstance(entity, External):
            if entity.made is not None:
                callee = self._resolver.entity(entity.made.call.callee, entity.made.scope)
                verbs = [verb for verb in self.verbs(callee) if verb.send.style == "signature"]
                if verbs:
                    own = (verb for verb in verbs if verb.receiver is entity.receiver)
                    return next(own, verbs[0]), entity.made
                entity = callee
            if not isinstance(entity, External) or entity.receiver is None:
                return None
            entity = entity.receiver
        return None


def _options(entity: Entity) -> tuple[Entity, ...]:
    return entity.options if isinstance(entity, Several) else (entity,)


def _made(entity: Entity) -> Applied | None:
    match entity:
        case External(made=made) | Instance(made=made):
            return made
        case _:
            return None

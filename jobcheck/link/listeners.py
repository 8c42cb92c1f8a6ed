"""Functions that a project registers to run when any job, or one of them, starts or ends."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from jobcheck import facts
from jobcheck.frameworks import Framework, Listen
from jobcheck.link.declared import Declared, argument
from jobcheck.link.entities import Applied, Arguments, Entity, External, Function, Method, options
from jobcheck.link.fold import fold
from jobcheck.link.resolve import Resolver
from jobcheck.link.seeds import HookRef
from jobcheck.link.sites import Sites
from jobcheck.model import FunctionRef, Location


class Listener(Struct, frozen=True, eq=False):
    """A registered function; `of` is the one job it is for, `made` the call that made its worker, `queue`
    the queue whose jobs it is for.
    """

    framework: str
    hook: HookRef
    of: FunctionRef | None = None
    made: Location | None = None
    queue: str | None = None

    def hears(self, job: Declared) -> bool:
        if self.framework != job.framework.name:
            return False
        if self.queue is not None:
            return self.queue == job.queue
        if self.made is not None:
            return self.made == job.made.at
        return self.of is None or self.of == job.ref


class Listeners:
    """All listeners of the files read."""

    def __init__(self, resolver: Resolver, sites: Sites, frameworks: tuple[Framework, ...]) -> None:
        self._resolver = resolver
        self._sites = sites
        self._frameworks = frameworks

    def find(self) -> list[Listener]:
        found = [*self._decorated(), *self._called()]
        return sorted(found, key=lambda each: (each.hook.function, each.hook.moment))

    def _decorated(self) -> Iterator[Listener]:
        for ref, function in self._resolver.index.functions():
            scope = self._resolver.scope(FunctionRef(ref.path, ref.qualname.rpartition(".")[0]))
            for decorator in function.decorators:
                callee = self._resolver.entity(decorator, scope)
                if isinstance(callee, External):
                    given = Arguments((Function(ref, function, scope),))
                    applied = Applied(facts.Call(decorator, (), decorator.span), scope, given)
                    yield from self._of(callee, callee.made or applied, given)

    def _called(self) -> Iterator[Listener]:
        for name in sorted(_verbs(self._frameworks)):
            for site in self._sites.calls(name):
                for callee in options(site.callee(self._resolver)):
                    if isinstance(callee, External):
                        yield from self._of(callee, site.applied(self._resolver), None)

    def _of(self, callee: External, applied: Applied, given: Arguments | None) -> Iterator[Listener]:
        for framework in self._frameworks:
            listen = framework.primitive(callee.path.removesuffix("()"))
            if not isinstance(listen, Listen):
                continue
            event = self._event(listen, applied)
            what = self._function(listen, applied, given)
            if event in listen.moments and what is not None:
                hook = HookRef(listen.moments[event], what.ref, event in listen.every, framework.awaits_hooks)
                queue = self._queue(listen, callee)
                yield Listener(framework.name, hook, self._job(listen, applied), _made(callee), queue)

    def _event(self, listen: Listen, applied: Applied) -> str:
        given = (
            argument(self._resolver, applied, listen.event.name, listen.event.position)
            if listen.event
            else None
        )
        event = fold(self._resolver, given) if given is not None else None
        return event if isinstance(event, str) else ""

    def _queue(self, listen: Listen, callee: External) -> str | None:
        owner = callee.receiver
        if listen.queue is None or not isinstance(owner, External) or owner.made is None:
            return None
        given = argument(self._resolver, owner.made, listen.queue.name, listen.queue.position)
        name = fold(self._resolver, given) if given is not None else None
        return name if isinstance(name, str) else ""

    def _function(self, listen: Listen, applied: Applied, given: Arguments | None) -> Function | None:
        slot = listen.function
        found = given.positional[0] if given else argument(self._resolver, applied, slot.name, slot.position)
        return _plain(self._resolver.given(found)) if found is not None else None

    def _job(self, listen: Listen, applied: Applied) -> FunctionRef | None:
        given = argument(self._resolver, applied, listen.of.name, listen.of.position) if listen.of else None
        function = _plain(self._resolver.given(given)) if given is not None else None
        return function.ref if function is not None else None


def _plain(entity: Entity) -> Function | None:
    if isinstance(entity, Method):
        return entity.function
    return entity if isinstance(entity, Function) else None


def _made(callee: External) -> Location | None:
    """The call that made what a listener is registered on."""
    owner = callee.receiver
    return owner.made.at if isinstance(owner, External) and owner.made is not None else None


def _verbs(frameworks: tuple[Framework, ...]) -> set[str]:
    return {
        path.rpartition(".")[2]
        for framework in frameworks
        for path, primitive in framework.primitives.items()
        if isinstance(primitive, Listen)
    }

"""Finds the jobs: decorated functions, call forms, classes, workers, through any wrapper of the project."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.frameworks import Declare, Framework
from jobcheck.link.declared import Declared, Declarer, Match, argument, match
from jobcheck.link.entities import (
    Applied,
    Arguments,
    Entity,
    External,
    Function,
    Instance,
    Method,
    Parameter,
    Scope,
    Several,
)
from jobcheck.link.fold import Alternatives, fold
from jobcheck.link.resolve import Resolver
from jobcheck.link.settings import Settings
from jobcheck.link.sites import Site, Sites, enclosing
from jobcheck.link.told import Told
from jobcheck.link.wrappers import Callers, Reading, descend, parameter_of
from jobcheck.model import FunctionRef, Location, Unjudged

SILENT = frozenset({"property", "staticmethod", "classmethod", "override", "overload", "abstractmethod"})
"""Decorators that never make a job, left out for speed."""


class JobFinder:
    """All declarations of jobs in the files read, in the order of the text."""

    def __init__(
        self,
        resolver: Resolver,
        sites: Sites,
        frameworks: tuple[Framework, ...],
        settings: dict[str, Settings],
        told: Told,
    ) -> None:
        self._resolver = resolver
        self._sites = sites
        self._frameworks = frameworks
        self._declarer = Declarer(resolver, settings)
        self._callers = Callers(resolver, sites)
        self._told = told
        self.unjudged: list[Unjudged] = []
        self.wrappers: set[str] = set()
        self._decorators = {id(d) for _, function in resolver.index.functions() for d in function.decorators}

    def find(self) -> list[Declared]:
        found: dict[tuple[FunctionRef, str, str | None], Declared] = {}
        for declared in (*self._decorated(), *self._called()):
            found.setdefault((declared.ref, declared.registered, declared.queue), declared)
        return sorted(found.values(), key=lambda d: (d.at, d.registered, d.queue or ""))

    # --- decorators ---

    def _decorated(self) -> Iterator[Declared]:
        for ref, function in self._resolver.index.functions():
            decorators = [d for d in function.decorators if not _silent(d)]
            if decorators:
                yield from self._of_decorators(ref, function, decorators)

    def _of_decorators(
        self, ref: FunctionRef, function: facts.Function, decorators: list[facts.Value]
    ) -> Iterator[Declared]:
        scope = self._resolver.scope(FunctionRef(ref.path, ref.qualname.rpartition(".")[0]))
        closure = self._resolver.scope(ref).outer or scope
        job = Function(ref, function, closure)
        for decorator in reversed(decorators):
            callee = self._resolver.entity(decorator, scope)
            call = facts.Call(decorator, (), decorator.span)
            applied = Applied(call, scope, Arguments((job,)))
            found = (
                self._told.match(self._resolver, self._frameworks, decorator, applied)
                or match(self._resolver, self._frameworks, self._resolver.call(callee, applied))
                or self._registered(callee, applied, job)
            )
            if found is not None:
                yield from self._declare(found, job)
            elif isinstance(callee, External):
                self._looks_like(callee, decorator, ref)

    def _registered(self, callee: Entity, applied: Applied, job: Function) -> Match | None:
        """A decorator of the project that hands its function to a framework and returns something else."""
        for scope, ref in _bodies(self._resolver, callee, applied):
            for site in self._sites.within(ref):
                inner = descend(scope, site.place.ref)
                result = (
                    self._resolver.call(
                        self._resolver.entity(site.call.callee, inner), Applied(site.call, inner)
                    )
                    if inner
                    else None
                )
                found = match(self._resolver, self._frameworks, result) if result else None
                if found is not None and _is_what(found.what, job, ref):
                    return Match(found.framework, found.primitive, job, found.made)
        return None

    def _looks_like(self, callee: External, decorator: facts.Value, ref: FunctionRef) -> None:
        path = callee.path.removesuffix("()")
        package, _, name = path.rpartition(".")
        top, at = path.split(".", 1)[0], Location(ref.path, decorator.span)
        if not package or any(top in framework.packages for framework in self._frameworks):
            return
        if top in WITHOUT_RULES and name.endswith((*ENDINGS, *WITHOUT_RULES[top])):
            self.unjudged.append(Unjudged(f"@{path}", "there are no rules for its framework", at))
        elif name.endswith(ENDINGS) and top not in FALSE_FRIENDS:
            self.unjudged.append(Unjudged(f"@{path}", "it looks like a job decorator", at, path))

    # --- call forms ---

    def _called(self) -> Iterator[Declared]:
        for name in sorted(_verbs(self._frameworks)):
            for site in (*self._sites.calls(name), *self._sites.calls(f"{name}()")):
                self._learn(site)
                yield from self._of_call(site)
        for path, cls in self._resolver.index.classes():
            yield from self._of_subclass(path, cls)

    def _learn(self, site: Site) -> None:
        """A function that calls what declares jobs may be a decorator, also of files not yet read."""
        name = enclosing(self._resolver.index, site.place.ref)
        if not name or id(site.call) in self._decorators:
            return
        callee = site.callee(self._resolver)
        paths = self._resolver.external_paths(callee)
        if any(isinstance(framework.primitive(p), Declare) for p in paths for framework in self._frameworks):
            self.wrappers.add(name)

    def _of_subclass(self, path: str, cls: facts.Class) -> Iterator[Declared]:
        """Calls of a project class that extends a framework's own."""
        for argument_ in cls.bases:
            if argument_.name or argument_.star:
                continue
            base = self._resolver.entity(argument_.value, self._resolver.module_scope(path))
            for framework in self._frameworks:
                if isinstance(base, External) and isinstance(framework.primitive(base.path), Declare):
                    for site in self._sites.calls(cls.qualname.rpartition(".")[2]):
                        yield from self._of_call(site)

    def _of_call(self, site: Site) -> Iterator[Declared]:
        for reading in self._callers.read(site, self._blocks):
            result = self._resolver.call(
                self._resolver.entity(site.call.callee, reading.scope), reading.applied
            )
            found = self._match(result)
            if found is not None:
                yield from self._declare(found, found.what)

    def _match(self, result: Entity) -> Match | None:
        found = match(self._resolver, self._frameworks, result)
        if found is None and isinstance(result, Instance) and result.made is not None:
            for path in self._resolver.external_paths(result):
                outside = External(path, result, result.made)
                found = found or match(self._resolver, self._frameworks, outside)
        return found

    def _blocks(self, reading: Reading) -> Parameter | None:
        resolver = self._resolver
        found = self._match(
            resolver.call(resolver.entity(reading.site.call.callee, reading.scope), reading.applied)
        )
        if found is None:
            return None
        slots = [found.primitive.function, *filter(None, (found.primitive.queue,))]
        for slot in slots:
            given = argument(resolver, found.made, slot.name, slot.position)
            parameter = parameter_of(resolver.given(given)) if given is not None else None
            if parameter is not None:
                return parameter
        return None

    # --- what was made a job ---

    def _declare(self, found: Match, what: Entity) -> Iterator[Declared]:
        for option in what.options if isinstance(what, Several) else (what,):
            declared = self._declarer.declared(found, option)
            if declared is not None:
                yield from self._of_queues(found, declared, alone=option is what)
            elif found.primitive.queue is not None and not isinstance(option, Parameter):
                at = found.made.at
                self.unjudged.append(Unjudged("a processor", "it cannot be followed to a function", at))

    def _of_queues(self, found: Match, declared: Declared, alone: bool) -> Iterator[Declared]:
        """A worker that is made in a loop serves each of the queues that the loop goes over."""
        slot = found.primitive.queue
        given = argument(self._resolver, found.made, slot.name, slot.position) if slot and alone else None
        names = fold(self._resolver, given) if given is not None else None
        if not isinstance(names, Alternatives) or not all(isinstance(n, str) for n in names.values):
            yield declared
            return
        for name in names.values:
            yield replace(declared, queue=str(name), registered=str(name))


ENDINGS = ("task", "job", "actor")
"""How the names of decorators that make jobs end."""

WITHOUT_RULES: dict[str, tuple[str, ...]] = {
    "apscheduler": (),
    "dramatiq": (),
    "huey": (),
    "pgqueuer": ("entrypoint", "schedule"),
    "procrastinate": (),
    "rq": (),
    "streaq": ("cron",),
    "taskiq": (),
    "temporalio": ("defn",),
}
"""Packages of frameworks that are recognised only to be named, and what else their decorators are called."""

FALSE_FRIENDS = frozenset({"airflow", "dagster", "fabric", "invoke", "locust", "luigi", "prefect", "pytest"})
"""Packages whose task and job decorators have nothing to do with queues."""


def _silent(decorator: facts.Value) -> bool:
    return isinstance(decorator, facts.Read) and decorator.place.root in SILENT


def _verbs(frameworks: tuple[Framework, ...]) -> set[str]:
    return {
        path.rpartition(".")[2]
        for framework in frameworks
        for path, primitive in framework.primitives.items()
        if isinstance(primitive, Declare)
    }


def _bodies(resolver: Resolver, callee: Entity, applied: Applied) -> Iterator[tuple[Scope, FunctionRef]]:
    """The project's function that a decorator is, in the scope of being given its function."""
    for option in callee.options if isinstance(callee, Several) else (callee,):
        called = resolver.attribute(option, "__call__") if isinstance(option, Instance) else option
        if isinstance(called, Method):
            yield resolver.bind(called.function, applied, called.owner), called.function.ref
        elif isinstance(called, Function):
            yield resolver.bind(called, applied), called.ref


def _is_what(what: Entity, job: Function, decorator: FunctionRef) -> bool:
    """The function being decorated, or what a callback inside the decorator will be given later."""
    if isinstance(what, Function):
        return what.ref == job.ref
    inner = f"{decorator.qualname}."
    return isinstance(what, Parameter) and what.function.qualname.startswith(inner)

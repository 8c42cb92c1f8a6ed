"""Jobs, producers and what is like them, out of all files read."""

from __future__ import annotations

from collections.abc import Iterator

from jobcheck import facts
from jobcheck.frameworks import Framework
from jobcheck.link.declared import Declared
from jobcheck.link.entities import Entity, External, Instance, Method
from jobcheck.link.index import Index
from jobcheck.link.jobs import JobFinder
from jobcheck.link.learnt import decorators, job_clues, makers, transaction_clues
from jobcheck.link.listeners import Listener, Listeners
from jobcheck.link.messages import Message, misaddressed
from jobcheck.link.options import Read, Requests
from jobcheck.link.payloads import form
from jobcheck.link.producers import ProducerFinder
from jobcheck.link.resolve import Resolver
from jobcheck.link.seeds import Clue, HookRef, JobSeed, Recognised
from jobcheck.link.settings import Settings
from jobcheck.link.sites import Sites
from jobcheck.link.sorts import apart, told_by_queue
from jobcheck.link.told import Told
from jobcheck.link.web import MODULE, request_transaction
from jobcheck.model import Job, Location, Parameter
from jobcheck.model import Options as JobOptions

NOTHING_TOLD = Told()


class Recogniser:
    """Recognises again after each reading, walking every file only once."""

    def __init__(self, frameworks: tuple[Framework, ...], told: Told = NOTHING_TOLD) -> None:
        self._frameworks = frameworks
        self._told = told
        self.sites = Sites()
        self._last: Recognised | None = None
        self._relevant: frozenset[str] = frozenset()

    def recognise(self, index: Index, resolver: Resolver) -> Recognised:
        """All jobs and producers of what has been read so far."""
        fresh = self.sites.refresh(index)
        if self._last is not None and not any(sites.uses(self._relevant) for sites in fresh):
            return self._last
        seen, missed = self.sites.packages(), resolver.missed
        used = self._told.frameworks(f for f in self._frameworks if seen & set(f.packages))
        found = _Recognition(resolver, self.sites, used, self._told).result()
        self._last = found if resolver.missed == missed else None
        self._relevant = found.learnt.union(*(f.verbs() | set(f.packages) for f in used))
        return found


class _Recognition:
    def __init__(
        self, resolver: Resolver, sites: Sites, frameworks: tuple[Framework, ...], told: Told
    ) -> None:
        self._told = told
        self._resolver = resolver
        self._sites = sites
        self._frameworks = frameworks
        self._settings = {f.name: Settings(resolver, sites, f) for f in frameworks}
        self._requests = Requests(resolver, sites)
        self._heard: list[Listener] = []
        self._atomic: Location | None = None
        self._jobs = JobFinder(resolver, sites, frameworks, self._settings, told)

    def result(self) -> Recognised:
        self._atomic = request_transaction(self._resolver, self._sites)
        jobs = told_by_queue(self._jobs.find())
        producers = ProducerFinder(self._resolver, self._sites, self._frameworks, jobs, self._told)
        messages = misaddressed([*producers.find(), *self._schedules(producers)], jobs)
        jobs, messages = apart(self._resolver, jobs, messages)
        self._heard = Listeners(self._resolver, self._sites, self._frameworks).find()
        seeds = tuple(self._seed(job, messages) for job in jobs)
        return Recognised(
            jobs=seeds,
            enqueues=tuple(message.enqueue for message in messages),
            unjudged=tuple(sorted(set(self._jobs.unjudged), key=lambda u: (u.at, u.what))),
            causes=self._causes(),
            correlation=self._correlation(),
            requests=self._atomic,
            clues=frozenset(producers.helpers).union(self._clues(jobs)),
            around=frozenset(self._around(messages, jobs)),
        )

    def _schedules(self, producers: ProducerFinder) -> Iterator[Message]:
        for framework in self._frameworks:
            settings, conf = self._settings[framework.name], framework.configuration
            for schedule in conf.schedules if conf else ():
                given = settings.value(schedule.setting)
                if given is not None and settings.at is not None:
                    yield from producers.scheduled(framework, self._resolver.given(given), settings.at)

    def _causes(self) -> dict[str, Location]:
        return {name: settings.at for name, settings in self._settings.items() if settings.at is not None}

    def _correlation(self) -> Location | None:
        """Where something that carries a correlation id to all jobs is installed."""
        paths = {path for framework in self._frameworks for path in framework.propagates}
        for at, callee in (*self._decorators(), *self._calls_of(paths)):
            if isinstance(callee, External) and callee.path.removesuffix("()") in paths:
                return at
        return None

    def _calls_of(self, paths: set[str]) -> Iterator[tuple[Location, Entity]]:
        for name in sorted({path.rpartition(".")[2] for path in paths}):
            for site in self._sites.calls(name):
                yield site.at, site.callee(self._resolver)

    def _decorators(self) -> Iterator[tuple[Location, Entity]]:
        for ref, function in self._resolver.index.functions():
            for decorator in function.decorators:
                at, scope = Location(ref.path, decorator.span), self._resolver.module_scope(ref.path)
                yield at, self._resolver.entity(decorator, scope)
                for handed in decorator.args if isinstance(decorator, facts.Call) else ():
                    yield at, self._resolver.entity(handed.value, scope)

    def _clues(self, jobs: list[Declared]) -> Iterator[Clue]:
        """What files that have not been read contain if they use what was found."""
        names = self._jobs.wrappers | makers(self._resolver, self._sites, self._frameworks)
        names |= decorators(self._resolver, self._sites, self._frameworks)
        names |= {name for settings in self._settings.values() for name in settings.sought}
        names |= {MODULE} if self._atomic else set()
        yield from map(Clue, names)
        yield from job_clues(self._frameworks, jobs)

    def _around(self, messages: list[Message], jobs: list[Declared]) -> Iterator[Clue]:
        """What files contain that may put a transaction around a message."""
        now = (m.enqueue for m in messages if m.enqueue.style == "call" and not m.enqueue.after_commit)
        senders = {self._resolver.index.around(enqueue.at) for enqueue in now}
        return transaction_clues(self._resolver, self._sites, senders - {job.ref for job in jobs})

    # --- one job ---

    def _seed(self, job: Declared, messages: list[Message]) -> JobSeed:
        own = [message for message in messages if message.job is job]
        asked = self._requests.of(job)
        name = job.framework.name
        scheduled = any(_is_scheduled(message, name) for message in messages)
        evidence = Read(
            self._resolver,
            job,
            self._settings[name],
            tuple(message.sent for message in own),
            asked,
            scheduled,
        )
        effective = job.framework.effective(evidence)
        quirks = job.framework.quirks(evidence)
        return JobSeed(
            job=_job(job, _with(effective, quirks), own),
            scope=job.scope,
            hooks=tuple(self._hooks(job)),
            document=job.framework.document,
            isolated=job.framework.isolates,
        )

    def _hooks(self, job: Declared) -> Iterator[HookRef]:
        yield from (listener.hook for listener in self._heard if listener.hears(job))
        for hook in job.framework.hooks if job.cls is not None else ():
            found = self._resolver.attribute(Instance(job.cls), hook.method) if job.cls else None
            if isinstance(found, Method):
                yield HookRef(hook.moment, found.function.ref, awaited=job.framework.awaits_hooks)


def _is_scheduled(message: Message, framework: str) -> bool:
    return message.enqueue.style == "schedule" and message.enqueue.framework == framework


def _with(effective: JobOptions, quirks: object) -> JobOptions:
    from msgspec.structs import replace

    return replace(effective, quirks=quirks)


def _job(job: Declared, options: JobOptions, own: list[Message]) -> Job:
    periodic = [m.enqueue.at for m in own if m.enqueue.style == "schedule"]
    return Job(
        name=job.name,
        registered=job.registered,
        framework=job.framework.name,
        function=job.ref,
        at=job.at,
        parameters=_parameters(job),
        options=options,
        payload_style=job.framework.payload_style,
        queue=job.queue,
        is_async=job.function.is_async,
        periodic=min(periodic, default=None),
        wrappers=job.wrappers,
    )


def _parameters(job: Declared) -> tuple[Parameter, ...]:
    """The parameters that a producer fills."""
    if job.framework.payload_style == "document":
        return ()
    left = [param for param in job.function.params if param.name not in job.scope.given]
    if job.adjusted:
        named = [Parameter(param.name, False, "keyword") for param in left if param.kind not in {"*", "**"}]
        return (*named, Parameter("args", False, "*"), Parameter("kwargs", False, "**"))
    return tuple(
        Parameter(p.name, p.default is None and p.kind not in {"*", "**"}, p.kind, form(p.annotation))
        for p in left
    )

"""Finds who puts jobs on their queues: verbs on jobs, queues and names, also through helpers."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.frameworks import Framework, Send
from jobcheck.link.declared import Declared
from jobcheck.link.entities import (
    Arguments,
    Bound,
    Entity,
    External,
    Function,
    Given,
    Mapping,
    Method,
    Parameter,
    Scope,
)
from jobcheck.link.fold import parts
from jobcheck.link.learnt import telling
from jobcheck.link.messages import Message, Messages, Origin
from jobcheck.link.overrides import on_super
from jobcheck.link.registered import registered
from jobcheck.link.resolve import Resolver
from jobcheck.link.seeds import Clue
from jobcheck.link.sites import Mention, Site, Sites, enclosing
from jobcheck.link.targets import Targets, Verb
from jobcheck.link.told import Told
from jobcheck.link.wrappers import LEVELS, Callers, Reading, descend, parameter_of
from jobcheck.model import FunctionRef, Location, Step

PASSES_ON = frozenset(
    {"functools.partial", "asyncio.to_thread", "asyncio.get_event_loop().run_in_executor", "threading.Timer"}
)
"""Callables that pass the arguments after a callable on to it."""


class ProducerFinder:
    """All messages that the files read send."""

    def __init__(
        self,
        resolver: Resolver,
        sites: Sites,
        frameworks: tuple[Framework, ...],
        jobs: list[Declared],
        told: Told,
    ) -> None:
        self._resolver = resolver
        self._sites = sites
        self._frameworks = frameworks
        self._told = told
        self._targets = Targets(resolver, frameworks, jobs)
        self._messages = Messages(resolver, self._targets)
        self._telling = telling(frameworks)
        scopes = {**registered(resolver, frameworks), **{job.ref: job.scope for job in jobs}}
        self._callers = Callers(resolver, sites, scopes)
        self.helpers: set[Clue] = set()

    def find(self) -> list[Message]:
        found: list[Message] = []
        for name, packages in sorted(_verbs(self._frameworks).items()):
            for site in self._sites.calls(name, packages):
                found += self._of_call(site, name)
            for mention in self._sites.mentions(name, packages):
                found += self._of_mention(mention)
        for path in sorted(self._told.senders):
            for site in self._sites.calls(path.rpartition(".")[2]):
                found += self._of_sender(site, path)
        return _sorted(found)

    # --- calls of a verb ---

    def _of_call(self, site: Site, name: str) -> Iterator[Message]:
        if on_super(site.call.callee):
            return
        for reading in self._callers.read(site, self._blocks):
            verbs = self._verbs(reading.site.call.callee, reading.scope)
            if reading.via or ((verbs or name in self._telling) and self._blocks(reading)):
                self._learn(reading.site.place.ref)
            for verb in verbs:
                args = self._resolver.arguments(reading.applied)
                yield from self._messages.of(verb, args, self._origin(reading))

    def _of_sender(self, site: Site, path: str) -> Iterator[Message]:
        """A call that the settings say enqueues the job it is given first."""
        args = self._resolver.arguments(site.applied(self._resolver))
        if self._resolver.path(site.callee(self._resolver)) != path or not args.positional:
            return
        given = args.positional[0]
        rest = Arguments(args.positional[1:], args.named, args.open)
        reading = Reading(site, site.place.scope(self._resolver))
        origin = replace(self._origin(reading), written=site.call.args[1:])
        for framework in self._frameworks:
            target = self._targets.named(framework, given)
            if target.job is not None:
                verb = Verb(framework, Send(by="job", spread=True), self._resolver.given(given))
                yield self._messages.to(verb, target, rest, origin)

    def _learn(self, ref: FunctionRef, beside: tuple[str, ...] = ()) -> None:
        name = enclosing(self._resolver.index, ref)
        if name:
            self.helpers.add(Clue(name, beside))

    def _origin(self, reading: Reading) -> Origin:
        ref = reading.outer.place.ref
        return Origin(
            at=reading.at,
            scope=self._resolver.index.dotted(ref.path, ref.qualname),
            awaited=reading.site.call.awaited or not reading.site.place.standing,
            written=reading.site.call.args,
            via=reading.via,
        )

    def _verbs(self, value: facts.Value, scope: Scope) -> list[Verb]:
        found = list(self._targets.verbs(self._resolver.entity(value, scope)))
        return found or list(self._targets.looked_up(value, scope))

    # --- what a caller must tell ---

    def _blocks(self, reading: Reading) -> Parameter | None:
        verbs = self._verbs(reading.site.call.callee, reading.scope)
        receiver = self._receiver(reading)
        if not verbs:
            found = parameter_of(receiver) if receiver is not None else None
            return found if found is not None and found.of_type is None else None
        args = self._resolver.arguments(reading.applied)
        for verb in verbs:
            parameter = self._unknown_target(verb, receiver, args) or self._unknown_payload(
                verb, args, reading
            )
            if parameter is not None:
                return parameter
        return None

    def _receiver(self, reading: Reading) -> Entity | None:
        """What a verb is called on."""
        callee = reading.site.call.callee
        if not isinstance(callee, facts.Read):
            return None
        if not callee.place.path:
            return self._resolver.entity(callee, reading.scope)
        if len(callee.place.path) == 1 and not isinstance(callee.place.root, str):
            return self._resolver.entity(callee.place.root, reading.scope)
        shorter = facts.Read(facts.Place(callee.place.root, callee.place.path[:-1]), callee.span)
        return self._resolver.entity(shorter, reading.scope)

    def _unknown_target(self, verb: Verb, receiver: Entity | None, args: Arguments) -> Parameter | None:
        if verb.send.by == "name":
            given = self._messages.slot(args, verb.send.target)
            return self._hidden(given) if given is not None else None
        return parameter_of(receiver) if receiver is not None else None

    def _hidden(self, given: Given, levels: int = LEVELS) -> Parameter | None:
        """The parameter that a name is, or that it is put together of."""
        entity = self._resolver.given(given)
        inner = parts(self._resolver, entity) if levels else ()
        found = (self._hidden(part, levels - 1) for part in inner)
        return parameter_of(entity) or next((each for each in found if each is not None), None)

    def _unknown_payload(self, verb: Verb, args: Arguments, reading: Reading) -> Parameter | None:
        """The parameter that is the whole payload: a helper that sends what it is given."""
        slots = (verb.send.args, verb.send.kwargs, verb.send.document)
        values = [self._messages.slot(args, slot) for slot in slots if slot is not None]
        entities = [self._resolver.given(given) for given in values if given is not None]
        if verb.send.spread and args.open:
            stars = [arg.value for arg in reading.site.call.args if arg.star]
            entities += [self._resolver.entity(value, reading.scope) for value in stars]
        return next((e for e in entities if isinstance(e, Parameter) and e.of_type is None), None)

    # --- a verb that is handed on ---

    def _of_mention(self, mention: Mention) -> Iterator[Message]:
        around = mention.place.around
        if around is None:
            return
        scope = mention.place.scope(self._resolver)
        verbs = self._verbs(mention.read, scope)
        if not verbs:
            return
        ref = mention.place.ref
        at = Location(ref.path, around.span)
        site = Site(around, mention.place)
        for args, via in self._handed(mention.read, site, LEVELS):
            origin = Origin(at, self._resolver.index.dotted(ref.path, ref.qualname), True, (), via)
            for verb in verbs:
                yield from self._messages.of(verb, args, origin)

    def _handed(
        self, read: facts.Read, site: Site, levels: int
    ) -> Iterator[tuple[Arguments | None, tuple[Step, ...]]]:
        """What the callable will be called with by the function that it is handed to."""
        reading = Reading(site, site.place.scope(self._resolver))
        found = list(self._given_by(reading, read, levels))
        yield from found or [(None, ())]

    def _given_by(
        self, reading: Reading, read: facts.Value, levels: int
    ) -> Iterator[tuple[Arguments | None, tuple[Step, ...]]]:
        callee = self._resolver.entity(reading.site.call.callee, reading.scope)
        args = self._resolver.arguments(reading.applied)
        if isinstance(callee, External):
            known = self._outside(callee.path, args, read)
            if known is not None:
                yield known, ()
            return
        function, owner = (callee.function, callee.owner) if isinstance(callee, Method) else (callee, None)
        if not isinstance(function, Function) or not levels:
            return
        scope = self._resolver.bind(function, reading.applied, owner)
        names = {name for name, given in scope.given.items() if _holds(given, read)}
        step = Step(Location(function.ref.path, function.facts.header), f"{function.facts.qualname} calls it")
        self._learn(function.ref, tuple(sorted(self._telling)))
        for site in self._sites.within(function.ref):
            inner = descend(scope, site.place.ref)
            if inner is None:
                continue
            inner = site.place.inside(self._resolver, inner)
            yield from self._inside(Reading(site, inner), names, step, levels)

    def _inside(
        self, reading: Reading, names: set[str], step: Step, levels: int
    ) -> Iterator[tuple[Arguments | None, tuple[Step, ...]]]:
        call = reading.site.call
        if _is_bare(call.callee, names):
            yield self._resolver.arguments(reading.applied), (step,)
            return
        for arg in call.args:
            if _is_bare(arg.value, names):
                for args, via in self._given_by(reading, arg.value, levels - 1):
                    yield args, (step, *via)

    def _outside(self, path: str, args: Arguments, read: facts.Value) -> Arguments | None:
        """What known callables call theirs with; None when that is not known."""
        place = next((n for n, given in enumerate(args.positional) if _holds(given, read)), None)
        if place is None:
            return None
        if path in PASSES_ON or path.endswith((".submit", ".run_in_executor")):
            return Arguments(args.positional[place + 1 :], args.named, args.open)
        return Arguments() if path.endswith("on_commit") else None

    # --- schedules in settings ---

    def scheduled(self, framework: Framework, entries: Entity | None, at: Location) -> Iterator[Message]:
        """The messages of a setting that holds periodic entries."""
        configuration = framework.configuration
        items = entries.items if isinstance(entries, Mapping) else {}
        for schedule in configuration.schedules if configuration else ():
            for given in items.values():
                entry = self._resolver.given(given)
                if isinstance(entry, Mapping):
                    yield from self._messages.entry(framework, schedule, entry, at)


def _verbs(frameworks: tuple[Framework, ...]) -> dict[str, frozenset[str]]:
    """Sending verbs; for those only of a side package, the package that a file must import."""
    found: dict[str, set[str]] = {}
    for framework in frameworks:
        for path, primitive in framework.primitives.items():
            for spelt in _spellings(framework, path) if isinstance(primitive, Send) else ():
                found.setdefault(spelt.rpartition(".")[2], set()).add(path.partition(".")[0])
    main = {framework.packages[0] for framework in frameworks}
    return {name: frozenset() if tops & main else frozenset(tops) for name, tops in found.items()}


def _spellings(framework: Framework, path: str) -> list[str]:
    """The paths that a verb is called by: what is sent by calling it goes by the names it is made by."""
    return [a for a, other in framework.aliases.items() if other == path] if path.endswith("()") else [path]


def _holds(given: Given, read: facts.Value) -> bool:
    return isinstance(given, Bound) and given.value is read


def _is_bare(value: facts.Value, names: set[str]) -> bool:
    return isinstance(value, facts.Read) and not value.place.path and value.place.root in names


def _sorted(found: list[Message]) -> list[Message]:
    """In the order of the text, without the signatures that a sending call sends, and no place twice."""
    used = {at for message in found for at in message.uses}
    seen: dict[tuple[Location, str, str, str, tuple[Location, ...]], Message] = {}
    for message in found:
        if message.enqueue.at not in used or message.enqueue.style != "signature":
            enqueue = message.enqueue
            key = (enqueue.at, enqueue.framework, enqueue.target, message.sort or "", message.uses)
            seen.setdefault(key, message)
    return [seen[key] for key in sorted(seen)]

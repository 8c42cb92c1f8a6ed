"""One message as a producer sends it: whom it reaches, what it carries, with which options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from jobcheck import facts
from jobcheck.frameworks import Framework, Made, Schedule, Send, Slot, meant
from jobcheck.link import payload
from jobcheck.link.constants import data
from jobcheck.link.declared import Declared, argument
from jobcheck.link.entities import (
    Arguments,
    Bound,
    ClassEntity,
    Data,
    Entity,
    External,
    Given,
    Instance,
    Listing,
    Mapping,
    text,
)
from jobcheck.link.fold import Unfolded, fold
from jobcheck.link.options import Layer, Sent, option_layer
from jobcheck.link.overrides import Overrides
from jobcheck.link.resolve import Resolver
from jobcheck.link.sites import bound
from jobcheck.link.targets import Part, Target, Targets, Verb
from jobcheck.model import Enqueue, Field, Location, Step


class Origin(Struct, frozen=True, eq=False):
    """Where a message is sent from; `written` are the arguments as the call has them."""

    at: Location
    scope: str
    awaited: bool = True
    written: tuple[facts.Argument, ...] = ()
    via: tuple[Step, ...] = ()


class Message(Struct, frozen=True, eq=False):
    """An enqueue with the job it reaches and its options.

    `name` is the name it is addressed to, when that can be told; `uses` are signatures that it sends.
    `sort` is what the processor will know it by, None when that cannot be told.
    """

    enqueue: Enqueue
    job: Declared | None
    sent: Sent
    name: str | None = None
    uses: tuple[Location, ...] = ()
    sort: str | None = None


class Messages:
    """Makes messages of sending verbs and their arguments."""

    def __init__(self, resolver: Resolver, targets: Targets) -> None:
        self._resolver = resolver
        self._targets = targets
        self._overrides = Overrides(resolver)

    def of(self, verb: Verb, args: Arguments | None, origin: Origin) -> Iterator[Message]:
        """The messages of one call; without arguments the payload cannot be told."""
        args = self._with_defaults(verb.send, args) if args is not None and verb.send.defaults else args
        if verb.send.entries is not None:
            yield from self._of_entries(verb, args or Arguments(), origin)
        elif verb.send.by == "signature":
            yield from self._of_signature(verb, args, origin)
        else:
            yield self.to(verb, self._target(verb, args or Arguments()), args, origin)

    def _with_defaults(self, send: Send, args: Arguments) -> Arguments:
        """The arguments with those that a mapping among them stands in for."""
        given = args.named.get(send.defaults)
        entity = self._resolver.given(given) if given is not None else None
        if not isinstance(entity, Mapping):
            return args
        return Arguments(args.positional, {**entity.items, **args.named}, args.open or entity.open)

    def to(self, verb: Verb, target: Target, args: Arguments | None, origin: Origin) -> Message:
        """The message of one call to a target that is told already."""
        fields = self._payload(verb.send, args, origin) if args is not None else None
        return self._message(verb, target, fields, args or Arguments(), origin)

    def slot(self, args: Arguments, slot: Slot | None) -> Given | None:
        """The argument in a slot."""
        if slot is None:
            return None
        if slot.name in args.named:
            return args.named[slot.name]
        inside = slot.position is not None and slot.position < len(args.positional)
        return args.positional[slot.position] if inside and slot.position is not None else None

    # --- whom it reaches ---

    def _target(self, verb: Verb, args: Arguments) -> Target:
        if verb.send.by == "name":
            return self._targets.named(verb.framework, self.slot(args, verb.send.target))
        if verb.send.by == "queue":
            return self._targets.served(verb.framework, verb.receiver)
        job = self._targets.job_of(verb.framework, verb.receiver)
        return Target(job, job.registered if job else None)

    def _known(self, framework: Framework, target: Target) -> bool:
        """Whether a name without a job can only be a mistake: it bears the project's own prefix."""
        if target.job is not None:
            return True
        name = target.name or ""
        if target.queue is not None or "." not in name or name.startswith(framework.installed):
            return False
        entity = self._resolver.dotted(name, "")
        if entity is None:
            return self._resolver.index.modules.find(name.partition(".")[0], "") is not None
        return getattr(entity, "why", "") != "the file has not been read"

    # --- what it carries ---

    def _payload(self, send: Send, args: Arguments, origin: Origin) -> tuple[Field, ...] | None:
        if send.spread:
            return payload.arguments(self._resolver, args, origin.at, origin.written)
        if send.document is not None:
            return self._document(send, args, origin.at)
        if send.args is None and send.kwargs is None:
            return None
        return self._given(self.slot(args, send.args), self.slot(args, send.kwargs), args.open, origin.at)

    def _document(self, send: Send, args: Arguments, at: Location) -> tuple[Field, ...] | None:
        given = self.slot(args, send.document)
        return None if given is None and args.open else payload.document(self._resolver, given, at)

    def _given(
        self, args: Given | None, kwargs: Given | None, open_: str, at: Location
    ) -> tuple[Field, ...] | None:
        """A payload given as a sequence and a mapping."""
        if open_ and args is None and kwargs is None:
            return None
        listed = self._resolver.given(args) if args is not None else Listing(())
        named = self._resolver.given(kwargs) if kwargs is not None else Mapping({})
        fields: list[Field] = []
        for entity, star in ((listed, "*"), (named, "**")):
            if isinstance(entity, Listing):
                fields += payload.arguments(self._resolver, Arguments(entity.items), at)
            elif isinstance(entity, Mapping):
                fields += payload.arguments(self._resolver, Arguments((), entity.items), at)
            if not _is_none(entity) and _is_open(entity):
                fields.append(Field(None, "unknown", at, spread="*" if star == "*" else "**"))
        return tuple(fields)

    def _context(self, send: Send, args: Arguments, cls: ClassEntity | None) -> tuple[tuple[str, ...], bool]:
        """The names that travel beside the payload, and whether they are all."""
        if not send.context:
            return (), True
        added = cls is not None and self._overrides.mentions(cls, send.through, send.context)
        given = args.named.get(send.context) if not send.spread else None
        if given is None:
            return (), not added and (not args.open or send.spread)
        entity = self._resolver.given(given)
        if isinstance(entity, Mapping):
            return tuple(sorted(entity.items)), not added and not entity.open
        return (), not added and _is_none(entity)

    # --- the message ---

    def _message(
        self,
        verb: Verb,
        target: Target,
        fields: tuple[Field, ...] | None,
        args: Arguments,
        origin: Origin,
        sent: Sent | None = None,
    ) -> Message:
        send, job = verb.send, target.job
        cls = job.cls if job is not None else None
        context, context_known = self._context(send, args, cls)
        sent = sent or self._sent(verb, args, origin.at, target)
        enqueue = Enqueue(
            at=origin.at,
            framework=verb.framework.name,
            target=target.name or text(verb.receiver),
            scope=origin.scope,
            job=job.name if job else None,
            every=self._every(verb.framework, self.slot(args, send.when)),
            target_known=self._known(verb.framework, target),
            style=send.style,
            payload=fields,
            context=context,
            context_known=context_known,
            kept=self._kept(verb, args, sent, cls),
            is_async=send.is_async,
            awaited=origin.awaited or not send.is_async,
            partial_payload=send.style == "signature" and self._takes_more(send, args),
            after_commit=send.after_commit
            or (cls is not None and not self._overrides.at_once(cls, send.through)),
            via=origin.via,
        )
        return Message(enqueue, job, sent, target.name, sort=self._sort(send, args))

    def _sort(self, send: Send, args: Arguments) -> str | None:
        given = self.slot(args, send.sort)
        value = fold(self._resolver, given) if given is not None else None
        return value if isinstance(value, str) else None

    def _kept(self, verb: Verb, args: Arguments, sent: Sent, cls: ClassEntity | None) -> tuple[Field, ...]:
        """What is given beside the payload, unless the job's own class does something with it."""
        given = {} if verb.send.spread or verb.send.document is None else dict(args.named)
        for layer in sent.layers:
            given.update(layer.values if layer.origin == "call" else {})
        taken = {slot.name for slot in (verb.send.document, verb.send.options) if slot is not None}
        known = verb.framework.sends_with
        return tuple(
            replace(payload.field(self._resolver, name, value, sent.at), optional=name in known)
            for name, value in given.items()
            if name not in taken
            and not (cls is not None and self._overrides.mentions(cls, verb.send.through, name))
        )

    def _takes_more(self, send: Send, args: Arguments) -> bool:
        """Whether results of earlier messages may come before these arguments."""
        closed = args.named.get(send.closed)
        return send.prepends and (closed is None or fold(self._resolver, closed) is not True)

    def _sent(self, verb: Verb, args: Arguments, at: Location, target: Target) -> Sent:
        send = verb.send
        if send.options is None:
            used = {slot.name for slot in (send.args, send.kwargs, send.target) if slot}
            named = {} if send.spread else {n: g for n, g in args.named.items() if n not in used}
            return Sent((Layer("call", at, named, args.open),), at)
        own = option_layer(self._resolver, self.slot(args, send.options), "call", at)
        wrong = {n: g for n, g in args.named.items() if n not in send.takes} if send.takes else {}
        sent = self._with_queue(own, verb.framework, target.queue, at)
        return replace(sent, refused=Layer("call", at, wrong)) if wrong else sent

    def _with_queue(
        self, own: Layer | None, framework: Framework, queue: Entity | None, at: Location
    ) -> Sent:
        maker = self._targets.maker(framework)
        made = queue.made if isinstance(queue, (External, Instance)) else None
        if maker is None or queue is None:
            return Sent((own,) if own else (), at)
        if made is None:
            unseen = Layer("queue", at, {}, "the queue is made where it cannot be followed")
            return Sent((own, unseen) if own else (unseen,), at)
        given = argument(self._resolver, made, maker.options.name, maker.options.position)
        inherited = option_layer(self._resolver, given, "queue", made.at, maker.inherited)
        return Sent(tuple(layer for layer in (own, inherited) if layer), made.at)

    # --- several at once ---

    def _of_entries(self, verb: Verb, args: Arguments, origin: Origin) -> Iterator[Message]:
        given = self.slot(args, verb.send.entries)
        entity = self._resolver.given(given) if given is not None else None
        nodes = list(self._nodes(entity, verb.send.children))
        for node in nodes:
            yield self._of_node(verb, node, origin)
        if not nodes:
            yield self._message(verb, self._target(verb, Arguments()), None, Arguments(), origin)

    def _nodes(self, entity: Entity | None, children: str) -> Iterator[Mapping]:
        match entity:
            case Mapping():
                yield entity
                if children in entity.items:
                    yield from self._nodes(self._resolver.given(entity.items[children]), children)
            case Listing(items=items):
                for item in items:
                    yield from self._nodes(self._resolver.given(item), children)
            case Data(bound=Bound(value=facts.Comprehension() as value, scope=scope)):
                inner = bound(self._resolver, value, scope)
                yield from self._nodes(self._resolver.entity(value.element, inner), children)

    def _of_node(self, verb: Verb, node: Mapping, origin: Origin) -> Message:
        args = Arguments((), node.items, node.open)
        at = node.at or origin.at
        target = self._target(verb, args)
        fields = self._document(verb.send, args, at)
        own = option_layer(self._resolver, self.slot(args, verb.send.options), "call", at)
        if own is None and node.open:
            own = Layer("call", at, {}, node.open)
        sent = self._with_queue(own, verb.framework, target.queue, at)
        return self._message(verb, target, fields, args, origin, sent)

    # --- what was written down before ---

    def _of_signature(self, verb: Verb, args: Arguments | None, origin: Origin) -> Iterator[Message]:
        own = args or Arguments()
        given = self.slot(own, verb.send.target)
        entity = self._resolver.given(given) if given is not None else verb.receiver
        if verb.send.target is not None and given is None:
            return
        put_in = () if verb.send.target is not None else own.positional
        parts = [part for each in (given or entity, *put_in) for part in self._targets.parts(each)]
        if not parts and verb.send.target is None and not self._targets.is_combined(entity):
            yield self._message(verb, Target(), None, own, origin)
        for part in parts:
            yield self._of_part(verb, None if args is None else own, origin, part, len(parts) > 1)

    def _of_part(
        self, verb: Verb, args: Arguments | None, origin: Origin, part: Part, combined: bool
    ) -> Message:
        """The message that one call wrote down and another sends; combined ones may be given results."""
        first, applied = part
        inner = self._resolver.arguments(applied)
        before = self._payload(first.send, inner, Origin(applied.at, "", True, applied.call.args))
        after: tuple[Field, ...] | None = ()
        if not combined:
            after = self._payload(verb.send, args, origin) if args is not None else None
        fields = None if before is None or after is None else (*after, *before)
        message = self._message(verb, self._target(first, inner), fields, args or Arguments(), origin)
        partial = combined and self._takes_more(first.send, inner)
        enqueue = replace(message.enqueue, partial_payload=message.enqueue.partial_payload or partial)
        return replace(message, enqueue=enqueue, uses=(applied.at,))

    # --- schedules ---

    def entry(
        self, framework: Framework, schedule: Schedule, entry: Mapping, at: Location
    ) -> Iterator[Message]:
        """The message of one periodic entry of the settings."""
        if schedule.target not in entry.items:
            return
        send = Send(by="name", target=Slot(schedule.target), style="schedule", when=Slot(schedule.when))
        verb = Verb(framework, send, External(schedule.setting))
        target = self._targets.named(framework, entry.items[schedule.target])
        at = entry.at or at
        fields = self._given(entry.items.get(schedule.args), entry.items.get(schedule.kwargs), "", at)
        origin = Origin(at, self._resolver.index.module_name(at.path))
        when = {schedule.when: entry.items[schedule.when]} if schedule.when in entry.items else {}
        yield self._message(verb, target, fields, Arguments((), when), origin)

    def _every(self, framework: Framework, given: Given | None) -> float | None:
        """The seconds between two runs by a schedule, where they can be told."""
        if given is None:
            return None
        entity, value = self._resolver.given(given), data(self._resolver, given)
        if isinstance(value, Unfolded) and isinstance(entity, External) and entity.made is not None:
            args = self._resolver.arguments(entity.made)
            folded = [data(self._resolver, each) for each in (*args.positional, *args.named.values())]
            if args.open or any(isinstance(each, Unfolded) for each in folded):
                return None
            plain = len(args.positional)
            named = dict(zip(args.named, folded[plain:], strict=True))
            value = Made(entity.path.removesuffix("()"), tuple(folded[:plain]), named)
        return None if isinstance(value, Unfolded) else framework.every(value)


def misaddressed(messages: list[Message], jobs: Iterable[Declared]) -> list[Message]:
    """The messages, where one that nearly names a job that no other reaches is known to miss it."""
    reached = {message.job for message in messages}
    idle: dict[str, set[str]] = {}
    for job in jobs:
        if job not in reached:
            idle.setdefault(job.framework.name, set()).add(job.registered)
    return [_missing(message, idle.get(message.enqueue.framework, set())) for message in messages]


def _missing(message: Message, idle: set[str]) -> Message:
    if message.job is not None or not message.name or not meant(message.name, idle):
        return message
    return replace(message, enqueue=replace(message.enqueue, target_known=True))


def _is_open(entity: Entity) -> bool:
    return entity.open != "" if isinstance(entity, (Listing, Mapping)) else True


def _is_none(entity: Entity) -> bool:
    return isinstance(entity, Data) and entity.bound.value == facts.Literal(None, entity.bound.value.span)

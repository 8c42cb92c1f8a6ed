"""Jobs as their framework sees them: a function, the call that made it a job, and its options."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from jobcheck import facts
from jobcheck.frameworks import Declare, Framework, JobBase, Slot
from jobcheck.link.entities import (
    Anonymous,
    Applied,
    Arguments,
    Bound,
    ClassEntity,
    Entity,
    External,
    Function,
    Given,
    Instance,
    Mapping,
    Method,
    Partial,
    Scope,
    Several,
)
from jobcheck.link.fold import fold
from jobcheck.link.injected import changes_arguments
from jobcheck.link.meaning import SOMETHING
from jobcheck.link.overrides import Forwarding, Overrides
from jobcheck.link.resolve import Resolver, why
from jobcheck.link.settings import Settings
from jobcheck.model import FunctionRef, Location


class Declared(Struct, frozen=True, eq=False):
    """A job before its options and producers are looked at.

    `made` is the call of the framework that takes the options, which may stand in a wrapper; `open`
    says why it may take more than `options`. `cls` is the class that the job's object has, and `is_class`
    says that the class itself was declared, not a function. `filled` counts
    the leading parameters that no producer fills; `adjusted` says that the class or a decorator changes
    the arguments on their way in a manner that cannot be told. `best` is where an option is best given.
    """

    framework: Framework
    function: facts.Function
    ref: FunctionRef
    name: str
    registered: str
    at: Location
    made: Applied
    options: dict[str, Given]
    scope: Scope
    best: Location
    open: str = ""
    cls: ClassEntity | None = None
    is_class: bool = False
    queue: str | None = None
    filled: int = 0
    adjusted: bool = False
    wrappers: tuple[Location, ...] = ()


class Match(Struct, frozen=True, eq=False):
    """A call that declares a job: what was made one, and the call that took the options.

    `complete` says that something of the project hands the framework's arguments on, `open` why there
    may be options that the call does not show.
    """

    framework: Framework
    primitive: Declare
    what: Entity
    made: Applied
    complete: bool = False
    open: str = ""


def match(resolver: Resolver, frameworks: tuple[Framework, ...], entity: Entity) -> Match | None:
    """The declaration that an entity is the result of."""
    for option in entity.options if isinstance(entity, Several) else (entity,):
        if isinstance(option, External) and option.made is not None and option.path.endswith("()"):
            for framework in frameworks:
                found = _match(resolver, framework, option, option.made)
                if found is not None:
                    return found
    return None


def _match(resolver: Resolver, framework: Framework, entity: External, made: Applied) -> Match | None:
    path = entity.path[:-2]
    primitive = framework.primitive(path)
    if isinstance(primitive, Declare):
        what = argument(resolver, made, primitive.function.name, primitive.function.position)
        return Match(framework, primitive, resolver.given(what), made) if what is not None else None
    primitive = framework.primitive(path[:-2]) if path.endswith("()") else None
    args = resolver.arguments(made)
    if not isinstance(primitive, Declare) or not args.positional:
        return None
    waiting = _made(resolver.entity(made.call.callee, made.scope), path)
    return Match(framework, primitive, resolver.given(args.positional[0]), waiting) if waiting else None


def _made(callee: Entity, path: str) -> Applied | None:
    """The call whose result was a decorator that waited for its function."""
    for option in callee.options if isinstance(callee, Several) else (callee,):
        if isinstance(option, External) and option.path == path:
            return option.made
    return None


def argument(resolver: Resolver, applied: Applied, name: str, position: int | None) -> Given | None:
    """The argument of a call that is given by that name or at that position."""
    args = resolver.arguments(applied)
    if name in args.named:
        return args.named[name]
    if position is not None and position < len(args.positional):
        return args.positional[position]
    return None


NOTHING = Arguments()


class Declarer:
    """Makes a job of what a declaration names."""

    def __init__(self, resolver: Resolver, settings: dict[str, Settings]) -> None:
        self._resolver = resolver
        self._settings = settings
        self._overrides = Overrides(resolver)

    def declared(self, found: Match, what: Entity, preset: Arguments = NOTHING) -> Declared | None:
        """The job, or None when it cannot be followed to a function of the project."""
        match what:
            case Function():
                return self._of_function(found, what, None, preset)
            case Method(function=function, owner=owner):
                return self._of_function(found, function, owner, preset)
            case Partial(target=target, made=made):
                return self.declared(found, target, self._resolver.arguments(made))
            case Anonymous():
                return self._of_lambda(found, what)
            case Instance() | ClassEntity():
                return self._of_class(found, what)
            case _:
                return None

    def _of_lambda(self, found: Match, what: Anonymous) -> Declared | None:
        """A lambda that hands its arguments on: the function it calls is the job."""
        body, scope = what.node.body, what.scope
        if not isinstance(body, facts.Call):
            return None
        handed = {
            p.name: External(path) for p, path in zip(what.node.params, found.framework.handed, strict=False)
        }
        inner = Scope(scope.path, scope.qualname, {**scope.given, **handed}, scope.outer)
        args = self._resolver.arguments(Applied(body, inner))
        positional = tuple(self._resolver.given(given) for given in args.positional)
        named: dict[str, Given] = {n: self._resolver.given(given) for n, given in args.named.items()}
        target = self._resolver.entity(body.callee, inner)
        return self.declared(replace(found, complete=True), target, Arguments(positional, named, args.open))

    def _of_class(self, found: Match, what: Instance | ClassEntity) -> Declared | None:
        owner = what if isinstance(what, Instance) else Instance(what)
        for path in self._resolver.external_paths(owner.cls):
            base = found.framework.primitive(path)
            if isinstance(base, JobBase):
                method = self._resolver.attribute(owner, base.method)
                return self._of_task_class(found, method, owner)
        called = self._resolver.attribute(owner, "__call__")
        return self.declared(found, called) if isinstance(called, Method) else None

    def _of_task_class(self, found: Match, method: Entity, owner: Instance) -> Declared | None:
        if not isinstance(method, Method):
            return None
        forwarding = self._forwarding(found.framework, owner.cls)
        scope, filled = self._filled(method.function, owner, NOTHING, forwarding)
        name = self._resolver.path(owner.cls)
        cls, at = owner.cls, Location(method.function.ref.path, method.function.facts.header)
        given = class_value(self._resolver, cls, found.framework.named_by)
        registered = fold(self._resolver, given) if given is not None else name
        return Declared(
            framework=found.framework,
            function=method.function.facts,
            ref=method.function.ref,
            name=name,
            registered=registered if isinstance(registered, str) else name,
            at=at,
            made=found.made,
            options={},
            scope=scope,
            best=at,
            cls=cls,
            is_class=True,
            filled=filled,
            adjusted=not forwarding.known,
        )

    def _of_function(
        self, found: Match, function: Function, owner: Entity | None, preset: Arguments
    ) -> Declared:
        options, more = self._options(found)
        open_ = found.open or more
        if _is_none(options.get(found.framework.carrier)):
            del options[found.framework.carrier]
        cls = self._carrier(found.framework, options)
        bound = bool(open_) and _takes_self(function.facts)
        handed = () if found.complete else self._handed(found.framework, options, cls, bound)
        leading = Arguments((*preset.positional, *handed), preset.named)
        forwarding = self._forwarding(found.framework, cls)
        scope, filled = self._filled(function, owner, leading, forwarding)
        name = self._resolver.path(function)
        queue = self._text(found, found.primitive.queue)
        at = Location(function.ref.path, function.facts.header)
        through = _was_given(found.made.scope)
        return Declared(
            framework=found.framework,
            function=function.facts,
            ref=function.ref,
            name=name,
            registered=self._registered(found, options, name, queue),
            at=at,
            made=found.made,
            options=options,
            scope=scope,
            best=found.made.at if through else at,
            open=open_,
            cls=cls,
            queue=queue,
            filled=filled,
            adjusted=not forwarding.known or changes_arguments(self._resolver, function),
            wrappers=(found.made.at,) if through else (),
        )

    def _options(self, found: Match) -> tuple[dict[str, Given], str]:
        slot = found.primitive.options
        if slot is None:
            args = self._resolver.arguments(found.made)
            return dict(args.named), args.open
        given = argument(self._resolver, found.made, slot.name, slot.position)
        entity = self._resolver.given(given) if given is not None else Mapping({})
        return (dict(entity.items), entity.open) if isinstance(entity, Mapping) else ({}, why(entity))

    def _carrier(self, framework: Framework, options: dict[str, Given]) -> ClassEntity | None:
        """The class that the job's instance will have, when it is one of the project."""
        if framework.carrier in options:
            entity = self._resolver.given(options[framework.carrier])
            return entity if isinstance(entity, ClassEntity) else None
        settings = self._settings.get(framework.name)
        return settings.carrier() if settings else None

    def _handed(
        self, framework: Framework, options: dict[str, Given], cls: ClassEntity | None, bound: bool
    ) -> tuple[Entity, ...]:
        """What the framework fills the leading parameters with; `bound` is the answer where none is given."""
        asked = options.get(framework.handed_if) if framework.handed_if else None
        if framework.handed_if and not (fold(self._resolver, asked) is not False if asked else bound):
            return ()
        if cls is not None:
            return (Instance(cls),)
        return tuple(External(path) for path in framework.handed)

    def _filled(
        self,
        function: Function,
        owner: Entity | None,
        preset: Arguments,
        forwarding: Forwarding,
    ) -> tuple[Scope, int]:
        """The scope of the body and the number of parameters that no producer fills."""
        leading = (*preset.positional, *(External(SOMETHING) for _ in range(forwarding.before)))
        named: dict[str, Given] = {name: External(SOMETHING) for name in sorted(forwarding.named)}
        applied = Applied(
            facts.Call(facts.Opaque("a run of the job", function.facts.header), (), function.facts.header),
            function.closure,
            Arguments(leading, {**preset.named, **named}, "a producer fills the rest"),
        )
        bound = self._resolver.bind(function, applied, owner)
        given = {n: v for n, v in bound.given.items() if not _rest(function.facts, n)}
        count = len(leading) + (owner is not None)
        return Scope(bound.path, bound.qualname, given, bound.outer), count

    def _forwarding(self, framework: Framework, cls: ClassEntity | None) -> Forwarding:
        """What the class does to the arguments on their way from the worker to the job."""
        if cls is None:
            return Forwarding()
        run = frozenset(p.method for p in framework.primitives.values() if isinstance(p, JobBase))
        return self._overrides.forwarding(cls, "__call__", run)

    def _text(self, found: Match, slot: Slot | None) -> str | None:
        given = argument(self._resolver, found.made, slot.name, slot.position) if slot else None
        value = fold(self._resolver, given) if given is not None else None
        return value if isinstance(value, str) else None

    def _registered(self, found: Match, options: dict[str, Given], name: str, queue: str | None) -> str:
        if found.primitive.queue is not None:
            return queue or ""
        given = options.get(found.framework.named_by)
        value = fold(self._resolver, given) if given is not None else None
        return value if isinstance(value, str) else name


def _was_given(scope: Scope | None) -> bool:
    """Whether a call was read in the light of another that led to it."""
    return scope is not None and (bool(scope.given) or _was_given(scope.outer))


def _is_none(given: Given | None) -> bool:
    return isinstance(given, Bound) and isinstance(given.value, facts.Literal) and given.value.value is None


def class_value(resolver: Resolver, cls: ClassEntity, name: str) -> Bound | None:
    """The value a class or its nearest ancestor of the project gives to an attribute."""
    for base in resolver.ancestors(cls):
        if isinstance(base, ClassEntity):
            bindings = resolver.index.table(base.path, base.qualname).names.get(name, ())
            for binding in bindings:
                if binding.how == "value" and not isinstance(binding.value, facts.Defined):
                    return Bound(binding.value, Scope(base.path, base.qualname, {}, base.scope))
    return None


def _takes_self(function: facts.Function) -> bool:
    return bool(function.params) and function.params[0].name == "self"


def _rest(function: facts.Function, name: str) -> bool:
    return any(param.name == name and param.kind in {"*", "**"} for param in function.params)

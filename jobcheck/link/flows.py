"""Summaries of functions, made once each, and what jobs and producers make of them."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.entities import (
    Applied,
    Arguments,
    Entity,
    Function,
    Given,
    Instance,
    Method,
    Partial,
    Scope,
)
from jobcheck.link.flow import Walker
from jobcheck.link.frames import Frame
from jobcheck.link.frames import merge as merge_noted
from jobcheck.link.leaks import puts_back
from jobcheck.link.managers import is_manager, transaction_step
from jobcheck.link.meaning import Meanings
from jobcheck.link.states import Evidence, State, join
from jobcheck.link.summaries import Summary, closure, identity
from jobcheck.link.summing import summarised
from jobcheck.model import FunctionRef, Location, Opaque, Step

CONSTANTS = 8
"""Sorts of arguments for which a function is walked apart; beyond that, whatever the constants."""

THINGS = 24
"""Sorts of functions, classes and objects handed to one; beyond that, it is walked for any at once."""

CALLS_DEEP = 60
"""Calls that are followed into one another; real helpers lie one to ten deep."""

STACK = 8000
"""Frames of the interpreter for that many calls, with the statements nested in each."""

Key = tuple[object, ...]
Kept = dict[str, tuple[Entity, tuple[object, ...]]]


class Context(Struct, frozen=True):
    """What the summaries of one job depend on beside the code: its payload and its retries."""

    job: FunctionRef | None = None
    document: str = ""
    retries_on: tuple[str, ...] = ()
    retried: bool = False
    isolated: bool = False


class Flows:
    """Walks functions on demand. One object serves a whole project."""

    def __init__(
        self,
        meanings: Meanings,
        transaction_wrappers: Collection[str] = (),
        hooks: frozenset[str] = frozenset(),
    ) -> None:
        self._hooks = hooks
        self.meanings = meanings
        self.resolver = meanings.resolver
        self.entity = meanings.resolver.entity
        self.transaction_wrappers = frozenset(transaction_wrappers)
        self.managing: set[FunctionRef] = set()
        self._context = Context()
        self._given: dict[FunctionRef, Scope] = {}
        self._summaries: dict[tuple[Context | str, Key], Summary] = {}
        self._asked = 0
        self._scopes: dict[Key, Scope] = {}
        self._keys: dict[int, Key] = {}
        self._wraps: dict[int, FunctionRef] = {}
        self._variants: dict[FunctionRef, int] = {}
        self._walking: set[Key] = set()
        self._unwrapped: set[FunctionRef] = set()
        self._bodies: dict[FunctionRef, facts.Block] = {}
        self._decorated: dict[FunctionRef, Function | None] = {}
        self._watched: frozenset[Location] = frozenset()
        self._seen: dict[Location, tuple[Step, ...]] = {}
        self._unsent: dict[Location, Step] = {}

    # --- the job at hand ---

    def use(self, context: Context, given: Scope | None = None) -> None:
        """Take up a job; `given` is the scope of its body with what the framework fills in."""
        self._context = replace(context, job=None)
        self._job = context.job
        self._given = {FunctionRef(given.path, given.qualname): given} if given is not None else {}

    @property
    def walked(self) -> int:
        """How many functions were walked, each for one sort of arguments."""
        return len(self._summaries)

    @property
    def job(self) -> FunctionRef | None:
        self._asked += 1
        return self._job

    @property
    def document(self) -> str:
        return self._context.document

    @property
    def retries_on(self) -> tuple[str, ...]:
        self._asked += 1
        return self._context.retries_on

    @property
    def retried(self) -> bool:
        self._asked += 1
        return self._context.retried

    @property
    def isolated(self) -> bool:
        self._asked += 1
        return self._context.isolated

    @cached_property
    def puts_back(self) -> bool:
        return puts_back(self, self._hooks)

    # --- scopes of calls ---

    def scope_of(self, callee: Entity, applied: Applied) -> tuple[Function, Scope] | None:
        """The function that a call runs and the scope of its body; None when it has not been read."""
        if isinstance(callee, Partial):
            first, then = self.resolver.arguments(callee.made), self.resolver.arguments(applied)
            whole = Arguments(first.positional + then.positional, {**first.named, **then.named}, then.open)
            return self.scope_of(callee.target, Applied(applied.call, applied.scope, whole))
        function = callee.function if isinstance(callee, Method) else callee
        if not isinstance(function, Function) or self.resolver.index.body(function.ref) is None:
            return None
        wrapper = self.decorated(function) if function.ref not in self._unwrapped else None
        if wrapper is not None:
            return wrapper, self._scope(wrapper, {}, function.ref)
        owner = callee.owner if isinstance(callee, Method) else None
        bound = self.resolver.bind(function, applied, owner)
        found = {name: self.resolver.given(given) for name, given in bound.given.items()}
        return function, self._scope(function, found)

    def _scope(self, function: Function, given: dict[str, Entity], wraps: FunctionRef | None = None) -> Scope:
        handed = self._given[function.ref].given if function.ref in self._given else {}
        given = {**given, **{name: self.resolver.given(g) for name, g in handed.items()}}
        kept = {n: (e, i) for n, e in given.items() if (i := identity(self.resolver, e)) is not None}
        kept, key = self._variant(function, kept)
        if key not in self._scopes:
            entities: dict[str, Given] = {n: e for n, (e, _) in kept.items()}
            self._scopes[key] = Scope(function.ref.path, function.ref.qualname, entities, function.closure)
            self._keys[id(self._scopes[key])] = key
        scope = self._scopes[key]
        if wraps is not None:
            self._wraps[id(scope)] = wraps
        return scope

    def _variant(self, function: Function, kept: Kept) -> tuple[Kept, Key]:
        """The arguments that tell this call from others, fewer of them where there are many calls."""
        things = {name: each for name, each in kept.items() if each[1][0] != "constant"}
        for limit, left in ((CONSTANTS, kept), (THINGS, things)):
            key = self._key(function, left)
            if key in self._scopes:
                return left, key
            made = self._variants.get(function.ref, 0)
            if made < limit:
                self._variants[function.ref] = made + 1
                return left, key
        return {}, self._key(function, {})

    def _key(self, function: Function, kept: Kept) -> Key:
        return (
            function.ref,
            tuple((name, told) for name, (_, told) in kept.items()),
            closure(self.resolver, function.closure),
        )

    def wrapped(self, scope: Scope) -> FunctionRef | None:
        """The function that a decorator's inner function stands in for, in the scope of such a one."""
        return self._wraps.get(id(scope))

    def own_scope(self, function: Function) -> Scope:
        """The scope of a function's body when nobody is known to call it."""
        return self._scope(function, {})

    def dunder(self, instance: Instance, names: tuple[str, ...]) -> Method | None:
        """The first of some special methods that the project's class defines."""
        found = (self.resolver.attribute(instance, name) for name in names)
        return next((method for method in found if isinstance(method, Method)), None)

    # --- decorators ---

    def decorated(self, function: Function) -> Function | None:
        """What the project's own decorators make of a function; None when they leave it as it is."""
        if function.ref not in self._decorated:
            self._decorated[function.ref] = None
            self._decorated[function.ref] = self._decorate(function)
        return self._decorated[function.ref]

    def _decorate(self, function: Function) -> Function | None:
        made: Entity = function
        for decorator in reversed(function.facts.decorators):
            entity = self.resolver.entity(decorator, function.closure)
            if not isinstance(entity, (Function, Method, Partial)) or is_manager(self, entity):
                continue
            call = facts.Call(decorator, (), decorator.span)
            result = self.resolver.call(entity, Applied(call, function.closure, Arguments((made,))))
            made = result if isinstance(result, Function) else made
        return made if isinstance(made, Function) and made.ref != function.ref else None

    def body(self, ref: FunctionRef) -> facts.Block:
        """A function's body, inside the context managers that decorate it."""
        if ref not in self._bodies:
            self._bodies[ref] = self._managed(ref, self.resolver.index.body(ref) or ())
        return self._bodies[ref]

    def _managed(self, ref: FunctionRef, body: facts.Block) -> facts.Block:
        function = self.resolver.index.function(ref)
        scope = self.resolver.scope(ref).outer
        for decorator in reversed(function.decorators if function and scope else ()):
            if scope is not None and self._manages(decorator, scope):
                body = (facts.With((facts.Entered(decorator),), body, decorator.span),)
        return body

    def _manages(self, decorator: facts.Value, scope: Scope) -> bool:
        frame = Frame(scope, None, (), self.entity)
        if transaction_step(self, frame, decorator) is not None:
            return True
        return isinstance(decorator, facts.Call) and is_manager(self, frame.entity(decorator.callee))

    # --- summaries ---

    def own_summary(self, method: Method) -> Summary:
        """The summary of a method that is called with anything."""
        return self.summary(method.function, self.own_scope(method.function))

    def summary_of(self, method: Method, given: tuple[None, ...]) -> Summary:
        """The summary of a special method that is called with so many None."""
        span = method.function.facts.header
        call = facts.Call(facts.Opaque("called by the language", span), (), span)
        literals = tuple(facts.Argument(facts.Literal(None, span)) for _ in given)
        found = self.scope_of(
            method, Applied(facts.Call(call.callee, literals, span), method.function.closure)
        )
        return self.summary(*found) if found else Summary()

    def summary(self, function: Function, scope: Scope) -> Summary:
        """What a function does in a scope, worked out once."""
        key = self._keys.get(id(scope)) or self._key(function, {})
        known = self._known(key)
        if known is not None:
            return known
        at = Location(function.ref.path, function.facts.header)
        if key in self._walking:
            return Summary(unknown=(Opaque(f"{self.resolver.path(function)} calls itself", at),))
        if len(self._walking) >= CALLS_DEEP:
            return Summary(unknown=(Opaque(f"more than {CALLS_DEEP} calls deep", at),))
        self._walking.add(key)
        asked = self._asked
        wraps = self._wraps.get(id(scope))
        opened = {wraps} - self._unwrapped if wraps is not None else set[FunctionRef]()
        self._unwrapped |= opened
        made = self._summarise(function, scope)
        self._unwrapped -= opened
        self._walking.discard(key)
        self._summaries[self.document if self._asked == asked else self._context, key] = made
        return made

    def _known(self, key: Key) -> Summary | None:
        """A summary made before: for any job whose payload is alike, or for one retried like this one."""
        known = self._summaries.get((self.document, key))
        if known is None and (known := self._summaries.get((self._context, key))) is not None:
            self._asked += 1
        return known

    def _summarise(self, function: Function, scope: Scope) -> Summary:
        frame = Frame(scope, function.facts, self.body(function.ref), self.entity)
        try:
            with deep():
                end = self.walk(frame, State())
        except RecursionError:
            why = Opaque("nested too deeply to follow", Location(scope.path, function.facts.header))
            return Summary(unknown=(why,))
        return summarised(frame, end)

    def walk(self, frame: Frame, state: State) -> State | None:
        """The join of a frame's ends; its returns are noted in it."""
        after = Walker(self, frame).block(self.body(frame.ref), state)
        if after is not None:
            frame.returned.append((after, Evidence(), "false"))
        end: State | None = None
        for way, _, _ in frame.returned:
            end = join(end, way)
        return end

    @staticmethod
    def merge(outer: Frame, inner: Frame) -> None:
        """What was noted in a context manager belongs to the function that enters it."""
        noted = inner.noted
        if noted.risk is not None or noted.hides is not None:
            outer.risky(noted.risk or outer.at_function(), noted.hides, noted.risk is not None)
        outer.unheard(noted.silent)
        outer.nameless(noted.nameless)
        noted.risk = noted.hides = noted.silent = noted.nameless = None
        merge_noted(outer.noted, noted)

    # --- transactions ---

    def watch(self, frame: Frame, call: facts.Call, state: State) -> None:
        """Note the transaction that is open where a watched call is made."""
        if not self._watched or frame.relaying:
            return
        at = frame.at(call)
        if at in self._watched and state.transaction:
            self._seen.setdefault(at, state.transaction)
        elif at in self._watched and state.unsent is not None:
            self._unsent.setdefault(at, state.unsent)

    def committed(self, state: State, at: Location) -> None:
        """A commit: what was sent since the session changed was sent before it."""
        if state.unsent is None:
            return
        for call in self._unsent:
            self._seen.setdefault(call, (self._unsent[call], Step(at, "and is committed here")))

    def watching(
        self, function: Function, scope: Scope, at: Collection[Location]
    ) -> dict[Location, tuple[Step, ...]]:
        """The open transactions at some calls of one function."""
        self._watched, self._seen, self._unsent = frozenset(at), {}, {}
        frame = Frame(scope, function.facts, self.body(function.ref), self.entity)
        with suppress(RecursionError), deep():
            self.walk(frame, State())
        self._watched = frozenset()
        return self._seen


@contextmanager
def deep() -> Iterator[None]:
    """Room for calls within calls."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, STACK))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)

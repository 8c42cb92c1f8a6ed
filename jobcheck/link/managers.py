"""`with` blocks: transactions, and the project's own context managers walked around what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.attempts import retried
from jobcheck.link.entities import Applied, Entity, External, Function, Instance, Method
from jobcheck.link.frames import Attempt, Frame
from jobcheck.link.handlers import is_exception, names
from jobcheck.link.meaning import spelt
from jobcheck.link.states import State, join
from jobcheck.model import Step

if TYPE_CHECKING:
    from jobcheck.link.flow import Walker
    from jobcheck.link.flows import Flows

Inside = Callable[[State], "State | None"]
REPLICAS = ("replica", "read_only", "readonly")
MAKERS = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})


def transaction_step(flows: Flows, frame: Frame, value: facts.Value) -> Step | None:
    """Where a transaction is opened, when entering a value opens one."""
    call = value if isinstance(value, facts.Call) else None
    callee = frame.entity(call.callee if call else value)
    path = flows.resolver.path(callee)
    if path and path in flows.transaction_wrappers:
        return Step(frame.at(value), f"{path} opens a transaction")
    if not isinstance(callee, External):
        return _spelt_transaction(flows, frame, call, callee)
    entry = flows.meanings.vocabulary.entry(flows.meanings.path(callee))
    if entry is not None and entry.role == "transaction" and not _elsewhere(call):
        return Step(frame.at(value), f"{flows.meanings.path(callee)} opens a transaction")
    return None


def _elsewhere(call: facts.Call | None) -> bool:
    """Whether a transaction is opened on another database than the one that jobs read: a replica."""
    using = next((a.value for a in call.args if a.name == "using"), None) if call is not None else None
    if isinstance(using, facts.Literal):
        return using.value not in {"default", None}
    return (
        any(word in spelt(using).lower() for word in ("replica", "read_only", "readonly")) if using else False
    )


def _spelt_transaction(flows: Flows, frame: Frame, call: facts.Call | None, callee: Entity) -> Step | None:
    if call is None or isinstance(callee, (Function, Method, Instance)):
        return None
    if flows.meanings.of(call, callee, frame.scope).role == "transaction":
        return Step(frame.at(call), "opens a transaction")
    return None


def is_manager(flows: Flows, entity: Entity) -> bool:
    """Whether a function of the project is a context manager written as a generator."""
    function = entity.function if isinstance(entity, Method) else entity
    if not isinstance(function, Function) or not function.facts.is_generator:
        return False
    return any(
        isinstance(found := flows.resolver.entity(d, function.closure), External) and found.path in MAKERS
        for d in function.facts.decorators
    )


def entered(walker: Walker, value: facts.Value, state: State, inside: Inside) -> State | None:
    """The state after a block under a context manager."""
    frame = walker.frame
    if isinstance(value, facts.Call):
        callee = frame.entity(value.callee)
        if is_manager(walker.flows, callee):
            return _around(walker, value, callee, walker.transfer.arguments(value, state), inside)
    before = walker.value(value, state)
    if before is None:
        return None
    made = frame.entity(value)
    with _retrying(walker, value):
        if isinstance(made, Instance):
            return _object(walker, made, value, before, inside)
        return inside(before)


@contextmanager
def _retrying(walker: Walker, value: facts.Value) -> Iterator[None]:
    """A manager that is handed the job's handle and exceptions asks for a retry when they are raised."""
    frame, before = walker.frame, walker.frame.retries_on
    given = [argument.value for argument in value.args] if isinstance(value, facts.Call) else []
    if any(walker.meanings.asks_retry(frame.entity(each)) for each in given):
        raised = [name for each in given for name in names(walker.flows, frame, each)]
        frame.retries_on = (*before, *(name for name in raised if is_exception(name)))
    yield
    frame.retries_on = before


def suppressing(frame: Frame, item: facts.Entered, body: facts.Block) -> facts.Try | None:
    """`with suppress(Error):` as the `try` that it stands for."""
    call = item.value
    if not isinstance(call, facts.Call):
        return None
    callee = frame.entity(call.callee)
    if not isinstance(callee, External) or callee.path != "contextlib.suppress":
        return None
    types = facts.Sequence("tuple", tuple(argument.value for argument in call.args), call.span)
    return facts.Try(body, (facts.Handler(types, None, (), call.span),), (), (), call.span)


def _around(walker: Walker, call: facts.Call, callee: Entity, state: State, inside: Inside) -> State | None:
    """Walks the manager's body with the held block at its `yield`; names of the two stay apart."""
    flows, outer = walker.flows, walker.frame
    found = flows.scope_of(callee, Applied(call, outer.scope))
    if found is None or found[0].ref in flows.managing:
        return inside(state)
    function, scope = found
    attempt = Attempt(ways=[])
    ends: list[bool] = []

    def yielded(at_yield: State) -> State | None:
        with outer.trying(attempt):
            after = inside(replace(at_yield, env=state.env, dirty=state.dirty))
        ends.append(after is not None)
        for kind, way, _ in attempt.ways or ():
            after = join(after, way) if kind != "raise" else after
        frame.throw(replace(attempt.entry or at_yield, env={}, dirty={}))
        if attempt.risk or attempt.hides:
            frame.risky(attempt.risk or outer.at(call), attempt.hides, attempt.risk is not None)
        frame.unheard(attempt.silent)
        frame.nameless(attempt.nameless)
        return replace(after, env={}, dirty={}) if after is not None else None

    step = Step(outer.at(call), f"enters {flows.resolver.path(callee)}")
    frame = Frame(
        scope, function.facts, flows.body(function.ref), flows.entity, yielded, (*outer.steps, step)
    )
    flows.managing.add(function.ref)
    after = flows.walk(frame, replace(state, env={}, dirty={}))
    flows.managing.discard(function.ref)
    flows.merge(outer, frame)
    return _resumed(walker, state, attempt, after, any(ends))


def _resumed(walker: Walker, state: State, attempt: Attempt, after: State | None, ends: bool) -> State | None:
    """What left the held block leaves it now, after the manager's own end."""
    if after is None:
        return None
    after = replace(after, env=state.env, dirty=state.dirty, transaction=state.transaction)
    ways = attempt.ways or []
    for kind, way, value in ways:
        ended = replace(after, env=way.env, dirty=way.dirty, held=way.held) if kind != "raise" else way
        walker.leave(kind, ended, value)
    retried(walker, attempt)
    return after if ends else None


def _object(walker: Walker, made: Instance, value: facts.Value, state: State, inside: Inside) -> State | None:
    """`__enter__` before the block and `__exit__` after it, told that nothing was raised."""
    flows, outer = walker.flows, walker.frame
    enter, leave = (
        flows.dunder(made, names) for names in (("__enter__", "__aenter__"), ("__exit__", "__aexit__"))
    )
    if enter is not None:
        state = walker.transfer.method(enter, value, state, ())
    attempt = Attempt()
    with outer.trying(attempt):
        after = inside(state)
    phases = flows.own_summary(leave).ever_phases if leave is not None else frozenset()
    handles = bool({"failed", "unknown"} & phases)
    outer.noted.phases |= phases
    if attempt.entry is not None:
        outer.throw(attempt.entry)
    if attempt.risk or attempt.hides:
        outer.risky(attempt.risk or outer.at(value), attempt.hides, attempt.risk is not None and not handles)
    outer.nameless(attempt.nameless)
    left = flows.own_summary(leave).lines if leave is not None else ()
    outer.unheard(None if any(each.traceback for each in left) else attempt.silent)
    retried(walker, attempt)
    if leave is None or after is None:
        return after
    return walker.transfer.method(leave, value, after, (None, None, None))

"""Whether the project's own decorators hand a job other arguments than its producers send."""

from __future__ import annotations

from jobcheck import facts
from jobcheck.link.entities import Applied, Arguments, Entity, Function, Instance, Method, Partial, Scope
from jobcheck.link.resolve import Resolver
from jobcheck.walk import calls


def changes_arguments(resolver: Resolver, function: Function) -> bool:
    """Whether a wrapper around a function calls it with anything but what it was given itself."""
    wrappers = (_wrapper(resolver, function, decorator) for decorator in function.facts.decorators)
    return any(_adds(resolver, wrapper, function) for wrapper in wrappers if wrapper is not None)


def _wrapper(resolver: Resolver, function: Function, decorator: facts.Value) -> Function | None:
    entity: Entity | None = resolver.entity(decorator, function.closure)
    if isinstance(entity, Instance):
        entity = resolver.attribute(entity, "__call__")
    if not isinstance(entity, (Function, Method, Partial)):
        return None
    call = facts.Call(decorator, (), decorator.span)
    made = resolver.call(entity, Applied(call, function.closure, Arguments((function,))))
    return made if isinstance(made, Function) and made.ref != function.ref else None


def _adds(resolver: Resolver, wrapper: Function, function: Function) -> bool:
    scope = Scope(wrapper.ref.path, wrapper.ref.qualname, {}, wrapper.closure)
    taken = {f"{p.kind if '*' in p.kind else ''}{p.name}" for p in wrapper.facts.params}
    for call in calls(resolver.index.body(wrapper.ref) or ()):
        callee = resolver.entity(call.callee, scope)
        if isinstance(callee, Function) and callee.ref == function.ref:
            return not all("*" in name for name in taken) or {_given(a) for a in call.args} != taken
    return False


def _given(argument: facts.Argument) -> str:
    value = argument.value
    return f"{argument.star}{value.place.root}" if isinstance(value, facts.Read) else ""

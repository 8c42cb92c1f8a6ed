"""What a call hands to a function: the values, and the places of the caller that they are read from."""

from __future__ import annotations

from jobcheck import facts
from jobcheck.link.entities import Entity, Method
from jobcheck.link.meaning import spelt


def places_given(call: facts.Call, function: facts.Function, callee: Entity) -> dict[str, str]:
    """The places of this frame that a call gives to the parameters."""
    roots: dict[str, str] = {}
    names = [p.name for p in function.params if p.kind in {"positional", "either"}]
    if isinstance(callee, Method) and names:
        holder = spelt(call.callee).rpartition(".")[0]
        roots[names.pop(0)] = holder
    plain = [a.value for a in call.args if not a.name and not a.star]
    named = [(a.name, a.value) for a in call.args if a.name]
    for name, value in [*zip(names, plain, strict=False), *named]:
        if isinstance(value, facts.Read) and name:
            roots[name] = spelt(value)
    return roots


def values_given(call: facts.Call, function: facts.Function) -> dict[str, facts.Value]:
    """The values that a call gives to the parameters."""
    names = [p.name for p in function.params if p.kind in {"positional", "either"}]
    if names[:1] in (["self"], ["cls"]):
        names.pop(0)
    plain = [a.value for a in call.args if not a.name and not a.star]
    return {**dict(zip(names, plain, strict=False)), **{a.name: a.value for a in call.args if a.name}}

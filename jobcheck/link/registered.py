"""Functions that a framework calls with something of its own, because a decorator registered them."""

from __future__ import annotations

from jobcheck.frameworks import Framework
from jobcheck.link.entities import External, Scope
from jobcheck.link.resolve import Resolver
from jobcheck.link.sites import last_name
from jobcheck.model import FunctionRef


def registered(resolver: Resolver, frameworks: tuple[Framework, ...]) -> dict[FunctionRef, Scope]:
    """The scopes of their bodies, in which the first parameter is given."""
    names = {path.rpartition(".")[2] for framework in frameworks for path in framework.gives}
    found: dict[FunctionRef, Scope] = {}
    for ref, function in resolver.index.functions():
        for decorator in function.decorators if function.params else ():
            if last_name(decorator).removesuffix("()") in names:
                path = resolver.path(resolver.entity(decorator, resolver.module_scope(ref.path)))
                given = _given(frameworks, path.removesuffix("()"))
                scope = resolver.scope(ref)
                if given is not None:
                    first = {function.params[0].name: given}
                    found[ref] = Scope(scope.path, scope.qualname, {**scope.given, **first}, scope.outer)
    return found


def _given(frameworks: tuple[Framework, ...], path: str) -> External | None:
    found = (framework.gives.get(framework.canonical(path)) for framework in frameworks)
    return next((External(each) for each in found if each), None)

"""What a project's own base class does between a framework and its jobs: methods that it overrides.

An override calls the framework's own through `super()`. What it puts before the arguments, changes
in them or puts off is no longer as the framework has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from jobcheck import facts
from jobcheck.link.bindings import statements
from jobcheck.link.entities import ClassEntity, Instance, Method
from jobcheck.link.resolve import Resolver
from jobcheck.link.sites import last_name
from jobcheck.model import FunctionRef
from jobcheck.walk import calls


class Forwarding(Struct, frozen=True):
    """How overrides hand arguments on: so many of their own come first, and these by keyword.

    `known` is False when that cannot be told.
    """

    before: int = 0
    named: frozenset[str] = frozenset()
    known: bool = True


UNTOLD = Forwarding(known=False)


class Overrides:
    """The overrides of the base classes of jobs."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def forwarding(self, cls: ClassEntity, name: str, inner: frozenset[str]) -> Forwarding:
        """How the overrides of a method hand their arguments on to it or to one of the `inner` methods."""
        total = Forwarding()
        for ref in self._of(cls, name):
            found = self._handed_on(ref, frozenset({name}) | inner)
            if not found.known:
                return UNTOLD
            total = Forwarding(total.before + found.before, total.named | found.named)
        return total

    def at_once(self, cls: ClassEntity, names: tuple[str, ...]) -> bool:
        """Whether every override of the methods goes on to the framework's own, at once and always."""
        return all(_goes_on(self._body(ref), name) for name in names for ref in self._of(cls, name))

    def through(self, cls: ClassEntity, name: str) -> tuple[Method, facts.Call | None] | None:
        """The override of a method and its call of the framework's own; None where there is no override."""
        found = self._resolver.attribute(Instance(cls), name)
        if not isinstance(found, Method):
            return None
        inner = (call for call in calls(self._body(found.function.ref)) if _is_super(call, name))
        return found, next(inner, None)

    def mentions(self, cls: ClassEntity, names: tuple[str, ...], word: str) -> bool:
        """Whether an override of the methods names something: as a key, a keyword or a constant."""
        return any(_says(self._body(ref), word) for name in names for ref in self._of(cls, name))

    def _of(self, cls: ClassEntity, name: str) -> Iterator[FunctionRef]:
        """The overrides of a method, the nearest first."""
        for base in self._resolver.ancestors(cls):
            if isinstance(base, ClassEntity):
                ref = FunctionRef(base.path, f"{base.qualname}.{name}")
                if self._resolver.index.function(ref) is not None:
                    yield ref

    def _body(self, ref: FunctionRef) -> facts.Block:
        return self._resolver.index.body(ref) or ()

    def _handed_on(self, ref: FunctionRef, names: frozenset[str]) -> Forwarding:
        rest = self._rest(ref)
        table = self._resolver.index.table(ref.path, ref.qualname)
        if not rest.keys() <= {"*", "**"} or any(
            n in table.names or n in table.changes for n in rest.values()
        ):
            return UNTOLD
        found = {_of_call(call, rest) for call in calls(self._body(ref)) if _is_inner(call, names)}
        return found.pop() if len(found) == 1 else UNTOLD

    def _rest(self, ref: FunctionRef) -> dict[str, str]:
        """The parameters after `self`, by kind."""
        function = self._resolver.index.function(ref)
        return {param.kind: param.name for param in function.params[1:]} if function else {}


def _of_call(call: facts.Call, rest: dict[str, str]) -> Forwarding:
    """What a call puts before and beside the arguments that it passes on."""
    args = list(_opened(call))
    passed = [n for n, arg in enumerate(args) if arg.star == "*"]
    plain = [n for n, arg in enumerate(args) if not arg.star and not arg.name]
    spread = {arg.star: _bare(arg.value) for arg in args if arg.star}
    if spread != rest or len(passed) != 1 or any(n > passed[0] for n in plain):
        return UNTOLD
    return Forwarding(len(plain), frozenset(arg.name for arg in args if arg.name))


def _opened(call: facts.Call) -> Iterator[facts.Argument]:
    """The arguments of a call, `*(first, *rest)` item by item."""
    for arg in call.args:
        if arg.star != "*" or not isinstance(arg.value, facts.Sequence):
            yield arg
            continue
        for item in arg.value.items:
            if isinstance(item, facts.Spread):
                yield facts.Argument(item.value, star="*")
            else:
                yield facts.Argument(item)


def _bare(value: facts.Value) -> str:
    if isinstance(value, facts.Read) and not value.place.path and isinstance(value.place.root, str):
        return value.place.root
    return ""


def _is_inner(call: facts.Call, names: frozenset[str]) -> bool:
    """A call of what the override stands before: `super().__call__(...)`, `self.run(...)`."""
    return last_name(call.callee) in names and (on_super(call.callee) or _on_self(call.callee))


def _is_super(call: facts.Call, name: str) -> bool:
    return last_name(call.callee) == name and on_super(call.callee)


def on_super(callee: facts.Value) -> bool:
    """Whether a method is called as the class after this one has it."""
    if not isinstance(callee, facts.Read) or not isinstance(callee.place.root, facts.Call):
        return False
    return last_name(callee.place.root.callee) == "super"


def _on_self(callee: facts.Value) -> bool:
    return isinstance(callee, facts.Read) and callee.place.root == "self" and len(callee.place.path) == 1


# --- what is certain to happen ---


def _goes_on(block: facts.Block, name: str) -> bool:
    """Whether the framework's own method is called whatever happens, and not from a callback."""
    for statement in block:
        if any(_is_super(call, name) for call in calls(_evaluated(statement))):
            return True
        match statement:
            case facts.With(body=body) | facts.Try(body=body) if _goes_on(body, name):
                return True
        if any(isinstance(inner, facts.Exit) for inner in statements((statement,))):
            return False
    return False


def _evaluated(statement: facts.Statement) -> tuple[facts.Value, ...]:
    """The values that a statement always evaluates."""
    match statement:
        case facts.Expression(value=value) | facts.Bind(value=value):
            return (value,) if not _put_off(value) else ()
        case facts.Exit(value=value) if value is not None and not _put_off(value):
            return (value,)
        case _:
            return ()


def _put_off(value: facts.Value) -> bool:
    """Whether a value is, or hands over, what is called later."""
    if not isinstance(value, facts.Call):
        return isinstance(value, (facts.Lambda, facts.Choice, facts.Join))
    return any(isinstance(arg.value, facts.Lambda) for arg in value.args)


def _says(node: object, word: str) -> bool:
    match node:
        case facts.Literal(value=value):
            return value == word
        case facts.Argument(name=name) if name == word:
            return True
        case tuple():
            return any(_says(part, word) for part in node)
        case Struct() if not isinstance(node, facts.Span):
            return any(_says(getattr(node, name), word) for name in node.__struct_fields__)
        case _:
            return False

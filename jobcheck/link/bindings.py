"""The names that one block binds, and how: an assignment, an unpacking, a loop, a `with`, an `except`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from jobcheck import facts
from jobcheck.facts import (
    Bind,
    Block,
    Call,
    Expression,
    If,
    Item,
    Loop,
    Named,
    Place,
    Read,
    Try,
    Unpack,
    With,
)


class Binding(Struct, frozen=True, eq=False):
    """One way a name gets its value; `index` is its place in an unpacked tuple."""

    how: Literal["value", "part", "element", "enter", "except", "annotation", "augment"]
    value: facts.Value
    index: int = 0
    annotation: facts.Value | None = None


class Change(Struct, frozen=True, eq=False):
    """A change of what a name holds: `name[key] = value`, or a call of one of its methods."""

    verb: str
    key: facts.Value | None
    value: facts.Value


class Table(Struct, frozen=True, eq=False):
    """What a block binds: names, changes of names, members (`self.x = ...`), and returned values.

    `members` are keyed by root name and attribute, `keyed` by a constant subscription.
    """

    names: dict[str, list[Binding]]
    changes: dict[str, list[Change]]
    members: dict[tuple[str, str], list[Binding]]
    keyed: dict[str, list[facts.Value]]
    returns: list[facts.Value]
    yields: list[facts.Value]


CHANGING = frozenset({"setdefault", "update", "append", "extend", "pop"})


def table(block: Block) -> Table:
    """The table of one block, statements inside its control forms included."""
    made = Table({}, {}, {}, {}, [], [])
    for statement in statements(block):
        _take(statement, made)
    return made


def statements(block: Block) -> Iterator[facts.Statement]:
    """Every statement of a block in the order of the text."""
    for statement in block:
        yield statement
        for inner in _inner(statement):
            yield from statements(inner)


def _inner(statement: facts.Statement) -> tuple[Block, ...]:
    match statement:
        case If(body=body, otherwise=otherwise) | Loop(body=body, otherwise=otherwise):
            return (body, otherwise)
        case Try():
            handlers = tuple(handler.body for handler in statement.handlers)
            return (statement.body, *handlers, statement.otherwise, statement.cleanup)
        case With(body=body):
            return (body,)
        case _:
            return ()


def _take(statement: facts.Statement, made: Table) -> None:
    match statement:
        case Bind():
            _take_bind(statement, made)
        case Loop():
            _take_loop(statement, made)
        case With(items=items):
            for item in items:
                if item.target is not None:
                    _target(item.target, Binding("enter", item.value), made)
        case Try(handlers=handlers):
            for handler in handlers:
                if handler.name and handler.types is not None:
                    _name(handler.name, Binding("except", handler.types), made)
        case If(test=test):
            _named(test, made)
        case Expression(value=value):
            _take_expression(value, made)
        case facts.Exit(kind="return", value=value) if value is not None:
            made.returns.append(value)


def _take_bind(bind: Bind, made: Table) -> None:
    how: Literal["value", "annotation", "augment"] = "value"
    if bind.op == "del":
        return
    if bind.op != "=":
        how = "augment"
    elif isinstance(bind.value, facts.Opaque) and bind.value.why == "declared only":
        how = "annotation"
    if isinstance(bind.value, facts.Yield) and bind.value.value is not None:
        made.yields.append(bind.value.value)
    for target in bind.targets:
        _target(target, Binding(how, bind.value, annotation=bind.annotation), made)


def _take_loop(loop: Loop, made: Table) -> None:
    if loop.target is not None and loop.source is not None:
        _target(loop.target, Binding("element", loop.source), made)
    if loop.test is not None:
        _named(loop.test, made)


def _take_expression(value: facts.Value, made: Table) -> None:
    match value:
        case facts.Yield(value=inner) if inner is not None:
            made.yields.append(inner)
        case Named(name=name, value=inner):
            _name(name, Binding("value", inner), made)
        case Call(callee=Read(place=Place(root=str(root), path=(str(verb),))), args=args) if verb in CHANGING:
            _take_change(root, verb, args, made)


def _take_change(root: str, verb: str, args: tuple[facts.Argument, ...], made: Table) -> None:
    changes = made.changes.setdefault(root, [])
    plain = [arg.value for arg in args if not arg.name and not arg.star]
    if verb in {"setdefault", "pop"} and plain:
        changes.append(Change(verb, plain[0], plain[1] if len(plain) > 1 else plain[0]))
    elif verb == "update":
        changes.extend(_updates(args))
    elif plain:
        changes.append(Change(verb, None, plain[0]))


def _updates(args: tuple[facts.Argument, ...]) -> Iterator[Change]:
    for arg in args:
        key = facts.Literal(arg.name, arg.value.span) if arg.name else None
        yield Change("update", key, arg.value)


def _target(target: facts.Target, binding: Binding, made: Table) -> None:
    match target:
        case Unpack(targets=targets):
            for index, part in enumerate(targets):
                _target(part, Binding("part", binding.value, index), made)
        case Place(root=str(root), path=()):
            _name(root, binding, made)
        case Place(root=str(root), path=(str(name),)):
            made.members.setdefault((root, name), []).append(binding)
        case Place(path=(*_, Item(key=facts.Literal(value=str(key))))):
            made.keyed.setdefault(key, []).append(binding.value)
            if isinstance(target.root, str) and len(target.path) == 1:
                change = Change("update", target.path[0].key, binding.value)  # type: ignore[union-attr]
                made.changes.setdefault(target.root, []).append(change)


def _name(name: str, binding: Binding, made: Table) -> None:
    made.names.setdefault(name, []).append(binding)


def _named(test: facts.Test, made: Table) -> None:
    match test:
        case facts.Truth(value=Named(name=name, value=value)):
            _name(name, Binding("value", value), made)
        case facts.Compare(left=left, right=right):
            for side in (left, right):
                if isinstance(side, Named):
                    _name(side.name, Binding("value", side.value), made)
        case facts.Not(test=inner):
            _named(inner, made)
        case facts.All(tests=tests) | facts.Any(tests=tests):
            for inner in tests:
                _named(inner, made)

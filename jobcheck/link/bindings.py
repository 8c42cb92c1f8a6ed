"""The names that one block binds, how, and at what point: by assignment, loop, `with`, `except`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Union

from msgspec import Struct
from msgspec.structs import replace

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
    Span,
    Try,
    Unpack,
    With,
    Yield,
)
from jobcheck.walk import fields


class When(Struct, frozen=True):
    """At what point of its block something happens: once `at` has been evaluated.

    `sure` is False where it depends on a condition; `loop` is the outermost loop around it. `failing`
    are the handlers that only run when it did not happen: it ends what they guard.
    """

    at: Span
    sure: bool = True
    loop: Union[Span, None] = None
    failing: Union[Span, None] = None

    def before(self, read: Span | None) -> bool:
        """Whether it has happened by the time of a read, at the end of the block for None."""
        return read is None or (self.at.end_line, self.at.end_column) <= (read.line, read.column)

    def reaches(self, read: Span | None) -> bool:
        """Whether it may have happened by then: a loop comes round again."""
        if self.failing is not None and read is not None and _within(read, self.failing):
            return False
        return self.before(read) or (
            self.loop is not None and read is not None and self.loop.line <= read.line <= self.loop.end_line
        )


class Binding(Struct, frozen=True, eq=False):
    """One way a name gets its value; `place` is where in an unpacked tuple, from the outside in.

    `fills` says that it only happens when the name had no value: `if x is None: x = ...`.
    """

    how: Literal["value", "part", "element", "enter", "except", "annotation"]
    value: facts.Value
    when: When
    place: tuple[int, ...] = ()
    annotation: Union[facts.Value, None] = None
    fills: bool = False


class Change(Struct, frozen=True, eq=False):
    """A change of what a name holds: `name[key] = value`, or a call of one of its methods."""

    verb: str
    key: Union[facts.Value, None]
    value: facts.Value
    when: When


class Table(Struct, frozen=True, eq=False):
    """What a block binds: names, changes of names, members (`self.x = ...`), and returned values.

    `members` are keyed by root name and attribute, `keyed` by what holds the key and the key itself.
    """

    names: dict[str, list[Binding]]
    changes: dict[str, list[Change]]
    members: dict[tuple[str, str], list[Binding]]
    keyed: dict[tuple[str, str], list[facts.Value]]
    returns: list[facts.Value]
    yields: list[facts.Value]


CHANGING = frozenset({"setdefault", "update", "append", "extend", "pop"})


def table(block: Block) -> Table:
    """The table of one block, statements inside its control forms included."""
    taking = _Taking()
    taking.block(block)
    return taking.made


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


class _Taking:
    """Goes through a block and remembers what stands around each statement."""

    def __init__(self) -> None:
        self.made = Table({}, {}, {}, {}, [], [])
        self._sure = True
        self._loop: Span | None = None
        self._lacking: tuple[facts.Test, bool] | None = None
        self._failing: Span | None = None

    def block(self, block: Block) -> None:
        for statement in block:
            self._take(statement)

    @contextmanager
    def _inside(self, loop: Span | None = None, lacking: facts.Test | None = None) -> Iterator[None]:
        """Inside a part that may be skipped, or run again, or runs when something is lacking."""
        outer = self._sure, self._loop, self._lacking
        self._lacking = (lacking, self._sure) if lacking is not None else None
        self._sure, self._loop = False, self._loop or loop
        yield
        self._sure, self._loop, self._lacking = outer

    def _when(self, at: Span) -> When:
        return When(at, self._sure, self._loop, self._failing)

    def _take(self, statement: facts.Statement) -> None:
        match statement:
            case Bind():
                self._bind(statement)
            case Expression(value=value):
                self._value(value)
            case facts.Exit(kind=kind, value=value) if value is not None:
                self._value(value)
                if kind == "return":
                    self.made.returns.append(value)
            case If():
                self._if(statement)
            case Loop():
                self._repeated(statement)
            case With():
                self._with(statement)
            case Try():
                self._try(statement)

    def _if(self, statement: If) -> None:
        self._value(statement.test)
        with self._inside(lacking=statement.test):
            self.block(statement.body)
        with self._inside():
            self.block(statement.otherwise)

    def _repeated(self, loop: Loop) -> None:
        with self._inside(loop.span):
            self._value(loop.source)
            self._value(loop.test)
            if loop.target is not None and loop.source is not None:
                self._target(loop.target, Binding("element", loop.source, self._when(loop.source.span)))
            self.block(loop.body)
        with self._inside():
            self.block(loop.otherwise)

    def _with(self, statement: With) -> None:
        for item in statement.items:
            self._value(item.value)
            if item.target is not None:
                self._target(item.target, Binding("enter", item.value, self._when(item.value.span)))
        self.block(statement.body)

    def _try(self, statement: Try) -> None:
        if statement.handlers:
            with self._inside():
                self._guarded(statement.body, statement.handlers)
                self._handlers(statement.handlers)
                self.block(statement.otherwise)
        else:
            self.block(statement.body)
        self.block(statement.cleanup)

    def _guarded(self, body: Block, handlers: tuple[facts.Handler, ...]) -> None:
        """The body of a `try`: when an assignment that ends it fails, nothing was assigned."""
        self.block(body[:-1])
        outer = self._failing
        if body and isinstance(body[-1], Bind):
            self._failing = _across(handlers[0].span, handlers[-1].span)
        self.block(body[-1:])
        self._failing = outer

    def _handlers(self, handlers: tuple[facts.Handler, ...]) -> None:
        for handler in handlers:
            if handler.name and handler.types is not None:
                self._name(handler.name, Binding("except", handler.types, self._when(handler.types.span)))
            self.block(handler.body)

    def _bind(self, bind: Bind) -> None:
        self._value(bind.value)
        when = self._when(bind.value.span)
        if bind.op == "del":
            self._deleted(bind)
        elif bind.op != "=":
            self._augmented(bind)
        else:
            declared = isinstance(bind.value, facts.Opaque) and bind.value.why == "declared only"
            how: Literal["annotation", "value"] = "annotation" if declared else "value"
            for target in bind.targets:
                self._target(target, Binding(how, bind.value, when, annotation=bind.annotation))

    def _deleted(self, bind: Bind) -> None:
        for target in bind.targets:
            if isinstance(target, Place) and isinstance(target.root, str) and len(target.path) == 1:
                step = target.path[0]
                if isinstance(step, Item):
                    self._change(target.root, Change("pop", step.key, step.key, self._when(bind.span)))

    def _augmented(self, bind: Bind) -> None:
        """`x += 1` is `x = x + 1`, the `x` on the right being read before."""
        for target in bind.targets:
            if isinstance(target, Place):
                operands = (Read(target, bind.span), bind.value)
                value = facts.Compute(bind.op.removesuffix("="), operands, bind.span)
                self._target(target, Binding("value", value, self._when(bind.span)))

    def _target(self, target: facts.Target, binding: Binding) -> None:
        match target:
            case Unpack(targets=targets):
                how = "part" if binding.how == "value" else binding.how
                for index, part in enumerate(targets):
                    self._target(part, replace(binding, how=how, place=(*binding.place, index)))
            case Place(root=str(root), path=()):
                self._name(root, binding)
            case Place(root=str(root), path=(str(name),)):
                self.made.members.setdefault((root, name), []).append(binding)
            case Place(path=(*before, Item(key=key))) if binding.how == "value":
                self._keyed(target.root, before, key, binding)

    def _keyed(
        self, root: str | facts.Value, before: list[str | Item], key: facts.Value, binding: Binding
    ) -> None:
        if not before and isinstance(root, str):
            self._change(root, self._set(root, key, binding))
        holder = before[-1] if before else root
        if isinstance(holder, str) and isinstance(key, facts.Literal) and isinstance(key.value, str):
            self.made.keyed.setdefault((holder, key.value), []).append(binding.value)

    def _set(self, root: str, key: facts.Value, binding: Binding) -> Change:
        if self._lacking and isinstance(key, facts.Literal) and _lacks_key(self._lacking[0], root, key.value):
            when = When(binding.when.at, self._lacking[1], binding.when.loop)
            return Change("setdefault", key, binding.value, when)
        return Change("update", key, binding.value, binding.when)

    def _name(self, name: str, binding: Binding) -> None:
        if self._lacking and _lacks_value(self._lacking[0], name):
            binding = replace(binding, fills=True)
        self.made.names.setdefault(name, []).append(binding)

    def _change(self, root: str, change: Change) -> None:
        self.made.changes.setdefault(root, []).append(change)

    def _value(self, value: object) -> None:
        """Take what the parts of a value bind, change or yield."""
        for part in _parts(value):
            match part:
                case Yield(value=inner) if inner is not None:
                    self.made.yields.append(inner)
                case Named(name=name, value=inner):
                    self._name(name, Binding("value", inner, self._when(inner.span)))
                case Call(callee=Read(place=Place(root=str(root), path=(str(verb),)))) if verb in CHANGING:
                    for change in _changes(verb, part, self._when(part.span)):
                        self._change(root, change)


def _lacks_value(test: facts.Test, name: str) -> bool:
    """Whether a test holds when a name has no value: `name is None`, `not name`."""
    match test:
        case facts.Compare(op="is", left=Read(place=place), right=facts.Literal(value=None)):
            return place == Place(name)
        case facts.Not(test=facts.Truth(value=Read(place=place))):
            return place == Place(name)
        case _:
            return False


def _lacks_key(test: facts.Test, name: str, key: object) -> bool:
    """Whether a test holds when what a name holds has no such key."""
    match test:
        case facts.Compare(op="not in", left=facts.Literal(value=found), right=Read(place=place)):
            return found == key and place == Place(name)
        case _:
            return False


def _changes(verb: str, call: Call, when: When) -> Iterator[Change]:
    plain = [arg.value for arg in call.args if not arg.name and not arg.star]
    if verb == "update":
        for arg in call.args:
            key = facts.Literal(arg.name, arg.value.span) if arg.name else None
            yield Change(verb, key, arg.value, when)
    elif verb in {"setdefault", "pop"} and plain:
        value = plain[1] if len(plain) > 1 else facts.Literal(None, call.span)
        yield Change(verb, plain[0], value, when)
    elif plain:
        yield Change(verb, None, plain[0], when)


def _parts(node: object) -> list[facts.Value]:
    """The values inside a value or test, inner ones first; the body of a lambda runs elsewhere."""
    found: list[facts.Value] = []
    _gather(node, found)
    return found


def _gather(node: object, found: list[facts.Value]) -> None:
    if isinstance(node, tuple):
        for part in node:
            _gather(part, found)
    elif not isinstance(node, facts.Lambda):
        for name in fields(type(node)):
            _gather(getattr(node, name), found)
        if isinstance(node, (Call, Named, Yield)):
            found.append(node)


def _across(first: Span, last: Span) -> Span:
    return Span(first.line, first.column, last.end_line, last.end_column)


def _within(inner: Span, outer: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) <= (outer.end_line, outer.end_column)

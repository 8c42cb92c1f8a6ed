"""Works out constants: numbers, texts, durations, sequences and records, through names and across files."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from string import Formatter
from typing import Any, Union

from msgspec import Struct

from jobcheck import facts
from jobcheck.link.entities import (
    Applied,
    Bound,
    Data,
    Entity,
    External,
    Given,
    Listing,
    Mapping,
    Parameter,
    Scope,
    Several,
    Unknown,
    text,
)
from jobcheck.link.resolve import Resolver
from jobcheck.model import Location


class Unfolded(Struct, frozen=True):
    """Why a value cannot be worked out, and where it was read from."""

    why: str
    at: Union[Location, None] = None


class Alternatives(Struct, frozen=True):
    """Several constants, one of which holds depending on the path."""

    values: tuple[object, ...]


OPERATORS: dict[str, Callable[[Any, Any], object]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
UNARY: dict[str, Callable[[Any], object]] = {"-": operator.neg, "+": operator.pos}
_PLAIN = re.compile(r"%[^sd%]")
"""A placeholder with a width or a format of its own."""
LARGEST = 10**15
"""Numbers beyond this are no delay, count or size; folding stops there."""
LONGEST = 1_000
"""Texts and sequences beyond this are not worked out."""

UNITS = {
    "microseconds": 1e-6,
    "milliseconds": 1e-3,
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86400.0,
    "weeks": 604800.0,
}
POSITIONS = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")


DEEPEST = 60
"""Constants made of constants; beyond this an expression was not written by hand."""
STEPS = 5_000
"""Values looked at for one constant."""


def fold(resolver: Resolver, given: Given) -> object:
    """The Python value of a constant (durations in seconds), `Alternatives`, or `Unfolded`."""
    return _Folding(resolver).fold(given)


def parts(resolver: Resolver, entity: Entity) -> tuple[Given, ...]:
    """What a text or sequence is put together of."""
    match entity:
        case Data(bound=Bound(value=facts.Text(parts=found) | facts.Compute(operands=found), scope=scope)):
            return tuple(Bound(part, scope) for part in found)
        case Listing(items=items):
            return items
        case External(path=path, receiver=receiver, made=made) if path in PUT_TOGETHER and made and receiver:
            args = resolver.arguments(made)
            return (receiver, *args.positional, *args.named.values())
        case _:
            return ()


class _Folding:
    """One constant being worked out; what depends on the path is only told at the outermost level."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._depth = 0
        self._steps = 0

    def fold(self, given: Given) -> object:
        at = given.at if isinstance(given, Bound) else None
        self._steps += 1
        if self._depth > DEEPEST or self._steps > STEPS:
            return Unfolded("it leads too far to be worked out", at)
        self._depth += 1
        try:
            return self._entity(self._resolver.given(given), at)
        finally:
            self._depth -= 1

    def _one(self, given: Given) -> object:
        """A part of a larger constant, which must be the same on all paths."""
        value = self.fold(given)
        at = given.at if isinstance(given, Bound) else None
        return Unfolded("it depends on the path", at) if isinstance(value, Alternatives) else value

    def _entity(self, entity: Entity, at: Location | None) -> object:
        match entity:
            case Data(bound=bound):
                return self._data(bound.value, bound.scope, bound.at)
            case Listing(items=items, open=""):
                return self._all(items)
            case Mapping(items=items, open=""):
                values = self._all(items.values())
                return values if isinstance(values, Unfolded) else dict(zip(items, values, strict=True))
            case Listing(open=why) | Mapping(open=why):
                return Unfolded(why, at)
            case Several(options=options):
                return self._alternatives(options, at)
            case External():
                return self._external(entity, at)
            case Unknown(why=why):
                return Unfolded(why, entity.at if entity.at.path else at)
            case Parameter(name=name):
                return Unfolded(f"it depends on the argument {name}", at)
            case _:
                return Unfolded("it is an object, not a constant", at)

    def _alternatives(self, options: tuple[Entity, ...], at: Location | None) -> object:
        unique: list[object] = []
        for option in options:
            value = self.fold(option)
            if isinstance(value, Unfolded):
                return Unfolded(value.why, value.at or at)
            for each in value.values if isinstance(value, Alternatives) else (value,):
                if not any(each == other and type(each) is type(other) for other in unique):
                    unique.append(each)
        return unique[0] if len(unique) == 1 else Alternatives(tuple(unique))

    def _all(self, items: Iterable[Given]) -> list[object] | Unfolded:
        values = []
        for item in items:
            value = self._one(item)
            if isinstance(value, Unfolded):
                return value
            values.append(value)
        return values

    def _data(self, value: facts.Value, scope: Scope, at: Location) -> object:
        match value:
            case facts.Literal(value=constant):
                return constant
            case facts.Text(parts=parts):
                folded = self._all(Bound(part, scope) for part in parts)
                return folded if isinstance(folded, Unfolded) else _bounded("".join(map(str, folded)), at)
            case facts.Compute(op=op, operands=operands):
                numbers = self._all(Bound(operand, scope) for operand in operands)
                return numbers if isinstance(numbers, Unfolded) else _computed(op, numbers, at)
            case facts.Comprehension():
                return self._comprehension(value, scope, at)
            case _:
                return Unfolded("it is worked out at run time", at)

    # --- comprehensions ---

    def _comprehension(self, value: facts.Comprehension, scope: Scope, at: Location) -> object:
        clause = value.clauses[0]
        if len(value.clauses) > 1 or clause.tests or not isinstance(clause.target, facts.Place):
            return Unfolded("a comprehension with several clauses or conditions", at)
        items = self._items(self._resolver.entity(clause.source, scope))
        if items is None:
            return Unfolded("a comprehension over what cannot be told", at)
        scopes = [_with(scope, str(clause.target.root), item) for item in items]
        elements = self._all(Bound(value.element, inner) for inner in scopes)
        key = value.key
        if isinstance(elements, Unfolded) or key is None:
            return elements
        keys = self._all(Bound(key, inner) for inner in scopes)
        if isinstance(keys, Unfolded):
            return keys
        if not all(isinstance(each, (str, int)) for each in keys):
            return Unfolded("a key cannot be told", at)
        return dict(zip(keys, elements, strict=True))

    def _items(self, source: Entity) -> tuple[Given, ...] | None:
        if isinstance(source, External):
            return self._range(source)
        return source.items if isinstance(source, Listing) and not source.open else None

    def _range(self, source: External) -> tuple[Given, ...] | None:
        made = source.made
        bounds = self._all(self._resolver.arguments(made).positional) if made else None
        if source.path != "builtins.range()" or made is None or not isinstance(bounds, list):
            return None
        try:
            numbers = range(*bounds)  # type: ignore[call-overload]
            short = len(numbers) <= LONGEST
        except (TypeError, ValueError, OverflowError):
            return None
        if not short:
            return None
        return tuple(Bound(facts.Literal(n, made.call.span), made.scope) for n in numbers)

    # --- durations, conversions, things from outside ---

    def _external(self, entity: External, at: Location | None) -> object:
        at = entity.made.at if entity.made is not None else at
        if entity.made is not None and entity.path == "datetime.timedelta()":
            return self._duration(entity.made)
        if entity.made is not None and entity.path in CONVERSIONS:
            return self._converted(entity.made, CONVERSIONS[entity.path])
        if entity.path == "datetime.timedelta().total_seconds()" and isinstance(entity.receiver, External):
            return self.fold(entity.receiver)
        if entity.made is not None and entity.receiver is not None and entity.path in PUT_TOGETHER:
            return self._put_together(entity.receiver, entity.made, PUT_TOGETHER[entity.path])
        if "environ" in entity.path or "getenv" in entity.path:
            return Unfolded("it is read from the environment", at)
        return Unfolded(f"{text(entity)} is not known before run time", at)

    def _duration(self, made: Applied) -> object:
        args = self._resolver.arguments(made)
        given = {**dict(zip(POSITIONS, args.positional, strict=False)), **args.named}
        numbers = self._all(given.values())
        if isinstance(numbers, Unfolded):
            return numbers
        total = 0.0
        for unit, number in zip(given, numbers, strict=True):
            if unit not in UNITS or isinstance(number, bool) or not isinstance(number, (int, float)):
                return Unfolded("a duration that cannot be told", made.at)
            total += UNITS[unit] * number
        return Unfolded(args.open, made.at) if args.open else _bounded(total, made.at)

    def _converted(self, made: Applied, convert: Callable[[Any], object]) -> object:
        args = self._resolver.arguments(made)
        value = self._one(args.positional[0]) if len(args.positional) == 1 else None
        if isinstance(value, Unfolded):
            return value
        if not isinstance(value, (str, int, float)) or args.named or args.open:
            return Unfolded("a conversion that is not followed", made.at)
        try:
            return _bounded(convert(value), made.at)
        except (ValueError, OverflowError):
            return Unfolded("a conversion that fails", made.at)

    def _put_together(self, text: Entity, made: Applied, put: Callable[..., str | None]) -> object:
        """A text made of others by one of the text's own methods."""
        args = self._resolver.arguments(made)
        parts = self._all((text, *args.positional, *args.named.values()))
        if isinstance(parts, Unfolded):
            return parts
        start, *given = parts
        split = len(args.positional)
        try:
            value = put(start, *given[:split], **dict(zip(args.named, given[split:], strict=True)))
        except (ArithmeticError, LookupError, TypeError, ValueError):
            value = None
        if value is None or args.open:
            return Unfolded("a text that is not worked out", made.at)
        return _bounded(value, made.at)


def _joined(separator: str, parts: list[str]) -> str | None:
    """`separator.join(parts)`, unless that is too long to be meant."""
    return separator.join(parts) if sum(map(len, parts)) <= LONGEST else None


def _formatted(text: str, *args: object, **named: object) -> str | None:
    """`text.format(...)` with plain fields only: others reach into what they are given, or widen it."""
    plain = all(
        PLAIN_FIELD.fullmatch(name or "") and not spec for _, name, spec, _ in Formatter().parse(text)
    )
    return text.format(*args, **named) if plain and len(text) <= LONGEST else None


PLAIN_FIELD = re.compile(r"\w*")

PUT_TOGETHER: dict[str, Callable[..., str | None]] = {
    "builtins.str().join()": _joined,
    "builtins.str().format()": _formatted,
}

CONVERSIONS: dict[str, Callable[[Any], object]] = {
    "builtins.int()": int,
    "builtins.float()": float,
    "builtins.str()": str,
    "builtins.bool()": bool,
}


def _with(scope: Scope, name: str, item: Given) -> Scope:
    return Scope(scope.path, scope.qualname, {**scope.given, name: item}, scope.outer)


def _computed(op: str, operands: list[object], at: Location) -> object:
    if len(operands) == 1:
        function: Callable[..., object] | None = UNARY.get(op)
    else:
        function = OPERATORS.get(op)
    if function is None or not _fits(op, *operands):
        return Unfolded("arithmetic that is not followed", at)
    try:
        return _bounded(function(*operands), at)
    except (ArithmeticError, TypeError, ValueError):
        return Unfolded("arithmetic that fails", at)


def _fits(op: str, left: object, right: object = 0) -> bool:
    """Whether an operation is understood, and small enough to be carried out."""
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return op != "**" or (0 <= right <= 50 and abs(left) <= 1000)
    if op == "+":
        return type(left) is type(right) and isinstance(left, (str, list))
    return (
        op == "%" and isinstance(left, str) and isinstance(right, (str, int)) and _PLAIN.search(left) is None
    )


def _bounded(value: object, at: Location) -> object:
    if isinstance(value, (int, float)) and not abs(value) <= LARGEST:
        return Unfolded("a number too large to be meant", at)
    if isinstance(value, (str, list)) and len(value) > LONGEST:
        return Unfolded("a value too long to be meant", at)
    return value

"""Works out constants: numbers, texts, durations, sequences and records, through names and across files."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
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


Constant = Union[None, bool, int, float, str, list[object], dict[str, object]]

OPERATORS: dict[str, Callable[[Any, Any], object]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
LARGEST = 10**15
"""Numbers beyond this are no delay, count or size; folding stops there."""

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


def fold(resolver: Resolver, given: Given) -> object:
    """The Python value of a constant (durations in seconds), `Alternatives`, or `Unfolded`."""
    entity = resolver.given(given)
    at = given.at if isinstance(given, Bound) else None
    match entity:
        case Data(bound=bound):
            return _data(resolver, bound)
        case Listing(items=items):
            return _all(resolver, items, entity.open, at)
        case Mapping(items=items):
            return _record(resolver, items, entity.open, at)
        case Several(options=options):
            return _alternatives(resolver, options, at)
        case External():
            return _external(resolver, entity, at)
        case Unknown(why=why):
            return Unfolded(why, entity.at if entity.at.path else at)
        case Parameter(name=name):
            return Unfolded(f"it depends on the argument {name}", at)
        case _:
            return Unfolded("it is an object, not a constant", at)


def _alternatives(resolver: Resolver, options: tuple[Entity, ...], at: Location | None) -> object:
    values = [fold(resolver, option) for option in options]
    for value in values:
        if isinstance(value, Unfolded):
            return Unfolded(value.why, value.at or at)
    unique = [value for n, value in enumerate(values) if value not in values[:n]]
    return unique[0] if len(unique) == 1 else Alternatives(tuple(unique))


def _all(resolver: Resolver, items: tuple[Given, ...], open_: str, at: Location | None) -> object:
    if open_:
        return Unfolded(open_, at)
    values = [fold(resolver, item) for item in items]
    return next((value for value in values if isinstance(value, Unfolded)), values)


def _record(resolver: Resolver, items: dict[str, Given], open_: str, at: Location | None) -> object:
    if open_:
        return Unfolded(open_, at)
    values = {key: fold(resolver, item) for key, item in items.items()}
    return next((value for value in values.values() if isinstance(value, Unfolded)), values)


def _data(resolver: Resolver, bound: Bound) -> object:
    value, scope = bound.value, bound.scope
    match value:
        case facts.Literal(value=constant):
            return constant
        case facts.Text(parts=parts):
            folded = _all(resolver, tuple(Bound(part, scope) for part in parts), "", bound.at)
            return folded if isinstance(folded, Unfolded) else "".join(map(str, folded))  # type: ignore[call-overload]
        case facts.Compute(op=op, operands=operands):
            return _compute(op, [fold(resolver, Bound(o, scope)) for o in operands], bound.at)
        case facts.Comprehension():
            return _comprehension(resolver, value, scope)
        case _:
            return Unfolded("it is worked out at run time", bound.at)


def _compute(op: str, operands: list[object], at: Location) -> object:
    for operand in operands:
        if isinstance(operand, (Unfolded, Alternatives)):
            return operand if isinstance(operand, Unfolded) else Unfolded("it depends on the path", at)
    if len(operands) == 1:
        value = operands[0]
        return -value if op == "-" and isinstance(value, (int, float)) else Unfolded("arithmetic", at)
    left, right = operands
    if op == "**":
        return _power(left, right, at)
    function = OPERATORS.get(op)
    if function is None or not _fits(op, left, right):
        return Unfolded("arithmetic that is not followed", at)
    try:
        return _bounded(function(left, right), at)
    except (ArithmeticError, TypeError, ValueError):
        return Unfolded("arithmetic that fails", at)


def _fits(op: str, left: object, right: object) -> bool:
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    joined = op == "+" and type(left) is type(right) and isinstance(left, (str, list))
    return numbers or joined or (op == "%" and isinstance(left, str) and isinstance(right, (str, int)))


def _power(left: object, right: object, at: Location) -> object:
    if (
        isinstance(left, (int, float))
        and isinstance(right, (int, float))
        and 0 <= right <= 50
        and abs(left) <= 1000
    ):
        return _bounded(left**right, at)
    return Unfolded("arithmetic that is not followed", at)


def _bounded(value: object, at: Location) -> object:
    if isinstance(value, (int, float)) and abs(value) > LARGEST:
        return Unfolded("a number too large to be meant", at)
    return value


def _comprehension(resolver: Resolver, value: facts.Comprehension, scope: Scope) -> object:
    clause = value.clauses[0]
    at = Location(scope.path, value.span)
    if len(value.clauses) > 1 or clause.tests or not isinstance(clause.target, facts.Place):
        return Unfolded("a comprehension with several clauses or conditions", at)
    source = resolver.entity(clause.source, scope)
    items = _range(resolver, source) if isinstance(source, External) else source
    if not isinstance(items, Listing) or items.open or len(items.items) > 1000:
        return Unfolded("a comprehension over what cannot be told", at)
    folded = list(_elements(resolver, value, str(clause.target.root), items, scope))
    failed = next((part for pair in folded for part in pair if isinstance(part, Unfolded)), None)
    if failed is not None:
        return failed
    return dict(folded) if value.key is not None else [element for _, element in folded]


def _elements(
    resolver: Resolver, value: facts.Comprehension, name: str, items: Listing, scope: Scope
) -> Iterator[tuple[object, object]]:
    for item in items.items:
        inner = Scope(scope.path, scope.qualname, {**scope.given, name: item}, scope.outer)
        key = fold(resolver, Bound(value.key, inner)) if value.key is not None else None
        yield key, fold(resolver, Bound(value.element, inner))


def _range(resolver: Resolver, source: External) -> Listing | None:
    if source.path != "builtins.range()" or source.made is None:
        return None
    bounds = [fold(resolver, item) for item in resolver.arguments(source.made).positional]
    whole = [bound for bound in bounds if isinstance(bound, int)]
    if not whole or len(whole) != len(bounds) or len(range(*whole)) > 1000:
        return None
    span, scope = source.made.call.span, source.made.scope
    return Listing(tuple(Bound(facts.Literal(n, span), scope) for n in range(*whole)))


def _external(resolver: Resolver, entity: External, at: Location | None) -> object:
    at = entity.made.at if entity.made is not None else at
    if entity.made is not None and entity.path == "datetime.timedelta()":
        return _timedelta(resolver, entity.made)
    if entity.made is not None and entity.path in CONVERSIONS:
        return _converted(resolver, entity.made, CONVERSIONS[entity.path], at)
    if entity.path == "datetime.timedelta().total_seconds()" and isinstance(entity.receiver, External):
        return fold(resolver, entity.receiver)
    if "environ" in entity.path or "getenv" in entity.path:
        return Unfolded("it is read from the environment", at)
    return Unfolded(f"{text(entity)} is not known before run time", at)


def _timedelta(resolver: Resolver, made: Applied) -> object:
    args = resolver.arguments(made)
    given = {**dict(zip(POSITIONS, args.positional)), **args.named}
    total = 0.0
    for unit, value in given.items():
        number = fold(resolver, value)
        if args.open or unit not in UNITS or isinstance(number, bool) or not isinstance(number, (int, float)):
            return (
                number
                if isinstance(number, Unfolded)
                else Unfolded("a duration that cannot be told", made.at)
            )
        total += UNITS[unit] * number
    return total


CONVERSIONS: dict[str, Callable[[Any], object]] = {
    "builtins.int()": int,
    "builtins.float()": float,
    "builtins.str()": str,
    "builtins.bool()": bool,
}


def _converted(
    resolver: Resolver, made: Applied, convert: Callable[[Any], object], at: Location | None
) -> object:
    args = resolver.arguments(made)
    if len(args.positional) != 1:
        return Unfolded("a conversion that is not followed", at)
    value = fold(resolver, args.positional[0])
    if not isinstance(value, (str, int, float)):
        return value if isinstance(value, Unfolded) else Unfolded("a conversion that is not followed", at)
    try:
        return convert(value)
    except ValueError:
        return Unfolded("a conversion that fails", at)

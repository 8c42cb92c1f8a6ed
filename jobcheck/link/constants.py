"""Turns what the source gives for an option into a setting: plain data, opaque, and where it stands."""

from __future__ import annotations

from typing import Any

from jobcheck import facts
from jobcheck.frameworks import UNSET, Growth
from jobcheck.link.entities import (
    Bound,
    ClassEntity,
    Data,
    Entity,
    External,
    Function,
    Given,
    Listing,
    Mapping,
    Several,
)
from jobcheck.link.fold import Alternatives, Unfolded, fold
from jobcheck.link.resolve import Resolver
from jobcheck.model import Known, Location, Opaque, Origin, Setting

ENVIRONMENT = frozenset({"os.environ.get()", "os.getenv()"})


def setting_of(
    resolver: Resolver, given: Given, origin: Origin, spelt: str, otherwise: Location
) -> Setting[Any]:
    """The setting that a given value is; `otherwise` is its place when the value has none."""
    at = where(given, otherwise)
    value = data(resolver, given)
    if isinstance(value, Unfolded):
        return Opaque(value.why, value.at or at)
    return Known(value, at, origin, spelt)


def where(given: Given, otherwise: Location) -> Location:
    """Where a value is written."""
    match given:
        case Bound():
            return given.at
        case Data(bound=bound):
            return bound.at
        case External(made=made) if made is not None:
            return made.at
        case Mapping(at=at) if at is not None:
            return at
        case _:
            return otherwise


def data(resolver: Resolver, given: Given) -> Any:
    """Plain data, with dotted names for classes and functions; `Unfolded` when it cannot be told."""
    if isinstance(given, Bound) and isinstance(given.value, facts.Choice):
        return _chosen(branches(resolver, given))
    entity = resolver.given(given)
    match entity:
        case Listing(items=items, open=""):
            values = [data(resolver, item) for item in items]
            return next((v for v in values if isinstance(v, Unfolded)), values)
        case ClassEntity() | Function():
            return resolver.path(entity)
        case External(path=path, made=None) if not path.endswith("()") and _is_name(entity):
            return path
    if _may_be_unset(resolver, entity):
        return Unfolded(UNSET)
    growth = _growth(resolver, entity)
    if growth is not None:
        return growth
    value = fold(resolver, given)
    if isinstance(value, Alternatives):
        return Unfolded("it depends on the path")
    return value


def branches(resolver: Resolver, given: Given) -> list[Any]:
    """The values that something has depending on the path, None among them; else its only one."""
    if isinstance(given, Bound) and isinstance(given.value, facts.Choice):
        sides = (given.value.then, given.value.otherwise)
        return [value for side in sides for value in branches(resolver, Bound(side, given.scope))]
    entity = resolver.given(given)
    options = entity.options if isinstance(entity, Several) and _growth(resolver, entity) is None else ()
    return [value for option in options for value in branches(resolver, option)] or [data(resolver, given)]


def _chosen(values: list[Any]) -> Any:
    unknown = next((value for value in values if isinstance(value, Unfolded)), None)
    if unknown is not None:
        return unknown
    return values[0] if all(value == values[0] for value in values) else Unfolded("it depends on the path")


def _may_be_unset(resolver: Resolver, entity: Entity) -> bool:
    """`os.environ.get("X")`, with no default or with None."""
    if not isinstance(entity, External) or entity.made is None or entity.path not in ENVIRONMENT:
        return False
    args = resolver.arguments(entity.made)
    default = args.positional[1] if len(args.positional) > 1 else args.named.get("default")
    return default is None or fold(resolver, default) is None


def _is_name(entity: Entity) -> bool:
    """A class or function from outside: `ConnectionError`, `requests.RequestException`."""
    last = entity.path.rpartition(".")[2] if isinstance(entity, External) else ""
    return last[:1].isupper() and not last.isupper()


def _growth(resolver: Resolver, entity: Entity) -> Growth | None:
    """A wait that grows with the attempt: `2 ** self.request.retries`, however it is wrapped."""
    match entity:
        case Data(bound=bound):
            return Growth(_first(resolver, bound)) if _grows(bound.value) else None
        case External(made=made, path=path) if made is not None:
            if "exponential" in path:
                return Growth()
            if any(_grows(arg.value) for arg in made.call.args) and not _is_time(path):
                return Growth()
            return None
        case Several(options=options):
            return next((g for option in options if (g := _growth(resolver, option))), None)
        case _:
            return None


def _is_time(path: str) -> bool:
    return path.startswith("datetime.timedelta")


def _grows(value: object) -> bool:
    """Whether a power or shift that is no constant stands anywhere in an expression."""
    match value:
        case facts.Compute(op=op, operands=(_, right)) if op in {"**", "<<"}:
            return not isinstance(right, facts.Literal) or _grows(value.operands[0])
        case facts.Compute(operands=operands):
            return any(_grows(operand) for operand in operands)
        case facts.Call(args=args):
            return any(_grows(arg.value) for arg in args)
        case facts.Choice(then=then, otherwise=otherwise):
            return _grows(then) or _grows(otherwise)
        case _:
            return False


def _first(resolver: Resolver, bound: Bound) -> float | None:
    """The wait before the first retry: the expression at exponent nought."""
    value = bound.value
    if not isinstance(value, facts.Compute) or len(value.operands) != 2:
        return None
    if value.op in {"**", "<<"}:
        if value.op == "**":
            return 1.0
        base = fold(resolver, Bound(value.operands[0], bound.scope))
        return float(base) if isinstance(base, (int, float)) else None
    if value.op != "*":
        return None
    factor = 1.0
    for operand in value.operands:
        inner = Bound(operand, bound.scope)
        number = _first(resolver, inner) if _grows(operand) else fold(resolver, inner)
        if not isinstance(number, (int, float)):
            return None
        factor *= number
    return factor

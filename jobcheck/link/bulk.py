"""How much a value carries, and what it copies from a row."""

from __future__ import annotations

from typing import Literal

from jobcheck import facts
from jobcheck.link.entities import Bound, Data, Element, Entity, External, Given, Instance, Listing, Parameter
from jobcheck.link.meaning import receivers
from jobcheck.link.resolve import Resolver

READING = frozenset({"read", "read_bytes", "read_text", "readlines", "getvalue"})
PACKING = frozenset({"b64encode", "encodebytes", "decode", "encode", "str", "bytes"})
WHOLE = (".values_list()", ".values()", ".in_bulk()")
LIMITS = ("[]", ".first()", ".last()", ".get()", ".count()", ".exists()")
ROWS = ("django.db.models.Model", "sqlalchemy.orm.DeclarativeBase", "flask_sqlalchemy.SQLAlchemy().Model")
PACKED = 4
"""Calls around the content of a file that are looked through."""

Bulk = Literal["", "file", "rows"]


def bulk(resolver: Resolver, entity: Entity, value: facts.Value | None) -> Bulk:
    """What a value has much of."""
    if isinstance(entity, Listing):
        found = [
            bulk(resolver, resolver.given(i), i.value if isinstance(i, Bound) else None) for i in entity.items
        ]
        return next((kind for kind in found if kind), "")
    held = entity.bound.value if isinstance(entity, Data) else value
    if _is_content(held, PACKED) or (isinstance(entity, External) and _is_made_of_file(entity)):
        return "file"
    if isinstance(entity, Data) and isinstance(held, facts.Comprehension):
        sources = (resolver.entity(clause.source, entity.bound.scope) for clause in held.clauses)
        return "rows" if any(_is_unlimited(source) for source in sources) else ""
    query = _listed(resolver, entity)
    return "rows" if query is not None and query.path.endswith(WHOLE) and _is_unlimited(query) else ""


def _is_content(value: facts.Value | None, depth: int) -> bool:
    """`upload.read()`, `b64encode(upload.read()).decode()`."""
    if not isinstance(value, facts.Call) or not isinstance(value.callee, facts.Read) or not depth:
        return False
    place = value.callee.place
    verb = place.path[-1] if place.path else place.root
    if verb in READING and place.path and not value.args:
        return True
    packed = verb in PACKING
    inner = [argument.value for argument in value.args[:1]]
    inner += [place.root] if not isinstance(place.root, str) else []
    return packed and any(_is_content(part, depth - 1) for part in inner)


def _is_made_of_file(entity: External) -> bool:
    """A name that was given the content."""
    return entity.made is not None and _is_content(entity.made.call, PACKED)


def _listed(resolver: Resolver, entity: Entity) -> External | None:
    """A query, also that of `list(query)`."""
    if not isinstance(entity, External):
        return None
    if entity.path == "builtins.list()" and entity.made is not None:
        args = resolver.arguments(entity.made).positional
        return _listed(resolver, resolver.given(args[0])) if args else None
    return entity


def _is_unlimited(query: Entity) -> bool:
    """Whether a query has no slice, and no filter but by constants."""
    path = query.path if isinstance(query, External) else ""
    chain = path.rpartition(".objects")[2] if ".objects." in path else ""
    if not chain or any(limit in chain for limit in LIMITS):
        return False
    given = (argument for inner in receivers(query) if inner.made for argument in inner.made.call.args)
    return all(isinstance(argument.value, facts.Literal) for argument in given)


def column(resolver: Resolver, given: Given) -> str:
    """The column that a value is read from, "" when it is read from no row."""
    value = given.value if isinstance(given, Bound) else None
    if not isinstance(given, Bound) or not isinstance(value, facts.Read) or not value.place.path:
        return ""
    *before, last = value.place.path
    holder = resolver.entity(
        facts.Read(facts.Place(value.place.root, tuple(before)), value.span), given.scope
    )
    return last if isinstance(last, str) and _is_row(resolver, holder) else ""


def _is_row(resolver: Resolver, holder: Entity) -> bool:
    match holder:
        case External(path=path):
            return resolver.is_row(path)
        case Instance():
            return any(path.removesuffix("()") in ROWS for path in resolver.external_paths(holder))
        case Parameter(of_type=inner) if inner is not None:
            return _is_row(resolver, inner)
        case Element(of=inner):
            return isinstance(inner, External) and resolver.is_row(f"{inner.path}[]")
        case _:
            return False

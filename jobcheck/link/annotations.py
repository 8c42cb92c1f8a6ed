"""Which objects an annotation speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.facts import Item, Place, Read
from jobcheck.link.entities import ClassEntity, Entity, External, Instance, Scope, options

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver

CONTAINERS = frozenset({"Optional", "Annotated", "Union", "Final", "ClassVar", "Required", "NotRequired"})
SHAPES = ("builtins.", "typing.", "typing_extensions.", "collections.abc.", "types.")
"""Where types come from that say how a value is used and not what it is."""


class Annotations:
    """The part of the resolver that reads types."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def instance_of(self, annotation: facts.Value, scope: Scope) -> Entity | None:
        """An object of the annotated type; None when the annotation names no class."""
        for value in _alternatives(annotation):
            for named in options(self._resolver.entity(value, scope)):
                if isinstance(named, ClassEntity):
                    return Instance(named)
                if isinstance(named, External) and not named.path.startswith(SHAPES):
                    return External(f"{named.path}()")
        return None


def bare(value: facts.Value) -> facts.Value:
    """A class without its type arguments: `Generic[T]` is `Generic`."""
    if isinstance(value, Read) and value.place.path and isinstance(value.place.path[-1], Item):
        return Read(Place(value.place.root, value.place.path[:-1]), value.span)
    return value


def _alternatives(annotation: facts.Value) -> list[facts.Value]:
    """The types an annotation names: `X | None`, `Optional[X]`, `"X"`."""
    match annotation:
        case facts.Compute(op="|", operands=operands):
            return [value for operand in operands for value in _alternatives(operand)]
        case facts.Literal(value=str(written)):
            return [_named(part.strip(), annotation.span) for part in written.split("|") if _is_name(part)]
        case Read(place=Place(root=root, path=(*path, Item(key=key)))):
            last = path[-1] if path else root
            return _alternatives(key) if last in CONTAINERS else [bare(annotation)]
        case facts.Sequence(items=items):
            return [value for item in items for value in _alternatives(item)]
        case Read():
            return [annotation]
        case _:
            return []


def _is_name(text: str) -> bool:
    return text.strip() != "None" and all(part.isidentifier() for part in text.strip().split("."))


def _named(text: str, span: facts.Span) -> facts.Value:
    root, *path = text.split(".")
    return Read(Place(root, tuple(path)), span)

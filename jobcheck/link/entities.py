"""What an expression stands for, once its names are followed.

A `Scope` is where names are read: a module, or a function with the arguments that a followed
call gave it. An entity is what comes out. Things from outside the project are known by their
canonical dotted path, in which "()" stands for the result of a call:
"celery.Celery().task", "django.db.models.Model.objects.filter().update".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

from msgspec import Struct

from jobcheck import facts
from jobcheck.model import FunctionRef, Location


class Scope(Struct, frozen=True, eq=False):
    """Where names are read. `qualname` is "" at module level; `given` are substituted arguments."""

    path: str
    qualname: str = ""
    given: dict[str, Given] = {}
    outer: Union[Scope, None] = None


class Bound(Struct, frozen=True, eq=False):
    """A value with the scope that its names are read in."""

    value: facts.Value
    scope: Scope

    @property
    def at(self) -> Location:
        return Location(self.scope.path, self.value.span)


class Arguments(Struct, frozen=True, eq=False):
    """The arguments of a call, spreads opened; `open` says why there may be more than these."""

    positional: tuple[Given, ...] = ()
    named: dict[str, Given] = {}
    open: str = ""


class Applied(Struct, frozen=True, eq=False):
    """A call that made something, with the scope of its arguments; `preset` stands for arguments
    that do not come from the call's own text (a partial's, a decorated function)."""

    call: facts.Call
    scope: Scope
    preset: Union[Arguments, None] = None

    @property
    def at(self) -> Location:
        return Location(self.scope.path, self.call.span)


class External(Struct, frozen=True, eq=False):
    """Something from outside the project.

    `receiver` is the project's class or instance that it was reached through, `made` the call
    that a path ending in "()" stands for, `told` are attributes whose values are known.
    """

    path: str
    receiver: Union[Entity, None] = None
    made: Union[Applied, None] = None
    told: dict[str, Given] = {}


class Function(Struct, frozen=True, eq=False):
    """A function of the project; `closure` is the scope it was defined in."""

    ref: FunctionRef
    facts: facts.Function
    closure: Scope


class Anonymous(Struct, frozen=True, eq=False):
    """A lambda."""

    node: facts.Lambda
    scope: Scope


class ClassEntity(Struct, frozen=True, eq=False):
    """A class of the project."""

    path: str
    facts: facts.Class
    scope: Scope

    @property
    def qualname(self) -> str:
        return self.facts.qualname


class Instance(Struct, frozen=True, eq=False):
    """An object of a project class; `made` is None when only its type is known."""

    cls: ClassEntity
    made: Union[Applied, None] = None


class Method(Struct, frozen=True, eq=False):
    """A method of the project, reached through its owner."""

    function: Function
    owner: Union[Instance, ClassEntity]


class Partial(Struct, frozen=True, eq=False):
    """`functools.partial(target, ...)`; `made` holds the arguments after the target."""

    target: Entity
    made: Applied


class Listing(Struct, frozen=True, eq=False):
    """A sequence; `open` says why there may be more items than these, `unordered` that it is a set."""

    items: tuple[Given, ...]
    open: str = ""
    unordered: bool = False


class Mapping(Struct, frozen=True, eq=False):
    """A dict with text keys; `open` says why there may be more keys than these."""

    items: dict[str, Given]
    open: str = ""
    at: Union[Location, None] = None


class Data(Struct, frozen=True, eq=False):
    """A value that stands for itself: a literal, text, arithmetic, a condition."""

    bound: Bound


class ModuleEntity(Struct, frozen=True, eq=False):
    """A module of the project."""

    path: str


class Parameter(Struct, frozen=True, eq=False):
    """A parameter nobody has given a value here; `of_type` comes from its annotation."""

    function: FunctionRef
    name: str
    of_type: Union[Entity, None] = None


class Element(Struct, frozen=True, eq=False):
    """One item of what is iterated over, or what a key of it holds."""

    of: Entity


class Several(Struct, frozen=True, eq=False):
    """One of these, depending on the path."""

    options: tuple[Entity, ...]


class Unknown(Struct, frozen=True, eq=False):
    """What cannot be told, and why; `text` is the name as written, where it has one."""

    why: str
    at: Location
    text: str = ""


Entity = Union[
    External,
    Function,
    Anonymous,
    ClassEntity,
    Instance,
    Method,
    Partial,
    Listing,
    Mapping,
    Data,
    ModuleEntity,
    Parameter,
    Element,
    Several,
    Unknown,
]
Given = Union[Bound, Entity]


def several(found: Iterable[Entity]) -> Entity:
    """One entity of many.

    Beside a thing (a function, an object, a class), alternatives that tell nothing are dropped: they
    are placeholders. Beside plain data they stay, since the data is then only one possibility.
    """
    flat = [inner for entity in found for inner in options(entity)]
    if len(flat) == 1:
        return flat[0]
    if any(not tells_nothing(entity) and not is_plain(entity) for entity in flat):
        flat = [entity for entity in flat if not tells_nothing(entity)]
    elif not any(is_plain(entity) for entity in flat):
        flat = sorted(flat, key=lambda entity: not isinstance(entity, Parameter))[:1]
    unique = tuple({id(entity): entity for entity in flat}.values())
    return unique[0] if len(unique) == 1 else Several(unique)


def is_plain(entity: Entity) -> bool:
    """Whether an entity is data: a constant, a sequence, a dict."""
    return isinstance(entity, (Data, Listing, Mapping))


def truth(entity: Entity) -> bool | None:
    """Whether an entity counts as true, None when that cannot be told."""
    match entity:
        case Data(bound=Bound(value=facts.Literal(value=value))):
            return bool(value)
        case Listing(items=items, open=open_) | Mapping(items=items, open=open_):
            return True if items else (None if open_ else False)
        case Function() | Anonymous() | ClassEntity() | Instance() | Method() | Partial() | ModuleEntity():
            return True
        case _:
            return None


def either(first: Entity, otherwise: Entity) -> Entity:
    """What `first or otherwise` stands for; `x or {}` of an unknown x stands for the x."""
    kept = [entity for entity in options(first) if truth(entity) is not False]
    if kept and all(truth(entity) for entity in kept):
        return several(kept)
    if kept and truth(otherwise) is False and all(tells_nothing(entity) for entity in kept):
        return several(kept)
    return several([*kept, otherwise])


def both(first: Entity, then: Entity) -> Entity:
    """What `first and then` stands for."""
    if all(truth(entity) is False for entity in options(first)):
        return first
    return several([*(entity for entity in options(first) if truth(entity) is not True), then])


def tells_nothing(entity: Entity) -> bool:
    """A None kept for later, or a value that cannot be told."""
    if isinstance(entity, Data):
        value = entity.bound.value
        return isinstance(value, facts.Literal) and value.value is None
    if isinstance(entity, Parameter):
        return entity.of_type is None
    return isinstance(entity.of if isinstance(entity, Element) else entity, Unknown)


def options(entity: Entity) -> tuple[Entity, ...]:
    """What an entity may be, one by one."""
    return entity.options if isinstance(entity, Several) else (entity,)


def why(entity: Entity, otherwise: str = "spread from what cannot be told") -> str:
    """Why a spread entity leaves its surroundings open."""
    match entity:
        case Unknown(why=why):
            return why
        case Parameter(name=name):
            return f"it depends on the argument {name}"
        case _:
            return otherwise


def text(entity: Entity) -> str:
    """The name an entity goes by in the text, for the eye and for names that speak for themselves."""
    match entity:
        case Unknown(text=found):
            return found
        case Parameter(name=name):
            return name
        case External(path=path):
            return path
        case Element(of=of):
            return f"{text(of)}[]"
        case Several(options=options):
            return text(options[0])
        case _:
            return ""

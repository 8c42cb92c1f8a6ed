"""What a producer puts into a message, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jobcheck import facts
from jobcheck.link.bulk import bulk, column
from jobcheck.link.contents import TEXTUAL, keys, secret, thing
from jobcheck.link.entities import (
    Arguments,
    Bound,
    ClassEntity,
    Data,
    Element,
    Entity,
    External,
    Given,
    Instance,
    Listing,
    Mapping,
    Parameter,
    Scope,
    Several,
    text,
)
from jobcheck.link.resolve import Resolver
from jobcheck.model import Carried, Field, Location

ROW_CLASSES = (
    "django.db.models.",
    "django.contrib.auth.models.",
    "django.contrib.gis.db.models.",
    "sqlalchemy.orm.",
    "sqlalchemy.ext.declarative.",
    "flask_sqlalchemy.",
    "sqlmodel.SQLModel",
    "mongoengine.",
    "peewee.Model",
    "tortoise.models.Model",
)
ONE = frozenset(
    {
        "get",
        "first",
        "last",
        "earliest",
        "latest",
        "create",
        "aget",
        "afirst",
        "alast",
        "acreate",
        "one",
        "one_or_none",
        "scalar_one",
    }
)
MANY = frozenset(
    {
        "filter",
        "all",
        "exclude",
        "order_by",
        "select_related",
        "prefetch_related",
        "distinct",
        "annotate",
        "only",
        "defer",
        "reverse",
        "values",
        "iterator",
        "using",
        "union",
    }
)
COLUMNS = frozenset({"values_list", "count", "exists", "aggregate", "in_bulk", "update", "delete"})
REQUESTS = frozenset(
    {"django.http.HttpRequest()", "flask.request", "starlette.requests.Request()", "fastapi.Request()"}
)
SESSIONS = ("sqlalchemy.orm.Session()", "sqlalchemy.ext.asyncio.AsyncSession()", "requests.Session()")
PLAIN = frozenset({"builtins.str()", "builtins.int()", "builtins.len()", "builtins.float()"})
CONTAINERS = frozenset({"builtins.list()", "builtins.tuple()", "builtins.set()", "builtins.sorted()"})
PLAIN_TYPES = frozenset(
    [
        "builtins.str",
        "builtins.int",
        "builtins.float",
        "builtins.bool",
        "datetime.date",
        "datetime.datetime",
        "decimal.Decimal",
        "uuid.UUID",
    ]
)
SERIALIZED = ("ModelSerializer().data", "HyperlinkedModelSerializer().data")
DUMPS = ("django.forms.models.model_to_dict()", "django.forms.model_to_dict()", "builtins.vars()")
IDENTIFIERS = frozenset({"id", "pk", "uuid", "guid", "key", "ids", "pks", "uid"})
CONVERSIONS = frozenset({"str", "int", "repr", "UUID", "force_str", "list", "tuple", "sorted"})


def arguments(
    resolver: Resolver, args: Arguments, at: Location, written: tuple[facts.Argument, ...] = ()
) -> tuple[Field, ...]:
    """The fields of a payload that is a call's arguments, with what stayed spread."""
    fields = [field(resolver, None, given, at) for given in args.positional]
    fields += [field(resolver, name, given, at) for name, given in args.named.items()]
    if args.open:
        fields += _spreads(written, at) or [Field(None, "unknown", at, spread="**")]
    return tuple(fields)


def _spreads(written: tuple[facts.Argument, ...], at: Location) -> list[Field]:
    return [
        Field(None, "unknown", Location(at.path, arg.value.span), text=render(arg.value), spread=arg.star)
        for arg in written
        if arg.star
    ]


def document(resolver: Resolver, given: Given | None, at: Location) -> tuple[Field, ...] | None:
    """The fields of a payload that is one mapping; None when it cannot be told."""
    if given is None:
        return ()
    entity = resolver.given(given)
    if isinstance(entity, Data) and isinstance(entity.bound.value, facts.Literal):
        return ()
    if not isinstance(entity, Mapping):
        return None
    fields = [field(resolver, name, inner, at) for name, inner in entity.items.items()]
    if entity.open:
        fields.append(Field(None, "unknown", entity.at or at, spread="**"))
    return tuple(fields)


def field(resolver: Resolver, name: str | None, given: Given, at: Location) -> Field:
    """One value that travels, under the name it travels by."""
    entity = resolver.given(given)
    value = given.value if isinstance(given, Bound) else None
    inner = _unwrapped(value)
    kind = carried(resolver, entity, inner, name)
    return Field(
        name=name,
        carried=kind,
        at=given.at if isinstance(given, Bound) else at,
        text=render(value) if value is not None else text(entity),
        held=_held(inner) if kind == "identifier" else None,
        thing=thing(resolver, entity, value),
        secret=secret(resolver, entity),
        keys=tuple(dict.fromkeys(keys(resolver, entity))),
        bulk=bulk(resolver, entity, value),
        column=column(resolver, given),
    )


def _unwrapped(value: facts.Value | None) -> facts.Value | None:
    """`order.id` of `str(order.id)`."""
    while (
        isinstance(value, facts.Call)
        and len(value.args) == 1
        and isinstance(value.callee, facts.Read)
        and last_step(value.callee.place) in CONVERSIONS
    ):
        value = value.args[0].value
    return value


def _held(value: facts.Value | None) -> str | None:
    """The row whose identifier is read: `order` of `order.id`."""
    if not isinstance(value, facts.Read) or not value.place.path:
        return None
    if last_step(value.place) not in IDENTIFIERS or not isinstance(value.place.root, str):
        return None
    return render(facts.Read(facts.Place(value.place.root, value.place.path[:-1]), value.span))


def carried(resolver: Resolver, entity: Entity, value: facts.Value | None, name: str | None) -> Carried:
    """What sort of thing a field carries, by where it comes from and, failing that, by its name."""
    known = _by_entity(resolver, entity)
    if known not in {"unknown", "scalar"}:
        return known
    spelt = last_step(value.place) if isinstance(value, facts.Read) else ""
    if _names_identifier(spelt) or (known == "unknown" and not spelt and _names_identifier(name or "")):
        return "identifier"
    if known == "scalar":
        return "scalar"
    if spelt == "user" and isinstance(value, facts.Read) and _of_request(value.place):
        return "row"
    if spelt == "request" or (isinstance(value, facts.Read) and _ends_in(value, "request")):
        return "request"
    return _by_shape(value)


def _by_entity(resolver: Resolver, entity: Entity) -> Carried:
    match entity:
        case Data(bound=bound):
            return "unknown" if isinstance(bound.value, facts.Comprehension) else "scalar"
        case Mapping():
            return "record"
        case Listing(items=items):
            return _of_items(resolver, items)
        case Instance() | ClassEntity():
            return "row" if is_model(resolver, entity) else "unknown"
        case External(path=path):
            return _by_path(resolver, entity, path)
        case Parameter(of_type=of_type):
            return _by_entity(resolver, of_type) if of_type is not None else _by_annotation(resolver, entity)
        case Several(options=options):
            kinds = [_by_entity(resolver, option) for option in options]
            return next((kind for kind in kinds if kind in {"row", "rows", "request", "session"}), kinds[0])
        case Element(of=of):
            return "row" if _by_entity(resolver, of) == "rows" else "unknown"
        case _:
            return "unknown"


def _by_annotation(resolver: Resolver, parameter: Parameter) -> Carried:
    function = resolver.index.function(parameter.function)
    annotated = [p.annotation for p in function.params if p.name == parameter.name] if function else []
    scope = resolver.module_scope(parameter.function.path)
    plain = [
        _is_plain_type(resolver, annotation, scope) for annotation in annotated if annotation is not None
    ]
    return "scalar" if plain and all(plain) else "unknown"


def _is_plain_type(resolver: Resolver, annotation: facts.Value, scope: Scope) -> bool:
    """Whether an annotation names nothing but plain values: `str`, `int | None`."""
    match annotation:
        case facts.Compute(op="|", operands=operands):
            return all(_is_plain_type(resolver, operand, scope) for operand in operands)
        case facts.Literal(value=None):
            return True
        case facts.Read():
            found = resolver.entity(annotation, scope)
            return isinstance(found, External) and found.path in PLAIN_TYPES
        case _:
            return False


def _of_items(resolver: Resolver, items: Iterable[Given]) -> Carried:
    kinds = {_by_entity(resolver, resolver.given(item)) for item in items}
    if "row" in kinds or "rows" in kinds:
        return "rows"
    return "scalar" if kinds <= {"scalar"} else "unknown"


def _by_path(resolver: Resolver, entity: External, path: str) -> Carried:
    if path in REQUESTS:
        return "request"
    if path in SESSIONS:
        return "session"
    if path in CONTAINERS and entity.made is not None:
        args = resolver.arguments(entity.made).positional
        return _by_entity(resolver, resolver.given(args[0])) if args else "unknown"
    if path.startswith("rest_framework.serializers.") and path.endswith(SERIALIZED):
        return "row"
    if path in DUMPS or path.endswith(".__dict__"):
        return "row" if _dumps_row(resolver, entity) else "unknown"
    if ".objects" in path or "._default_manager" in path:
        return _by_query(path)
    if path.startswith("django.shortcuts.get_object_or_404()"):
        return "row" if path.endswith("404()") else "unknown"
    if path.endswith(")") and resolver.is_row(path):
        return "row"
    return "scalar" if path in PLAIN or path.rpartition(".")[2] in TEXTUAL else "unknown"


def _dumps_row(resolver: Resolver, entity: External) -> bool:
    if entity.made is None:
        return entity.receiver is not None and _by_entity(resolver, entity.receiver) == "row"
    args = resolver.arguments(entity.made).positional
    return bool(args) and _by_entity(resolver, resolver.given(args[0])) in {"row", "unknown"}


def _by_query(path: str) -> Carried:
    """Rows, one row, or what was read from them, by the verbs of a manager's chain."""
    chain = path.rpartition(".objects" if ".objects" in path else "._default_manager")[2]
    if chain.endswith("[]"):
        return "row" if _by_query_verbs(chain[:-2]) == "rows" and "values" not in chain else "unknown"
    return _by_query_verbs(chain)


def _by_query_verbs(chain: str) -> Carried:
    verbs = [step.removesuffix("()") for step in chain.split(".") if step.endswith("()")]
    if not verbs or not chain.endswith("()") or COLUMNS & set(verbs):
        return "unknown"
    if verbs[-1] in ONE:
        return "row"
    return "rows" if verbs[-1] in MANY else "unknown"


def is_model(resolver: Resolver, entity: Entity) -> bool:
    """Whether a class or instance of the project is a row of some database."""
    return any(path.startswith(ROW_CLASSES) for path in resolver.external_paths(entity))


def _names_identifier(name: str) -> bool:
    lowered = name.lower()
    return (
        lowered in IDENTIFIERS
        or lowered.endswith(("_id", "_pk", "_uuid", "_ids", "_pks"))
        or (name.endswith(("Id", "Ids")) and len(name) > 2)
    )


def _of_request(place: facts.Place) -> bool:
    """Whether a place is an attribute of a web request: `request.user`, `self.request.user`."""
    return (place.root, *place.path)[-2:-1] == ("request",)


def _ends_in(read: facts.Read, name: str) -> bool:
    return bool(read.place.path) and last_step(read.place) == name and read.place.root == "self"


def _by_shape(value: facts.Value | None) -> Carried:
    match value:
        case facts.Literal() | facts.Text() | facts.Compute() | facts.Condition():
            return "scalar"
        case facts.Record():
            return "record"
        case facts.Comprehension(element=element):
            named = isinstance(element, facts.Read) and _names_identifier(last_step(element.place))
            return "scalar" if named else "unknown"
        case _:
            return "unknown"


# --- the text of a value ---


def last_step(place: facts.Place) -> str:
    """The last name of a place."""
    step = place.path[-1] if place.path else place.root
    if isinstance(step, facts.Item):
        key = step.key
        return str(key.value) if isinstance(key, facts.Literal) else ""
    return step if isinstance(step, str) else ""


def render(value: facts.Value) -> str:
    """A short form of a value's source."""
    match value:
        case facts.Read(place=place):
            return "".join(_steps(place))
        case facts.Literal(value=constant):
            return repr(constant)
        case facts.Call(callee=callee, args=args):
            inner = render(args[0].value) if len(args) == 1 else "..." if args else ""
            return f"{render(callee)}({inner})"
        case facts.Record():
            return "{...}"
        case facts.Sequence():
            return "[...]"
        case facts.Text():
            return 'f"..."'
        case _:
            return "..."


def _steps(place: facts.Place) -> Iterator[str]:
    yield place.root if isinstance(place.root, str) else render(place.root)
    for step in place.path:
        yield f"[{render(step.key)}]" if isinstance(step, facts.Item) else f".{step}"

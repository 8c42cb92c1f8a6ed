"""What a value is that is no plain data - a set, a moment, a function - and what else is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jobcheck import facts
from jobcheck.link.annotations import bare
from jobcheck.link.entities import (
    Anonymous,
    Bound,
    ClassEntity,
    Data,
    Entity,
    External,
    Function,
    Given,
    Instance,
    Listing,
    Mapping,
    Method,
    Parameter,
    Partial,
    Several,
)
from jobcheck.link.resolve import Resolver

MADE = {
    "datetime.datetime()": "datetime",
    "datetime.datetime.now()": "datetime",
    "datetime.datetime.utcnow()": "datetime",
    "datetime.datetime.today()": "datetime",
    "datetime.datetime.fromisoformat()": "datetime",
    "datetime.datetime.fromtimestamp()": "datetime",
    "datetime.datetime.combine()": "datetime",
    "datetime.datetime.strptime()": "datetime",
    "django.utils.timezone.now()": "datetime",
    "django.utils.timezone.localtime()": "datetime",
    "django.db.models.DateTimeField()": "datetime",
    "datetime.date()": "date",
    "datetime.date.today()": "date",
    "datetime.date.fromisoformat()": "date",
    "django.utils.timezone.localdate()": "date",
    "django.db.models.DateField()": "date",
    "datetime.time()": "time",
    "django.db.models.TimeField()": "time",
    "datetime.timedelta()": "timedelta",
    "dateutil.relativedelta.relativedelta()": "timedelta",
    "django.db.models.DurationField()": "timedelta",
    "decimal.Decimal()": "Decimal",
    "django.db.models.DecimalField()": "Decimal",
    "uuid.UUID()": "UUID",
    "uuid.uuid1()": "UUID",
    "uuid.uuid4()": "UUID",
    "uuid.uuid5()": "UUID",
    "django.db.models.UUIDField()": "UUID",
    "builtins.set()": "set",
    "builtins.frozenset()": "set",
    "builtins.bytes()": "bytes",
    "builtins.bytearray()": "bytearray",
    "builtins.memoryview()": "memoryview",
    "builtins.complex()": "complex number",
    "builtins.range()": "range",
    "builtins.map()": "iterator",
    "builtins.filter()": "iterator",
    "builtins.zip()": "iterator",
    "builtins.iter()": "iterator",
    "builtins.enumerate()": "iterator",
    "builtins.object()": "object",
    "builtins.open()": "open file",
    "io.BytesIO()": "open file",
    "io.StringIO()": "open file",
    "tempfile.NamedTemporaryFile()": "open file",
    "tempfile.TemporaryFile()": "open file",
    "pathlib.Path()": "path object",
    "pathlib.Path.cwd()": "path object",
    "re.compile()": "pattern",
    "fractions.Fraction()": "Fraction",
    "ipaddress.ip_address()": "IP address",
    "collections.deque()": "deque",
    **dict.fromkeys(
        (f"threading.{kind}()" for kind in ("Lock", "RLock", "Event", "Condition", "Semaphore")), "lock"
    ),
    **dict.fromkeys((f"asyncio.{kind}()" for kind in ("Lock", "Event", "Condition", "Semaphore")), "lock"),
}
TYPES = ("builtins.", "datetime.", "decimal.", "uuid.", "pathlib.", "enum.")
"""Where a class without a call is the class itself."""
ENUMS = frozenset({"enum.Enum", "enum.Flag"})
SECRETS = (
    "secrets.token_urlsafe()",
    "secrets.token_hex()",
    "secrets.token_bytes()",
    ".make_token()",
    ".make_random_password()",
    "django.contrib.auth.hashers.make_password()",
    "jwt.encode()",
    "rest_framework_simplejwt.tokens.RefreshToken.for_user()",
    "rest_framework_simplejwt.tokens.AccessToken.for_user()",
    "cryptography.fernet.Fernet.generate_key()",
    "pyotp.random_base32()",
)
"""How paths end of calls that make what opens something."""
TEXTUAL = frozenset(
    {
        "isoformat()",
        "strftime()",
        "total_seconds()",
        "timestamp()",
        "hexdigest()",
        "decode()",
        "lower()",
        "upper()",
        "strip()",
        "format()",
        "join()",
        "replace()",
        "title()",
        "model_dump_json()",
        "dumps()",
    }
)
"""Methods that give text or a number, whatever they are called on."""
SPELLINGS = frozenset({"builtins.str()", "django.utils.encoding.force_str()", "urllib.parse.quote()"})
PYDANTIC = "pydantic.BaseModel"
OPENED = 4
"""Containers within containers that are looked into."""


def thing(resolver: Resolver, entity: Entity, value: facts.Value | None, depth: int = OPENED) -> str:
    """What a value is, or has inside, that is no plain data; "" where that cannot be told."""
    written = _written(resolver, entity, value, depth) if depth else ""
    if written or not depth:
        return written
    match entity:
        case Listing(items=items, unordered=unordered):
            return "set" if unordered else _inside(resolver, items, depth)
        case Mapping(items=items):
            return _inside(resolver, items.values(), depth)
        case Several(options=options):
            return _inside(resolver, options, depth)
        case Function() | Method() | Anonymous() | Partial():
            return "function"
        case ClassEntity():
            return "class"
        case Instance(cls=cls):
            return _object(resolver, cls)
        case External(path=path):
            return _made(path) or _column(resolver, entity)
        case Parameter(of_type=of_type) if of_type is not None and _is_one_type(resolver, entity):
            return thing(resolver, of_type, None, depth)
        case _:
            return ""


def keys(resolver: Resolver, entity: Entity, depth: int = OPENED) -> Iterator[str]:
    """The keys of records in a value."""
    match entity:
        case Mapping(items=items) if depth:
            yield from items
            for given in items.values():
                yield from keys(resolver, resolver.given(given), depth - 1)
        case Listing(items=parts) if depth:
            for given in parts:
                yield from keys(resolver, resolver.given(given), depth - 1)


def secret(resolver: Resolver, entity: Entity, depth: int = OPENED) -> str:
    """The call that makes the secret a value has in it, also within text; "" when none is seen."""
    if not depth:
        return ""
    match entity:
        case External(path=path) if path.endswith(SECRETS):
            return path
        case External(path=path, made=made) if path in SPELLINGS and made is not None:
            parts: Iterable[Given] = resolver.arguments(made).positional
        case Data(bound=Bound(value=facts.Text(parts=written), scope=scope)):
            parts = [Bound(part, scope) for part in written]
        case Mapping(items=items):
            parts = items.values()
        case Listing(items=listed):
            parts = listed
        case Several(options=options):
            parts = options
        case _:
            return ""
    found = (secret(resolver, resolver.given(part), depth - 1) for part in parts)
    return next((path for path in found if path), "")


def _is_one_type(resolver: Resolver, parameter: Parameter) -> bool:
    """Whether an annotation leaves no choice: `Size`, not `Size | str`."""
    function = resolver.index.function(parameter.function)
    found = [p.annotation for p in function.params if p.name == parameter.name] if function else []
    return all(isinstance(a, facts.Read) and bare(a) is a for a in found)


def _inside(resolver: Resolver, parts: Iterable[Given], depth: int) -> str:
    found = (
        thing(resolver, resolver.given(part), part.value if isinstance(part, Bound) else None, depth - 1)
        for part in parts
    )
    return next((word for word in found if word), "")


def _written(resolver: Resolver, entity: Entity, value: facts.Value | None, depth: int) -> str:
    """What the text alone tells, or the class that a member is read from."""
    kept = entity.bound.value if isinstance(entity, Data) else None
    match kept if isinstance(kept, (facts.Comprehension, facts.Opaque, facts.Compute)) else value:
        case facts.Comprehension(kind="set"):
            return "set"
        case facts.Comprehension(kind="generator"):
            return "iterator"
        case facts.Opaque(why="bytes"):
            return "bytes"
        case facts.Compute(op="+" | "-" as op, operands=(left, right)) if isinstance(entity, Data):
            scope = entity.bound.scope
            kinds = [thing(resolver, resolver.entity(part, scope), part, depth - 1) for part in (left, right)]
            return _sum(op, *kinds)
        case facts.Read() as read if isinstance(entity, Data):
            return _member(resolver, read, entity)
        case _:
            return ""


def _sum(op: str, left: str, right: str) -> str:
    """A moment moved by a span is a moment, the difference of two moments a span."""
    if right == "timedelta":
        return left
    return "timedelta" if op == "-" and left == right and left in {"datetime", "date"} else ""


def _member(resolver: Resolver, read: facts.Read, entity: Data) -> str:
    """`Colour.RED`: a constant that is read where a class of members defines it."""
    scope = entity.bound.scope
    cls = resolver.index.cls(scope.path, scope.qualname) if scope.qualname else None
    last = read.place.path[-1] if read.place.path else ""
    if cls is None or last not in resolver.index.table(scope.path, scope.qualname).names:
        return ""
    bases = resolver.ancestors(ClassEntity(scope.path, cls, scope.outer or scope))
    outside = {base.path for base in bases if isinstance(base, External)}
    return "enum" if outside & ENUMS and outside <= ENUMS else ""


def _object(resolver: Resolver, cls: ClassEntity) -> str:
    """An object of a class of the project whose bases are all known, and which cannot spell itself."""
    bases = resolver.ancestors(cls)
    outside = {base.path for base in bases if isinstance(base, External)}
    inside = [base for base in bases if isinstance(base, ClassEntity)]
    if any(_spells_itself(resolver, base) or not _is_told(resolver, base) for base in inside):
        return ""
    if outside & ENUMS and outside <= ENUMS:
        return "enum"
    if outside == {PYDANTIC}:
        return "pydantic model"
    if any(path.rpartition(".")[2].endswith(("Exception", "Error")) for path in outside):
        return "exception"
    return "object" if not outside else ""


def _spells_itself(resolver: Resolver, cls: ClassEntity) -> bool:
    return "__json__" in resolver.index.table(cls.path, cls.qualname).names


def _is_told(resolver: Resolver, cls: ClassEntity) -> bool:
    """Whether it is known what a class is made from."""
    found = [resolver.entity(bare(base.value), cls.scope) for base in cls.facts.bases if not base.name]
    return all(isinstance(entity, (ClassEntity, External)) for entity in found)


def _column(resolver: Resolver, entity: External) -> str:
    """What a row that was looked up holds under a name, by the field its model declares."""
    row, name = entity.receiver, entity.path.rpartition(".")[2]
    if not isinstance(row, External) or not name.isidentifier() or not resolver.is_row(row.path):
        return ""
    model = resolver.members.model_of(row)
    declared = resolver.attribute(Instance(model), name) if model is not None else None
    return _made(declared.path) if isinstance(declared, External) else ""


def _made(path: str) -> str:
    if path in MADE:
        return MADE[path]
    if f"{path}()" in MADE and path.startswith(TYPES):
        return "class"
    last = path.rpartition(".")[2]
    if path.startswith("builtins.") and last.endswith(("Error()", "Exception()")):
        return "exception"
    return ""

"""Classes that a document is read into: which keys they take, and which of those must be there."""

from __future__ import annotations

from collections.abc import Iterator

from jobcheck import facts
from jobcheck.link.entities import ClassEntity, Entity, External
from jobcheck.link.keyed import reads
from jobcheck.link.meaning import spelt
from jobcheck.link.resolve import Resolver
from jobcheck.model import FunctionRef

MODEL = "pydantic.BaseModel"
VALIDATING = frozenset({f"{MODEL}.model_validate", f"{MODEL}.parse_obj"})
RECORDS = frozenset({"dataclass", "define", "frozen"})
CONFIGURED = frozenset({"model_config", "Config", "__init__", "__new__"})
RENAMING = frozenset({"alias", "validation_alias"})
DEFAULTS = frozenset({"default", "default_factory", "factory"})


def schema(callee: Entity, argument: facts.Argument) -> ClassEntity | None:
    """The class that a call makes of what it is given: `Order(**data)`, `Order.model_validate(data)`."""
    if argument.star == "**":
        return callee if isinstance(callee, ClassEntity) else None
    validates = isinstance(callee, External) and callee.path in VALIDATING
    receiver = callee.receiver if isinstance(callee, External) and validates else None
    return receiver if isinstance(receiver, ClassEntity) else None


def keys(resolver: Resolver, cls: ClassEntity) -> dict[str, bool] | None:
    """The keys a class takes, and whether each must be there; None when that cannot be told."""
    bases = resolver.ancestors(cls)
    outside = {base.path for base in bases if isinstance(base, External)}
    inside = [base for base in reversed(bases) if isinstance(base, ClassEntity)]
    if outside - {MODEL} or not all(_is_plain(resolver, base, bool(outside)) for base in inside):
        return None
    fields = [field for base in inside for field in _fields(base)]
    if any(_is_renamed(value) for _, value in fields):
        return None
    return {name: _must_be_there(value) for name, value in fields}


def _is_plain(resolver: Resolver, cls: ClassEntity, modelled: bool) -> bool:
    """Whether a class takes its annotated fields by their own names, whatever makes it do so."""
    decorators = {spelt(value).removesuffix("()").rpartition(".")[2] for value in cls.facts.decorators}
    bound = {t.root for bind in _binds(cls) for t in bind.targets if isinstance(t, facts.Place)}
    own = [f"{cls.qualname}.{name}" for name in CONFIGURED]
    index = resolver.index
    defined = any(index.cls(cls.path, n) or index.function(FunctionRef(cls.path, n)) for n in own)
    made = modelled or bool(decorators)
    return made and decorators <= RECORDS and not defined and not bound & CONFIGURED


def _binds(cls: ClassEntity) -> Iterator[facts.Bind]:
    return (statement for statement in cls.facts.block if isinstance(statement, facts.Bind))


def _fields(cls: ClassEntity) -> Iterator[tuple[str, facts.Value]]:
    for bind in _binds(cls):
        types = {spelt(read).partition("[")[0].rpartition(".")[2] for read in reads(bind.annotation)}
        for target in bind.targets if bind.annotation is not None and "ClassVar" not in types else ():
            if isinstance(target, facts.Place) and isinstance(target.root, str):
                yield target.root, bind.value


def _is_renamed(value: facts.Value) -> bool:
    return isinstance(value, facts.Call) and any(argument.name in RENAMING for argument in value.args)


def _must_be_there(value: facts.Value) -> bool:
    if isinstance(value, facts.Call):
        plain = [argument.value for argument in value.args if not argument.name]
        return all(map(_is_ellipsis, plain)) and not any(a.name in DEFAULTS for a in value.args)
    return _is_ellipsis(value)


def _is_ellipsis(value: facts.Value) -> bool:
    """`...`, or nothing at all: the field has no default."""
    return isinstance(value, facts.Opaque) and value.why in {"ellipsis", "declared only"}

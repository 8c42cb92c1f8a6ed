"""How a job uses its payload: rows loaded by one field, and keys read from a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.entities import ClassEntity, Entity, External, Function, Method, Parameter, Partial
from jobcheck.link.filters import is_selector
from jobcheck.link.frames import Frame, Missing
from jobcheck.link.keyed import reads
from jobcheck.link.meaning import Meaning, spelt
from jobcheck.link.schemas import keys, schema
from jobcheck.model import Fetch, Field

if TYPE_CHECKING:
    from jobcheck.link.flows import Flows


RAISING = frozenset({"get", "aget", "one", "scalar_one", "get_one", "latest", "earliest"})


def payload_field(flows: Flows, frame: Frame, value: facts.Value | None) -> str:
    """The parameter, or key of the document, that a value is; "" when it is neither."""
    if not isinstance(value, (facts.Read, facts.Call)):
        return ""
    found = frame.entity(value)
    if isinstance(found, Parameter):
        return found.name if found.function == frame.ref else ""
    return document_key(flows, found.path) if isinstance(found, External) else ""


def document_key(flows: Flows, path: str) -> str:
    """The first key of a path into the document: "user" for "bullmq.Job().data[user][id]"."""
    start = f"{flows.document}["
    return path[len(start) :].partition("]")[0] if flows.document and path.startswith(start) else ""


def note_query(flows: Flows, frame: Frame, call: facts.Call, meaning: Meaning) -> None:
    """A row looked up by a field of the payload."""
    if not meaning.model or meaning.verb in {"count", "exists"}:
        return
    for argument in call.args:
        chosen = argument.name is None or is_selector(argument.name.removesuffix("__exact"))
        name = payload_field(flows, frame, argument.value) if chosen else ""
        if name:
            missing = on_way(frame, "fails") if _raises(meaning) else "handled"
            frame.noted.fetches[Fetch(name, meaning.model, frame.at(call), missing)] = None


def _raises(meaning: Meaning) -> bool:
    """Whether a look-up raises when there is no such row; `all_with_deleted` says that rows stay."""
    stays = "deleted" in meaning.target
    return meaning.verb in RAISING and not stays and (meaning.chain or meaning.verb not in {"get", "aget"})


def on_way(frame: Frame, missing: Missing) -> Missing:
    """What comes of a missing row with the `try` statements around."""
    if missing != "fails":
        return missing
    return next((attempt.missing for attempt in reversed(frame.attempts) if attempt.missing), missing)


def note_fetch(flows: Flows, frame: Frame, given: facts.Value | None, fetch: Fetch) -> None:
    """A row that a helper looks up by what this frame gave it."""
    name = payload_field(flows, frame, given) if given is not None else _document_key(flows, fetch)
    if name:
        frame.noted.fetches[Fetch(name, fetch.model, fetch.at, on_way(frame, fetch.missing))] = None


def _document_key(flows: Flows, fetch: Fetch) -> str:
    return fetch.field if flows.document else ""


def note_read(flows: Flows, frame: Frame, read: facts.Read) -> None:
    """A key of the document that must be there."""
    for cut, step in enumerate(read.place.path, 1):
        if not isinstance(step, facts.Item):
            continue
        whole = cut == len(read.place.path)
        found = frame.entity(read) if whole else frame.entity(frame.cut(read, cut))
        name = document_key(flows, found.path) if isinstance(found, External) else ""
        if name:
            frame.noted.reads[Field(name, "unknown", frame.at(read), optional=frame.choosing)] = None
        return


def note_reads(frame: Frame, found: Iterable[Field]) -> None:
    """Keys that a helper reads."""
    frame.noted.reads.update(
        (replace(field, optional=True) if frame.choosing else field, None) for field in found
    )


# --- keys that only some messages need ---------------------------------------------------


def asks_message(flows: Flows, frame: Frame, node: object) -> bool:
    """Whether a test looks at the message itself: its name, what keys it has, what they hold."""
    handle = flows.document.rpartition(".")[0]
    found = (frame.entity(read) for read in reads(node)) if handle else ()
    return any(isinstance(entity, External) and entity.path.startswith(handle) for entity in found)


@contextmanager
def behind(frame: Frame, choice: bool = True) -> Iterator[None]:
    """What only some messages get to, if there is a choice."""
    before = frame.choosing
    frame.choosing = before or choice
    yield
    frame.choosing = before


def chosen(flows: Flows, frame: Frame, node: object) -> AbstractContextManager[None]:
    """What runs behind a test."""
    return behind(frame, asks_message(flows, frame, node))


@contextmanager
def branching(frame: Frame, statement: facts.If) -> Iterator[None]:
    """An `if`: where one of its branches leaves, all that follows stands behind its test."""
    before = frame.choosing
    yield
    frame.choosing = before or (frame.choosing and _leaves(statement))


def _leaves(statement: facts.If) -> bool:
    blocks = (statement.body, statement.otherwise)
    last = [block[-1] for block in blocks if block]
    return any(isinstance(s, facts.Exit) or (isinstance(s, facts.If) and _leaves(s)) for s in last)


def expecting(frame: Frame, handlers: Iterable[facts.Handler]) -> AbstractContextManager[None]:
    """The body of a `try` that is ready for keys that are not there."""
    names = {spelt(read) for handler in handlers for read in reads(handler.types)}
    return behind(frame, bool(names & {"KeyError", "LookupError"}))


def note_optional(flows: Flows, frame: Frame, call: facts.Call, callee: Entity) -> bool:
    """`data.get("key")`: a key that may be missing."""
    if not isinstance(callee, External) or callee.path != f"{flows.document}.get" or not call.args:
        return False
    name = flows.resolver.text(call.args[0].value, frame.scope)
    if name:
        frame.noted.reads[Field(name, "unknown", frame.at(call), spread="*")] = None
    return True


def note_call(flows: Flows, frame: Frame, call: facts.Call, callee: Entity) -> None:
    """The whole document given away: to a class that tells its keys, or every key may be read there."""
    followed = isinstance(callee, (Function, Method, Partial))
    note_typed(flows, frame, call, callee)
    for argument in call.args:
        if followed and not argument.star:
            continue
        if isinstance(argument.value, facts.Read):
            found = frame.entity(argument.value)
            if isinstance(found, External) and found.path == flows.document:
                _note_whole(flows, frame, call, schema(callee, argument))


TYPING = ("typing.cast", "pydantic.TypeAdapter().validate_python", "cattrs.structure", "msgspec.convert")
LOOSE = ("dict", "Dict", "Any", "object", "Mapping", "MutableMapping")
"""Names of types that tell no keys."""


def form(annotation: facts.Value | None) -> Literal["", "record", "typed"]:
    """What an annotation tells of a parameter."""
    if annotation is None:
        return ""
    if isinstance(annotation, facts.Literal):
        named, _, inside = str(annotation.value).partition("[")
        return "record" if _loose(named) and (not inside or _loose(inside.rpartition(",")[2])) else "typed"
    held = _held(annotation)
    loose = _loose(spelt(annotation).partition("[")[0]) and (held is None or _loose(spelt(held)))
    return "record" if loose else "typed"


def _held(annotation: facts.Value) -> facts.Value | None:
    """The type of the values of a `dict[str, int]`; None where it does not say."""
    last = annotation.place.path[-1] if isinstance(annotation, facts.Read) and annotation.place.path else None
    key = last.key if isinstance(last, facts.Item) else None
    return key.items[-1] if isinstance(key, facts.Sequence) and key.items else None


def _loose(name: str) -> bool:
    return name.strip(" ]").rpartition(".")[2] in LOOSE


def note_typed(flows: Flows, frame: Frame, call: facts.Call, callee: Entity) -> None:
    """The document given to what tells its keys: a class, a cast, a parameter with a type."""
    function = callee.function if isinstance(callee, Method) else callee
    params = [p for p in function.facts.params if p.name != "self"] if isinstance(function, Function) else []
    for position, argument in enumerate(call.args):
        whole = isinstance(argument.value, facts.Read) and _is_document(flows, frame, argument.value)
        taken = argument.name or (params[position].name if position < len(params) else "")
        typed = any(p.name == taken and form(p.annotation) == "typed" for p in params)
        casts = isinstance(callee, External) and callee.path in TYPING
        if whole and (typed or casts or schema(callee, argument) is not None):
            frame.noted.typed = frame.noted.typed or frame.at(call)


def note_annotated(flows: Flows, frame: Frame, bind: facts.Bind) -> None:
    """`data: Welcome = job.data`."""
    document = isinstance(bind.value, facts.Read) and _is_document(flows, frame, bind.value)
    if document and form(bind.annotation) == "typed":
        frame.noted.typed = frame.noted.typed or frame.at(bind)


def _is_document(flows: Flows, frame: Frame, read: facts.Read) -> bool:
    found = frame.entity(read)
    return isinstance(found, External) and found.path == flows.document


def _note_whole(flows: Flows, frame: Frame, call: facts.Call, cls: ClassEntity | None) -> None:
    known = keys(flows.resolver, cls) if cls is not None else None
    if known is None:
        frame.noted.reads_whole = True
        return
    found = (Field(name, "unknown", frame.at(call), optional=not must) for name, must in known.items())
    note_reads(frame, found)

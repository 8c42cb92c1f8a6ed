"""What `except` clauses catch, and which of them hide a failure.

A handler swallows when it catches what the framework should have seen, does nothing about it but log or
return, and the job would have been retried. Left out on purpose: handlers of narrow, expected errors;
those of what fails while another failure is dealt with;
handlers that go on to the next item of a loop and log; in jobs that are not retried, handlers that log.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Union

from msgspec import Struct, field

from jobcheck import facts
from jobcheck.link.bindings import statements
from jobcheck.link.entities import Entity, External
from jobcheck.link.frames import Attempt, Frame, Missing
from jobcheck.link.meaning import spelt
from jobcheck.model import BROAD, Step, Swallow
from jobcheck.walk import calls

if TYPE_CHECKING:
    from jobcheck.link.flows import Flows

INTEGRITY = (
    "IntegrityError",
    "UniqueViolation",
    "UniqueViolationError",
    "DuplicateKeyError",
    "ConditionalCheckFailedException",
)
MISSING = ("DoesNotExist", "ObjectDoesNotExist", "NoResultFound", "NotFoundError")
EXCEPTIONS = ("Error", "Exception", "Exists", "Found")
QUIET = (facts.Literal, facts.Record, facts.Sequence, facts.Text, facts.Read, facts.Compute)


class Caught(Struct):
    """One handler, and what was seen of it when it was walked."""

    handler: facts.Handler
    names: tuple[str, ...]
    broad: bool
    phases: set[str] = field(default_factory=set)
    covers: bool = False
    logs: bool = False
    traces: bool = False
    retries: bool = False
    goes_on: bool = False

    def catches(self, last_names: tuple[str, ...]) -> bool:
        return any(name.rpartition(".")[2] in last_names for name in self.names)

    @property
    def integrity(self) -> bool:
        return self.catches(INTEGRITY)

    @property
    def absent(self) -> bool:
        return self.catches(MISSING)

    @property
    def takes_retry(self) -> bool:
        return self.broad or self.catches(("Retry",))

    @property
    def raises(self) -> bool:
        return any(isinstance(s, facts.Exit) and s.kind == "raise" for s in statements(self.handler.body))

    @property
    def leaves(self) -> bool:
        last = self.handler.body[-1] if self.handler.body else None
        return isinstance(last, facts.Exit)


def caught(flows: Flows, frame: Frame, handlers: tuple[facts.Handler, ...]) -> list[Caught]:
    """The handlers of a `try` with the names of what they catch."""
    found = []
    for handler in handlers:
        told = names(flows, frame, handler.types)
        found.append(Caught(handler, told, handler.types is None or not set(BROAD).isdisjoint(told)))
    return found


def names(flows: Flows, frame: Frame, types: facts.Value | None) -> tuple[str, ...]:
    """The dotted names of the classes of exceptions that a value lists."""
    if types is None:
        return ()
    if isinstance(types, facts.Sequence):
        return tuple(name for item in types.items for name in names(flows, frame, item))
    entity: Entity = frame.entity(types)
    path = entity.path if isinstance(entity, External) else flows.resolver.path(entity)
    return (path or spelt(types),)


def is_exception(name: str) -> bool:
    """Whether a dotted name is, by its last part, one of an exception."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() and (
        last in MISSING or last.endswith(("Error", "Exception", "Exists", "Found"))
    )


def on_missing(found: list[Caught]) -> Missing | None:
    """What handlers make of a row that is not there; None when it passes them or is raised again."""
    first = next((c for c in found if c.absent or c.broad), None)
    if first is None:
        return None
    body = first.handler.body
    if any(spelt(call.callee).endswith(".retry") for call in calls(body)):
        return "retried"
    raised = [s for s in statements(body) if isinstance(s, facts.Exit) and s.kind == "raise"]
    if not raised or (first.absent and all(s.value is not None for s in raised)):
        return "handled"
    return None


def swallow(flows: Flows, frame: Frame, found: list[Caught], attempt: Attempt) -> Swallow | None:
    """The handler of a `try` that hides a failure, if one does."""
    if attempt.retried:
        first = next((c for c in found if c.takes_retry), None)
        if first is not None and not first.raises and not first.retries:
            step = Step(attempt.retried[0], "asks for a retry by raising")
            return Swallow(frame.at_handler(first.handler), _spelt(first), step, True)
    if attempt.hides is None or frame.handling:
        return None
    for handler in found:
        if _hides(flows, frame, handler):
            return Swallow(frame.at_handler(handler.handler), _spelt(handler), attempt.hides)
    return None


def _hides(flows: Flows, frame: Frame, handler: Caught) -> bool:
    managed = _lists(frame.retries_on, handler)
    if (
        not (handler.broad or managed or _lists(flows.retries_on, handler))
        or handler.raises
        or handler.retries
        or handler.phases
    ):
        return False
    if frame.loops and handler.logs:
        return False
    if not _quiet(flows, frame, handler.handler.body) or (frame.ref != flows.job and not _silent(handler)):
        return False
    return managed or flows.retried or not handler.logs


def _lists(wanted: Collection[str], handler: Caught) -> bool:
    """Whether a handler catches one of the exceptions that are retried."""
    last = {name.rpartition(".")[2] for name in wanted}
    return any(name in wanted or name.rpartition(".")[2] in last for name in handler.names)


def _silent(handler: Caught) -> bool:
    """Whether the handler of a helper gives its caller nothing to tell the failure by."""
    exits = [s for s in statements(handler.handler.body) if isinstance(s, facts.Exit)]
    return all(exit.kind != "return" or exit.value is None for exit in exits) and handler.goes_on


def _quiet(flows: Flows, frame: Frame, body: facts.Block) -> bool:
    """Whether a block only logs, passes or leaves."""
    for statement in statements(body):
        if isinstance(statement, facts.Exit):
            if statement.value is not None and not isinstance(statement.value, QUIET):
                return False
        elif not isinstance(statement, facts.Expression) or not _logs(flows, frame, statement.value):
            return False
    return True


def _logs(flows: Flows, frame: Frame, value: facts.Value) -> bool:
    if not isinstance(value, facts.Call):
        return True
    made: Union[str, None] = flows.meanings.of(value, frame.entity(value.callee), frame.scope).role
    return made == "log" and all(_plain(flows, frame, call) for call in calls(value.args))


def _plain(flows: Flows, frame: Frame, call: facts.Call) -> bool:
    return flows.meanings.of(call, frame.entity(call.callee), frame.scope).role in {
        "",
        "log",
        "pure",
        "chain",
    }


def _spelt(caught: Caught) -> str:
    types = caught.handler.types
    if types is None:
        return "everything"
    if isinstance(types, facts.Sequence):
        return ", ".join(spelt(item) for item in types.items)
    return spelt(types)

"""What a job sets for all that runs after it - context variables, thread-locals - and does not put back.

A setting is put back for certain by a `finally` around it, or by the `try` that follows it before anything
can fail. A helper that leaves something set hands the question to its caller; one that is a context manager
answers it itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.bindings import statements
from jobcheck.link.entities import Entity, External, Function, Instance, Method
from jobcheck.link.frames import Frame
from jobcheck.link.meaning import spelt
from jobcheck.link.summaries import Summary
from jobcheck.model import Leak, Location
from jobcheck.walk import calls

if TYPE_CHECKING:
    from jobcheck.link.flows import Flows

LOCALS = frozenset({"threading.local()", "asgiref.local.Local()", "werkzeug.local.Local()"})
PUTS_BACK = ("reset", "clear", "unset", "deactivate", "restore", "remove", "pop", "leave", "exit")
"""Beginnings of names of calls that undo a setting, where they cannot be followed."""
ENTERING = frozenset({"__enter__", "__aenter__", "__init__"})
SETTERS = ("set", "activate", "use", "enter", "switch", "push", "bind")
HELPERS = 3
"""Helpers within helpers in which a reset is looked for."""


def note_set(flows: Flows, frame: Frame, call: facts.Call, kind: str) -> None:
    """A call that sets something for all that follows."""
    given = [argument.value for argument in call.args]
    if kind == "variable" and flows.isolated:
        return
    if given and not _is_nothing(given[0]):
        _note(flows, frame, Leak(spelt(call.callee), frame.at(call)))


def note_stored(flows: Flows, frame: Frame, target: facts.Target, bind: facts.Bind) -> None:
    """`local.tenant = tenant`."""
    name = _stored(flows, frame, target, bind) if bind.op == "=" and not _is_nothing(bind.value) else ""
    if name:
        _note(flows, frame, Leak(name, frame.at(bind)))


def note_left(flows: Flows, frame: Frame, call: facts.Call, summary: Summary) -> None:
    """What a helper leaves set; one that is there to set something stands for it."""
    name = spelt(call.callee).rpartition(".")[2].lstrip("_")
    for leak in summary.leaks:
        setter = Leak(spelt(call.callee), frame.at(call)) if name.startswith(SETTERS) else leak
        _note(flows, frame, setter)


def _note(flows: Flows, frame: Frame, leak: Leak) -> None:
    if frame.ref.qualname.rpartition(".")[2] in ENTERING or flows.puts_back:
        return
    if any(_resets(flows, frame, cleanup, leak.name) for cleanup in frame.cleanups):
        return
    kept = next(
        (k for rest in reversed(frame.rests) if (k := _kept(flows, frame, rest, leak.name)) is not None), None
    )
    if not kept:
        late = next(
            (at for block in frame.rests for at in _places(flows, frame, block, leak.name)), leak.late
        )
        frame.noted.leaks[replace(leak, late=late)] = None


def _kept(flows: Flows, frame: Frame, rest: facts.Block, name: str) -> bool | None:
    """Whether what follows puts it back for certain; None when nothing follows that could fail."""
    for statement in rest:
        if isinstance(statement, facts.Try) and statement.cleanup:
            return _resets(flows, frame, statement.cleanup, name)
        if _resets(flows, frame, (statement,), name):
            return True
        if not _is_harmless(flows, frame, statement):
            return False
    return None


def _is_harmless(flows: Flows, frame: Frame, statement: facts.Statement) -> bool:
    """Whether a statement only logs, leaves, or gives names to values that are at hand."""
    if not isinstance(statement, (facts.Expression, facts.Bind, facts.Exit)) or _yields(statement):
        return False
    made = (flows.meanings.of(c, frame.entity(c.callee), frame.scope) for c in calls(statement))
    return all(meaning.role in {"log", "pure", "set-context"} for meaning in made)


def _yields(statement: facts.Expression | facts.Bind | facts.Exit) -> bool:
    return isinstance(statement.value, facts.Yield)


def _resets(flows: Flows, frame: Frame, block: facts.Block, name: str = "") -> bool:
    return any(True for _ in _places(flows, frame, block, name))


def _places(
    flows: Flows, frame: Frame, block: facts.Block, name: str, depth: int = HELPERS
) -> Iterator[Location]:
    """Where a block puts something back; of a thread-local only what bears the same name."""
    for statement in statements(block):
        if isinstance(statement, facts.Bind):
            stored = {_stored(flows, frame, target, statement) for target in statement.targets} - {""}
            if any(there == name or there.partition(".")[0] != name.partition(".")[0] for there in stored):
                yield frame.at(statement)
        for call in calls(statement):
            if _undoes(flows, frame, call, depth):
                yield frame.at(call)


def _stored(flows: Flows, frame: Frame, target: facts.Target, bind: facts.Bind) -> str:
    """The name of what is stored in a thread-local, as the source spells it."""
    if not isinstance(target, facts.Place) or len(target.path) != 1:
        return ""
    holder = facts.Read(facts.Place(target.root), bind.span)
    return f"{spelt(holder)}.{target.path[0]}" if _is_local(flows, frame.entity(holder)) else ""


def _undoes(flows: Flows, frame: Frame, call: facts.Call, depth: int) -> bool:
    callee = frame.entity(call.callee)
    function = callee.function if isinstance(callee, Method) else callee
    if isinstance(function, Function):
        body = flows.resolver.index.body(function.ref) or ()
        inner = Frame(flows.own_scope(function), function.facts, body, flows.entity)
        return bool(depth) and any(True for _ in _places(flows, inner, body, "", depth - 1))
    role = flows.meanings.of(call, callee, frame.scope).role
    last = spelt(call.callee).rpartition(".")[2].lstrip("_")
    return role in {"set-context", "reset-context"} or last.startswith(PUTS_BACK)


def _is_local(flows: Flows, entity: Entity) -> bool:
    if isinstance(entity, Instance):
        return bool(LOCALS & set(flows.resolver.external_paths(entity)))
    return isinstance(entity, External) and entity.path in LOCALS


def _is_nothing(value: facts.Value) -> bool:
    return isinstance(value, facts.Literal) and value.value in {None, ""}


def puts_back(flows: Flows, hooks: frozenset[str]) -> bool:
    """Whether the project puts things back in a hook, of one of these names, that runs after every job."""
    for ref, function in flows.resolver.index.functions():
        names = {name for decorator in function.decorators for name in spelt(decorator).split(".")}
        body = flows.resolver.index.body(ref) or ()
        frame = Frame(flows.resolver.scope(ref), function, body, flows.entity)
        if (names | {ref.qualname.rpartition(".")[2]}) & hooks and _resets(flows, frame, body):
            return True
    return False

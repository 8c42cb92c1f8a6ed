"""What is known at one point of a run, and how two such points join.

A `Guard` says that on the way here a piece of stored state was found to allow the act; a `Mark` that
stored state was changed. A guard keeps a second run from repeating an act when a mark that defeats it
follows. Both name the state by what it is called in store, not by the variable that holds it, so
they mean the same in a helper and in its caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Literal, Union

from msgspec import Struct
from msgspec.structs import replace

from jobcheck import facts
from jobcheck.model import Effect, IdempotencyKey, Location, Step, Write


class Key(Struct, frozen=True):
    """A piece of stored state: a field of a model's rows, the existence of a row, a cache entry, a claim.

    The field "pk" stands for the row being there. A key with a `hint` is not what was tested: something
    was tested that was worked out from it, and the hint says which way the test went. A claim with a hint
    may be one: its name says why.
    """

    kind: Literal["field", "record", "entry", "claim"]
    owner: str
    name: str
    hint: Literal["", "true", "false"] = ""


class Guard(Struct, frozen=True):
    """A test that let the run go on. `expects` is what it found; `root` the variable that held the row."""

    key: Key
    at: Location
    expects: str = "any"
    root: str = ""
    marker: bool = False


class Mark(Struct, frozen=True):
    """A change of stored state, or (kind "handed", "saved") a variable given away or saved.

    "assigned" is a field of a row in memory, which stores nothing by itself. With an owner, "handed" is a
    field of an object of which nobody can tell whether and where it is kept.
    `value` is what was written in lower case, None when it cannot be told.
    """

    kind: Literal["field", "record", "entry", "handed", "saved", "assigned"]
    owner: str
    name: str
    value: Union[str, None] = None


Guards = dict[Key, Guard]
Place = tuple[Location, Union[Location, None]]
"""Where an act is, and the call in this function that leads to it."""


class Evidence(Struct, frozen=True):
    """The guards that hold when a value turns out true, and when it turns out false.

    `origin` is the value that a local name was given, for comparisons to look at; `hints` are the
    stored state that it was worked out from, `results` the acts whose outcome it tells.
    """

    truthy: Guards = {}
    falsy: Guards = {}
    origin: Union[facts.Value, None] = None
    hints: Guards = {}
    results: frozenset[Place] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.truthy or self.falsy or self.origin is not None or self.hints or self.results)


class Dirty(Struct, frozen=True):
    """A field assigned on a row that is not saved yet; `increment` is where it grew from what it held."""

    value: Union[str, None]
    model: str
    increment: Union[Location, None] = None
    grows: Literal["increment", "append"] = "increment"


Condition = tuple[object, bool]
KEYS = ("fresh", "missing", "unknown", "stable")


class Pending(Struct, frozen=True):
    """An act that was done, the guards it was done under, and the marks made since or before.

    `keyed` holds the parameters that its idempotency key is made from, None without a key. `judged`
    tells that its outcome was tested: of two paths on which it was, one may be the one where it failed.
    `then` is what may fail on some path after it (see `failures`), `model` whose row a create adds.
    `before` are the marks that were stored for good when it was done, `locked` that no other run was let in.
    """

    what: Union[Effect, Write]
    guards: Guards
    since: frozenset[Mark] = frozenset()
    keyed: Union[frozenset[str], None] = None
    steps: tuple[Step, ...] = ()
    looped: bool = False
    conditions: frozenset[Condition] = frozenset()
    judged: bool = False
    then: frozenset[str] = frozenset()
    model: str = ""
    key: Union[IdempotencyKey, None] = None
    before: frozenset[Mark] = frozenset()
    locked: bool = False


class State(Struct, frozen=True):
    """What is known at one point.

    held         guards taken on every path here
    done         marks made on every path here
    durable      those of them that no open transaction or session can still lose
    locked       a lock or a locked row keeps other runs out on every path here
    pending      acts done on some path here, each with the marks that follow it
    env          what local names tell when they are tested
    dirty        fields assigned on some path and not saved
    phases       statuses recorded on every path
    owed         work done on some path after which no completed status was recorded
    conditions   tests passed on every path, on places not assigned since
    versions     which assignment of a tested name is the last
    transaction  where the open transaction was opened
    unsent       where a session was first changed and not committed since
    worked       whether anything was done on some path
    logged       whether a line was logged on every path
    untold       work done on some path after which no line was logged
    sent         where messages were put on a queue on every path
    """

    held: Guards = {}
    done: frozenset[Mark] = frozenset()
    pending: dict[Place, Pending] = {}
    env: dict[str, Evidence] = {}
    dirty: dict[str, dict[str, Dirty]] = {}
    phases: frozenset[str] = frozenset()
    owed: Union[Location, None] = None
    conditions: frozenset[Condition] = frozenset()
    versions: dict[str, int] = {}
    transaction: tuple[Step, ...] = ()
    unsent: Union[Step, None] = None
    durable: frozenset[Mark] = frozenset()
    locked: bool = False
    worked: bool = False
    logged: bool = False
    untold: Union[Location, None] = None
    sent: frozenset[Location] = frozenset()


_versions = count(1)


def join(left: State | None, right: State | None) -> State | None:
    """What is known where two paths meet."""
    if left is None or left is right:
        return right
    return left if right is None else _joined(left, right)


def _joined(a: State, b: State) -> State:
    return State(
        held=both(a.held, b.held),
        done=a.done if a.done is b.done else a.done & b.done,
        pending=_pending(a.pending, b.pending),
        env=a.env if a.env is b.env else _env(a.env, b.env),
        dirty=a.dirty if a.dirty is b.dirty else _dirty(a.dirty, b.dirty),
        phases=a.phases if a.phases is b.phases else a.phases & b.phases,
        owed=a.owed or b.owed,
        conditions=a.conditions if a.conditions is b.conditions else a.conditions & b.conditions,
        versions=a.versions if a.versions is b.versions else _newer(a.versions, b.versions),
        transaction=a.transaction or b.transaction,
        unsent=a.unsent or b.unsent,
        durable=a.durable if a.durable is b.durable else a.durable & b.durable,
        locked=a.locked and b.locked,
        worked=a.worked or b.worked,
        logged=a.logged and b.logged,
        untold=a.untold or b.untold,
        sent=a.sent & b.sent,
    )


def both(a: Guards, b: Guards) -> Guards:
    """The guards that hold on either of two paths."""
    return a if a is b else {key: guard for key, guard in a.items() if key in b}


def _env(a: dict[str, Evidence], b: dict[str, Evidence]) -> dict[str, Evidence]:
    merged = {name: _told(a.get(name), b.get(name)) for name in {**a, **b}}
    return {name: told for name, told in merged.items() if told}


def _told(a: Evidence | None, b: Evidence | None) -> Evidence:
    """What a name tells that got its value on either of two paths; what it may depend on is united."""
    if a is b and a is not None:
        return a
    if a is None or b is None:
        one = a or b or Evidence()
        return Evidence(hints=one.hints, results=one.results)
    origin = a.origin if a.origin is b.origin else None
    hints, results = {**a.hints, **b.hints}, a.results | b.results
    return Evidence(both(a.truthy, b.truthy), both(a.falsy, b.falsy), origin, hints, results)


def told_by(state: State, name: str, more: Evidence) -> State:
    """After something was put into what a name holds."""
    known, added = state.env.get(name), Evidence(hints=more.hints, results=more.results)
    if not name or not added:
        return state
    return replace(state, env={**state.env, name: _told(known, added)})


def _newer(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
    return {name: a[name] if a.get(name) == b.get(name) else next(_versions) for name in {**a, **b}}


def _dirty(a: dict[str, dict[str, Dirty]], b: dict[str, dict[str, Dirty]]) -> dict[str, dict[str, Dirty]]:
    return {root: {**a.get(root, {}), **b.get(root, {})} for root in {**a, **b}}


def _pending(a: dict[Place, Pending], b: dict[Place, Pending]) -> dict[Place, Pending]:
    if a is b or not b:
        return a
    merged = dict(b)
    for place, act in a.items():
        other = merged.get(place)
        merged[place] = act if other is None or other is act else worse(act, other)
    return merged


def worse(a: Pending, b: Pending) -> Pending:
    """One act for two: what either path is sure of."""
    return replace(
        a,
        guards=both(a.guards, b.guards),
        since=a.since | b.since if a.judged and b.judged else a.since & b.since,
        keyed=a.keyed | b.keyed if a.keyed is not None and b.keyed is not None else None,
        looped=a.looped or b.looped,
        conditions=a.conditions & b.conditions,
        judged=a.judged and b.judged,
        then=a.then | b.then,
        key=_worse_key(a.key, b.key),
        before=a.before & b.before,
        locked=a.locked and b.locked,
    )


def _worse_key(a: IdempotencyKey | None, b: IdempotencyKey | None) -> IdempotencyKey | None:
    """Of two keys of one act, the one that protects less."""
    found = [key for key in (a, b) if key is not None]
    return min(found, key=lambda key: KEYS.index(key.state), default=None)


# --- steps of the transfer --------------------------------------------------------------


def marked(state: State, marks: Iterable[Mark]) -> State:
    """After stored state was changed: every act done so far has been followed by it."""
    new = frozenset(marks)
    if new <= state.done and all(new <= act.since for act in state.pending.values()):
        return state
    pending = {place: replace(act, since=act.since | new) for place, act in state.pending.items()}
    return replace(state, done=state.done | new, pending=pending)


def settled(state: State, marks: Iterable[Mark]) -> State:
    """After marks were stored for good, unless a transaction is open that may take them back."""
    kept = state.durable | {m for m in marks if m.kind == "entry" or not state.transaction}
    return state if kept == state.durable else replace(state, durable=kept)


def entered_into(state: State, durable: Iterable[Mark], locks: bool) -> State:
    """After a function that stored marks for good, and may have locked others out."""
    state = settled(state, durable)
    return replace(state, locked=True) if locks and not state.locked else state


def unlocked(after: State | None, before: State) -> State | None:
    """After a block whose lock is given back at its end."""
    if after is None or after.locked == before.locked:
        return after
    return replace(after, locked=before.locked)


def committed(after: State, before: State) -> State:
    """After the block of a transaction: what it marked is stored, unless one around it is open."""
    durable = after.durable if before.transaction else after.done
    return replace(after, transaction=before.transaction, unsent=None, durable=durable, locked=before.locked)


def acted(state: State, place: Place, act: Pending) -> State:
    """After an act under the guards held here."""
    done = replace(
        act,
        guards={**state.held, **act.guards},
        since=act.since | state.done,
        conditions=state.conditions,
        before=act.before | state.durable,
        locked=act.locked or state.locked,
    )
    known = state.pending.get(place)
    return replace(state, pending={**state.pending, place: worse(done, known) if known else done})


def followed(state: State, failing: frozenset[str], places: Iterable[Place] | None = None) -> State:
    """After something that may fail: acts done so far, or those at the places, come before it."""
    among = state.pending if places is None else {place: state.pending[place] for place in places}
    fresh = {place: act for place, act in among.items() if not failing <= act.then}
    if not fresh:
        return state
    more = {place: replace(act, then=act.then | failing) for place, act in fresh.items()}
    return replace(state, pending={**state.pending, **more})


def assigned(state: State, name: str, tested: frozenset[str]) -> State:
    """After a name got a new value: what was known of the old one is gone."""
    changes: dict[str, object] = {}
    if name in state.env:
        changes["env"] = {n: e for n, e in state.env.items() if n != name}
    if name in tested:
        changes["versions"] = {**state.versions, name: next(_versions)}
    return replace(state, **changes) if changes else state


def assigned_over(before: dict[str, Dirty], after: dict[str, Dirty]) -> dict[str, Dirty]:
    """Assigned fields after more assignments; what was set before does not grow from what is stored."""
    known = {name for name, dirty in before.items() if dirty.increment is None}
    return {**before, **{n: replace(d, increment=None) if n in known else d for n, d in after.items()}}


def assume(state: State, guards: Mapping[Key, Guard], condition: Condition | None) -> State:
    """On the branch where a test went one way; acts that need it to go the other way were not done."""
    changes: dict[str, object] = {}
    if guards:
        changes["held"] = {**state.held, **guards}
    if condition is not None:
        changes["conditions"] = state.conditions | {condition}
        opposite = (condition[0], not condition[1])
        if any(opposite in act.conditions for act in state.pending.values()):
            changes["pending"] = {p: a for p, a in state.pending.items() if opposite not in a.conditions}
    return replace(state, **changes) if changes else state


def doubted(state: State, places: Iterable[Place], guard: Guard) -> State:
    """Where acts turned out to be held by something that cannot be proven."""
    found = {place: state.pending[place] for place in places if place in state.pending}
    held = {place: replace(act, guards={**act.guards, guard.key: guard}) for place, act in found.items()}
    return replace(state, pending={**state.pending, **held}) if held else state


def judged(state: State, results: Iterable[Place]) -> State:
    """Where the outcome of acts was tested: nothing need record an act on the branch where it failed."""
    tested = {
        place: replace(state.pending[place], judged=True) for place in results if place in state.pending
    }
    return replace(state, pending={**state.pending, **tested}) if tested else state

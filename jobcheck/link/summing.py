"""The summary of a function, from all that was noted on the way through it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from jobcheck.link.covers import cover
from jobcheck.link.frames import Frame
from jobcheck.link.states import Guards, Pending, State, both, worse
from jobcheck.link.summaries import Summary
from jobcheck.model import Location


def summarised(frame: Frame, end: State | None) -> Summary:
    """The summary of a frame that was walked to its end."""
    noted = frame.noted
    last = end or frame.raised or State()
    acts = _acts([last.pending, frame.raised.pending if frame.raised is not None else {}])
    true = [(s, e) for s, e, truth in frame.returned if truth != "false"]
    false = [(s, e) for s, e, truth in frame.returned if truth != "true"]
    return Summary(
        acts=acts,
        done=last.done,
        ever=frozenset(noted.ever),
        durable=last.durable,
        taken=noted.taken,
        locks=last.locked and end is not None,
        truthy=_common({**s.held, **e.truthy} for s, e in true),
        falsy=_common({**s.held, **e.falsy} for s, e in false),
        always=last.held if end is not None else {},
        hints={key: guard for _, e, _ in frame.returned for key, guard in e.hints.items()},
        dirty={root: rows for root, rows in last.dirty.items() if root.partition(".")[0] in frame.params},
        phases=last.phases,
        ever_phases=frozenset(noted.phases),
        unstarted=noted.unstarted,
        owed=last.owed if end is not None else None,
        risk=noted.risk,
        hides=noted.hides,
        lines=tuple(noted.lines),
        bound=frozenset(noted.bound),
        unlogged=noted.unlogged,
        untold=last.untold if end is not None else None,
        silent=noted.silent,
        muffled=tuple(noted.muffled),
        logged=last.logged,
        worked=last.worked,
        between=noted.between,
        burials=tuple(noted.burials),
        rejects=tuple(noted.rejects),
        sends=tuple(noted.sends),
        sent=end.sent if end is not None else frozenset(),
        awaits_results=tuple(noted.awaits_results),
        reports=tuple(noted.reports),
        marks_failed=tuple(noted.marks_failed),
        nameless=noted.nameless,
        asks_attempt=noted.asks_attempt,
        returns=end is not None,
        retries=noted.retries,
        swallows=tuple(noted.swallows),
        waits=tuple(noted.waits.values()),
        touches=frozenset(noted.touches),
        fails=frozenset(noted.fails),
        fetches=tuple(noted.fetches),
        reads=tuple(noted.reads),
        reads_whole=noted.reads_whole,
        alone=noted.alone,
        typed=noted.typed,
        queries=tuple(noted.queries),
        uses=tuple(noted.uses),
        leaks=tuple(noted.leaks),
        unknown=tuple(noted.unknown),
    )


def _common(found: Iterator[Guards]) -> Guards:
    held: Guards | None = None
    for guards in found:
        held = guards if held is None else both(held, guards)
    return held or {}


def _acts(found: list[dict[tuple[Location, Location | None], Pending]]) -> dict[Location, Pending]:
    """One act for each place: the one that a second run would repeat, if there is one."""
    acts: dict[Location, Pending] = {}
    normal, raised = found
    done = {p: replace(a, then=a.then | raised[p].then) if p in raised else a for p, a in normal.items()}
    for (at, _), act in [*done.items(), *((p, a) for p, a in raised.items() if p not in normal)]:
        known = acts.get(at)
        acts[at] = act if known is None else _worst(known, act)
    return acts


def _worst(a: Pending, b: Pending) -> Pending:
    covered = {state: cover(act, ()).state in {"guarded", "keyed"} for state, act in (("a", a), ("b", b))}
    if covered["a"] != covered["b"]:
        return b if covered["a"] else a
    return worse(a, b)

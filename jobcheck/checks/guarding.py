"""Section 1, how guards are kept: keys that stay the same, records in the right order, nobody in between."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from jobcheck.checks import check
from jobcheck.checks.finding import about_job, or_pass, span_of_time
from jobcheck.checks.wording import LOST, WORDINGS
from jobcheck.model import (
    Act,
    Declaration,
    Declared,
    Effect,
    Fail,
    Hold,
    IdempotencyKey,
    Location,
    NotApplicable,
    Outcome,
    Site,
    Step,
    Unknown,
)

LOCK = (
    "Lock the row from the test to the record (`select_for_update()` inside `transaction.atomic()`, "
    "`with_for_update()` in SQLAlchemy), or test and record in one step: update the row where the flag is "
    "not set, and go on only when one row was changed."
)

_UNKEYED = frozenset({"publish", "webhook"})
"""Effects whose receivers are many, or know a key only on some of their queues."""


@check("JC103")
def missing_idempotency_key(site: Site) -> Iterable[Outcome]:
    """A receiver that takes a key is given one, so that a crash after the call repeats nothing."""
    calls = [act for act in _effects(site) if act.key is not None and act.what.kind not in _UNKEYED]
    if not calls:
        return [NotApplicable("JC103", site.job.name, "it calls nothing that takes an idempotency key")]
    if site.job.idempotent:
        return [_declared("JC103", site.job.idempotent, site)]
    return or_pass(_keyless(site, calls), "JC103", site.job.name)


@check("JC104")
def unstable_idempotency_key(site: Site) -> Iterable[Outcome]:
    """A key is the same on every run, or it is none."""
    keys = [(act, act.key) for act in _effects(site) if act.key is not None and act.key.state != "missing"]
    if not keys:
        return [NotApplicable("JC104", site.job.name, "it sends no idempotency key")]
    return or_pass(_unstable(site, keys), "JC104", site.job.name)


@check("JC106")
def guard_recorded_first(site: Site) -> Iterable[Outcome]:
    """What is recorded as done has been done."""
    held = _held(site)
    if site.job.idempotent:
        return [_declared("JC106", site.job.idempotent, site)]
    return _judged("JC106", site, held, [_early(site, act, hold) for act, hold in held if hold.lost])


@check("JC107")
def racy_guard(site: Site) -> Iterable[Outcome]:
    """Nobody gets between a test and its record."""
    guards: dict[Location, tuple[Act, Hold]] = {}
    for act, hold in _held(site):
        guards.setdefault(hold.guard, (act, hold))
    if site.job.idempotent:
        return [_declared("JC107", site.job.idempotent, site)]
    racy: list[Outcome] = [
        _racy(site, act, hold) for act, hold in guards.values() if not hold.locked and not _keyed(act)
    ]
    return _judged("JC107", site, guards.values(), racy)


@check("JC108")
def open_crash_window(site: Site) -> Iterable[Outcome]:
    """Between an act and its record a crash repeats it, unless the receiver knows it."""
    held = [(act, hold) for act, hold in _held(site) if hold.way == "after"]
    open_: list[Outcome] = [_window(site, act, hold) for act, hold in held if not _keyed(act)]
    return _judged("JC108", site, held, open_)


# --- acts ---


def _effects(site: Site) -> list[Act]:
    return [act for act in site.flow.acts if isinstance(act.what, Effect) and act.what.kind != "enqueue"]


def _held(site: Site) -> list[tuple[Act, Hold]]:
    return [(act, act.hold) for act in _effects(site) if act.hold is not None]


def _judged(code: str, site: Site, held: Collection[object], failed: list[Outcome]) -> list[Outcome]:
    """What is wrong with the guards that are kept, and which may be kept unseen."""
    doubts: list[Outcome] = [
        Unknown(code, site.job.name, act.cover.why, act.what.at)
        for act in _effects(site)
        if act.hold is None and act.cover.state == "unknown" and act.cover.guard is not None
    ]
    if not held and not doubts:
        return [NotApplicable(code, site.job.name, "no guard is recorded for anything it does outside")]
    return or_pass([*failed, *doubts], code, site.job.name)


def _keyed(act: Act) -> bool:
    return act.key is not None and act.key.state in {"stable", "unknown"}


def _declared(code: str, vouched: Declaration, site: Site) -> Declared:
    return Declared(code, site.job.name, vouched.strategy, vouched.at)


# --- findings ---


def _keyless(site: Site, calls: list[Act]) -> Iterator[Outcome]:
    for act in calls:
        key = act.key
        if key is None or act.hold is None or act.hold.way == "claimed":
            continue
        if key.state == "unknown":
            yield Unknown("JC103", site.job.name, "the key may be in what is spread into the call", key.at)
        elif key.state == "missing":
            yield _missing(site, act, key, act.hold.guard)


def _missing(site: Site, act: Act, key: IdempotencyKey, guard: Location) -> Fail:
    words = WORDINGS[act.what.kind]
    remembers = f" It is remembered for {span_of_time(key.forgets)}." if key.forgets else ""
    return about_job(
        "JC103",
        site.job,
        f"A crash right after the call {words.again}: only a flag guards it, and no idempotency key does.",
        f"Pass `{key.names[0]}` to `{act.what.target}`, made from the job's input, such as the order's id: "
        f"the receiver then answers a repetition without acting again.{remembers}",
        act.what.at,
        question=words.which,
        steps=act.steps,
        related=(Step(guard, "the flag that guards it"),),
    )


def _unstable(site: Site, keys: list[tuple[Act, IdempotencyKey]]) -> Iterator[Outcome]:
    for act, key in keys:
        if key.state == "unknown" and key.maker:
            why = f"whether two runs get the same key from {key.maker} cannot be told"
            yield Unknown("JC104", site.job.name, why, key.at)
        elif key.state == "fresh":
            yield _fresh(site, act, key)


def _fresh(site: Site, act: Act, key: IdempotencyKey) -> Fail:
    words = WORDINGS[act.what.kind]
    return about_job(
        "JC104",
        site.job,
        f"A retry {words.again}: every run makes another idempotency key, which the receiver does not know.",
        f"What `{key.maker}` gives differs from run to run. Make the key from what names the work, as the "
        "order's id and the purpose do, or make it where the job is enqueued and send it along.",
        key.at,
        question=words.which,
        steps=act.steps,
        related=(Step(act.what.at, "the call that is given the key"),) if act.what.at != key.at else (),
    )


def _early(site: Site, act: Act, hold: Hold) -> Fail:
    return about_job(
        "JC106",
        site.job,
        f"A failure here means that {LOST[act.what.kind]}: it is recorded as done before it is.",
        f"Every later run finds the record and leaves. Record after `{act.what.target}`, or take a claim and "
        "give it back in an `except` that re-raises; in one transaction the record goes with the failure.",
        act.what.at,
        question="Which is worse here, doing it twice or not at all?",
        steps=act.steps,
        related=(Step(hold.guard, "this test stops every later run"),),
    )


def _racy(site: Site, act: Act, hold: Hold) -> Fail:
    return about_job(
        "JC107",
        site.job,
        f"Two runs at once pass this test, and the second {WORDINGS[act.what.kind].again}: nothing locks it.",
        LOCK,
        hold.guard,
        related=(Step(act.what.at, "what both runs then do"),),
    )


def _window(site: Site, act: Act, hold: Hold) -> Fail:
    return about_job(
        "JC108",
        site.job,
        f"A crash between the call and its record {WORDINGS[act.what.kind].again}.",
        "Send an idempotency key where the receiver takes one; else write what is to be sent to an outbox "
        "table in the transaction that decides it, and send from there.",
        act.what.at,
        steps=act.steps,
        related=(Step(hold.guard, "the guard, recorded after the call"),),
    )

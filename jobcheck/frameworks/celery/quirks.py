"""Celery configuration that does nothing, or something else than it says."""

from __future__ import annotations

from collections.abc import Iterator

from jobcheck.facts import Function
from jobcheck.frameworks import Evidence, Spelt, meant
from jobcheck.frameworks.celery import limits
from jobcheck.frameworks.celery.names import OPTIONS, RETENTION_OPTIONS, RETRY_OPTIONS, THIRD_PARTY
from jobcheck.frameworks.celery.options import attempts, backoff, retried_for
from jobcheck.frameworks.celery.results import first
from jobcheck.model import Absent, Known, Location, Opaque, Quirk, Topic

NEEDS_RETRY = ("retry_backoff", "retry_backoff_max", "retry_jitter", "retry_kwargs", "max_retries")
NO_SETTING = {
    "task_max_retries": "max_retries",
    "task_default_retry_delay": "default_retry_delay",
    "task_autoretry_for": "autoretry_for",
    "task_retry_backoff": "retry_backoff",
    "task_retry_kwargs": "retry_kwargs",
}
READ_SETTINGS: dict[str, Topic] = {
    "task_annotations": "retry",
    "task_acks_late": "retry",
    "result_expires": "retention",
    "result_failure_expires": "retention",
    "task_ignore_result": "retention",
}
UNPURGED = ("db+", "django-db", "mongodb", "file:", "database")


def quirks(evidence: Evidence) -> tuple[Quirk, ...]:
    """Every quirk of one job."""
    found = (
        *_never_retried(evidence),
        *_misspelt(evidence),
        *_sent(evidence),
        *_goes_on(evidence),
        *_no_setting(evidence),
        *_unread_setting(evidence),
        *_never_purged(evidence),
        *_bound(evidence),
        *limits.quirks(evidence),
        *_coroutine(evidence),
        *_beyond_visibility(evidence),
        *_idle_reject(evidence),
    )
    return tuple(sorted(set(found), key=lambda quirk: (quirk.at, quirk.topic, quirk.message)))


def _retried(evidence: Evidence) -> bool:
    """Whether anything may ask for another run."""
    return bool(evidence.asked) or not isinstance(retried_for(evidence), Absent)


def _never_retried(evidence: Evidence) -> Iterator[Quirk]:
    """Options of a retry that nothing asks for."""
    if _retried(evidence):
        return
    given = [(name, evidence.option(name)) for name in NEEDS_RETRY]
    told = [(name, found) for name, found in given if isinstance(found, Known) and _means_retry(found)]
    if told:
        names = " and ".join(name for name, _ in told)
        yield Quirk(
            "retry",
            f"Never retried: {names} without autoretry_for or self.retry() does nothing.",
            "Add autoretry_for=(...) with the exceptions that a later run may not meet, "
            "or call self.retry() in the body.",
            told[0][1].at,
        )


def _means_retry(found: Known[object]) -> bool:
    """max_retries=0 and retry_backoff=False say that no retry is wanted."""
    return bool(found.value) or (found.value is None and found.spelt == "max_retries")


def _misspelt(evidence: Evidence) -> Iterator[Quirk]:
    """Celery keeps any unknown option as an attribute of the task, without a word."""
    for spelt in evidence.declared:
        if spelt.name in OPTIONS or spelt.name in THIRD_PARTY:
            continue
        other = meant(spelt.name, OPTIONS)
        topic = _topic(other)
        if topic:
            yield Quirk(
                topic,
                f"Nothing reads the option {spelt.name}: Celery stores it on the task and goes on.",
                f"Write {other} instead.",
                spelt.value.at,
            )


def _topic(option: str) -> Topic | None:
    if option in RETRY_OPTIONS:
        return "retry"
    if option in RETENTION_OPTIONS:
        return "retention"
    return "bound-self" if option == "bind" else None


def _sent(evidence: Evidence) -> Iterator[Quirk]:
    """Options at the producer that belong to the task, or to sending."""
    for spelt in evidence.sent:
        if spelt.name in RETRY_OPTIONS:
            yield Quirk(
                "retry",
                f"No retry comes of {spelt.name} here: it counts on the task, not when the job is sent.",
                f"Move {spelt.name} to the task's decorator.",
                spelt.value.at,
            )
        elif spelt.name == "retry_policy" and not _retried(evidence):
            yield Quirk(
                "retry",
                "Only the sending is repeated: retry_policy never runs a failed job again.",
                "Give the task autoretry_for=(...) and max_retries.",
                spelt.value.at,
            )


def _goes_on(evidence: Evidence) -> Iterator[Quirk]:
    for asked in evidence.asked:
        throws = asked.argument("throw")
        if isinstance(throws, Known) and throws.value is False and not asked.leaves:
            yield Quirk(
                "retry",
                "This run goes on after it asked for the next one: throw=False raises nothing.",
                f"Write `raise {asked.receiver}.retry(...)`.",
                asked.at,
            )


def _no_setting(evidence: Evidence) -> Iterator[Quirk]:
    """Settings that sound right and that no release of Celery has."""
    for name, option in NO_SETTING.items():
        found = evidence.setting(name)
        if isinstance(found, Known):
            yield Quirk(
                "retry",
                f"No job heeds the setting {name}: Celery has none of that name.",
                f"Set {option} on the tasks, or task_annotations = {{'*': {{'{option}': ...}}}}.",
                found.at,
            )


def _unread_setting(evidence: Evidence) -> Iterator[Quirk]:
    for name, topic in READ_SETTINGS.items():
        for spelt in evidence.ignored(name):
            yield _unread(name, topic, spelt)


def _unread(name: str, topic: Topic, spelt: Spelt) -> Quirk:
    prefixed = spelt.name.startswith("CELERY_")
    cure = "add namespace='CELERY' to config_from_object()" if prefixed else f"call it CELERY_{name.upper()}"
    return Quirk(
        topic,
        f"Celery never reads the setting {spelt.name}: its name does not fit how settings are loaded.",
        f"Either name it as config_from_object() reads it or {cure}.",
        spelt.value.at,
    )


def _never_purged(evidence: Evidence) -> Iterator[Quirk]:
    backend, expires = evidence.setting("result_backend"), evidence.setting("result_expires")
    if not isinstance(backend, Known) or not str(backend.value).startswith(UNPURGED) or evidence.scheduled:
        return
    if isinstance(expires, Known) and not expires.value:
        return
    if all(isinstance(evidence.setting(name), Absent) for name in ("beat_schedule", "beat_scheduler")):
        yield Quirk(
            "retention",
            "Results pile up: only celery.backend_cleanup purges this backend, and that needs celery beat.",
            "Run celery beat beside the workers, or use a backend that expires results itself (redis).",
            backend.at,
        )


def _bound(evidence: Evidence) -> Iterator[Quirk]:
    function = evidence.function
    if function is None:
        return
    params = [param for param in function.params if param.kind in {"positional", "either", "*"}]
    bind = evidence.option("bind")
    if isinstance(bind, Known) and bind.value and not params:
        yield Quirk(
            "bound-self",
            "Every run fails: bind=True hands over the task, and the function has no parameter for it.",
            "Add self as the first parameter, or drop bind=True.",
            bind.at,
        )
    if not isinstance(bind, Opaque) and not evidence.filled:
        yield from _unbound(evidence, function)


def _unbound(evidence: Evidence, function: Function) -> Iterator[Quirk]:
    if function.params and function.params[0].name == "self" and "." not in function.qualname:
        yield Quirk(
            "bound-self",
            "Every argument lands one parameter too early: without bind=True nothing fills self.",
            "Add bind=True to the decorator, or drop the parameter.",
            evidence.home,
        )
        return
    for asked in evidence.asked:
        if not asked.handle and asked.receiver == "self":
            yield Quirk(
                "bound-self",
                "No retry happens: self is not the task here, as the decorator lacks bind=True.",
                "Add bind=True to the decorator and self as the first parameter.",
                asked.at,
            )


def _coroutine(evidence: Evidence) -> Iterator[Quirk]:
    """Another decorator may run the coroutine; a base class may, too."""
    function = evidence.function
    if function is None or not function.is_async or len(function.decorators) != 1:
        return
    if isinstance(evidence.option("run"), Absent):
        yield Quirk(
            "async",
            "The body never runs: Celery calls it, gets a coroutine and counts that as success.",
            "Make it a plain function that calls `asyncio.run(...)` on the coroutine.",
            evidence.home,
        )


def _beyond_visibility(evidence: Evidence) -> Iterator[Quirk]:
    """A delayed message waits in a worker unacknowledged, so a long wait makes more of it."""
    limit = limits.visibility(evidence)
    for name, wait, at in _delays(evidence):
        if limit is not None and wait >= limit:
            yield Quirk(
                "visibility",
                f"Run several times: {name} of {wait:g} s waits longer than the {limit:g} s after which the "
                "broker delivers it again.",
                f"Set broker_transport_options={{'visibility_timeout': {wait * 2:.0f}}}, or keep the time in "
                "a row and let a periodic job look for what is due.",
                at,
            )


def _delays(evidence: Evidence) -> Iterator[tuple[str, float, Location]]:
    for spelt in evidence.sent:
        if (
            spelt.name == "countdown"
            and isinstance(spelt.value, Known)
            and isinstance(spelt.value.value, (int, float))
        ):
            yield "a countdown", float(spelt.value.value), spelt.value.at
    wait = backoff(evidence)
    if isinstance(wait, Known) and wait.value.kind == "fixed":
        yield "a retry", wait.value.delay, wait.at
    elif isinstance(wait, Known) and wait.value.kind == "exponential":
        runs = attempts(evidence)
        times = runs.value - 2 if isinstance(runs, (Known)) else 0
        longest = wait.value.delay * 2 ** min(max(times, 0), 60)
        yield "a retry", min(longest, wait.value.cap or longest), wait.at


def _idle_reject(evidence: Evidence) -> Iterator[Quirk]:
    reject, late = (
        first(evidence, option, f"task_{option}") for option in ("reject_on_worker_lost", "acks_late")
    )
    early = isinstance(late, Absent) or (isinstance(late, Known) and not late.value)
    if isinstance(reject, Known) and reject.value and early:
        yield Quirk(
            "ack",
            "Lost all the same when its worker dies: reject_on_worker_lost does nothing without acks_late.",
            "Add acks_late=True.",
            reject.at,
        )

"""BullMQ options that do nothing, or something else than they say."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType
from typing import Any

from jobcheck import facts
from jobcheck.frameworks import Evidence, Spelt, meant
from jobcheck.frameworks.bullmq.options import is_whole
from jobcheck.model import Absent, Known, Opaque, Quirk, Topic

OPTIONS = frozenset(
    {
        "attempts",
        "backoff",
        "continueParentOnFailure",
        "deduplication",
        "delay",
        "failParentOnFailure",
        "ignoreDependencyOnFailure",
        "jobId",
        "keepLogs",
        "lifo",
        "parent",
        "priority",
        "removeDependencyOnFailure",
        "removeOnComplete",
        "removeOnFail",
        "repeat",
        "stackTraceLimit",
        "timestamp",
    }
)
NEVER_READ = {
    "timeout": "Limit the work itself: `async with asyncio.timeout(...)` in the processor.",
    "deadLetterQueue": "Add the job to a queue of dead letters in the worker's failed listener.",
    "ttl": "Use deduplication or removeOnComplete for what ttl was meant to do.",
    "retries": "Write attempts: the number of runs, the first included.",
    "maxRetries": "Write attempts: the number of runs, the first included.",
    "maxAttempts": "Write attempts.",
}
SHORTEST = 100
"""Milliseconds below which a delay was most likely meant in seconds."""


def quirks(evidence: Evidence) -> tuple[Quirk, ...]:
    """Every quirk of one processor and of what is sent to it."""
    found = (
        *_idle_backoff(evidence),
        *_bad_attempts(evidence),
        *_bad_backoff(evidence),
        *_tiny_delay(evidence),
        *_bad_limits(evidence),
        *_unknown_options(evidence),
        *_keywords(evidence),
        *_too_few_parameters(evidence),
        *_plain_function(evidence),
    )
    return tuple(sorted(set(found), key=lambda quirk: (quirk.at, quirk.topic, quirk.message)))


def _given(evidence: Evidence, name: str) -> list[Known[Any]]:
    return [s.value for s in evidence.sent if s.name == name and isinstance(s.value, Known)]


def _idle_backoff(evidence: Evidence) -> Iterator[Quirk]:
    attempts = evidence.option("attempts")
    once = isinstance(attempts, Absent) or (isinstance(attempts, Known) and attempts.value in (None, 0, 1))
    for backoff in _given(evidence, "backoff") if once else ():
        if backoff.value:
            yield Quirk(
                "retry",
                "Never retried: backoff without attempts does nothing, one run is all there is.",
                'Add "attempts": 3 beside it.',
                backoff.at,
            )


def _bad_attempts(evidence: Evidence) -> Iterator[Quirk]:
    for attempts in _given(evidence, "attempts"):
        if not isinstance(attempts.value, (int, float, NoneType)):
            yield Quirk(
                "retry",
                "A failing job gets stuck as active: attempts is no number, and handling the failure fails.",
                'Write a whole number, such as "attempts": 3.',
                attempts.at,
            )


def _bad_backoff(evidence: Evidence) -> Iterator[Quirk]:
    for backoff in _given(evidence, "backoff"):
        wrong = _wrong(backoff.value, evidence)
        if wrong:
            yield Quirk(
                "retry",
                f"A failing job gets stuck as active: {wrong}.",
                'Write {"type": "exponential", "delay": 5000}, or a whole number of milliseconds.',
                backoff.at,
            )


def _wrong(value: object, evidence: Evidence) -> str:
    if isinstance(value, str):
        return "backoff is a text, not a number or a mapping"
    if isinstance(value, float) and not value.is_integer():
        return "backoff is a fraction of a millisecond"
    if not isinstance(value, dict) or not value or value.get("type") == "fixed":
        return ""
    if value.get("type") == "exponential":
        return "" if isinstance(value.get("delay"), (int, float)) else "exponential backoff needs a delay"
    return "" if _has_strategy(evidence) else _nameless(value)


def _has_strategy(evidence: Evidence) -> bool:
    custom = evidence.option("settings")
    return isinstance(custom, Opaque) or (isinstance(custom, Known) and bool(custom.value))


def _nameless(value: dict[str, object]) -> str:
    if "type" not in value:
        return "the backoff names no type"
    return f"no backoff is called {value['type']} and the worker has no backoffStrategy"


def _tiny_delay(evidence: Evidence) -> Iterator[Quirk]:
    for name in ("backoff", "delay"):
        for given in _given(evidence, name):
            if name == "backoff" and _wrong(given.value, evidence):
                continue
            delay = given.value.get("delay") if isinstance(given.value, dict) else given.value
            if isinstance(delay, (int, float)) and delay is not True and 0 < delay < SHORTEST:
                yield Quirk(
                    "retry",
                    f"Hardly any wait: this is {delay:g} milliseconds, not seconds.",
                    f"Write {delay * 1000:.0f} for {delay:g} seconds.",
                    given.at,
                )


def _bad_limits(evidence: Evidence) -> Iterator[Quirk]:
    for name in ("removeOnComplete", "removeOnFail"):
        for given in _given(evidence, name):
            effect = _misread(given.value)
            if effect:
                yield Quirk(
                    "retention",
                    f"Not what it says: with this value of {name} {effect}.",
                    f'Write "{name}": {{"age": 86400, "count": 1000}}; age is in seconds.',
                    given.at,
                )


def _misread(value: object) -> str:
    if isinstance(value, dict):
        return _misread_limits(value)
    if value and not isinstance(value, bool) and not is_whole(value):
        return "every job is removed at once, as what is no whole number counts as true"
    return ""


def _misread_limits(value: dict[str, object]) -> str:
    if not value.keys() & {"age", "count"}:
        return "every job is kept for ever, as only age and count are read"
    if value.get("count") is not None and not is_whole(value["count"]):
        return "the number of jobs is not limited, as count is no whole number"
    return ""


def _unknown_options(evidence: Evidence) -> Iterator[Quirk]:
    for spelt in evidence.sent:
        if spelt.name not in OPTIONS:
            yield from _unknown(spelt)


def _keywords(evidence: Evidence) -> Iterator[Quirk]:
    for spelt in evidence.refused:
        option = _meant(spelt.name)
        if option:
            topic: Topic = "retention" if option.startswith("remove") else "retry"
            yield Quirk(
                topic,
                f"The job is never sent: add() takes no keyword {spelt.name} and raises TypeError.",
                f'Put it in the mapping of options: `add(name, data, {{"{option}": ...}})`.',
                spelt.value.at,
            )


def _unknown(spelt: Spelt) -> Iterator[Quirk]:
    other = _meant(spelt.name)
    cure = NEVER_READ.get(_camel_case(spelt.name)) or (f"Write {other}." if other else "")
    if cure:
        topic = _topic(_camel_case(spelt.name), other)
        yield Quirk(
            topic, f"Nothing reads the job option {spelt.name}: BullMQ has none.", cure, spelt.value.at
        )


def _topic(name: str, option: str) -> Topic:
    if name == "deadLetterQueue":
        return "dead-letter"
    return "retention" if option.startswith("remove") else "retry"


def _meant(name: str) -> str:
    """The option that a name in another style, or a misspelt one, stands for."""
    joined = _camel_case(name)
    return joined if joined in OPTIONS else meant(joined, OPTIONS)


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _too_few_parameters(evidence: Evidence) -> Iterator[Quirk]:
    function = evidence.function
    if function is None or any(param.kind == "*" for param in function.params):
        return
    positional = [param for param in function.params if param.kind in {"positional", "either"}]
    if len(positional) < evidence.filled:
        yield Quirk(
            "bound-self",
            "Every run fails: a worker calls its processor with the job and a token.",
            "Write `async def process(job, token)`.",
            evidence.home,
        )


def _plain_function(evidence: Evidence) -> Iterator[Quirk]:
    """A plain function is fine when it returns what a coroutine function makes of it."""
    function = evidence.function
    if function is None or function.is_async or function.decorators:
        return
    if not any(isinstance(value, (facts.Call, facts.Read, facts.Choice)) for value in evidence.returned):
        yield Quirk(
            "async",
            "Every run fails once its work is done: a worker awaits its processor, and this is no coroutine.",
            "Write `async def`; work that blocks goes to a thread, `await asyncio.to_thread(...)`.",
            evidence.home,
        )

"""The numbers and names that rules go by: read from `rules/policy.toml`, overridden by a project."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import tomli
from msgspec import Meta, Struct

from jobcheck.model import Backoff, EffectKind, JobKind, Keep, Phase, Volume

Seconds = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]


class PolicyError(ValueError):
    """A policy that cannot be used; the message names the file and the key."""


class RetryAdvice(Struct, frozen=True, forbid_unknown_fields=True):
    """How a job of one kind is retried; `attempts` is total runs."""

    attempts: Count
    backoff: Literal["fixed", "exponential"]
    delay: Seconds

    @property
    def waits(self) -> Backoff:
        return Backoff(self.backoff, self.delay)


class KeepAdvice(Struct, frozen=True, forbid_unknown_fields=True):
    """How long and how many finished jobs of one outcome are kept."""

    age: Seconds
    count: Count

    @property
    def keep(self) -> Keep:
        return Keep(self.age, self.count)


class RetentionAdvice(Struct, frozen=True, forbid_unknown_fields=True):
    """How long the jobs of one volume class are kept."""

    completed: KeepAdvice
    failed: KeepAdvice


class RetryTable(Struct, frozen=True, forbid_unknown_fields=True):
    """How jobs are retried, by kind."""

    email: RetryAdvice
    external_api: RetryAdvice
    database: RetryAdvice
    llm: RetryAdvice
    webhook: RetryAdvice
    compute: RetryAdvice

    def __getitem__(self, kind: JobKind) -> RetryAdvice:
        row: RetryAdvice = getattr(self, kind)
        return row


class RetentionTable(Struct, frozen=True, forbid_unknown_fields=True):
    """How long jobs are kept, by volume class."""

    high: RetentionAdvice
    standard: RetentionAdvice
    critical: RetentionAdvice

    def __getitem__(self, volume: Volume) -> RetentionAdvice:
        row: RetentionAdvice = getattr(self, volume)
        return row


class LogFields(Struct, frozen=True, forbid_unknown_fields=True):
    """What a line of the log carries, by the moment that it tells of."""

    started: tuple[str, ...]
    progress: tuple[str, ...]
    completed: tuple[str, ...]
    failed: tuple[str, ...]

    def __getitem__(self, phase: Phase) -> tuple[str, ...]:
        row: tuple[str, ...] = getattr(self, phase)
        return row


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole policy. `risk` orders effects by what a repetition costs, the most costly first.

    `log_names` are the names that a field of the log goes by, and `stages` is the number of acts from
    which a job counts as one of several steps.
    """

    retry: RetryTable
    retention: RetentionTable
    tenant_names: tuple[str, ...]
    correlation_names: tuple[str, ...]
    sensitive_names: tuple[str, ...]
    volatile_names: tuple[str, ...]
    verifying_words: tuple[str, ...]
    identifiers: tuple[str, ...]
    risk: tuple[EffectKind, ...]
    stages: Count
    log_fields: LogFields
    log_names: dict[str, tuple[str, ...]]
    payload_names: tuple[str, ...]
    dead_letter_names: tuple[str, ...]
    progress_names: tuple[str, ...]
    reason_names: tuple[str, ...]
    retention_tolerance: Annotated[float, Meta(ge=1)]

    def merged(self, overrides: dict[str, Any], source: str = "configuration") -> Policy:
        """This policy with a project's own values; tables are merged, lists replaced."""
        return _policy(_merge(msgspec.to_builtins(self), overrides), source)


def load_policy(text: str, source: str = "rules/policy.toml") -> Policy:
    """The policy that a TOML text describes; `source` names it in errors."""
    try:
        return _policy(tomli.loads(text), source)
    except tomli.TOMLDecodeError as error:
        raise PolicyError(f"{source}: {error}") from error


def _merge(base: Any, over: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return base | {key: _merge(base.get(key), value) for key, value in over.items()}


def _policy(data: dict[str, Any], source: str) -> Policy:
    try:
        return msgspec.convert(data, Policy)
    except msgspec.ValidationError as error:
        raise PolicyError(f"{source}: {_readable(str(error))}") from error


def _readable(error: str) -> str:
    """msgspec's "Expected `int`, got `str` - at `$.retry.email.attempts`", the key first."""
    plain = error.replace("`", "").replace("Object contains unknown field", "Unknown key")
    problem, _, path = plain.partition(" - at $.")
    problem = problem[:1].lower() + problem[1:]
    return f"{path}: {problem}" if path else problem

"""What sort of job it is, by the most demanding thing it does to the world outside."""

from __future__ import annotations

from jobcheck.model import Effect, Flow, JobKind

SORTS: tuple[tuple[JobKind, frozenset[str]], ...] = (
    ("webhook", frozenset({"webhook"})),
    ("llm", frozenset({"llm"})),
    ("email", frozenset({"email", "sms", "push", "chat"})),
    ("external_api", frozenset({"http", "payment", "publish"})),
    ("database", frozenset({"database", "cache", "queue", "enqueue", "file"})),
)


def kind_of(flow: Flow, given: JobKind | None = None) -> JobKind:
    """The kind of a job; `given` is what the configuration says."""
    if given is not None:
        return given
    found = set(flow.touches) | {act.what.kind for act in flow.acts if isinstance(act.what, Effect)}
    for kind, sort in SORTS:
        if found & sort:
            return kind
    return "database" if flow.acts or flow.fetches else "compute"

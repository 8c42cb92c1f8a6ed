"""Which fields a log line carries, by the names that policy and project give them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

from jobcheck.checks.carriage import plain
from jobcheck.model import Known, Log, Phase, Project, Site
from jobcheck.policy import Policy

WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def wants_log(site: Site) -> bool:
    """Whether a run of the job does anything that somebody may want to trace."""
    return bool(site.flow.acts or site.flow.touches)


def snake(name: str) -> str:
    """`orderId` and `Order-ID` as `order_id`."""
    return re.sub(r"\W+", "_", WORD.sub("_", name)).lower()


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name is one of those; "*" in a pattern stands for any part of it."""
    return any(fnmatchcase(snake(name), pattern) for pattern in patterns)


def sent_names(site: Site) -> frozenset[str]:
    """The names of what the job is sent, as far as they are known."""
    taken = [parameter.name for parameter in site.job.parameters if parameter.kind not in ("*", "**")]
    taken += [field.name for field in site.flow.reads if field.name]
    taken += [f.name for enqueue in site.producers for f in enqueue.payload or () if f.name and not f.spread]
    return frozenset(taken)


def entity_names(site: Site, policy: Policy) -> frozenset[str]:
    """Names that say what the job works on; none where it is sent no identifier and loads no row."""
    sent, fetched = sent_names(site), [fetch.model for fetch in site.flow.fetches]
    if not fetched and not any(matches(name, policy.log_names["entity_id"]) for name in sent):
        return frozenset()
    return frozenset(map(plain, (*sent, *fetched)))


def lacking(
    log: Log, phase: Phase, site: Site, policy: Policy, project: Project, entities: Collection[str]
) -> list[str]:
    """The fields that a line about this moment should carry and does not."""
    given = _given(log, phase, site, project) | (set() if entities else {"entity_id"})
    wanted = policy.log_fields[phase]
    return [
        field
        for field in wanted
        if field not in given and not _carries(log, field, policy, project, entities)
    ]


def _given(log: Log, phase: Phase, site: Site, project: Project) -> set[str]:
    """Fields that need not be on the line: the framework's own line, or what is installed, has them."""
    given = {"error"} if log.traceback else set()
    given |= {"job_id"} if project.correlation is not None else set()
    logs = site.options.logs
    if isinstance(logs, Known) and phase in logs.value:
        given |= {"duration", "result", "error"}
    return given


def _carries(log: Log, field: str, policy: Policy, project: Project, entities: Collection[str]) -> bool:
    if field != "entity_id":
        return any(matches(name, (field, *policy.log_names.get(field, ()))) for name in log.fields)
    others = {plain(name) for name in (*project.tenant_names, *project.correlation_names)}
    others -= set() if set(entities) - others else set(map(plain, project.tenant_names))
    jobs = ("job_id", *policy.log_names.get("job_id", ()))
    mine = [name for name in log.fields if plain(name) not in others and not matches(name, jobs)]
    return any(plain(n) in entities or matches(n, policy.log_names.get(field, ())) for n in mine)

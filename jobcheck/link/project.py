"""The fold: everything read and recognised becomes the `Project` that checks judge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from fnmatch import fnmatch

from msgspec.structs import replace

from jobcheck.config import Config, JobSettings
from jobcheck.facts import Directive
from jobcheck.frameworks import Send, frameworks
from jobcheck.link.flows import Flows
from jobcheck.link.index import Index
from jobcheck.link.kinds import kind_of
from jobcheck.link.meaning import Meanings
from jobcheck.link.resolve import Resolver
from jobcheck.link.seeds import JobSeed, Recognised
from jobcheck.link.sites import Sites
from jobcheck.link.transactions import Transactions
from jobcheck.link.verdicts import walk_job
from jobcheck.model import (
    Coverage,
    Declaration,
    Enqueue,
    Flow,
    FunctionRef,
    Job,
    Location,
    Opaque,
    Project,
    Site,
    Step,
)
from jobcheck.policy import Policy
from jobcheck.vocabulary import Vocabulary


def understand(
    resolver: Resolver,
    sites: Sites,
    recognised: Recognised,
    vocabulary: Vocabulary,
    policy: Policy,
    config: Config,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Project:
    """The project that was read, with what every job does; `progress` hears of each job."""
    hooks = frozenset(name for framework in frameworks().values() for name in framework.after_runs)
    meanings = Meanings(resolver, vocabulary, _words(), _canonical(recognised.jobs))
    flows = Flows(meanings, config.transaction_wrappers, hooks)
    judged = []
    for number, seed in enumerate(recognised.jobs):
        progress(number, len(recognised.jobs))
        judged.append(_site(flows, seed, config))
    transactions = Transactions(flows, sites, recognised.requests)
    enqueues = _in_transactions(recognised.enqueues, transactions, resolver.index)
    reached: dict[str | None, list[Enqueue]] = defaultdict(list)
    for enqueue in enqueues:
        reached[enqueue.job].append(enqueue)
    known = {site.job.name for site in judged}
    return Project(
        sites=tuple(replace(site, producers=tuple(reached[site.job.name])) for site in judged),
        strays=tuple(enqueue for enqueue in enqueues if enqueue.job not in known),
        unjudged=recognised.unjudged,
        tenant_names=frozenset((*policy.tenant_names, *config.tenant_names)),
        correlation_names=frozenset((*policy.correlation_names, *config.correlation_names)),
        correlation=recognised.correlation,
        tenancy=config.tenancy != "none",
        causes=recognised.causes,
    )


def _words() -> dict[str, str]:
    known = frameworks().values()
    sends = {
        path: "send" for each in known for path, made in each.primitives.items() if isinstance(made, Send)
    }
    return sends | {path: word for each in known for path, word in each.calls.items()}


def _canonical(jobs: Iterable[JobSeed]) -> Callable[[str], str]:
    """How the frameworks spell a path; a job is its framework's handle."""
    handles = {seed.job.name: frameworks()[seed.job.framework].handle for seed in jobs}

    def canonical(path: str) -> str:
        for cut in (i for i, letter in enumerate(path) if letter == "."):
            if path[:cut] in handles:
                path = handles[path[:cut]] + path[cut:]
                break
        found = (framework.canonical(path) for framework in frameworks().values())
        return next((spelt for spelt in found if spelt), path)

    return canonical


def _site(flows: Flows, seed: JobSeed, config: Config) -> Site:
    job = replace(seed.job, idempotent=_declaration(flows.resolver.index, seed.job))
    flow = _walked(flows, seed)
    said = _said(job.name, config)
    return Site(job, (), kind_of(flow, said.kind), flow, said.volume or "standard")


def _walked(flows: Flows, seed: JobSeed) -> Flow:
    """What a job does; a fault of jobcheck in one job costs the verdicts on that job alone."""
    try:
        return walk_job(flows, seed)
    except Exception as error:
        why = f"internal error in judging {seed.job.name}: {type(error).__name__}: {error}"
        untold = Coverage("unknown", seed.job.at, why)
        fault = Opaque(why, seed.job.at)
        return Flow(started=untold, completed=untold, failed=untold, unknown=(fault,), faults=(fault,))


def _said(name: str, config: Config) -> JobSettings:
    """What the configuration says of a job: the last pattern that fits it counts."""
    fitting = [said for pattern, said in config.jobs.items() if fnmatch(name, pattern)]
    return fitting[-1] if fitting else JobSettings()


def _declaration(index: Index, job: Job) -> Declaration | None:
    outline = index.outline(job.at.path)
    for directive in outline.directives if outline else ():
        if directive.verb == "idempotent" and directive.reason and _speaks_of(directive, job):
            return Declaration(directive.names[0], Location(job.at.path, directive.span))
    return None


def _speaks_of(directive: Directive, job: Job) -> bool:
    first, last = directive.covers
    return bool(directive.names) and first <= job.at.span.line <= last


def _in_transactions(found: Iterable[Enqueue], transactions: Transactions, index: Index) -> list[Enqueue]:
    """The producers, each with the transaction that is open where it sends."""
    enqueues = list(found)
    calls: dict[FunctionRef, list[Location]] = defaultdict(list)
    for enqueue in enqueues:
        ref = index.around(enqueue.at)
        if ref is not None and _sends_now(enqueue):
            calls[ref].append(enqueue.at)
    open_: dict[Location, tuple[Step, ...]] = {}
    for ref, places in sorted(calls.items()):
        open_ |= transactions.at(ref, places)
    return [replace(e, transaction=open_.get(e.at, ())) if _sends_now(e) else e for e in enqueues]


def _sends_now(enqueue: Enqueue) -> bool:
    return enqueue.style == "call" and not enqueue.after_commit

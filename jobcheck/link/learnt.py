"""Names by which files that have not been read may use applications and queues that were found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import basename, dirname

from jobcheck import facts
from jobcheck.frameworks import App, Declare, Framework, QueueMaker, Send
from jobcheck.link.bindings import Binding
from jobcheck.link.declared import Declared
from jobcheck.link.entities import External
from jobcheck.link.resolve import Resolver
from jobcheck.link.seeds import Clue
from jobcheck.link.sites import Site, Sites, enclosing
from jobcheck.model import FunctionRef

OPENS = "atomic"
"""What opens a transaction that messages do not wait for."""
SHORT = 3
"""Names of so few letters stand everywhere: the module that holds them is looked for instead."""


def telling(frameworks: Iterable[Framework]) -> frozenset[str]:
    """Verbs that nothing but a job has: whoever calls one on an argument is a helper of producers."""
    sends = [(path, p) for f in frameworks for path, p in f.primitives.items() if isinstance(p, Send)]
    found = (path.rpartition(".")[2] for path, p in sends if p.by == "job" and p.style == "call")
    return frozenset(found)


def job_clues(frameworks: tuple[Framework, ...], jobs: Iterable[Declared]) -> Iterator[Clue]:
    """A job's name alone is a word like others: beside it stands a verb, or the module it comes from."""
    verbs = telling(frameworks)
    for job in jobs:
        if job.queue is None:
            beside = tuple(sorted(verbs | {_stem(job.ref.path)}))
            yield Clue(job.function.qualname.rpartition(".")[2], beside)
            if job.is_class and job.cls is not None:
                yield Clue(job.cls.qualname.rpartition(".")[2], beside)


def transaction_clues(
    resolver: Resolver, sites: Sites, senders: Iterable[FunctionRef | None]
) -> Iterator[Clue]:
    """Files that may call a sending function inside a transaction: its name beside a word that opens one."""
    opening = {OPENS} | {
        site.place.ref.qualname
        for site in sites.calls(OPENS)
        if site.place.ref.qualname
        and resolver.index.table(site.place.ref.path, site.place.ref.qualname).yields
    }
    for ref in senders:
        if ref is not None and "." not in ref.qualname:
            yield Clue(ref.qualname, tuple(sorted(opening)))


def makers(resolver: Resolver, sites: Sites, frameworks: tuple[Framework, ...]) -> set[str]:
    """What a file must mention to use an application or queue that another file makes."""
    return {
        name
        for framework in frameworks
        for path, primitive in framework.primitives.items()
        if isinstance(primitive, (App, QueueMaker))
        for site in sites.calls(path.rpartition(".")[2])
        if _makes(resolver, framework, site, f"{path}()")
        for name in _names(resolver, site, isinstance(primitive, QueueMaker))
    }


def decorators(resolver: Resolver, sites: Sites, frameworks: tuple[Framework, ...]) -> set[str]:
    """Names that modules give to what declares jobs: `timed_task = partial(shared_task, ...)`."""
    verbs = frozenset(
        path.rpartition(".")[2]
        for framework in frameworks
        for path, primitive in framework.primitives.items()
        if isinstance(primitive, Declare) and primitive.queue is None
    )
    return {
        name
        for path in sites.using(verbs)
        for name, bindings in resolver.index.table(path, "").names.items()
        if any(_declares(resolver, frameworks, path, binding) for binding in bindings)
    }


def _declares(resolver: Resolver, frameworks: tuple[Framework, ...], path: str, binding: Binding) -> bool:
    if binding.how != "value" or not isinstance(binding.value, (facts.Call, facts.Read)):
        return False
    found = resolver.path(resolver.entity(binding.value, resolver.module_scope(path))).removesuffix("()")
    primitives = (framework.primitive(found) for framework in frameworks)
    return any(isinstance(p, Declare) and p.queue is None for p in primitives)


def _makes(resolver: Resolver, framework: Framework, site: Site, path: str) -> bool:
    made = resolver.entity(site.call, site.place.scope(resolver))
    paths = (made.path,) if isinstance(made, External) else resolver.external_paths(made)
    return any(framework.canonical(each) == path for each in paths)


def _names(resolver: Resolver, site: Site, queue: bool) -> Iterator[str]:
    """Beside a queue stand the functions that send on it: who imports them names the module alone."""
    ref = site.place.ref
    if ref.qualname:
        yield from _of_definition(resolver, ref)
        return
    names = resolver.index.table(ref.path, "").names.items()
    holding = [name for name, bindings in names if any(each.value is site.call for each in bindings)]
    yield from (name for name in holding if len(name) > SHORT)
    if queue or not holding or any(len(name) <= SHORT for name in holding):
        yield _stem(ref.path)


def _of_definition(resolver: Resolver, ref: FunctionRef) -> Iterator[str]:
    """A class that holds it, or a function that returns it."""
    outermost = ref.qualname.partition(".")[0]
    if resolver.index.cls(ref.path, outermost) is not None:
        yield outermost
    elif resolver.index.table(ref.path, ref.qualname).returns:
        yield enclosing(resolver.index, ref)


def _stem(path: str) -> str:
    """The name that an import of a file ends in."""
    stem = basename(path).removesuffix(".py")
    return basename(dirname(path)) if stem == "__init__" else stem

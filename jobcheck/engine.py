"""The pipeline: a request in, a report out.

ask → policy → gather → screen → collect → link → judge → triage → report. Only gathering and
collecting touch the world; what follows is pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from jobcheck import checks
from jobcheck.cache import FactsCache
from jobcheck.catalog import load_catalog, rules_folder
from jobcheck.config import Config
from jobcheck.facts import Directive, Problem
from jobcheck.folder import cache_folder
from jobcheck.frameworks import frameworks
from jobcheck.link.collect import Reach, starts
from jobcheck.link.index import Index
from jobcheck.link.names import Modules
from jobcheck.link.project import understand
from jobcheck.link.recognise import Recogniser
from jobcheck.link.resolve import Resolver
from jobcheck.link.seeds import Recognised
from jobcheck.link.sites import Sites
from jobcheck.model import Finding, Project, Recommendation
from jobcheck.policy import Policy, load_policy
from jobcheck.reading import Reader
from jobcheck.report import Evidence, Hint, Progress, Report, Request, Unreadable, is_under
from jobcheck.selection import selected
from jobcheck.sources import Sources, gather, is_test
from jobcheck.suppressions import UNUSED, WRONG
from jobcheck.syntax import EXTRACTOR_VERSION
from jobcheck.triage import assess
from jobcheck.vocabulary import Vocabulary, load_vocabulary


class Read(Struct, frozen=True, eq=False):
    """What collecting ends with: everything read, and what it was recognised as."""

    resolver: Resolver
    sites: Sites
    recognised: Recognised
    unreadable: tuple[Unreadable, ...] = ()


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Tells nobody."""


def run(request: Request, progress: Progress = quiet) -> Report:
    """Judge one project. Raises PolicyError and UnknownRuleError for settings that cannot be used."""
    catalog = load_catalog().joined({*checks.discover(), UNUSED, WRONG})
    codes = selected(catalog.rules, request.config)
    policy, vocabulary = _policy(request.config), _vocabulary(request.config)
    sources = gather(Path(request.root), request.overlays, request.config.exclude)
    read = collect(request, sources, vocabulary, progress)
    project = understand(read.resolver, read.sites, read.recognised, vocabulary, policy, request.config)
    outcomes = checks.run(project, policy, codes, spell)
    evidence = Evidence(project, outcomes, codes, _directives(read.resolver.index), sources.lines)
    findings, suppressed = assess(request, evidence, catalog.rules, policy.risk)
    return Report(
        root=request.root,
        profile=request.config.profile,
        project=project,
        asked=request.asked,
        findings=findings,
        suppressed=suppressed,
        outcomes=tuple(outcomes),
        problems=read.unreadable,
        hints=_hints(project),
        files_seen=len(sources.paths),
        files_asked=sum(is_under(path, request.asked) for path in sources.paths),
    )


def spell(framework: str, wanted: Recommendation) -> str:
    """A recommendation as the source of one framework; "" where it has no such setting."""
    known = frameworks().get(framework)
    return known.spell(wanted) if known else ""


def collect(request: Request, sources: Sources, vocabulary: Vocabulary, progress: Progress) -> Read:
    """Read what bears on the jobs, and what that leads to, until nothing more is wanted."""
    known = tuple(frameworks().values())
    packages = frozenset(package for framework in known for package in framework.packages)
    candidates = [path for path in sources.paths if request.include_tests or not is_test(path)]
    reader = Reader(sources, _cache(request), request.workers)
    index = Index(Modules(candidates, packages), {})
    resolver = Resolver(index, vocabulary.is_row)
    recogniser, reach = Recogniser(known), Reach(resolver)
    wanted = set(sources.mentioning(_words(packages), candidates))
    recognised, learnt, tried = Recognised(), frozenset[str](), set[str]()
    while wanted:
        tried |= wanted
        for path, facts in reader.read(wanted, partial(progress, "Reading")).items():
            index.add(path, facts)
        recognised = recogniser.recognise(index, resolver)
        reach.follow(starts(recognised))
        wanted = resolver.wanted - tried
        wanted |= _mentioning(sources, recognised.learnt - learnt, candidates) - tried
        learnt |= recognised.learnt
    reader.cache.save()
    return Read(resolver, recogniser.sites, recognised, _unreadable(reader.problems))


def check_sources(
    sources: dict[str, str], select: Iterable[str] = (), config: Config | None = None
) -> list[Finding]:
    """The findings, one by one, in sources that lie on no disk: path to text."""
    overlays = {path: text.encode() for path, text in sources.items()}
    chosen = config or Config(select=tuple(select))
    with TemporaryDirectory() as nowhere:
        asked = Request(nowhere, (nowhere,), chosen, overlays, use_cache=False, full=True, workers=1)
        return [reported.finding for reported in run(asked).findings]


def _mentioning(sources: Sources, names: frozenset[str], candidates: list[str]) -> set[str]:
    return set(sources.mentioning(_words(names), candidates)) if names else set()


def _words(names: Iterable[str]) -> re.Pattern[bytes]:
    """Finds any of the names as a whole word."""
    return re.compile(rb"\b(?:%s)\b" % b"|".join(re.escape(name.encode()) for name in sorted(names)))


def _cache(request: Request) -> FactsCache:
    folder = cache_folder(Path(request.root)) if request.use_cache else None
    return FactsCache(folder / "facts.mp" if folder else None, EXTRACTOR_VERSION)


def _policy(config: Config) -> Policy:
    text = (rules_folder() / "policy.toml").read_text("utf-8")
    policy = load_policy(text)
    return policy.merged(config.policy) if config.policy else policy


def _vocabulary(config: Config) -> Vocabulary:
    return load_vocabulary((rules_folder() / "vocabulary.toml").read_text("utf-8"), config.vocabulary)


def _directives(index: Index) -> dict[str, tuple[Directive, ...]]:
    return {path: file.outline.directives for path, file in index.files.items() if file.outline.directives}


def _unreadable(problems: dict[str, Problem]) -> tuple[Unreadable, ...]:
    return tuple(sorted(Unreadable(path, p.line, p.column, p.message) for path, p in problems.items()))


def _hints(project: Project) -> tuple[Hint, ...]:
    counted = Counter(each.what for each in project.unjudged)
    return tuple(Hint(what, number) for what, number in sorted(counted.items(), key=lambda c: (-c[1], c[0])))

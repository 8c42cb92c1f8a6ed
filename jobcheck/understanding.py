"""From sources to what the project means: read what bears on its jobs, and link it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from jobcheck.cache import FactsCache
from jobcheck.facts import Directive, Problem
from jobcheck.folder import cache_folder
from jobcheck.frameworks import frameworks
from jobcheck.garbage import uncollected
from jobcheck.link.collect import Reach, callers, receivers, senders, starts
from jobcheck.link.index import Index
from jobcheck.link.jobs import WITHOUT_RULES
from jobcheck.link.names import Modules
from jobcheck.link.project import understand
from jobcheck.link.recognise import Recogniser
from jobcheck.link.resolve import Resolver
from jobcheck.link.seeds import Clue, Recognised
from jobcheck.link.sites import Sites
from jobcheck.link.told import Told
from jobcheck.link.web import ATOMIC
from jobcheck.model import FunctionRef, Project
from jobcheck.policy import Policy
from jobcheck.reading import Reader
from jobcheck.report import Progress, Request, Screen, Understood, Unreadable
from jobcheck.screening import passing
from jobcheck.sources import Sources, is_test
from jobcheck.syntax import EXTRACTOR_VERSION
from jobcheck.vocabulary import Vocabulary


def collect(
    request: Request, sources: Sources, vocabulary: Vocabulary, policy: Policy, progress: Progress
) -> Understood:
    """Read what bears on the jobs, and what that leads to, until nothing more is wanted; then link it."""
    with uncollected():
        return _collected(request, sources, vocabulary, policy, progress)


def _collected(
    request: Request, sources: Sources, vocabulary: Vocabulary, policy: Policy, progress: Progress
) -> Understood:
    known = tuple(frameworks().values())
    packages = frozenset(package for framework in known for package in framework.packages)
    candidates = [path for path in sources.paths if request.include_tests or not is_test(path)]
    index = Index(Modules(candidates, packages), {})
    resolver = Resolver(index, vocabulary.is_row)
    told = Told(frozenset(request.config.task_decorators), frozenset(request.config.producer_wrappers))
    recogniser, reach = Recogniser(known, told), Reach(resolver)
    first = Screen(frozenset({*packages, *WITHOUT_RULES, ATOMIC}), frozenset(told.names()))
    recognised, clues = Recognised(), frozenset[Clue]()
    with Reader(sources, _cache(request), request.workers) as reader:
        reading = _Reading(reader, index, partial(progress, "Reading"))
        resolver.wanted = reading.wanted
        reading.want(passing(sources, first, candidates))
        changed = reading.take()
        while changed:
            recognised = recogniser.recognise(index, resolver)
            sought = recognised.clues | recognised.around
            reading.want(passing(sources, _clued(sought - clues), candidates))
            changed = reading.take()
            clues |= sought
            reach.follow(starts(recognised), _sending(recognised, resolver, recogniser.sites))
            while reading.take():
                changed = True
                reach.follow(starts(recognised), _sending(recognised, resolver, recogniser.sites))
        reader.cache.save()
    linking = partial(progress, "Linking")
    project = understand(resolver, recogniser.sites, recognised, vocabulary, policy, request.config, linking)
    troubles = (*_unreadable(reader.problems), *_faults(project))
    screen = replace(first, clues=_clued(clues).clues)
    return Understood(project, _directives(index), tuple(sorted(troubles)), reading.tried, screen)


class _Wanted(set[str]):
    """Files to read. Whatever wants one adds it here, and its reading begins at once."""

    def __init__(self, begin: Callable[[str], None]) -> None:
        super().__init__()
        self._begin = begin

    def add(self, path: str) -> None:
        if path not in self:
            super().add(path)
            self._begin(path)


class _Reading:
    """Reads the files that are wanted into the index, each of them once."""

    def __init__(self, reader: Reader, index: Index, progress: Callable[[int, int], None]) -> None:
        self.wanted = _Wanted(reader.begin)
        self._reader = reader
        self._index = index
        self._progress = progress
        self._tried: set[str] = set()

    def want(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.wanted.add(path)

    def take(self) -> bool:
        """Read what is wanted and has not been read before; False when that is nothing."""
        fresh = self.wanted - self._tried
        self._tried |= fresh
        for path, facts in self._reader.read(fresh, self._progress).items():
            self._index.add(path, facts)
        return bool(fresh)

    @property
    def tried(self) -> tuple[str, ...]:
        """Every file it was asked for."""
        return tuple(sorted(self._tried))


def _sending(recognised: Recognised, resolver: Resolver, sites: Sites) -> set[FunctionRef]:
    """The functions that send, those that may do so with what they are handed, and who calls them."""
    found = senders(recognised, resolver.index) | receivers(recognised, resolver, sites)
    return found | callers(found, resolver, sites)


def _clued(clues: Iterable[Clue]) -> Screen:
    return Screen(clues=frozenset((clue.name, clue.beside) for clue in clues))


def _cache(request: Request) -> FactsCache:
    folder = cache_folder(Path(request.root)) if request.use_cache else None
    return FactsCache(folder / "facts.mp" if folder else None, EXTRACTOR_VERSION)


def _directives(index: Index) -> dict[str, tuple[Directive, ...]]:
    return {path: file.outline.directives for path, file in index.files.items() if file.outline.directives}


def _unreadable(problems: dict[str, Problem]) -> tuple[Unreadable, ...]:
    return tuple(sorted(Unreadable(path, p.line, p.column, p.message) for path, p in problems.items()))


def _faults(project: Project) -> Iterable[Unreadable]:
    for site in project.sites:
        for fault in site.flow.faults:
            yield Unreadable(fault.at.path, fault.at.span.line, fault.at.span.column, fault.why)

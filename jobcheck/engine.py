"""The pipeline: a request in, a report out.

ask → policy → gather → screen → collect → link → judge → triage → report. Only gathering and
collecting touch the world; what follows is pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from jobcheck import baseline, checks
from jobcheck.catalog import load_catalog, rules_folder
from jobcheck.config import Config
from jobcheck.folder import cache_folder
from jobcheck.frameworks import frameworks
from jobcheck.memory import Held, Memory
from jobcheck.model import Finding, Project, Recommendation
from jobcheck.policy import Policy, load_policy
from jobcheck.report import Evidence, Hint, Progress, Report, Request, Understood, is_under
from jobcheck.selection import selected
from jobcheck.sources import Sources, gather
from jobcheck.suppressions import UNUSED, WRONG
from jobcheck.triage import assess
from jobcheck.vocabulary import Vocabulary, load_vocabulary


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Tells nobody."""


def run(request: Request, progress: Progress = quiet, held: Held | None = None) -> Report:
    """Judge one project; `held` is what an earlier run of the same process left.

    Raises PolicyError, UnknownRuleError and BaselineError for settings that cannot be used.
    """
    catalog = load_catalog().joined({*checks.discover(), UNUSED, WRONG})
    codes = selected(catalog.rules, request.config)
    policy = _policy(request.config)
    sources = gather(Path(request.root), request.overlays, request.config.exclude)
    understood = _understood(request, sources, policy, progress, held)
    project = understood.project
    outcomes = checks.run(project, policy, codes, spell)
    kept = baseline.kept(request)
    evidence = Evidence(
        project,
        outcomes,
        codes,
        understood.directives,
        sources.lines,
        kept.entries if kept else (),
        frozenset(each.path for each in understood.unreadable),
    )
    triaged = assess(request, evidence, catalog.rules, policy.risk)
    asked = request.asked
    within = frozenset(asked)
    return Report(
        root=request.root,
        profile=request.config.profile,
        project=project,
        asked=asked,
        findings=triaged.findings,
        suppressed=triaged.suppressed,
        baseline=kept,
        baselined=triaged.baselined,
        standing=triaged.standing,
        stale=triaged.stale,
        outcomes=tuple(outcomes),
        problems=understood.unreadable,
        hints=_hints(project),
        files_seen=len(sources.paths),
        files_asked=sum(is_under(path, within) for path in sources.paths),
    )


def _understood(
    request: Request, sources: Sources, policy: Policy, progress: Progress, held: Held | None
) -> Understood:
    """What the project means: as the last run left it when nothing has changed since.

    What is understood of text that lies on no disk is not kept on disk.
    """
    lasting = request.use_cache and not request.overlays
    folder = cache_folder(Path(request.root)) if lasting else None
    memory = Memory(folder, sources, request, held or Held()) if folder or held else None
    known = memory.recall() if memory else None
    if known is not None:
        return known
    from jobcheck.understanding import collect

    found = collect(request, sources, _vocabulary(request.config), policy, progress)
    if memory is not None:
        memory.keep(found)
    return found


def spell(framework: str, wanted: Recommendation) -> str:
    """A recommendation as the source of one framework; "" where it has no such setting."""
    known = frameworks().get(framework)
    return known.spell(wanted) if known else ""


def check_sources(
    sources: dict[str, str], select: Iterable[str] = (), config: Config | None = None
) -> list[Finding]:
    """The findings, one by one, in sources that lie on no disk: path to text."""
    overlays = {path: text.encode() for path, text in sources.items()}
    chosen = config or Config(select=tuple(select))
    with TemporaryDirectory() as nowhere:
        asked = Request(nowhere, (nowhere,), chosen, overlays, use_cache=False, full=True, workers=1)
        return [reported.finding for reported in run(asked).findings]


def _policy(config: Config) -> Policy:
    text = (rules_folder() / "policy.toml").read_text("utf-8")
    policy = load_policy(text)
    return policy.merged(config.policy) if config.policy else policy


def _vocabulary(config: Config) -> Vocabulary:
    return load_vocabulary((rules_folder() / "vocabulary.toml").read_text("utf-8"), config.vocabulary)


def _hints(project: Project) -> tuple[Hint, ...]:
    counted = Counter(each.decorator for each in project.unjudged if each.decorator)
    return tuple(Hint(path, number) for path, number in sorted(counted.items(), key=lambda c: (-c[1], c[0])))

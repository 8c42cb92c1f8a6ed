"""Root causes, not repetitions: findings with one origin become one finding, which lists its jobs.

A rule about bugs is told job by job, unless a shared line (a wrapper, a base class, a setting) is the
origin. Any other rule that most of the jobs break is told once, at the line that would cure them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from jobcheck.catalog import Rule
from jobcheck.model import Affected, Finding, Location, Project, Step

MANY = 5
FEW = 4

T = TypeVar("T")
K = TypeVar("K")


def fold(findings: Iterable[Finding], project: Project, rules: Iterable[Rule]) -> list[Finding]:
    """The findings with one for each cause."""
    pages = {rule.code: rule for rule in rules}
    homes = _homes(project)
    return [
        finding
        for (code, _), alike in _by(findings, lambda each: (each.code, each.certainty)).items()
        for cause, members in _by(alike, _cause_in(alike, project, pages[code])).items()
        for finding in _told(members, cause, homes, pages[code])
    ]


def unfold(findings: Iterable[Finding], project: Project) -> list[Finding]:
    """The findings with one for each job, at the job where several share a cause."""
    findings, homes = list(findings), _homes(project)
    sharing = _by(findings, lambda each: (each.code, each.certainty, each.cause))
    return [
        _at_home(finding, homes) if _several(members) else finding
        for members in sharing.values()
        for finding in members
    ]


def _cause_in(alike: Sequence[Finding], project: Project, rule: Rule) -> Callable[[Finding], Location | None]:
    """Tells the line a finding shares with others of its kind, if it is to be told there."""
    subjects = _by(alike, lambda each: each.cause)
    shared = {cause for cause, members in subjects.items() if cause and _several(members)}
    widespread = rule.profile != "bugs" and _is_widespread(alike, project)

    def cause_of(finding: Finding) -> Location | None:
        if finding.cause in shared and (widespread or rule.profile == "bugs" or finding.cause == finding.at):
            return finding.cause
        return _home_of_all(finding, alike, project) if widespread else None

    return cause_of


def _home_of_all(finding: Finding, alike: Iterable[Finding], project: Project) -> Location:
    """Where a gap in a framework's jobs is closed; without such a line the first of them stands for all."""
    first = min(each.at for each in alike if each.framework == finding.framework)
    return project.causes.get(finding.framework, first)


def _is_widespread(alike: Sequence[Finding], project: Project) -> bool:
    hit, jobs = len({each.subject for each in alike}), len(project.sites)
    return hit > MANY or (jobs >= FEW and 2 * hit > jobs)


def _told(members: list[Finding], cause: Location | None, homes: Homes, rule: Rule) -> list[Finding]:
    if cause is None or not _several(members):
        return members
    first = members[0]
    messages = {each.message for each in members}
    return [
        replace(
            first,
            message=first.message if len(messages) == 1 else f"{rule.summary}.",
            at=cause,
            steps=(),
            related=tuple(step for step in first.related if all(step in each.related for each in members)),
            affects=tuple(sorted({_affected(each, cause, homes) for each in members})),
        )
    ]


def _affected(finding: Finding, cause: Location, homes: Homes) -> Affected:
    at = homes.get(finding.subject, finding.at) if finding.at == cause else finding.at
    return Affected(finding.subject, at.path, at.span.line)


def _at_home(finding: Finding, homes: Homes) -> Finding:
    home = homes.get(finding.subject)
    if home is None or finding.cause != finding.at:
        return finding
    return replace(finding, at=home, related=(Step(finding.at, "decided here"), *finding.related))


def _several(members: Iterable[Finding]) -> bool:
    return len({each.subject for each in members}) > 1


Homes = dict[str, Location]


def _homes(project: Project) -> Homes:
    return {site.job.name: site.job.at for site in project.sites}


def _by(values: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for value in values:
        groups.setdefault(key(value), []).append(value)
    return groups

"""From outcomes to what is shown: suppressions, baseline, paths asked for, root causes, severity, order.

Suppressions and the baseline come before grouping, so that one at a job takes that job out of the
group and one at the cause takes out all of them; grouping comes before everything that counts
findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count

import pathspec

from jobcheck import suppressions
from jobcheck.catalog import Rule
from jobcheck.causes import fold, unfold
from jobcheck.model import EffectKind, Fail, Finding, Location, Project, Unknown
from jobcheck.report import SEVERITIES, Entry, Evidence, Reported, Request, Triaged, fingerprint, is_under
from jobcheck.selection import codes, severities
from jobcheck.suppressions import UNUSED, WRONG, Ignore, covering

Rules = Sequence[Rule]


def assess(request: Request, evidence: Evidence, rules: Rules, risk: Sequence[EffectKind]) -> Triaged:
    """What to show, ordered by risk, and what the author suppressed or has in the baseline.

    `risk` orders effects by what their repetition costs, the most costly first.
    """
    project = evidence.project
    shown, hidden = _unsuppressed(request, evidence, rules)
    names = _names(shown, evidence)
    is_wanted, known = _scope(request, rules), {entry.fingerprint for entry in evidence.known}
    wanted = sorted((finding for finding in shown if is_wanted(finding)), key=_place)
    fresh = [finding for finding in wanted if names[id(finding)] not in known]
    old = [finding for finding in wanted if names[id(finding)] in known]
    told = unfold(fresh, project) if request.full else fold(fresh, project, rules)
    present = _presenter(request, evidence, rules, names)
    return Triaged(
        findings=tuple(sorted(present(told), key=_risk(project, risk))),
        suppressed=tuple(hidden),
        baselined=tuple(present(old)),
        standing=tuple(sorted(_entry(finding, names[id(finding)]) for finding in wanted)),
        stale=_stale(request, evidence, rules, frozenset(names.values())),
    )


Names = dict[int, str]


def _names(findings: Iterable[Finding], evidence: Evidence) -> Names:
    """The fingerprint of each finding, by its identity; what is established is numbered first."""
    taken: set[str] = set()
    ordered = sorted(findings, key=lambda each: (each.certainty, _place(each)))
    return {id(finding): _fingerprint(finding, evidence, taken) for finding in ordered}


def _fingerprint(finding: Finding, evidence: Evidence, taken: set[str]) -> str:
    """The first of the finding's names that is not taken; it is now."""
    snippet = _snippet(finding.at, _excerpt(finding.at, evidence))
    name = next(name for name in (fingerprint(finding, snippet, nth) for nth in count()) if name not in taken)
    taken.add(name)
    return name


def _entry(finding: Finding, name: str) -> Entry:
    return Entry(finding.at.path, finding.code, finding.subject, name, finding.certainty)


def _stale(request: Request, evidence: Evidence, rules: Rules, found: frozenset[str]) -> tuple[Entry, ...]:
    """The entries of the baseline that match nothing, of the rules that ran on the files asked for."""
    idle = {rule.code for rule in rules} - evidence.ran
    asked = frozenset(request.asked)
    return tuple(
        entry
        for entry in evidence.known
        if entry.fingerprint not in found
        and entry.code not in idle
        and entry.path not in evidence.unread
        and is_under(entry.path, asked)
        and (request.strict or entry.certainty == "established")
    )


def _unsuppressed(request: Request, evidence: Evidence, rules: Rules) -> tuple[list[Finding], list[Finding]]:
    failures = [outcome.finding for outcome in evidence.outcomes if isinstance(outcome, Fail)]
    doubts = list(_doubts(evidence))
    found = failures + doubts if request.strict else failures
    if not request.honour_ignores:
        return found, []
    listed = suppressions.ignores(evidence.directives, rules)
    places = _places(evidence.project, rules)
    covers = {id(each): covering(listed, each.code, places(each)) for each in found + doubts}
    used = frozenset().union(*covers.values())
    shown = [each for each in found if not covers[id(each)]]
    hidden = [each for each in found if covers[id(each)]]
    return shown + list(_complaints(evidence, rules, listed, used)), hidden


def _complaints(
    evidence: Evidence, rules: Rules, listed: list[Ignore], used: frozenset[Ignore]
) -> Iterator[Finding]:
    """What is wrong with the suppressions themselves; of a rule that did not run nothing is known."""
    if UNUSED in evidence.ran:
        yield from suppressions.unused(
            each for each in listed if each.code in evidence.ran and each not in used
        )
        sites = evidence.project.sites
        declared = (site.job.idempotent.at for site in sites if site.job.idempotent)
        yield from suppressions.idle(evidence.directives, declared)
    if WRONG in evidence.ran:
        yield from suppressions.wrong(evidence.directives, rules)


def _doubts(evidence: Evidence) -> Iterator[Finding]:
    """A finding for each verdict that a value nobody can tell decides."""
    frameworks = {site.job.name: site.job.framework for site in evidence.project.sites}
    for outcome in evidence.outcomes:
        if isinstance(outcome, Unknown):
            yield Finding(
                outcome.code,
                f"Cannot be told: {outcome.why}.",
                "Write the value where it can be read, or suppress the rule here with the reason it holds.",
                outcome.at,
                outcome.subject,
                frameworks.get(outcome.subject, ""),
                certainty="unknown",
            )


def _places(project: Project, rules: Rules) -> Callable[[Finding], list[Location]]:
    """Tells where the author can silence a finding: at its line, at its job and at its cause."""
    bugs = {rule.code for rule in rules if rule.profile == "bugs"}
    homes = {site.job.name: site.job.at for site in project.sites}

    def places(finding: Finding) -> list[Location]:
        shared = None if finding.code in bugs else project.causes.get(finding.framework)
        return [at for at in (finding.at, homes.get(finding.subject), finding.cause, shared) if at]

    return places


def _scope(request: Request, rules: Rules) -> Callable[[Finding], bool]:
    """Tells the findings that lie under the paths asked for and are not ignored there."""
    asked = frozenset(request.asked)
    ignored = [
        (pathspec.GitIgnoreSpec.from_lines([pattern]), codes(selectors, rules))
        for pattern, selectors in request.config.per_path_ignores.items()
    ]

    def is_wanted(finding: Finding) -> bool:
        places = [finding.at.path, *([finding.cause.path] if finding.cause else [])]
        return any(is_under(path, asked) for path in places) and not any(
            finding.code in out and spec.match_file(finding.at.path) for spec, out in ignored
        )

    return is_wanted


def _presenter(
    request: Request, evidence: Evidence, rules: Rules, names: Names
) -> Callable[[Iterable[Finding]], Iterator[Reported]]:
    """Presents findings with what their rule's page says; those that grouping made are named anew."""
    pages = {rule.code: rule for rule in rules}
    levels = severities(rules, request.config)
    taken = set(names.values())

    def present(findings: Iterable[Finding]) -> Iterator[Reported]:
        for finding in sorted(findings, key=_place):
            page, lines = pages[finding.code], _excerpt(finding.at, evidence)
            name = names.get(id(finding)) or _fingerprint(finding, evidence, taken)
            yield Reported(finding, page.name, levels[finding.code], page.profile == "bugs", name, lines)

    return present


def _excerpt(at: Location, evidence: Evidence) -> tuple[str, ...]:
    return tuple(evidence.lines(at.path)[at.span.line - 1 : at.span.end_line])


def _snippet(at: Location, lines: tuple[str, ...]) -> str:
    """The text of the place alone, without what else stands on its lines."""
    if not lines:
        return ""
    ended = [*lines[:-1], lines[-1][: at.span.end_column - 1]]
    return "\n".join([ended[0][at.span.column - 1 :], *ended[1:]])


def _place(finding: Finding) -> tuple[Location, str, str, str]:
    return finding.at, finding.code, finding.subject, finding.message


def _risk(project: Project, risk: Sequence[EffectKind]) -> Callable[[Reported], tuple[object, ...]]:
    """Orders by severity, bugs before gaps, then by what the effect there costs, then by jobs hit."""
    costs = {
        act.what.at: risk.index(act.what.kind)
        for site in project.sites
        for act in site.flow.acts
        if act.what.kind in risk
    }

    def key(reported: Reported) -> tuple[object, ...]:
        finding = reported.finding
        cost = costs.get(finding.at, len(risk))
        level = SEVERITIES.index(reported.severity)
        return level, not reported.bug, cost, -len(finding.affects), _place(finding)

    return key

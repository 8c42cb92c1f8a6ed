"""From outcomes to what is shown: suppressions, the paths asked for, root causes, severity, order.

Suppressions come before grouping, so that one at a job takes that job out of the group and one at
the cause takes out all of them; grouping comes before everything that counts findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import pathspec

from jobcheck import suppressions
from jobcheck.catalog import Rule
from jobcheck.causes import fold, unfold
from jobcheck.model import EffectKind, Fail, Finding, Location, Project, Unknown
from jobcheck.report import SEVERITIES, Evidence, Reported, Request, fingerprint, is_under
from jobcheck.selection import codes, severities
from jobcheck.suppressions import UNUSED, WRONG, Ignore, covering

Rules = Sequence[Rule]


def assess(
    request: Request, evidence: Evidence, rules: Rules, risk: Sequence[EffectKind]
) -> tuple[tuple[Reported, ...], tuple[Finding, ...]]:
    """What to show, ordered by risk, and what the author suppressed.

    `risk` orders effects by what their repetition costs, the most costly first.
    """
    project = evidence.project
    shown, hidden = _unsuppressed(request, evidence, rules)
    is_wanted = _scope(request, rules)
    wanted = sorted((finding for finding in shown if is_wanted(finding)), key=_place)
    told = unfold(wanted, project) if request.full else fold(wanted, project, rules)
    reported = _reported(told, request, evidence, rules)
    return tuple(sorted(reported, key=_risk(project, risk))), tuple(hidden)


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
    asked = request.asked
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


def _reported(
    findings: Iterable[Finding], request: Request, evidence: Evidence, rules: Rules
) -> Iterator[Reported]:
    pages = {rule.code: rule for rule in rules}
    levels = severities(rules, request.config)
    seen: Counter[str] = Counter()
    for finding in sorted(findings, key=_place):
        page, lines = pages[finding.code], _excerpt(finding.at, evidence)
        first = fingerprint(finding, _snippet(finding.at, lines), 0)
        name = fingerprint(finding, _snippet(finding.at, lines), seen[first])
        seen[first] += 1
        yield Reported(finding, page.name, levels[finding.code], page.profile == "bugs", name, lines)


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

"""For people at a terminal: what misbehaves in full, what is missing in a line, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from jobcheck.excerpt import excerpt
from jobcheck.frameworks import frameworks
from jobcheck.report import Hint, Report, Reported
from jobcheck.tally import closing, stale_hint, statistics, subjects
from jobcheck.terminal import View, counted

LIMIT = 10
COLUMN = " " * 17


def render(reports: Sequence[Report], view: View) -> str:
    lines: list[str] = []
    for report in reports:
        if len(reports) > 1:
            lines.append(view.paint("bold", f"{view.path(report.root, '.')}:"))
        lines += [*_project(report, view), ""]
    if view.statistics:
        lines += [*statistics(reports), ""]
    return (
        "\n".join([*lines, *stale_hint(reports), *_next(reports), view.paint("bold", closing(reports))])
        + "\n"
    )


def _project(report: Report, view: View) -> Iterator[str]:
    yield from view.wrap(_header(report), "")
    for problem in report.problems:
        place = view.place(report.root, problem.path, problem.line, problem.column)
        yield f"{place}: {view.paint('error', 'cannot be read')}: {problem.message}"
    yield from _bugs([each for each in report.findings if each.bug], report, view)
    yield from _missing(
        [each for each in report.findings if not each.bug and not _is_own(each)], report, view
    )
    yield from _own([each for each in report.findings if not each.bug and _is_own(each)], report, view)
    if report.unknown:
        yield f"Could not tell: {counted(len(report.unknown), 'value')} (jobcheck jobs --opaque)"
    for hint in report.hints:
        yield from view.wrap(_hint(hint), "")


def _is_own(reported: Reported) -> bool:
    """Whether it speaks of jobcheck itself: suppressions, and what was not judged."""
    return reported.finding.code.startswith("JC0")


def _header(report: Report) -> str:
    sites = report.sites
    kinds = Counter(_title_of(site.job.framework) for site in sites)
    jobs = " and ".join(counted(number, f"{kind} job") for kind, number in sorted(kinds.items()))
    files = counted(len({site.job.function.path for site in sites}), "file")
    enqueues = [*report.project.strays, *(each for site in sites for each in site.producers)]
    unread = f"{len(report.problems):,} not readable" if report.problems else "all readable"
    return " · ".join(
        [
            f"{jobs} in {files}" if sites else "No job found",
            counted(len({each.at for each in enqueues}), "producer"),
            f"{counted(report.files_seen, 'file')} seen, {unread}",
            f"profile {report.profile}",
        ]
    )


def _title_of(framework: str) -> str:
    return frameworks()[framework].title


def _hint(hint: Hint) -> str:
    use = "function uses" if hint.functions == 1 else "functions use"
    looks = f"@{hint.decorator}, which looks like a job decorator"
    return f'{hint.functions:,} {use} {looks}: {hint.setting} = ["{hint.decorator}"]'


# --- what misbehaves ----------------------------------------------------------------------


def _bugs(found: list[Reported], report: Report, view: View) -> Iterator[str]:
    if found:
        yield from ["", view.paint("bold", f"Misbehaves as written: {len(found):,}")]
        yield from _in_full(found, report, view)


def _in_full(found: list[Reported], report: Report, view: View) -> Iterator[str]:
    shown = found if view.full else found[:LIMIT]
    for number, each in enumerate(shown):
        yield from ["", *_whole(each, report, view)] if number else _whole(each, report, view)
    yield from _rest(found[len(shown) :], view)


def _rest(left: list[Reported], view: View) -> Iterator[str]:
    if left:
        rules = Counter(each.finding.code for each in left)
        told = ", ".join(f"{number} {code}" for code, number in sorted(rules.items()))
        yield from view.wrap(f"… and {len(left):,} more (--full): {told}", "  ", "    ")


def _whole(reported: Reported, report: Report, view: View) -> Iterator[str]:
    finding, span = reported.finding, reported.finding.at.span
    place = view.place(report.root, finding.at.path, span.line, span.column)
    yield f"  {place}  {_title(reported, view)}  {_short(reported)}".rstrip()
    yield from view.wrap(finding.message, "    ")
    yield from excerpt(reported, view)
    for step in finding.steps:
        yield from _pointer("Via", step.at.path, step.at.span.line, step.note, report, view)
    yield from view.wrap(f"Fix: {finding.details}", "    ", "         ")
    if finding.question:
        yield from view.wrap(f"Ask: {finding.question}", "    ", "         ")
    for step in finding.related:
        yield from _pointer("See", step.at.path, step.at.span.line, step.note, report, view)
    for job in finding.affects:
        yield from _pointer("Job", job.path, job.line, job.subject, report, view)


def _title(reported: Reported, view: View) -> str:
    severity = view.paint(reported.severity, reported.severity)
    return f"{severity} {view.paint('bold', reported.finding.code)} {reported.name}"


def _pointer(word: str, path: str, line: int, note: str, report: Report, view: View) -> Iterator[str]:
    shown = f"{view.path(report.root, path)}:{line}"
    first, *others = view.wrap(f"{word}: {shown}  {note}", "    ", "         ")
    yield first.replace(shown, view.place(report.root, path, line), 1)
    yield from others


def _short(reported: Reported) -> str:
    affects = reported.finding.affects
    return counted(len(affects), "job") if affects else reported.finding.subject.rpartition(".")[2]


# --- what is missing ----------------------------------------------------------------------


def _missing(found: list[Reported], report: Report, view: View) -> Iterator[str]:
    if not found:
        return
    jobs = {site.job.name for site in report.sites}
    hit = f"{len(jobs & subjects(found)):,} of {counted(len(jobs), 'job')}"
    yield from ["", view.paint("bold", f"Missing from the checklist: {counted(len(found), 'cause')}, {hit}")]
    yield from _in_full(found, report, view) if view.full else _in_lines(found, report, view)


def _own(found: list[Reported], report: Report, view: View) -> Iterator[str]:
    if found:
        yield from ["", view.paint("bold", f"About the check itself: {len(found):,}")]
        yield from _in_full(found, report, view) if view.full else _in_lines(found, report, view)


def _in_lines(found: list[Reported], report: Report, view: View) -> Iterator[str]:
    """A line each, in columns, and the message below."""
    shown = found[:LIMIT]
    names, abouts = max(len(each.name) for each in shown), max(len(_short(each)) for each in shown)
    for each in shown:
        at = each.finding.at
        columns = f"{each.finding.code} {each.name:<{names}}  {_short(each):>{abouts}}"
        gap = "  "
        if len(f"{COLUMN[:11]}{columns}  {view.path(report.root, at.path)}:{at.span.line}") > view.width:
            gap = "\n" + COLUMN
        severity = view.paint(each.severity, f"{each.severity:<7}")
        yield f"  {severity}  {columns}{gap}{view.place(report.root, at.path, at.span.line)}"
        yield from view.wrap(each.finding.message, COLUMN)
    yield from _rest(found[len(shown) :], view)


def _next(reports: Sequence[Report]) -> Iterator[str]:
    found = [each for report in reports for each in report.findings]
    if not found:
        return
    commands = [f"jobcheck explain {found[0].finding.code}"]
    if any(each.bug for each in found) and not all(each.bug for each in found):
        commands.append("jobcheck check --profile bugs")
    elif any(each.finding.affects for each in found):
        commands.append("jobcheck check --full")
    yield f"Next: {' · '.join(commands)}"

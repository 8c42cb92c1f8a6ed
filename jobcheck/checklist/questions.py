"""What no reading of the source can decide, asked once for all the jobs that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from jobcheck.checklist.matrix import Matrix
from jobcheck.checklist.naming import shortest
from jobcheck.model import Effect, Finding, Location, Site
from jobcheck.suppressions import STRATEGIES
from jobcheck.terminal import View

OUTSIDE = frozenset({"email", "sms", "push", "chat", "http", "webhook", "payment", "llm"})
HARMLESS = "Does a second run of these jobs do harm, and if not, what prevents it? The source does not tell."
LIMITS = "What rate limit do these services set, and do all workers together stay below it?"
UNTOLD = ("JC101", "JC102")
"""The rules whose doubt leaves open whether a job may run twice."""

ANSWERS = {
    "1": f"`# jobcheck: idempotent[STRATEGY] -- reason` on the job, STRATEGY one of {', '.join(STRATEGIES)}; "
    "or the guard that is missing.",
    "3": "the options of the job; for all jobs of a kind the table `policy.retry` in the settings; "
    '`jobs."PATTERN".kind` where the kind is another.',
    "7": '`tenant-names = ["club_id"]` in the settings, or `tenancy = "none"`.',
}
ELSE = "the code, or `# jobcheck: ignore[CODE] -- reason` where it is right as it is."
LIMITED = "a limit on the job, its queue or its workers, or a note where the service is called."


class Point(Struct, frozen=True):
    """What a question is about in some of the jobs: a place, a call or a kind of job.

    `names` are the jobs as briefly as they can be told apart.
    """

    about: str
    jobs: tuple[str, ...]
    names: tuple[str, ...]


class Question(Struct, frozen=True):
    """One thing to decide. `answer` says where the decision is written down."""

    text: str
    answer: str
    points: tuple[Point, ...]


Asked = tuple[str, str, str, str]
"""A question, where its answer goes, what it is about, and one job."""


def questions(found: Sequence[Matrix], view: View) -> list[Question]:
    """All questions, those about idempotency first, each once."""
    asked = [each for matrix in found for each in _asked(matrix, view)]
    names = shortest({job for *_, job in asked})
    texts = dict.fromkeys((text, answer) for text, answer, _, _ in asked)
    return [
        Question(text, answer, tuple(_points((each for each in asked if each[0] == text), names)))
        for text, answer in texts
    ]


def _points(asked: Iterable[Asked], names: dict[str, str]) -> Iterator[Point]:
    about: dict[str, list[str]] = {}
    for _, _, what, job in asked:
        if job not in about.setdefault(what, []):
            about[what].append(job)
    for what, jobs in sorted(about.items(), key=lambda each: -len(each[1])):
        yield Point(what, tuple(jobs), tuple(names[job] for job in jobs))


def _asked(matrix: Matrix, view: View) -> Iterator[Asked]:
    sites = {row.site.job.name: row.site for row in matrix.rows}
    open_ = [each.finding for each in matrix.report.findings if each.finding.question]
    for finding in sorted(open_, key=lambda each: each.code[2]):
        if finding.subject in sites:
            about = _about(finding, sites[finding.subject], matrix, view)
            yield finding.question, ANSWERS.get(finding.code[2], ELSE), about, finding.subject
    for row in matrix.rows:
        for verdict in row.verdicts:
            if verdict.code in UNTOLD and verdict.state == "unknown":
                about = f"{verdict.says}{_at(verdict.at, matrix, view)}"
                yield HARMLESS, ANSWERS["1"], about, row.site.job.name
    for name, site in sites.items():
        for target in sorted(_services(site)):
            yield LIMITS, LIMITED, target, name


def _about(finding: Finding, site: Site, matrix: Matrix, view: View) -> str:
    """The place that the question is about, or the kind of the job where that is the job itself."""
    if finding.at == site.job.at or finding.code[2] not in "12":
        return f"kind {site.kind}"
    return f"{view.path(matrix.report.root, finding.at.path)}:{finding.at.span.line}"


def _at(at: Location | None, matrix: Matrix, view: View) -> str:
    return f" ({view.path(matrix.report.root, at.path)}:{at.span.line})" if at else ""


def _services(site: Site) -> set[str]:
    effects = (act.what for act in site.flow.acts if isinstance(act.what, Effect))
    return {f"{effect.kind} {effect.target}" for effect in effects if effect.kind in OUTSIDE}

"""How the tests of checks ask: one code, one project, and what came of it."""

from __future__ import annotations

from jobcheck import checks
from jobcheck.model import Enqueue, Fail, Finding, Outcome, Project, Site
from tests.builders import POLICY, project, spell


def judge(code: str, subject: Site | Enqueue | Project) -> list[Outcome]:
    """What the check with this code says of a subject, as part of an otherwise empty project."""
    if isinstance(subject, Site):
        subject = project(subject)
    elif isinstance(subject, Enqueue):
        subject = project(strays=(subject,))
    return checks.run(subject, POLICY, {code}, spell)


def kinds(code: str, subject: Site | Enqueue | Project) -> list[str]:
    """The names of the outcomes."""
    return [type(outcome).__name__ for outcome in judge(code, subject)]


def finding(code: str, subject: Site | Enqueue | Project) -> Finding:
    """The one finding; anything else is a failure of the test."""
    (outcome,) = judge(code, subject)
    assert isinstance(outcome, Fail), outcome
    return outcome.finding

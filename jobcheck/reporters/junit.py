"""JUnit XML: a suite for each section of the checklist, a case for each finding and each clean rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from jobcheck.catalog import SECTIONS, Rule, load_catalog
from jobcheck.model import Fail
from jobcheck.report import Report, Reported, Unreadable
from jobcheck.repository import Home, home_of
from jobcheck.terminal import View

OWN = 0
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(reports: Sequence[Report], _view: View) -> str:
    rules = load_catalog().rules
    top = ElementTree.Element("testsuites", name="jobcheck")
    for number, title in SECTIONS.items():
        about = [rule for rule in rules if rule.section == number]
        suite = ElementTree.SubElement(top, "testsuite", name=f"{number} {title}")
        suite.extend(case for report in reports for case in _cases(report, number, about))
        _count(suite)
    _count(top)
    ElementTree.indent(top)
    return ElementTree.tostring(top, encoding="unicode", xml_declaration=True) + "\n"


def _cases(report: Report, section: int, rules: Sequence[Rule]) -> Iterator[ElementTree.Element]:
    home = home_of(report)
    if section == OWN:
        yield from (_unread(problem, home) for problem in report.problems)
    seen: Counter[str] = Counter()
    found = {
        rule.code: [each for each in report.findings if each.finding.code == rule.code] for rule in rules
    }
    ran = {o.finding.code if isinstance(o, Fail) else o.code for o in report.outcomes}
    for rule in rules:
        yield from (_failed(each, home, seen) for each in found[rule.code])
        if rule.code in ran and not found[rule.code]:
            yield _case(f"{rule.code} {rule.name}", home.path("") or "jobcheck")


def _failed(reported: Reported, home: Home, seen: Counter[str]) -> ElementTree.Element:
    """A case whose name holds no line; a second one of that name is numbered."""
    finding = reported.finding
    path, line = home.path(finding.at.path), finding.at.span.line
    about = "several jobs" if finding.affects else finding.subject
    name = f"{finding.code} {reported.name} {about}".rstrip()
    seen[f"{name} {path}"] += 1
    nth = seen[f"{name} {path}"]
    case = _case(f"{name} ({nth})" if nth > 1 else name, path)
    case.set("file", _legal(path))
    case.set("line", str(line))
    failure = ElementTree.SubElement(case, "failure", type=reported.severity, message=_legal(finding.message))
    failure.text = _legal("\n".join(_told(reported, home)))
    return case


def _told(reported: Reported, home: Home) -> Iterator[str]:
    finding, span = reported.finding, reported.finding.at.span
    yield f"{home.path(finding.at.path)}:{span.line}:{span.column}: {finding.message}"
    yield f"Fix: {finding.details}"
    if finding.question:
        yield f"Ask: {finding.question}"
    for step in (*finding.steps, *finding.related):
        yield f"See: {home.path(step.at.path)}:{step.at.span.line}  {step.note}"
    for job in finding.affects:
        yield f"Job: {home.path(job.path)}:{job.line}  {job.subject}"


def _unread(problem: Unreadable, home: Home) -> ElementTree.Element:
    path = home.path(problem.path)
    case = _case(f"{path}:{problem.line} can be read", path)
    ElementTree.SubElement(case, "error", type="unreadable", message=_legal(problem.message))
    return case


def _case(name: str, group: str) -> ElementTree.Element:
    return ElementTree.Element("testcase", name=_legal(name), classname=_legal(group))


def _count(suite: ElementTree.Element) -> None:
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        suite.set(name, str(sum(1 for _ in suite.iter(tag))))


def _legal(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)

"""What a baseline holds, hides and forgets."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobcheck import baseline
from jobcheck.baseline import BaselineError
from jobcheck.config import Config
from jobcheck.facts import Span
from jobcheck.model import Finding, Location, Outcome, Project, Unknown
from jobcheck.report import Baseline, Entry, Report, Request
from tests.reports import CODES, fails, finding, ignore, place, report, shop, triaged

GONE = Entry("shop/tasks.py", "JC101", "shop.tasks.job7", "0123456789abcdef")


def standing(of: Project, *outcomes: Outcome, **more: object) -> tuple[Entry, ...]:
    return triaged(of, *outcomes, **more).standing  # type: ignore[arg-type]


# --- what it hides ------------------------------------------------------------------------


def test_what_is_known_is_not_shown_and_what_is_new_is() -> None:
    of = shop(2)
    known = standing(of, *fails(finding("JC101", of.sites[0])))
    made = triaged(of, *fails(*(finding("JC101", each) for each in of.sites)), known=known)
    assert [each.finding.subject for each in made.findings] == ["shop.tasks.job1"]
    assert [each.finding.subject for each in made.baselined] == ["shop.tasks.job0"]


def test_it_is_kept_job_by_job_so_that_a_new_job_stands_out_of_a_group() -> None:
    of = shop(8)
    old = fails(*(finding("JC301", each) for each in of.sites[:7]))
    known = standing(of, *old)
    assert len(known) == 7
    made = triaged(of, *old, *fails(finding("JC301", of.sites[7])), known=known)
    assert [(each.finding.subject, each.finding.affects) for each in made.findings] == [
        ("shop.tasks.job7", ())
    ]


@pytest.mark.parametrize("full", [False, True])
def test_it_is_the_same_however_findings_are_told(full: bool) -> None:
    of, wrapper = shop(6), place("shop/jobs.py", 3)
    found = fails(*(finding("JC301", each, at=wrapper, cause=wrapper) for each in of.sites))
    assert standing(of, *found, full=full) == standing(of, *found)


def test_of_equal_findings_each_has_its_entry() -> None:
    of = shop(1)
    lines = {"shop/tasks.py": ["send()"] * 3}
    found = [finding("JC101", of.sites[0], at=place("shop/tasks.py", line, width=6)) for line in (1, 2, 3)]
    known = standing(of, *fails(*found[:2]), lines=lines)
    made = triaged(of, *fails(*found), lines=lines, known=known)
    assert len(set(known)) == len(made.baselined) == 2
    assert len({each.fingerprint for each in (*made.findings, *made.baselined)}) == 3


def test_a_group_has_a_name_that_no_single_finding_has() -> None:
    of = shop(6)
    at = place("shop/celery.py", 7)
    found = [finding("JC301", each, at=at, cause=at) for each in of.sites]
    made = triaged(of, *fails(*found))
    assert not {each.fingerprint for each in made.findings} & {each.fingerprint for each in made.standing}


def test_what_is_suppressed_in_the_source_is_not_in_it() -> None:
    of = shop(1)
    found = fails(finding("JC101", of.sites[0]))
    assert standing(of, *found, directives={"shop/tasks.py": (ignore(10, "JC101"),)}) == ()


def test_what_the_baseline_hides_is_in_the_next_one() -> None:
    of = shop(2)
    found = fails(*(finding("JC101", each) for each in of.sites))
    assert standing(of, *found, known=standing(of, *found)) == standing(of, *found)


# --- what is stale ------------------------------------------------------------------------


def stale(known: Entry = GONE, *outcomes: Outcome, **more: object) -> tuple[Entry, ...]:
    return triaged(shop(1), *outcomes, known=(known,), **more).stale  # type: ignore[arg-type]


def test_an_entry_that_matches_nothing_is_stale() -> None:
    assert stale() == (GONE,)


def test_of_a_rule_that_did_not_run_nothing_is_known() -> None:
    assert stale(ran=CODES - {"JC101"}) == ()


def test_of_a_rule_that_is_no_more_nothing_is_left() -> None:
    assert len(stale(Entry("shop/tasks.py", "JC999", "x", "0" * 16))) == 1


def test_of_a_file_that_was_not_asked_for_or_not_read_nothing_is_known() -> None:
    assert stale(paths=("/shop/other",)) == ()
    assert stale(unread=frozenset({"shop/tasks.py"})) == ()


def test_a_doubt_is_stale_only_when_doubts_are_told() -> None:
    of = shop(1)
    unknown = Unknown("JC301", "shop.tasks.job0", "read from the environment", of.sites[0].job.at)
    [entry] = standing(of, unknown, strict=True)
    assert entry.certainty == "unknown"
    assert stale(entry) == ()
    assert stale(entry, strict=True) == (entry,)
    assert stale(entry, unknown, strict=True) == ()


# --- what changes -------------------------------------------------------------------------


def changed(before: list[Finding], after: list[Finding], lines: dict[str, list[str]]) -> baseline.Change:
    old = {path: [""] * len(text) for path, text in lines.items()}
    of = shop(3)
    known = report(of, *fails(*before), lines=old).standing
    return baseline.change(report(of, *fails(*after), lines=lines, known=known))


def test_edited_code_takes_the_place_of_what_it_was() -> None:
    of = shop(3)
    found = [finding("JC101", of.sites[0], at=place("shop/tasks.py", 1))]
    change = changed(found, found, {"shop/tasks.py": ["send(now)"]})
    assert (len(change.edited), len(change.replaced), change.gone, change.fresh) == (1, 1, (), ())


def test_a_second_finding_of_the_same_kind_is_growth() -> None:
    of = shop(3)
    found = [finding("JC101", of.sites[0], at=place("shop/tasks.py", line)) for line in (1, 2)]
    change = changed(found[:1], found, {"shop/tasks.py": ["send(now)", "send(then)"]})
    assert (len(change.edited), len(change.fresh)) == (1, 1)


def test_another_jobs_finding_does_not_take_the_place() -> None:
    of = shop(3)
    change = changed([finding("JC101", of.sites[0])], [finding("JC101", of.sites[1])], {})
    assert (len(change.gone), len(change.fresh), change.edited) == (1, 1, ())


def test_nothing_changed_is_no_change() -> None:
    of = shop(3)
    assert not changed([finding("JC101", of.sites[0])], [finding("JC101", of.sites[0])], {})


# --- the file -----------------------------------------------------------------------------


ENTRIES = (
    Entry("a.py", "JC101", "a.send", "1" * 16),
    Entry("a.py", "JC301", "a.send", "2" * 16, "unknown"),
    Entry("b/é.py", "JC101", "", "3" * 16),
)


def test_the_file_is_sorted_and_has_a_line_an_entry(tmp_path: Path) -> None:
    file = tmp_path / "jobcheck-baseline.jsonl"
    baseline.write(file, [*reversed(ENTRIES), ENTRIES[0]])
    assert file.read_text("utf-8").splitlines() == [
        '{"version":1}',
        '{"path":"a.py","code":"JC101","subject":"a.send","fingerprint":"1111111111111111"}',
        '{"path":"a.py","code":"JC301","subject":"a.send","fingerprint":"2222222222222222","certainty":"unknown"}',
        '{"path":"b/é.py","code":"JC101","subject":"","fingerprint":"3333333333333333"}',
    ]
    assert baseline.read(file) == Baseline(str(file), ENTRIES)


def test_two_branches_merged_line_by_line_are_a_baseline(tmp_path: Path) -> None:
    file = tmp_path / "merged.jsonl"
    baseline.write(file, ENTRIES[1:])
    text = file.read_text("utf-8")
    baseline.write(file, ENTRIES[:2])
    file.write_text(text + file.read_text("utf-8"), "utf-8")
    assert baseline.read(file).entries == ENTRIES


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", ":1: no baseline: it does not say which version it has"),
        ('{"version":2}\n', ":1: written by a newer jobcheck"),
        ('{"version":1}\n\n<<<<<<< HEAD\n', ":3: an unresolved merge conflict"),
        ('{"version":1}\n{"path":"a.py"}\n', ":2: Object missing required field `code`"),
        ('{"version":1}\n{"path":"a.py","lnie":3}\n', ":2: Object contains unknown field `lnie`"),
        ('{"version":"x"}\n', ":1: Expected `int`, got `str` - at `$.version`"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused_with_its_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "known.jsonl"
    file.write_text(text)
    with pytest.raises(BaselineError) as caught:
        baseline.read(file)
    assert str(caught.value) == f"{file}{complaint}"


def test_a_file_that_cannot_be_read_or_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="cannot be read"):
        baseline.read(tmp_path)
    with pytest.raises(BaselineError, match="cannot write"):
        baseline.write(tmp_path, ())


def request(root: Path, configured: str | None = None, given: str | None = None) -> Request:
    return Request(str(root), (str(root),), Config(baseline=configured), baseline=given)


def test_the_file_is_the_given_one_else_the_settings_else_the_usual_one(tmp_path: Path) -> None:
    other = str(tmp_path / "other.jsonl")
    assert baseline.place(request(tmp_path)) == tmp_path / "jobcheck-baseline.jsonl"
    assert baseline.place(request(tmp_path, "ci/known.jsonl")) == tmp_path / "ci" / "known.jsonl"
    assert str(baseline.place(request(tmp_path, "ci/known.jsonl", other))) == other


def test_without_a_file_there_is_no_baseline_unless_one_was_named(tmp_path: Path) -> None:
    assert baseline.kept(request(tmp_path)) is None
    assert baseline.kept(request(tmp_path, "known.jsonl", "")) is None
    for named in (request(tmp_path, "known.jsonl"), request(tmp_path, None, str(tmp_path / "known.jsonl"))):
        with pytest.raises(
            BaselineError, match=r"no baseline at .*known\.jsonl \(jobcheck baseline create\)"
        ):
            baseline.kept(named)


# --- the fingerprint ----------------------------------------------------------------------


def name_of(snippet: str) -> str:
    of, lines = shop(1), snippet.split("\n")
    at = Location("shop/tasks.py", Span(1, 1, len(lines), len(lines[-1]) + 1))
    [entry] = standing(of, *fails(finding("JC101", of.sites[0], at=at)), lines={"shop/tasks.py": lines})
    return entry.fingerprint


@pytest.mark.parametrize(
    ("written", "formatted"),
    [
        ("pay( 'x',1 )", 'pay("x", 1)'),
        ("pay(one, two)", "pay(\n    one,\n    two,\n)"),
        ("x = a + \\\n  b", "x = (\n    a + b\n)"),
        ("pay(u'x', F'{y}', 0XFF, 1E5)", 'pay("x", f"{y}", 0xFF, 1e5)'),
        ("pay('it\\'s')", 'pay("it\'s")'),
        ("pay('a' 'b')", 'pay("ab")'),
    ],
)
def test_a_formatter_does_not_change_it(written: str, formatted: str) -> None:
    assert name_of(written) == name_of(formatted)


def test_other_code_does() -> None:
    assert len({name_of(text) for text in ("pay(one)", "pay(two)", "pay(-one)", "menu(one)", "u + one")}) == 5


def test_a_report_without_a_baseline_has_nothing_stale() -> None:
    made: Report = report(shop(1), *fails(finding("JC101", shop(1).sites[0])))
    assert (made.baseline, made.baselined, made.stale, len(made.standing)) == (None, (), (), 1)

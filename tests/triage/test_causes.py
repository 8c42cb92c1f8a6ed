"""Findings with one origin become one finding that lists its jobs."""

from __future__ import annotations

from jobcheck.model import Affected, Step
from tests.reports import APP, RULES, fails, finding, judged, place, project, shop, site

SUMMARIES = {rule.code: rule.summary for rule in RULES}
WRAPPER = place("shop/jobs.py", 3)


def test_a_gap_in_most_jobs_is_told_once_at_the_app() -> None:
    of = shop(6)
    shown, _ = judged(of, *fails(*(finding("JC301", each) for each in of.sites)))
    [told] = [each.finding for each in shown]
    assert told.at == place(APP, 7)
    assert told.message == f"{SUMMARIES['JC301']}."
    assert told.affects[0] == Affected("shop.tasks.job0", "shop/tasks.py", 10)
    assert len(told.affects) == 6


def test_few_gaps_among_many_jobs_are_told_one_by_one() -> None:
    of = shop(12)
    shown, _ = judged(of, *fails(*(finding("JC301", each) for each in of.sites[:5])))
    assert [each.finding.at.span.line for each in shown] == [10, 20, 30, 40, 50]


def test_more_than_half_of_four_jobs_is_a_cause_and_of_three_is_not() -> None:
    four, three = shop(4), shop(3)
    assert len(judged(four, *fails(*(finding("JC301", each) for each in four.sites[:3])))[0]) == 1
    assert len(judged(four, *fails(*(finding("JC301", each) for each in four.sites[:2])))[0]) == 2
    assert len(judged(three, *fails(*(finding("JC301", each) for each in three.sites)))[0]) == 3


def test_jobs_of_a_wrapper_are_told_there_and_the_others_at_the_app() -> None:
    of = shop(8)
    wrapped = [finding("JC301", each, cause=WRAPPER) for each in of.sites[:4]]
    own = [finding("JC301", each, cause=each.job.at) for each in of.sites[4:]]
    shown, _ = judged(of, *fails(*wrapped, *own))
    assert {(each.finding.at, len(each.finding.affects)) for each in shown} == {
        (WRAPPER, 4),
        (place(APP, 7), 4),
    }


def test_bugs_are_told_one_by_one() -> None:
    of = shop(8)
    shown, _ = judged(of, *fails(*(finding("JC101", each) for each in of.sites)))
    assert len(shown) == 8


def test_bugs_of_one_line_are_told_there() -> None:
    of = shop(3)
    bugs = [finding("JC305", each, cause=WRAPPER) for each in of.sites[:2]]
    shown, _ = judged(of, *fails(*bugs, finding("JC305", of.sites[2], cause=of.sites[2].job.at)))
    assert [(each.finding.at, len(each.finding.affects)) for each in shown] == [
        (WRAPPER, 2),
        (of.sites[2].job.at, 0),
    ]


def test_a_gap_at_one_settings_line_is_told_once_however_few_jobs_it_has() -> None:
    of = shop(20)
    line = place("shop/settings.py", 5)
    shown, _ = judged(of, *fails(*(finding("JC601", each, at=line, cause=line) for each in of.sites[:2])))
    [told] = [each.finding for each in shown]
    assert told.at == line
    assert told.affects[1] == Affected("shop.tasks.job1", "shop/tasks.py", 20)


def test_full_tells_each_job_at_the_job() -> None:
    of = shop(6)
    line = place("shop/settings.py", 5)
    shown, _ = judged(
        of, *fails(*(finding("JC601", each, at=line, cause=line) for each in of.sites)), full=True
    )
    assert [each.finding.at for each in shown] == [each.job.at for each in of.sites]
    assert shown[0].finding.related == (Step(line, "decided here"),)


def test_jobs_that_say_the_same_keep_their_message() -> None:
    of = shop(6)
    shown, _ = judged(of, *fails(*(finding("JC301", each, message="No limit.") for each in of.sites)))
    assert [each.finding.message for each in shown] == ["No limit."]


def test_only_what_all_jobs_relate_to_is_related() -> None:
    of, common = shop(6), Step(WRAPPER, "made here")
    found = [finding("JC301", each, related=(common, Step(each.job.at, "own"))) for each in of.sites]
    shown, _ = judged(of, *fails(*found))
    assert shown[0].finding.related == (common,)


def test_without_an_app_the_first_job_stands_for_all() -> None:
    sites = [site(f"job{index}", index + 1, framework="bullmq") for index in range(6)]
    shown, _ = judged(project(*sites), *fails(*(finding("JC301", each) for each in sites)))
    assert [(each.finding.at, len(each.finding.affects)) for each in shown] == [(sites[0].job.at, 6)]


def test_full_leaves_what_is_told_at_its_own_place() -> None:
    of = shop(6)
    at = place("shop/mail.py", 3)
    found = [finding("JC101", of.sites[0], at=at), finding("JC301", of.sites[0], cause=WRAPPER)]
    shown, _ = judged(of, *fails(*found), full=True)
    assert {each.finding.at for each in shown} == {at, of.sites[0].job.at}


def test_each_framework_has_its_own_cause() -> None:
    celery = [site(f"job{index}", index + 1) for index in range(6)]
    bullmq = [site(f"late{index}", index + 90, framework="bullmq") for index in range(2)]
    found = fails(*(finding("JC301", each) for each in (*celery, *bullmq)))
    shown, _ = judged(project(*celery, *bullmq), *found)
    assert {(each.finding.at, len(each.finding.affects)) for each in shown} == {
        (place(APP, 7), 6),
        (bullmq[0].job.at, 2),
    }


def test_full_leaves_at_its_line_what_only_one_job_has_there() -> None:
    of, line = shop(2), place("shop/views.py", 4)
    shown, _ = judged(of, *fails(finding("JC307", of.sites[0], at=line, cause=line)), full=True)
    assert [each.finding.at for each in shown] == [line]

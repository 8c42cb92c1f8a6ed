"""JC801 to JC803: judged from what the framework keeps and what the project does with failed jobs."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.facts import Span
from jobcheck.model import Burial, Known, Location, Quirk
from tests.builders import APP, absent, enqueue, known, opaque, options, place, project, site
from tests.checks.judging import finding, judge, kinds

HOOK = Location("shop/base.py", Span(5, 5, 12, 20))
NAMES = ("task_id", "exc")


def burial(*does: str, **changed: Any) -> Burial:
    return Burial(**{"at": HOOK, "does": does, "names": NAMES, **changed})


def failing(
    *burials: Burial, buries: Any = None, rejects: Any = (), name: str = "shop.tasks.send", **changed: Any
) -> Any:
    given = options(buries=buries if buries is not None else absent(False), **changed)
    return site(options=given, flow={"burials": burials, "rejects": rejects}, name=name)


def test_job_that_nobody_buries_fails_at_the_line_that_could_do_it_for_all() -> None:
    found = finding("JC801", failing())
    assert found.cause == APP
    assert found.question
    assert kinds("JC801", failing(burial("log"))) == ["Fail"]
    assert kinds("JC801", failing(buries=opaque())) == ["Unknown"]


@pytest.mark.parametrize(
    "one",
    [
        failing(burial("database")),
        failing(burial("queue", "log")),
        failing(burial("report"), buries=opaque()),
        failing(rejects=(place(14),)),
        failing(buries=known(True)),
        failing(buries=absent(True)),
    ],
)
def test_job_that_goes_somewhere_passes(one: Any) -> None:
    assert kinds("JC801", one) == ["Pass"]


@pytest.mark.parametrize("code", ["JC801", "JC802"])
def test_idle_jobs_and_those_of_dead_letters_need_none(code: str) -> None:
    assert kinds(code, site(touches=())) == ["NotApplicable"]
    assert kinds(code, failing(name="shop.tasks.handle_dead_letter")) == ["NotApplicable"]
    assert kinds(code, site(options=options(buries=absent(False)), queue="offers-dlq")) == ["NotApplicable"]


def test_dead_letters_without_id_reason_or_reader_fail_at_what_writes_them() -> None:
    found = finding("JC802", failing(burial("database", names=())))
    assert (found.at, found.cause) == (HOOK, HOOK)
    assert "the job's id and it does not give the reason and nobody is told" in found.message
    assert "nobody is told" in finding("JC802", failing(burial("database"))).message
    assert kinds("JC802", failing(burial("database"), burial("email"))) == ["Pass"]
    assert kinds("JC802", failing(burial("chat"))) == ["Pass"]
    assert kinds("JC802", failing(burial("status", names=()))) == ["Pass"]


def test_queue_of_dead_letters_needs_a_consumer() -> None:
    inside = Location(HOOK.path, Span(8, 9, 8, 30))
    lost = enqueue(at=inside, job=None)
    assert "nothing consumes" in finding("JC802", project(failing(burial("queue")), strays=(lost,))).message
    elsewhere = enqueue(at=inside, job=None, target_known=False)
    assert kinds("JC802", project(failing(burial("queue")), strays=(elsewhere,))) == ["Unknown"]
    other = site(enqueue(at=inside, job="shop.tasks.dead"), name="shop.tasks.dead")
    assert kinds("JC802", project(failing(burial("queue")), other)) == ["NotApplicable", "Pass"]
    assert kinds("JC802", failing(burial("queue"))) == ["Pass"]


def test_failed_set_that_nothing_watches_fails() -> None:
    kept = Known(True, place(9), "worker")
    assert "nothing watches" in finding("JC802", failing(buries=kept)).message
    assert kinds("JC802", failing(burial("log"), buries=kept)) == ["Pass"]
    assert kinds("JC802", failing(buries=Known(True, place(9), "call"))) == ["Pass"]
    assert kinds("JC802", failing()) == ["NotApplicable"]
    assert kinds("JC802", failing(buries=opaque())) == ["NotApplicable"]


def test_coroutine_that_nobody_awaits_buries_nothing() -> None:
    found = finding("JC803", failing(burial("queue", runs=False, final=False)))
    assert (found.at, found.cause) == (HOOK, HOOK)
    assert kinds("JC802", failing(burial("queue", runs=False))) == ["NotApplicable"]


def test_listener_that_buries_after_each_attempt_fails_where_there_are_several() -> None:
    early = burial("queue", final=False)
    assert "each of 3 failed attempts" in finding("JC803", failing(early, attempts=known(3))).message
    assert kinds("JC803", failing(early, attempts=absent(4))) == ["Fail"]
    assert kinds("JC803", failing(early, attempts=known(1))) == ["Pass"]
    assert kinds("JC803", failing(early, attempts=opaque())) == ["Unknown"]
    assert kinds("JC803", failing(burial("log", final=False), attempts=known(3))) == ["Pass"]


def test_rejection_after_an_early_acknowledgement_fails() -> None:
    rejects = (place(14),)
    assert "`celery(late)`" in finding("JC803", failing(rejects=rejects, ack=absent("early"))).details
    assert kinds("JC803", failing(rejects=rejects, ack=known("early"))) == ["Fail"]
    assert kinds("JC803", failing(rejects=rejects, ack=known("late"))) == ["Pass"]
    assert kinds("JC803", failing(rejects=rejects, ack=opaque())) == ["Unknown"]


def test_option_that_does_not_exist_fails() -> None:
    quirk = Quirk("dead-letter", "Nothing reads it.", "Write a listener.", place(20))
    (outcome,) = judge("JC803", failing(quirks=(quirk,)))
    assert outcome.finding.at == place(20)  # type: ignore[union-attr]

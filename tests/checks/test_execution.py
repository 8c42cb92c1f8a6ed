"""Section 9 and JC004: judged from hand-made producers and flows."""

from __future__ import annotations

import pytest

from jobcheck.model import Quirk, Sending, Step, Unjudged
from tests.builders import absent, enqueue, known, opaque, options, place, project, site
from tests.checks.judging import finding, judge, kinds

INSIDE = (Step(place(40, "shop/views.py"), "the transaction is opened here"),)


def test_enqueue_in_an_open_transaction_shows_the_way_from_there() -> None:
    found = finding("JC901", enqueue(transaction=INSIDE))
    assert found.steps == INSIDE
    assert found.at == place(50, "shop/views.py")
    assert "on_commit" in found.details
    assert kinds("JC901", enqueue()) == ["Pass"]


def test_coroutine_must_be_awaited() -> None:
    assert finding("JC903", enqueue(is_async=True, awaited=False)).message.startswith("Nothing is sent")
    assert kinds("JC903", enqueue(is_async=True)) == ["Pass"]
    assert kinds("JC903", enqueue()) == ["NotApplicable"]


def test_name_that_no_job_has_fails_with_the_nearest() -> None:
    stray = enqueue(job=None, target="shop.tasks.send_reciept")
    found = finding("JC904", project(site(), strays=(stray,)))
    assert found.subject == "shop.views.buy"
    assert "shop.tasks.send_reciept" in found.message
    assert found.details.startswith("Did you mean `shop.tasks.send_receipt`?")


def test_nearest_name_is_one_of_the_same_framework() -> None:
    stray = enqueue(job=None, target="shop.tasks.send_reciept", framework="bullmq")
    assert finding("JC904", project(site(), strays=(stray,))).details.startswith("Give the name")


def test_name_is_known_untold_or_found() -> None:
    assert kinds("JC904", site(enqueue())) == ["Pass"]
    assert kinds("JC904", enqueue(job=None, target_known=False)) == ["Unknown"]


def test_what_is_not_judged_is_noted() -> None:
    unjudged = Unjudged("billing.activities.charge", "Temporal is recognised and has no rules", place(5))
    found = finding("JC004", project(unjudged=(unjudged,)))
    assert found.message == "Not judged: billing.activities.charge looks like a background job."
    assert found.details == "Temporal is recognised and has no rules."
    assert judge("JC004", project()) == []


def test_job_that_waits_for_another_fails_there() -> None:
    waiting = site(flow={"awaits_results": (Step(place(20), "price.delay().get"),)})
    assert finding("JC902", waiting).at == place(20)
    assert kinds("JC902", site()) == ["Pass"]


def test_job_that_enqueues_itself_on_every_path_fails_at_the_producer() -> None:
    again = enqueue(at=place(20))
    always = {"sends": (Sending(place(20), True),)}
    assert finding("JC907", site(again, flow=always)).at == place(20)
    assert kinds("JC907", site(again, flow={"sends": (Sending(place(20)),)})) == ["Pass"]
    assert kinds("JC907", site(enqueue(), flow=always)) == ["Pass"]
    assert kinds("JC907", site(enqueue(at=place(20), style="signature"), flow=always)) == ["Pass"]


def test_late_acknowledgement_must_survive_the_worker() -> None:
    late = known("late")
    found = finding("JC909", site(options=options(ack=late, survives=absent(False))))
    assert (found.at, found.cause) == (late.at, late.at)
    assert "`celery(survive)`" in found.details
    assert kinds("JC909", site(options=options(ack=late, survives=known(True)))) == ["Pass"]
    assert kinds("JC909", site(options=options(ack=late, survives=opaque()))) == ["Unknown"]
    assert kinds("JC909", site(options=options(ack=absent("early"), survives=absent(False)))) == [
        "NotApplicable"
    ]
    assert kinds("JC909", site(options=options(ack=opaque()))) == ["NotApplicable"]


@pytest.mark.parametrize(("code", "topic"), [("JC905", "async"), ("JC906", "visibility"), ("JC909", "ack")])
def test_configuration_that_does_something_else_fails_at_its_line(code: str, topic: str) -> None:
    quirk = Quirk(topic, "It does nothing.", "Drop it.", place(20))  # type: ignore[arg-type]
    found = finding(code, site(options=options(ack=absent("early"), quirks=(quirk,))))
    assert (found.at, found.message, found.details) == (place(20), "It does nothing.", "Drop it.")

"""JC901, JC903, JC904 and JC004: judged from hand-made producers."""

from __future__ import annotations

from jobcheck.model import Step, Unjudged
from tests.builders import enqueue, place, project, site
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

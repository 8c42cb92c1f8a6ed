"""JC211 and JC212: judged from hand-made rows and payloads."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import UNBOUNDED, Fetch, Parameter, Site
from tests.builders import absent, enqueue, field, known, opaque, options, parameters, place, site
from tests.checks.judging import finding, kinds


def loading(missing: Any, attempts: Any = None) -> Site:
    fetch = Fetch("order_id", "Order", place(20), missing)
    return site(enqueue(), flow={"fetches": (fetch,)}, options=options(attempts=attempts or known(4)))


def test_row_that_is_gone_and_looked_for_again_fails_where_it_is_loaded() -> None:
    found = finding("JC211", loading("retried"))
    assert (found.at, "4 times" in found.message, "`Order`" in found.message) == (place(20), True, True)
    assert "for ever" in finding("JC211", loading("retried", known(UNBOUNDED))).message
    assert "4 times" in finding("JC211", loading("retried", absent(4))).message


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        (loading("handled"), "Pass"),
        (loading("fails"), "Pass"),
        (loading("retried", known(1)), "NotApplicable"),
        (loading("retried", opaque()), "Unknown"),
        (loading("handled", opaque()), "Pass"),
        (site(), "Pass"),
    ],
)
def test_row_that_is_handled_or_fails_the_job_once(subject: Site, kind: str) -> None:
    assert kinds("JC211", subject) == [kind]


def taking(*names: str, sent: Any = (), **more: Any) -> Site:
    return site(*sent, parameters=parameters(*names), **more)


def test_payload_without_an_id_tells_nobody_what_it_is_about() -> None:
    found = finding("JC212", taking("text", "colour"))
    assert "`text`, `colour`" in found.message
    document = enqueue(field("text"), field("colour"))
    read = site(document, parameters=(), payload_style="document")
    assert "`text`, `colour`" in finding("JC212", read).message


@pytest.mark.parametrize("names", [("orderId",), ("order_ids", "text"), ("email",), ("text", "sku")])
def test_id_among_the_names_passes(names: tuple[str, ...]) -> None:
    assert kinds("JC212", taking(*names)) == ["Pass"]


def test_id_in_what_is_sent_passes() -> None:
    assert kinds("JC212", taking("who", sent=[enqueue(field(None, "identifier"))])) == ["Pass"]
    assert kinds("JC212", taking("what", "colour", sent=[enqueue(field(None, "row"))])) == ["Pass"]
    assert kinds("JC212", taking("what", sent=[enqueue(field(None, "record", keys=("orderId",)))])) == [
        "Pass"
    ]
    assert kinds(
        "JC212", taking("what", sent=[enqueue(field(None, "record", keys=("filename", "size")))])
    ) == ["Pass"]


@pytest.mark.parametrize(
    "names",
    [(), ("organization_id",), ("correlation_id", "batch_size"), ("dry_run",), ("published_at", "days")],
)
def test_job_about_no_entity_needs_no_id(names: tuple[str, ...]) -> None:
    assert kinds("JC212", taking(*names)) == ["NotApplicable"]


def test_job_that_needs_nothing_is_about_no_entity() -> None:
    assert kinds("JC212", site(parameters=(Parameter("colour", False), Parameter("mode", False)))) == [
        "NotApplicable"
    ]


def test_job_that_only_the_clock_starts_needs_no_id() -> None:
    assert kinds("JC212", taking("text", sent=[enqueue(field(), style="schedule")])) == ["NotApplicable"]


@pytest.mark.parametrize(
    "subject",
    [
        taking("what", sent=[enqueue(field(None, "unknown"))]),
        taking("what", sent=[enqueue(field(None, spread="*"))]),
        taking("payload"),
        taking("tag"),
        site(parameters=(*parameters("text"), Parameter("more", False, "**"))),
        taking("text", flow={"reads_whole": True}),
    ],
)
def test_what_may_have_an_id_inside_is_unknown(subject: Site) -> None:
    assert kinds("JC212", subject) == ["Unknown"]

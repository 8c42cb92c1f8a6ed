"""JC201, JC202, JC205, JC206 and JC207: judged from hand-made producers."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import Enqueue, Fail, Fetch, Parameter, Site, Step, Unknown
from tests.builders import APP, DEF, enqueue, field, parameters, place, project, site
from tests.checks.judging import finding, judge, kinds

FETCH = {"fetches": (Fetch("order_id", "Order", place(12)),)}


def held(name: str | None = "order_id") -> Any:
    return field(name, "identifier", held="order", text="order.id")


@pytest.mark.parametrize("name", ["order_id", None])
def test_lone_id_of_a_row_at_hand_fails(name: str | None) -> None:
    found = finding("JC201", site(enqueue(held(name)), flow=FETCH))
    assert "`order`" in found.details
    assert found.at == place(50, "shop/views.py")
    assert found.related[0].at == place(12)
    assert found.subject == "shop.tasks.send_receipt"


@pytest.mark.parametrize(
    "sent",
    [
        enqueue(held(), field("organization_id")),
        enqueue(held(), context=("correlation_id",)),
        enqueue(field("order_id", "identifier")),
        enqueue(field("order_id", "scalar", held="order")),
        enqueue(field("order_id"), field("locale"), field(None, spread="**")),
        enqueue(),
    ],
)
def test_more_than_an_id_or_no_row_at_hand_passes(sent: Enqueue) -> None:
    assert kinds("JC201", site(sent, flow=FETCH)) == ["Pass"]


def test_id_that_is_not_fetched_again_passes() -> None:
    assert kinds("JC201", site(enqueue(held()))) == ["Pass"]


def test_lone_tenant_id_passes() -> None:
    flow = {"fetches": (Fetch("organizationId", "Organization", place(12)),)}
    assert kinds("JC201", site(enqueue(held("organizationId")), flow=flow)) == ["Pass"]


def test_lone_id_of_untold_payload_or_headers_is_unknown() -> None:
    assert kinds("JC201", site(enqueue(payload=None), flow=FETCH)) == ["Unknown"]
    assert kinds("JC201", site(enqueue(held(), context_known=False), flow=FETCH)) == ["Unknown"]
    assert kinds("JC201", site(enqueue(field(None, spread="*")), flow=FETCH)) == ["Unknown"]
    assert kinds("JC201", site(enqueue(held(), field(None, spread="**")), flow=FETCH)) == ["Unknown"]
    assert kinds("JC201", site(enqueue(payload=None))) == ["Pass"]


@pytest.mark.parametrize("code", ["JC201", "JC206", "JC207"])
def test_job_without_producers_has_no_payload(code: str) -> None:
    assert kinds(code, site()) == ["NotApplicable"]


@pytest.mark.parametrize(
    ("carried", "word"),
    [("row", "row"), ("rows", "rows"), ("request", "request"), ("session", "session")],
)
def test_live_object_in_the_message_fails(carried: str, word: str) -> None:
    found = finding("JC202", enqueue(field("order", carried)))
    assert word in found.message
    assert "`order`" in found.details


def test_producer_in_a_helper_shows_the_way_to_it() -> None:
    way = (Step(place(5, "shop/queue.py"), "the helper enqueues"),)
    assert finding("JC202", enqueue(field("order", "row"), via=way)).steps == way


def test_live_object_sent_to_nobody_belongs_to_its_scope() -> None:
    assert finding("JC202", enqueue(field("order", "row"), job=None)).subject == "shop.views.buy"


@pytest.mark.parametrize("carried", ["identifier", "scalar", "record"])
def test_data_in_the_message_passes(carried: str) -> None:
    assert kinds("JC202", enqueue(field("order", carried))) == ["Pass"]


def test_untold_value_in_the_message_is_unknown() -> None:
    (outcome,) = judge("JC202", enqueue(field("order", "unknown")))
    assert isinstance(outcome, Unknown)
    assert "`order`" in outcome.why
    assert kinds("JC202", enqueue(payload=None)) == ["Unknown"]


def test_untold_values_of_one_message_are_one() -> None:
    sent = enqueue(field("order", "unknown"), field("user", "row"), field("note", "unknown"))
    fail, unknown = judge("JC202", sent)
    assert isinstance(fail, Fail)
    assert isinstance(unknown, Unknown)
    assert (unknown.at, unknown.why) == (sent.at, "what `order` and `note` hold cannot be told")


def test_producer_of_two_jobs_is_judged_once() -> None:
    sent = enqueue(field("order", "row"))
    assert kinds("JC202", project(site(sent), site(sent, name="shop.tasks.other"))) == ["Fail"]


CARRIERS = [("JC205", "correlation_id", "traceId"), ("JC701", "organization_id", "tenantId")]


@pytest.mark.parametrize(("code", "name", "alias"), CARRIERS)
def test_nothing_that_carries_the_name_fails(code: str, name: str, alias: str) -> None:
    found = finding(code, site(enqueue(field("order_id"))))
    assert name in found.details
    assert (found.at, found.cause) == (DEF, APP)
    assert found.related[0].at == place(50, "shop/views.py")


@pytest.mark.parametrize(("code", "name", "alias"), CARRIERS)
def test_name_is_carried_by_parameter_key_field_or_header(code: str, name: str, alias: str) -> None:
    sent = enqueue(field("order_id"))
    document: dict[str, Any] = {"payload_style": "document", "parameters": ()}
    carriers = [
        site(parameters=parameters("order_id", name)),
        site(sent, parameters=parameters("order_id", alias)),
        site(enqueue(), flow={"reads": (field(alias),)}, **document),
        site(enqueue(field(alias)), **document),
        site(enqueue(context=(f"X-{name.replace('_', '-')}",))),
    ]
    assert [kinds(code, carrier) for carrier in carriers] == [["Pass"]] * 5


@pytest.mark.parametrize(("code", "name", "alias"), CARRIERS)
def test_name_must_come_from_every_producer(code: str, name: str, alias: str) -> None:
    without = enqueue(line=60)
    found = finding(code, site(enqueue(context=(name,)), without))
    assert [step.at for step in found.related] == [without.at]


@pytest.mark.parametrize(("code", "name", "alias"), CARRIERS)
def test_name_that_may_travel_unseen_is_unknown(code: str, name: str, alias: str) -> None:
    document: dict[str, Any] = {"payload_style": "document", "parameters": ()}
    anything: dict[str, Any] = {"parameters": (Parameter("extra", False, "**"),)}
    veiled = [
        site(enqueue(context_known=False)),
        site(enqueue(payload=None), **document),
        site(enqueue(field(None, spread="**")), **document),
        site(enqueue(payload=None), **anything),
        site(**anything),
        site(flow={"reads_whole": True}, **document),
        site(enqueue(field("order", "record"))),
    ]
    assert [kinds(code, subject) for subject in veiled] == [["Unknown"]] * len(veiled)


@pytest.mark.parametrize("code", ["JC205", "JC701"])
def test_untold_arguments_cannot_add_a_parameter(code: str) -> None:
    assert kinds(code, site(enqueue(payload=None))) == ["Fail"]


@pytest.mark.parametrize("code", ["JC205", "JC701"])
def test_job_that_only_the_clock_starts_is_not_judged(code: str) -> None:
    assert kinds(code, site(periodic=place(3))) == ["NotApplicable"]
    assert kinds(code, site(enqueue(style="schedule"))) == ["NotApplicable"]
    assert kinds(code, site(enqueue(style="schedule"), enqueue(line=60))) == ["Fail"]


def test_propagation_for_all_jobs_carries_the_correlation_id() -> None:
    assert kinds("JC205", project(site(enqueue()), correlation=place(1))) == ["Pass"]


def test_project_without_tenants_needs_none() -> None:
    assert kinds("JC701", project(site(enqueue()), tenancy=False)) == ["NotApplicable"]


def test_tenant_question_is_asked() -> None:
    assert "several tenants" in finding("JC701", site(enqueue())).question


TWO = parameters("order_id", "organization_id", optional=("note",))


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        (enqueue(field()), "it is not sent `organization_id`"),
        (enqueue(), "it is not sent `order_id`, `organization_id`"),
        (enqueue(*[field()] * 4), "4 positional arguments are sent and it takes 3"),
        (enqueue(field(), field(), field("nota")), "`nota` is no parameter of it"),
        (enqueue(field(), field(), field("order_id")), "`order_id` is sent twice"),
        (enqueue(field("nota"), partial_payload=True), "`nota` is no parameter of it"),
    ],
)
def test_arguments_that_do_not_fit_fail(sent: Enqueue, wrong: str) -> None:
    found = finding("JC206", site(sent, parameters=TWO))
    assert found.message == f"This call makes a job that cannot run: {wrong}."
    assert "Taken: `order_id`, `organization_id`, `note=…`." in found.details
    assert found.related[0].at == DEF


@pytest.mark.parametrize(
    "sent",
    [
        enqueue(field(), field()),
        enqueue(field(), field("organization_id"), field("note")),
        enqueue(field("note"), partial_payload=True),
        enqueue(field(), field(None, spread="*"), field("organization_id"), field("note")),
    ],
)
def test_arguments_that_fit_pass(sent: Enqueue) -> None:
    assert kinds("JC206", site(sent, parameters=TWO)) == ["Pass"]


def test_job_that_takes_anything_fits() -> None:
    anything = (*TWO, Parameter("rest", False, "*"), Parameter("extra", False, "**"))
    sent = enqueue(*[field()] * 5, field("nota"))
    assert kinds("JC206", site(sent, parameters=anything)) == ["Pass"]


def test_positional_only_parameter_may_share_a_keywords_name() -> None:
    taken = (Parameter("order_id", True, "positional"), Parameter("extra", False, "**"))
    assert kinds("JC206", site(enqueue(field(), field("order_id")), parameters=taken)) == ["Pass"]


@pytest.mark.parametrize("sent", [enqueue(payload=None), enqueue(field(None, spread="**"))])
def test_arguments_that_cannot_be_told_are_unknown(sent: Enqueue) -> None:
    assert kinds("JC206", site(sent, parameters=TWO)) == ["Unknown"]


def document(*producers: Enqueue) -> Site:
    reads = (
        field("orderId", at=place(12)),
        field("organizationId", at=place(13)),
        field("note", optional=True),
    )
    return site(*producers, flow={"reads": reads}, parameters=(), payload_style="document")


def test_key_that_is_read_and_never_sent_fails() -> None:
    found = finding("JC206", document(enqueue(field("orderId"))))
    assert "it is not sent `organizationId`" in found.message
    assert found.details == "Sent: `orderId`. Taken: `note=…`, `orderId`, `organizationId`."
    assert found.related[0].at == place(13)
    assert finding("JC206", document(enqueue())).details.startswith("Sent: nothing.")


def test_document_that_has_every_key_or_may_have_it() -> None:
    assert kinds("JC206", document(enqueue(field("orderId"), field("organizationId")))) == ["Pass"]
    assert kinds("JC206", document(enqueue(field("orderId"), field(None, spread="**")))) == ["Unknown"]


def kept(name: str, optional: bool = False, payload: Any = ()) -> Enqueue:
    return enqueue(*payload, kept=(field(name, optional=optional, at=place(51)),))


def test_value_that_the_framework_keeps_never_reaches_the_job() -> None:
    lost = finding("JC207", site(kept("note", payload=[field(), field()]), parameters=TWO))
    assert (lost.at, "`note`" in lost.message) == (place(51), True)
    taken = finding("JC207", site(kept("organization_id", optional=True, payload=[field()]), parameters=TWO))
    assert "an option of its own" in taken.message
    read = {"reads": (field("note", spread="*"),)}
    unread = site(kept("note"), flow=read, parameters=(), payload_style="document")
    assert "a key of the document" in finding("JC207", unread).details


def test_what_is_kept_is_not_told_twice() -> None:
    assert kinds("JC206", site(kept("organization_id", payload=[field()]), parameters=TWO)) == ["Pass"]
    assert kinds("JC206", document(kept("organizationId", payload=[field("orderId")]))) == ["Pass"]


@pytest.mark.parametrize(
    "sent",
    [
        kept("queue", optional=True, payload=[field(), field()]),
        kept("note", optional=True, payload=[field(), field()]),
        kept("note", payload=[field(), field(), field("note")]),
        kept("colour", payload=[field(), field()]),
    ],
)
def test_what_is_meant_for_the_framework_passes(sent: Enqueue) -> None:
    assert kinds("JC207", site(sent, parameters=TWO)) == ["Pass"]


def test_untold_payload_may_carry_what_is_kept() -> None:
    assert kinds("JC207", site(enqueue(payload=None, kept=(field("note"),)), parameters=TWO)) == ["Unknown"]
    assert kinds("JC207", site(kept("note", payload=[field(None, spread="**")]), parameters=TWO)) == [
        "Unknown"
    ]

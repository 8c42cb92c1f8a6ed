"""JC203, JC204, JC208, JC209 and JC213: judged from hand-made values that travel."""

from __future__ import annotations

import pytest

from jobcheck import checks
from jobcheck.model import Fail, Fetch, Opaque, Parameter
from tests.builders import (
    POLICY,
    enqueue,
    field,
    opaque,
    options,
    parameters,
    place,
    project,
    site,
    spell,
)
from tests.checks.judging import finding, judge, kinds

JSON = options(refuses=frozenset({"set"}), refuses_result=frozenset({"set"}))


def test_value_that_the_serializer_refuses_fails_where_it_is_sent() -> None:
    found = finding("JC204", site(enqueue(field("tags", thing="set", at=place(51))), options=JSON))
    assert "a set" in found.message
    assert found.at == place(51)
    assert found.details == "Send `sorted(...)` or `list(...)`."


@pytest.mark.parametrize(
    "sent",
    [
        field("at", thing="datetime"),
        field("order", "row", thing="set"),
        field(None, spread="**", thing="set"),
        field("size"),
    ],
)
def test_value_that_is_carried_or_judged_elsewhere_passes(sent: object) -> None:
    assert kinds("JC204", site(enqueue(sent), options=JSON)) == ["Pass"]  # type: ignore[arg-type]


def test_value_that_cannot_be_told_is_unknown() -> None:
    assert kinds("JC204", site(enqueue(field("size", "unknown")), options=JSON)) == ["Unknown"]


def test_serializer_that_cannot_be_told_leaves_only_odd_values_open() -> None:
    untold = options(refuses=opaque(), refuses_result=Opaque("no setting", place(9)))
    assert kinds("JC204", site(enqueue(field("tags", thing="set")), options=untold)) == ["Unknown"]
    assert kinds("JC204", site(enqueue(field("tags", "unknown")), options=untold)) == ["Pass"]
    returned = site(flow={"returns": (field(thing="set"),)}, options=untold)
    assert [outcome.why for outcome in judge("JC204", returned)] == ["no setting"]  # type: ignore[union-attr]


@pytest.mark.parametrize(("given", "word"), [({"thing": "set"}, "a set"), ({"carried": "row"}, "a row")])
def test_result_that_cannot_be_stored_fails_after_the_work(given: dict[str, str], word: str) -> None:
    found = finding("JC204", site(flow={"returns": (field(at=place(20), **given),)}, options=JSON))
    assert word in found.message
    assert found.at == place(20)


def test_result_that_nobody_stores_passes() -> None:
    unstored = options(refuses=frozenset({"set"}))
    assert kinds("JC204", site(flow={"returns": (field(thing="set"),)}, options=unstored)) == ["Pass"]


SECRETS = ["password", "userPassword", "API_KEY", "clientSecret", "card_number", "accessTokens"]
PLAIN = ["password_changed_at", "token", "secret_id", "has_password", "encrypted_iban", "compass", "key"]


@pytest.mark.parametrize("name", SECRETS)
def test_secret_is_told_by_its_name_wherever_that_stands(name: str) -> None:
    assert name in finding("JC203", site(enqueue(field(name)))).message
    assert name in finding("JC203", site(enqueue(field(text=f"user.{name}")))).message
    assert name in finding("JC203", site(enqueue(field("settings", "record", keys=(name,))))).message
    assert name in finding("JC203", site(parameters=parameters("order_id", name))).message
    assert name in finding("JC203", site(enqueue(field(text="x")), parameters=parameters(name))).message
    assert name in finding("JC203", enqueue(field(name), job=None)).message


@pytest.mark.parametrize("name", PLAIN)
def test_other_names_tell_no_secret(name: str) -> None:
    assert kinds("JC203", site(enqueue(field(name, text=f"user.{name}")))) == ["Pass"]
    assert kinds("JC203", site(parameters=parameters(name))) == ["Pass"]


def test_secret_is_told_by_what_made_it() -> None:
    made = field("code", secret="secrets.token_urlsafe()")
    assert "secrets.token_urlsafe()" in finding("JC203", site(enqueue(made))).message


@pytest.mark.parametrize("text", ["None", "len(user.password)", "hash(user.password)"])
def test_what_is_worked_out_from_a_secret_is_none(text: str) -> None:
    assert kinds("JC203", site(enqueue(field("order_id", text=text)))) == ["Pass"]


def test_name_by_which_a_row_is_found_is_an_id() -> None:
    flow = {"fetches": (Fetch("api_token", "Token", place(12)),)}
    assert kinds("JC203", site(flow=flow, parameters=parameters("api_token"))) == ["Pass"]
    assert kinds("JC203", site(enqueue(field("api_token")), flow=flow)) == ["Pass"]


def test_untold_payload_may_hold_secrets() -> None:
    assert kinds("JC203", site(enqueue(payload=None))) == ["Unknown"]
    assert kinds("JC203", site(enqueue(field(None, spread="**", text="more")))) == ["Unknown"]


def test_names_are_the_policys() -> None:
    own = POLICY.merged({"sensitive_names": ["diagnosis"]})
    sent = project(site(enqueue(field("diagnosis"), field("password"))))
    (outcome,) = checks.run(sent, own, {"JC203"}, spell)
    assert isinstance(outcome, Fail)
    assert "`diagnosis`" in outcome.finding.message


@pytest.mark.parametrize("kind", ["file", "rows"])
def test_message_that_grows_without_limit_fails(kind: str) -> None:
    found = finding("JC209", enqueue(field("content", bulk=kind, at=place(51))))
    assert (found.at, "`content`" in found.message) == (place(51), True)


def test_message_of_a_size_passes_and_an_untold_one_is_unknown() -> None:
    assert kinds("JC209", enqueue(field("content"))) == ["Pass"]
    assert kinds("JC209", enqueue(field("content", "unknown"))) == ["Unknown"]


def test_column_that_changes_is_copied() -> None:
    found = finding("JC213", enqueue(field("to", text="user.work_email", column="work_email")))
    assert "`user.work_email`" in found.message


@pytest.mark.parametrize(
    ("copied", "kind"),
    [
        (field("to", text="user.created_at", column="created_at"), "Pass"),
        (field("email", text="email"), "Pass"),
        (field("to", text="user.email"), "Unknown"),
    ],
)
def test_what_does_not_change_or_is_from_no_row(copied: object, kind: str) -> None:
    assert kinds("JC213", enqueue(copied)) == [kind]  # type: ignore[arg-type]


def document(**flow: object) -> object:
    return site(parameters=(), payload_style="document", flow=flow)


def test_document_without_a_type_fails() -> None:
    assert "its payload" in finding("JC208", document(reads=(field("a"),))).message  # type: ignore[arg-type]
    assert kinds("JC208", document(reads_whole=True)) == ["Fail"]  # type: ignore[arg-type]
    assert kinds("JC208", document(reads=(field("a"),), typed=place(3))) == ["Pass"]  # type: ignore[arg-type]
    assert kinds("JC208", document()) == ["NotApplicable"]  # type: ignore[arg-type]


def test_argument_that_is_a_dict_wants_a_type() -> None:
    sent = enqueue(field("options", "record"))
    assert "`options`" in finding("JC208", site(sent, parameters=parameters("options"))).message
    loose = (Parameter("options", True, form="record"),)
    assert kinds("JC208", site(parameters=loose)) == ["Fail"]
    typed = (Parameter("options", True, form="typed"),)
    assert kinds("JC208", site(sent, parameters=typed)) == ["Pass"]
    untold = enqueue(field("options", "unknown"))
    assert kinds("JC208", site(untold, parameters=parameters("options"))) == ["Unknown"]
    assert kinds("JC208", site(untold, parameters=typed)) == ["Pass"]

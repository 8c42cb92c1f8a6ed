"""What holds of all checks: discovery, order, and the style of what they say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from jobcheck import checks
from jobcheck.checks.finding import span_of_time
from jobcheck.checks.wording import WORDINGS
from jobcheck.model import (
    UNBOUNDED,
    Backoff,
    Burial,
    Coverage,
    Fail,
    Fetch,
    Finding,
    Keep,
    Leak,
    Log,
    Project,
    Query,
    Report,
    Retried,
    Sending,
    Shown,
    Site,
    Step,
    Swallow,
    Unjudged,
    Use,
    Wait,
)
from tests.builders import (
    POLICY,
    absent,
    effect,
    enqueue,
    field,
    hold,
    key,
    known,
    options,
    parameters,
    place,
    project,
    site,
    spell,
    write,
)

EFFECTS = ("email", "sms", "push", "chat", "http", "webhook", "payment", "llm", "file", "publish")


def wrong_options(**changed: Any) -> Any:
    gaps: dict[str, Any] = {
        "attempts": absent(1),
        "backoff": absent(Backoff("none")),
        "keep_completed": absent(Keep()),
        "keep_failed": absent(Keep(age=0)),
        "marks_started": absent(False),
        "marks_completed": absent(False),
        "marks_failed": absent(False),
        "buries": absent(False),
        "survives": absent(False),
    }
    return options(**{**gaps, **changed})


def wrong_sites() -> list[Site]:
    """Sites that break every rule whose text is made by a check, in each way that has its own words."""
    acts = tuple(effect(kind, state) for kind in EFFECTS for state in ("unguarded", "unrecorded"))
    acts += tuple(write(kind) for kind in ("create", "increment", "append"))
    sometimes = Coverage("sometimes", place(30))
    swallows = tuple(
        Swallow(place(22), "requests.RequestException", Step(place(20), ""), x) for x in (True, False)
    )
    flow = {"fetches": (Fetch("order_id", "Order", place(12), "retried"),), "swallows": swallows}
    late = wrong_options(ack=known("late"), keep_failed=absent(Keep(604_800, 5_000)))
    partly = dict.fromkeys(("started", "completed", "failed"), sometimes)
    lines = (
        Log(place(16), "info", ("started",), told=True, shows=(Shown("api_key"),)),
        Log(place(17), "info", ("completed",), told=True, shows=(Shown("kwargs", whole=True),)),
    )
    loud = {
        "logs": lines,
        "muffled": (place(18),),
        "rejects": (place(19),),
        "awaits_results": (Step(place(21), ""),),
        "reports": (Report(place(24), ("step",)),),
        "marks_failed": (place(25),),
        "sends": (Sending(place(23), True),),
        "burials": (Burial(place(60), ("queue",), (), final=False), Burial(place(70), (), runs=False)),
    }
    far = {"keep_completed": known(Keep(age=60)), "keep_failed": known(Keep(count=9))}
    lone = enqueue(field("order_id", "identifier", held="order", text="order.id"))
    held = tuple(
        effect(kind, "guarded", hold=hold(way, lost=way == "before"), key=key("missing"), guard=place(12))
        for kind in EFFECTS
        for way in ("after", "before")
    )
    keyed = tuple(
        effect(kind, "keyed", key=key(state, maker="uuid4()", forgets=300))
        for kind in EFFECTS
        for state in ("fresh", "stable")
    )
    return [
        site(
            enqueue(style="schedule", every=60.0, job="shop.tasks.held"),
            name="shop.tasks.held",
            acts=held,
            options=wrong_options(attempts=known(9), backoff=known(Backoff("fixed", 3600))),
        ),
        site(
            name="shop.tasks.late_key",
            acts=keyed,
            options=wrong_options(attempts=known(7), backoff=known(Backoff("fixed", 3600))),
        ),
        site(
            acts=keyed,
            options=wrong_options(attempts=known(UNBOUNDED), backoff=known(Backoff("exponential", 10, 60))),
            name="shop.tasks.keyed",
        ),
        site(lone, acts=acts, flow=flow, options=wrong_options(attempts=absent(4))),
        site(enqueue(line=51), acts=acts, flow={**flow, **partly}, options=late, name="shop.tasks.late"),
        site(acts=acts, options=wrong_options(attempts=absent(UNBOUNDED)), name="shop.tasks.ever"),
        site(parameters=parameters("text", "colour"), name="shop.tasks.nameless"),
        site(
            enqueue(field(bulk="file"), field(bulk="rows"), field(text="user.email", column="email")),
            flow={"reads": (field("text"),)},
            payload_style="document",
            name="shop.tasks.large",
        ),
        site(
            acts=(effect(),),
            flow={
                "queries": (Query("Order", place(20), ("organization",), ("pk",), ("order_id",)),),
                "uses": (Use("organization_id", "post", place(21)),),
                "leaks": (Leak("tenant.set", place(22)), Leak("tenant.set", place(23), place(24))),
            },
            parameters=parameters("order_id", "organization_id"),
            name="shop.tasks.tenant",
        ),
        site(
            enqueue(field("password"), field("tags", thing="set"), kept=(field("order_id"),)),
            flow={"returns": (field(thing="set"), field(carried="row"))},
            options=options(refuses=frozenset({"set"}), refuses_result=frozenset({"set"})),
            name="shop.tasks.secret",
        ),
        site(
            enqueue(*[field("row", k) for k in ("row", "rows", "request", "session")]), name="shop.tasks.live"
        ),
        site(
            flow={"waits": (Wait("requests.get", place(20)),)},
            options=wrong_options(
                attempts=known(3),
                backoff=absent(Backoff("fixed", 180)),
                retried=known(Retried(("builtins.Exception",))),
            ),
            name="shop.tasks.slow",
        ),
        site(acts=(effect(looped=True),), options=options(names_error=False, **far), name="shop.tasks.long"),
        site(
            enqueue(field("body"), at=place(23)),
            acts=(effect(looped=True),),
            flow=loud,
            name="shop.tasks.loud",
        ),
    ]


def wrong_project() -> Project:
    strays = (
        enqueue(transaction=(Step(place(40), "opened"),)),
        enqueue(is_async=True, awaited=False, job=None, target="shop.tasks.nothing"),
    )
    return project(
        *wrong_sites(), strays=strays, unjudged=(Unjudged("shop.x", "it cannot be followed", place(1)),)
    )


def findings() -> list[Finding]:
    outcomes = checks.run(wrong_project(), POLICY, set(checks.discover()), spell)
    return [outcome.finding for outcome in outcomes if isinstance(outcome, Fail)]


def test_every_rule_that_words_its_own_message_is_covered_here() -> None:
    quirky = {"JC307", "JC604", "JC905", "JC906", "JC908"}
    assert {found.code for found in findings()} == set(checks.discover()) - quirky


def test_messages_are_plain_sentences() -> None:
    for found in findings():
        assert re.match(r"[A-Z][a-z-]*[ :]", found.message), found.message
        assert found.message.endswith("."), found.message
        assert len(found.message) <= 160, found.message


def test_details_are_sentences_that_tell_what_to_do() -> None:
    for found in findings():
        assert re.match(r"[A-Z]", found.details), found.details
        assert found.details.endswith(".") or found.details.endswith("`."), found.details
        assert found.question == "" or found.question.endswith("?"), found.question


def test_every_kind_of_act_has_its_words() -> None:
    assert set(WORDINGS) == {*EFFECTS, "create", "increment", "append"}
    assert set(POLICY.risk) == {*EFFECTS, "enqueue"}


def test_order_of_outcomes_does_not_depend_on_the_order_of_sites() -> None:
    whole = wrong_project()
    turned = project(*reversed(whole.sites), strays=whole.strays[::-1], unjudged=whole.unjudged)
    codes = set(checks.discover())
    assert checks.run(whole, POLICY, codes, spell) == checks.run(turned, POLICY, codes, spell)


def test_only_the_codes_that_are_asked_for_are_judged() -> None:
    outcomes = checks.run(wrong_project(), POLICY, {"JC305", "JC999"}, spell)
    assert {getattr(o, "code", "JC305") for o in outcomes} == {"JC305"}


def test_right_job_breaks_no_rule() -> None:
    sent = enqueue(field("order_id"), field("organization_id"), field("correlation_id"))
    right = site(
        sent,
        acts=(effect(state="guarded", guard=place(12)), write(state="keyed")),
        parameters=parameters("order_id", "organization_id", "correlation_id"),
        flow=dict.fromkeys(("told_start", "told_end", "told_failure"), Coverage("always")),
    )
    outcomes = checks.run(project(right), POLICY, set(checks.discover()), spell)
    assert {type(outcome).__name__ for outcome in outcomes} == {"Pass", "NotApplicable"}


def test_two_checks_for_one_rule_are_refused() -> None:
    checks.discover()
    with pytest.raises(ValueError, match="JC305 has two checks"):
        checks.check("JC305")(lambda site: ())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (180, "3 minutes"),
        (3600, "1 hour"),
        (604_800, "1 week"),
        (0.5, "0.5 seconds"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert span_of_time(seconds) == words

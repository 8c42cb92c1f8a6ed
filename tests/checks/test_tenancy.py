"""JC702, JC703 and JC705: judged from hand-made queries and uses of the tenant."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import Leak, Query, Site, Use
from tests.builders import effect, parameters, place, project, site
from tests.checks.judging import finding, judge, kinds

OWNED = ("id", "organization", "status")


def rows(by: tuple[str, ...] = ("pk",), fields: tuple[str, ...] = ("order_id",), **more: Any) -> Query:
    return Query("Order", place(20), **{"columns": OWNED, "by": by, "fields": fields, **more})


def use(call: str, known: bool = True) -> Use:
    return Use("organization_id", call, place(21), known)


def job(*queries: Query, uses: tuple[Use, ...] = (), **more: Any) -> Site:
    given = {"parameters": parameters("order_id", "organization_id"), "acts": (effect(),), **more}
    return site(flow={"queries": queries, "uses": uses}, **given)


def test_query_by_id_alone_reaches_rows_of_any_tenant() -> None:
    found = finding("JC703", job(rows()))
    assert found.at == place(20)
    assert "`organization=organization_id`" in found.details
    assert finding("JC703", job(rows(by=(), fields=()))).at == place(20)


@pytest.mark.parametrize(
    "query",
    [
        rows(by=("pk", "organization")),
        rows(by=("pk", "order", "organizationId")),
        rows(fields=("organization_id",)),
        rows(columns=("id", "status")),
    ],
)
def test_query_by_the_tenant_or_on_rows_of_none_passes(query: Query) -> None:
    assert kinds("JC703", job(query)) == ["Pass"]


@pytest.mark.parametrize("call", ["==", "tenant_context", "setTenant"])
def test_tenant_that_is_compared_or_set_guards_all_queries(call: str) -> None:
    assert kinds("JC703", job(rows(), uses=(use(call),))) == ["Pass"]


def test_query_by_what_cannot_be_told_is_unknown() -> None:
    assert kinds("JC703", job(rows(plain=False))) == ["Unknown"]


@pytest.mark.parametrize("code", ["JC702", "JC703"])
def test_job_without_a_tenant_is_not_judged(code: str) -> None:
    assert kinds(code, job(rows(), parameters=parameters("order_id"))) == ["NotApplicable"]
    assert kinds(code, project(job(rows()), tenancy=False)) == ["NotApplicable"]


def test_tenant_that_nobody_checks_fails_where_it_is_used() -> None:
    found = finding("JC702", job(uses=(use("post"),)))
    assert (found.at, "`organization_id`" in found.message) == (place(21), True)
    assert found.question


@pytest.mark.parametrize("call", ["verify_organization", "checkAccess", "==", "tenant_context"])
def test_tenant_that_is_verified_passes(call: str) -> None:
    assert kinds("JC702", job(uses=(use("post"), use(call)))) == ["Pass"]


def test_tenant_that_chooses_rows_is_verified() -> None:
    chosen = rows(by=("organization",), fields=("organization_id",))
    assert kinds("JC702", job(chosen, uses=(use("post"),))) == ["Pass"]


def test_call_that_cannot_be_followed_may_verify() -> None:
    (outcome,) = judge("JC702", job(uses=(use("post"), use("resolve", known=False))))
    assert "`resolve`" in outcome.why  # type: ignore[union-attr]


def test_tenant_with_which_nothing_is_done_needs_no_check() -> None:
    assert kinds("JC702", job()) == ["NotApplicable"]
    assert kinds("JC702", job(uses=(use("print"),), acts=())) == ["NotApplicable"]


def leaking(name: str, **more: Any) -> Site:
    return site(flow={"leaks": (Leak(name, place(22), **more),)})


@pytest.mark.parametrize("name", ["current_tenant.set", "local.organization", "connection.set_schema"])
def test_tenant_left_set_meets_the_next_job(name: str) -> None:
    never = finding("JC705", leaking(name))
    assert (never.at, "after this one" in never.message, never.related) == (place(22), True, ())
    late = finding("JC705", leaking(name, late=place(25)))
    assert ("when this one fails" in late.message, late.related[0].at) == (True, place(25))


def test_other_context_is_not_the_tenants() -> None:
    assert kinds("JC705", leaking("correlation_id.set")) == ["Pass"]
    assert kinds("JC705", project(leaking("tenant.set"), tenancy=False)) == ["NotApplicable"]

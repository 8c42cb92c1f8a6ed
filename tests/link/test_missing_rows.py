"""What comes of a row that was deleted before the job runs."""

from __future__ import annotations

import pytest

from tests.link.flow_world import TASK, flow

GET = "Order.objects.get(pk=a)"
TRY = "try:\n        {}\n    except {}:\n        {}"
ANY = ("builtins.Exception",)
BODIES = {
    GET: "retried",
    "Order.objects.filter(pk=a).first()": "handled",
    "Order.objects.with_deleted().get(pk=a)": "handled",
    "load(a)": "retried",
    TRY.format("load(a)", "Order.DoesNotExist", "return"): "handled",
    TRY.format(GET, "Order.DoesNotExist", "return"): "handled",
    TRY.format(GET, "Order.DoesNotExist", "raise ValueError(a)"): "handled",
    TRY.format(GET, "Order.DoesNotExist", "raise"): "retried",
    TRY.format(GET, "Exception", "raise ValueError(a)"): "retried",
    TRY.format(GET, "Exception", "print(a)"): "handled",
    TRY.format(GET, "Exception", "raise self.retry()"): "retried",
    TRY.format(GET, "ValueError", "return"): "retried",
}
SOURCE = "def load(x):\n    return Order.objects.get(pk=x)\ndef job(self, a):\n    {}\n"


@pytest.mark.parametrize(("body", "missing"), BODIES.items())
def test_missing_row_of_a_job_that_is_retried_after_anything(body: str, missing: str) -> None:
    found = flow(SOURCE.replace("{}", body), handle=TASK, retries_on=ANY).fetches
    assert [fetch.missing for fetch in found] == [missing]


@pytest.mark.parametrize(
    ("names", "missing"),
    [((), "fails"), (("builtins.OSError",), "fails"), (("shop.Order.DoesNotExist",), "retried")],
)
def test_missing_row_is_retried_only_where_its_exception_is(names: tuple[str, ...], missing: str) -> None:
    (found,) = flow(SOURCE.replace("{}", GET), handle=TASK, retries_on=names).fetches
    assert found.missing == missing


def test_request_for_a_retry_counts_whatever_is_retried_by_itself() -> None:
    body = TRY.format(GET, "Order.DoesNotExist", "raise self.retry()")
    assert flow(SOURCE.replace("{}", body), handle=TASK).fetches[0].missing == "retried"

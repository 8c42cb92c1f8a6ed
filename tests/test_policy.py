"""The policy: what it says, what a project may change, and how it complains."""

from __future__ import annotations

from typing import Any

import pytest

from jobcheck.model import Backoff, Keep
from jobcheck.policy import PolicyError, load_policy
from tests.builders import POLICY


def test_retry_table() -> None:
    rows = {kind: POLICY.retry[kind] for kind in ("email", "external_api", "database", "llm", "webhook")}  # type: ignore[index]
    assert {kind: (row.attempts, row.waits) for kind, row in rows.items()} == {
        "email": (3, Backoff("exponential", 5)),
        "external_api": (3, Backoff("exponential", 2)),
        "database": (2, Backoff("fixed", 1)),
        "llm": (3, Backoff("exponential", 10)),
        "webhook": (5, Backoff("exponential", 30)),
    }


def test_retention_table() -> None:
    hour, day, week, month = 3_600, 86_400, 604_800, 2_592_000
    rows = [POLICY.retention[volume] for volume in ("high", "standard", "critical")]  # type: ignore[index]
    assert [(row.completed.keep, row.failed.keep) for row in rows] == [
        (Keep(hour, 100), Keep(day, 1_000)),
        (Keep(day, 1_000), Keep(week, 5_000)),
        (Keep(week, 10_000), Keep(month, 10_000)),
    ]


def test_project_changes_one_value_and_keeps_the_rest() -> None:
    own = POLICY.merged({"retry": {"email": {"attempts": 7}}, "tenant_names": ["shop_id"]})
    assert own.retry["email"].attempts == 7
    assert own.retry["email"].delay == POLICY.retry["email"].delay
    assert own.retry["llm"] == POLICY.retry["llm"]
    assert own.tenant_names == ("shop_id",)
    assert own.merged({}) == own


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        ({"retry": {"email": {"attempts": "many"}}}, "retry.email.attempts: expected int, got str"),
        ({"retry": {"email": {"attempts": 0}}}, "retry.email.attempts: expected int >= 1"),
        ({"retry": {"mail": {}}}, "retry: unknown key mail"),
        ({"retries": {}}, "unknown key retries"),
        ({"risk": ["fax"]}, "risk[0]: invalid enum value 'fax'"),
        ({"retention": 3}, "retention: expected object, got int"),
    ],
)
def test_bad_value_is_named_with_file_and_key(overrides: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        POLICY.merged(overrides, "pyproject.toml")
    assert str(caught.value) == f"pyproject.toml: {complaint}"


def test_text_that_is_no_policy_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"^my\.toml: Invalid value"):
        load_policy("retry = ", "my.toml")
    with pytest.raises(PolicyError, match=r"^rules/policy\.toml: object missing required field retry"):
        load_policy("")

"""The names of Celery's task options."""

from __future__ import annotations

RETRY_OPTIONS = frozenset(
    {
        "autoretry_for",
        "dont_autoretry_for",
        "max_retries",
        "default_retry_delay",
        "retry_backoff",
        "retry_backoff_max",
        "retry_jitter",
        "retry_kwargs",
    }
)

RETENTION_OPTIONS = frozenset({"ignore_result", "store_errors_even_if_ignored"})

OPTIONS = (
    RETRY_OPTIONS
    | RETENTION_OPTIONS
    | frozenset(
        {
            "abstract",
            "acks_late",
            "acks_on_failure",
            "acks_on_failure_or_timeout",
            "acks_on_timeout",
            "after_return",
            "app",
            "backend",
            "base",
            "before_start",
            "bind",
            "compression",
            "delivery_mode",
            "exchange",
            "exchange_type",
            "expires",
            "filter",
            "immediate",
            "lazy",
            "mandatory",
            "name",
            "on_failure",
            "on_replace",
            "on_retry",
            "on_success",
            "priority",
            "pydantic",
            "pydantic_context",
            "pydantic_dump_kwargs",
            "pydantic_strict",
            "queue",
            "rate_limit",
            "reject_on_worker_lost",
            "Request",
            "resultrepr_maxsize",
            "retry_on_worker_lost",
            "routing_key",
            "run",
            "send_events",
            "serializer",
            "shadow_name",
            "shared",
            "soft_time_limit",
            "Strategy",
            "throws",
            "time_limit",
            "track_started",
            "trail",
            "typing",
        }
    )
)

THIRD_PARTY = frozenset(
    {"once", "unique_on", "raise_on_duplicate", "lock_expiry", "tenant_databases", "tenant_cache_seconds"}
)

SENDING = THIRD_PARTY | frozenset(
    {
        "add_to_parent",
        "app",
        "app_id",
        "args",
        "chord",
        "compression",
        "connection",
        "content_encoding",
        "content_type",
        "correlation_id",
        "countdown",
        "declare",
        "delivery_mode",
        "eta",
        "exchange",
        "exchange_type",
        "expiration",
        "expires",
        "group_id",
        "group_index",
        "headers",
        "ignore_result",
        "immutable",
        "kwargs",
        "link",
        "link_error",
        "mandatory",
        "message_id",
        "options",
        "parent_id",
        "priority",
        "producer",
        "publisher",
        "queue",
        "reply_to",
        "retries",
        "retry",
        "retry_policy",
        "root_id",
        "router",
        "routing_key",
        "serializer",
        "shadow",
        "sig",
        "soft_time_limit",
        "stamped_headers",
        "subtask_type",
        "task_id",
        "task_type",
        "time_limit",
        "timestamp",
        "type",
        "user_id",
    }
)
"""What `apply_async`, and kombu below it, have a use for; anything else given to them is lost."""

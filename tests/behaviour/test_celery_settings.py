"""Which spelling of a setting Celery reads, and how long it keeps results."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import celery
import pytest
import redis
from celery.beat import PersistentScheduler
from celery.exceptions import ImproperlyConfigured
from kombu.transport.redis import Channel as RedisChannel

from jobcheck.frameworks import App
from jobcheck.frameworks.celery import PRIMITIVES

from .conftest import Bench

# Celery's Redis backend writes with a call that redis-py 8 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")

Make = Callable[..., Bench]
DAY = 24 * 3600


def _configured(settings: dict[str, Any], namespace: str | None = None) -> Any:
    app = celery.Celery("configured", set_as_current=False)
    app.config_from_object(SimpleNamespace(**settings), namespace=namespace)
    return app.conf


NAMES = [
    pytest.param("CELERY", "CELERY_TASK_ACKS_LATE", "task_acks_late", True, id="namespace: new name"),
    pytest.param("CELERY", "CELERY_RESULT_EXPIRES", "result_expires", 60, id="namespace: new result name"),
    pytest.param("CELERY", "CELERY_TASK_TRACK_STARTED", "task_track_started", True, id="namespace: track"),
    pytest.param("CELERY", "CELERY_ACKS_LATE", "task_acks_late", True, id="namespace: old name works too"),
    pytest.param(
        "CELERY", "CELERY_TASK_RESULT_EXPIRES", "result_expires", 60, id="namespace: old expiry name"
    ),
    pytest.param("CELERY", "CELERYD_TASK_TIME_LIMIT", "task_time_limit", 60, id="namespace: old worker name"),
    pytest.param("CELERY", "task_acks_late", "task_acks_late", True, id="namespace: lower-case name"),
    pytest.param(None, "task_acks_late", "task_acks_late", True, id="no namespace: new lower-case name"),
    pytest.param(None, "CELERY_ACKS_LATE", "task_acks_late", True, id="no namespace: old name"),
    pytest.param(
        None, "CELERY_TASK_RESULT_EXPIRES", "result_expires", 60, id="no namespace: old expiry name"
    ),
    pytest.param(None, "CELERY_TRACK_STARTED", "task_track_started", True, id="no namespace: old track name"),
]


@pytest.mark.filterwarnings("ignore:.*deprecated:celery.exceptions.CPendingDeprecationWarning")
@pytest.mark.parametrize(("namespace", "spelt", "setting", "value"), NAMES)
def test_a_setting_is_read(namespace: str | None, spelt: str, setting: str, value: object) -> None:
    assert getattr(_configured({spelt: value}, namespace), setting) == value


IGNORED = [
    pytest.param(None, "CELERY_TASK_ACKS_LATE", "task_acks_late", True, id="no namespace: prefixed new name"),
    pytest.param(None, "TASK_ACKS_LATE", "task_acks_late", True, id="no namespace: bare upper-case name"),
    pytest.param(None, "CELERY_RESULT_EXPIRES", "result_expires", 60, id="no namespace: prefixed expiry"),
    pytest.param("CELERY", "TASK_ACKS_LATE", "task_acks_late", True, id="namespace: bare upper-case name"),
    pytest.param("CELERY", "RESULT_EXPIRES", "result_expires", 60, id="namespace: bare expiry"),
    pytest.param("CELERY", "CELERY_TASK_ACK_LATE", "task_acks_late", True, id="namespace: misspelt"),
]


@pytest.mark.parametrize(("namespace", "spelt", "setting", "value"), IGNORED)
def test_a_setting_is_silently_ignored(
    namespace: str | None, spelt: str, setting: str, value: object
) -> None:
    assert getattr(_configured({spelt: value}, namespace), setting) != value


def test_mixing_old_and_new_names_without_namespace_is_refused() -> None:
    conf = _configured({"CELERY_ACKS_LATE": True, "task_time_limit": 60})
    with pytest.raises(ImproperlyConfigured):
        assert conf.task_acks_late


ASSIGNED = [
    pytest.param(lambda app: app.conf.update(result_expires=60), id="conf.update"),
    pytest.param(lambda app: setattr(app.conf, "result_expires", 60), id="conf attribute"),
    pytest.param(lambda app: app.conf.__setitem__("result_expires", 60), id="conf item"),
    pytest.param(lambda app: app.config_from_object({"result_expires": 60}), id="config_from_object"),
    pytest.param(lambda app: app.add_defaults({"result_expires": 60}), id="add_defaults"),
]


@pytest.mark.parametrize("assign", ASSIGNED)
def test_a_setting_may_be_assigned(assign: Callable[[Any], None]) -> None:
    app = celery.Celery("assigned", set_as_current=False)
    assign(app)
    assert app.conf.result_expires == 60


@pytest.mark.parametrize(
    "arguments", [{"result_expires": 60}, {"changes": {"result_expires": 60}}], ids=["keyword", "changes"]
)
def test_a_setting_may_be_given_to_the_constructor(arguments: Any) -> None:
    assert celery.Celery("given", set_as_current=False, **arguments).conf.result_expires == 60


DEFAULTS = {
    "result_backend": None,
    "result_expires": dt.timedelta(days=1),
    "result_failure_expires": None,
    "task_ignore_result": False,
    "task_store_errors_even_if_ignored": False,
    "task_track_started": False,
    "task_acks_late": False,
    "task_always_eager": False,
    "task_serializer": "json",
    "task_time_limit": None,
    "broker_transport_options": {},
}


@pytest.mark.parametrize("setting", DEFAULTS)
def test_the_default_of_a_setting(setting: str) -> None:
    assert _configured({})[setting] == DEFAULTS[setting]


def test_the_defaults_of_a_task_are_three_retries_180_seconds_apart() -> None:
    task = celery.Task
    assert (task.max_retries, task.default_retry_delay) == (3, 180)
    assert not getattr(task, "autoretry_for", ())


def test_a_redis_message_is_redelivered_after_an_hour_by_default() -> None:
    assert RedisChannel.visibility_timeout == 3600


def test_the_backend_and_the_broker_have_their_places_in_the_call() -> None:
    made = PRIMITIVES["celery.Celery"]
    assert isinstance(made, App)
    taken = list(signature(celery.Celery).parameters)
    assert [taken[slot.position or 0] for slot in made.named.values()] == ["backend", "broker"]


def _finished(bench: Bench, error: Exception | None = None, **options: Any) -> str:
    @bench.task(**options)
    def job() -> None:
        if error:
            raise error

    job_id = job.delay().id
    bench.work()
    return f"celery-task-meta-{job_id}"


def _seconds_kept(redis_url: str, key: str) -> int:
    """Time to live in Redis: -1 for ever, -2 no such key."""
    with redis.Redis.from_url(redis_url) as client:
        return int(client.ttl(key))


KEPT = [
    pytest.param({}, DAY, id="default: a day"),
    pytest.param({"result_expires": 3600}, 3600, id="seconds"),
    pytest.param({"result_expires": dt.timedelta(hours=2)}, 7200, id="timedelta"),
    pytest.param({"result_expires": None}, -1, id="None: for ever"),
    pytest.param({"result_expires": 0}, -1, id="0: for ever"),
    pytest.param({"task_ignore_result": True}, -2, id="task_ignore_result: nothing kept"),
    pytest.param({"result_failure_expires": 7 * DAY}, DAY, id="result_failure_expires is not for successes"),
]


@pytest.mark.parametrize(("settings", "kept"), KEPT)
def test_redis_keeps_a_result(bench: Make, redis_url: str, settings: Any, kept: int) -> None:
    here = bench(backend=redis_url)
    here.app.conf.update(settings)
    assert _seconds_kept(redis_url, _finished(here)) == pytest.approx(kept, abs=2 if kept > 0 else 0)


FAILURES_KEPT = [
    pytest.param({}, DAY, id="default: a day like results"),
    pytest.param({"result_expires": None}, -1, id="None: for ever"),
    pytest.param({"result_failure_expires": 7 * DAY}, 7 * DAY, id="result_failure_expires"),
    pytest.param({"task_ignore_result": True}, -2, id="task_ignore_result: nothing to debug with"),
    pytest.param(
        {"task_ignore_result": True, "task_store_errors_even_if_ignored": True}, DAY, id="store errors anyway"
    ),
]


@pytest.mark.parametrize(("settings", "kept"), FAILURES_KEPT)
def test_redis_keeps_a_failure(bench: Make, redis_url: str, settings: Any, kept: int) -> None:
    here = bench(backend=redis_url)
    here.app.conf.update(settings)
    key = _finished(here, OSError("down"))
    assert _seconds_kept(redis_url, key) == pytest.approx(kept, abs=2 if kept > 0 else 0)


def test_expires_on_the_task_is_about_the_message_not_the_result(bench: Make, redis_url: str) -> None:
    key = _finished(bench(backend=redis_url), expires=60)
    assert _seconds_kept(redis_url, key) == pytest.approx(DAY, abs=2)


def test_an_expired_file_result_stays_until_somebody_cleans_up(bench: Make, tmp_path: Path) -> None:
    here = bench(backend=tmp_path.as_uri())
    here.app.conf.result_expires = 1
    key = _finished(here)
    assert (tmp_path / key).exists()
    assert not here.app.backend.supports_autoexpire


CLEANED = [
    pytest.param(False, {}, True, id="a file backend, by the beat"),
    pytest.param(False, {"result_expires": None}, False, id="a file backend without expiry, never"),
    pytest.param(True, {}, False, id="Redis needs no beat"),
]


@pytest.mark.parametrize(("on_redis", "settings", "scheduled"), CLEANED)
def test_the_beat_purges_backends_that_do_not_expire_by_themselves(
    bench: Make, redis_url: str, tmp_path: Path, on_redis: bool, settings: Any, scheduled: bool
) -> None:
    here = bench(backend=redis_url if on_redis else tmp_path.as_uri())
    here.app.conf.update(settings)
    scheduler = PersistentScheduler(here.app, schedule_filename=str(tmp_path / "schedule"))
    assert ("celery.backend_cleanup" in scheduler.schedule) is scheduled
    scheduler.close()

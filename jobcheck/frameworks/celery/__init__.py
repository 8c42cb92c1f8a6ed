"""Celery: decorators and task classes, attributes as options, settings with and without a prefix."""

from __future__ import annotations

from jobcheck.frameworks import (
    App,
    Configuration,
    Declare,
    Framework,
    Hook,
    JobBase,
    Listen,
    Primitive,
    Schedule,
    Send,
    Slot,
)
from jobcheck.frameworks.celery.names import SENDING
from jobcheck.frameworks.celery.options import effective, spell
from jobcheck.frameworks.celery.quirks import quirks
from jobcheck.frameworks.celery.schedules import every
from jobcheck.model import Moment

APP = "celery.Celery()"
TASK = "celery.Task()"
SIGNATURE = "celery.Message()"
COMBINED = "celery.Canvas()"

ALIASES = {
    "celery.app.Celery": "celery.Celery",
    "celery.app.base.Celery": "celery.Celery",
    "tenant_schemas_celery.app.CeleryApp": "celery.Celery",
    "celery.app.shared_task": "celery.shared_task",
    "celery.current_app": APP,
    "celery.app.default_app": APP,
    "celery.current_app()": APP,
    "celery._state.get_current_app()": APP,
    "celery.app.app_or_default()": APP,
    "celery.Celery().Task": "celery.Task",
    "celery.app.task.Task": "celery.Task",
    "celery.app.Task": "celery.Task",
    "celery.contrib.django.task.DjangoTask": "celery.Task",
    "celery.contrib.abortable.AbortableTask": "celery.Task",
    "celery_once.QueueOnce": "celery.Task",
    "celery_once.tasks.QueueOnce": "celery.Task",
    "celery_singleton.Singleton": "celery.Task",
    "celery_singleton.singleton.Singleton": "celery.Task",
    "tenant_schemas_celery.task.TenantTask": "celery.Task",
    "celery.current_task": TASK,
    "celery.Celery().current_task": TASK,
    "celery.Celery().current_worker_task": TASK,
    "celery.Celery().register_task()": TASK,
    "celery.Celery().tasks[]": TASK,
    "celery.Celery().tasks.get()": TASK,
    "celery.signature": "celery.Celery().signature",
    "celery.subtask": "celery.Celery().signature",
    "celery.canvas.signature": "celery.Celery().signature",
    "celery.canvas.maybe_signature": "celery.Celery().signature",
    "celery.Signature": "celery.Celery().signature",
    "celery.canvas.Signature": "celery.Celery().signature",
    "celery.Celery().signature()": SIGNATURE,
    "celery.Task().s()": SIGNATURE,
    "celery.Task().si()": SIGNATURE,
    "celery.Task().signature()": SIGNATURE,
    "celery.Task().subtask()": SIGNATURE,
    "celery.Message().set()": SIGNATURE,
    "celery.Message().clone()": SIGNATURE,
    "celery.Message().on_error()": SIGNATURE,
    "celery.Message().stamp()": SIGNATURE,
    "celery.Task().chunks()": SIGNATURE,
    "celery.Task().map()": SIGNATURE,
    "celery.Task().starmap()": SIGNATURE,
    "celery.exceptions.Retry": "celery.Retry",
}
ALIASES.update(
    {
        f"{module}.{kind}()": COMBINED
        for module in ("celery", "celery.canvas")
        for kind in ("chain", "group", "chord")
    }
)

RESULT = "celery.Result()"
ALIASES.update(
    dict.fromkeys(
        (
            *(
                f"{owner}.{verb}()"
                for owner in (TASK, SIGNATURE, COMBINED)
                for verb in ("delay", "apply_async")
            ),
            f"{COMBINED}()",
            f"{APP}.send_task()",
            f"{APP}.AsyncResult()",
            f"{TASK}.AsyncResult()",
            "celery.result.AsyncResult()",
            "celery.result.GroupResult.restore()",
        ),
        RESULT,
    )
)

SIGNALS: dict[str, Moment] = {
    "task_prerun": "started",
    "task_success": "completed",
    "task_failure": "failed",
}

ARGS, KWARGS = Slot("args", 0), Slot("kwargs", 1)
DELAY, ASYNC = ("delay", "apply_async"), ("apply_async",)
BY_NAME = Slot("name", 0)
SIGNED = Send(by="job", args=ARGS, kwargs=KWARGS, style="signature", context="headers", closed="immutable")

PRIMITIVES: dict[str, Primitive] = {
    "celery.Celery": App({"result_backend": Slot("backend", 2), "broker_url": Slot("broker", 9)}),
    "celery.shared_task": Declare(Slot("fun", 0)),
    "celery.Celery().task": Declare(Slot("fun", 0)),
    "celery.Celery().register_task": Declare(Slot("task", 0)),
    "celery.Task": JobBase("run"),
    "celery.Task().delay": Send(by="job", spread=True, context="headers", through=DELAY),
    "celery.Task().delay_on_commit": Send(by="job", spread=True, after_commit=True),
    "celery.Task().apply_async": Send(by="job", args=ARGS, kwargs=KWARGS, context="headers", through=ASYNC),
    "celery.Task().apply_async_on_commit": Send(
        by="job", args=ARGS, kwargs=KWARGS, context="headers", after_commit=True
    ),
    "celery.Task().s": Send(by="job", spread=True, style="signature"),
    "celery.Task().si": Send(by="job", spread=True, style="signature", prepends=False),
    "celery.Task().signature": SIGNED,
    "celery.Task().subtask": SIGNED,
    "celery.Message().delay": Send(by="signature", spread=True, context="headers", through=ASYNC),
    "celery.Message().apply_async": Send(
        by="signature", args=ARGS, kwargs=KWARGS, context="headers", through=ASYNC
    ),
    "celery.Message().delay_on_commit": Send(by="signature", spread=True, after_commit=True),
    "celery.Message().apply_async_on_commit": Send(
        by="signature", args=ARGS, kwargs=KWARGS, context="headers", after_commit=True
    ),
    "celery.Task().chunks": Send(by="job", style="signature"),
    "celery.Task().map": Send(by="job", style="signature"),
    "celery.Task().starmap": Send(by="job", style="signature"),
    COMBINED: Send(by="signature", spread=True),
    f"{COMBINED}.delay": Send(by="signature", spread=True),
    f"{COMBINED}.apply_async": Send(by="signature", args=ARGS, kwargs=KWARGS, context="headers"),
    f"{COMBINED}.delay_on_commit": Send(by="signature", spread=True, after_commit=True),
    f"{COMBINED}.apply_async_on_commit": Send(
        by="signature", args=ARGS, kwargs=KWARGS, context="headers", after_commit=True
    ),
    "celery.Celery().send_task": Send(
        by="name", target=BY_NAME, args=Slot("args", 1), kwargs=Slot("kwargs", 2), context="headers"
    ),
    "celery.Celery().signature": Send(
        by="name",
        target=Slot("task", 0),
        args=Slot("args", 1),
        kwargs=Slot("kwargs", 2),
        style="signature",
        context="headers",
        closed="immutable",
    ),
    "celery.Celery().add_periodic_task": Send(
        by="signature",
        target=Slot("sig", 1),
        args=Slot("args", 2),
        kwargs=Slot("kwargs", 3),
        style="schedule",
        when=Slot("schedule", 0),
    ),
}

ROW = "django_celery_beat.models.PeriodicTask"
PRIMITIVES.update(
    {
        path: Send(by="name", target=Slot("task"), style="schedule", defaults="defaults")
        for path in (
            ROW,
            *(f"{ROW}.objects.{verb}" for verb in ("create", "get_or_create", "update_or_create")),
        )
    }
)

PRIMITIVES.update(
    {
        f"celery.signals.{signal}.connect": Listen(Slot("receiver", 0), {"": moment}, of=Slot("sender", 1))
        for signal, moment in SIGNALS.items()
    }
)

CALLS = {
    "celery.Task().retry": "retry",
    "celery.Task().update_state": "progress",
    "celery.Task().replace": "enqueue",
    "celery.exceptions.Reject": "reject",
    **dict.fromkeys((f"{RESULT}.{verb}" for verb in ("get", "wait", "join", "join_native")), "wait"),
    "celery.Task().request.id": "job-id",
    "celery.Task().request.args": "payload",
    "celery.Task().request.kwargs": "payload",
    "celery.utils.log.get_task_logger()": "job-logger",
    "celery.Task().request.retries": "attempt",
    "celery_progress.backend.ProgressRecorder().set_progress": "progress",
}

HOOKS = (
    Hook("before_start", "started"),
    Hook("on_success", "completed"),
    Hook("on_failure", "failed"),
)

INSTALLED = ("celery.",)
PROPAGATES = (
    "django_guid.integrations.CeleryIntegration",
    "django_structlog.celery.steps.DjangoStructLogInitStep",
    "opentelemetry.instrumentation.celery.CeleryInstrumentor",
    "sentry_sdk.integrations.celery.CeleryIntegration",
    "celery.signals.before_task_publish.connect",
    "celery.signals.before_task_publish",
)


def spellings(setting: str, prefix: str) -> tuple[str, ...]:
    """The names under which Celery reads a setting, the new ones first."""
    old = OLD_NAMES.get(setting)
    if prefix:
        return (f"{prefix}_{setting.upper()}", *([old] if old else []), setting)
    return (setting, *([old] if old else []))


def ignored(setting: str, prefix: str) -> tuple[str, ...]:
    """Names that look like the setting, where Celery does not read them."""
    read = spellings(setting, prefix)
    if prefix:
        return tuple(name for name in (setting.upper(),) if name not in read)
    return tuple(name for name in (f"CELERY_{setting.upper()}", setting.upper()) if name not in read)


OLD_NAMES = {
    "task_acks_late": "CELERY_ACKS_LATE",
    "task_annotations": "CELERY_ANNOTATIONS",
    "task_ignore_result": "CELERY_IGNORE_RESULT",
    "task_track_started": "CELERY_TRACK_STARTED",
    "task_serializer": "CELERY_TASK_SERIALIZER",
    "result_serializer": "CELERY_RESULT_SERIALIZER",
    "task_store_errors_even_if_ignored": "CELERY_STORE_ERRORS_EVEN_IF_IGNORED",
    "task_time_limit": "CELERYD_TASK_TIME_LIMIT",
    "task_soft_time_limit": "CELERYD_TASK_SOFT_TIME_LIMIT",
    "broker_url": "BROKER_URL",
    "broker_transport_options": "BROKER_TRANSPORT_OPTIONS",
    "result_backend": "CELERY_RESULT_BACKEND",
    "result_expires": "CELERY_TASK_RESULT_EXPIRES",
    "result_failure_expires": "CELERY_RESULT_FAILURE_EXPIRES",
    "beat_schedule": "CELERYBEAT_SCHEDULE",
    "beat_scheduler": "CELERYBEAT_SCHEDULER",
}

FRAMEWORK = Framework(
    name="celery",
    title="Celery",
    packages=(
        "celery",
        "celery_once",
        "celery_singleton",
        "celery_progress",
        "tenant_schemas_celery",
        "django_celery_beat",
    ),
    aliases=ALIASES,
    primitives=PRIMITIVES,
    handle=TASK,
    calls=CALLS,
    effective=effective,
    quirks=quirks,
    spell=spell,
    every=every,
    handed=(TASK,),
    handed_if="bind",
    named_by="name",
    carrier="base",
    retry="retry",
    hooks=HOOKS,
    installed=INSTALLED,
    combined=COMBINED,
    sends_with=SENDING,
    after_runs=("task_postrun", "after_return"),
    gives={
        "celery.Celery().on_after_configure.connect": APP,
        "celery.Celery().on_after_finalize.connect": APP,
    },
    propagates=PROPAGATES,
    configuration=Configuration(
        conf="celery.Celery().conf",
        loader="celery.Celery().config_from_object",
        module=Slot("obj", 0),
        prefix=Slot("namespace", 3),
        spellings=spellings,
        ignored=ignored,
        unseen=("celery.Celery().config_from_envvar", "celery.Celery().config_from_cmdline"),
        carriers=("Task", "task_cls"),
        annotations="task_annotations",
        schedules=(Schedule("beat_schedule", "task", "args", "kwargs", "schedule"),),
    ),
)

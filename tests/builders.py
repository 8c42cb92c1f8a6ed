"""Hand-made values of the model: a job that is right unless a test says what is wrong with it."""

from __future__ import annotations

from typing import Any

from jobcheck.catalog import rules_folder
from jobcheck.facts import Span
from jobcheck.model import (
    UNBOUNDED,
    Absent,
    Act,
    Backoff,
    Cover,
    Effect,
    Enqueue,
    Field,
    Flow,
    FunctionRef,
    Hold,
    IdempotencyKey,
    Job,
    Keep,
    Known,
    Location,
    Opaque,
    Options,
    Parameter,
    Project,
    Recommendation,
    Retried,
    Site,
    Step,
    Write,
)
from jobcheck.policy import load_policy

POLICY = load_policy((rules_folder() / "policy.toml").read_text("utf-8"))
DEF = Location("shop/tasks.py", Span(10, 1, 10, 30))
APP = Location("shop/celery.py", Span(3, 1, 3, 20))


def place(line: int, path: str = "shop/tasks.py") -> Location:
    return Location(path, Span(line, 5, line, 25))


def known(value: Any, line: int = 9) -> Known[Any]:
    return Known(value, place(line), "decorator")


def absent(default: Any, at: Location = APP) -> Absent[Any]:
    return Absent(default, at)


def opaque(why: str = "it is read from the environment") -> Opaque:
    return Opaque(why, place(9))


def options(**changed: Any) -> Options:
    given: dict[str, Any] = {
        "attempts": known(3),
        "backoff": known(Backoff("exponential", 5)),
        "ack": absent("early"),
        "keep_completed": known(Keep(86_400, 1_000)),
        "keep_failed": known(Keep(604_800, 5_000)),
        "marks_started": known(True),
        "marks_completed": known(True),
        "marks_failed": known(True),
        "retried": absent(Retried()),
        "time_limit": absent(UNBOUNDED),
        "logs": absent(()),
        "buries": known(True),
        "survives": known(True),
    }
    return Options(**{**given, **changed})


def job(name: str = "shop.tasks.send_receipt", **changed: Any) -> Job:
    given: dict[str, Any] = {
        "registered": name,
        "framework": "celery",
        "function": FunctionRef("shop/tasks.py", "send_receipt"),
        "at": DEF,
        "parameters": parameters("order_id"),
        "options": options(),
    }
    return Job(name=name, **{**given, **changed})


def parameters(*names: str, optional: tuple[str, ...] = ()) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, name not in optional) for name in (*names, *optional))


def site(
    *producers: Enqueue,
    acts: tuple[Act, ...] = (),
    kind: Any = "email",
    touches: tuple[str, ...] = ("mail",),
    flow: dict[str, Any] | None = None,
    **changed: Any,
) -> Site:
    """A site; further keywords change its job."""
    return Site(job(**changed), producers, kind, Flow(acts=acts, touches=touches, **(flow or {})))


def enqueue(*payload: Field, line: int = 50, **changed: Any) -> Enqueue:
    given: dict[str, Any] = {
        "at": place(line, "shop/views.py"),
        "framework": "celery",
        "target": "shop.tasks.send_receipt",
        "scope": "shop.views.buy",
        "job": "shop.tasks.send_receipt",
        "payload": payload,
    }
    return Enqueue(**{**given, **changed})


def field(name: str | None = None, carried: Any = "scalar", **changed: Any) -> Field:
    given: dict[str, Any] = {"at": place(50, "shop/views.py"), "text": name or "order.id"}
    return Field(name, carried, **{**given, **changed})


def effect(
    kind: Any = "email",
    state: Any = "unguarded",
    looped: bool = False,
    retried: bool = True,
    key: IdempotencyKey | None = None,
    hold: Hold | None = None,
    at: int = 14,
    **cover: Any,
) -> Act:
    what = Effect(kind, f"provider.{kind}", place(at))
    return Act(what, Cover(state, **cover), (Step(DEF, "the job"),), looped, retried, key, hold)


def key(state: Any, **more: Any) -> IdempotencyKey:
    return IdempotencyKey(state, place(16), ("idempotency_key",), **more)


def hold(way: Any, **more: Any) -> Hold:
    return Hold(way, place(12), **more)


def write(kind: Any = "create", state: Any = "unguarded", **cover: Any) -> Act:
    return Act(Write(kind, f"orm.{kind}", place(15)), Cover(state, **cover))


def project(*sites: Site, **changed: Any) -> Project:
    given: dict[str, Any] = {
        "tenant_names": frozenset(POLICY.tenant_names),
        "correlation_names": frozenset(POLICY.correlation_names),
        "causes": {"celery": APP},
    }
    return Project(sites=sites, **{**given, **changed})


def spell(framework: str, wanted: Recommendation) -> str:
    """Stands in for a framework: writes what is wanted in a form that tests can read."""
    given = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    return f"{framework}({', '.join(name for name, value in given.items() if value)})"

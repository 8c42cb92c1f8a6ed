"""What calls return: wrappers, factories, partials, generators, arguments and their spreads."""

from __future__ import annotations

import pytest

from jobcheck import facts
from jobcheck.link.entities import (
    Applied,
    Arguments,
    Data,
    Entity,
    External,
    Instance,
    Listing,
    Mapping,
    Parameter,
    Several,
    Unknown,
    options,
)
from jobcheck.link.fold import Unfolded, fold
from jobcheck.link.resolve import Resolver
from jobcheck.model import FunctionRef
from tests.link.project import constant, entity, entity_at, path, path_at, project, value_of

WRAPPERS = {
    "shop/__init__.py": "",
    "shop/jobs.py": """
        from functools import partial, wraps
        from celery import shared_task
        from .base import Base

        def retried(*args, **kwargs):
            return shared_task(*args, base=Base, **kwargs)

        def defaulted(**kwargs):
            kwargs.setdefault("queue", "slow")
            if "attempts" not in kwargs:
                kwargs["attempts"] = 3
            return shared_task(**kwargs)

        def forced(**options):
            options["queue"] = "fast"
            options.pop("name", None)
            return shared_task(**{**options, "acks_late": True})

        def chosen(queue=None, /, *, attempts=2, **rest):
            return retried(queue=queue or "mail", attempts=attempts, **rest)

        def deep(**kwargs):
            def decorate(function):
                kwargs.setdefault("queue", "deep")
                return shared_task(**kwargs)(function)
            return decorate

        def typed(name) -> "Base":
            return make(name)

        nightly = partial(retried, queue="night")
        nightlier = partial(nightly, attempts=9)
        short = lambda queue, attempts=1: retried(queue=queue, attempts=attempts)

        def wrapping(function):
            @wraps(function)
            def inner(*args, **kwargs):
                return function(*args, **kwargs)
            return inner
    """,
    "shop/base.py": "class Base: ...\n",
}


def asked(expression: str) -> External:
    """The external call that a call of a wrapper ends in."""
    resolver = project(WRAPPERS)
    found = entity_at(resolver, "shop/jobs.py", expression)
    assert isinstance(found, External), found
    assert found.path == "celery.shared_task()"
    return found


def named(expression: str) -> dict[str, object]:
    """What a wrapper gives to the primitive it ends in, by name."""
    resolver = project(WRAPPERS)
    found = entity_at(resolver, "shop/jobs.py", expression)
    assert isinstance(found, External), found
    assert found.made is not None
    return told(resolver, resolver.arguments(found.made))


def told(resolver: Resolver, args: Arguments) -> dict[str, object]:
    values = {name: fold(resolver, given) for name, given in args.named.items()}
    return {name: value for name, value in values.items() if not isinstance(value, Unfolded)}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("retried(queue='a')", {"queue": "a"}),
        ("retried(**{'queue': 'a', **{'attempts': 2}})", {"queue": "a", "attempts": 2}),
        ("defaulted()", {"queue": "slow", "attempts": 3}),
        ("defaulted(queue='a', attempts=7)", {"queue": "a", "attempts": 7}),
        ("forced(queue='a', name='b', other=1)", {"queue": "fast", "other": 1, "acks_late": True}),
        ("chosen()", {"queue": "mail", "attempts": 2}),
        ("chosen('a', attempts=4, more=5)", {"queue": "a", "attempts": 4, "more": 5}),
        ("nightly()", {"queue": "night"}),
        ("nightly(queue='day')", {"queue": "day"}),
        ("nightlier()", {"queue": "night", "attempts": 9}),
        ("short('a')", {"queue": "a", "attempts": 1}),
        ("short(attempts=6, queue='b')", {"queue": "b", "attempts": 6}),
        ("wrapping(retried)", {}),
    ],
)
def test_wrappers_are_followed_to_what_they_give_the_primitive(
    expression: str, expected: dict[str, object]
) -> None:
    if expression.startswith("wrapping"):
        assert (
            path_at(project(WRAPPERS), "shop/jobs.py", f"{expression}(queue='q')") == "celery.shared_task()"
        )
    else:
        assert named(expression) == expected


def test_a_class_given_by_a_wrapper_is_the_class() -> None:
    resolver = project(WRAPPERS)
    found = asked("retried()")
    assert found.made is not None
    assert resolver.path(resolver.given(resolver.arguments(found.made).named["base"])) == "shop.base.Base"


def test_a_decorator_made_by_a_factory_applies_to_the_function() -> None:
    resolver = project(WRAPPERS)
    found = entity_at(resolver, "shop/jobs.py", "deep(attempts=4)(retried)")
    assert isinstance(found, External)
    assert found.path == "celery.shared_task()()"
    assert found.made is not None
    inner = resolver.entity(found.made.call.callee, found.made.scope)
    assert isinstance(inner, External)
    assert inner.made is not None
    assert told(resolver, resolver.arguments(inner.made)) == {"queue": "deep", "attempts": 4}


def test_the_annotation_tells_what_the_body_does_not() -> None:
    assert path_at(project(WRAPPERS), "shop/jobs.py", "typed('a')") == "shop.base.Base()"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(): return g\n", "m.g"),
        ("def f():\n    if a: return g\n    return None\n", "m.g"),
        ("def f():\n    if a: return g\n    return h\n", "m.g m.h"),
        ("f = lambda: g\n", "m.g"),
        ("def f(): return (lambda v: v)(g)\n", "m.g"),
        ("def f(*a): return a[0]\nf = lambda q=f: q(g, h)\n", "m.g"),
        ("def f(v=g): return v\n", "m.g"),
        ("def f(v=None):\n    v = v or g\n    return v\n", "m.g"),
        ("def f(v=None):\n    if v is None:\n        v = g\n    return v\n", "m.g"),
        ("def f() -> C: ...\n", "m.C()"),
        ("async def f() -> 'C': return await unknown()\n", "m.C()"),
        ("def f(): return f2()\ndef f2(): return g\n", "m.g"),
        ("class F:\n    def __call__(self): return g\nf = F()\n", "m.g"),
        ("import functools\n@functools.lru_cache(maxsize=None)\ndef f(): return g\n", "m.g"),
        ("import functools\ndef k(): return g\nf = functools.lru_cache(128)(k)\n", "m.g"),
        ("import functools\nf = functools.cache(lambda: g)\n", "m.g"),
        ("from typing import cast\ndef f(): return cast('C', g)\n", "m.g"),
        ("import copy\ndef f(): return copy.deepcopy(g)\n", "m.g"),
        ("import asyncio\nasync def k(): return g\ndef f(): return asyncio.run(k())\n", "m.g"),
        ("class F:\n    @staticmethod\n    def make(v): return v\ndef f(): return F.make(g)\n", "m.g"),
        ("class F:\n    @classmethod\n    def make(cls, v): return v\ndef f(): return F.make(g)\n", "m.g"),
        ("class F:\n    def make(self, v): return v\ndef f(): return F().make(g)\n", "m.g"),
        ("class F:\n    def make(self, v): return v\ndef f(): return F.make(F(), g)\n", "m.g"),
        ("class F:\n    @classmethod\n    def make(cls): return cls()\ndef f(): return F.make()\n", "m.F()"),
    ],
)
def test_what_a_call_returns(source: str, expected: str) -> None:
    resolver = project({"m.py": f"def g(): ...\ndef h(): ...\nclass C: ...\n{source}x = f()\n"})
    found = entity_at(resolver, "m.py", "x")
    assert " ".join(resolver.path(option) for option in options(found)) == expected


def test_a_factory_may_return_several_things_at_once() -> None:
    source = (
        "from q import Queue, Worker\ndef make():\n    a = Queue()\n    return a, Worker()\nx, y = make()\n"
    )
    assert (path(source), path(source, "y")) == ("q.Queue()", "q.Worker()")


def test_a_dict_of_handlers() -> None:
    source = "def a(): ...\ndef b(): ...\nTABLE = {'a': a, 'b': b}\ndef f(job):\n    x = TABLE[job.name]\n"
    found = entity(source, inside="f")
    assert isinstance(found, Several)
    assert len(found.options) == 2


@pytest.mark.parametrize(
    "source",
    [
        "def f(v): return f(v)\n",
        "def f(v): return g(v)\ndef g(v): return f(v)\n",
        "f = lambda v: f(v)\n",
        "def f(v):\n    return lambda w: f(v)(w)\nf = f(1)\n",
        "class F:\n    def __call__(self, v): return self(v)\nf = F()\n",
    ],
)
def test_recursion_ends(source: str) -> None:
    assert isinstance(entity(f"{source}x = f(1)\n"), Unknown)


def test_a_recursion_with_an_end_gives_the_end() -> None:
    source = "def g(): ...\ndef f(n):\n    if n: return f(n - 1)\n    return g\nx = f(3)\n"
    assert path(source) == "m.g"


def test_a_wrapper_may_be_used_inside_another_use_of_it() -> None:
    assert path("def g(): ...\ndef same(v): return v\nx = same(same(g))\n") == "m.g"


def test_functions_that_return_nothing() -> None:
    found = entity("def f(): pass\nx = f()\n")
    assert isinstance(found, Unknown)
    assert (found.why, found.text) == ("it returns nothing that can be told", "m.f()")


def test_calls_of_what_cannot_be_told() -> None:
    found = entity("x = nobody.make(1)\n")
    assert isinstance(found, Unknown)
    assert (found.why, found.text) == ("returned by what cannot be told", "nobody.make()")
    found = entity("class C: ...\nx = C()()\n")
    assert isinstance(found, Unknown)
    assert found.why == "called object"


def test_an_object_of_an_outside_class_may_be_called() -> None:
    assert path("from base import Task\nclass C(Task): ...\nx = C()()\n") == "base.Task()()"


def test_a_function_whose_body_is_not_there_is_wanted() -> None:
    resolver = project({"m.py": "def f(): return 1\n", "n.py": ""})
    function = entity_at(resolver, "m.py", "f")
    applied = Applied(_call("f()"), resolver.module_scope("m.py"))
    del resolver.index.files["m.py"]
    found = resolver.call(function, applied)
    assert isinstance(found, Unknown)
    assert found.why == "the function has not been read"
    assert resolver.wanted == {"m.py"}


# --- generators and context managers ---


def test_a_context_manager_gives_what_it_yields() -> None:
    source = (
        "from contextlib import contextmanager\nfrom q import Queue\n@contextmanager\ndef opened(name):\n"
        "    queue = Queue(name)\n    yield queue\nwith opened('a') as x: pass\n"
    )
    assert path(source) == "q.Queue()"
    assert path(source.replace("contextmanager", "asynccontextmanager")) == "q.Queue()"
    assert (
        path(
            source.replace("@context", "@contextlib.context").replace(
                "from contextlib import contextmanager", "import contextlib"
            )
        )
        == "q.Queue()"
    )


def test_a_context_manager_that_yields_nothing() -> None:
    found = entity(
        "from contextlib import contextmanager\n@contextmanager\ndef f(): yield\nwith f() as x: pass\n"
    )
    assert isinstance(found, Unknown)


def test_a_generator_gives_items() -> None:
    source = "def a(): ...\ndef b(): ...\ndef f():\n    yield a\n    yield b\nx = f()\nfor y in x: pass\n"
    found = entity(source)
    assert isinstance(found, Listing)
    assert (len(found.items), found.open) == (2, "made one by one")
    items = entity(source, "y")
    assert isinstance(items, Several)
    assert len(items.options) == 2


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "from contextlib import closing\nfrom q import Queue\nwith closing(Queue()) as x: pass\n",
            "q.Queue()",
        ),
        (
            "from contextlib import ExitStack\nfrom q import Queue\nx = ExitStack().enter_context(Queue())\n",
            "q.Queue()",
        ),
        ("from q import Queue\nwith Queue() as x: pass\n", "q.Queue()"),
        ("class C:\n    def __enter__(self): return self\nwith C() as x: pass\n", "m.C()"),
        ("class D: ...\nclass C:\n    def __enter__(self): return D()\nwith C() as x: pass\n", "m.D()"),
        (
            "class D: ...\nclass C:\n    async def __aenter__(self): return D()\nasync def f():\n    async with C() as x: pass\n",
            "m.D()",
        ),
        ("class C: ...\nwith C() as x: pass\n", "m.C()"),
        ("from q import A, B\nwith (A() if c else B()) as x: pass\n", "q.A() q.B()"),
    ],
)
def test_what_entering_gives(source: str, expected: str) -> None:
    resolver = project({"m.py": source})
    found = entity_at(resolver, "m.py", "x", "f" if "def f" in source else "")
    assert " ".join(resolver.path(option) for option in options(found)) == expected


# --- arguments ---


def arguments(source: str, expression: str) -> tuple[list[object], dict[str, object], str]:
    resolver = project({"m.py": source})
    args = resolver.arguments(Applied(_call(expression), resolver.module_scope("m.py")))
    named = {name: fold(resolver, given) for name, given in args.named.items()}
    return [fold(resolver, given) for given in args.positional], named, args.open


def _call(expression: str) -> facts.Call:
    value = value_of(expression)
    assert isinstance(value, facts.Call)
    return value


@pytest.mark.parametrize(
    ("expression", "positional", "keywords", "open_"),
    [
        ("f(1, 2, a=3)", [1, 2], {"a": 3}, ""),
        ("f(*PAIR, 3)", [1, 2, 3], {}, ""),
        ("f(*[4, *PAIR])", [4, 1, 2], {}, ""),
        ("f(**TABLE, b=2)", [], {"a": 1, "b": 2}, ""),
        ("f(**dict(TABLE, c=3))", [], {"a": 1, "c": 3}, ""),
        ("f(1, *unknown, 2)", [1], {}, "the name is not defined here"),
        ("f(1, **unknown)", [1], {}, "the name is not defined here"),
        ("f(*TABLE.values())", [1], {}, ""),
        ("f(*PAIR.count())", [], {}, "arguments are spread from what cannot be told"),
        ("f(**PAIR)", [], {}, "arguments are spread from what cannot be told"),
        ("f(*[*PAIR, *unknown], 3)", [1, 2], {}, "the name is not defined here"),
    ],
)
def test_arguments(
    expression: str, positional: list[object], keywords: dict[str, object], open_: str
) -> None:
    assert arguments("PAIR = (1, 2)\nTABLE = {'a': 1}\n", expression) == (positional, keywords, open_)


@pytest.mark.parametrize(
    ("params", "call", "expected"),
    [
        ("a, b=2", "f(1)", {"a": 1, "b": 2}),
        ("a, /, b", "f(1, b=2)", {"a": 1, "b": 2}),
        ("a, *rest, b=3", "f(1, 2, 3)", {"a": 1, "rest": [2, 3], "b": 3}),
        ("a, **rest", "f(a=1, c=2)", {"a": 1, "rest": {"c": 2}}),
        ("*, a, b=2", "f(a=1)", {"a": 1, "b": 2}),
        ("*args, **kwargs", "f()", {"args": [], "kwargs": {}}),
        ("a, b=2", "f(*unknown)", {}),
        ("a, b=2", "f(1, **unknown)", {"a": 1}),
        ("a", "f()", {}),
        ("a", "f(1, 2)", {"a": 1}),
    ],
)
def test_what_parameters_are_given(params: str, call: str, expected: dict[str, object]) -> None:
    resolver = project({"m.py": f"def f({params}): ...\n"})
    function = resolver.defined(resolver.module_scope("m.py"), "f", facts.Opaque("", facts.Span(1, 1, 1, 1)))
    assert not isinstance(function, Unknown)
    scope = resolver.bind(function, Applied(_call(call), resolver.module_scope("m.py")))  # type: ignore[arg-type]
    assert {name: fold(resolver, given) for name, given in scope.given.items()} == expected


def test_a_parameter_nobody_gives_a_value_is_a_parameter() -> None:
    found = entity("def f(v): return v\nx = f()\n")
    assert isinstance(found, Parameter)
    assert (found.function, found.name) == (FunctionRef("m.py", "f"), "v")


def test_a_default_is_read_where_the_function_is_defined() -> None:
    assert constant("d = 1\ndef f(v=d): return v\nd = 2\nx = f()\n") == 1


def test_an_object_remembers_the_call_that_made_it() -> None:
    found = entity("class C: ...\nx = C(1)\n")
    assert isinstance(found, Instance)
    assert found.made is not None
    assert found.made.at.span == facts.Span(2, 5, 2, 9)


def test_the_receiver_of_an_outside_call_is_kept() -> None:
    found = entity("from celery import Celery\napp = Celery()\nx = app.task(bind=True)\n")
    assert isinstance(found, External)
    assert found.path == "celery.Celery().task()"
    assert isinstance(found.receiver, External)
    assert found.receiver.path == "celery.Celery()"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("x = dict(a=1)\n", Mapping),
        ("x = {'a': 1}.copy()\n", Mapping),
        ("x = [1].copy()\n", Listing),
        ("x = list({'a': 1})\n", Listing),
        ("x = list({'a': 1}.keys())\n", Listing),
        ("x = sorted([1])\n", Listing),
        ("x = set()\n", Listing),
        ("x = list(nobody)\n", External),
        ("x = list(*nobody)\n", External),
        ("x = getattr(thing, nobody)\n", External),
        ("x = getattr(thing)\n", External),
        ("x = {'a': 1}.get(nobody)\n", Data),
        ("x = {}.get('a')\n", Data),
        ("x = {**nobody}.get('a')\n", Unknown),
        ("x = {'a': 1}.get()\n", External),
        ("import functools\nx = functools.partial()\n", External),
        ("import copy\nx = copy.copy()\n", External),
        ("import os\nx = os.environ.items()\n", External),
    ],
)
def test_results_of_what_python_brings(source: str, kind: type[Entity]) -> None:
    assert type(entity(source)) is kind


def test_views_of_what_is_no_dict() -> None:
    resolver = project({"m.py": ""})
    applied = Applied(_call("f()"), resolver.module_scope("m.py"))
    found = resolver.call(External("builtins.dict().keys", receiver=External("q.thing")), applied)
    assert isinstance(found, External)
    assert found.path == "builtins.dict().keys()"


def test_calls_of_alternatives_are_alternatives() -> None:
    found = entity("import a, b\nx = (a.make if c else b.make)()\n")
    assert [option.path for option in options(found) if isinstance(option, External)] == [
        "a.make()",
        "b.make()",
    ]


def test_a_decorator_that_is_made_by_a_call_makes_no_context_manager() -> None:
    assert isinstance(entity("@manage(1)\ndef f(): yield 1\nx = f()\n"), Listing)

"""Classes, their objects, attributes, items, annotations and registries."""

from __future__ import annotations

import pytest

from jobcheck import facts
from jobcheck.link.entities import (
    ClassEntity,
    Data,
    Element,
    External,
    Function,
    Instance,
    Listing,
    Method,
    Several,
    Unknown,
    options,
)
from jobcheck.link.fold import Alternatives
from jobcheck.link.index import Index
from jobcheck.link.names import Modules
from jobcheck.link.resolve import Resolver
from jobcheck.model import FunctionRef
from tests.link.project import constant, entity, entity_at, facts_of, folded, path, path_at, project


def line_of(source: str, name: str = "X") -> list[str]:
    """The ancestors of a class, by path."""
    resolver = project({"m.py": source})
    cls = entity_at(resolver, "m.py", name)
    assert isinstance(cls, ClassEntity)
    return [resolver.path(base) for base in resolver.ancestors(cls)]


# --- ancestors ---


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("class X: ...\n", "m.X"),
        ("class X(object): ...\n", "m.X"),
        ("class A: ...\nclass X(A): ...\n", "m.X m.A"),
        ("class A: ...\nclass B(A): ...\nclass C(A): ...\nclass X(B, C): ...\n", "m.X m.B m.C m.A"),
        ("from q import Base\nclass A(Base): ...\nclass X(A): ...\n", "m.X m.A q.Base"),
        ("from q import Base\nclass A: ...\nclass X(Base, A): ...\n", "m.X m.A q.Base"),
        ("from q import P, Q\nclass A(P): ...\nclass B(Q, P): ...\nclass X(B): ...\n", "m.X m.B q.Q q.P"),
        (
            "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass A(Generic[T]): ...\nclass X(A[int]): ...\n",
            "m.X m.A",
        ),
        ("class M(type): ...\nclass X(metaclass=M): ...\n", "m.X"),
        ("class X(X): ...\n", "m.X"),
        ("from q import X\nclass X(X): ...\n", "m.X q.X"),
        ("class A(B): ...\nclass B(A): ...\nclass X(A): ...\n", "m.X m.A"),
        ("class A: ...\nclass B(A): ...\nclass X(A, B): ...\n", "m.X m.A m.B"),
        ("from q import make\nclass X(make()): ...\n", "m.X q.make()"),
        ("class X(*bases): ...\n", "m.X"),
        ("class X(unknown): ...\n", "m.X"),
        (
            "try:\n    from q import Base\nexcept ImportError:\n    Base = None\nclass X(Base): ...\n",
            "m.X q.Base",
        ),
        ("import q\nBase = q.Base if c else q.Other\nclass X(Base): ...\n", "m.X q.Base"),
    ],
)
def test_ancestors_are_in_the_order_of_python(source: str, line: str) -> None:
    found = line_of(source)
    assert " ".join(found[: len(line.split())]) == line
    assert len(found) == len(line.split()) or source.startswith("class A(B)")


def test_ancestors_in_other_files_are_wanted_and_not_remembered() -> None:
    resolver = project({"m.py": "from b import Base\nclass X(Base): ...\n"}, unread=("b.py",))
    cls = entity_at(resolver, "m.py", "X")
    assert isinstance(cls, ClassEntity)
    assert len(resolver.ancestors(cls)) == 1
    assert resolver.wanted == {"b.py"}
    resolver.index.add("b.py", facts_of("class Base: ...\n"))
    assert [resolver.path(base) for base in resolver.ancestors(cls)] == ["m.X", "b.Base"]


# --- attributes of classes and objects ---

CLASSES = """
from q import Base, Queue
class Top:
    plain = 1
    held = None
    only: int
    def run(self, v=None): return v
    def who(self): return "top"
    @classmethod
    def made(cls): return cls
    @staticmethod
    def free(v): return v
    @property
    def size(self): return 3
    @size.setter
    def size(self, value): self.value = value
    def first(self): return self.who()
class Mid(Top):
    def __init__(self, name, queue=None, *rest):
        self.name = name
        self.held = queue or Queue(name)
        self.loop = self.loop
        if queue: self.plain = 2
    def who(self): return super().who() + "mid"
    def later(self): self.late = Queue("late")
class Low(Mid, Base):
    def __init__(self, extra):
        super().__init__("low")
        self.extra = extra
    def who(self): return "low"
    def up(self): return super().who
    def out(self): return super().nowhere
    def inner(self):
        def deep(): return super(Low, self).first
        return deep()
    @classmethod
    def made(cls): return super().made()
    @classmethod
    def beyond(cls): return super().beyond
class Lowest(Low): ...
class Bare(Base): ...
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Top.run", "m.Top.run"),
        ("Mid('a').run", "m.Top.run"),
        ("Top.free(Top)", "m.Top"),
        ("Top().free(Top)", "m.Top"),
        ("Top.made()", "m.Top"),
        ("Mid('a').made()", "m.Mid"),
        ("Low.made()", "m.Low"),
        ("Low(1).beyond()", "q.Base.beyond"),
        ("Mid('a').held", "q.Queue()"),
        ("Low(1).held", "q.Queue()"),
        ("Lowest(1).held", "q.Queue()"),
        ("Mid('a', Top).held", "m.Top"),
        ("Mid('a').late", "q.Queue()"),
        ("Low(1).up()", "m.Mid.who"),
        ("Low(1).out()", "q.Base().nowhere"),
        ("Low(1).inner()", "m.Top.first"),
        ("Bare().anything", "q.Base().anything"),
        ("Bare.anything", "q.Base.anything"),
        ("Low(1).anything", "q.Base().anything"),
        ("Top.run.delay", "m.Top.run.delay"),
        ("Top.run(Top(), Top)", "m.Top"),
    ],
)
def test_members(expression: str, expected: str) -> None:
    assert path_at(project({"m.py": CLASSES}), "m.py", expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Top.plain", 1),
        ("Top().plain", 1),
        ("Top().size", 3),
        ("Mid('a').name", "a"),
        ("Low(5).extra", 5),
        ("Low(5).name", "low"),
        ("Lowest(6).extra", 6),
        ("Top().first()", "top"),
        ("Mid('a').first()", "topmid"),
        ("Low(1).first()", "low"),
        ("Mid('b').held.made", None),
    ],
)
def test_constants_of_members(expression: str, expected: object) -> None:
    resolver = project({"m.py": CLASSES})
    if expected is None:
        assert isinstance(entity_at(resolver, "m.py", expression), External)
    else:
        assert folded(resolver, "m.py", expression) == expected


def test_a_value_of_the_object_that_is_not_certain_stands_beside_that_of_the_class() -> None:
    found = entity_at(project({"m.py": CLASSES}), "m.py", "Mid('a', 1).plain")
    assert isinstance(found, Several)
    assert [
        o.bound.value.value
        for o in found.options
        if isinstance(o, Data) and isinstance(o.bound.value, facts.Literal)
    ] == [2, 1]


def test_a_member_that_is_set_from_itself_leads_nowhere() -> None:
    assert not isinstance(entity_at(project({"m.py": CLASSES}), "m.py", "Mid('a').loop"), (Data, Instance))


def test_members_that_are_not_there() -> None:
    resolver = project({"m.py": CLASSES})
    of_class, of_object = entity_at(resolver, "m.py", "Top.none"), entity_at(resolver, "m.py", "Top().none")
    assert isinstance(of_class, Unknown)
    assert isinstance(of_object, Unknown)
    assert (of_class.why, of_class.text) == ("the class has no such attribute", "Top.none")
    assert (of_object.why, of_object.text) == ("the object has no such attribute", "Top().none")


def test_a_declared_member_without_a_value_is_known_by_its_type() -> None:
    assert path("from q import Queue\nclass C:\n    queue: Queue\nx = C().queue\n") == "q.Queue()"
    found = entity("class C:\n    size: int\nx = C().size\n")
    assert isinstance(found, Unknown)
    assert found.why == "declared only"


def test_self_in_a_method_is_an_object_of_its_class() -> None:
    resolver = project({"m.py": CLASSES})
    found = entity_at(resolver, "m.py", "self", "Mid.later")
    assert isinstance(found, Instance)
    assert found.cls.qualname == "Mid"
    assert path_at(resolver, "m.py", "self.late", "Mid.later") == "q.Queue()"
    assert isinstance(entity_at(resolver, "m.py", "cls", "Top.made"), ClassEntity)
    assert resolver.path(entity_at(resolver, "m.py", "v", "Top.free")) == ""


def test_methods_know_their_owner() -> None:
    resolver = project({"m.py": CLASSES})
    bound, unbound = entity_at(resolver, "m.py", "Low(1).run"), entity_at(resolver, "m.py", "Low.run")
    assert isinstance(bound, Method)
    assert isinstance(unbound, Method)
    assert isinstance(bound.owner, Instance)
    assert isinstance(unbound.owner, ClassEntity)
    assert isinstance(entity_at(resolver, "m.py", "Low.free"), Function)
    assert resolver.owner(FunctionRef("m.py", "Low.up")) is not None
    assert resolver.owner(FunctionRef("m.py", "Low.inner.deep")) is None


def test_super_outside_a_class_is_pythons() -> None:
    assert path("def f():\n    x = super().run\n", inside="f") == "builtins.super().run"


def test_super_beyond_the_last_class() -> None:
    assert (
        path("class C:\n    def f(self):\n        x = super().run\n", inside="C.f") == "builtins.super().run"
    )


def test_init_that_passes_on_what_cannot_be_told() -> None:
    source = "class A:\n    def __init__(self, q): self.q = q\nclass B(A):\n    def __init__(self): A.__init__(self, 1)\nx = B().q\n"
    assert path(source) == ""
    assert not isinstance(entity(source), Data)


def test_init_of_a_class_that_the_object_has_not() -> None:
    source = "class A:\n    def __init__(self, q=4): self.q = q\nclass B(A):\n    def __init__(self): super().__init__()\nx = B().q\n"
    assert constant(source) == 4
    assert (
        path(
            "import q\nclass A(q.Base):\n    def __init__(self, v): self.v = v\nclass B(A):\n    pass\nx = B(q.Queue()).v\n"
        )
        == "q.Queue()"
    )


def test_a_method_decorated_by_a_call_is_a_method() -> None:
    assert path("class C:\n    @retry(3)\n    def f(self): ...\nx = C().f\n") == "m.C.f"


def test_conditional_members() -> None:
    assert constant("class C:\n    if a: n = 1\n    else: n = 2\nx = C.n\n") == Alternatives((1, 2))
    assert constant("class C:\n    n = 1\n    n = 2\nx = C.n\n") == 2


def test_the_last_definition_of_a_method_counts() -> None:
    source = "class C:\n    @overload\n    def f(self): ...\n    def f(self, a): return 1\nx = C().f(2)\n"
    assert constant(source) == 1


def test_a_class_made_in_a_function_sees_its_arguments() -> None:
    source = "def make(v):\n    class C:\n        held = v\n        def get(self): return v\n    return C\nx = make(4)\n"
    resolver = project({"m.py": source})
    assert folded(resolver, "m.py", "x.held") == 4
    assert folded(resolver, "m.py", "x().get()") == 4


# --- fields, enumerations ---


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Order(7).id", 7),
        ("Order(id=8).id", 8),
        ("Order(7).tries", 3),
        ("Order(7, 5).tries", 5),
        ("Big(1, 2, 9).size", 9),
        ("Big(1).size", 4),
        ("Order.tries", 3),
        ("Queues.MAIL", "mail"),
        ("Queues.MAIL.value", "mail"),
        ("Limits.SLOW.value * 2", 20),
    ],
)
def test_fields_and_members_of_enumerations(expression: str, expected: object) -> None:
    source = (
        "from dataclasses import dataclass\nfrom enum import Enum, IntEnum\n@dataclass\nclass Order:\n    id: int\n"
        "    tries: int = 3\n@dataclass\nclass Big(Order):\n    size: int = 4\nclass Queues(str, Enum):\n"
        "    MAIL = 'mail'\nclass Limits(IntEnum):\n    SLOW = 10\n"
    )
    assert folded(project({"m.py": source}), "m.py", expression) == expected


def test_a_field_that_was_not_given_is_known_by_its_type() -> None:
    source = "from q import Queue\nclass C:\n    queue: Queue\n    name: str\nx = C(name='a').queue\n"
    assert path(source) == "q.Queue()"


# --- attributes of other things ---


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'a'.upper", "builtins.str().upper"),
        ("f'{a}'.upper", "builtins.str().upper"),
        ("(3).real", "builtins.int().real"),
        ("(a < b).real", "builtins.object().real"),
        ("{}.items", "builtins.dict().items"),
        ("[].append", "builtins.list().append"),
        ("f.delay", "m.f.delay"),
        ("partial(f).func", "m.f.func"),
        ("thing.a.b", "thing.a.b"),
        ("thing['a'].b", "thing[a].b"),
        ("thing[0]", "thing[]"),
    ],
)
def test_attributes_of_other_things(expression: str, expected: str) -> None:
    resolver = project({"m.py": "from functools import partial\nimport thing\ndef f(): ...\n"})
    assert path_at(resolver, "m.py", expression) == expected


def test_attributes_of_alternatives_are_alternatives() -> None:
    found = entity("import a, b\nx = (a if c else b).run\n")
    assert [option.path for option in options(found) if isinstance(option, External)] == ["a.run", "b.run"]


def test_attributes_of_what_cannot_be_told_keep_its_name() -> None:
    for source, text in (
        ("x = nobody.run\n", "nobody.run"),
        ("for y in nobody: x = y.run\n", "nobody[].run"),
        ("x = (lambda: 1).run\n", ".run"),
    ):
        found = entity(source)
        assert isinstance(found, Unknown)
        assert found.text == text


def test_attributes_of_an_item_of_a_parameter() -> None:
    found = entity("def f(rows):\n    for row in rows:\n        x = row.run\n", inside="f")
    assert isinstance(found, Unknown)
    assert (found.text, found.at.path) == ("rows[].run", "m.py")


def test_members_of_a_typed_parameter() -> None:
    assert path("class C:\n    def run(self): ...\ndef f(c: C):\n    x = c.run\n", inside="f") == "m.C.run"
    found = entity("def f(c: int):\n    x = c.run\n", inside="f")
    assert isinstance(found, Unknown)
    assert (found.text, found.at.path) == ("c.run", "m.py")


# --- rows and managers ---

MODELS = """
from django.db import models
class Orders(models.Manager):
    def open(self): return self.filter(open=True)
class Order(models.Model):
    objects = Orders()
    plain = models.Manager()
    title = "order"
    def pay(self): ...
"""


def rows(source: str, name: str = "x") -> tuple[Resolver, str]:
    files = {"m.py": facts_of(MODELS + source)}
    resolver = Resolver(Index(Modules(files), files), lambda path: path.endswith((".get()", "first()")))
    return resolver, path_at(resolver, "m.py", name)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = Order.plain.get(pk=1).pay\n", "m.Order.pay"),
        ("x = Order.plain.get(pk=1).title\n", "django.db.models.Manager().get().title"),
        ("x = Order.plain.filter(pk=1).pay\n", "django.db.models.Manager().filter().pay"),
        ("x = Order.objects.open\n", "m.Orders.open"),
        ("x = Order.objects.other\n", "django.db.models.Manager().other"),
        ("x = models.Manager().get().pay\n", "django.db.models.Manager().get().pay"),
    ],
)
def test_rows_and_managers_lead_back_to_the_models_class(source: str, expected: str) -> None:
    assert rows(source)[1] == expected


def test_the_model_that_a_chain_started_from() -> None:
    resolver, _ = rows("x = Order.plain.filter(a=1).order_by('b').first()\n")
    model = resolver.members.model_of(entity_at(resolver, "m.py", "x"))
    assert model is not None
    assert model.qualname == "Order"
    assert resolver.members.model_of(entity_at(resolver, "m.py", "models.F")) is None
    made = entity_at(resolver, "m.py", "Order()")
    assert isinstance(made, Instance)
    assert resolver.members.model_of(made) is made.cls


# --- annotations ---


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("Queue", "q.Queue()"),
        ("q.Queue", "q.Queue()"),
        ("'Queue'", "q.Queue()"),
        ("'q.Queue | None'", "q.Queue()"),
        ("Queue | None", "q.Queue()"),
        ("None | Queue", "q.Queue()"),
        ("Optional[Queue]", "q.Queue()"),
        ("typing.Optional['Queue']", "q.Queue()"),
        ("Union[int, Queue]", "q.Queue()"),
        ("Annotated[Queue, 'words']", "q.Queue()"),
        ("Queue[int]", "q.Queue()"),
        ("C", "m.C()"),
        ("'C'", "m.C()"),
        ("int", ""),
        ("list[Queue]", ""),
        ("Any", ""),
        ("Callable[[int], Queue]", ""),
        ("'list[Queue]'", ""),
        ("'not a name'", ""),
        ("None", ""),
        ("unknown", ""),
        ("3", ""),
    ],
)
def test_annotations(annotation: str, expected: str) -> None:
    source = (
        "import q, typing\nfrom q import Queue\nfrom typing import Annotated, Any, Callable, Optional, Union\n"
        f"def f(v: {annotation}): ...\nclass C: ...\n"
    )
    assert path(source, "v", inside="f") == expected


# --- items and registries ---


def test_items_of_several_containers() -> None:
    found = entity("y = {'a': 1} if c else {'a': 2}\nx = y['a']\n")
    assert isinstance(found, Several)
    assert len(found.options) == 2


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("x = {'a': 1}['b']\n", "the key is not there"),
        ("x = {**y}['b']\n", "the name is not defined here"),
        ("x = [1, 2][1:]\n", "a part of a sequence"),
        ("x = nobody['a']\n", "an item of what cannot be told"),
    ],
)
def test_items_that_cannot_be_told(source: str, why: str) -> None:
    found = entity(source)
    assert isinstance(found, Unknown)
    assert found.why == why


def test_an_item_at_a_place_that_cannot_be_told_is_any_of_them() -> None:
    found = entity("def a(): ...\ndef b(): ...\nx = [a, b][i]\n")
    assert len(options(found)) == 2
    assert isinstance(entity("x = [][i]\n"), Element)


def test_elements() -> None:
    assert isinstance(entity("for x in []: pass\n"), Element)
    assert path("import q\nfor x in q.all(): pass\n") == "q.all()[]"
    assert path("import q\nfor a, x in q.all(): pass\n") == "q.all()[][1]"
    assert constant("for x in {'k': 1}: pass\n") == "k"


REGISTRY = {
    "app.py": "from celery import Celery\ndef includeme(config):\n    config.registry['app'] = Celery('a')\n",
    "use.py": "def send(request):\n    return request.registry['app']\ndef other(request):\n    return request.data['app']\n",
}


def test_an_object_is_found_under_the_key_of_a_registry() -> None:
    resolver = project(REGISTRY)
    assert path_at(resolver, "use.py", "request.registry['app']", "send") == "celery.Celery()"


def test_the_same_key_of_something_else_is_not_the_registry() -> None:
    found = entity_at(project(REGISTRY), "use.py", "request.data['app']", "other")
    assert isinstance(found, Unknown)
    assert found.text == "request.data[app]"


def test_a_registry_in_a_file_read_later() -> None:
    resolver = project({"use.py": REGISTRY["use.py"]}, unread=("app.py",))
    assert isinstance(entity_at(resolver, "use.py", "request.registry['app']", "send"), Unknown)
    resolver.index.add("app.py", facts_of(REGISTRY["app.py"]))
    assert path_at(resolver, "use.py", "request.registry['app']", "send") == "celery.Celery()"


@pytest.mark.parametrize("value", ["lower()", "made[0]()", "1", "Later(config.registry['app'])"])
def test_a_registry_keeps_objects_that_are_made_there(value: str) -> None:
    resolver = project({"m.py": f"def f(config):\n    config.registry['app'] = {value}\n"})
    assert isinstance(entity_at(resolver, "m.py", "config.registry['app']", "f"), Unknown)


def test_a_registered_object_of_the_project() -> None:
    source = "class App: ...\ndef f(config):\n    config.registry['app'] = App(config.registry['app'])\n    return config\n"
    found = entity_at(project({"m.py": source}), "m.py", "config.registry['app']", "f")
    assert isinstance(found, Instance)


def test_a_registry_that_leads_back_to_itself() -> None:
    source = "def f(config):\n    config.registry['app'] = config.registry['app'].Thing()\n"
    assert isinstance(entity_at(project({"m.py": source}), "m.py", "config.registry['app']", "f"), Unknown)


def test_a_listing_is_no_registry() -> None:
    assert isinstance(entity("registry = [1]\nregistry['a'] = X()\nx = registry['a']\n"), (Data, Listing))

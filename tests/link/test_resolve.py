"""Names, imports and displays followed to what they stand for."""

from __future__ import annotations

import pytest

from jobcheck import facts
from jobcheck.link.entities import (
    Anonymous,
    ClassEntity,
    Data,
    Element,
    Entity,
    External,
    Function,
    Instance,
    Listing,
    Mapping,
    Parameter,
    Several,
    Unknown,
    options,
    text,
    truth,
    why,
)
from jobcheck.link.resolve import Resolver
from jobcheck.model import FunctionRef, Location
from tests.link.project import constant, entity, entity_at, folded, path, path_at, project

PACKAGE = {
    "shop/__init__.py": "from .mail import send\nfrom . import jobs\n",
    "shop/mail.py": "def send(): ...\nQUEUE = 'mail'\n",
    "shop/jobs/__init__.py": "from ..mail import send as deliver\nfrom .deep import *\n",
    "shop/jobs/deep.py": "from ... import shop\nfrom ..mail import QUEUE\ndef dig(): ...\n",
}


@pytest.mark.parametrize(
    ("importing", "expression", "expected"),
    [
        ("import celery", "celery.Celery", "celery.Celery"),
        ("import celery.app", "celery.app.task", "celery.app.task"),
        ("import celery as c", "c.Celery", "celery.Celery"),
        ("from celery import Celery as C", "C", "celery.Celery"),
        ("import shop", "shop.send", "shop.mail.send"),
        ("import shop.mail", "shop.mail.send", "shop.mail.send"),
        ("import shop.mail as m", "m.send", "shop.mail.send"),
        ("from shop import mail", "mail.send", "shop.mail.send"),
        ("from shop import send", "send", "shop.mail.send"),
        ("from shop.jobs import deliver", "deliver", "shop.mail.send"),
        ("from shop.jobs import dig", "dig", "shop.jobs.deep.dig"),
        ("import shop.jobs", "shop.jobs.dig", "shop.jobs.deep.dig"),
        ("from shop import *", "send", "shop.mail.send"),
        ("from shop import missing", "missing", "shop.missing"),
        ("import shop", "shop.missing", "shop.missing"),
        ("import shop", "shop", "shop"),
        ("from . import shop", "shop.send", "shop.mail.send"),
        ("from .away import thing", "thing", ".away.thing"),
    ],
)
def test_imports(importing: str, expression: str, expected: str) -> None:
    resolver = project({**PACKAGE, "main.py": importing + "\n"})
    assert path_at(resolver, "main.py", expression) == expected


def test_an_import_inside_a_function_is_known_there_only() -> None:
    resolver = project({**PACKAGE, "main.py": "def f():\n    from shop import send\n    return send\n"})
    assert path_at(resolver, "main.py", "send", "f") == "shop.mail.send"
    assert isinstance(entity_at(resolver, "main.py", "send"), Unknown)


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    from celery import shared_task as x\nexcept ImportError:\n    x = None\n",
        "if TYPE_CHECKING:\n    from celery import shared_task as x\n",
        "x = None\ndef init():\n    global x\n    from celery import shared_task as x\n",
    ],
)
def test_conditional_imports(source: str) -> None:
    assert path(source) == "celery.shared_task"


def test_two_imports_of_which_one_holds() -> None:
    found = entity("try:\n    from a import x\nexcept ImportError:\n    from b import x\n")
    assert isinstance(found, Several)
    assert [option.path for option in found.options if isinstance(option, External)] == ["a.x", "b.x"]


def test_a_function_hides_the_submodule_it_is_imported_from() -> None:
    files = {"shop/__init__.py": "from .send import send\n", "shop/send.py": "def send(): ...\nX = 1\n"}
    resolver = project({**files, "main.py": "from shop import send\nimport shop.send as module\n"})
    assert path_at(resolver, "main.py", "send") == "shop.send.send"
    assert folded(resolver, "main.py", "module.X") == 1


def test_a_package_that_imports_its_own_submodule() -> None:
    resolver = project({"shop/__init__.py": "from . import send\n", "shop/send.py": "def go(): ...\n"})
    assert path_at(resolver, "shop/__init__.py", "send.go") == "shop.send.go"


def test_namespace_packages() -> None:
    files = {"acme/billing/tasks.py": "def send(): ...\n", "acme/mail/tasks.py": ""}
    resolver = project(
        {**files, "main.py": "import acme.billing.tasks\nfrom acme.billing import tasks as t\n"}
    )
    assert path_at(resolver, "main.py", "acme.billing.tasks.send") == "acme.billing.tasks.send"
    assert path_at(resolver, "main.py", "t.send") == "acme.billing.tasks.send"
    assert path_at(resolver, "main.py", "acme.billing.absent") == "acme.billing.absent"


def test_relative_imports_in_a_namespace_package() -> None:
    resolver = project(
        {"jobs/a.py": "from . import b\nfrom .b import send\n", "jobs/b.py": "def send(): ...\n"}
    )
    assert path_at(resolver, "jobs/a.py", "b.send") == path_at(resolver, "jobs/a.py", "send") == "b.send"


def test_each_root_sees_its_own_modules() -> None:
    resolver = project(
        {
            "engine/apps/__init__.py": "",
            "engine/apps/tasks.py": "WHERE = 'engine'\n",
            "engine/main.py": "from apps.tasks import WHERE\n",
            "tool/apps/__init__.py": "",
            "tool/apps/tasks.py": "WHERE = 'tool'\n",
            "tool/main.py": "from apps.tasks import WHERE\n",
        }
    )
    assert folded(resolver, "engine/main.py", "WHERE") == "engine"
    assert folded(resolver, "tool/main.py", "WHERE") == "tool"


def test_star_imports_in_a_circle() -> None:
    files = {
        "a.py": "from b import *\ndef one(): ...\n",
        "b.py": "from c import *\ndef two(): ...\n",
        "c.py": "from a import *\nfrom b import *\ndef three(): ...\n",
    }
    resolver = project(files)
    assert path_at(resolver, "a.py", "three") == "c.three"
    assert path_at(resolver, "c.py", "one") == "a.one"
    assert path_at(resolver, "c.py", "two") == "b.two"
    found = entity_at(resolver, "c.py", "nobody")
    assert isinstance(found, Unknown)
    assert found.text == "nobody"


def test_imports_in_a_circle() -> None:
    resolver = project({"a.py": "from b import x\n", "b.py": "from a import x\n"})
    assert path_at(resolver, "a.py", "x") in {"a.x", "b.x"}


# --- files that have not been read ---


def test_a_file_that_is_needed_is_wanted_and_then_known() -> None:
    resolver = project({"main.py": "from shop.tasks import send\n"}, unread=("shop/tasks.py",))
    found = entity_at(resolver, "main.py", "send")
    assert isinstance(found, Unknown)
    assert (found.why, found.text) == ("the file has not been read", "tasks.send")
    assert resolver.wanted == {"shop/tasks.py"}
    resolver.index.add("shop/tasks.py", project({"t.py": "def send(): ...\n"}).index.files["t.py"])
    assert path_at(resolver, "main.py", "send") == "tasks.send"


def test_what_was_told_before_a_file_was_read_is_told_anew() -> None:
    resolver = project({"main.py": "from shop import *\nx = send\n"}, unread=("shop.py",))
    name = resolver.index.files["main.py"].outline.block[1]
    assert isinstance(name, facts.Bind)
    scope = resolver.module_scope("main.py")
    assert isinstance(resolver.entity(name.value, scope), Unknown)
    resolver.index.add("shop.py", project({"t.py": "def send(): ...\n"}).index.files["t.py"])
    assert resolver.path(resolver.entity(name.value, scope)) == "shop.send"


def test_a_file_read_again_replaces_what_it_said() -> None:
    resolver = project({"m.py": "x = 1\n"})
    assert folded(resolver, "m.py", "x") == 1
    resolver.index.add("m.py", project({"m.py": "x = 2\n"}).index.files["m.py"])
    assert folded(resolver, "m.py", "x") == 2


# --- dotted texts ---


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [
        ("shop.mail.send", "shop.mail.send"),
        ("shop.mail:send", "shop.mail.send"),
        ("shop.send", "shop.mail.send"),
        ("shop.mail", "shop.mail"),
        ("shop.jobs:dig", "shop.jobs.deep.dig"),
        ("celery.app", None),
        ("send", None),
    ],
)
def test_dotted_texts(dotted: str, expected: str | None) -> None:
    resolver = project(PACKAGE)
    found = resolver.dotted(dotted, "shop/mail.py")
    assert (resolver.path(found) if found else None) == expected


# --- the order of assignments ---


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a\nx = b\n", "m.b"),
        ("x = a\nif c: x = b\n", "m.a m.b"),
        ("if c: x = a\nelse: x = b\n", "m.a m.b"),
        ("x = None\nif c: x = a\n", "m.a"),
        ("x = a\nif x is None: x = b\n", "m.a"),
        ("x = None\nif x is None: x = b\n", "m.b"),
        ("x = None\nx = x or b\n", "m.b"),
        ("x = a or b\n", "m.a"),
        ("x = a and b\n", "m.b"),
        ("x = a if c else b\n", "m.a m.b"),
        ("x = None and b\nx = x or a\n", "m.a"),
        ("x: object = a\n", "m.a"),
        ("y = x = a\n", "m.a"),
        ("x, y = a, b\n", "m.a"),
        ("(y, x), z = (a, b), a\n", "m.b"),
        ("for x in (a, b): pass\n", "m.a m.b"),
        ("for x in {'k': a}.values(): pass\n", "m.a"),
        ("for k, x in {'k': a, 'l': b}.items(): pass\n", "m.a m.b"),
        ("y = [a, b]\nx = y[1]\n", "m.b"),
        ("y = [a, b]\nx = y[-2]\n", "m.a"),
        ("y = {'k': a}\nx = y['k']\n", "m.a"),
        ("y = {'k': a}\nx = y.get('k')\n", "m.a"),
        ("y = {'k': a}\nx = y.get('l', b)\n", "m.b"),
        ("y = {'k': a, 'l': b}\nx = y[unknown]\n", "m.a m.b"),
        ("y = {**{'k': a}, 'l': b}\nx = y['k']\n", "m.a"),
        ("y = [*(a,), b]\nx = y[0]\n", "m.a"),
        ("y = {'k': a} | {'k': b}\nx = y['k']\n", "m.b"),
        ("y = [a] + [b]\nx = y[1]\n", "m.b"),
        ("y = [a]\ny += [b]\nx = y[1]\n", "m.b"),
        ("y = []\ny.append(a)\nx = y[0]\n", "m.a"),
        ("y = list()\ny.extend([a, b])\nx = y[1]\n", "m.b"),
        ("y = dict(k=a)\ny.update(l=b)\nx = y['l']\n", "m.b"),
        ("y = {}\ny['k'] = a\nx = y['k']\n", "m.a"),
        ("y = {'k': a}\ny.setdefault('k', b)\nx = y['k']\n", "m.a"),
        ("y = {'k': a}\nif c: y['k'] = b\nx = y['k']\n", "m.a m.b"),
        ("y = {'k': a}\nx = y['k']\ny['k'] = b\n", "m.a"),
        ("y = {}\ny['k'] = a\ny = {'k': b}\nx = y['k']\n", "m.b"),
        ("if (x := a): pass\n", "m.a"),
        ("x = getattr(thing, 'a', None)\n", "m.a"),
        ("x = list({'k': a}.values())[0]\n", "m.a"),
    ],
)
def test_assignments_and_containers(source: str, expected: str) -> None:
    head = "import m as thing\ndef a(): ...\ndef b(): ...\n"
    resolver = project({"m.py": head + source})
    found = entity_at(resolver, "m.py", "x")
    assert " ".join(resolver.path(option) for option in options(found)) == expected


def test_a_name_is_read_where_it_stands() -> None:
    resolver = project({"m.py": "x = 1\n\nx = 2\n\ndef f():\n    return x\n"})
    at = [entity_at(resolver, "m.py", "x", line=line) for line in (2, 4)]
    assert [
        e.bound.value.value for e in at if isinstance(e, Data) and isinstance(e.bound.value, facts.Literal)
    ] == [1, 2]
    assert folded(resolver, "m.py", "x", "f") == 2


def test_a_name_used_before_it_is_assigned_in_the_text_is_that_assignment() -> None:
    resolver = project({"m.py": "for i in r:\n    use(x)\nx = 1\n"})
    assert isinstance(entity_at(resolver, "m.py", "x", line=2), Data)


@pytest.mark.parametrize(
    "source", ["x = x\n", "x = y\ny = x\n", "x = x or x\n", "for x in x: pass\n", "x = x.x\n"]
)
def test_names_that_lead_back_to_themselves(source: str) -> None:
    assert isinstance(entity(source), (Unknown, Element))


def test_a_global_placeholder_is_what_a_function_puts_there() -> None:
    source = "from celery import Celery\nx = None\ndef init():\n    global x\n    x = Celery()\n"
    assert path(source) == "celery.Celery()"
    assert path(source + "def use():\n    return x\n", inside="use") == "celery.Celery()"
    assert path(source.replace("x = None", "x: Celery")) == "celery.Celery()"


def test_a_local_of_the_same_name_does_not_touch_a_constant() -> None:
    assert constant("x = 3\ndef f():\n    x = 4\n") == 3


def test_the_type_of_a_placeholder_is_used() -> None:
    assert path("from celery import Celery\nx: Celery | None = None\n") == "celery.Celery()"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from e import Boom\ntry: pass\nexcept Boom as x: pass\n", "e.Boom()"),
        ("class Boom(Exception): ...\ntry: pass\nexcept Boom as x: pass\n", "m.Boom()"),
        ("from e import A, B\ntry: pass\nexcept (A, B) as x: pass\n", "e.A() e.B()"),
        ("try: pass\nexcept KeyError as x: pass\n", "builtins.KeyError()"),
        ("try: pass\nexcept errors() as x: pass\n", ""),
    ],
)
def test_caught_exceptions(source: str, expected: str) -> None:
    resolver = project({"m.py": source})
    found = entity_at(resolver, "m.py", "x")
    assert " ".join(resolver.path(option) for option in options(found)) == expected


# --- scopes ---


def test_a_parameter_hides_the_module() -> None:
    found = entity("x = 1\ndef f(x): ...\n", inside="f")
    assert isinstance(found, Parameter)
    assert (found.function, found.name, found.of_type) == (FunctionRef("m.py", "f"), "x", None)


def test_a_parameter_that_gets_another_value() -> None:
    assert path("from q import Queue\ndef f(x):\n    x = Queue()\n", inside="f") == "q.Queue()"


def test_an_annotated_parameter_is_an_object_of_its_type() -> None:
    assert path("from q import Queue\ndef f(x: 'Queue | None'): ...\n", inside="f") == "q.Queue()"


def test_a_function_sees_what_encloses_it() -> None:
    source = "def f():\n    x = one\n    def g():\n        def h(): ...\ndef one(): ...\n"
    assert path(source, inside="f.g.h") == "m.one"


def test_a_function_sees_changes_that_it_makes_itself() -> None:
    source = "def one(): ...\ny = {}\ndef f():\n    y['k'] = one\n    x = y['k']\n"
    assert path(source, inside="f") == "m.one"


def test_methods_do_not_see_the_names_of_their_class() -> None:
    source = "def x(): ...\nclass C:\n    def x(self): ...\n    def f(self): ...\n"
    assert path(source, inside="C.f") == "m.x"


def test_a_class_block_reads_the_module_before_its_own_later_names() -> None:
    resolver = project({"m.py": "def one(): ...\nx = one\nclass C:\n    x = x\n"})
    assert path_at(resolver, "m.py", "C.x") == "m.one"


def test_a_class_inside_a_class_does_not_see_its_names() -> None:
    resolver = project(
        {"m.py": "x = 1\nclass A:\n    x = 2\n    class B:\n        y = x\n        class C(object): ...\n"}
    )
    assert folded(resolver, "m.py", "A.B.y") == 1


def test_names_of_python_itself() -> None:
    assert path("x = ValueError\n") == "builtins.ValueError"
    assert constant("x = __name__\n") == "m"
    found = entity("x = nobody\n")
    assert isinstance(found, Unknown)
    assert (found.why, found.text, found.at.span) == (
        "the name is not defined here",
        "nobody",
        facts.Span(1, 5, 1, 11),
    )


# --- what cannot be told ---


def test_an_unknown_value_beside_data_stays_a_possibility() -> None:
    found = entity("x = 3\nif a: x = unknown\n")
    assert isinstance(found, Several)
    assert [type(option) for option in found.options] == [Data, Unknown]


def test_a_default_for_an_unknown_argument_is_the_argument() -> None:
    found = entity("def f(opts=None):\n    x = opts or {}\n", inside="f")
    assert isinstance(found, Parameter)
    assert found.name == "opts"


def test_a_default_that_says_something_is_one_of_two() -> None:
    found = entity("def f(opts=None):\n    x = opts or {'a': 1}\n", inside="f")
    assert isinstance(found, Several)
    assert [type(option) for option in found.options] == [Parameter, Mapping]


@pytest.mark.parametrize(
    ("source", "why_open"),
    [
        ("x = {'a': 1, **y}\n", "the name is not defined here"),
        ("x = {y: 1}\n", "a key cannot be told"),
        ("x = {'a': 1} | y\n", "the name is not defined here"),
        ("x = y | {'a': 1}\n", "the name is not defined here"),
        ("y = {}\ny.update(z)\nx = {'a': 1, **y}\n", "the name is not defined here"),
        ("x = {}\nx.update(y)\n", "the name is not defined here"),
        ("x = {}\nx[y] = 1\n", "a key cannot be told"),
        ("x = [*y]\n", "the name is not defined here"),
        ("x = [] + y\n", "the name is not defined here"),
        ("x = []\nx.extend(y)\n", "the name is not defined here"),
        ("x = []\nif y: x.append(1)\n", "appended to on some paths"),
        ("x = []\nx.pop(0)\n", "changed in place"),
        ("x = dict(y)\n", "made from what cannot be told"),
        ("import z\nx = {**z.y}\n", "spread from what cannot be told"),
    ],
)
def test_containers_that_may_hold_more(source: str, why_open: str) -> None:
    found = entity(source)
    assert isinstance(found, (Mapping, Listing))
    assert found.open == why_open


def test_a_spread_that_cannot_be_told_may_replace_what_stands_before_it() -> None:
    found = entity("x = {'a': 1, **y, 'b': 2}['a']\n")
    assert [type(option) for option in options(found)] == [Data, Unknown]
    assert constant("x = {'a': 1, **y, 'b': 2}['b']\n") == 2


def test_a_change_that_is_not_all_known_may_replace_what_was_there() -> None:
    for change in ("y.update(z)", "y.update({**z})", "y = {**y, **{**z}}", "y = y | z", "y |= z"):
        found = entity(f"y = {{'a': 1}}\n{change}\nx = y['a']\n")
        assert [type(option) for option in options(found)] == [Data, Unknown]
    assert constant("y = {'a': 1}\ny.update({'a': 2, **z}, b=3)\nx = y['b']\n") == 3


def test_deleting_what_a_branch_may_not_have() -> None:
    assert isinstance(entity("y = {}\nif c: y.pop('a')\nx = y\n"), Mapping)


def test_alternatives_are_unpacked_and_iterated_one_by_one() -> None:
    source = "def a(): ...\ndef b(): ...\ny = (a, b) if c else (b, a)\nz, x = y\nfor w in y: pass\n"
    assert len(options(entity(source))) == 2
    assert len(options(entity(source, "w"))) == 2


def test_parts_of_what_an_outside_call_returns() -> None:
    assert path("import q\ny, (z, x) = q.make()\n") == "q.make()[1][1]"


def test_a_change_of_an_argument_leaves_it_an_argument() -> None:
    assert isinstance(entity("def f(x):\n    x.update(a=1)\n", inside="f"), Parameter)
    assert constant("def f(**x):\n    x.update({'a': 1})\n    return x\nx = f(b=2)\n") == {"b": 2, "a": 1}


def test_the_word_for_alternatives_is_that_of_the_first() -> None:
    assert text(entity("import a, b\nx = a.run if c else b.run\n")) == "a.run"


def test_a_function_around_a_place() -> None:
    index = project({"m.py": "def f():\n    def g():\n     x\n    y\n#\nz = 1\n"}).index
    found = [index.around(Location("m.py", facts.Span(line, 5, line, 6))) for line in (3, 4, 6)]
    assert found == [FunctionRef("m.py", "f.g"), FunctionRef("m.py", "f"), None]
    assert index.around(Location("absent.py", facts.Span(1, 1, 1, 1))) is None


def test_a_key_that_is_set_on_some_paths() -> None:
    found = entity("y = {}\nif c: y['a'] = 1\nx = y['a']\n")
    assert [type(option) for option in options(found)] == [Unknown, Data]
    found = entity("y = {'a': 1}\nif c: y.pop('a')\nx = y['a']\n")
    assert [type(option) for option in options(found)] == [Data, Unknown]
    found = entity("y = {'a': 1}\ny.pop('a')\nx = y['a']\n")
    assert isinstance(found, Unknown)
    assert found.why == "the key is not there"


def test_an_entry_that_is_set_on_some_paths_is_an_entry() -> None:
    assert isinstance(entity("y = {}\nif c: y['a'] = {'task': 'send'}\nx = y['a']\n"), Mapping)


def test_code_made_to_be_hard_to_follow_ends() -> None:
    lines = "".join(f"x{n} = x{n - 1} or y{n} or x{n - 1}\n" for n in range(1, 60))
    calls = "".join(f"def f{n}(a): return f{n - 1}(a) or f{n - 1}(a)\n" for n in range(1, 60))
    assert isinstance(entity(f"x0 = f\n{lines}", "x59"), (Unknown, Several))
    assert isinstance(entity(f"def f0(a): return a\n{calls}x = f59(q)\n"), Unknown)
    chain = "".join(f"    if a{n}: x = x.strip()\n" for n in range(60))
    assert isinstance(entity(f"def f(x):\n{chain}", inside="f"), (Parameter, Unknown, Several))


# --- paths and words ---


def test_paths_of_entities() -> None:
    source = (
        "from functools import partial\nfrom base import Base\nclass C(Base):\n    def run(self): ...\n"
        "def f(): ...\np = partial(f)\nlam = lambda: 1\n"
    )
    resolver = project({"pkg/__init__.py": "", "pkg/m.py": source})
    expected = {
        "C": "pkg.m.C",
        "C()": "pkg.m.C()",
        "C().run": "pkg.m.C.run",
        "f": "pkg.m.f",
        "f.delay": "pkg.m.f.delay",
        "p": "pkg.m.f",
        "lam": "",
        "C().other": "base.Base().other",
    }
    assert {each: path_at(resolver, "pkg/m.py", each) for each in expected} == expected
    assert resolver.external_paths(entity_at(resolver, "pkg/m.py", "C()")) == ("base.Base()",)
    assert resolver.external_paths(entity_at(resolver, "pkg/m.py", "C")) == ("base.Base",)
    assert resolver.external_paths(entity_at(resolver, "pkg/m.py", "Base")) == ("base.Base",)
    assert resolver.external_paths(entity_at(resolver, "pkg/m.py", "f")) == ()


def test_typed_parameters_have_the_paths_of_their_type() -> None:
    resolver = project({"m.py": "from q import Queue\ndef f(x: Queue): ...\n"})
    found = entity_at(resolver, "m.py", "x", "f")
    assert (resolver.path(found), resolver.external_paths(found)) == ("q.Queue()", ("q.Queue()",))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("x = nobody.here\n", "nobody.here"),
        ("x = nobody['k']\n", "nobody[k]"),
        ("import celery\nx = celery.app\n", "celery.app"),
        ("for y in nobody: x = y\n", "nobody[]"),
        ("x = nobody()\n", "nobody()"),
        ("x = nobody or other\n", "nobody"),
        ("x = 1\n", ""),
    ],
)
def test_the_name_an_entity_goes_by(source: str, name: str) -> None:
    assert text(entity(source)) == name


def test_the_name_of_a_parameter_is_its_own() -> None:
    assert text(entity("def f(x): ...\n", inside="f")) == "x"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 0\n", False),
        ("x = 'a'\n", True),
        ("x = []\n", False),
        ("x = [*y]\n", None),
        ("x = {'a': 1}\n", True),
        ("x = lambda: 1\n", True),
        ("class x: ...\n", True),
        ("x = unknown\n", None),
        ("import x\n", None),
    ],
)
def test_truth(source: str, expected: bool | None) -> None:
    assert truth(entity(source)) is expected


def test_why_a_spread_is_open() -> None:
    assert why(entity("x = nobody\n")) == "the name is not defined here"
    assert why(entity("def f(x): ...\n", inside="f")) == "it depends on the argument x"
    assert why(entity("import x\n"), "other words") == "other words"


def test_kinds_of_values() -> None:
    kinds: dict[str, type[Entity]] = {
        "lambda: 1": Anonymous,
        "f'{a}'": Data,
        "a < b": Data,
        "a - b": Data,
        "[1]": Listing,
        "{}": Mapping,
        "...": Unknown,
        "(y := 1)": Data,
        "f": Function,
        "C": ClassEntity,
        "C()": Instance,
    }
    resolver = project({"m.py": "def f(): ...\nclass C: ...\n"})
    assert {each: type(entity_at(resolver, "m.py", each)) for each in kinds} == kinds


def test_a_definition_that_no_file_lists() -> None:
    resolver = project({"m.py": ""})
    found = resolver.entity(facts.Defined("ghost", facts.Span(1, 1, 1, 2)), resolver.module_scope("m.py"))
    assert isinstance(found, Unknown)
    assert found.text == "ghost"


def test_the_index_lists_functions_and_classes_in_order() -> None:
    resolver: Resolver = project(
        {"b.py": "def two(): ...\n", "a.py": "def one(): ...\nclass C:\n    def run(self): ...\n"}
    )
    index = resolver.index
    assert [ref for ref, _ in index.functions()] == [
        FunctionRef("a.py", "one"),
        FunctionRef("a.py", "C.run"),
        FunctionRef("b.py", "two"),
    ]
    assert [(where, cls.qualname) for where, cls in index.classes()] == [("a.py", "C")]
    assert index.body(FunctionRef("a.py", "absent")) is None
    assert index.body(FunctionRef("absent.py", "f")) is None
    assert index.outline("absent.py") is None
    assert index.table("absent.py", "").names == {}
    assert index.dotted("a.py", "C.run") == "a.C.run"

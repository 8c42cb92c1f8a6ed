"""What else must be read: the functions that jobs call, as far as five calls away."""

from __future__ import annotations

import pytest

from jobcheck.link.collect import HOPS, Reach, callers, functions, receivers, starts
from jobcheck.link.sites import Sites
from jobcheck.model import FunctionRef
from jobcheck.walk import calls
from tests.link.project import entity, facts_of, project
from tests.link.small import recognised


def reached(files: dict[str, str], start: str = "job", unread: tuple[str, ...] = ()) -> set[str]:
    """The files wanted after following a function of m.py."""
    resolver = project(files, unread)
    Reach(resolver).follow([FunctionRef("m.py", start)])
    return resolver.wanted


@pytest.mark.parametrize(
    "source",
    [
        "from helper import act\ndef job(): act()\n",
        "import helper\ndef job(): helper.act()\n",
        "def job():\n    from helper import act\n    act()\n",
        "from helper import act\ndef job(): near()\ndef near(): act()\n",
        "from helper import act\ndef job():\n    if a:\n        use(act(1))\n",
        "from helper import act\nclass C:\n    def run(self): act()\ndef job(): C().run()\n",
        "from functools import partial\nfrom helper import act\ndef near(n): act()\ndef job(): partial(near, 1)()\n",
        "from helper import act\ndef a(): pass\ndef b(): act()\ndef job(): (a if c else b)()\n",
        "from helper import Base\nclass C(Base): pass\ndef job(): C().run()\n",
        "from helper import act\ndef job():\n    def inner(): act()\n    inner()\n",
    ],
)
def test_a_file_that_a_job_leads_into_is_wanted(source: str) -> None:
    assert reached({"m.py": source}, unread=("helper.py", "other.py")) == {"helper.py"}


def test_a_file_that_no_job_leads_into_is_not_wanted() -> None:
    source = "from helper import act\ndef job(): pass\ndef other(): act()\n"
    assert reached({"m.py": source}, unread=("helper.py",)) == set()


def _chain(length: int) -> str:
    steps = "".join(f"def f{n}(): f{n + 1}()\n" for n in range(1, length))
    return f"from helper import act\ndef job(): f1()\n{steps}def f{length}(): act()\n"


def test_calls_are_followed_only_so_far() -> None:
    assert reached({"m.py": _chain(HOPS - 1)}, unread=("helper.py",)) == {"helper.py"}
    assert reached({"m.py": _chain(HOPS)}, unread=("helper.py",)) == set()


def test_a_shorter_way_found_later_counts() -> None:
    source = _chain(HOPS).replace("def job(): f1()", f"def job():\n    f{HOPS - 1}()\n    f1()")
    assert reached({"m.py": source}, unread=("helper.py",)) == {"helper.py"}


def test_functions_that_call_each_other_end() -> None:
    source = "from helper import act\ndef job(): back()\ndef back():\n    job()\n    act()\n"
    assert reached({"m.py": source}, unread=("helper.py",)) == {"helper.py"}


def test_it_goes_on_where_it_had_to_stop() -> None:
    resolver = project({"m.py": "from one import act\ndef job(): act()\n"}, ("one.py", "two.py"))
    reach = Reach(resolver)
    start = [FunctionRef("m.py", "job")]
    reach.follow(start)
    assert resolver.wanted == {"one.py"}
    resolver.index.add("one.py", facts_of("from two import deep\ndef act(): deep()\n"))
    reach.follow(start)
    assert resolver.wanted == {"one.py", "two.py"}
    resolver.index.add("two.py", facts_of("def deep(): pass\n"))
    missed = resolver.missed
    reach.follow(start)
    assert resolver.missed == missed


def test_following_starts_at_jobs_and_their_hooks() -> None:
    found = recognised(
        {
            "shop/tasks.py": """
                from celery import Task, shared_task
                class Base(Task):
                    def on_failure(self, *args): ...
                @shared_task(base=Base)
                def send(): ...
            """
        }
    )
    assert starts(found) == {
        FunctionRef("shop/tasks.py", "send"),
        FunctionRef("shop/tasks.py", "Base.on_failure"),
    }


def test_a_start_that_is_not_there_leads_nowhere() -> None:
    assert reached({"m.py": ""}, "absent") == set()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def x(): ...\n", ["x"]),
        ("class C:\n    def f(self): ...\nx = C().f\n", ["C.f"]),
        ("from functools import partial\ndef f(): ...\nx = partial(f, 1)\n", ["f"]),
        ("def f(): ...\ndef g(): ...\nx = f if a else g\n", ["f", "g"]),
        ("x = len\n", []),
        ("x = 1\n", []),
    ],
)
def test_the_functions_that_calling_something_runs(source: str, names: list[str]) -> None:
    assert [ref.qualname for ref in functions(entity(source))] == names


def test_every_call_is_found_inner_ones_first() -> None:
    block = facts_of(
        "if a(b()):\n    x[c()] = [d() for e in f()]\nwith g(): return\nh(lambda: i())(*j())\n"
    ).outline.block
    found = [call.callee.place.root for call in calls(block) if hasattr(call.callee, "place")]
    assert found == ["b", "a", "c", "d", "f", "g", "i", "h", "j"]


def test_who_calls_a_sender_and_what_is_handed_a_job_are_told() -> None:
    files = {
        "shop/tasks.py": "from celery import shared_task\n@shared_task\ndef send(): ...\n",
        "shop/later.py": "def later(task): task.delay()\n",
        "shop/views.py": (
            "from shop.tasks import send as job\nfrom shop.later import later\n"
            "def view(): later(job)\ndef page(): view()\ndef other(): later(view)\n"
        ),
    }
    resolver, sites = project(files), Sites()
    sites.refresh(resolver.index)
    later, view = FunctionRef("shop/later.py", "later"), FunctionRef("shop/views.py", "view")
    assert receivers(recognised(files), resolver, sites) == {later}
    assert callers([view], resolver, sites) == {FunctionRef("shop/views.py", "page")}

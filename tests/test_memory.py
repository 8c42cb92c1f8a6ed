"""What the last run understood holds until something changes that it rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobcheck import engine, understanding
from jobcheck.config import Config
from jobcheck.report import Report, Request, Unreadable
from jobcheck.sources import Sources

FILES = {
    "shop/__init__.py": "",
    "shop/app.py": "from celery import Celery\napp = Celery('shop')\n",
    "shop/mail.py": "from django.core.mail import send_mail\ndef send(to):\n    send_mail('a', 'b', 'c', [to])\n",
    "shop/tasks.py": (
        "from shop.app import app\nfrom shop.mail import send\n"
        "@app.task(max_retries=None, autoretry_for=(OSError,))\ndef welcome(to):\n    send(to)\n"
    ),
    "shop/views.py": "from shop.tasks import welcome\ndef view(request):\n    welcome.delay(request.to)\n",
    "shop/totals.py": "def total(rows):\n    return sum(rows)\n",
    "shop/tests/test_totals.py": "def test_total(): pass\n",
}


class World:
    """A project on disk; `understood` counts how often it had to be understood."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.understood = 0

    def write(self, path: str, text: str | None) -> None:
        file = self.root / path
        if text is None:
            file.unlink()
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(self, config: Config = Config(), **more: bool) -> Report:
        return engine.run(Request(str(self.root), (str(self.root),), config, workers=1, **more))  # type: ignore[arg-type]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    for path, text in FILES.items():
        made.write(path, text)
    collect = understanding.collect

    def counted(*arguments: object) -> object:
        made.understood += 1
        return collect(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(understanding, "collect", counted)
    made.run()
    assert made.understood == 1
    return made


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("shop/totals.py", "def total(rows):\n    return 0\n"),
        ("shop/totals.py", None),
        ("shop/prices.py", "def price(): return 1\n"),
        ("shop/tests/test_totals.py", "from shop.tasks import welcome\n"),
        ("shop/tests/test_tasks.py", "from celery import shared_task\n"),
    ],
)
def test_what_touches_no_job_leaves_it_standing(world: World, path: str, text: str | None) -> None:
    world.write(path, text)
    kept = world.run()
    assert world.understood == 1
    assert kept.findings == world.run(use_cache=False).findings


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("shop/mail.py", "def send(to):\n    print(to)\n"),
        ("shop/mail.py", None),
        ("shop/totals.py", "from celery import shared_task\n@shared_task\ndef total(): pass\n"),
        ("shop/totals.py", "from shop.tasks import welcome\nwelcome.delay()\n"),
        ("shop/jobs.py", "from celery import shared_task\n@shared_task\ndef other(): pass\n"),
        ("shop/mail/__init__.py", "def send(to):\n    print(to)\n"),
        ("other/tasks.py", "x = 1\n"),
        ("shop/django.py", "x = 1\n"),
    ],
)
def test_what_may_touch_one_has_it_understood_anew(world: World, path: str, text: str | None) -> None:
    world.write(path, text)
    anew = world.run()
    assert world.understood == 2
    assert anew.findings == world.run(use_cache=False).findings


def test_a_file_that_can_no_longer_be_opened_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("shop/totals.py", None)
    (world.root / "shop/totals.py").mkdir()
    monkeypatch.setattr(engine, "gather", lambda *_: Sources(world.root, FILES))
    assert world.run().problems == (Unreadable("shop/totals.py", 1, 1, "Is a directory"),)


def test_other_settings_have_it_understood_anew(world: World) -> None:
    world.run(Config(tenancy="none"))
    world.run(include_tests=True)
    assert world.understood == 3


def test_several_changes_that_touch_no_job_do_not_add_up(world: World) -> None:
    for number in range(3):
        world.write("shop/totals.py", f"x = {number}\n")
        world.write(f"shop/prices{number}.py", "x = 1\n")
        world.run()
    assert world.understood == 1


@pytest.mark.parametrize("length", [0, 10, 16, 20, 24, 60, -1])
def test_a_memory_cut_short_counts_for_nothing(world: World, length: int) -> None:
    file = world.root / ".jobcheck_cache" / "project.mp"
    file.write_bytes(file.read_bytes()[:length])
    world.run()
    assert world.understood == 2

"""The baseline on real projects: code that moves, is formatted, edited, mended; and its commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jobcheck.cli import jobcheck

NAME = "jobcheck-baseline.jsonl"
APP = """\
from celery import Celery
app = Celery( 'shop',broker='redis://' )
"""
WELCOME = """\
@app.task( max_retries=None,autoretry_for=(OSError, ) )
def welcome(address,organization_id, correlation_id):
    send_mail( 'Welcome', u'Hello to a shop with a rather long name',  'shop@example.org', [ address ], fail_silently = False )
"""
REMIND = """\
@app.task( max_retries=3, autoretry_for=(OSError, ), default_retry_delay = 0XA )
def remind( address, organization_id,correlation_id ):
    if(address):
        send_mail( "Reminder",'It\\'s late' ,
          "shop@example.org", [address] )
        send_mail( "Reminder",'It\\'s late' ,
          "shop@example.org", [address] )
"""
HEAD = "from django.core.mail import send_mail\n\nfrom shop.app import app\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "jobcheck.toml").write_text("")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "app.py").write_text(APP)
    tasks(tmp_path).write_text(f"{HEAD}\n{WELCOME}\n{REMIND}")
    return tmp_path


def tasks(folder: Path) -> Path:
    return folder / "shop" / "tasks.py"


def run(folder: Path, *arguments: str) -> Result:
    here = os.getcwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(jobcheck, arguments, catch_exceptions=False)
    finally:
        os.chdir(here)


def created(folder: Path) -> list[str]:
    result = run(folder, "baseline", "create")
    assert result.exit_code == 0, result.stderr
    return (folder / NAME).read_text("utf-8").splitlines()


def said(result: Result) -> tuple[int, str]:
    return result.exit_code, result.stdout


def test_after_create_nothing_is_left_to_report(shop: Path) -> None:
    entries = created(shop)
    assert len(entries) > 5
    assert not any('"line"' in entry for entry in entries)
    assert said(run(shop, "check", "--format", "concise", "--fail-on", "note", "--strict-baseline")) == (
        0,
        f"0 findings · {len(entries) - 1} in the baseline\n",
    )
    assert run(shop, "check", "--no-baseline").exit_code == 1
    assert said(run(shop, "baseline", "check")) == (0, f"{NAME}: holds exactly what is found\n")


def test_it_survives_code_that_moves_within_its_file(shop: Path) -> None:
    created(shop)
    tasks(shop).write_text(f'"""Jobs."""\n\n{HEAD}\n\nLIMIT = 3\n\n{REMIND}\n# and\n\n{WELCOME}')
    assert said(run(shop, "baseline", "check")) == (0, f"{NAME}: holds exactly what is found\n")


def test_it_survives_the_formatter(shop: Path) -> None:
    created(shop)
    before = tasks(shop).read_text()
    subprocess.run([sys.executable, "-m", "ruff", "format", "--isolated", "--quiet", str(shop)], check=True)
    assert len(tasks(shop).read_text().splitlines()) > len(before.splitlines()) + 5
    assert said(run(shop, "baseline", "check")) == (0, f"{NAME}: holds exactly what is found\n")


def test_a_new_job_is_reported_and_only_it(shop: Path) -> None:
    created(shop)
    tasks(shop).write_text(tasks(shop).read_text() + "\n\n" + WELCOME.replace("welcome", "goodbye"))
    found = json.loads(run(shop, "check", "--format", "json").stdout)["findings"]
    assert {each["subject"] for each in found} == {"shop.tasks.goodbye"}
    assert not any(each["affects"] for each in found)


def test_update_grows_only_when_told_to(shop: Path) -> None:
    before = created(shop)
    tasks(shop).write_text(tasks(shop).read_text() + "\n\n" + WELCOME.replace("welcome", "goodbye"))
    refused = run(shop, "baseline", "update")
    assert refused.exit_code == 1
    assert "new: JC101 shop.tasks.goodbye in shop/tasks.py\n" in refused.stdout
    assert f"{NAME} is left as it is: " in refused.stdout
    assert (shop / NAME).read_text("utf-8").splitlines() == before
    assert run(shop, "baseline", "update", "--accept-new").exit_code == 0
    after = (shop / NAME).read_text("utf-8").splitlines()
    assert [line for line in after if "goodbye" not in line] == before
    assert len(after) > len(before)
    assert run(shop, "check", "--strict-baseline").exit_code == 0


def test_what_is_mended_is_stale_until_it_is_pruned(shop: Path) -> None:
    before = created(shop)
    tasks(shop).write_text(f"{HEAD}\n{REMIND}")
    assert run(shop, "check").exit_code == 0
    strict = run(shop, "check", "--strict-baseline")
    assert strict.exit_code == 1
    assert (
        f"{NAME}: JC101 shop.tasks.welcome in shop/tasks.py is gone (jobcheck baseline update)\n"
        in strict.stderr
    )
    assert run(shop, "check", "--strict-baseline", "--exit-zero").exit_code == 0
    assert run(shop, "baseline", "check").exit_code == 1
    pruned = run(shop, "baseline", "prune")
    assert pruned.exit_code == 0
    after = (shop / NAME).read_text("utf-8").splitlines()
    assert after == [line for line in before if "welcome" not in line]
    assert run(shop, "check", "--strict-baseline").exit_code == 0


def test_update_follows_edited_code(shop: Path) -> None:
    before = created(shop)
    tasks(shop).write_text(tasks(shop).read_text().replace("'Welcome'", "'Welcome!'"))
    assert run(shop, "check").exit_code == 1
    result = run(shop, "baseline", "update")
    assert said(result) == (0, f"edited: JC101 shop.tasks.welcome in shop/tasks.py\n{NAME}: 1 edited\n")
    assert len((shop / NAME).read_text("utf-8").splitlines()) == len(before)
    assert run(shop, "check", "--strict-baseline").exit_code == 0


def test_rules_that_do_not_run_make_nothing_stale(shop: Path) -> None:
    created(shop)
    tasks(shop).write_text(f"{HEAD}\n{REMIND}")
    assert run(shop, "check", "--strict-baseline", "--select", "JC9").exit_code == 0
    assert run(shop, "check", "--strict-baseline", "shop/app.py").exit_code == 0


def test_create_does_not_overwrite_and_the_others_need_a_file(shop: Path) -> None:
    for command in ("update", "prune", "check"):
        missing = run(shop, "baseline", command)
        assert missing.exit_code == 2
        assert f"no baseline at {shop / NAME} (jobcheck baseline create)" in missing.stderr
    created(shop)
    again = run(shop, "baseline", "create")
    assert (again.exit_code, "is there already (jobcheck baseline update)" in again.stderr) == (2, True)


def test_the_file_can_be_named_by_the_settings_or_the_command(shop: Path) -> None:
    (shop / "jobcheck.toml").write_text('baseline = "ci/known.jsonl"')
    assert run(shop, "check").exit_code == 2
    assert run(shop, "baseline", "create").stdout.startswith("ci/known.jsonl: ")
    assert run(shop, "check", "--strict-baseline").exit_code == 0
    assert run(shop / "shop", "check", "--strict-baseline").exit_code == 0
    assert run(shop, "baseline", "create", "--baseline", "other.jsonl").exit_code == 0
    assert (shop / "other.jsonl").read_bytes() == (shop / "ci" / "known.jsonl").read_bytes()
    assert run(shop / "shop", "check", "--baseline", "../other.jsonl").exit_code == 0


def test_a_file_that_cannot_be_read_stops_every_command(shop: Path) -> None:
    created(shop)
    (shop / "shop" / "broken.py").write_text("from celery import shared_task\ndef :\n")
    result = run(shop, "baseline", "prune")
    assert result.exit_code == 3
    assert "shop/broken.py:2: cannot be read" in result.stderr


def test_a_broken_baseline_is_2(shop: Path) -> None:
    (shop / NAME).write_text("<<<<<<< HEAD\n")
    result = run(shop, "check", "--exit-zero")
    assert (result.exit_code, "it does not say which version it has" in result.stderr) == (2, True)


def test_one_file_is_not_for_two_projects(shop: Path) -> None:
    other = shop / "other"
    other.mkdir()
    (other / "jobcheck.toml").write_text("")
    result = run(shop, "baseline", "create", ".", "other", "--baseline", "one.jsonl")
    assert (result.exit_code, "lie in several" in result.stderr) == (2, True)

"""The whole program on small projects."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TASKS = """\
from celery import Celery
from django.core.mail import send_mail

app = Celery("shop")


@app.task(max_retries=None, autoretry_for=(OSError,))
def welcome(address, organization_id, correlation_id):
    send_mail("Welcome", "Hello", "shop@example.org", [address])


def helper():
    return 1
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "jobcheck.toml").write_text("")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "tasks.py").write_text(TASKS)
    return tmp_path


def run(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobcheck", *arguments]
    environment = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "NO_COLOR")}
    root = str(Path(__file__).parents[2])
    environment["PYTHONPATH"] = root
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, input=stdin, env=environment
    )


def found(result: subprocess.CompletedProcess[str]) -> set[tuple[str, str, int]]:
    return {(each["code"], each["path"], each["line"]) for each in json.loads(result.stdout)["findings"]}


def test_bugs_are_found_and_the_exit_code_says_so(shop: Path) -> None:
    result = run(shop, "check", "--profile", "bugs", "--format", "json")
    assert result.returncode == 1, result.stderr
    assert found(result) == {("JC101", "shop/tasks.py", 9), ("JC305", "shop/tasks.py", 7)}


def test_the_same_is_said_again_from_what_was_kept(shop: Path) -> None:
    first, second = (run(shop, "check", "--full").stdout for _ in range(2))
    assert first == second
    assert (shop / ".jobcheck_cache").is_dir()


def test_paths_are_told_from_where_the_user_stands_and_json_from_the_root(shop: Path) -> None:
    assert "\n  tasks.py:9:5  error JC101" in run(shop / "shop", "check").stdout
    assert ("JC101", "shop/tasks.py", 9) in found(run(shop / "shop", "check", "--format", "json"))


def test_a_folder_with_python_but_no_job_is_clean_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "jobcheck.toml").write_text("")
    (tmp_path / "plain.py").write_text("x = 1\n")
    result = run(tmp_path, "check")
    assert result.returncode == 0
    assert result.stdout.startswith("No job found")


def test_a_folder_without_python_is_2(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    assert run(tmp_path, "check", "--exit-zero").returncode == 2


def test_a_broken_file_with_jobs_is_3_and_the_rest_is_judged(shop: Path) -> None:
    (shop / "shop" / "old.py").write_text("from celery import Celery\n\ndef broken(:\n")
    result = run(shop, "check", "--exit-zero", "--format", "json")
    assert result.returncode == 3
    [problem] = json.loads(result.stdout)["problems"]
    assert (problem["path"], problem["line"]) == ("shop/old.py", 3)
    assert ("JC101", "shop/tasks.py", 9) in found(result)


def test_unsaved_text_is_judged_in_its_project(shop: Path) -> None:
    changed = TASKS.replace("max_retries=None", "max_retries=3")
    result = run(shop, "check", "-", "--stdin-filename", "shop/tasks.py", "--select", "JC305", stdin=changed)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith("\n0 findings\n")


def test_a_suppression_with_a_reason_holds_and_without_ignores_it_is_shown(shop: Path) -> None:
    text = TASKS.replace(
        "    send_mail", "    # jobcheck: ignore[JC101] -- the list is cleaned by hand\n    send_mail"
    )
    (shop / "shop" / "tasks.py").write_text(text)
    assert run(shop, "check", "--select", "JC101,JC001,JC002").returncode == 0
    assert run(shop, "check", "--select", "JC101", "--no-ignores").returncode == 1


def test_a_rule_nobody_knows_is_2(shop: Path) -> None:
    result = run(shop, "check", "--select", "JC30X")
    assert result.returncode == 2
    assert "no rule is called 'JC30X'; did you mean 'JC3" in result.stderr


def test_jobs_lists_the_job_and_where_its_options_come_from(shop: Path) -> None:
    [job] = json.loads(run(shop, "jobs", "--format", "json").stdout)["jobs"]
    assert (job["name"], job["framework"], job["path"], job["kind"]) == (
        "shop.tasks.welcome",
        "celery",
        "shop/tasks.py",
        "email",
    )
    attempts = job["options"]["attempts"]
    assert (attempts["value"], attempts["state"], attempts["origin"]) == ("unbounded", "literal", "decorator")


def test_why_tells_a_job_from_another_function(shop: Path) -> None:
    assert "shop.tasks.welcome is a celery job" in run(shop, "jobs", "--why", "shop/tasks.py:9").stdout
    assert "helper is not a job." in run(shop, "jobs", "--why", "shop/tasks.py:13").stdout
    assert run(shop, "jobs", "--why", "shop/tasks.py:1").returncode == 2


def test_facts_prints_the_body_and_the_verdict(shop: Path) -> None:
    lines = run(shop, "facts", "shop/tasks.py", "--job", "welcome").stdout.splitlines()
    assert "  do send_mail('Welcome', 'Hello', 'shop@example.org', list[address])  @9:5" in lines
    assert any(
        line.startswith("  email django.core.mail.send_mail shop/tasks.py:9: unguarded") for line in lines
    )


def test_an_interrupt_ends_with_one_line_and_130(shop: Path) -> None:
    for number in range(60):
        lines = [f"def f{line}(a): return [a, {{'n': {number}}}]" for line in range(400)]
        (shop / "shop" / f"m{number}.py").write_text("\n".join(["import celery", *lines]))
    command = [sys.executable, "-m", "jobcheck", "check", "--no-cache", "--jobs", "2"]
    process = subprocess.Popen(
        command, cwd=shop, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    time.sleep(1.5)
    os.killpg(process.pid, signal.SIGINT)
    told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, ("", "jobcheck: interrupted\n"))

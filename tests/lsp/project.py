"""A small project with a producer in one file and its jobs in another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

TASKS = """\
from celery import Celery
from django.core.mail import send_mail

app = Celery("shop")


@app.task(max_retries=None, autoretry_for=(OSError,))
def welcome(address, organization_id, correlation_id):
    send_mail("Welcome", "Hello", "shop@example.org", [address])


@app.task(max_retries=3)
def rest(organization_id, correlation_id):
    return organization_id
"""

VIEWS = """\
from shop.tasks import welcome


def join(request):
    grüße = "𝒽ello"; welcome.delay(request.POST["address"], 1, "c")
"""


def write(folder: Path) -> Path:
    """Write the project into a folder and give that back."""
    (folder / "jobcheck.toml").write_text("")
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").write_text("")
    (folder / "shop" / "tasks.py").write_text(TASKS, "utf-8")
    (folder / "shop" / "views.py").write_text(VIEWS, "utf-8")
    return folder.resolve()


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def checked(folder: Path, *arguments: str) -> set[tuple[str, int, int, str]]:
    """What `jobcheck check` finds: path, line, column and code of each finding."""
    command = [sys.executable, "-m", "jobcheck", "check", "--format", "json", "--no-cache", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment())
    return placed(json.loads(result.stdout)["findings"])


def placed(findings: Iterable[dict[str, Any]]) -> set[tuple[str, int, int, str]]:
    return {(each["path"], each["line"], each["column"], each["code"]) for each in findings}

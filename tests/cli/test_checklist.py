"""`jobcheck checklist` as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jobcheck.cli import jobcheck
from tests.sample import SHOP


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(jobcheck, ["checklist", "--no-cache", *arguments], catch_exceptions=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "jobcheck.toml").write_text('select = ["JC101", "JC205", "JC305"]\n')
    for name in ("mail", "sms"):
        (tmp_path / f"{name}.py").write_text(TASKS)
    return tmp_path


TASKS = """\
from celery import Celery
from django.core.mail import send_mail

app = Celery("shop")


@app.task(max_retries=None, autoretry_for=(OSError,))
def welcome(address):
    send_mail("Welcome", "Hello", "shop@example.org", [address])
"""


def boxes(result: Result) -> dict[str, dict[str, str]]:
    [project] = json.loads(result.output)["projects"]
    return {job["name"]: job["boxes"] for job in project["jobs"]}


def test_it_shows_all_jobs_of_the_sample_application() -> None:
    result = invoke(str(SHOP))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.output.startswith("17 jobs, ")


def test_paths_choose_the_jobs(project: Path) -> None:
    found = boxes(invoke("--format", "json", str(project / "mail.py")))
    assert found == {
        "mail.welcome": dict.fromkeys(("repeatable", "guarded", "correlation", "attempts"), "fail")
    }


def test_rules_are_chosen_as_everywhere(project: Path) -> None:
    found = boxes(invoke("--format", "json", "--select", "JC305", str(project)))
    assert {name for row in found.values() for name in row} == {"attempts"}


def test_what_the_baseline_holds_still_fails(project: Path) -> None:
    before = boxes(invoke("--format", "json", str(project)))
    made = CliRunner().invoke(jobcheck, ["baseline", "create", "--no-cache", str(project)])
    assert made.exit_code == 0
    assert boxes(invoke("--format", "json", str(project))) == before


def test_what_the_author_vouches_for_is_marked(project: Path) -> None:
    said = "# jobcheck: idempotent[key] -- the mail service drops doubles\n@app.task"
    (project / "mail.py").write_text(TASKS.replace("@app.task", said))
    hushed = "# jobcheck: ignore[JC305] -- ends by itself\n@app.task"
    (project / "sms.py").write_text(TASKS.replace("@app.task", hushed))
    found = boxes(invoke("--format", "json", str(project)))
    assert found["mail.welcome"]["repeatable"] == "declared"
    assert (found["sms.welcome"]["repeatable"], found["sms.welcome"]["attempts"]) == ("fail", "declared")


def test_rules_that_are_off_in_a_file_do_not_count_there(project: Path) -> None:
    settings = project / "jobcheck.toml"
    settings.write_text(settings.read_text() + '[per-path-ignores]\n"sms.py" = ["JC1"]\n')
    found = boxes(invoke("--format", "json", str(project)))
    assert found["mail.welcome"]["repeatable"] == "fail"
    assert found["sms.welcome"]["repeatable"] == "not-applicable"


@pytest.mark.parametrize("name", ["mail.welcome", "orders.tasks.reserve_stock", "reserve_stock"])
def test_a_job_is_known_by_its_name_or_the_end_of_it(project: Path, name: str) -> None:
    result = invoke("--job", name, str(SHOP if "stock" in name else project))
    assert result.exit_code == 0
    assert result.output.partition(" ")[0].endswith(name)
    assert "\nOptions in effect\n  attempts " in result.output


def test_jobs_of_one_name_each_have_their_sheet(project: Path) -> None:
    result = invoke("--job", "welcome", str(project))
    assert result.output.count("\nOptions in effect\n") == 2


def test_a_job_that_is_not_there_is_refused(project: Path) -> None:
    result = invoke("--job", "mail.welcom", str(project))
    assert result.exit_code == 2
    assert "no job is called mail.welcom; did you mean mail.welcome?" in result.stderr


def test_questions_are_listed_in_every_format(project: Path) -> None:
    assert "Which field or key records that it was sent" in invoke("--questions", str(project)).output
    assert invoke("--questions", "--format", "markdown", str(project)).output.count("- [ ] ") == 2
    told = json.loads(invoke("--questions", "--format", "json", "--job", "sms.welcome", str(project)).output)
    assert {job for each in told["questions"] for point in each["points"] for job in point["jobs"]} == {
        "sms.welcome"
    }


def test_a_file_that_cannot_be_read_makes_it_incomplete(project: Path) -> None:
    (project / "mail.py").write_text("import celery\n\ndef broken(:\n")
    result = invoke(str(project))
    assert result.exit_code == 3
    assert "mail.py:3:" in result.output
    assert "1 job, " in result.output


def test_without_jobs_it_is_well(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("print(1)\n")
    result = invoke(str(tmp_path))
    assert (result.exit_code, result.output) == (0, "No job found · profile checklist\n")

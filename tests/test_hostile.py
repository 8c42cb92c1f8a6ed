"""Sources that nobody would write: each is reported or read, and the rest of the project is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobcheck import engine
from jobcheck.config import Config
from jobcheck.engine import run
from jobcheck.link import project
from jobcheck.report import Report, Request, Unreadable
from jobcheck.sources import Sources

HOSTILE = Path(__file__).parent.parent / "fixtures" / "hostile"
JOB = "from celery import Celery\napp = Celery('x')\n\n\n@app.task\ndef {name}(order_id):\n    print(order_id)\n"


def judged(sources: dict[str, bytes], tmp_path: Path) -> Report:
    return run(Request(str(tmp_path), (str(tmp_path),), Config(), sources, use_cache=False, workers=1))


def test_folder_of_hostile_files_is_judged_to_the_end() -> None:
    report = run(Request(str(HOSTILE), (str(HOSTILE),), use_cache=False))
    assert {site.job.framework for site in report.project.sites} == {"celery"}
    assert all(problem.line >= 1 and problem.message for problem in report.problems)
    assert [problem for problem in report.problems if "internal error" in problem.message] == []


def test_file_that_cannot_be_read_costs_nothing_of_the_others(tmp_path: Path) -> None:
    sources = {
        "broken.py": b"from celery import Celery\ndef (:\n",
        "jobs.py": JOB.format(name="pack").encode(),
    }
    report = judged(sources, tmp_path)
    assert [site.job.name for site in report.project.sites] == ["jobs.pack"]
    assert [(problem.path, problem.line) for problem in report.problems] == [("broken.py", 2)]


@pytest.mark.parametrize("use_cache", [False, True])
def test_file_that_cannot_be_opened_is_told_and_costs_nothing_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use_cache: bool
) -> None:
    (tmp_path / "jobs.py").write_text(JOB.format(name="pack"))
    (tmp_path / "hidden.py").mkdir()
    gathered = Sources(tmp_path, ["hidden.py", "jobs.py", "test_hidden.py"])
    monkeypatch.setattr(engine, "gather", lambda *_: gathered)
    for _ in range(2):
        report = run(Request(str(tmp_path), (str(tmp_path),), use_cache=use_cache, workers=1))
        assert [site.job.name for site in report.project.sites] == ["jobs.pack"]
        assert report.problems == (Unreadable("hidden.py", 1, 1, "Is a directory"),)


def test_fault_in_one_job_is_told_and_costs_nothing_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = project.walk_job

    def failing(flows: object, seed: object) -> object:
        if seed.job.name == "bad.pack":  # type: ignore[attr-defined]
            raise ValueError("no such thing")
        return walk(flows, seed)  # type: ignore[arg-type]

    monkeypatch.setattr(project, "walk_job", failing)
    sources = {f"{name}.py": JOB.format(name="pack").encode() for name in ("bad", "good")}
    report = judged(sources, tmp_path)
    assert sorted(site.job.name for site in report.project.sites) == ["bad.pack", "good.pack"]
    told = [(problem.path, problem.message) for problem in report.problems]
    assert told == [("bad.py", "internal error in judging bad.pack: ValueError: no such thing")]

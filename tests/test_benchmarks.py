"""What benchmarks/compare.py measures, tried on commands whose cost is known."""

from __future__ import annotations

import importlib.util
import re
import resource
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare", BENCHMARKS / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare = _load()
BURN = "import time\nwhile time.process_time() < 0.15: pass"


def _python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def _own_peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def test_waiting_is_wall_time_and_not_cpu_time() -> None:
    cost = compare.measure(_python("import time; time.sleep(0.3)"))
    assert cost.wall >= 0.3
    assert cost.cpu < 0.2


def test_the_cpu_time_of_grandchildren_counts() -> None:
    cost = compare.measure(_python(f"import subprocess; subprocess.run({_python(BURN)!r}, check=True)"))
    assert cost.cpu >= 0.15


def test_the_peak_is_that_of_the_largest_process() -> None:
    size = int(_own_peak_mb()) + 64
    cost = compare.measure(_python(f"x = bytearray(b'x') * ({size} << 20)"))
    assert size <= cost.peak_mb < size + 64


def test_a_command_that_fails_is_no_measurement() -> None:
    with pytest.raises(compare.CommandError, match=r"(?s)ended with 3: no such rule"):
        compare.measure(_python("import sys; print('no such rule', file=sys.stderr); sys.exit(3)"))


def test_the_subjects_take_turns_and_start_without_their_folder(tmp_path: Path) -> None:
    log, cache = tmp_path / "log", tmp_path / "cache"

    def noting(name: str) -> list[str]:
        return _python(
            f"import os; open({str(log)!r}, 'a').write({name!r} + str(os.path.isdir({str(cache)!r})) + ' ');"
            f"os.makedirs({str(cache)!r}, exist_ok=True)"
        )

    subjects = {
        "filling": compare.Subject(noting("filling"), log, "findings", without=cache),
        "warm": compare.Subject(noting("warm"), log, "findings"),
    }
    costs = compare.in_turns(subjects, 2)
    assert log.read_text().split() == ["fillingFalse", "warmTrue"] * 2
    assert {name: len(runs) for name, runs in costs.items()} == {"filling": 2, "warm": 2}


COSTS = {
    "ours": [compare.Cost(1.0, 2.0, 50.0), compare.Cost(3.0, 2.0, 70.0), compare.Cost(2.0, 2.0, 60.0)],
    "peer": [compare.Cost(10.0, 8.0, 100.0), compare.Cost(10.0, 8.0, 100.0), compare.Cost(10.0, 8.0, 100.0)],
}


def _cells(table: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line) for line in table.splitlines()]


def test_the_table_shows_medians_and_ranges() -> None:
    assert _cells(compare.table(COSTS, {"ours": 7, "peer": 4})) == [
        ["", "wall s", "CPU s", "peak MB", "findings"],
        ["ours", "2.00 (1.00–3.00)", "2.00 (2.00–2.00)", "60 (50–70)", "7"],
        ["peer", "10.00 (10.00–10.00)", "8.00 (8.00–8.00)", "100 (100–100)", "4"],
    ]


def test_a_ratio_compares_the_runs_of_one_round() -> None:
    assert _cells(compare.ratios(COSTS, [("ours", "peer")])) == [
        ["ratio", "wall", "CPU", "peak"],
        ["ours / peer", "0.200 (0.100–0.300)", "0.250 (0.250–0.250)", "0.600 (0.500–0.700)"],
    ]


def test_a_run_is_told_of_no_other_repository_and_may_keep_compiled_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "PYTHONDONTWRITEBYTECODE", "KEPT"):
        monkeypatch.setenv(name, "1")
    environment = compare._environment(tmp_path)
    assert {"GIT_DIR", "PYTHONDONTWRITEBYTECODE", "KEPT"} & environment.keys() == {"KEPT"}


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_both_tools_get_the_files_that_are_judged_and_no_other(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "copy"
    kept = ["build/tasks.py", "shop/tasks.py", "vendor/jobs.py"]
    for path in [*kept, "shop/tests/test_tasks.py", "shop/notes.txt", ".hidden/tasks.py"]:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text("x = 1\n")
    target.mkdir()
    assert compare.copied(source, target) == len(kept)
    assert sorted(path.relative_to(target).as_posix() for path in target.rglob("*.py")) == kept
    assert (target / ".semgrepignore").read_text() == ""
    assert (target / ".git" / "index").is_file()


def test_jobcheck_runs_cold_filling_and_warm_before_semgrep(tmp_path: Path) -> None:
    project = tmp_path / "project"
    subjects = compare.subjects(project, tmp_path, "semgrep")
    assert list(subjects) == [compare.COLD, compare.FILLING, compare.WARM, compare.PEER]
    assert [name for name, each in subjects.items() if "--no-cache" in each.command] == [compare.COLD]
    assert {name: each.without for name, each in subjects.items() if each.without} == {
        compare.FILLING: project / ".jobcheck_cache"
    }


def test_without_semgrep_it_says_how_to_install_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare.main([str(tmp_path), "--semgrep", str(tmp_path / "semgrep")]) == 2
    assert "pip install semgrep" in capsys.readouterr().err


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        compare.main([str(tmp_path / "missing")])
    assert refused.value.code == 2
    assert "has to be a folder" in capsys.readouterr().err


def test_each_semgrep_rule_has_a_line_it_finds_and_one_it_leaves_alone() -> None:
    rules = set(re.findall(r"- id: (\S+)", (BENCHMARKS / "semgrep-rules.yml").read_text()))
    sample = (BENCHMARKS / "semgrep-rules.py").read_text()
    assert len(rules) == 5
    assert set(re.findall(r"# ruleid: (\S+)", sample)) == rules
    assert set(re.findall(r"# ok: (\S+)", sample)) == rules

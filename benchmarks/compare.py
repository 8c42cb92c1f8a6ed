"""Times `jobcheck check` and semgrep on one project, in turns, and prints their ratios.

Run it with the Python of the environment that jobcheck is installed in. README.md beside this file
says what is compared.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from jobcheck.folder import NAME as CACHE
from jobcheck.sources import gather, is_test

HERE = Path(__file__).resolve().parent
RULES = HERE / "semgrep-rules.yml"
PROCESSES = "2"
COLD, FILLING, WARM, PEER = "jobcheck, no cache", "jobcheck, filling cache", "jobcheck, warm cache", "semgrep"
PAIRS = ((COLD, PEER), (WARM, PEER), (FILLING, COLD), (WARM, COLD))
NO_SEMGREP = """semgrep is not installed. It belongs in an environment of its own:
    python -m venv .venv/semgrep && .venv/semgrep/bin/pip install semgrep
    python benchmarks/compare.py PATH --semgrep .venv/semgrep/bin/semgrep"""


class Cost(NamedTuple):
    """What one run took; the CPU time is that of the process and of all it started."""

    wall: float
    cpu: float
    peak_mb: float


class Subject(NamedTuple):
    """A command to be timed, the file it leaves its findings in and their name there, and the folder
    that has to be gone before it starts."""

    command: Sequence[str]
    results: Path
    findings: str
    without: Path | None = None


class CommandError(Exception):
    """A command ended with something else than success: its time means nothing."""


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """The cost of one run of a command in this project's folder. Raises CommandError.

    The peak is that of the largest process, and never less than the calling process's own.
    """
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=HERE.parent, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace").strip()[-2000:]
            raise CommandError(f"{' '.join(command)}\nended with {child.returncode}: {said}")
    per_mb = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / per_mb)


def in_turns(
    subjects: Mapping[str, Subject], rounds: int, environment: Mapping[str, str] | None = None
) -> dict[str, list[Cost]]:
    """The costs of each subject, one a round: a change in the machine's load meets them all."""
    costs: dict[str, list[Cost]] = {name: [] for name in subjects}
    for number in range(1, rounds + 1):
        for name, subject in subjects.items():
            print(f"round {number} of {rounds}: {name}", file=sys.stderr)
            if subject.without:
                shutil.rmtree(subject.without, ignore_errors=True)
            costs[name].append(measure(subject.command, environment))
    return costs


def spread(values: Sequence[float], digits: int) -> str:
    """The median of the values and their range."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def table(costs: Mapping[str, Sequence[Cost]], findings: Mapping[str, int]) -> str:
    """One line for each subject."""
    lines = [_row("", "wall s", "CPU s", "peak MB", "findings")]
    for name, runs in costs.items():
        wall, cpu, peak = zip(*runs, strict=True)
        lines.append(_row(name, spread(wall, 2), spread(cpu, 2), spread(peak, 0), str(findings[name])))
    return "\n".join(lines)


def ratios(costs: Mapping[str, Sequence[Cost]], pairs: Sequence[tuple[str, str]]) -> str:
    """One line for each pair: the runs of the same round over each other."""
    lines = [_row("ratio", "wall", "CPU", "peak")]
    for above, below in pairs:
        rounds = map(_quotient, costs[above], costs[below])
        cells = (spread(values, 3) for values in zip(*rounds, strict=True))
        lines.append(_row(f"{above} / {below}", *cells))
    return "\n".join(lines)


def _quotient(above: Cost, below: Cost) -> Cost:
    return Cost(*(a / max(b, 0.001) for a, b in zip(above, below, strict=True)))


def _row(name: str, *cells: str) -> str:
    return f"{name:<44}" + "".join(f"{cell:>22}" for cell in cells).rstrip()


def copied(source: Path, target: Path) -> int:
    """Put the Python files that both tools are to judge into a new git repository; how many.

    Test files stay behind: neither tool judges them unless told to. Git knows every file, and the
    empty .semgrepignore takes semgrep's other exclusions away.
    """
    paths = [path for path in gather(source).paths if not is_test(path)]
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target / path)
    (target / ".semgrepignore").touch()
    for arguments in (["init", "--quiet"], ["add", "--all", "--force"]):
        subprocess.run(["git", "-C", str(target), *arguments], check=True, env=_environment(target.parent))
    return len(paths)


def subjects(project: Path, results: Path, semgrep: str) -> dict[str, Subject]:
    """The subjects in the order of a round."""
    return {
        COLD: _jobcheck(project, results / "cold.json", "--no-cache"),
        FILLING: _jobcheck(project, results / "filling.json")._replace(without=project / CACHE),
        WARM: _jobcheck(project, results / "warm.json"),
        PEER: _semgrep(semgrep, project, results / "semgrep.json"),
    }


def _jobcheck(project: Path, results: Path, *options: str) -> Subject:
    command = [sys.executable, "-m", "jobcheck", "check", "--exit-zero", "--jobs", PROCESSES]
    return Subject([*command, "--format", f"json:{results}", *options, str(project)], results, "findings")


def _semgrep(semgrep: str, project: Path, results: Path) -> Subject:
    command = [semgrep, "scan", "--metrics", "off", "--disable-version-check", "--config", str(RULES)]
    output = ["--quiet", "--json", "--output", str(results), "-j", PROCESSES]
    return Subject([*command, *output, str(project)], results, "results")


def _environment(scratch: Path) -> dict[str, str]:
    """Ours without what would point git elsewhere or have Python compile every module in every run;
    semgrep keeps its own files in `scratch`."""
    unwanted = ("GIT_", "PYTHONDONTWRITEBYTECODE")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    settings, log = str(scratch / "semgrep-settings.yml"), str(scratch / "semgrep.log")
    return inherited | {"SEMGREP_SETTINGS_FILE": settings, "SEMGREP_LOG_FILE": log}


def _read(results: Path) -> Any:
    return json.loads(results.read_text(encoding="utf-8"))


def compare(source: Path, rounds: int, semgrep: str) -> str:
    """The whole comparison, as text. Raises CommandError."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder).resolve()
        project = scratch / "project"
        project.mkdir()
        files = copied(source, project)
        compared = subjects(project, scratch, semgrep)
        costs = in_turns(compared, rounds, _environment(scratch))
        findings = {name: len(_read(each.results)[each.findings]) for name, each in compared.items()}
        scanned = len(_read(compared[PEER].results)["paths"]["scanned"])
    title = f"{files:,} Python files, {scanned:,} of them scanned by semgrep; median (range) of {rounds} runs"
    return "\n\n".join([title, table(costs, findings), ratios(costs, PAIRS)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: compared. 1: a command failed. 2: wrong arguments, or semgrep is not installed."""
    parser = argparse.ArgumentParser(description="Compare the costs of jobcheck and semgrep.")
    parser.add_argument("path", type=Path, metavar="PATH", help="the project to judge; it is left as it is")
    parser.add_argument("--runs", type=int, default=3, help="how often each is run (default: 3)")
    parser.add_argument("--semgrep", default="semgrep", help="semgrep's command, when it is not on the PATH")
    asked = parser.parse_args(arguments)
    if not asked.path.is_dir() or asked.runs < 1:
        parser.error("PATH has to be a folder and --runs at least 1")
    semgrep = shutil.which(asked.semgrep)
    if semgrep is None:
        print(NO_SEMGREP, file=sys.stderr)
        return 2
    try:
        print(compare(asked.path, asked.runs, os.path.abspath(semgrep)))
    except CommandError as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

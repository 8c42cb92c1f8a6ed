"""What jobcheck says of real repositories, against what readers wrote down before it ran.

The sources are not part of the project: JOBCHECK_CORPUS names a folder with a checkout of each
repository, and in history/ the two sides of each repaired defect.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobcheck.config import Config
from jobcheck.engine import run
from jobcheck.report import Report, Request

CORPUS = os.environ.get("JOBCHECK_CORPUS")
LISTS = sorted(Path(__file__).parent.glob("*.txt"))

pytestmark = pytest.mark.skipif(CORPUS is None, reason="JOBCHECK_CORPUS names no folder of repositories")

NOT_FOUND = {
    # Its import of the application climbs above the top package: the file cannot be imported.
    "saleor": {"saleor.channel.tasks.saleor3_22.set_automatic_completion_delay_task"},
}

REPAIRED = [
    pytest.param(
        "warehouse-9a270a2d0", "JC301", "warehouse.observations.tasks.report_observation_to_helpscout", id="helpscout"
    ),
    pytest.param(
        "oncall-8420cfd82",
        "JC305",
        "apps.alerts.tasks.acknowledge_reminder.acknowledge_reminder_task",
        id="reminder",
    ),
    pytest.param("oncall-c3b054ae6", "JC306", "apps.telegram.tasks.send_log_and_actions_message", id="telegram"),
]


def report(folder: Path, select: str) -> Report:
    return run(Request(str(folder), (str(folder),), Config(select=(select,)), use_cache=False, full=True))


@pytest.mark.parametrize("listed", LISTS, ids=lambda path: path.stem)
def test_finds_the_jobs_that_readers_found(listed: Path) -> None:
    lines = (line.partition("#")[0].strip() for line in listed.read_text("utf-8").splitlines())
    found = report(Path(str(CORPUS)) / listed.stem, "JC301").project.sites
    expected = set(filter(None, lines)) - NOT_FOUND.get(listed.stem, set())
    assert sorted(site.job.name for site in found) == sorted(expected)


@pytest.mark.parametrize(("name", "code", "subject"), REPAIRED)
def test_names_a_defect_until_it_is_repaired(name: str, code: str, subject: str) -> None:
    sides = {side: report(Path(str(CORPUS)) / "history" / name / side, code) for side in ("before", "after")}
    named = {
        side: any(each.finding.subject == subject for each in told.findings) for side, told in sides.items()
    }
    assert named == {"before": True, "after": False}

"""Draws findings to be judged by hand: `python tests/corpus/sample.py SIZE REPORT.json...`.

A report is the output of `jobcheck check --format json`, named after its repository. The draw goes round over
repositories and rules, so that no rule crowds out another, and depends on nothing but the seed and
the reports. One JSON object a line; `verdict` and `why` are left for the reader.
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SEED = 20261123


def draw(reports: dict[str, list[dict[str, Any]]], size: int) -> list[dict[str, Any]]:
    """At most `size` findings, taken in turn from each rule of each repository."""
    chance = random.Random(SEED)
    strata: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for repository, findings in sorted(reports.items()):
        for finding in findings:
            strata[finding["code"], repository].append(finding)
    for stratum in strata.values():
        chance.shuffle(stratum)
    order = sorted(strata)
    chance.shuffle(order)
    return [_row(repository, finding) for (_, repository), finding in _in_turn(order, strata)][:size]


def _in_turn(order: list[Any], strata: dict[Any, list[Any]]) -> Iterator[tuple[Any, Any]]:
    while any(strata.values()):
        for key in order:
            if strata[key]:
                yield key, strata[key].pop()


def _row(repository: str, finding: dict[str, Any]) -> dict[str, Any]:
    kept = {key: finding[key] for key in ("path", "line", "code", "subject", "message")}
    return {"repository": repository, **kept, "verdict": "", "why": ""}


if __name__ == "__main__":
    size, *files = sys.argv[1:]
    reports = {Path(file).stem: json.loads(Path(file).read_text("utf-8"))["findings"] for file in files}
    for row in draw(reports, int(size)):
        print(json.dumps(row, ensure_ascii=False))

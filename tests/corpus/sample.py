"""Draws findings to be judged by hand: `python tests/corpus/sample.py --size 40 REPORT.json...`.

A report is the output of `jobcheck check --format json`, named after its repository. The draw goes round over
repositories and rules, so that no rule crowds out another, and depends on nothing but the seed and
the reports; what was judged before (`--without verdicts-1.jsonl`) is left out. One JSON object a line; `verdict` and `why` are left for the reader.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

JUDGED = ("repository", "path", "line", "code", "subject")


def draw(reports: dict[str, list[dict[str, Any]]], size: int, seed: int) -> list[dict[str, Any]]:
    """At most `size` findings, taken in turn from each rule of each repository."""
    chance = random.Random(seed)
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


def _judged(files: list[Path]) -> set[tuple[Any, ...]]:
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return {tuple(row[key] for key in JUDGED) for row in rows}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", nargs="+", type=Path)
    parser.add_argument("--size", type=int, default=40)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--without", nargs="*", type=Path, default=[])
    return parser.parse_args()


if __name__ == "__main__":
    asked = _arguments()
    judged = _judged(asked.without)
    reports = {
        file.stem: [
            finding
            for finding in json.loads(file.read_text("utf-8"))["findings"]
            if tuple(_row(file.stem, finding)[key] for key in JUDGED) not in judged
        ]
        for file in asked.reports
    }
    for row in draw(reports, asked.size, asked.seed):
        print(json.dumps(row, ensure_ascii=False))

"""For other programs: stable and versioned; docs/checklist.md tells every key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jobcheck.catalog import load_catalog
from jobcheck.checklist.matrix import Matrix, Row, Verdict
from jobcheck.checklist.questions import Question
from jobcheck.inventory import SETTINGS, setting
from jobcheck.model import Act, Location, Site
from jobcheck.terminal import View

VERSION = 1


def matrices(found: Sequence[Matrix], _view: View) -> str:
    return _document(projects=[_project(each, [_job(row) for row in each.rows]) for each in found])


def sheets(found: Sequence[Matrix], _view: View) -> str:
    projects = [_project(each, [_job(row) | _sheet(row.site) for row in each.rows]) for each in found]
    return _document(projects=projects)


def questions(asked: Sequence[Question], _view: View) -> str:
    points = ("about", "jobs")
    return _document(
        questions=[
            {
                "text": each.text,
                "answer": each.answer,
                "points": [{key: getattr(point, key) for key in points} for point in each.points],
            }
            for each in asked
        ]
    )


def _document(**content: Any) -> str:
    return json.dumps({"version": VERSION, **content}, indent=2, ensure_ascii=False) + "\n"


def _project(matrix: Matrix, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    rules = load_catalog().rules
    return {
        "root": matrix.report.root,
        "profile": matrix.report.profile,
        "boxes": [
            {
                "id": box.id,
                "head": box.head,
                "text": box.text,
                "rules": [rule.code for rule in rules if box.id in rule.boxes],
                "totals": matrix.totals(box),
            }
            for box in matrix.boxes
        ],
        "jobs": jobs,
        "problems": [
            {"path": each.path, "line": each.line, "message": each.message} for each in matrix.report.problems
        ],
    }


def _job(row: Row) -> dict[str, Any]:
    job = row.site.job
    return {
        "name": job.name,
        "framework": job.framework,
        "kind": row.site.kind,
        **_line(job.at),
        "boxes": {cell.box.id: cell.state for cell in row.cells},
        "rules": [_verdict(verdict) for verdict in row.verdicts],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    where = _line(verdict.at) if verdict.at else {"path": None, "line": None}
    return {"code": verdict.code, "state": verdict.state, "says": verdict.says, **where}


def _sheet(site: Site) -> dict[str, Any]:
    options = {name: setting(getattr(site.job.options, name)) for name in SETTINGS}
    return {
        "options": options,
        "producers": [_line(each.at) for each in site.producers],
        "acts": [_act(act) for act in site.flow.acts],
        "marks": {name: getattr(site.flow, name).state for name in ("started", "completed", "failed")},
    }


def _act(act: Act) -> dict[str, Any]:
    guard = act.cover.guard
    return {
        "kind": act.what.kind,
        "target": act.what.target,
        **_line(act.what.at),
        "cover": act.cover.state,
        "why": act.cover.why,
        "guard": _line(guard) if guard else None,
    }


def _line(at: Location) -> dict[str, Any]:
    return {"path": at.path, "line": at.span.line}

"""The laws of the architecture, checked on the source itself."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest
from msgspec import Struct

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "jobcheck"
MODULES = sorted(PACKAGE.rglob("*.py"))
NOUNS = (PACKAGE / "facts.py", *sorted((PACKAGE / "model").glob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("jobcheck", exclude_type_checking_imports=True, cache_dir=None)


def test_the_contracts_between_modules_hold() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        "--no-cache",
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = imports()
    circles = [
        (module, chain)
        for module in graph.modules
        if module.startswith("jobcheck.")
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.startswith("jobcheck.") and (chain := graph.find_shortest_chain(imported, module))
    ]
    assert circles == []


def test_checks_see_of_the_facts_only_spans() -> None:
    seen = {
        name.name
        for path in (PACKAGE / "checks").glob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "jobcheck.facts"
        for name in node.names
    }
    assert seen <= {"Span"}


def test_modules_are_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in MODULES}
    longer = {path: length for path, length in lengths.items() if length > (500 if path == NOUNS[0] else 400)}
    assert longer == {}


def functions() -> Iterator[int]:
    """The number of lines of each function, without decorators and docstring."""
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                yield (node.body[0].lineno - node.lineno) + (node.end_lineno or 0) - body[0].lineno + 1


def test_functions_are_short() -> None:
    lengths = sorted(functions())
    assert statistics.median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.95)] <= 35


@pytest.mark.parametrize("path", NOUNS, ids=lambda path: path.stem)
def test_every_field_of_the_nouns_is_read_somewhere(path: Path) -> None:
    fields = {
        (node.name, item.target.id)
        for node in tree(path).body
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }
    read = set().union(*(_read(each) for each in MODULES if each not in NOUNS))
    assert sorted(field for field in fields if field[1] not in read) == []


def test_every_field_of_the_policy_is_read_somewhere() -> None:
    """The rows of a table are read by the name of a kind, a volume or a phase, which is given."""
    from typing import get_args

    from jobcheck import policy
    from jobcheck.model import JobKind, Phase, Volume

    nouns = [each for each in vars(policy).values() if isinstance(each, type) and issubclass(each, Struct)]
    tables = {policy.RetryTable: JobKind, policy.RetentionTable: Volume, policy.LogFields: Phase}
    assert {table: table.__struct_fields__ for table in tables} == {
        table: get_args(rows) for table, rows in tables.items()
    }
    read = set().union(*(_read(path) for path in MODULES))
    fields = {
        (noun.__name__, field) for noun in nouns if noun not in tables for field in noun.__struct_fields__
    }
    assert sorted(field for field in fields if field[1] not in read) == []


def _read(path: Path) -> set[str]:
    """The attributes a module reads, be it by `.name` or by a pattern."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            names.add(node.attr)
        elif isinstance(node, ast.MatchClass):
            names.update(node.kwd_attrs)
    return names


def test_the_project_speaks_of_itself_only() -> None:
    words = re.compile(
        r"/work/|/tmp/i\d|\bissue #?\d|\bsub-?agents?\b|\bchatbot\b|\bhelper session\b", re.IGNORECASE
    )
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    told = [
        f"{name}:{number}"
        for name in listed
        if (ROOT / name).is_file() and not name.startswith("tests/test_laws")
        for number, line in enumerate((ROOT / name).read_text("utf-8", "replace").splitlines(), 1)
        if words.search(line)
    ]
    assert told == []


def test_pages_and_checks_are_the_same_rules() -> None:
    from jobcheck import checks
    from jobcheck.catalog import load_catalog
    from jobcheck.suppressions import UNUSED, WRONG

    assert load_catalog().joined({*checks.discover(), UNUSED, WRONG}).rules


def test_jobcheck_finds_nothing_in_itself() -> None:
    command = [sys.executable, "-m", "jobcheck", "check", "jobcheck", "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith("\n0 findings\n")

"""Files that people have written are read without a problem."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import msgspec
import pytest

from jobcheck.facts import FileFacts
from jobcheck.syntax import body, read

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
FILES = sorted([*LIBRARY.glob("asyncio/*.py"), *LIBRARY.glob("json/*.py"), *LIBRARY.glob("[a-h]*.py")])
FILES = [path for path in FILES if path.stat().st_size < 60_000][:80]


def test_there_are_files_to_read():
    assert len(FILES) >= 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_a_library_module_is_read_whole(path):
    source = path.read_bytes()
    found = read(source)
    assert isinstance(found, FileFacts), found
    definitions = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    heads = {
        (each.header.line, each.qualname.rpartition(".")[2].partition("#")[0])
        for each in found.outline.functions
    }
    assert heads == {(node.lineno, node.name) for node in definitions}
    assert all(body(source, each.qualname) is not None for each in found.outline.functions)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found

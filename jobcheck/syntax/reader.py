"""From the bytes of a file to its facts, whatever the bytes are."""

from __future__ import annotations

import ast
import gc
import io
import re
import sys
import tokenize
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst

from jobcheck.facts import FileFacts, Problem
from jobcheck.syntax.definitions import file_facts
from jobcheck.syntax.nesting import NestingError, too_deep

_FRAMES = 10_000
_PLACE = re.compile(r"error at (\d+):(\d+)")
_NEWLINE = re.compile(r"\r\n?|\n")
_NESTED = "nested too deeply to be read"


def facts_of(source: bytes) -> FileFacts | Problem:
    text = _decoded(source)
    if isinstance(text, Problem):
        return text
    deep = too_deep(text)
    if deep is not None:
        return _problem_at(text, deep, _NESTED)
    return _parsed(text)


def _parsed(text: str) -> FileFacts | Problem:
    try:
        with _room_for_recursion(), _no_collection():
            return file_facts(cst.parse_module(text), text)
    except cst.ParserSyntaxError as error:
        return _syntax_problem(text, error)
    except NestingError as error:
        return Problem(error.span.line, error.span.column, _NESTED)
    except RecursionError:
        return Problem(1, 1, _NESTED)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the native parser is not an Exception
        return Problem(1, 1, f"cannot be parsed: {type(error).__name__}")


@contextmanager
def _room_for_recursion() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@contextmanager
def _no_collection() -> Iterator[None]:
    """A parse makes many objects and no garbage; collecting would cost a seventh of its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


# --- decoding -------------------------------------------------------------------------------


def _decoded(source: bytes) -> str | Problem:
    if b"\0" in source:
        return _problem_after(source[: source.index(b"\0")], "contains a null byte")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        return source.decode(encoding)
    except UnicodeDecodeError as error:
        return _problem_after(source[: error.start], f"is not valid {error.encoding}")
    except (SyntaxError, LookupError, UnicodeError) as error:
        return _undecodable(source, str(error))


def _undecodable(source: bytes, message: str) -> Problem:
    try:
        source.decode()
    except UnicodeDecodeError as error:
        return _problem_after(source[: error.start], "is not valid utf-8")
    return Problem(1, 1, message)


def _problem_after(before: bytes, message: str) -> Problem:
    text = before.decode(errors="replace")
    return _problem_at(text, len(text), message)


def _problem_at(text: str, offset: int, message: str) -> Problem:
    lines = _NEWLINE.split(text[:offset])
    return Problem(len(lines), len(lines[-1]) + 1, message)


# --- syntax errors --------------------------------------------------------------------------


def _syntax_problem(text: str, error: cst.ParserSyntaxError) -> Problem:
    """Python's own account of the error where it has one: libcst's does not always say where."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as known:
        return Problem(max(known.lineno or 1, 1), max(known.offset or 1, 1), f"syntax error: {known.msg}")
    except (RecursionError, MemoryError):
        return Problem(1, 1, _NESTED)
    place = _PLACE.search(error.message)
    line, column = map(int, place.groups()) if place else (error.raw_line, error.raw_column)
    return Problem(line, max(column, 1), "syntax error")

"""Constants and strings as they are written; nothing is evaluated."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Union

import libcst as cst

from jobcheck.facts import Literal, Opaque, Span, Text, Value

Constant = Union[Literal, Opaque]
Lower = Callable[[cst.BaseExpression], Value]
Formatted = Union[cst.FormattedString, cst.TemplatedString]

_ESCAPE = re.compile(
    r"\\(?:(\r\n|\r|\n)|([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})"
    r"|U([0-9a-fA-F]{8})|N\{([^}]+)\}|(.))",
    re.DOTALL,
)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LETTERS |= {"\\": "\\", "'": "'", '"': '"'}
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIGITS = 200  # far more than 64 bits take in any base


def integer(digits: str, span: Span) -> Constant:
    if len(digits) > _DIGITS:
        return Opaque("big integer", span)
    return number(int(digits, 0), span)


def number(value: int | float, span: Span) -> Constant:
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return Opaque("big integer", span)
    return Literal(value, span)


def string(node: cst.BaseExpression, span: Span, lower: Lower) -> Value:
    """A string of any sort, parts written side by side taken together."""
    pieces = list(_pieces(node))
    if any(isinstance(piece, cst.SimpleString) and "b" in piece.prefix for piece in pieces):
        return Opaque("bytes", span)
    parts: list[str | Value] = []
    for part in chain.from_iterable(_parts(piece, lower) for piece in pieces):
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    lowered = tuple(_text(part, span) if isinstance(part, str) else part for part in parts or ("",))
    return lowered[0] if all(isinstance(part, str) for part in parts) else Text(lowered, span)


def _pieces(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    while isinstance(node, cst.ConcatenatedString):
        yield node.left
        node = node.right
    yield node


def _parts(piece: cst.BaseExpression, lower: Lower) -> Iterator[str | Value]:
    if isinstance(piece, cst.SimpleString):
        yield _decoded(piece.raw_value, "r" in piece.prefix)
    elif isinstance(piece, (cst.FormattedString, cst.TemplatedString)):
        yield from _formatted(piece.parts, "r" in piece.prefix, lower)


def _formatted(parts: Sequence[cst.CSTNode], raw: bool, lower: Lower) -> Iterator[str | Value]:
    for part in parts:
        if isinstance(part, (cst.FormattedStringText, cst.TemplatedStringText)):
            yield _decoded(part.value, raw).replace("{{", "{").replace("}}", "}")
        elif isinstance(part, (cst.FormattedStringExpression, cst.TemplatedStringExpression)):
            yield lower(part.expression)
            inner = _formatted(part.format_spec or (), raw, lower)
            yield from (value for value in inner if not isinstance(value, str))


def _text(value: str, span: Span) -> Constant:
    return Opaque("not text", span) if _SURROGATE.search(value) else Literal(value, span)


def _decoded(written: str, raw: bool) -> str:
    if "\r" in written:
        written = written.replace("\r\n", "\n").replace("\r", "\n")
    return written if raw or "\\" not in written else _ESCAPE.sub(_unescaped, written)


def _unescaped(found: re.Match[str]) -> str:
    newline, octal, byte, short, long, name, other = found.groups()
    if newline:
        return ""
    if octal:
        return chr(int(octal, 8))
    if other:
        return _LETTERS.get(other, found.group())
    try:
        return unicodedata.lookup(name) if name else chr(int(byte or short or long, 16))
    except (KeyError, ValueError, OverflowError):
        return found.group()

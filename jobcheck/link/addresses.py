"""What a request is for, as far as its address and the function that sends it say."""

from __future__ import annotations

import re

from jobcheck import facts
from jobcheck.link.entities import Data, Scope
from jobcheck.link.resolve import Resolver
from jobcheck.vocabulary import Vocabulary


def is_harmless(resolver: Resolver, vocabulary: Vocabulary, call: facts.Call, scope: Scope) -> bool:
    """Whether a second request of this sort does nothing that a first one has not done."""
    if is_harmless_function(vocabulary, scope.qualname.rpartition(".")[2]):
        return True
    given = [a.value for a in call.args if a.name in {None, "url"} and not a.star]
    return any(_words(_text(resolver, value, scope)) & vocabulary.harmless_addresses for value in given[:2])


def is_harmless_function(vocabulary: Vocabulary, name: str) -> bool:
    """Whether a function says by its name that what it asks for may be asked for twice."""
    first, *others = name.lower().lstrip("_").split("_")
    if first in vocabulary.harmless_functions:
        return "or" not in others and "and" not in others
    return not others and first in vocabulary.harmless_names


def _words(address: str) -> set[str]:
    path = address.lower().partition("://")[2].partition("/")[2] if "://" in address else address.lower()
    return set(re.findall(r"[a-z0-9]+", path))


def _text(resolver: Resolver, value: facts.Value, scope: Scope, depth: int = 4) -> str:
    """What is written out of an address, wherever it is put together."""
    match value:
        case facts.Literal(value=str(text)):
            return text
        case facts.Text(parts=parts):
            return "".join(_text(resolver, part, scope, depth) for part in parts)
        case facts.Compute(operands=operands):
            return "".join(_text(resolver, operand, scope, depth) for operand in operands)
        case facts.Call(args=args):
            return "/".join(_text(resolver, argument.value, scope, depth) for argument in args)
        case facts.Read() if depth:
            found = resolver.entity(value, scope)
            made = found.bound if isinstance(found, Data) else getattr(found, "made", None)
            inner = getattr(made, "value", None) or getattr(made, "call", None)
            return _text(resolver, inner, made.scope, depth - 1) if made is not None and inner else ""
        case _:
            return ""

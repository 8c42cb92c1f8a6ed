"""What names of fields say: words compared whatever the style they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable

from jobcheck.policy import Policy

WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
HARMLESS = frozenset({"encrypted", "masked", "redacted", "public", "has", "is", "need", "require", "use"})
"""Words of names that tell about a secret, and hold none."""


def words(name: str) -> tuple[str, ...]:
    """`userApiKeys`, `user_api_keys` and `USER-API-KEYS` are user, api, key."""
    return tuple(_singular(word.lower()) for word in WORDS.findall(name))


def ends_in(name: str, known: Iterable[str]) -> bool:
    """Whether a name ends in the words of one of the known ones."""
    own = words(name)
    return any(own[-len(end) :] == end for end in map(words, known) if end)


def is_sensitive(name: str, policy: Policy) -> bool:
    """Whether what goes by a name is a secret."""
    return ends_in(name, policy.sensitive_names) and not set(words(name)) & HARMLESS


def _singular(word: str) -> str:
    plural = len(word) > 3 and word.endswith("s") and not word.endswith("ss")
    return word[:-1] if plural or word in {"ids", "pks"} else word

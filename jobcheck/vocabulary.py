"""Which calls mean what, and which names say so: `rules/vocabulary.toml`, read once and looked up often.

Paths are canonical as `link.entities` has them. A pattern's "*" stands for any part of one name,
"**" for any number of names, and "?word" at its end asks for that keyword in the call.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, Literal

import tomli
from msgspec import Struct
from msgspec.structs import replace

ROLES = [
    "repeats",
    "idempotent",
    "reads",
    "http",
    "query",
    "create",
    "increment",
    "append",
    "update",
    "claim-update",
    "natural",
    "sql",
    "save",
    "remember",
    "record",
    "claim",
    "lock",
    "transaction",
    "commit",
    "flush",
    "on-commit",
    "set-context",
    "reset-context",
    "log",
    "log-context",
    "times-out",
    "pure",
]
METHODS = {
    "get": "reads",
    "head": "reads",
    "options": "reads",
    "put": "idempotent",
    "patch": "idempotent",
    "delete": "idempotent",
    "post": "repeats",
    "request": "http",
    "urlopen": "http",
    "stream": "http",
}
LEVELS = {
    **{name: name for name in ("debug", "info", "warning", "error", "exception", "critical", "fatal")},
    **dict.fromkeys(("msg", "success", "log", "notice", "print"), "info"),
    **dict.fromkeys(("print_exc", "capture_exception", "capture_message", "record_exception"), "report"),
    **dict.fromkeys(("report_exc_info", "report_message", "notify", "notice_error"), "report"),
    "trace": "debug",
    "warn": "warning",
}
"""The level of the line that a method writes, by its name; "report" is one to an error tracker."""
TRACEBACKS = frozenset(
    {
        "exception",
        "print_exc",
        "capture_exception",
        "report_exc_info",
        "notify",
        "notice_error",
        "record_exception",
    }
)
"""Methods whose line brings the traceback of the exception being handled."""
SPELT_KINDS = {
    **dict.fromkeys(
        ("email", "sms", "push", "chat", "payment", "http", "llm", "publish", "webhook"), "repeats"
    ),
}
STORED = {
    **dict.fromkeys(("claim", "remember", "record", "increment", "append", "lock"), "cache"),
    "log": "log",
    "reads": "http",
    "mark": "mark",
}

SERVICE = re.compile(r"([\w.]+)\([^()]+\)\.")
"""A maker of clients that its first argument tells apart."""

Shape = Literal["", "class", "query", "tuple", "row", "related", "value"]


class VocabularyError(ValueError):
    """A table of the vocabulary that cannot be read; the message names it."""


class Entry(Struct, frozen=True):
    """What one pattern means: a role, and what kind of thing it is done to."""

    pattern: str
    matches: re.Pattern[str]
    needs: str
    role: str
    kind: str
    keys: tuple[str, ...] = ()
    forgets: float | None = None

    @property
    def weight(self) -> tuple[bool, int]:
        """The more is written out, the more a pattern says."""
        return bool(self.needs), len(self.pattern.replace("*", ""))


class Vocabulary:
    """All of it. Answers are remembered: the same names come by thousands of times."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._aliases: dict[str, str] = dict(tables.get("aliases", {}))
        libraries = [_library(table) for table in tables.get("library", ())]
        self._entries = _file(entry for library in libraries for entry in library)
        self._names = _file(_spelt(tables.get("names", {})))
        self._known = frozenset(re.split(r"[.(]", e.pattern)[0] for library in libraries for e in library)
        self.services = frozenset(
            m[1] for library in libraries for e in library if (m := SERVICE.match(e.pattern))
        )
        self._waits = [
            _pattern(path) for table in tables.get("library", ()) for path in table.get("waits", ())
        ]
        self.libraries = tuple(str(table.get("name", "")) for table in tables.get("library", ()))
        orm = tables.get("orm", {})
        self._shapes: tuple[tuple[Shape, re.Pattern[str]], ...] = (
            ("row", _patterns(orm.get("rows", ()))),
            ("query", _patterns(orm.get("querysets", ()))),
            ("class", _patterns(orm.get("models", ()))),
        )
        self._row_verbs = frozenset(orm.get("row", ()))
        self._value_verbs = frozenset(orm.get("lookup", ()))
        self._tuple_verbs = frozenset(orm.get("tuples", ()))
        self._verbs = {
            verb: role for role in ("create", "natural", "update", "save") for verb in orm.get(role, ())
        }
        passing = (*orm.get("append-only", ()), *orm.get("scratch", ()))
        self._append_only = _patterns(passing)
        requests = tables.get("requests", {})
        self.harmless_addresses = frozenset(requests.get("address", ()))
        self.harmless_functions = frozenset(requests.get("function", ()))
        self.harmless_names = frozenset(requests.get("whole", ()))
        self._flags = [
            (phase, _pattern(p)) for phase, names in tables.get("flags", {}).items() for p in names
        ]
        self._words = {word: phase for phase, words in tables.get("words", {}).items() for word in words}
        functions = tables.get("functions", {})
        phases = sorted(functions, key=lambda phase: (phase == "status", phase))
        self._functions = [(phase, _pattern(name)) for phase in phases for name in functions[phase]]
        self.canonical = lru_cache(maxsize=None)(self._canonical)
        self._meant = lru_cache(maxsize=None)(lambda path: _fitting(self._entries, self.canonical(path)))
        self._spelt = lru_cache(maxsize=None)(lambda text: _fitting(self._names, _bare(text)))
        self.shape = lru_cache(maxsize=None)(self._shape)
        self.flag = lru_cache(maxsize=None)(self._flag)
        self.status_function = lru_cache(maxsize=None)(self._status_function)

    # --- calls ---

    def entry(self, path: str, keywords: Collection[str] = ()) -> Entry | None:
        """What a call of a path means."""
        return _best(self._meant(path), keywords)

    def named(self, text: str, keywords: Collection[str] = ()) -> Entry | None:
        """What a call that cannot be followed means by how it is written."""
        return _best(self._spelt(text), keywords)

    def knows(self, path: str) -> bool:
        """Whether a path belongs to a library of the vocabulary."""
        return re.split(r"[.(]", self.canonical(path), maxsplit=1)[0] in self._known

    def waits(self, path: str) -> bool:
        """Whether a call waits for ever for an answer, unless it is given a `timeout`."""
        return any(pattern.fullmatch(self.canonical(path)) for pattern in self._waits)

    def _canonical(self, path: str) -> str:
        for _ in range(5):
            other = self._replaced(path)
            if other == path:
                break
            path = other
        return path

    def _replaced(self, path: str) -> str:
        for cut in range(len(path), 0, -1):
            if cut < len(path) and path[cut] not in ".([":
                continue
            known = self._aliases.get(re.sub(r"\[[^][]*\]", "[]", path[:cut]))
            if known:
                return known + path[cut:]
        return path

    # --- models, queries and rows ---

    def is_row(self, path: str) -> bool:
        """Whether a path gives a row of a model."""
        return self.shape(path) == "row"

    def verb(self, verb: str, keywords: Collection[str] = ()) -> str:
        """What a method of rows and queries does: "create", "natural", "update", "save", "query" or ""."""
        for word in keywords:
            if f"{verb}?{word}" in self._verbs:
                return self._verbs[f"{verb}?{word}"]
        if verb in self._verbs:
            return self._verbs[verb]
        return "query" if verb in self._row_verbs | self._value_verbs else ""

    def looks_up(self, verb: str) -> bool:
        """Whether a method's result tells that there is such a row."""
        return verb in self._value_verbs or (verb in self._row_verbs and verb not in self._verbs)

    def is_append_only(self, model: str) -> bool:
        """Whether a model's rows are meant to be one per attempt, or are thrown away after use."""
        return self._append_only.fullmatch(model) is not None

    def _shape(self, path: str) -> Shape:
        tokens = _tokens(self._canonical(path))
        at, shape = self._start(tokens)
        while at < len(tokens) and shape:
            shape, at = self._next(shape, tokens, at)
        return shape

    def _start(self, tokens: tuple[str, ...]) -> tuple[int, Shape]:
        for end in range(len(tokens), 0, -1):
            if tokens[end - 1] == ".objects":
                return end, "query"
            prefix = "".join(tokens[:end])
            for shape, pattern in self._shapes:
                if pattern.fullmatch(prefix):
                    return end, shape
        return len(tokens), ""

    def _next(self, shape: Shape, tokens: tuple[str, ...], at: int) -> tuple[Shape, int]:
        part = tokens[at]
        called = at + 1 < len(tokens) and tokens[at + 1].startswith("(")
        if part.startswith("["):
            return ("value" if shape == "tuple" and part != "[0]" else "row"), at + 1
        if part.startswith("("):
            return ("row" if shape == "class" else "value"), at + 1
        if not called:
            return ("query" if shape in {"class", "query"} else "related"), at + 1
        if shape in {"row", "value", "tuple"}:
            return "value", at + 2
        return self._after(part[1:]), at + 2

    def _after(self, verb: str) -> Shape:
        if verb in self._tuple_verbs:
            return "tuple"
        if verb in self._row_verbs:
            return "row"
        return "value" if verb in self._value_verbs else "query"

    # --- names of fields, words, functions ---

    def _flag(self, name: str) -> str:
        """What a field records by its name: "done", "started", "failed", "status" or ""."""
        return next((phase for phase, pattern in self._flags if pattern.fullmatch(_snake(name))), "")

    def word(self, value: str) -> str:
        """The phase that a status word stands for: "started", "completed", "failed" or ""."""
        return str(self._words.get(value.lower(), ""))

    def _status_function(self, name: str) -> str:
        """The phase that a function records by its name, "status" when its arguments tell."""
        bare = _snake(name).lstrip("_")
        return next((phase for phase, pattern in self._functions if pattern.fullmatch(bare)), "")


def load_vocabulary(text: str, extra: Mapping[str, Any] = {}) -> Vocabulary:
    """The vocabulary of a TOML text; the tables of `extra` are added to it."""
    tables = tomli.loads(text)
    return Vocabulary(_merged(tables, extra) if extra else tables)


def _merged(tables: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(tables)
    for key, value in extra.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, Mapping):
            merged[key] = _merged(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            merged[key] = [*known, *value]
        else:
            merged[key] = value
    return merged


# --- reading ----------------------------------------------------------------------------


def _library(table: Mapping[str, Any]) -> list[Entry]:
    name = table.get("name", "?")
    unknown = sorted(set(table) - {*ROLES, "name", "kind", "keys", "forgets", "source", "waits"})
    if unknown:
        raise VocabularyError(f"vocabulary, library {name}: no such key: {', '.join(unknown)}")
    kind, keys = str(table.get("kind", "http")), tuple(table.get("keys", ()))
    made = [
        _entry(path, role, kind, keys) for role in ROLES if role != "http" for path in table.get(role, ())
    ]
    for prefix in table.get("http", ()):
        made += [_entry(f"{prefix}.{method}", role, kind, keys) for method, role in METHODS.items()]
    forgets = table.get("forgets")
    return made if forgets is None else [replace(entry, forgets=float(forgets)) for entry in made]


def _spelt(table: Mapping[str, Any]) -> Iterable[Entry]:
    for role, patterns in table.items():
        for path in patterns:
            kind = role if role in SPELT_KINDS else STORED.get(role, "database")
            yield _entry(
                path, SPELT_KINDS.get(role, role), kind, ("idempotency_key", "Idempotency-Key"), "(.*\\.)?"
            )


def _entry(path: str, role: str, kind: str, keys: tuple[str, ...], before: str = "") -> Entry:
    pattern, _, needs = path.partition("?")
    return Entry(pattern, _pattern(pattern, before), needs, role, kind, keys)


@cache
def _pattern(glob: str, before: str = "") -> re.Pattern[str]:
    """`**` between dots is any number of names, `*` any part of one."""
    return re.compile(before + _expression(glob))


def _patterns(globs: Iterable[str]) -> re.Pattern[str]:
    """What fits one of several globs."""
    return re.compile("|".join(map(_expression, globs)) or r"(?!)")


def _expression(glob: str) -> str:
    text = re.escape(glob).replace(r"\.\*\*\.", r"\.(?:.*\.)?")
    return text.replace(r"\.\*\*", r"\..*").replace(r"\*", r"[^.]*")


def _file(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """Entries by the last name of their pattern; those whose last name is open, under ""."""
    filed: dict[str, list[Entry]] = {}
    for entry in entries:
        last = entry.pattern.rpartition(".")[2]
        filed.setdefault("" if "*" in last else last, []).append(entry)
    return {last: tuple(found) for last, found in filed.items()}


def _snake(name: str) -> str:
    """A name with its words apart: `welcomeSent` is `welcome_sent`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _bare(text: str) -> str:
    """A name as it is written, without what it is called with."""
    return re.sub(r"\([^()]*\)|\[[^][]*\]", "", text.lower())


def _fitting(filed: dict[str, tuple[Entry, ...]], path: str) -> tuple[Entry, ...]:
    """The entries whose pattern a path matches, the most telling first."""
    candidates = filed.get(path.rpartition(".")[2], ()) + filed.get("", ())
    found = (entry for entry in candidates if entry.matches.fullmatch(path))
    return tuple(sorted(found, key=lambda entry: entry.weight, reverse=True))


def _best(fitting: tuple[Entry, ...], keywords: Collection[str]) -> Entry | None:
    return next((entry for entry in fitting if not entry.needs or entry.needs in keywords), None)


@cache
def _tokens(path: str) -> tuple[str, ...]:
    """A path in its parts: names with the dot before them, "(...)" and "[...]"."""
    return tuple(re.findall(r"\([^()]*\)|\[[^][]*\]|\.?[^.()[\]]+", path))

"""What statements and tests look like: the names they bind, the values they read, when two are alike."""

from __future__ import annotations

from jobcheck import facts
from jobcheck.link.bindings import statements
from jobcheck.link.keyed import reads
from jobcheck.link.meaning import spelt
from jobcheck.link.states import State

RUNNING = frozenset(
    [
        "submit",
        "map",
        "to_thread",
        "run_in_executor",
        "run",
        "run_until_complete",
        "apply",
        "create_task",
        "gather",
        "call",
        "start_soon",
    ]
)
"""Verbs that run the function they are handed."""


def truth_of(value: facts.Value | None) -> str:
    """ "true" or "false" for a returned constant, "" when it may be either."""
    if value is None:
        return "false"
    if isinstance(value, facts.Literal):
        return "true" if value.value else "false"
    return "true" if isinstance(value, facts.Record) and value.entries else ""


def tested_values(test: facts.Test) -> list[facts.Value]:
    """The values that a test works out, in order."""
    match test:
        case facts.Truth(value=value):
            return [value]
        case facts.Compare(left=left, right=right):
            return [left, right]
        case facts.Not(test=inner):
            return tested_values(inner)
        case facts.All(tests=tests) | facts.Any(tests=tests):
            return [value for part in tests for value in tested_values(part)]


def parts(value: facts.Value) -> list[facts.Value]:
    """The values that a value is made of, in order."""
    match value:
        case facts.Condition(test=test):
            return tested_values(test)
        case facts.Spread(value=inner):
            return [inner]
        case facts.Record(entries=entries):
            return [v for entry in entries for v in (entry.key, entry.value) if v is not None]
        case facts.Sequence(items=items) | facts.Text(parts=items) | facts.Compute(operands=items):
            return list(items)
        case _:
            return []


def tests_attempt(test: facts.Test) -> bool:
    """Whether a test asks if this is the last attempt."""
    words = (spelt(read).lower() for read in reads(test))
    return any(part in word for word in words for part in ("retries", "attempt"))


def tests_presence(test: facts.Test) -> bool:
    """Whether a test only asks if there is something: `if row:`, `if row is not None:`."""
    match test:
        case facts.Truth(value=facts.Read()):
            return True
        case facts.Not(test=inner):
            return tests_presence(inner)
        case facts.Compare(op="is" | "is not", right=facts.Literal(value=None)):
            return True
        case _:
            return False


COUNTS = (
    "request.retries",
    "max_retries",
    "attemptsMade",
    "attempts_made",
    "attemptsStarted",
    "retries_left",
)


def counts_attempts(test: facts.Test) -> bool:
    """Whether a test compares how often the framework has run the job."""
    return any(spelt(read).endswith(COUNTS) for read in reads(test))


def fingerprint(test: facts.Test, state: State) -> object | None:
    """What makes two tests the same: their text without positions, and the assignments they read."""
    shape = _shape(test)
    if shape is None:
        return None
    names = sorted({r.place.root for r in reads(test) if isinstance(r.place.root, str)})
    return shape, tuple((name, state.versions.get(name, 0)) for name in names)


def _shape(node: object) -> object | None:
    if isinstance(node, (facts.Call, facts.Lambda, facts.Named, facts.Yield, facts.Opaque)):
        return None
    if isinstance(node, (str, int, float, bool, type(None))):
        return repr(node)
    names = [name for name in getattr(node, "__struct_fields__", ()) if name != "span"]
    parts = node if isinstance(node, tuple) else [getattr(node, name) for name in names]
    shapes = [_shape(part) for part in parts]
    return None if None in shapes else (type(node).__name__, *shapes)


def assigned_names(block: facts.Block) -> set[str]:
    """The names that a block assigns, nested statements included."""
    found: set[str] = set()
    for statement in statements(block):
        if isinstance(statement, facts.Bind):
            for target in statement.targets:
                found |= set(target_names(target))
    return found


def target_names(target: facts.Target | None) -> list[str]:
    """The names at the root of an assignment's target."""
    if isinstance(target, facts.Unpack):
        return [name for part in target.targets for name in target_names(part)]
    return [target.root] if target is not None and isinstance(target.root, str) else []

"""The rules as code. A check is a pure function that judges one `Site`, `Enqueue` or `Project`.

The annotation of its first parameter says which; further parameters are filled by their
annotations from `Policy`, `Project` and `Speller`. It bears the name of its page, is found because
it lies in a module here, and yields outcomes: at least one per subject that it can speak of.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeVar, Union, get_type_hints

from msgspec import Struct

from jobcheck.facts import Span
from jobcheck.model import Enqueue, Fail, Location, Outcome, Project, Site, Speller, Unknown
from jobcheck.policy import Policy

F = TypeVar("F", bound=Callable[..., Union[Outcome, Iterable[Outcome]]])


class Check(Struct, frozen=True):
    """A registered check: what it judges and what else it asks for."""

    code: str
    judge: Callable[..., Union[Outcome, Iterable[Outcome]]]
    subject: type
    asks: tuple[type, ...]


_found: dict[str, Check] = {}


def check(code: str) -> Callable[[F], F]:
    """Registers a function as the check of a rule."""

    def register(judge: F) -> F:
        if code in _found:
            raise ValueError(f"{code} has two checks")
        hints = {name: hint for name, hint in get_type_hints(judge).items() if name != "return"}
        subject, *asks = hints.values()
        _found[code] = Check(code, judge, subject, tuple(asks))
        return judge

    return register


def discover() -> dict[str, Check]:
    """Every check by its code: whatever the modules of this package define."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(_found.items()))


def run(project: Project, policy: Policy, codes: Collection[str], spell: Speller) -> list[Outcome]:
    """What the checks with these codes say of a project, in an order that depends on nothing else."""
    given: dict[type, Any] = {Policy: policy, Project: project, Speller: spell}
    subjects: dict[type, tuple[Any, ...]] = {
        Site: project.sites,
        Enqueue: _enqueues(project),
        Project: (project,),
    }
    outcomes = [
        outcome
        for code, found in discover().items()
        if code in codes
        for subject in subjects[found.subject]
        for outcome in _many(found.judge(subject, *(given[kind] for kind in found.asks)))
    ]
    return sorted(outcomes, key=_order)


def _enqueues(project: Project) -> tuple[Enqueue, ...]:
    """Each producer once, although jobs of one queue may share it."""
    reached = (enqueue for site in project.sites for enqueue in site.producers)
    return tuple(dict.fromkeys((*reached, *project.strays)))


def _many(judged: Union[Outcome, Iterable[Outcome]]) -> Iterator[Outcome]:
    if isinstance(judged, Iterable):
        yield from judged
    else:
        yield judged


_NOWHERE = Location("", Span(0, 0, 0, 0))


def _order(outcome: Outcome) -> tuple[str, str, str, Location, str]:
    if isinstance(outcome, Fail):
        finding = outcome.finding
        return finding.code, finding.subject, "Fail", finding.at, finding.message
    at = outcome.at if isinstance(outcome, Unknown) else _NOWHERE
    return outcome.code, outcome.subject, type(outcome).__name__, at, ""

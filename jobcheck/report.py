"""Nouns of the two ends of the pipe: what is asked (`Request`) and what is answered (`Report`)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Literal, Union

from msgspec import Struct

from jobcheck.catalog import Severity
from jobcheck.config import Config
from jobcheck.facts import Directive
from jobcheck.model import Finding, Location, Outcome, Project, Site, Unknown

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

Progress = Callable[[str, int, int], None]
"""Told about work under way: the stage, how many are done, of how many."""

_LAYOUT = re.compile(r"""\b[uU](?=["'])|[\s\\"'(),]+""")
"""What formatters add, take away or write otherwise: space, quotes, parentheses, trailing commas."""


class Request(Struct, frozen=True):
    """One project to check.

    `root` and `paths` are absolute; the analysis covers the root, `paths` say where to report.
    `overlays` give the text of files, by path relative to the root, instead of what is on disk.
    `baseline` is a file of known findings; None is the settings' own, "" is none at all.
    """

    root: str
    paths: tuple[str, ...]
    config: Config = Config()
    overlays: dict[str, bytes] = {}
    include_tests: bool = False
    use_cache: bool = True
    honour_ignores: bool = True
    strict: bool = False
    full: bool = False
    workers: Union[int, None] = None
    baseline: Union[str, None] = None

    @property
    def asked(self) -> tuple[str, ...]:
        """The paths relative to the root, with "/"; the root itself is "."."""
        return tuple(os.path.relpath(path, self.root).replace(os.sep, "/") for path in self.paths)


class Unreadable(Struct, frozen=True, order=True):
    """A file that should have been judged and could not be read."""

    path: str
    line: int
    column: int
    message: str


class Screen(Struct, frozen=True):
    """What a file must mention, as whole words, to be read: any of `words`, all names of one of
    `together`, or the name of one of `clues` and, if it has any, one of the words beside that."""

    words: frozenset[str] = frozenset()
    together: frozenset[tuple[str, ...]] = frozenset()
    clues: frozenset[tuple[str, tuple[str, ...]]] = frozenset()


class Understood(Struct, frozen=True):
    """What linking ends with: the project, the directives of its files, and what could not be read.

    It depends on the content of the files in `read` alone, as long as no other passes the screen.
    """

    project: Project
    directives: dict[str, tuple[Directive, ...]] = {}
    unreadable: tuple[Unreadable, ...] = ()
    read: tuple[str, ...] = ()
    screen: Screen = Screen()


class Entry(Struct, frozen=True, order=True, omit_defaults=True, forbid_unknown_fields=True):
    """One finding as a baseline names it: job by job, as it was before grouping, without its line."""

    path: str
    code: str
    subject: str
    fingerprint: str
    certainty: Literal["established", "unknown"] = "established"


class Baseline(Struct, frozen=True):
    """The findings a project knows of and has put off; `file` is where they are written down."""

    file: str
    entries: tuple[Entry, ...]


class Evidence(Struct, frozen=True):
    """Everything triage needs. Paths are relative to the root, as in `Location`.

    `ran` are the codes of the rules that were judged. `directives` are those of the files read, by
    path. `lines` gives the source lines of a file. `unread` are the files nothing is known of.
    """

    project: Project
    outcomes: Sequence[Outcome]
    ran: frozenset[str]
    directives: dict[str, tuple[Directive, ...]]
    lines: Callable[[str], Sequence[str]]
    known: tuple[Entry, ...] = ()
    unread: frozenset[str] = frozenset()


class Reported(Struct, frozen=True):
    """A finding as it is shown. `bug` tells that the job misbehaves whatever the policy.

    `excerpt` are the source lines of the finding's span.
    """

    finding: Finding
    name: str
    severity: Severity
    bug: bool
    fingerprint: str
    excerpt: tuple[str, ...] = ()


class Triaged(Struct, frozen=True):
    """What triage makes of the outcomes.

    `findings` are to be shown, grouped, ordered by risk. `standing` is what a baseline made now would
    hold; `baselined` are the findings that the present one holds, ungrouped, and `stale` are those of
    its entries that match nothing any more.
    """

    findings: tuple[Reported, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    baselined: tuple[Reported, ...] = ()
    standing: tuple[Entry, ...] = ()
    stale: tuple[Entry, ...] = ()


class Hint(Struct, frozen=True):
    """Something that looks like a job decorator and cannot be followed, and the setting that names it."""

    decorator: str
    functions: int
    setting: str = "task-decorators"


class Report(Struct, frozen=True):
    """What is known about one project. `findings` are ordered by risk.

    `asked` are the request's. `files_seen` counts the Python files under the root, `files_asked` those
    under the paths asked for. Of the baseline, `Triaged` tells; without one `baseline` is None.
    """

    root: str
    profile: str
    project: Project
    asked: tuple[str, ...] = (".",)
    findings: tuple[Reported, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    baseline: Union[Baseline, None] = None
    baselined: tuple[Reported, ...] = ()
    standing: tuple[Entry, ...] = ()
    stale: tuple[Entry, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    problems: tuple[Unreadable, ...] = ()
    hints: tuple[Hint, ...] = ()
    files_seen: int = 0
    files_asked: int = 0

    def count(self, severity: Severity) -> int:
        return sum(reported.severity == severity for reported in self.findings)

    @property
    def sites(self) -> list[Site]:
        """The jobs under the paths asked for."""
        asked = frozenset(self.asked)
        return [site for site in self.project.sites if is_under(site.job.at.path, asked)]

    @property
    def unknown(self) -> dict[Location, list[Unknown]]:
        """The values that could not be told, in order of place, each with the verdicts it decides."""
        places: dict[Location, list[Unknown]] = {}
        for outcome in self.outcomes:
            if isinstance(outcome, Unknown):
                places.setdefault(outcome.at, []).append(outcome)
        return dict(sorted(places.items()))


def is_under(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of the others or lies below one; all are relative to the root."""
    within = folders if isinstance(folders, frozenset) else frozenset(folders)
    return "." in within or path in within or any(folder in within for folder in _above(path))


def _above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def fingerprint(finding: Finding, snippet: str, ordinal: int) -> str:
    """Names a finding for as long as its code stays the same, wherever the lines move.

    A finding that speaks of several jobs is named without them. `ordinal` tells apart findings that
    are equal in everything else. Of the snippet only that counts which no formatter changes.
    """
    scope = "" if finding.affects else finding.subject
    parts = (finding.code, finding.at.path, scope, _LAYOUT.sub("", snippet).lower(), str(ordinal))
    return blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()

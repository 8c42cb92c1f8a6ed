"""A job with all that is known of it, and the project, as the rules ask about them."""

from __future__ import annotations

from typing import Literal, Union

from msgspec import Struct

from jobcheck.model.flow import Flow
from jobcheck.model.jobs import Enqueue, Job
from jobcheck.model.options import Options
from jobcheck.model.places import Location

JobKind = Literal["email", "external_api", "database", "llm", "webhook", "compute"]
Volume = Literal["high", "standard", "critical"]


class Site(Struct, frozen=True):
    """A job with everything a rule may ask about it."""

    job: Job
    producers: tuple[Enqueue, ...]
    kind: JobKind
    flow: Flow
    volume: Volume = "standard"

    @property
    def options(self) -> Options:
        return self.job.options


class Unjudged(Struct, frozen=True):
    """Something that looks like a job but is not judged, and why.

    `decorator` is the dotted path of one that may make jobs by a framework with rules.
    """

    what: str
    why: str
    at: Location
    decorator: str = ""


class Project(Struct, frozen=True):
    """All of it. `tenant_names` and `correlation_names` are the policy's and the project's own.

    `correlation` is where context propagation is installed for all jobs, if it is;
    `cause` is, per framework, the line at which a gap of the whole project would be closed.
    """

    sites: tuple[Site, ...] = ()
    strays: tuple[Enqueue, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()
    tenant_names: frozenset[str] = frozenset()
    correlation_names: frozenset[str] = frozenset()
    correlation: Union[Location, None] = None
    tenancy: bool = True
    causes: dict[str, Location] = {}

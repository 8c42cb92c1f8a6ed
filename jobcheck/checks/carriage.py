"""Whether a name - a tenant's, a correlation id's - reaches a job, by payload or beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Union

from msgspec import Struct

from jobcheck.model import Enqueue, Location, Site


class Carriage(Struct, frozen=True):
    """The answer; `why` and `at` tell what hides it, `lacking` are the producers that send none."""

    state: Literal["carried", "missing", "unknown"]
    lacking: tuple[Enqueue, ...] = ()
    why: str = ""
    at: Union[Location, None] = None


def carriage(site: Site, names: Iterable[str]) -> Carriage:
    """A parameter or key of the job counts as its own; else every producer must send the name."""
    wanted = {prefix + plain(name) for name in names for prefix in ("", "x")}
    taken = [parameter.name for parameter in site.job.parameters]
    taken += [field.name for field in site.flow.reads if field.name]
    lacking = tuple(enqueue for enqueue in site.producers if not wanted & _sent(enqueue))
    if wanted & {plain(name) for name in taken} or (site.producers and not lacking):
        return Carriage("carried")
    return _hidden(site, lacking) or Carriage("missing", lacking)


def run_by_clock(site: Site) -> bool:
    """Nothing but a schedule starts the job: there is no request or tenant it works for."""
    if not site.producers:
        return site.job.periodic is not None
    return all(enqueue.style == "schedule" for enqueue in site.producers)


def plain(name: str) -> str:
    """`organizationId`, `organization_id` and `Organization-ID` are one name."""
    return "".join(character for character in name.lower() if character.isalnum())


def _sent(enqueue: Enqueue) -> set[str]:
    fields = [field.name for field in enqueue.payload or () if field.name]
    return {plain(name) for name in (*fields, *enqueue.context)}


def _hidden(site: Site, lacking: tuple[Enqueue, ...]) -> Union[Carriage, None]:
    """What may carry the name unseen."""
    opened = site.job.payload_style == "document" or any(p.kind == "**" for p in site.job.parameters)
    for enqueue in lacking:
        why = _veil(enqueue, opened)
        if why:
            return Carriage("unknown", why=why, at=enqueue.at)
    if not site.producers and site.flow.reads_whole:
        return Carriage("unknown", why="the job uses its payload whole and nothing shows what is in it")
    if not site.producers and any(p.kind == "**" for p in site.job.parameters):
        return Carriage("unknown", why="the job takes any keyword and nothing shows which are sent")
    return None


def _veil(enqueue: Enqueue, opened: bool) -> str:
    if not enqueue.context_known:
        return "the headers cannot be told"
    if enqueue.payload is None:
        return "the payload cannot be told" if opened else ""
    if opened and any(field.spread for field in enqueue.payload):
        return "part of the payload is spread from elsewhere"
    if any(field.carried == "record" for field in enqueue.payload):
        return "a record is sent whose keys are not followed"
    return ""

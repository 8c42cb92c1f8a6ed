"""Whether what a producer sends fits what the job takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Union

from msgspec import Struct

from jobcheck.model import Enqueue, Field, Job, Location, Parameter, Site


class Mismatch(Struct, frozen=True):
    """Why it does not fit, and the place of the job's side."""

    wrong: str
    at: Location


class Doubt(Struct, frozen=True):
    """Why that cannot be told."""

    why: str


def bind(enqueue: Enqueue, site: Site) -> Union[Mismatch, Doubt, None]:
    """None when it fits."""
    if enqueue.payload is None:
        return Doubt("the payload cannot be told")
    if site.job.payload_style == "document":
        return _bind_document(enqueue, enqueue.payload, site)
    wrong = next(_excess(enqueue.payload, site.job), None)
    if wrong:
        return Mismatch(wrong, site.job.at)
    told = {field.name for field in withheld(enqueue, site)}
    missing = [] if enqueue.partial_payload else _missing(enqueue.payload, site.job)
    missing = [name for name in missing if name not in told]
    if missing and _spreads(enqueue.payload):
        return Doubt("arguments spread from elsewhere decide it")
    return Mismatch(f"it is not sent {_listed(missing)}", site.job.at) if missing else None


def withheld(enqueue: Enqueue, site: Site) -> list[Field]:
    """What is meant for the job and given to the framework, which hands it to nobody.

    A name that the framework has a use for counts only where the job cannot do without it.
    """
    payload = enqueue.payload or ()
    if site.job.payload_style == "document":
        taken = {f.name: not (f.optional or f.spread) for f in site.flow.reads if f.name}
        filled = {field.name for field in payload}
    else:
        named = [p for p in site.job.parameters if p.kind in ("either", "keyword")]
        taken = {p.name: p.required for p in named}
        filled = {bound_name(field, payload, site.job) for field in payload}
    lost = {name for name in taken if name not in filled}
    return [f for f in enqueue.kept if f.name in lost and (taken[f.name] or not f.optional)]


def bound_name(field: Field, payload: tuple[Field, ...], job: Job) -> Union[str, None]:
    """The parameter or key that a field fills."""
    if field.name or field.spread:
        return field.name
    index = _positional(payload).index(field)
    takers = _takers(job)
    return takers[index].name if index < len(takers) else None


def sides(enqueue: Enqueue, site: Site) -> str:
    """Both sides in a line, to be compared by a reader."""
    sent = [f.spread + f.text if f.spread else f.name or f.text or "…" for f in enqueue.payload or ()]
    if site.job.payload_style == "document":
        taken = sorted({f.name + ("=…" if f.optional else "") for f in site.flow.reads if f.name})
    else:
        taken = [p.name if p.required else f"{p.name}=…" for p in site.job.parameters]
    return f"Sent: {_listed(sent) or 'nothing'}. Taken: {_listed(taken) or 'nothing'}."


def _bind_document(enqueue: Enqueue, payload: tuple[Field, ...], site: Site) -> Union[Mismatch, Doubt, None]:
    sent = {field.name for field in (*payload, *withheld(enqueue, site))}
    required = [f for f in site.flow.reads if f.name and not f.spread and not f.optional]
    lost = [field for field in required if field.name not in sent]
    if not lost:
        return None
    if _spreads(payload):
        return Doubt("keys spread from elsewhere decide it")
    names = _listed(sorted({field.name for field in lost if field.name}))
    return Mismatch(f"it is not sent {names}", lost[0].at)


def _excess(payload: tuple[Field, ...], job: Job) -> Iterator[str]:
    """What the job has no place for."""
    kinds = {parameter.kind for parameter in job.parameters}
    takers, sent = _takers(job), len(_positional(payload))
    if sent > len(takers) and "*" not in kinds:
        yield f"{sent} positional arguments are sent and it takes {len(takers)}"
    keywords = {parameter.name for parameter in job.parameters if parameter.kind in ("either", "keyword")}
    filled = {parameter.name for parameter in takers[:sent] if parameter.kind == "either"}
    for name in (field.name for field in payload if field.name and not field.spread):
        if name in filled:
            yield f"`{name}` is sent twice"
        elif name not in keywords and "**" not in kinds:
            yield f"`{name}` is no parameter of it"


def _missing(payload: tuple[Field, ...], job: Job) -> list[str]:
    filled = {parameter.name for parameter in _takers(job)[: len(_positional(payload))]}
    filled |= {field.name for field in payload if field.name}
    wanted = [p.name for p in job.parameters if p.required and p.kind not in ("*", "**")]
    return [name for name in wanted if name not in filled]


def _takers(job: Job) -> list[Parameter]:
    return [parameter for parameter in job.parameters if parameter.kind in ("positional", "either")]


def _positional(payload: tuple[Field, ...]) -> list[Field]:
    return [field for field in payload if field.name is None and not field.spread]


def _spreads(payload: tuple[Field, ...]) -> bool:
    return any(field.spread for field in payload)


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)

"""Section 2: what travels with a job is enough, safe to send, and fits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

from jobcheck.checks import check
from jobcheck.checks.binding import Doubt, bind, bound_name, sides, withheld
from jobcheck.checks.carriage import carriage, plain, run_by_clock
from jobcheck.checks.finding import about_enqueue, about_job, or_pass, subject
from jobcheck.model import (
    Enqueue,
    Field,
    NotApplicable,
    Outcome,
    Pass,
    Project,
    Site,
    Step,
    Unknown,
)

UNENQUEUED = "nothing in the project enqueues it"

BURDENS = {
    "row": "A whole database row is put into the message: a copy is stale when the job runs, and JSON "
    "cannot carry one.",
    "rows": "A query's rows are put into the message: copies are stale when the job runs, and JSON "
    "cannot carry them.",
    "request": "A request object is put into the message: no worker can use it, and it carries the "
    "user's secrets.",
    "session": "A session is put into the message: a connection means nothing to another process.",
}


@check("JC201")
def id_only_payload(site: Site, project: Project) -> Iterable[Outcome]:
    """Producers that hold a row and send nothing of it but the id."""
    if not site.producers:
        return [NotApplicable("JC201", site.job.name, UNENQUEUED)]
    judged = [_id_only(enqueue, site, project) for enqueue in site.producers]
    return or_pass([outcome for outcome in judged if outcome], "JC201", site.job.name)


@check("JC202")
def model_instance_in_payload(enqueue: Enqueue) -> Iterable[Outcome]:
    """Live objects where only data can travel."""
    if enqueue.payload is None:
        return [_untold("JC202", enqueue)]
    judged = [*(_burden(enqueue, field) for field in enqueue.payload), _unseen(enqueue)]
    return or_pass([outcome for outcome in judged if outcome], "JC202", subject(enqueue))


@check("JC205")
def missing_correlation_id(site: Site, project: Project) -> Outcome:
    """A job can be traced to the request that caused it."""
    job, found = site.job, carriage(site, project.correlation_names)
    if project.correlation or found.state == "carried":
        return Pass("JC205", job.name)
    if run_by_clock(site):
        return NotApplicable("JC205", job.name, "only the clock starts it: there is no request to trace")
    if found.state == "unknown":
        return Unknown("JC205", job.name, found.why, found.at or job.at)
    return about_job(
        "JC205",
        job,
        "Nothing connects this job to what caused it: no header or payload field carries a correlation id.",
        f"Send one of {_names(project.correlation_names)} with every job and log it, or let a library "
        "carry it for "
        "all jobs at once (django-guid, django-structlog, OpenTelemetry, Sentry).",
        related=tuple(Step(enqueue.at, "sends none") for enqueue in found.lacking[:3]),
        cause=project.causes.get(job.framework),
    )


@check("JC206")
def payload_signature_mismatch(site: Site) -> Iterable[Outcome]:
    """What is sent fits what the job takes."""
    if not site.producers:
        return [NotApplicable("JC206", site.job.name, UNENQUEUED)]
    judged = [_misfit(enqueue, site) for enqueue in site.producers]
    return or_pass([outcome for outcome in judged if outcome], "JC206", site.job.name)


@check("JC207")
def reserved_payload_name(site: Site) -> Iterable[Outcome]:
    """What the framework keeps for itself never reaches the job."""
    if not site.producers:
        return [NotApplicable("JC207", site.job.name, UNENQUEUED)]
    judged = (
        _withheld(enqueue, field, site) for enqueue in site.producers for field in withheld(enqueue, site)
    )
    return or_pass(judged, "JC207", site.job.name)


def _id_only(enqueue: Enqueue, site: Site, project: Project) -> Union[Outcome, None]:
    if enqueue.context or not site.flow.fetches:
        return None
    if enqueue.payload is None or _may_be_one(enqueue.payload):
        return _untold("JC201", enqueue)
    if len(enqueue.payload) != 1:
        return None
    field = enqueue.payload[0]
    name = bound_name(field, enqueue.payload, site.job)
    fetched = next((fetch for fetch in site.flow.fetches if fetch.field == name), None)
    if fetched is None or field.carried != "identifier" or not field.held or _speaks(name, project):
        return None
    if not enqueue.context_known:
        return Unknown("JC201", subject(enqueue), "the headers cannot be told", enqueue.at)
    return about_enqueue(
        "JC201",
        enqueue,
        "Only an id travels: the job must read everything again, and the row may be gone or changed by then.",
        f"The producer holds `{field.held}` here. Send with `{field.text or name}` what cannot change "
        "any more - its "
        "owner, the tenant, values just computed - and a correlation id; fetch only what may change.",
        at=field.at,
        related=(Step(fetched.at, f"{fetched.model} is fetched again here"),),
    )


def _may_be_one(payload: tuple[Field, ...]) -> bool:
    """What is spread may add nothing to a single field, or be that field itself."""
    plain_fields = [field for field in payload if not field.spread]
    return len(plain_fields) < min(2, len(payload))


def _speaks(name: Union[str, None], project: Project) -> bool:
    """The one field is itself the tenant or the correlation id."""
    known = {plain(known) for known in project.tenant_names | project.correlation_names}
    return plain(name or "") in known


def _burden(enqueue: Enqueue, field: Field) -> Union[Outcome, None]:
    if field.carried not in BURDENS:
        return None
    label = _label(field)
    details = f"Send the id of `{label}` and the few values that cannot change, and load the rest in the job."
    return about_enqueue("JC202", enqueue, BURDENS[field.carried], details, at=field.at)


def _unseen(enqueue: Enqueue) -> Union[Outcome, None]:
    """What cannot be told of one message is one thing that cannot be told, however many fields hide it."""
    hidden = [f"`{_label(field)}`" for field in enqueue.payload or () if field.carried == "unknown"]
    if not hidden:
        return None
    *others, last = hidden
    held = f"{', '.join(others)} and {last} hold" if others else f"{last} holds"
    return Unknown("JC202", subject(enqueue), f"what {held} cannot be told", enqueue.at)


def _label(field: Field) -> str:
    return field.text or field.name or "this"


def _misfit(enqueue: Enqueue, site: Site) -> Union[Outcome, None]:
    result = bind(enqueue, site)
    if result is None:
        return None
    if isinstance(result, Doubt):
        return Unknown("JC206", subject(enqueue), result.why, enqueue.at)
    message = f"This call makes a job that cannot run: {result.wrong}."
    related = (Step(result.at, "what the job takes"),)
    return about_enqueue("JC206", enqueue, message, sides(enqueue, site), related=related)


def _withheld(enqueue: Enqueue, field: Field, site: Site) -> Outcome:
    if enqueue.payload is None or any(sent.spread for sent in enqueue.payload):
        return _untold("JC207", enqueue)
    what = "an option of its own" if field.optional else "an option that nothing reads"
    return about_enqueue(
        "JC207",
        enqueue,
        f"The job never sees `{field.name}`: the framework takes it for {what}.",
        f"Put `{field.name}` among what travels: {_sent_among(enqueue, site)}.",
        at=field.at,
        related=(Step(site.job.at, "the job takes it"),),
    )


def _sent_among(enqueue: Enqueue, site: Site) -> str:
    if site.job.payload_style == "document":
        return "a key of the document that the job reads"
    sent = [field.name or field.text for field in enqueue.payload or ()]
    beside = f", beside {_names(frozenset(sent))}" if sent else ""
    return f"the job's own arguments{beside}"


def _untold(code: str, enqueue: Enqueue) -> Unknown:
    return Unknown(code, subject(enqueue), "the payload cannot be told", enqueue.at)


def _names(names: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))

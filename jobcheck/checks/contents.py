"""Section 2: whether each value that travels may travel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Union

from jobcheck.checks import check
from jobcheck.checks.binding import bound_name
from jobcheck.checks.finding import about_enqueue, about_job, or_pass, subject
from jobcheck.checks.names import ends_in, is_sensitive
from jobcheck.model import (
    Enqueue,
    Field,
    Location,
    NotApplicable,
    Opaque,
    Outcome,
    Pass,
    Project,
    Site,
    Unknown,
)
from jobcheck.policy import Policy

LIVE = frozenset({"row", "rows", "request", "session"})
"""What JC202 speaks of."""

INSTEAD = {
    "Decimal": "Send `str(...)` and make the Decimal in the job.",
    "UUID": "Send `str(...)`.",
    "bytes": "Send text, or base64 of it; better still, store it and send its key.",
    "date": "Send `.isoformat()` and read it with `date.fromisoformat` in the job.",
    "datetime": "Send `.isoformat()` and read it with `datetime.fromisoformat` in the job.",
    "deque": "Send `list(...)`.",
    "enum": "Send its `.value`, or derive the class from `str` too.",
    "exception": "Send `str(error)`.",
    "function": "Send the name of what is to be done, and let the job choose.",
    "iterator": "Send `list(...)`.",
    "object": "Send a dict of its fields (`dataclasses.asdict`), or an id to load it by.",
    "open file": "Store the file and send its path or key.",
    "path object": "Send `str(...)`.",
    "pydantic model": 'Send `.model_dump(mode="json")`.',
    "range": "Send its bounds.",
    "set": "Send `sorted(...)` or `list(...)`.",
    "time": "Send `.isoformat()`.",
    "timedelta": "Send `.total_seconds()`.",
}
LARGE = {
    "file": ("the content of a file", "Store the file and send its key or path."),
    "rows": (
        "something of every row of a query",
        "Send what the query is made from and run it in the job, or enqueue pages of a fixed size.",
    ),
}
FETCH_IT = (
    "Send an id and let the job read the secret from where it is kept, or make it there. What has been sent "
    "already lies in the queue until it is worked off, in results and in failed jobs."
)
OTHERWISE = "Send what it is made from, and make it in the job."


PLAIN_READ = re.compile(r"(?:str\()?([A-Za-z_][\w.]*)\)?")
"""A value that is read from a place, and not worked out."""
CONSTANTS = frozenset({"None", "True", "False"})


@check("JC203")
def sensitive_data_in_payload(project: Project, policy: Policy) -> Iterator[Outcome]:
    """Secrets, told by the names of fields and parameters and by the calls that make them."""
    for site in project.sites:
        sent = [outcome for enqueue in site.producers for outcome in _secrets(enqueue, site, policy)]
        taken = [] if site.producers else list(_taken(site, policy))
        yield from or_pass([*sent, *taken], "JC203", site.job.name)
    for stray in project.strays:
        yield from or_pass(_secrets(stray, None, policy), "JC203", subject(stray))


@check("JC204")
def unserialisable_payload(site: Site) -> Iterable[Outcome]:
    """What the framework's serializer refuses."""
    sent = (outcome for enqueue in site.producers for outcome in _refused(enqueue, site.options.refuses))
    return or_pass([*sent, *_refused_results(site)], "JC204", site.job.name)


@check("JC208")
def untyped_payload(site: Site) -> Outcome:
    """The keys of a payload are written down in one place that both sides go by."""
    job = site.job
    if job.payload_style == "document":
        if not site.flow.reads and not site.flow.reads_whole:
            return NotApplicable("JC208", job.name, "the job reads nothing from its payload")
        return Pass("JC208", job.name) if site.flow.typed else _untyped(site, "its payload", job.at)
    loose = next((name for name in _loose(site)), None)
    return _untyped(site, f"`{loose}`", job.at) if loose else _typed_or_unknown(site)


@check("JC209")
def oversized_payload(enqueue: Enqueue) -> Iterable[Outcome]:
    """Brokers are made for many small messages."""
    return or_pass(_large(enqueue), "JC209", subject(enqueue))


@check("JC213")
def mutable_data_in_payload(enqueue: Enqueue, policy: Policy) -> Iterable[Outcome]:
    """What may change before the job runs is read when it runs."""
    return or_pass(_stale(enqueue, policy), "JC213", subject(enqueue))


def _typed_or_unknown(site: Site) -> Outcome:
    """A value that cannot be told may be a dict, too, where the parameter has no type."""
    forms = {parameter.name: parameter.form for parameter in site.job.parameters}
    for enqueue in site.producers:
        for field in enqueue.payload or ():
            name = bound_name(field, enqueue.payload or (), site.job)
            if (
                not field.spread
                and field.carried == "unknown"
                and not field.thing
                and not forms.get(name or "")
            ):
                why = f"whether `{field.text or name}` is a dict cannot be told"
                return Unknown("JC208", site.job.name, why, field.at)
    return Pass("JC208", site.job.name)


def _loose(site: Site) -> Iterator[str]:
    """Parameters that take a dict of anything."""
    forms = {parameter.name: parameter.form for parameter in site.job.parameters}
    yield from (name for name, form in forms.items() if form == "record")
    for enqueue in site.producers:
        for field in enqueue.payload or ():
            name = bound_name(field, enqueue.payload or (), site.job) if not field.spread else None
            if name and field.carried == "record" and forms.get(name) == "":
                yield name


def _untyped(site: Site, what: str, at: Location) -> Outcome:
    return about_job(
        "JC208",
        site.job,
        f"Only reading the code tells what {what} must contain: it is a dict without a type.",
        "Write its keys down once - a TypedDict, a dataclass or a pydantic model - and let producers and the "
        "job use it: a type checker, or validation, then finds a misspelt key before the job does.",
        at,
    )


def _large(enqueue: Enqueue) -> Iterator[Outcome]:
    for field in _judged(enqueue.payload or ()):
        label = field.name or field.text.strip(".") or "this"
        if field.bulk:
            what, cure = LARGE[field.bulk]
            message = f"The message grows without limit: `{label}` carries {what}."
            yield about_enqueue("JC209", enqueue, message, cure, at=field.at)
        elif field.carried == "unknown" and not field.thing:
            yield Unknown("JC209", subject(enqueue), f"what `{label}` holds cannot be told", field.at)


def _stale(enqueue: Enqueue, policy: Policy) -> Iterator[Outcome]:
    for field in _judged(enqueue.payload or ()):
        read = PLAIN_READ.fullmatch(field.text)
        last = read[1].rpartition(".")[2] if read and "." in read[1] else ""
        if field.column and ends_in(field.column, policy.volatile_names):
            message = (
                f"The job works with what was true when it was enqueued: `{field.text}` may change before."
            )
            details = f"Send the row's id and read `{field.column}` in the job, unless the old value counts."
            yield about_enqueue("JC213", enqueue, message, details, at=field.at)
        elif last and not field.column and ends_in(last, policy.volatile_names):
            why = f"whether `{field.text}` is read from a row cannot be told"
            yield Unknown("JC213", subject(enqueue), why, field.at)


def _secrets(enqueue: Enqueue, site: Union[Site, None], policy: Policy) -> Iterator[Outcome]:
    if enqueue.payload is None:
        yield Unknown("JC203", subject(enqueue), "the payload cannot be told", enqueue.at)
    for field in enqueue.payload or ():
        name = bound_name(field, enqueue.payload or (), site.job) if site is not None else field.name
        told = _secret(field, name or "", policy) if name not in _looked_up(site) else ""
        if told:
            yield about_enqueue("JC203", enqueue, _exposed(told), FETCH_IT, at=field.at)
        elif field.spread:
            why = f"what `{field.spread}{field.text}` adds cannot be told"
            yield Unknown("JC203", subject(enqueue), why, field.at)


def _secret(field: Field, name: str, policy: Policy) -> str:
    """What says that a field holds a secret; "" when nothing does."""
    if field.text in CONSTANTS:
        return ""
    if field.secret:
        return f"what `{field.secret}` makes"
    read = PLAIN_READ.fullmatch(field.text)
    spelt = read[1].rpartition(".")[2] if read else ""
    return next((f"`{word}`" for word in (name, spelt, *field.keys) if is_sensitive(word, policy)), "")


def _looked_up(site: Union[Site, None]) -> set[str]:
    """The fields by which rows are found: whatever their names, they are ids."""
    return {fetch.field for fetch in site.flow.fetches} if site is not None else set()


def _taken(site: Site, policy: Policy) -> Iterator[Outcome]:
    """What a job that others enqueue takes."""
    names = [parameter.name for parameter in site.job.parameters]
    names += [field.name for field in site.flow.reads if field.name]
    for name in dict.fromkeys(names):
        if is_sensitive(name, policy) and name not in _looked_up(site):
            yield about_job("JC203", site.job, _exposed(f"`{name}`"), FETCH_IT)


def _exposed(what: str) -> str:
    return (
        f"A secret lies readable in the broker, its backups and monitoring: {what} is put into the message."
    )


def _refused(enqueue: Enqueue, refuses: Union[frozenset[str], Opaque]) -> Iterator[Outcome]:
    for field in _judged(enqueue.payload or ()):
        label = field.text.strip(".") or field.name or "this"
        if isinstance(refuses, Opaque):
            if field.thing:
                yield Unknown("JC204", subject(enqueue), refuses.why, field.at)
        elif field.thing in refuses:
            message = f"The enqueue fails: `{label}` {_holds(field)}, which the serializer refuses."
            instead = INSTEAD.get(field.thing, OTHERWISE)
            yield about_enqueue("JC204", enqueue, message, instead, at=field.at)
        elif field.carried == "unknown" and not field.thing:
            yield Unknown("JC204", subject(enqueue), f"what `{label}` holds cannot be told", field.at)


def _refused_results(site: Site) -> Iterator[Outcome]:
    refuses = site.options.refuses_result
    for field in site.flow.returns:
        live = field.carried in LIVE
        if isinstance(refuses, Opaque):
            if field.thing or live:
                yield Unknown("JC204", site.job.name, refuses.why, field.at)
        elif refuses and (live or field.thing in refuses):
            yield about_job(
                "JC204",
                site.job,
                f"The job fails after its work is done: it returns {_named(field)}, which cannot be stored.",
                f"{_instead(field)} Every retry does the work again and fails in the same place.",
                field.at,
            )


def _judged(payload: tuple[Field, ...]) -> Iterator[Field]:
    return (field for field in payload if not field.spread and field.carried not in LIVE)


def _holds(field: Field) -> str:
    return f"is or contains {_article(field.thing)}"


def _named(field: Field) -> str:
    return "a row or query" if field.carried in LIVE else _article(field.thing)


def _instead(field: Field) -> str:
    if field.carried in LIVE:
        return "Return an id, or nothing."
    return INSTEAD.get(field.thing, OTHERWISE).replace("Send", "Return", 1)


def _article(thing: str) -> str:
    return f"an {thing}" if thing[0] in "aeioAEIO" else f"a {thing}"

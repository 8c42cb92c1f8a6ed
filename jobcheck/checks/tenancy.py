"""Section 7: a job knows whose data it works on, and keeps to it."""

from __future__ import annotations

from collections.abc import Iterable

from jobcheck.checks import check
from jobcheck.checks.carriage import carriage, plain, run_by_clock
from jobcheck.checks.finding import about_job, or_pass
from jobcheck.checks.names import words
from jobcheck.model import (
    Fail,
    Leak,
    NotApplicable,
    Outcome,
    Pass,
    Project,
    Query,
    Site,
    Step,
    Unknown,
    Use,
)
from jobcheck.policy import Policy

CONTEXT = frozenset({"tenant", "schema", "scope", "scoped", "activate", "context"})
"""Words of calls after which queries may be scoped without saying so."""


@check("JC701")
def missing_tenant_in_payload(site: Site, project: Project) -> Outcome:
    """The tenant travels with the job."""
    job = site.job
    if not project.tenancy:
        return NotApplicable("JC701", job.name, "the project has no tenants")
    found = carriage(site, project.tenant_names)
    if found.state == "carried":
        return Pass("JC701", job.name)
    if run_by_clock(site):
        return NotApplicable("JC701", job.name, "only the clock starts it: it works for no single tenant")
    if found.state == "unknown":
        return Unknown("JC701", job.name, found.why, found.at or job.at)
    names = ", ".join(f"`{name}`" for name in sorted(project.tenant_names))
    return about_job(
        "JC701",
        job,
        "Nothing says whose data this job works on: no tenant travels with it.",
        f"Send the tenant with every job (any of {names}) and use it in each query. A project without "
        "tenants says "
        'so once: `tenancy = "none"` under `[tool.jobcheck]`.',
        question="Does this project keep the data of several tenants apart, and which field names one?",
        related=tuple(Step(enqueue.at, "sends none") for enqueue in found.lacking[:3]),
        cause=project.causes.get(job.framework),
    )


@check("JC702")
def tenant_not_verified(site: Site, project: Project, policy: Policy) -> Outcome:
    """The tenant that a message names is looked up, asked about, or chooses the rows."""
    job, tenants = site.job, _at_hand(site, project)
    if not project.tenancy or not tenants:
        return NotApplicable("JC702", job.name, "no tenant travels with the job")
    uses = [use for use in site.flow.uses if use.field in tenants]
    chosen = any(tenants & set(query.fields) for query in site.flow.queries)
    if chosen or any(_verifies(use, policy) for use in uses):
        return Pass("JC702", job.name)
    untold = next((use for use in uses if not use.known), None)
    if untold is not None:
        why = f"what `{untold.call}` does with the tenant cannot be told"
        return Unknown("JC702", job.name, why, untold.at)
    if not uses or not site.flow.acts:
        return NotApplicable("JC702", job.name, "nothing is done with the tenant")
    name = sorted({use.field for use in uses})[0]
    return about_job(
        "JC702",
        job,
        f"Whatever tenant a message names is acted for: nothing checks `{name}`.",
        f"Look the tenant up before the first effect, or choose every row by `{name}` too, and fail where "
        "there is none: a queue keeps messages of tenants that have left.",
        uses[0].at,
        question=f"Who may enqueue this job, and what must hold of `{name}` when it runs?",
        cause=project.causes.get(job.framework),
    )


@check("JC703")
def query_not_scoped_to_tenant(site: Site, project: Project) -> Iterable[Outcome]:
    """Rows that belong to a tenant are chosen by it."""
    job, tenants = site.job, _at_hand(site, project)
    if not project.tenancy or not tenants:
        return [NotApplicable("JC703", job.name, "no tenant travels with the job")]
    owned = {column: tenant for tenant in tenants for column in _columns(tenant)}
    asked = [query for query in site.flow.queries if set(map(plain, query.columns)) & set(owned)]
    loose = [query for query in asked if not set(map(plain, query.by)) & set(owned)]
    guarded = _compared(site, tenants) or _context(site, tenants)
    judged = (_unscoped(query, owned, site, guarded) for query in loose)
    return or_pass([outcome for outcome in judged if outcome is not None], "JC703", job.name)


@check("JC705")
def tenant_context_leak(site: Site, project: Project) -> Iterable[Outcome]:
    """A tenant that is set for all code is put back on every way out of the job."""
    if not project.tenancy:
        return [NotApplicable("JC705", site.job.name, "the project has no tenants")]
    own = {word for name in project.tenant_names for word in words(name)} - {"id"} | {"tenant", "schema"}
    leaks = (leak for leak in site.flow.leaks if own & set(words(leak.name)))
    return or_pass([_leaked(site, leak) for leak in leaks], "JC705", site.job.name)


def _leaked(site: Site, leak: Leak) -> Fail:
    when = "when this one fails" if leak.late else "after this one"
    related = (Step(leak.late, "put back here, if nothing fails before"),) if leak.late else ()
    return about_job(
        "JC705",
        site.job,
        f"The next job of this worker runs as this tenant {when}: `{leak.name}` is not put back.",
        "Put it back in a `finally` that begins right after it is set, or set it with a context manager that "
        "does so.",
        leak.at,
        related=related,
    )


def _unscoped(query: Query, owned: dict[str, str], site: Site, guarded: bool) -> Outcome | None:
    if guarded or (query.fields and set(query.fields) <= set(owned.values())):
        return None
    if not query.plain:
        why = f"whether what chooses `{query.model}` here belongs to one tenant cannot be told"
        return Unknown("JC703", site.job.name, why, query.at)
    column = next(name for name in query.columns if plain(name) in owned)
    tenant = owned[plain(column)]
    return about_job(
        "JC703",
        site.job,
        f"Rows of any tenant can be reached: this query for `{query.model}` does not ask whose they are.",
        f"Add the tenant that the job has at hand: `{column}={tenant}` beside what chooses the row. An id in "
        "a message may be wrong, old or forged; with the tenant in the query it finds nothing then.",
        query.at,
    )


def _at_hand(site: Site, project: Project) -> set[str]:
    """The fields of the job's own payload that name a tenant."""
    wanted = {plain(name) for name in project.tenant_names}
    taken = [parameter.name for parameter in site.job.parameters]
    taken += [field.name for field in site.flow.reads if field.name]
    return {name for name in taken if plain(name) in wanted}


def _columns(tenant: str) -> tuple[str, ...]:
    """What models call the tenant: `organization_id` and `organization`."""
    name = plain(tenant)
    return name, name.removesuffix("id")


def _verifies(use: Use, policy: Policy) -> bool:
    return use.call == "==" or bool(set(words(use.call)) & set(policy.verifying_words)) or _scopes(use)


def _compared(site: Site, tenants: set[str]) -> bool:
    return any(use.field in tenants and use.call == "==" for use in site.flow.uses)


def _context(site: Site, tenants: set[str]) -> bool:
    return any(use.field in tenants and _scopes(use) for use in site.flow.uses)


def _scopes(use: Use) -> bool:
    return bool(set(words(use.call)) & CONTEXT)

"""Section 7: a job knows whose data it works on."""

from __future__ import annotations

from jobcheck.checks import check
from jobcheck.checks.carriage import carriage, run_by_clock
from jobcheck.checks.finding import about_job
from jobcheck.model import NotApplicable, Outcome, Pass, Project, Site, Step, Unknown


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

"""Section 1, a job that the clock starts: one run ends before the next begins, or keeps it out."""

from __future__ import annotations

from jobcheck.checks import check
from jobcheck.checks.finding import about_job, advice, span_of_time
from jobcheck.model import (
    Absent,
    Declared,
    Enqueue,
    NotApplicable,
    Opaque,
    Outcome,
    Pass,
    Recommendation,
    Site,
    Speller,
    Step,
    Unknown,
)

SHORT = 600.0
"""Seconds up to which a period is short enough for a run without a limit to outlast it."""
SHARE = 0.8
"""The part of its period that a run may be advised to take."""


@check("JC109")
def overlapping_schedule(site: Site, spell: Speller) -> Outcome:
    """Two runs of a periodic job do not overlap, or the second leaves."""
    job, limit = site.job, site.options.time_limit
    periods = [(e.every, e) for e in site.producers if e.style == "schedule" and e.every is not None]
    if not periods or not site.flow.acts:
        return NotApplicable(
            "JC109", job.name, "no schedule of a known period starts it, or twice does no harm"
        )
    if job.idempotent:
        return Declared("JC109", job.name, job.idempotent.strategy, job.idempotent.at)
    period, sent = min(periods, key=lambda each: (each[0], each[1].at))
    if site.flow.alone:
        return Pass("JC109", job.name)
    if isinstance(limit, Opaque):
        return Unknown("JC109", job.name, limit.why, limit.at)
    if isinstance(limit, Absent):
        return _overlaps(site, period, sent, "nothing limits it", spell) if period <= SHORT else _fits(site)
    if limit.value <= period:
        return _fits(site)
    return _overlaps(site, period, sent, f"it may run for {span_of_time(limit.value)}", spell)


def _fits(site: Site) -> Outcome:
    return Pass("JC109", site.job.name)


def _overlaps(site: Site, period: float, sent: Enqueue, why: str, spell: Speller) -> Outcome:
    return about_job(
        "JC109",
        site.job,
        f"Two runs can overlap and do the same work: it is started every {span_of_time(period)} and {why}.",
        advice(
            "Take a lock for the whole run and leave when it is taken, or end a run before the next begins",
            site.job,
            Recommendation(time_limit=SHARE * period),
            spell,
        ),
        question="How long may one run take, and may the next one be left out then?",
        related=(Step(sent.at, "started by the clock here"),),
    )

"""Jobs of a decorator that the settings name and no framework known here declares.

Only how they are sent is known: by `delay` and `apply_async`. Every option is the decorator's secret.
"""

from __future__ import annotations

from typing import Any

from jobcheck.frameworks import Declare, Evidence, Framework, Send, Slot
from jobcheck.model import Options, Quirk, Recommendation

JOB = "custom-job.Job()"
"""No package can be called so, and nothing imports it."""


def effective(evidence: Evidence) -> Options:
    """What the decorator does with options is not known, whatever it is given."""
    untold: Any = evidence.option("")
    return Options(
        attempts=untold,
        backoff=untold,
        ack=untold,
        keep_completed=untold,
        keep_failed=untold,
        marks_started=untold,
        marks_completed=untold,
        marks_failed=untold,
        retried=untold,
        time_limit=untold,
        logs=untold,
        buries=untold,
        survives=untold,
    )


def quirks(_evidence: Evidence) -> tuple[Quirk, ...]:
    return ()


def spell(_wanted: Recommendation) -> str:
    return ""


FRAMEWORK = Framework(
    name="custom",
    title="custom",
    packages=("custom-job",),
    aliases={},
    primitives={
        "custom-job.task": Declare(Slot("function", 0)),
        f"{JOB}.delay": Send(by="job", spread=True),
        f"{JOB}.apply_async": Send(by="job", args=Slot("args", 0), kwargs=Slot("kwargs", 1)),
    },
    handle=JOB,
    calls={},
    effective=effective,
    quirks=quirks,
    spell=spell,
)

"""How often Celery's beat sends what a schedule says."""

from __future__ import annotations

import re
from typing import Any

from jobcheck.frameworks import Made

DAY = 86_400.0
FIELD = re.compile(r"(\*|\d+)(?:-(\d+))?(?:/(\d+))?")


def every(schedule: Any) -> float | None:
    """The shortest time in seconds between two runs; None where it cannot be told."""
    if isinstance(schedule, (int, float)) and not isinstance(schedule, bool):
        return float(schedule) if schedule > 0 else None
    if not isinstance(schedule, Made):
        return None
    name = schedule.path.rpartition(".")[2]
    if name == "crontab":
        return _crontab(schedule)
    given = schedule.named.get("run_every", *schedule.positional[:1] or (None,))
    return every(given) if name == "schedule" and not isinstance(given, Made) else None


def _crontab(schedule: Made) -> float | None:
    given = dict(zip(("minute", "hour"), schedule.positional, strict=False)) | schedule.named
    minutes, hours = _field(given.get("minute", "*"), 60), _field(given.get("hour", "*"), 24)
    if not minutes or not hours:
        return None
    times = sorted(60.0 * (60 * hour + minute) for hour in hours for minute in minutes)
    return min(b - a for a, b in zip(times, [*times[1:], times[0] + DAY], strict=True))


def _field(value: Any, size: int) -> set[int]:
    """The numbers that a field of a crontab stands for; none when it cannot be read."""
    found: set[int] = set()
    for part in value if isinstance(value, (list, tuple)) else str(value).split(","):
        match = FIELD.fullmatch(str(part).strip())
        if match is None:
            return set()
        start = 0 if match[1] == "*" else int(match[1])
        single = match[1] != "*" and match[2] is None and match[3] is None
        end = start if single else int(match[2] or size - 1)
        found |= set(range(start, min(end, size - 1) + 1, int(match[3] or 1) or 1))
    return found

"""Whether a job is long enough that somebody wants to know how far it came."""

from __future__ import annotations

from jobcheck.model import Site
from jobcheck.policy import Policy


def stages(site: Site, policy: Policy) -> str:
    """Why the job has more than one stage; "" when it is done in one."""
    acts = site.flow.acts
    looped = next((act for act in acts if act.looped), None)
    if looped is not None:
        return f"it calls `{looped.what.target.rpartition('.')[2]}` in a loop"
    places = {act.what.at for act in acts}
    return f"it has {len(places)} steps" if len(places) >= policy.stages else ""

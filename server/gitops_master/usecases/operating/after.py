"""What comes of it: Promotions are watched to their end, everything else until the cluster shows what was asked for."""

from datetime import timedelta
from typing import Any

import msgspec

from gitops_master.model.errors import GitOpsError
from gitops_master.model.operating import Outcome
from gitops_master.usecases.operating.acting import Acted, read_again
from gitops_master.usecases.operating.means import Following, Means, Prepared
from gitops_master.usecases.operating.planned import After
from gitops_master.usecases.operating.watch import Follow, Watched, WatchMeans, watch


class Afterwards(msgspec.Struct, frozen=True, kw_only=True):
    """`watched`: of Promotions, of `project`."""

    outcome: Outcome
    project: str = ""
    message: str = ""
    watched: Watched | None = None

    def fields(self) -> dict[str, Any]:
        """What it adds to the answer."""
        return watched_fields(self.project, self.watched) if self.watched is not None else {}


async def followed(prepared: Prepared, means: Means, acted: Acted, following: Following) -> Afterwards:
    """Where something was done: how far that has come, after at most `following.wait_s` seconds."""
    if acted.names:
        try:
            watched = await watch_promotions(prepared.plan.project, acted.names, means, following)
        except GitOpsError as error:
            names = ", ".join(acted.names)
            return Afterwards(
                outcome=Outcome.UNDER_WAY, message=f"{names} was made and cannot be followed: {error.message}"
            )
        place = prepared.plan.project
        return Afterwards(outcome=watched.outcome, project=place, message=watched.message, watched=watched)
    if acted.outcome is not None:
        return Afterwards(outcome=acted.outcome)
    after = await _settled(prepared, means, acted, following)
    return Afterwards(outcome=after.outcome or Outcome.UNDER_WAY, message=after.line)


async def watch_promotions(project: str, names: tuple[str, ...], means: Means, following: Following) -> Watched:
    """Raises as `watch` does."""
    follow = Follow(
        project=project,
        promotions=names,
        verify=following.verify,
        wait_s=following.wait_s,
        interval_s=following.interval_s,
        deadline_s=means.deadline_s,
    )
    ways = WatchMeans(reader=means.reader, clock=means.clock, sleep=means.sleep, tell=means.tell, verify=means.verify)
    return await watch(follow, ways)


def watched_fields(project: str, watched: Watched) -> dict[str, Any]:
    """Of the answer. The same call as before looks again."""
    verified, diagnosed = watched.verification, watched.diagnosis
    return {
        "promotions": list(watched.promotions),
        "verification": verified.dump() if verified is not None else {},
        "diagnosis": diagnosed.dump() if diagnosed is not None else {},
        "action": watched.action,
        "next_call": _again(project, watched),
    }


def _again(project: str, watched: Watched) -> dict[str, str]:
    """The call that takes it up where this one ends: further looks, or the diagnosis in full."""
    moving = next((one for one in watched.promotions if not one.ended), None)
    if moving is not None:
        return {"tool": "promote_freight", "project": project, "promotion": moving.name}
    if watched.diagnosis is not None:
        return {"tool": "analyze_stage", "project": project, "stage": watched.diagnosis.target.name}
    return {}


async def _settled(prepared: Prepared, means: Means, acted: Acted, following: Following) -> After:
    planner = means.planners[prepared.request.operation]
    ends = means.clock() + timedelta(seconds=following.wait_s)
    told = ""
    while True:
        try:
            now = await read_again(prepared, means.reader, means.deadline_s, planner.kinds())
            after = planner.after(prepared.planned, prepared.snapshot, now, acted.since)
        except GitOpsError as error:
            after = After(f"it was asked for; what comes of it cannot be read: {error.message}")
        if after.line != told:
            told = after.line
            await means.tell(told)
        left = (ends - means.clock()).total_seconds()
        if after.outcome is not None or left <= 0:
            return after
        await means.sleep(min(following.interval_s, left))

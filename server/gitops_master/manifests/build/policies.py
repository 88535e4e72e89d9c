"""Who may promote to the Stage by itself: its promotion policy, among those that are there."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gitops_master.facts.autopromotion import BadSelector, selects
from gitops_master.manifests.build.existing import editable, edited, mapping
from gitops_master.manifests.request import StageRequest
from gitops_master.manifests.world import PROJECT_CONFIG, World
from gitops_master.model.errors import UsageError
from gitops_master.model.kargo import PromotionPolicy
from gitops_master.model.manifest import Draft, Manifest, Path, items
from gitops_master.model.stage import Stage
from gitops_master.model.versions import Version

CONFIG_SINCE = Version(1, 5, 0)
"""ProjectConfig and stageSelector; before it policies stood in the Project, by `stage`."""
FILE = "project.yaml"
_PLACE: Path = ("spec", "promotionPolicies")
_FIRST = "The first policy that fits a Stage decides alone"


def in_project(world: World) -> bool:
    """Whether the installed Kargo reads policies from the Project."""
    return world.kargo is not None and world.kargo < CONFIG_SINCE


def policy_draft(request: StageRequest, world: World, labels: Mapping[str, str], holder: Manifest | Draft | None,
                 notes: list[str]) -> Draft | None:  # fmt: skip
    """What holds the policies, with the one that is asked for; None where nothing has to be another.

    `holder`: the ProjectConfig, before 1.5 the Project; None for a ProjectConfig that is not there.
    """
    if request.auto_promote is None:
        return None
    data = _data(request, holder)
    spec = mapping(data.get("spec"))
    merged = _merged(request, labels, items(spec, "promotionPolicies"), by_name=in_project(world))
    if merged is None:
        return None
    rows, index, told = merged
    spec["promotionPolicies"] = rows
    comments = {(*_PLACE, index): told}
    if isinstance(holder, Manifest):
        return edited(holder, {**data, "spec": spec}, FILE, comments)
    if holder is None and world.live_known and not world.lacks(PROJECT_CONFIG, request.project, request.project):
        notes.append(
            "The ProjectConfig could not be looked up: if there is one, put this policy into it, before others that fit."
        )
    return Draft({**data, "spec": spec}, FILE, {**(holder.comments if holder else {}), **comments})


def _data(request: StageRequest, holder: Manifest | Draft | None) -> dict[str, Any]:
    if isinstance(holder, Manifest):
        return editable(holder)
    if holder is not None:
        return dict(holder.data)
    return {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "ProjectConfig",
        "metadata": {"name": request.project, "namespace": request.project},
    }


def _merged(
    request: StageRequest, labels: Mapping[str, str], held: Sequence[Mapping[str, Any]], *, by_name: bool
) -> tuple[list[dict[str, Any]], int, str] | None:
    """The policies, where the Stage's own stands, and why there; None where what decides already says what is asked for."""
    rows = [dict(one) for one in held]
    wanted = bool(request.auto_promote)
    first = next((at for at, one in enumerate(rows) if _fits(one, at, request, labels)), None)
    if first is not None and bool(rows[first].get("autoPromotionEnabled")) is wanted:
        return None
    own = next((at for at, one in enumerate(rows) if _names(one, request.name)), None)
    if own is not None and (first is None or own <= first):
        rows[own]["autoPromotionEnabled"] = wanted
        return rows, own, f"{_FIRST}; this one names {request.name} only."
    if own is not None and first is not None:
        mine = rows.pop(own)
        rows.insert(first, {**mine, "autoPromotionEnabled": wanted})
        return rows, first, f"{_FIRST}: moved before one that fits {request.name} too."
    where = {"stage": request.name} if by_name else {"stageSelector": {"name": request.name}}
    place = len(rows) if first is None else first
    rows.insert(place, {**where, "autoPromotionEnabled": wanted})
    before = _shown(rows[place + 1]) if first is not None else ""
    told = (
        f", so this stands before {before}, which fits {request.name} too." if before else "; no other fits this Stage."
    )
    return rows, place, f"{_FIRST}{told}"


def _fits(policy: Mapping[str, Any], index: int, request: StageRequest, labels: Mapping[str, str]) -> bool:
    metadata = {"name": request.name, "namespace": request.project, "labels": dict(labels)}
    try:
        typed = msgspec.convert(policy, PromotionPolicy)
        return selects(typed, msgspec.convert({"metadata": metadata}, Stage))
    except (BadSelector, msgspec.ValidationError) as error:
        raise UsageError(
            f"promotionPolicies[{index}] cannot be read, by Kargo either: {error}", "repair it, then ask again"
        ) from None


def _names(policy: Mapping[str, Any], name: str) -> bool:
    selector = policy.get("stageSelector")
    return policy.get("stage") == name or selector == {"name": name}


def _shown(policy: Mapping[str, Any]) -> str:
    selector = policy.get("stageSelector")
    if not isinstance(selector, Mapping):
        return str(policy.get("stage"))
    return str(selector.get("name") or "one by labels")

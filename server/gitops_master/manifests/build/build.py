"""All that a request needs, as drafts fitted to the world: new objects, and existing ones with what is asked for."""

from collections.abc import Sequence
from typing import NamedTuple

from gitops_master.facts.durations import parse_duration
from gitops_master.manifests.build.applications import applications
from gitops_master.manifests.build.authorized import authorizations
from gitops_master.manifests.build.existing import is_changed
from gitops_master.manifests.build.fit import Fit
from gitops_master.manifests.build.freight import Requested, requested
from gitops_master.manifests.build.in_cluster import in_cluster_checks
from gitops_master.manifests.build.names import check_addresses, check_names, listed
from gitops_master.manifests.build.policies import in_project, policy_draft
from gitops_master.manifests.build.project import project
from gitops_master.manifests.build.repositories import Subscription, subscriptions
from gitops_master.manifests.build.retry import DEFAULT_TIMEOUT, PROFILES, WAITING
from gitops_master.manifests.build.stage import asks_for_steps, stage
from gitops_master.manifests.build.verification import verification
from gitops_master.manifests.build.warehouse import made_subscription, warehouse
from gitops_master.manifests.request import RetryProfile, StageRequest
from gitops_master.manifests.world import PROJECT, PROJECT_CONFIG, STAGE, WAREHOUSE, World
from gitops_master.model.errors import UsageError
from gitops_master.model.expectations import InCluster
from gitops_master.model.manifest import Draft, Manifest, items


class Built(NamedTuple):
    """`drafts`: in the order in which they can be applied; the Stage is always among them, others only if new or changed.

    `notes`: what had to be assumed, and what the reader has to do. `stage`: its name.
    """

    drafts: tuple[Draft, ...]
    notes: tuple[str, ...]
    stage: str


def build(request: StageRequest, world: World, in_cluster: Sequence[InCluster] = ()) -> Built:
    """`in_cluster`: checks that a Job of the Stage's verification is to make besides.

    Raises UsageError for a request that cannot be met: it names what was wrong, and what there is.
    """
    check_names(request)
    check_addresses(request)
    notes: list[str] = []
    existing = world.get(STAGE, request.project, request.name)
    freight = requested(request, world, existing, notes)
    made = _warehouses(request, world, freight, notes)
    apps = applications(request, world, existing)
    subscribed, unknown = _subscribed(request, world, freight, made)
    fit = Fit(request, world, existing, freight.origins, subscribed, unknown, apps, notes)
    proof = in_cluster_checks(request, world, in_cluster, verification(request, world))
    own, task = stage(fit, freight, proof.spec)
    drafts = [*_project(request, world, existing, notes), *made, *proof.drafts, *([task] if task else [])]
    drafts.append(own)
    if existing is None or request.apps or asks_for_steps(request):
        drafts += authorizations(request, world, apps, notes)
    _warn_of_haste(request, own, task, notes)
    kept = (one for one in drafts if one is own or is_changed(one))
    return Built(tuple(kept), tuple(dict.fromkeys((*notes, *proof.notes))), request.name)


def _warehouses(request: StageRequest, world: World, freight: Requested, notes: list[str]) -> list[Draft]:
    made = [draft for one in freight.origins if (draft := warehouse(one, request, world)) is not None]
    if len(made) > 1:
        names = listed(str(one.data["metadata"]["name"]) for one in made)
        raise UsageError(
            f"Warehouses {names} do not exist, and one artifact was named", "make them one after the other"
        )
    lost = [one for one in freight.origins if world.get(WAREHOUSE, request.project, one) is None]
    if lost and not made:
        notes.append(f"Warehouse {listed(lost)} is not among what was read: it is taken to exist.")
    return made


def _subscribed(
    request: StageRequest, world: World, freight: Requested, made: list[Draft]
) -> tuple[list[Subscription], list[str]]:
    """What the origins subscribe to, and those of which that is not known."""
    new = {str(one.data["metadata"]["name"]) for one in made}
    known: list[Subscription] = []
    unknown: list[str] = []
    for name in freight.origins:
        held = world.get(WAREHOUSE, request.project, name)
        if held is not None:
            known += subscriptions(held)
        elif name in new:
            known.append(made_subscription(name, request))
        else:
            unknown.append(name)
    return known, unknown


def _project(request: StageRequest, world: World, existing: Manifest | None, notes: list[str]) -> list[Draft]:
    """The Project where there is none, and what holds the promotion policies where one has to be another."""
    made = project(request, world)
    labels = existing.labels if existing else {}
    if not in_project(world):
        config = world.get(PROJECT_CONFIG, request.project, request.project)
        policy = policy_draft(request, world, labels, config, notes)
        return [one for one in (made, policy) if one is not None]
    holder = world.get(PROJECT, "", request.project) or made
    if holder is None:
        raise UsageError(
            f"Project {request.project} could not be read, and Kargo {world.kargo} keeps its promotion policies there",
            "ask where it can be read, or leave auto-promotion out",
        )
    changed = policy_draft(request, world, labels, holder, notes)
    return [one for one in (changed or made,) if one is not None]


def _warn_of_haste(request: StageRequest, own: Draft, task: Draft | None, notes: list[str]) -> None:
    """A profile may give a step less time than it has by itself."""
    if request.retry is RetryProfile.DEFAULT:
        return
    wanted = PROFILES[request.retry]
    given, usual = parse_duration(wanted.timeout), parse_duration(DEFAULT_TIMEOUT)
    rows = [
        *items(own.data, "spec", "promotionTemplate", "spec", "steps"),
        *(items(task.data, "spec", "steps") if task else []),
    ]
    hasty = [uses for one in rows if (uses := str(one.get("uses"))) in WAITING]
    if given and usual and given < usual and hasty:
        notes.append(
            f"Retry profile {request.retry}: {listed(hasty)} ends after {wanted.timeout}, before Kargo's own {DEFAULT_TIMEOUT}. "
            "Choose medium or a heavier one if a sync can take longer."
        )

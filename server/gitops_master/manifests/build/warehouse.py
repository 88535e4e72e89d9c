"""A Warehouse that is not there yet, for the artifact that the request names."""

from typing import Any

from gitops_master.manifests.build.names import listed
from gitops_master.manifests.build.repositories import Subscription, chart_parts
from gitops_master.manifests.request import StageRequest
from gitops_master.manifests.world import WAREHOUSE, World
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Draft, Path


def can_make(request: StageRequest) -> bool:
    """Whether the request names an artifact to subscribe to."""
    return bool(request.image or request.chart or request.repo_url)


def warehouse(name: str, request: StageRequest, world: World) -> Draft | None:
    """The Warehouse, where there is none of that name; None where there is, or may be one that was not read.

    Raises UsageError where there is none for sure and nothing to subscribe to was named.
    """
    if world.get(WAREHOUSE, request.project, name) is not None:
        return None
    lacking = world.lacks(WAREHOUSE, request.project, name)
    if can_make(request) and (lacking or not world.live_known):
        return _draft(name, request)
    if lacking:
        there = listed(one.name for one in world.all(WAREHOUSE, request.project))
        raise UsageError(
            f"Warehouse {name} does not exist in project {request.project}",
            f"Warehouses there are: {there}; for a new one name an image, a chart, or the repository's URL",
        )
    return None


def made_subscription(name: str, request: StageRequest) -> Subscription:
    """What a Warehouse that is made for the request subscribes to."""
    if request.image:
        return Subscription("image", request.image, name, strategy="SemVer")
    if request.chart:
        repo_url, chart = chart_parts(request.chart)
        return Subscription("chart", repo_url, name, chart)
    return Subscription("git", request.repo_url, name, branch=request.branch, strategy="NewestFromBranch")


def _draft(name: str, request: StageRequest) -> Draft:
    one = made_subscription(name, request)
    if one.kind == "image" and (":" in one.repo_url.rpartition("/")[2] or "@" in one.repo_url):
        raise UsageError(
            f"image {one.repo_url}: the Warehouse finds tags itself", "name the repository alone, without a tag"
        )
    if one.kind == "chart" and not one.repo_url:
        raise UsageError(
            f"chart {request.chart}: a Warehouse needs the repository as well",
            "oci://HOST/PATH/NAME, or https://HOST/PATH/NAME of a chart repository",
        )
    config, comments = _config(one)
    place: Path = ("spec", "subscriptions", 0, one.kind)
    return Draft(
        {
            "apiVersion": "kargo.akuity.io/v1alpha1",
            "kind": "Warehouse",
            "metadata": {"name": name, "namespace": request.project},
            "spec": {"subscriptions": [{one.kind: config}]},
        },
        f"warehouse-{name}.yaml",
        {(*place, key): text for key, text in comments.items()},
    )


def _config(one: Subscription) -> tuple[dict[str, Any], dict[str, str]]:
    match one.kind:
        case "image":
            told = "The highest version among the tags; tags that are no version do not count."
            return {"repoURL": one.repo_url, "imageSelectionStrategy": "SemVer"}, {"imageSelectionStrategy": told}
        case "chart":
            return {"repoURL": one.repo_url, **({"name": one.name} if one.name else {})}, {}
    branch = {"branch": one.branch} if one.branch else {}
    told = "Each new commit is Freight; includePaths would leave out those that change nothing of interest."
    config = {"repoURL": one.repo_url, **branch, "commitSelectionStrategy": "NewestFromBranch"}
    return config, {"commitSelectionStrategy": told}

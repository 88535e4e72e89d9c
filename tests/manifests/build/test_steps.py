"""What each delivery style does, and what it says when the Freight is not made for it."""

import pytest

from gitops_master.manifests.build.build import Built, build
from gitops_master.manifests.request import Delivery, RetryProfile
from gitops_master.model.errors import UsageError
from tests.manifests.build.worlds import (
    CHARTS,
    GIT,
    IMAGE,
    REPO,
    SHOP_CHART,
    SHOP_IMAGE,
    application,
    by_kind,
    request,
    stage,
    step,
    steps_of,
    uses,
    warehouse,
    world,
)

OTHER_IMAGE = {"image": {"repoURL": "registry.example.com/worker"}}


def test_argocd_update_pins_the_freights_commit_by_the_applications_own_address() -> None:
    where = world(warehouse(), application("shop", "", {"repoURL": f"{REPO}.git", "path": "."}))

    built = build(request(apps=("shop",)), where)

    variables = by_kind(built, "Stage").data["spec"]["promotionTemplate"]["spec"]["vars"]
    assert variables == [{"name": "repoURL", "value": REPO}, {"name": "repoURL2", "value": f"{REPO}.git"}]
    (source,) = step(built, "argocd-update")["config"]["apps"][0]["sources"]
    assert source == {
        "repoURL": "${{ vars.repoURL2 }}",
        "desiredRevision": "${{ commitFrom(vars.repoURL).ID }}",
        "updateTargetRevision": True,
    }


def test_argocd_update_of_a_chart_takes_its_version() -> None:
    where = world(warehouse(SHOP_CHART), application("shop", "", {"repoURL": CHARTS, "chart": "shop"}))

    (source,) = step(build(request(apps=("shop",)), where), "argocd-update")["config"]["apps"][0]["sources"]

    assert (source["repoURL"], source["chart"]) == (CHARTS, "shop")
    assert source["desiredRevision"] == "${{ chartFrom(vars.chartRepo, vars.chart).Version }}"


def test_argocd_update_of_a_chart_in_an_oci_registry_matches_the_parted_address() -> None:
    subscribed = {"chart": {"repoURL": "oci://registry.example.com/charts/shop"}}
    source = {"repoURL": "registry.example.com/charts", "chart": "shop"}

    built = build(request(apps=("shop",)), world(warehouse(subscribed), application("shop", "", source)))

    (found,) = step(built, "argocd-update")["config"]["apps"][0]["sources"]
    assert (found["repoURL"], found["chart"]) == ("registry.example.com/charts", "shop")
    assert found["desiredRevision"] == "${{ chartFrom(vars.chartRepo).Version }}"


def test_argocd_update_of_several_sources_pins_those_that_the_freight_is_of() -> None:
    sources = ({"repoURL": CHARTS, "chart": "shop"}, {"repoURL": REPO, "ref": "values"}, {"repoURL": f"{REPO}-x"})
    where = world(warehouse(GIT, SHOP_CHART), application("shop", "", *sources))

    found = step(build(request(apps=("shop",)), where), "argocd-update")["config"]["apps"][0]["sources"]

    assert [one.get("chart") for one in found] == ["shop", None]


def test_argocd_update_with_an_image_alone_sets_it_in_the_application() -> None:
    where = world(warehouse(SHOP_IMAGE), application("shop"))

    (source,) = step(build(request(apps=("shop",)), where), "argocd-update")["config"]["apps"][0]["sources"]

    tag = "${{ quote(imageFrom(vars.image).Tag) }}"
    assert source["kustomize"] == {"images": [{"repoURL": "${{ vars.image }}", "tag": tag}]}


def test_an_application_of_another_repository_is_an_error_that_names_both() -> None:
    where = world(warehouse(), application("shop", "", {"repoURL": "https://git.example.com/other", "path": "."}))

    with pytest.raises(UsageError, match=r"reads https://git.example.com/other, and the Freight is of something else"):
        build(request(apps=("shop",)), where)
    with pytest.raises(UsageError, match=r"does not read https://git.example.com/shop"):
        build(request(apps=("shop",), delivery=Delivery.RENDERED, repo_url=REPO), where)


def test_argocd_update_without_applications_names_those_that_there_are() -> None:
    with pytest.raises(UsageError, match=r"none was named\nApplications there are: shop"):
        build(request(), world(warehouse(), application("shop")))


def test_applications_that_let_the_stage_change_them_need_not_be_named() -> None:
    built = build(request(), world(warehouse(), application("shop", "demo:test"), application("other", "demo:prod")))

    assert [one["name"] for one in step(built, "argocd-update")["config"]["apps"]] == ["shop"]


@pytest.mark.parametrize(
    ("style", "subscribed", "what"),
    [
        (Delivery.KUSTOMIZE, GIT, "an image"),
        (Delivery.HELM_VALUES, SHOP_CHART, "an image"),
        (Delivery.HELM_CHART, SHOP_IMAGE, "a chart"),
    ],
)
def test_a_style_that_the_freight_is_not_made_for_is_refused(
    style: Delivery, subscribed: dict[str, object], what: str
) -> None:
    with pytest.raises(UsageError, match=f"{style} deploys {what}, and Warehouse shop subscribes to none"):
        build(request(delivery=style, repo_url=REPO), world(warehouse(subscribed)))


def test_of_several_images_one_has_to_be_named() -> None:
    where = world(warehouse(SHOP_IMAGE, OTHER_IMAGE))

    with pytest.raises(UsageError, match=r"several images.*registry.example.com/shop, registry.example.com/worker"):
        build(request(delivery=Delivery.KUSTOMIZE, repo_url=REPO), where)
    with pytest.raises(UsageError, match="image nginx: Warehouse shop does not subscribe to it"):
        build(request(delivery=Delivery.KUSTOMIZE, repo_url=REPO, image="nginx"), where)
    built = build(request(delivery=Delivery.KUSTOMIZE, repo_url=REPO, image="worker"), where)
    assert {"name": "image", "value": "registry.example.com/worker"} in _vars(built)


def test_an_image_that_two_warehouses_subscribe_to_is_taken_from_one_that_is_named() -> None:
    where = world(warehouse(SHOP_IMAGE), warehouse(SHOP_IMAGE, name="nightly"))

    built = build(request(warehouses=("shop", "nightly"), delivery=Delivery.KUSTOMIZE, repo_url=REPO), where)

    (image,) = step(built, "kustomize-set-image")["config"]["images"]
    assert image["tag"] == '${{ quote(imageFrom(vars.image, warehouse("shop")).Tag) }}'
    assert any("Warehouses nightly, shop: shop decides" in one for one in built.notes)


def test_an_image_followed_by_digest_is_set_by_digest() -> None:
    subscribed = {"image": {"repoURL": IMAGE, "imageSelectionStrategy": "Digest"}}

    built = build(request(delivery=Delivery.KUSTOMIZE, repo_url=REPO), world(warehouse(subscribed)))

    (image,) = step(built, "kustomize-set-image")["config"]["images"]
    assert image == {"image": "${{ vars.image }}", "digest": "${{ imageFrom(vars.image).Digest }}"}


def test_a_pull_request_is_opened_waited_for_and_its_merge_is_deployed() -> None:
    wanted = request(delivery=Delivery.KUSTOMIZE, repo_url=REPO, apps=("shop",), pull_request=True)

    built = build(wanted, world(warehouse(SHOP_IMAGE)))

    assert uses(built) == ["git-clone", "kustomize-set-image", "git-commit", "git-push", "git-open-pr", "git-wait-for-pr",
                           "argocd-update", "argocd-wait"]  # fmt: skip
    assert step(built, "git-push")["config"] == {"path": "./src", "generateTargetBranch": True}
    assert step(built, "git-open-pr")["config"]["sourceBranch"] == "${{ outputs.push.branch }}"
    assert step(built, "git-wait-for-pr")["config"]["prNumber"] == "${{ outputs['open-pr'].pr.id }}"
    (source,) = step(built, "argocd-update")["config"]["apps"][0]["sources"]
    assert source["desiredRevision"] == "${{ outputs['wait-for-pr']?.commit ?? outputs.commit.commit }}"


def test_a_pull_request_of_nothing_written_is_refused() -> None:
    with pytest.raises(UsageError, match="writes nothing to git"):
        build(request(apps=("shop",), pull_request=True), world(warehouse()))


def test_rendered_manifests_of_the_freights_commit_go_to_the_stages_own_branch() -> None:
    wanted = request(delivery=Delivery.RENDERED, apps=("shop",), path="overlays/test")

    built = build(wanted, world(warehouse()))

    assert uses(built)[:5] == ["git-clone", "git-clear", "kustomize-build", "git-commit", "git-push"]
    target, source = step(built, "git-clone")["config"]["checkout"]
    assert source == {"commit": "${{ commitFrom(vars.repoURL).ID }}", "path": "./src"}
    assert target == {"branch": "stage/${{ ctx.stage }}", "create": True, "path": "./out"}
    assert step(built, "kustomize-build")["config"] == {"path": "./src/${{ vars.path }}", "outPath": "./out"}


def test_a_chart_is_rendered_by_helm_with_its_value() -> None:
    wanted = request(delivery=Delivery.RENDERED, apps=("shop",), repo_url=REPO, path="chart", key="image.tag")

    built = build(wanted, world(warehouse(SHOP_IMAGE)))

    values = step(built, "helm-template")["config"]["setValues"]
    assert values == [{"key": "${{ vars.key }}", "value": "${{ quote(imageFrom(vars.image).Tag) }}"}]
    assert "kustomize-build" not in uses(built)


def test_an_oci_chart_is_updated_as_chart_yaml_lists_it() -> None:
    where = world(warehouse({"chart": {"repoURL": "oci://registry.example.com/charts/shop"}}))

    built = build(request(delivery=Delivery.HELM_CHART, repo_url=REPO, path="umbrella"), where)

    (row,) = step(built, "helm-update-chart")["config"]["charts"]
    assert (row["repository"], row["name"]) == ("oci://registry.example.com/charts", "shop")


def test_yaml_update_needs_a_key_and_a_file() -> None:
    with pytest.raises(UsageError, match="which value to set"):
        build(request(delivery=Delivery.YAML, repo_url=REPO), world(warehouse(SHOP_IMAGE)))
    with pytest.raises(UsageError, match="path env: yaml-update sets a value of one file"):
        build(request(delivery=Delivery.YAML, repo_url=REPO, key="a.b", path="env"), world(warehouse(SHOP_IMAGE)))


def test_yaml_update_takes_a_commit_where_the_freight_has_nothing_else() -> None:
    built = build(
        request(delivery=Delivery.YAML, key="ref", path="env.yaml", repo_url=f"{REPO}-env"), world(warehouse())
    )

    (row,) = step(built, "yaml-update")["config"]["updates"]
    assert row == {"key": "${{ vars.key }}", "value": "${{ commitFrom(vars.sourceURL).ID }}"}


def test_path_and_branch_come_from_the_application_that_is_there() -> None:
    source = {"repoURL": f"{REPO}.git", "path": "envs/test", "targetRevision": "release"}
    where = world(warehouse(SHOP_IMAGE), application("shop", "", source))

    built = build(request(delivery=Delivery.KUSTOMIZE, apps=("shop",)), where)

    given = {one["name"]: one["value"] for one in _vars(built)}
    assert given == {"repoURL": f"{REPO}.git", "branch": "release", "path": "envs/test", "image": IMAGE}


def test_writing_to_the_branch_that_makes_the_freight_is_told() -> None:
    wanted = request(delivery=Delivery.KUSTOMIZE, repo_url=REPO, branch="main")

    assert any("each makes new Freight" in one for one in build(wanted, world(warehouse(SHOP_IMAGE, GIT))).notes)
    filtered = {"git": {**GIT["git"], "includePaths": ["src"]}}
    assert not any("new Freight" in one for one in build(wanted, world(warehouse(SHOP_IMAGE, filtered))).notes)


@pytest.mark.parametrize(("version", "waits"), [("1.9.10", False), ("1.10.0", True), ("", False)])
def test_argocd_wait_only_where_the_installed_kargo_has_it(version: str, waits: bool) -> None:
    built = build(request(apps=("shop",)), world(warehouse(), kargo=version))

    assert ("argocd-wait" in uses(built)) is waits
    assert any("is not known" in one and "1.10" in one for one in built.notes) is (not version)


def test_a_profile_below_the_steps_own_patience_is_told() -> None:
    hasty = build(request(apps=("shop",), retry=RetryProfile.SIMPLE), world(warehouse()))
    patient = build(request(apps=("shop",), retry=RetryProfile.HEAVY), world(warehouse()))

    assert any("ends after 3m, before Kargo's own 5m" in one for one in hasty.notes)
    assert not any("before Kargo's own" in one for one in patient.notes)
    assert step(patient, "argocd-update")["retry"] == {"timeout": "10m", "errorThreshold": 3}


def test_shared_steps_stand_in_a_task_with_their_retry_and_the_stage_gives_its_variables() -> None:
    wanted = request(delivery=Delivery.KUSTOMIZE, repo_url=REPO, apps=("shop",), shared_steps="roll-out",
                     retry=RetryProfile.HEAVY)  # fmt: skip

    built = build(wanted, world(warehouse(SHOP_IMAGE)))

    (own,) = steps_of(built)
    assert set(own) == {"task", "as", "vars"}
    declared = [one["name"] for one in by_kind(built, "PromotionTask").data["spec"]["vars"]]
    assert declared == [one["name"] for one in own["vars"]]
    update = steps_of(built, "PromotionTask")[-2]
    assert update["retry"] == {"timeout": "10m", "errorThreshold": 3}
    assert update["config"]["apps"][0]["sources"][0]["desiredRevision"] == "${{ task.outputs.commit.commit }}"


def test_a_control_flow_stage_upstream_is_as_good_as_any_but_for_soak() -> None:
    where = world(warehouse(), stage("gate", steps=()))

    assert build(request(warehouses=(), upstream=("gate",), apps=("shop",)), where)
    with pytest.raises(UsageError, match="gate only controls the flow"):
        build(request(warehouses=(), upstream=("gate",), apps=("shop",), soak="1h"), where)


def _vars(built: Built) -> list[dict[str, str]]:
    found: list[dict[str, str]] = by_kind(built, "Stage").data["spec"]["promotionTemplate"]["spec"]["vars"]
    return found

"""What is rarer: guesses where little is known, what cannot be guessed, and steps of Stages that people wrote."""

from typing import Any

import pytest

from gitops_master.manifests.build.build import build
from gitops_master.manifests.request import Delivery, RetryProfile
from gitops_master.model.errors import UsageError
from tests.manifests.build.worlds import (
    CHARTS,
    GIT,
    REPO,
    SHOP_CHART,
    SHOP_IMAGE,
    application,
    by_kind,
    cluster,
    obj,
    request,
    stage,
    step,
    steps_of,
    uses,
    warehouse,
    world,
)

TASK = {"task": {"name": "roll-out"}, "as": "deploy", "vars": [{"name": "app", "value": "shop"}]}
UPDATE: dict[str, Any] = {"uses": "argocd-update", "config": {"apps": [{"name": "shop"}]}}
WAIT: dict[str, Any] = {"uses": "argocd-wait", "config": {"apps": [{"name": "shop", "waitFor": ["health"]}]}}


def source(built: Any) -> Any:
    (found,) = step(built, "argocd-update")["config"]["apps"][0]["sources"]
    return found


def test_an_application_that_is_not_known_is_taken_to_read_what_the_freight_is_of() -> None:
    chart = source(build(request(apps=("shop",)), world(warehouse(SHOP_CHART))))
    assert (chart["repoURL"], chart["chart"]) == (CHARTS, "shop")
    parted = {"chart": {"repoURL": "oci://registry.example.com/charts/shop"}}
    oci = source(build(request(apps=("shop",)), world(warehouse(parted))))
    assert (oci["repoURL"], oci["chart"]) == ("registry.example.com/charts", "shop")
    with pytest.raises(UsageError, match="commits of several repositories"):
        build(request(apps=("shop",)), world(warehouse(GIT, {"git": {"repoURL": f"{REPO}-b"}})))
    with pytest.raises(UsageError, match="which repository the Application reads is not known"):
        build(request(apps=("shop",)), world(warehouse(SHOP_IMAGE)))


def test_an_image_is_a_helm_parameter_where_a_key_is_named() -> None:
    wanted = request(apps=("shop",), repo_url=REPO, key="image.tag")

    found = source(build(wanted, world(warehouse(SHOP_IMAGE))))

    assert found["helm"] == {"images": [{"key": "image.tag", "value": "${{ quote(imageFrom(vars.image).Tag) }}"}]}


def test_a_repository_that_could_be_one_of_several_has_to_be_named() -> None:
    where = world(warehouse(SHOP_IMAGE, GIT, {"git": {"repoURL": f"{REPO}-b"}}))

    with pytest.raises(
        UsageError, match=r"repo_url: .*it could be https://git.example.com/shop, https://git.example.com/shop-b"
    ):
        build(request(delivery=Delivery.KUSTOMIZE), where)


def test_an_applicationset_that_names_a_stage_takes_no_second_before_1_11() -> None:
    template = {"metadata": {"name": "shop", "annotations": {"kargo.akuity.io/authorized-stage": "demo:prod"}}}
    where = world(warehouse(), obj("ApplicationSet", "shops", {"template": template}), kargo="1.9.0")

    with pytest.raises(UsageError, match="ApplicationSet shops authorises demo:prod"):
        build(request(apps=("shop",)), where)


def test_before_1_5_policies_need_the_project_to_be_read() -> None:
    with pytest.raises(UsageError, match="Project demo could not be read"):
        build(request(apps=("shop",), auto_promote=True), cluster(warehouse(), kargo="1.4.0", unread=("Project",)))


def test_an_upstream_stage_that_was_not_read_is_taken_to_exist() -> None:
    built = build(
        request(upstream=("dev",), apps=("shop",)), cluster(obj("Project", "demo"), warehouse(), unread=("Stage",))
    )

    sources = by_kind(built, "Stage").data["spec"]["requestedFreight"][0]["sources"]
    assert sources == {"stages": ["dev"]}
    assert any("Stage dev is not among what was read" in one for one in built.notes)


def test_matching_one_upstream_stage_goes_when_there_are_two() -> None:
    held = stage("test", "dev", steps=(UPDATE,))
    held["spec"]["requestedFreight"][0]["sources"]["autoPromotionOptions"] = {"selectionPolicy": "MatchUpstream"}
    where = world(warehouse(), stage("dev"), stage("uat", "dev"), held)

    built = build(request(warehouses=(), upstream=("dev", "uat")), where)

    assert by_kind(built, "Stage").data["spec"]["requestedFreight"][0]["sources"] == {"stages": ["dev", "uat"]}
    assert any("MatchUpstream takes exactly one" in one for one in built.notes)


def test_an_ssh_address_is_told() -> None:
    wanted = request(delivery=Delivery.KUSTOMIZE, repo_url="git@git.example.com:shop.git")

    assert any("SSH addresses are deprecated" in one for one in build(wanted, world(warehouse(SHOP_IMAGE))).notes)


def test_an_application_for_a_stage_whose_steps_stand_in_a_task_is_told() -> None:
    where = world(warehouse(), stage("test", steps=(TASK,)), obj("PromotionTask", "roll-out", {"steps": [UPDATE]}))

    built = build(request(warehouses=(), apps=("shop", "cart")), where)

    assert steps_of(built) == [TASK]
    assert any("argocd/cart is not added: give shared_steps" in one for one in built.notes)


def test_an_application_for_a_stage_that_updates_none_gets_a_step_of_its_own() -> None:
    where = world(warehouse(), stage("test", steps=({"uses": "git-clear"},)))

    built = build(request(warehouses=(), apps=("shop", "edge/cart")), where)

    assert uses(built) == ["git-clear", "argocd-update"]
    assert step(built, "argocd-update")["config"]["apps"] == [{"name": "shop"}, {"name": "cart", "namespace": "edge"}]


def test_who_is_updated_is_waited_for() -> None:
    where = world(warehouse(), stage("test", steps=(UPDATE, WAIT)))

    built = build(request(warehouses=(), apps=("cart",)), where)

    assert step(built, "argocd-wait")["config"]["apps"][1] == {"name": "cart", "waitFor": ["health"]}


@pytest.mark.parametrize("kind", ["PromotionTask", "ClusterPromotionTask"])
def test_retry_of_a_task_that_cannot_be_changed_is_told(kind: str) -> None:
    refers = {**TASK, "task": {"name": "roll-out", "kind": kind}}

    built = build(request(warehouses=(), retry=RetryProfile.HEAVY), world(warehouse(), stage("test", steps=(refers,))))

    assert steps_of(built) == [refers]
    assert any("PromotionTask roll-out" in one and "keep the retry" in one for one in built.notes)


def test_variables_that_others_wrote_stay_and_ours_go_with_their_steps() -> None:
    held = stage("test", steps=({"uses": "kustomize-set-image", "config": {"path": "./src"}},))
    held["spec"]["promotionTemplate"]["spec"]["vars"] = [
        {"name": "team", "value": "shop"},
        {"name": "image", "value": "registry.example.com/shop"},
        {"name": "repoURL", "value": f"{REPO}-old"},
    ]
    wanted = request(warehouses=(), delivery=Delivery.RENDERED, repo_url=REPO, path="overlays/test")

    built = build(wanted, world(warehouse(), held))

    given = by_kind(built, "Stage").data["spec"]["promotionTemplate"]["spec"]["vars"]
    assert given == [
        {"name": "team", "value": "shop"},
        {"name": "repoURL", "value": REPO},
        {"name": "path", "value": "overlays/test"},
    ]


def test_a_task_of_other_steps_is_used_and_told() -> None:
    variables = [{"name": one} for one in ("repoURL", "branch", "path", "image", "app")]
    task = obj("PromotionTask", "roll-out", {"vars": variables, "steps": [UPDATE]})
    wanted = request(delivery=Delivery.KUSTOMIZE, repo_url=REPO, apps=("shop",), shared_steps="roll-out",
                     retry=RetryProfile.HEAVY)  # fmt: skip

    built = build(wanted, world(warehouse(SHOP_IMAGE), application("shop"), task))

    assert any("is used as it is (argocd-update)" in one for one in built.notes)
    assert any("keeps the retry that it has" in one for one in built.notes)


def test_a_rendered_chart_of_the_freight_is_put_into_the_umbrella_first() -> None:
    wanted = request(delivery=Delivery.RENDERED, repo_url=REPO, path="umbrella", namespace="shop", apps=("shop",))

    built = build(wanted, world(warehouse(SHOP_CHART)))

    assert uses(built)[2:4] == ["helm-update-chart", "helm-template"]
    config = step(built, "helm-template")["config"]
    assert (config["releaseName"], config["namespace"]) == ("shop", "shop")


def test_before_1_5_a_value_is_written_into_the_charts_file() -> None:
    wanted = request(delivery=Delivery.RENDERED, repo_url=REPO, path="chart", key="image.tag")

    built = build(wanted, world(warehouse(SHOP_IMAGE), kargo="1.4.0"))

    assert uses(built)[2:4] == ["yaml-update", "helm-template"]
    assert "setValues" not in step(built, "helm-template")["config"]


def test_yaml_update_can_be_of_a_chart_version() -> None:
    wanted = request(delivery=Delivery.YAML, repo_url=REPO, key="version", path="app.yaml")

    (row,) = step(build(wanted, world(warehouse(SHOP_CHART))), "yaml-update")["config"]["updates"]

    assert row["value"] == "${{ quote(chartFrom(vars.chartRepo, vars.chart).Version) }}"

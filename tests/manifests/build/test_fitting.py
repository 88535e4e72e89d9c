"""How a request is fitted to what is there: kept, changed, made new, or refused with what exists."""

from typing import Any

import pytest

from gitops_master.manifests.build.build import build
from gitops_master.manifests.request import Availability, Delivery, RetryProfile
from gitops_master.model.errors import UsageError
from tests.manifests.build.worlds import (
    CHARTS,
    GIT,
    IMAGE,
    REPO,
    SHOP_IMAGE,
    after,
    by_kind,
    cluster,
    kinds,
    obj,
    request,
    stage,
    step,
    steps_of,
    uses,
    warehouse,
    world,
)

UPDATE: dict[str, Any] = {
    "uses": "argocd-update",
    "config": {"apps": [{"name": "shop", "sources": [{"repoURL": REPO}]}]},
}
NOTIFY = {"uses": "http", "config": {"url": "https://hooks.example.com"}, "retry": {"errorThreshold": 4}}


def freight(built: Any) -> Any:
    return by_kind(built, "Stage").data["spec"]["requestedFreight"]


def test_a_pipeline_from_nothing_is_what_was_asked_for() -> None:
    where = world()
    common: dict[str, Any] = {"warehouses": (), "delivery": Delivery.KUSTOMIZE, "repo_url": REPO, "auto_promote": True}
    for name, upstream in (("dev", ()), ("uat", ("dev",)), ("prod", ("uat",))):
        soak = {"soak": "1h", "auto_promote": False} if name == "prod" else {}
        image = {"image": IMAGE} if name == "dev" else {}
        wanted = request(**common | {"name": name, "upstream": upstream, "apps": (f"shop-{name}",)} | image | soak)
        where = after(where, build(wanted, where))

    held = {one.name: one for one in where.given if one.data["kind"] == "Stage"}
    sources = {name: one.spec["requestedFreight"][0]["sources"] for name, one in held.items()}
    assert sources == {
        "dev": {"direct": True},
        "uat": {"stages": ["dev"]},
        "prod": {"stages": ["uat"], "requiredSoakTime": "1h"},
    }
    assert {one.spec["requestedFreight"][0]["origin"]["name"] for one in held.values()} == {"demo"}
    (config,) = [one for one in where.given if one.data["kind"] == "ProjectConfig"]
    found = [(one["stageSelector"]["name"], one["autoPromotionEnabled"]) for one in config.spec["promotionPolicies"]]
    assert found == [("dev", True), ("uat", True), ("prod", False)]
    assert [one.kind.rpartition("/")[2] for one in where.given].count("Warehouse") == 1
    assert [one.kind.rpartition("/")[2] for one in where.given].count("Project") == 1


@pytest.mark.parametrize(
    ("artifact", "subscription"),
    [
        ({"image": IMAGE, "repo_url": REPO}, {"image": {"repoURL": IMAGE, "imageSelectionStrategy": "SemVer"}}),
        ({"chart": f"{CHARTS}/shop", "repo_url": REPO}, {"chart": {"repoURL": CHARTS, "name": "shop"}}),
        ({"chart": "oci://r.example.com/shop", "repo_url": REPO}, {"chart": {"repoURL": "oci://r.example.com/shop"}}),
        ({"repo_url": REPO, "branch": "dev"}, {"git": {"repoURL": REPO, "branch": "dev",
                                                       "commitSelectionStrategy": "NewestFromBranch"}}),
    ],
)  # fmt: skip
def test_a_warehouse_that_is_not_there_subscribes_to_the_artifact(artifact: Any, subscription: Any) -> None:
    built = build(request(delivery=Delivery.RENDERED, **artifact), world())

    assert by_kind(built, "Warehouse").data["spec"] == {"subscriptions": [subscription]}


def test_what_is_there_is_not_written_again() -> None:
    built = build(request(apps=("shop",), repo_url=REPO), world(obj("Project", "demo"), warehouse()))

    assert kinds(built) == ["Stage", "Application"]


def test_a_project_that_could_not_be_looked_up_is_not_made() -> None:
    assert kinds(build(request(apps=("shop",)), cluster(warehouse(), unread=("Project",)))) == ["Stage", "Application"]
    assert "Project" in kinds(build(request(apps=("shop",)), cluster(warehouse())))


def test_the_only_warehouse_is_taken_and_one_of_several_has_to_be_named() -> None:
    assert freight(build(request(warehouses=(), apps=("shop",)), world(warehouse())))[0]["origin"]["name"] == "shop"
    with pytest.raises(UsageError, match=r"several Warehouses, and none was named\nname some of: nightly, shop"):
        build(request(warehouses=(), apps=("shop",)), world(warehouse(), warehouse(name="nightly")))
    with pytest.raises(UsageError, match="no Warehouse of project demo is known"):
        build(request(warehouses=(), apps=("shop",)), world())


def test_a_warehouse_does_not_take_an_image_with_its_tag() -> None:
    with pytest.raises(UsageError, match="name the repository alone, without a tag"):
        build(request(delivery=Delivery.KUSTOMIZE, repo_url=REPO, image=f"{IMAGE}:1.2"), world())


def test_two_warehouses_are_not_made_of_one_artifact() -> None:
    with pytest.raises(UsageError, match="Warehouses a, b do not exist, and one artifact was named"):
        build(request(warehouses=("a", "b"), apps=("shop",), repo_url=REPO), world())


def test_a_warehouse_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(UsageError, match=r"Warehouse shop does not exist.*\nWarehouses there are: nightly"):
        build(request(apps=("shop",)), world(warehouse(name="nightly")))


def test_a_warehouse_that_was_not_read_is_taken_to_exist() -> None:
    built = build(request(apps=("shop",), repo_url=REPO), cluster(obj("Project", "demo"), unread=("Warehouse",)))

    assert "Warehouse" not in kinds(built)
    assert any("Warehouse shop is not among what was read" in one for one in built.notes)


def test_an_upstream_stage_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(UsageError, match=r"upstream Stage dve does not exist.*\nStages there are: dev, uat"):
        build(request(upstream=("dve",), apps=("shop",)), world(warehouse(), stage("dev"), stage("uat", "dev")))


def test_a_stage_cannot_wait_for_itself() -> None:
    where = world(warehouse(), stage("test"), stage("uat", "test"), stage("prod", "uat"))

    with pytest.raises(UsageError, match="cannot be its own upstream"):
        build(request(upstream=("test",)), where)
    with pytest.raises(UsageError, match="test ← prod ← uat ← test"):
        build(request(upstream=("prod",)), where)


def test_origins_are_those_that_the_upstream_stages_request() -> None:
    both = stage("dev")
    other = {"origin": {"kind": "Warehouse", "name": "config"}, "sources": {"direct": True}}
    both["spec"]["requestedFreight"].append(other)
    where = world(warehouse(), warehouse(SHOP_IMAGE, name="config"), both, stage("uat", "dev"))

    found = freight(build(request(warehouses=(), upstream=("dev", "uat"), apps=("shop",)), where))

    assert [(one["origin"]["name"], one["sources"]) for one in found] == [
        ("shop", {"stages": ["dev", "uat"]}),
        ("config", {"stages": ["dev"]}),
    ]
    with pytest.raises(UsageError, match=r"no upstream Stage requests Freight of Warehouse config\nuat requests shop"):
        build(request(warehouses=("config",), upstream=("uat",), apps=("shop",)), where)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"soak": "1h"}, "soak needs an upstream Stage"),
        ({"soak": "1d", "upstream": ("dev",)}, "soak '1d' is not a duration"),
        ({"availability": Availability.ALL, "upstream": ("dev",)}, "availability All is about several upstream Stages"),
        ({"name": "Test"}, "name of the Stage 'Test' cannot be used"),
        ({"name": "t" * 64}, "cannot be used"),
        ({"project": "demo.x"}, "project 'demo.x' cannot be used"),
        ({"apps": ("a/b/c",)}, "more than one slash"),
        ({"apps": ("Shop",)}, "Application 'Shop' cannot be the name"),
        ({"shared_steps": "Roll Out"}, "PromotionTask 'Roll Out' cannot be the name"),
        ({"repo_url": "https://me:hunter2@git.example.com/shop"}, "^repo_url holds a password"),
        ({"repo_url": "shop"}, "repo_url 'shop' is not the address of a repository"),
        ({"image": "https://registry.example.com/shop"}, "has a scheme"),
        ({"path": "../other"}, "leads out of the repository"),
        ({"branch": "a b"}, "branch 'a b' holds a blank"),
        ({"warehouses": ("x" * 300,)}, r"300 characters"),
    ],
)
def test_what_cannot_be_is_named(more: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        build(request(**{"apps": ("shop",), **more}), world(warehouse(), stage("dev")))


@pytest.mark.parametrize(
    ("more", "kargo"),
    [
        ({"soak": "1h", "upstream": ("dev",)}, "1.1.0"),
        ({"availability": Availability.ALL, "upstream": ("dev", "uat")}, "1.2.0"),
        ({"shared_steps": "roll-out"}, "1.1.0"),
    ],
)
def test_what_an_older_kargo_does_not_know_is_refused(more: dict[str, Any], kargo: str) -> None:
    with pytest.raises(UsageError, match=f"Kargo v{kargo}"):
        build(request(apps=("shop",), **more), world(warehouse(), stage("dev"), stage("uat", "dev"), kargo=kargo))


def test_of_a_stage_that_is_there_only_what_is_asked_for_changes() -> None:
    held = stage("test", "dev", steps=(UPDATE, NOTIFY))
    held["spec"] |= {"verification": {"analysisTemplates": [{"name": "smoke"}]}, "vars": [{"name": "a", "value": "b"}]}
    held["spec"]["requestedFreight"][0]["sources"]["autoPromotionOptions"] = {"selectionPolicy": "MatchUpstream"}
    where = world(obj("Project", "demo"), warehouse(), stage("dev"), held)

    built = build(request(warehouses=(), soak="2h"), where)

    draft = by_kind(built, "Stage")
    expected = {**held["spec"], "requestedFreight": [{**held["spec"]["requestedFreight"][0]}]}
    expected["requestedFreight"][0]["sources"] = {
        **held["spec"]["requestedFreight"][0]["sources"],
        "requiredSoakTime": "2h",
    }
    assert draft.data == {**held, "spec": expected}
    assert draft.file == "3.yaml"
    assert kinds(built) == ["Stage"]


def test_retry_is_put_to_the_steps_that_are_there() -> None:
    where = world(obj("Project", "demo"), warehouse(), stage("test", steps=({"uses": "git-clear"}, UPDATE, NOTIFY)))

    built = build(request(warehouses=(), retry=RetryProfile.HEAVY), where)

    assert steps_of(built) == [
        {"uses": "git-clear"},
        {**UPDATE, "retry": {"timeout": "10m", "errorThreshold": 3}},
        NOTIFY,
    ]


def test_retry_of_a_step_that_names_a_task_is_put_into_the_task() -> None:
    shared = obj("PromotionTask", "roll-out", {"vars": [{"name": "app"}], "steps": [UPDATE]})
    refers = ({"task": {"name": "roll-out"}, "vars": [{"name": "app", "value": "shop"}]},)
    where = world(
        obj("Project", "demo"), warehouse(), stage("test", steps=refers), stage("prod", "test", steps=refers), shared
    )

    built = build(request(warehouses=(), retry=RetryProfile.HEAVY), where)

    assert "retry" not in steps_of(built)[0]
    assert steps_of(built, "PromotionTask")[0]["retry"] == {"timeout": "10m", "errorThreshold": 3}
    assert any("is used by prod as well" in one for one in built.notes)


def test_an_application_is_added_to_the_step_that_is_there() -> None:
    where = world(obj("Project", "demo"), warehouse(), stage("test", steps=(UPDATE, NOTIFY)))

    built = build(request(warehouses=(), apps=("shop", "cart")), where)

    apps = step(built, "argocd-update")["config"]["apps"]
    assert apps == [*UPDATE["config"]["apps"], {"name": "cart", "sources": [{"repoURL": REPO}]}]
    assert uses(built) == ["argocd-update", "http"]


def test_another_delivery_replaces_the_steps_keeps_retry_and_applications_and_says_what_is_gone() -> None:
    patient = {**UPDATE, "retry": {"timeout": "20m"}}
    where = world(obj("Project", "demo"), warehouse(SHOP_IMAGE), stage("test", steps=(patient, NOTIFY)))

    built = build(request(warehouses=(), delivery=Delivery.KUSTOMIZE, repo_url=REPO), where)

    assert step(built, "argocd-update")["retry"] == {"timeout": "20m"}
    assert step(built, "argocd-update")["config"]["apps"][0]["name"] == "shop"
    assert any("no longer there: http" in one for one in built.notes)


def test_a_stage_that_only_controls_the_flow_stays_one() -> None:
    where = world(obj("Project", "demo"), warehouse(), stage("dev"), stage("test", "dev", steps=()))

    built = build(request(warehouses=(), upstream=("dev",), auto_promote=None), where)

    assert "promotionTemplate" not in by_kind(built, "Stage").data["spec"]


def test_a_task_that_is_there_is_used_as_it_is() -> None:
    where = world(warehouse(SHOP_IMAGE))
    wanted = {"delivery": Delivery.KUSTOMIZE, "repo_url": REPO, "shared_steps": "roll-out"}
    first = build(request(apps=("shop-test",), **wanted), where)

    second = build(request(name="prod", upstream=("test",), apps=("shop-prod",), **wanted), after(where, first))

    assert "PromotionTask" not in kinds(second)
    given = {one["name"]: one["value"] for one in steps_of(second)[0]["vars"]}
    assert (given["app"], given["path"]) == ("shop-prod", "stages/prod")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (["repoURL", "branch", "path", "image"], "it does not take app"),
        (["repoURL", "branch", "path", "image", "app", "team"], "it wants team as well"),
    ],
)
def test_a_task_that_does_not_fit_is_refused(variables: list[str], told: str) -> None:
    task = obj("PromotionTask", "roll-out", {"vars": [{"name": one} for one in variables], "steps": [UPDATE]})
    wanted = request(delivery=Delivery.KUSTOMIZE, repo_url=REPO, apps=("shop",), shared_steps="roll-out")

    with pytest.raises(UsageError, match=told):
        build(wanted, world(warehouse(SHOP_IMAGE), task))


def test_a_running_stage_is_written_without_what_the_cluster_adds() -> None:
    live = stage("test", steps=(UPDATE,)) | {"status": {"health": {}}}
    live["metadata"] |= {"uid": "1", "generation": 3, "finalizers": ["kargo.akuity.io/finalizer"]}

    draft = by_kind(build(request(warehouses=()), cluster(obj("Project", "demo"), warehouse(GIT), live)), "Stage")

    assert draft.data == stage("test", steps=(UPDATE,))
    assert draft.file == "stage-test.yaml"

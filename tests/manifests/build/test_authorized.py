"""The Applications' annotation: added, listed, put into templates, or handed over as a patch."""

from typing import Any

import pytest

from gitops_master.manifests.build.build import build
from gitops_master.model.errors import UsageError
from tests.manifests.build.worlds import (
    REPO,
    after,
    application,
    by_kind,
    cluster,
    kinds,
    obj,
    request,
    warehouse,
    world,
)

KEY = "kargo.akuity.io/authorized-stage"
SHOP = request(apps=("shop",))


def application_set(name: str, template: str, value: str = "") -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": template, **({"annotations": {KEY: value}} if value else {})}
    spec = {"project": "default", "source": {"repoURL": REPO}, "destination": {}}
    return obj("ApplicationSet", name, {"generators": [], "template": {"metadata": metadata, "spec": spec}})


def owned(name: str, owner: str) -> dict[str, Any]:
    made = application(name)
    made["metadata"]["ownerReferences"] = [{"kind": "ApplicationSet", "name": owner}]
    return made


def value(draft: Any) -> Any:
    data = draft.data
    metadata = data["spec"]["template"]["metadata"] if data["kind"] == "ApplicationSet" else data["metadata"]
    return metadata["annotations"][KEY]


def test_an_application_that_is_there_gets_the_annotation_and_keeps_the_rest() -> None:
    built = build(SHOP, world(warehouse(), application("shop")))

    draft = by_kind(built, "Application")
    assert value(draft) == "demo:test"
    assert draft.data["spec"] == application("shop")["spec"]
    assert (draft.edits.name, draft.file) == ("shop", "1.yaml")


def test_one_that_is_the_stages_already_is_left_alone() -> None:
    assert "Application" not in kinds(build(SHOP, world(warehouse(), application("shop", "demo:prod , demo : test"))))


def test_another_stage_is_kept_in_a_list_since_1_11() -> None:
    built = build(SHOP, world(warehouse(), application("shop", "demo:prod")))

    assert value(by_kind(built, "Application")) == "demo:prod, demo:test"
    unsure = build(SHOP, world(warehouse(), application("shop", "demo:prod"), kargo=""))
    assert any("takes Kargo 1.11" in one for one in unsure.notes)


def test_before_1_11_one_application_takes_one_stage() -> None:
    with pytest.raises(UsageError, match=r"authorised for demo:prod, and Kargo v1\.10\.3 takes one Stage"):
        build(SHOP, world(warehouse(), application("shop", "demo:prod"), kargo="1.10.3"))


def test_a_glob_that_kargo_no_longer_takes_is_replaced() -> None:
    built = build(SHOP, world(warehouse(), application("shop", "demo:*"), kargo="1.9.0"))

    assert value(by_kind(built, "Application")) == "demo:test"


def test_an_application_that_is_not_known_is_a_patch_with_its_command() -> None:
    built = build(SHOP, world(warehouse()))

    draft = by_kind(built, "Application")
    assert set(draft.data) == {"apiVersion", "kind", "metadata"}
    assert f"kubectl annotate application shop -n argocd {KEY}=demo:test" in draft.comments[()]
    assert any("is not among what was read" in one for one in built.notes)


def test_one_that_a_cluster_lacks_is_told_with_those_that_there_are() -> None:
    built = build(SHOP, cluster(obj("Project", "demo"), warehouse(), application("shopp")))

    assert any("argocd/shop does not exist" in one and "argocd/shopp" in one for one in built.notes)


def test_of_a_running_application_only_what_a_person_would_write_is_written() -> None:
    live = application("shop") | {"status": {"sync": {}}, "operation": {"sync": {}}}
    live["metadata"] |= {"uid": "1", "resourceVersion": "2", "annotations": {"argocd.argoproj.io/refresh": "hard"}}

    draft = by_kind(build(SHOP, cluster(obj("Project", "demo"), warehouse(), live)), "Application")

    assert set(draft.data) == {"apiVersion", "kind", "metadata", "spec"}
    assert draft.data["metadata"] == {"name": "shop", "namespace": "argocd", "annotations": {KEY: "demo:test"}}
    assert draft.file == "application-argocd-shop.yaml"


def test_the_template_is_changed_where_an_applicationset_makes_it() -> None:
    where = world(warehouse(), application_set("shops", "shop"), owned("shop", "shops"))

    built = build(SHOP, where)

    assert value(by_kind(built, "ApplicationSet")) == "demo:test"
    assert "Application" not in kinds(built)
    assert "ApplicationSet" not in kinds(build(SHOP, after(where, built)))


@pytest.mark.parametrize("hole", ["{{env}}", "{{ .env }}"])
def test_a_template_of_several_names_the_stage_by_its_parameter(hole: str) -> None:
    where = world(warehouse(), application_set("shops", f"shop-{hole}"), owned("shop-test", "shops"))

    built = build(request(apps=("shop-test",)), where)

    assert value(by_kind(built, "ApplicationSet")) == f"demo:{hole}"
    assert "ApplicationSet" not in kinds(build(request(apps=("shop-test",)), after(where, built)))
    assert "ApplicationSet" not in kinds(build(request(name="prod", apps=("shop-prod",)), after(where, built)))


def test_a_template_whose_parameter_is_not_the_stage_authorises_more_than_was_asked_for() -> None:
    built = build(request(apps=("shop-eu",)), world(warehouse(), application_set("shops", "shop-{{region}}")))

    assert value(by_kind(built, "ApplicationSet")) == "demo:test"
    assert any("makes more Applications than shop-eu" in one for one in built.notes)


def test_several_applications_of_one_template_are_one_change() -> None:
    where = world(warehouse(), application_set("shops", "shop-{{region}}"))

    built = build(request(apps=("shop-eu", "shop-us")), where)

    assert kinds(built).count("ApplicationSet") == 1
    assert value(by_kind(built, "ApplicationSet")) == "demo:test"


def test_a_name_in_several_namespaces_has_to_be_given_whole() -> None:
    twice = [application("shop"), application("shop")]
    twice[0]["metadata"]["namespace"], twice[1]["metadata"]["namespace"] = "east", "west"

    with pytest.raises(UsageError, match="several namespaces: east/shop, west/shop"):
        build(SHOP, world(warehouse(), *twice))
    built = build(request(apps=("west/shop",)), world(warehouse(), *twice))
    assert by_kind(built, "Application").data["metadata"]["namespace"] == "west"

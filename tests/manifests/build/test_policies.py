"""Promotion policies: the first that fits decides, so where the Stage's own stands is what counts."""

from typing import Any

import pytest

from gitops_master.files.manifests import changed, read_manifests
from gitops_master.manifests.build.build import build
from gitops_master.manifests.world import World
from gitops_master.model.errors import UsageError
from tests.manifests.build.worlds import by_kind, cluster, kinds, obj, policies, request, stage, warehouse, world

GLOB = {"stageSelector": {"name": "glob:*"}, "autoPromotionEnabled": False}
LABELS = {"stageSelector": {"matchLabels": {"tier": "dev"}}, "autoPromotionEnabled": False}
OTHER = {"stageSelector": {"name": "prod"}, "autoPromotionEnabled": False}
OWN = {"stageSelector": {"name": "test"}, "autoPromotionEnabled": True}


def rows(wanted: bool, *held: Any, kargo: str = "1.11.2", labels: dict[str, str] | None = None) -> Any:
    own = [{**stage("test"), "metadata": {"name": "test", "namespace": "demo", "labels": labels}}] if labels else []
    where = world(warehouse(), policies(*held), *own, kargo=kargo)
    built = build(request(apps=("shop",), auto_promote=wanted), where)
    if "ProjectConfig" not in kinds(built):
        return None
    return by_kind(built, "ProjectConfig").data["spec"]["promotionPolicies"]


def test_it_stands_before_the_first_that_fits_the_stage_too() -> None:
    assert rows(True, OTHER, GLOB) == [OTHER, OWN, GLOB]
    assert rows(True, {**GLOB, "stageSelector": {"name": "regex:^t"}}) == [
        OWN,
        {**GLOB, "stageSelector": {"name": "regex:^t"}},
    ]


def test_it_comes_last_where_no_other_fits() -> None:
    assert rows(True, OTHER) == [OTHER, OWN]


def test_labels_of_the_stage_as_it_is_count() -> None:
    assert rows(True, LABELS, labels={"tier": "dev"}) == [OWN, LABELS]
    assert rows(True, LABELS, labels={"tier": "edge"}) == [LABELS, OWN]


def test_the_one_that_names_the_stage_alone_is_changed_where_it_stands() -> None:
    assert rows(True, {**OWN, "autoPromotionEnabled": False}, GLOB) == [OWN, GLOB]
    assert rows(False, OTHER, {"stage": "test", "autoPromotionEnabled": True}) == [
        OTHER,
        {"stage": "test", "autoPromotionEnabled": False},
    ]


def test_one_that_is_never_reached_is_moved_before_what_hides_it() -> None:
    assert rows(True, GLOB, OTHER, OWN) == [OWN, GLOB, OTHER]


def test_nothing_is_written_where_what_decides_says_so_already() -> None:
    assert rows(False, GLOB) is None
    assert rows(True, OWN, GLOB) is None


def test_the_rest_of_the_config_stays() -> None:
    config = policies(OTHER)
    config["spec"]["webhookReceivers"] = [{"name": "github"}]

    built = build(request(apps=("shop",), auto_promote=True), world(warehouse(), config))

    draft = by_kind(built, "ProjectConfig")
    assert draft.data["spec"] == {"webhookReceivers": [{"name": "github"}], "promotionPolicies": [OTHER, OWN]}
    assert (draft.file, draft.edits.name) == ("1.yaml", "demo")
    assert "no other fits this Stage" in draft.comments[("spec", "promotionPolicies", 1)]


def test_a_comment_says_what_it_stands_before() -> None:
    built = build(request(apps=("shop",), auto_promote=True), world(warehouse(), policies(GLOB)))

    assert (
        "before glob:*, which fits test too"
        in by_kind(built, "ProjectConfig").comments[("spec", "promotionPolicies", 0)]
    )


def test_a_selector_that_kargo_cannot_read_is_told() -> None:
    with pytest.raises(UsageError, match=r"promotionPolicies\[0\] cannot be read"):
        rows(True, {"stageSelector": {"name": "regex:("}, "autoPromotionEnabled": True})


def test_before_1_5_policies_stand_in_the_project_by_name() -> None:
    held = obj("Project", "demo", {"promotionPolicies": [{"stage": "prod", "autoPromotionEnabled": False}]})

    built = build(request(apps=("shop",), auto_promote=True), world(warehouse(), held, kargo="1.4.0"))

    own = {"stage": "test", "autoPromotionEnabled": True}
    assert by_kind(built, "Project").data["spec"]["promotionPolicies"] == [held["spec"]["promotionPolicies"][0], own]
    fresh = build(request(apps=("shop",), auto_promote=True), world(warehouse(), kargo="1.4.0"))
    assert by_kind(fresh, "Project").data["spec"] == {"promotionPolicies": [own]}
    assert "ProjectConfig" not in kinds(fresh)


def test_without_a_wish_there_is_no_policy() -> None:
    assert "ProjectConfig" not in kinds(build(request(apps=("shop",)), world(warehouse(), policies(GLOB))))


def test_a_config_that_could_not_be_looked_up_may_be_there() -> None:
    where = cluster(obj("Project", "demo"), warehouse(), unread=("ProjectConfig",))

    built = build(request(apps=("shop",), auto_promote=True), where)

    assert any("could not be looked up" in one for one in built.notes)


def test_in_a_file_comments_and_layout_stay() -> None:
    text = FILE
    (config,) = read_manifests(text, "config.yaml")
    where = World([config, *world(warehouse()).given], versions=world().versions)

    draft = by_kind(build(request(apps=("shop",), auto_promote=True), where), "ProjectConfig")

    after = changed(text, config.document, draft.data, draft.comments)
    assert read_manifests(after)[0].data == draft.data
    assert [line for line in text.splitlines() if line not in after.splitlines()] == []
    new = [line.strip() for line in after.splitlines() if line not in text.splitlines()]
    assert "name: test" in new


FILE = """\
# who promotes by itself
apiVersion: kargo.akuity.io/v1alpha1
kind: ProjectConfig
metadata:
  name: demo
  namespace: demo
spec:
  promotionPolicies:
    # never by itself
    - stageSelector:
        name: prod
      autoPromotionEnabled: false
    - stageSelector: {name: "glob:*"}   # all others
      autoPromotionEnabled: false
"""

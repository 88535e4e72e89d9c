"""Checks of the Applications that Stages deploy."""

from typing import Any

import pytest

from gitops_master.model.manifest import Manifest
from gitops_master.model.snapshot import Place
from tests.manifests.checks.given import REPO, app, app_set, found, levels, made, said, stage, update, world

MISSING, REFUSED = "argocd-app-not-found", "authorized-stage-annotation-mismatch"
UNREADABLE, AUTO = "authorized-stage-annotation-unreadable", "auto-sync-beside-argocd-update"
ITSELF, PINNED = "stage-promotes-kargo-itself", "several-stages-pin-one-application"
ANNOTATION = "metadata.annotations[kargo.akuity.io/authorized-stage]"
FIRST = "spec.promotionTemplate.spec.steps[0].config.apps[0]"
AUTOMATED: dict[str, Any] = {"syncPolicy": {"automated": {}}}


def test_an_application_that_is_not_there() -> None:
    held = world(stage("test", steps=[update("wbe"), update("web", uses="argocd-wait")]), app("web"))

    assert found(MISSING, held) == [f"test: {FIRST}"]
    assert "Application argocd/wbe, which does not exist / did you mean web?" in said(MISSING, held)


def test_among_files_alone_an_application_may_be_kept_elsewhere() -> None:
    user, place = stage("test", steps=[update("shop-api")]), Place("argoproj.io/Application", "argocd")

    assert levels(MISSING, world(user, app("web"))) == ["warning"]
    assert levels(MISSING, world(user, app("shop-apo"))) == ["error"]
    assert levels(MISSING, world(user, live=[app("web")], places=[place])) == ["error"]


def test_an_application_in_another_namespace_or_of_labels_that_none_has() -> None:
    labels = {"apps": [{"selector": {"matchLabels": {"tier": "web"}}}]}

    assert "it is in namespace argocd" in said(
        MISSING, world(stage("test", steps=[update("web", namespace="x")]), app("web"))
    )
    assert "with tier=web, which do not exist" in said(
        MISSING, world(stage("test", steps=[{"uses": "argocd-update", "config": labels}]), app("web"))
    )


def test_applications_that_cannot_be_told_are_not_judged() -> None:
    unknown = update("web-${{ quote(ctx.stage) }}")
    made_up = {**update("${{ vars.app }}"), "vars": [{"name": "app", "value": "web"}]}

    assert found(MISSING, world(stage("test", steps=[unknown, made_up]), app("web"))) == []
    assert found(MISSING, world(stage("test", steps=[update("gone")]))) == []
    assert found(MISSING, world(stage("test", steps=[update("web", namespace="${{ vars.x }}")]), app("api"))) == []


def test_expressions_that_are_plain_are_judged() -> None:
    held = world(stage("test", steps=[update("web-${{ ctx.stage }}")]), app("web-prod"))

    assert found(MISSING, held) == [f"test: {FIRST}"]


def test_a_template_of_an_applicationset_can_make_the_application() -> None:
    made_ones = app_set("all", "web-{{.stage}}", "shop:{{.stage}}")
    place = Place("argoproj.io/Application")

    assert found(MISSING, world(stage("test", steps=[update("web-test")]), made_ones, app("x"))) == []
    assert found(MISSING, world(stage("test", steps=[update("api")]), made_ones, live=[], places=[place])) != []


def test_a_step_of_a_task_is_told_where_it_stands() -> None:
    task = made("kargo.akuity.io/v1alpha1", "PromotionTask", "roll", spec={"steps": [update("gone")]})
    user = stage("test", steps=[{"task": {"name": "roll"}}])

    assert found(MISSING, world(user, task, app("web"))) == ["roll: spec.steps[0].config.apps[0]"]
    assert found(MISSING, world(user, live=[task, app("web")], places=[Place("argoproj.io/Application")])) == [
        "test: spec.promotionTemplate"
    ]


@pytest.mark.parametrize("allowed", ["shop:prod", "other:test", "shop:tes", None])
def test_an_application_that_names_another_stage_or_none(allowed: str | None) -> None:
    held = world(stage("test", steps=[update("web")]), app("web", allowed))

    assert found(REFUSED, held) == [f"web: {ANNOTATION}"]


@pytest.mark.parametrize("allowed", ["shop:test", "shop:prod, shop:test", " shop : test "])
def test_an_application_that_names_the_stage(allowed: str) -> None:
    assert found(REFUSED, world(stage("test", steps=[update("web")]), app("web", allowed))) == []


def test_the_fix_keeps_those_that_are_named_where_lists_are_understood() -> None:
    given = (stage("test", steps=[update("web")]), app("web", "shop:prod"))

    assert '"shop:prod,shop:test"' in said(REFUSED, world(*given, kargo="1.11.0"))
    assert '"shop:test"' in said(REFUSED, world(*given, kargo="1.10.3"))


def test_an_application_of_the_cluster_is_told_at_the_stage() -> None:
    held = world(stage("test", steps=[update("web")]), live=[app("web", "shop:prod")])

    assert found(REFUSED, held) == [f"test: {FIRST}"]


def test_waiting_needs_no_permission() -> None:
    assert found(REFUSED, world(stage("test", steps=[update("web", uses="argocd-wait")]), app("web", None))) == []


def test_the_template_of_an_applicationset_counts_with_its_placeholders() -> None:
    user = stage("test", steps=[update("web-test")])

    assert found(REFUSED, world(user, app_set("all", "web-{{.stage}}", "shop:{{.stage}}"))) == []
    assert found(REFUSED, world(user, app_set("all", "web-{{.stage}}", "other:{{.stage}}"))) == [
        f"all: spec.template.{ANNOTATION}"
    ]
    patched = app_set("all", "web-{{.stage}}", "", templatePatch="kargo.akuity.io/authorized-stage: shop:test")
    assert found(REFUSED, world(user, patched)) == []


def test_what_a_given_applicationset_has_made_does_not_count_beside_it() -> None:
    owners = [{"kind": "ApplicationSet", "name": "all"}]
    old = app("web-test", "shop:test")
    old = old._replace(data={**old.data, "metadata": {**old.metadata, "ownerReferences": owners}})
    user, new = stage("test", steps=[update("web-test")]), app_set("all", "web-{{.stage}}", "other:{{.stage}}")

    assert found(REFUSED, world(user, new, live=[old])) == [f"all: spec.template.{ANNOTATION}"]
    assert found(REFUSED, world(user, live=[old, new])) == []


def test_of_applications_chosen_by_labels_those_that_refuse_are_passed_over() -> None:
    step = {"uses": "argocd-update", "config": {"apps": [{"selector": {"matchLabels": {"tier": "web"}}}]}}
    labelled = {"labels": {"tier": "web"}}
    api = "argoproj.io/v1alpha1"
    closed = made(api, "Application", "closed", "argocd", metadata=labelled, spec={})
    open_ = made(
        api,
        "Application",
        "open",
        "argocd",
        metadata={**labelled, "annotations": {"kargo.akuity.io/authorized-stage": "shop:test"}},
        spec={},
    )

    assert levels(REFUSED, world(stage("test", steps=[step]), closed, open_)) == ["warning"]
    assert levels(REFUSED, world(stage("test", steps=[step]), closed)) == ["error"]


@pytest.mark.parametrize("value", ["shop:*", "shop", "shop:", "a:b:c", "shop:test,other"])
def test_a_value_that_kargo_cannot_read_is_told_where_it_stands(value: str) -> None:
    held = world(stage("test", steps=[update("web")]), app("web", value))

    assert found(UNREADABLE, held) == [f"web: {ANNOTATION}"]
    assert found(REFUSED, held) in ([], [f"web: {ANNOTATION}"])


def test_a_list_before_kargo_1_11() -> None:
    held = app("web", "shop:test,shop:prod")

    assert found(UNREADABLE, world(held, kargo="1.10.9")) == [f"web: {ANNOTATION}"]
    assert found(UNREADABLE, world(held, kargo="1.11.0")) == found(UNREADABLE, world(held)) == []
    assert found(UNREADABLE, world(app("web", "shop:test"), kargo="1.10.9")) == []


def pin(name: str, **source: object) -> dict[str, object]:
    return update(name, sources=[{"repoURL": REPO, "desiredRevision": "${{ commitFrom(vars.repo).ID }}", **source}])


def test_automatic_sync_of_what_a_stage_pins() -> None:
    held = world(stage("test", steps=[pin("web")]), app("web", **AUTOMATED))

    assert found(AUTO, held) == [f"test: {FIRST}"]
    assert levels(AUTO, held) == ["warning"]


def test_automatic_sync_that_does_no_harm() -> None:
    written = world(stage("test", steps=[pin("web", updateTargetRevision=True)]), app("web", **AUTOMATED))
    off = world(stage("test", steps=[pin("web")]), app("web", syncPolicy={"automated": {"enabled": False}}))
    none = world(stage("test", steps=[pin("web")]), app("web"))
    other = world(stage("test", steps=[pin("web", repoURL="https://x.test/y")]), app("web", **AUTOMATED))

    assert [found(AUTO, one) for one in (written, off, none, other)] == [[], [], [], []]


def test_automatic_sync_without_a_pin_is_a_note() -> None:
    assert levels(AUTO, world(stage("test", steps=[update("web")]), app("web", **AUTOMATED))) == ["note"]


def chart(
    name: str, server: str = "https://kubernetes.default.svc", repo: str = "ghcr.io/akuity/kargo-charts"
) -> Manifest:
    return app("gitops", source={"repoURL": repo, "chart": name}, destination={"server": server})


def test_a_stage_that_deploys_kargo_or_argo_cd() -> None:
    user = stage("test", steps=[update("gitops")])

    assert "deploys Kargo itself" in said(ITSELF, world(user, chart("kargo")))
    assert "deploys Argo CD itself" in said(ITSELF, world(user, chart("argo-cd")))
    by_git = app("gitops", source={"repoURL": "https://github.com/argoproj/argo-cd.git", "path": "manifests"})
    assert found(ITSELF, world(user, by_git)) == [f"test: {FIRST}"]
    seen = made(
        "argoproj.io/v1alpha1",
        "Application",
        "gitops",
        "argocd",
        spec={},
        status={"resources": [{"group": "apps", "kind": "Deployment", "name": "kargo-controller"}]},
    )
    assert found(ITSELF, world(user, live=[seen])) == [f"test: {FIRST}"]


def test_kargo_of_another_cluster_and_other_charts() -> None:
    user = stage("test", steps=[update("gitops")])

    assert found(ITSELF, world(user, chart("kargo", server="https://far.test"))) == []
    assert found(ITSELF, world(user, chart("kargo-extras"))) == []


def test_two_stages_that_pin_one_source() -> None:
    held = world(stage("a", steps=[pin("web")]), stage("b", steps=[pin("web")]))

    path = f"{FIRST}.sources[0]"
    assert found(PINNED, held) == [f"a: {path}", f"b: {path}"]


def test_two_stages_that_do_not_get_in_each_others_way() -> None:
    synced = world(stage("a", steps=[update("web")]), stage("b", steps=[update("web")]))
    parts = world(stage("a", steps=[pin("web")]), stage("b", steps=[pin("web", chart="x")]))
    apps = world(stage("a", steps=[pin("web")]), stage("b", steps=[pin("api")]))
    once = world(stage("a", steps=[pin("web"), pin("web")]))

    assert [found(PINNED, one) for one in (synced, parts, apps, once)] == [[], [], [], []]

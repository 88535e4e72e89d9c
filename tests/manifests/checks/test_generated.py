"""What is generated passes the checks: none says a word, unless a note about what was asked for."""

from itertools import product
from typing import Any

import pytest

from gitops_master.manifests.build.build import build
from gitops_master.manifests.checks.registry import checks
from gitops_master.manifests.request import Delivery, Proof, RetryProfile
from gitops_master.model.manifest import path_text
from tests.manifests.build.worlds import ARTIFACT, REPO, after, application, obj, request, stage, warehouse, world

SOURCES: dict[str, dict[str, Any]] = {
    "direct": {},
    "behind-one": {"upstream": ("dev",), "soak": "1h30m"},
}
PROOFS: dict[Proof, dict[str, str]] = {
    Proof.NONE: {},
    Proof.WEB: {"probe": "http://web.shop.svc:8080/healthz"},
    Proof.PROMETHEUS: {"probe": "sum(up) >= 1", "prometheus": "http://prometheus.monitoring.svc:9090"},
    Proof.JOB: {"probe": "http://web.shop.svc:8080/healthz", "job_image": "registry.example.com/curl:8.11.0"},
}


@pytest.mark.parametrize("shared", ["", "roll-out"], ids=["own", "shared"])
@pytest.mark.parametrize("sources", SOURCES)
@pytest.mark.parametrize("retry", [RetryProfile.DEFAULT, RetryProfile.SIMPLE, RetryProfile.HEAVY])
@pytest.mark.parametrize(("style", "proof"), list(product(Delivery, Proof)), ids=str)
def test_what_is_generated_is_not_faulted(
    style: Delivery, proof: Proof, retry: RetryProfile, sources: str, shared: str
) -> None:
    held = (application("shop-test", "demo:dev"), application("shop-eu"))
    where = world(
        obj("Project", "demo"),
        warehouse(ARTIFACT[style]),
        stage("dev", steps=[{"uses": "git-clear", "config": {"path": "./out"}}]),
        *held,
    )
    key = {"key": "image.tag"} if style in (Delivery.YAML, Delivery.HELM_VALUES) else {}
    place = {"path": "env/test/values.yaml"} if style is Delivery.YAML else {}
    wanted = request(
        delivery=style,
        retry=retry,
        verification=proof,
        shared_steps=shared,
        apps=("shop-test", "shop-eu"),
        repo_url=REPO,
        auto_promote=True,
        **key,
        **place,
        **PROOFS[proof],
        **SOURCES[sources],
    )

    done = after(where, build(wanted, where))

    asked_for = {"argocd-step-timeout-below-default"} if retry is RetryProfile.SIMPLE else set()
    every = [problem for one in checks() for problem in one.problems(done) if one.id not in asked_for]
    assert [f"{one.check} {one.manifest.title} {path_text(one.path)}: {one.message}" for one in every] == []


@pytest.mark.parametrize("pull", [False, True], ids=["pushed", "reviewed"])
@pytest.mark.parametrize("style", list(Delivery), ids=str)
def test_stages_behind_one_another_are_not_faulted(style: Delivery, pull: bool) -> None:
    """Each writes files of its own; where they share the branch, git-push brings them together."""
    if pull and style is Delivery.ARGOCD:
        return  # writes nothing that could be reviewed
    names = ("dev", "test", "prod")
    rows = [{"repoURL": REPO, "path": f"overlays/{one}", "targetRevision": "main"} for one in names]
    apps = [application(f"shop-{name}", "", row) for name, row in zip(names, rows, strict=True)]
    where = world(obj("Project", "demo"), warehouse(ARTIFACT[style]), *apps)
    for before, name in zip(("", *names), names, strict=False):
        more: dict[str, Any] = {"key": "image.tag"} if style in (Delivery.YAML, Delivery.HELM_VALUES) else {}
        more |= {"path": f"env/{name}/values.yaml"} if style is Delivery.YAML else {}
        more |= {"upstream": (before,)} if before else {}
        wanted = request(name=name, delivery=style, pull_request=pull, apps=(f"shop-{name}",), repo_url=REPO, **more)
        where = after(where, build(wanted, where))

    every = [problem for one in checks() for problem in one.problems(where)]
    assert [f"{one.check} {one.manifest.title} {path_text(one.path)}: {one.message}" for one in every] == []

"""Every combination of style, pull request, retry, sources and shared steps: valid by the products' own definitions, and stable."""

from itertools import product
from typing import Any

import pytest

from gitops_master.manifests.build.build import build
from gitops_master.manifests.build.existing import editable
from gitops_master.manifests.request import Availability, Delivery, RetryProfile
from tests.judges import upstream
from tests.manifests.build.worlds import ARTIFACT, REPO, after, obj, read_back, request, stage, warehouse, world

SOURCES: dict[str, dict[str, Any]] = {
    "direct": {},
    "behind-one": {"upstream": ("dev",), "soak": "1h30m"},
    "behind-two": {"upstream": ("dev", "uat"), "availability": Availability.ALL},
}
STYLES = [(style, pull) for style, pull in product(Delivery, (False, True)) if not (pull and style is Delivery.ARGOCD)]
OLDEST = {"direct": "1.1.0", "behind-one": "1.2.0", "behind-two": "1.3.0"}


@pytest.fixture(autouse=True)
def definitions() -> None:
    upstream.needed()


@pytest.mark.parametrize("shared", ["", "roll-out"], ids=["own", "shared"])
@pytest.mark.parametrize("sources", SOURCES)
@pytest.mark.parametrize("retry", RetryProfile)
@pytest.mark.parametrize(("style", "pull"), STYLES, ids=[f"{style}{'-by-pr' * pull}" for style, pull in STYLES])
def test_it_is_valid_and_asking_again_changes_nothing(
    style: Delivery, pull: bool, retry: RetryProfile, sources: str, shared: str
) -> None:
    where = world(obj("Project", "demo"), warehouse(ARTIFACT[style]), stage("dev"), stage("uat", "dev"))
    key = {"key": "image.tag"} if style in (Delivery.YAML, Delivery.HELM_VALUES) else {}
    wanted = request(
        delivery=style,
        pull_request=pull,
        retry=retry,
        shared_steps=shared,
        apps=("shop-test", "edge/shop-eu"),
        repo_url=REPO,
        auto_promote=True,
        **key,
        **SOURCES[sources],
    )

    built = build(wanted, where)

    for draft in built.drafts:
        (back,) = read_back(draft)
        assert back.data == draft.data
        if "spec" in draft.data or draft.data["kind"] != "Application":
            assert upstream.refusals(back.data) == []
    again = build(wanted, after(where, built))
    assert [(one.file, one.data) for one in again.drafts if one.edits is None or one.data != editable(one.edits)] == []
    assert [one.data["kind"] for one in again.drafts] == ["Stage"]


@pytest.mark.parametrize("sources", SOURCES)
@pytest.mark.parametrize(("style", "pull"), STYLES, ids=[f"{style}{'-by-pr' * pull}" for style, pull in STYLES])
def test_older_kargos_get_nothing_that_they_do_not_know(style: Delivery, pull: bool, sources: str) -> None:
    where = world(warehouse(ARTIFACT[style]), stage("dev"), stage("uat", "dev"), kargo=OLDEST[sources])
    wanted = request(delivery=style, pull_request=pull, apps=("shop-test",), repo_url=REPO, key="image.tag",
                     auto_promote=True, **SOURCES[sources])  # fmt: skip

    built = build(wanted, where)

    text = str([one.data for one in built.drafts])
    assert "argocd-wait" not in text
    assert "stageSelector" not in text
    assert "ProjectConfig" not in text
    assert "setValues" not in text

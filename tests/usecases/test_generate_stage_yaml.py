"""A Stage's files: what they are fitted to, what is said of them, and how small the answer stays."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from gitops_master.files.folder import Folder
from gitops_master.files.gathering import gathered_text
from gitops_master.manifests.request import Delivery, Proof, RetryProfile, StageRequest
from gitops_master.manifests.world import World
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Manifest
from gitops_master.model.setup import Action
from gitops_master.model.snapshot import Gap, Place, Snapshot
from gitops_master.model.versions import Version
from gitops_master.ports.cluster import LogsRead, ReadPlan
from gitops_master.ports.manifests import Held, Tried
from gitops_master.usecases.generate_stage_yaml import Generated, GenerateRequest, exit_code, generate
from gitops_master.usecases.scan import MOST_STAGES, scan
from gitops_master.usecases.setup_evidence import Where
from gitops_master.usecases.setup_report import fitting_setup
from gitops_master.usecases.size import MOST_BYTES, size_of

KARGO = Version(1, 11, 2)
NONE = Folder()


def _object(kind: str, name: str, namespace: str = "shop", **more: Any) -> dict[str, Any]:
    group = "argoproj.io" if kind.startswith(("App", "Analysis")) else "kargo.akuity.io"
    metadata: dict[str, Any] = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": f"{group}/v1alpha1", "kind": kind, "metadata": metadata, **more}


def _stage(
    name: str, *upstream: str, steps: Sequence[dict[str, Any]] = ({"uses": "git-clone"},), **more: Any
) -> dict[str, Any]:
    sources: dict[str, Any] = {"stages": list(upstream), **more} if upstream else {"direct": True}
    requested = [{"origin": {"kind": "Warehouse", "name": "main"}, "sources": sources}]
    template = {"promotionTemplate": {"spec": {"steps": list(steps)}}} if steps else {}
    return _object("Stage", name, spec={"requestedFreight": requested, **template})


CLUSTER = [
    _object("Project", "shop", ""),
    _object(
        "ProjectConfig",
        "shop",
        spec={
            "promotionPolicies": [
                {"stageSelector": {"name": "glob:te*"}, "autoPromotionEnabled": True},
                {"stageSelector": {"name": "test"}, "autoPromotionEnabled": False},
            ]
        },
    ),
    _object("Warehouse", "main", spec={"subscriptions": [{"image": {"repoURL": "ghcr.io/acme/shop"}}]}),
    _stage("test", steps=[{"uses": "argocd-update", "config": {"apps": [{"name": "shop-${{ ctx.stage }}"}]}}]),
    _stage("gate", "test", steps=()),
    _object(
        "Application",
        "shop-uat",
        "cd",
        spec={"source": {"repoURL": "https://git.example.com/shop.git", "targetRevision": "main", "path": "env/uat"}},
    ),
]


class Cluster:
    """Both readers of one cluster that holds these objects; `closed` are kinds that it does not show."""

    def __init__(self, *objects: dict[str, Any], closed: Sequence[str] = ()) -> None:
        self._held = [Manifest(one) for one in objects]
        self._closed = closed
        self.asked: list[Place] = []

    async def held(self, places: Sequence[Place], *, deadline_s: float) -> Held:
        assert deadline_s > 0
        self.asked = list(places)
        read = tuple(one for one in places if one.kind not in self._closed)
        found = tuple(one for one in self._held if any(_is_in(one, place) for place in read))
        return Held(found, read, tuple(Gap(one, "403 Forbidden") for one in self._closed))

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        return SNAPSHOT

    async def read_logs(self, keys: Any, *, deadline_s: float) -> LogsRead:
        return LogsRead({})


def _is_in(one: Manifest, place: Place) -> bool:
    return one.kind == place.kind and place.namespace in ("", one.namespace) and place.name in ("", one.name)


class Judge:
    """An API server that refuses one kind."""

    def __init__(self, refused: str) -> None:
        self._refused = refused

    async def dry_run(self, manifests: Sequence[Manifest], *, deadline_s: float) -> list[Tried]:
        return [
            Tried(one, one.kind != self._refused, "no such field" if one.kind == self._refused else "", allowed=True)
            for one in manifests
        ]


def _snapshot() -> Snapshot:
    from datetime import UTC, datetime

    return Snapshot([], observed_at=datetime(2026, 11, 24, tzinfo=UTC), source="the test's cluster")


SNAPSHOT = _snapshot()


async def _generated(where: Where | None, folder: Folder = NONE, **given: Any) -> Generated:
    asked: dict[str, Any] = {
        "project": "shop",
        "name": "uat",
        "upstream": ("test",),
        "apps": ("cd/shop-uat",),
        "delivery": Delivery.KUSTOMIZE,
        "retry": RetryProfile.HEAVY,
        **given,
    }
    return await generate(GenerateRequest(stage=StageRequest(**asked), kargo=KARGO), folder, where)


def _folder(**texts: str) -> Folder:
    named = {f"{name}.yaml": text for name, text in texts.items()}
    found = [gathered_text(text, name) for name, text in named.items()]
    return Folder(found[0]._replace(manifests=tuple(each for one in found for each in one.manifests)), named)


async def test_a_stage_is_fitted_to_the_cluster_and_silent_in_the_checks() -> None:
    cluster = Cluster(*CLUSTER)

    made = await _generated(Where(cluster, cluster))

    answer = made.answer
    assert {one.path: one.action for one in answer.files} == {
        "stage-uat.yaml": Action.NEW,
        "application-cd-shop-uat.yaml": Action.CHANGED,
    }
    assert "+    kargo.akuity.io/authorized-stage: shop:uat" in answer.files[1].diff
    assert [one for one in answer.problems if one.level != "note"] == []
    assert exit_code(answer) == 0
    assert (answer.context, answer.project, answer.stage) == ("the test's cluster", "shop", "uat")
    assert answer.report.startswith("SETUP PLAN\n==========\nGoal: adds Stage uat; nothing was applied\n")
    assert "Found: main -> test -> gate\n" in answer.report
    assert answer.next[-1] == "gitops-master state uat -p shop"


async def test_the_project_argo_cds_namespace_and_those_of_applications_are_read_and_no_more() -> None:
    cluster = Cluster(*CLUSTER)

    await _generated(Where(cluster, cluster))

    spaces = {one.namespace for one in cluster.asked if one.kind == "argoproj.io/Application"}
    assert spaces == {"argocd", "cd"}
    assert {one.namespace for one in cluster.asked} == {"", "shop", "argocd", "cd"}
    assert Place("kargo.akuity.io/Project", "", "shop") in cluster.asked
    assert not [one for one in cluster.asked if one.kind.endswith(("Secret", "ClusterRole"))]


async def test_what_may_not_be_read_is_told() -> None:
    cluster = Cluster(*CLUSTER, closed=["kargo.akuity.io/PromotionTask"])

    answer = (await _generated(Where(cluster, cluster))).answer

    assert [one.what for one in answer.not_checked] == ["kargo.akuity.io/PromotionTask"]
    assert "kargo.akuity.io/PromotionTask: 403 Forbidden" in answer.report


async def test_what_the_server_says_of_a_dry_run_is_a_problem_and_no_file_less() -> None:
    cluster = Cluster(*CLUSTER)

    answer = (await _generated(Where(cluster, cluster, Judge("kargo.akuity.io/Stage")))).answer

    assert {one.object: one.accepted for one in answer.trials} == {
        "Stage shop/uat": False,
        "Application cd/shop-uat": True,
    }
    assert [one.message for one in answer.problems if one.check == "refused-by-server"] == ["no such field"]
    assert exit_code(answer) == 1
    assert len(answer.files) == 2


async def test_problems_that_were_there_before_are_not_this_answers() -> None:
    wrong = (
        "apiVersion: kargo.akuity.io/v1alpha1\nkind: Stage\nmetadata: {name: old, namespace: shop}\nspec: {wrong: 1}\n"
    )
    cluster = Cluster(*CLUSTER)

    answer = (await _generated(Where(cluster, cluster), _folder(old=wrong))).answer

    assert [one.object for one in answer.problems if "old" in one.object] == []


async def test_without_a_project_the_only_one_of_the_folder_is_meant() -> None:
    folder = _folder(project="apiVersion: kargo.akuity.io/v1alpha1\nkind: Project\nmetadata: {name: store}\n")
    given = {
        "upstream": (),
        "apps": (),
        "image": "ghcr.io/a/b",
        "repo_url": "https://git.example.com/a.git",
        "path": "x",
    }

    answer = (await _generated(None, folder, project="", warehouses=("main",), **given)).answer

    assert answer.project == "store"
    with pytest.raises(UsageError, match="which project"):
        await _generated(None, project="")


def test_the_architecture_is_scanned_in_its_order_by_the_first_policy_that_fits() -> None:
    world = World(live=[Manifest(one) for one in CLUSTER], live_known=True)

    found = scan(world, "shop")

    told = [(one.name, one.tier, one.control_flow, one.upstream, one.apps, one.auto_promotion) for one in found.stages]
    assert told == [
        ("test", 0, False, [], ["shop-test"], True),
        ("gate", 1, True, ["test"], [], False),
    ]
    assert (found.warehouses, found.applications) == (["main"], [])
    assert found.policies == [
        "autoPromotionEnabled: true, stageSelector.name: glob:te*",
        "autoPromotionEnabled: false, stageSelector.name: test",
    ]


def test_circles_and_unknown_stages_upstream_end() -> None:
    world = World([Manifest(_stage("a", "b")), Manifest(_stage("b", "a")), Manifest(_stage("c", "nowhere"))])

    assert {one.name for one in scan(world, "shop").stages} == {"a", "b", "c"}


@pytest.mark.parametrize("many", [0, 400])
async def test_an_answer_stays_small_and_counts_what_it_left_out(many: int) -> None:
    more = [_stage(f"stage-{n:03}-{'x' * 40}", "test") for n in range(many)]
    cluster = Cluster(*CLUSTER, *more)
    given: dict[str, Any] = {"verification": Proof.WEB, "probe": "https://shop.example.com/healthz"}

    answer = fitting_setup((await _generated(Where(cluster, cluster), **given)).answer)

    assert size_of(answer) <= MOST_BYTES
    assert answer.architecture is not None
    assert len(answer.architecture.stages) <= MOST_STAGES
    assert ("of 402 " in answer.architecture.left_out) == bool(many)
    if not many:
        assert "\n# file: stage-uat.yaml\n" in answer.report
    json.dumps(answer.dump())

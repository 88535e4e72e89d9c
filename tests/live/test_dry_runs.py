"""What a real API server with the products' CRDs says of manifests, over HTTP and through kubectl; nothing of it is stored."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from gitops_master.adapters.kube_api import Access, KubeApi, KubeWriter
from gitops_master.adapters.kubectl_command import Identity, KubectlApi, KubectlWriter, kubectl_command, ssh_command
from gitops_master.adapters.manifests import ServerDryRuns
from gitops_master.model.manifest import Manifest
from gitops_master.ports.api import Api
from gitops_master.ports.manifests import Tried
from gitops_master.ports.writing import ObjectWriter
from tests.judges import upstream
from tests.judges.objects import GOOD, JSON
from tests.live import faults
from tests.live.delivering import meant, stored
from tests.live.kinds import KINDS
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.loading import active_namespace, install_definitions, load, reset
from tests.live.proxy import Fault, Proxy, refusal
from tests.live.server import ControlPlane
from tests.live.upstream import definitions

ways = pytest.mark.parametrize("way", ["http", "kubectl", "far kubectl"])
RBAC = "rbac.authorization.k8s.io/v1"
ACCOUNT: JSON = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "probe", "namespace": "demo"}}
ROLE: JSON = {
    "apiVersion": RBAC,
    "kind": "Role",
    "metadata": {"name": "probe:read", "namespace": "demo"},
    "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}],
}


@pytest.fixture(scope="module")
def plane(control_plane_programs: dict[str, Path]) -> Iterator[ControlPlane]:
    upstream.needed()
    with ControlPlane(control_plane_programs) as plane:
        install_definitions(plane, definitions())
        yield plane


@pytest.fixture
def cluster(plane: ControlPlane) -> ControlPlane:
    """Holds a namespace, a Warehouse, a ProjectConfig and an Application, as somebody applied them."""
    reset(plane)
    load(plane, [active_namespace("demo")])
    for name in ("Warehouse", "ProjectConfig", "Application"):
        one = GOOD[name]
        plane.must("POST", KINDS[one["apiVersion"], one["kind"]].path("demo") + "?fieldManager=kubectl", one)
    return plane


@asynccontextmanager
async def asking(way: str, kubectl: Path, folder: Path, context: Context) -> AsyncIterator[ServerDryRuns]:
    config = write_kubeconfig(folder / "config", [context])
    api: Api
    objects: ObjectWriter
    if way == "http":
        access = Access(kubeconfig=(config,))
        api, objects = KubeApi.open(access), KubeWriter.open(access)
    else:
        command = kubectl_command(str(kubectl)) if way == "kubectl" else ssh_command("sh -c")
        environ = {"KUBECONFIG": str(config), "PATH": f"{kubectl.parent}:/usr/bin:/bin", "HOME": str(folder)}
        identity = Identity(context=context.name)
        api = KubectlApi(command, identity, environ=environ)
        objects = KubectlWriter(command, identity, environ=environ)
    runs = ServerDryRuns(api, objects)
    try:
        yield runs
    finally:
        await runs.close()
        await api.close()


def _webhook(words: str) -> faults.Reply:
    """As the server passes on what a webhook answered, or that it did not."""
    return faults.Reply(500, refusal(500, "InternalError", words))


def changed(one: JSON, *path: str | int, to: Any) -> Manifest:
    made = deepcopy(one)
    place: Any = made
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    return Manifest(made)


def told(tried: list[Tried]) -> list[tuple[bool, str, bool | None, bool]]:
    return [(one.accepted, one.words, one.allowed, one.answered) for one in tried]


@ways
async def test_what_is_new_and_what_exists_is_accepted_and_nothing_is_stored(
    way: str, cluster: ControlPlane, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    keys = stored(cluster)
    app = {**GOOD["Application"]}
    app["metadata"] = {**app["metadata"], "annotations": {"kargo.akuity.io/authorized-stage": "demo:test"}}
    only_metadata = {key: app[key] for key in ("apiVersion", "kind", "metadata")}
    given = [*GOOD.values(), ACCOUNT, ROLE, only_metadata]

    async with asking(way, kubectl, tmp_path, cluster.context()._replace(server=proxy.url)) as runs:
        tried = await runs.dry_run([Manifest(one) for one in given], deadline_s=120)

    assert told(tried) == [(True, "", True, True)] * len(given)
    assert [one.manifest.data for one in tried] == given
    assert stored(cluster) == keys
    assert meant([one for one in proxy.requests if "selfsubject" not in one.target]) == []


@ways
async def test_a_refusal_names_the_field_or_the_rule(
    way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    keys = stored(cluster)
    stage, steps = GOOD["Stage"], ("spec", "promotionTemplate", "spec", "steps")
    given = {
        "spec.freight": changed(stage, "spec", "freight", to={}),
        "must have exactly one of uses or task set": changed(stage, *steps, 1, "uses", to="git-clone"),
        "spec.interval": changed(GOOD["Warehouse"], "spec", "interval", to="often"),
        ".spec.shards": changed(GOOD["Warehouse"], "spec", "shards", to="a"),
        "must have exactly one of stage or stageSelector": changed(
            GOOD["ProjectConfig"], "spec", "promotionPolicies", 0, "stageSelector", to={"name": "a"}
        ),
        "roleRef": Manifest(
            {"apiVersion": RBAC, "kind": "RoleBinding", "metadata": {"name": "a", "namespace": "demo"}, "roleRef": {}}
        ),
        "the server serves no Pod of v1beta1": Manifest({**ACCOUNT, "apiVersion": "v1beta1", "kind": "Pod"}),
        "the server serves no HTTPRoute of gateway": Manifest(
            {**ACCOUNT, "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute"}
        ),
        "the server serves no Stages": changed(stage, "kind", to="Stages"),
        "the server serves no Stage of kargo.akuity.io/v1": changed(stage, "apiVersion", to="kargo.akuity.io/v1"),
    }

    async with asking(way, kubectl, tmp_path, cluster.context()) as runs:
        tried = await runs.dry_run(list(given.values()), deadline_s=120)

    for words, one in zip(given, tried, strict=True):
        assert (one.accepted, one.answered) == (False, True), one.words
        assert words in one.words
    assert stored(cluster) == keys


@ways
async def test_what_cannot_be_judged_is_not_refused(
    way: str, cluster: ControlPlane, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    elsewhere = changed(GOOD["Stage"], "metadata", "namespace", to="shop")
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a", "namespace": "demo"},
        "stringData": {"a": "s3cret"},
    }
    promotion = {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Promotion",
        "metadata": {"name": "a", "namespace": "demo"},
    }
    nowhere = changed(GOOD["Stage"], "metadata", to={"name": "test"})
    part = {key: value for key, value in GOOD["Application"].items() if key != "spec"}
    unknown = changed(part, "metadata", "name", to="unknown")
    given = [elsewhere, Manifest(secret), Manifest(promotion), nowhere, unknown]

    async with asking(way, kubectl, tmp_path, cluster.context()._replace(server=proxy.url)) as runs:
        tried = await runs.dry_run(given, deadline_s=120)

    assert told(tried) == [
        (False, "not judged: namespace shop does not exist yet", True, False),
        (False, "not judged: Secrets are not sent anywhere", None, False),
        (False, "not judged: a Promotion is made by promoting, not by applying one", None, False),
        (False, "not judged: it names no namespace", None, False),
        (False, "not judged: the file holds only a part of it, and it does not exist", True, False),
    ]
    assert not [one for one in proxy.requests if "secrets" in one.target or "promotions" in one.target]


@ways
async def test_a_caller_who_may_not_is_told_so(way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path) -> None:
    keys = stored(cluster)
    cluster.grant("reader", [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get"]}])

    async with asking(way, kubectl, tmp_path, cluster.context("reader")) as runs:
        new, old = await runs.dry_run([Manifest(GOOD["Stage"]), Manifest(GOOD["Warehouse"])], deadline_s=120)

    assert [(one.accepted, one.allowed, one.answered) for one in (new, old)] == [(False, False, True)] * 2
    assert "cannot create resource" in new.words
    assert "cannot patch resource" in old.words
    assert stored(cluster).keys() >= keys.keys()


@pytest.mark.parametrize("way", ["http", "kubectl"])
async def test_who_may_not_look_learns_whether_it_would_do_as_a_new_one(
    way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    cluster.grant("stranger", [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["create"]}])

    async with asking(way, kubectl, tmp_path, cluster.context("stranger")) as runs:
        new, old = await runs.dry_run([Manifest(GOOD["Stage"]), Manifest(GOOD["Warehouse"])], deadline_s=120)

    assert (new.accepted, new.allowed) == (True, True)
    assert (old.accepted, old.answered) == (False, True)
    assert "cannot patch resource" in old.words


@pytest.mark.parametrize("way", ["http", "kubectl"])
async def test_a_server_that_is_gone_has_not_refused(
    way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    context = cluster.context()._replace(server="https://127.0.0.1:1")

    async with asking(way, kubectl, tmp_path, context) as runs:
        [tried] = await runs.dry_run([Manifest(GOOD["Stage"])], deadline_s=20)

    assert (tried.accepted, tried.answered, tried.allowed) == (False, False, None)
    assert tried.words.startswith("not judged: ")
    assert "127.0.0.1:1" in tried.words


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.UNAVAILABLE, "not judged: 503 Service Unavailable"),
        (faults.TOO_MANY, "not judged: 429 Too Many Requests"),
        (faults.GATEWAY, "not judged: 503 Service Unavailable"),
        (faults.Silence(), "not judged: no answer within"),
        (_webhook('failed calling webhook "stage.kargo.akuity.io": dial tcp'),
         "not judged: the admission webhook stage.kargo.akuity.io does not answer"),
    ],
)  # fmt: skip
async def test_a_dry_run_that_gets_no_answer_fails_alone_and_is_sent_once(
    fault: Fault, words: str, cluster: ControlPlane, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    proxy.break_(r"POST .*/stages\?", fault)
    given = [Manifest(GOOD["Stage"]), Manifest(GOOD["AnalysisTemplate"])]

    async with asking("http", kubectl, tmp_path, cluster.context()._replace(server=proxy.url)) as runs:
        lost, kept = await runs.dry_run(given, deadline_s=4)

    assert (lost.accepted, lost.answered) == (False, False)
    assert lost.words.startswith(words)
    assert (kept.accepted, kept.words) == (True, "")
    assert len([one for one in proxy.requests if one.method == "POST" and "/stages?" in one.target]) == 1


@pytest.mark.parametrize("way", ["http", "kubectl"])
async def test_a_list_of_kinds_that_lags_behind_refuses_nothing(
    way: str, cluster: ControlPlane, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    proxy.break_("GET /apis/kargo.akuity.io/v1alpha1$", faults.NOT_FOUND)

    async with asking(way, kubectl, tmp_path, cluster.context()._replace(server=proxy.url)) as runs:
        [tried] = await runs.dry_run([Manifest(GOOD["Stage"])], deadline_s=60)

    assert told([tried]) == [(True, "", True, True)]


async def test_what_a_webhook_says_are_the_words(
    cluster: ControlPlane, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    proxy.break_(
        r"POST .*/stages\?", _webhook('admission webhook "stage.kargo.akuity.io" denied the request: no Project')
    )

    async with asking("http", kubectl, tmp_path, cluster.context()._replace(server=proxy.url)) as runs:
        [tried] = await runs.dry_run([Manifest(GOOD["Stage"])], deadline_s=60)

    assert (tried.accepted, tried.answered) == (False, True)
    assert tried.words.endswith("denied the request: no Project")


@pytest.mark.parametrize("kind", ["RoleBinding", "ClusterRoleBinding"])
async def test_an_account_without_a_namespace_is_the_bindings_own_or_is_refused(
    kind: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    """What the check `role-binding-subject-missing` says of subjects."""
    binding = {
        "apiVersion": RBAC,
        "kind": kind,
        "metadata": {"name": "a"} | ({"namespace": "demo"} if kind == "RoleBinding" else {}),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": "probe"}],
    }

    async with asking("http", kubectl, tmp_path, cluster.context()) as runs:
        (tried,) = await runs.dry_run([Manifest(binding)], deadline_s=60)

    assert tried.accepted is (kind == "RoleBinding")
    assert ("subjects[0].namespace" in tried.words) is (kind == "ClusterRoleBinding")

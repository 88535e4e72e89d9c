"""Each role on a real API server with RBAC: what it lets our tools answer, what it leaves open, and that it writes nothing."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gitops_master.adapters.capture import Archive
from gitops_master.adapters.kube_api import Access, KubeApi
from gitops_master.adapters.live.reader import LiveReader
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.environment import EnvironmentAnswer
from gitops_master.model.environment import Verdict as Allowed
from gitops_master.model.errors import Forbidden
from gitops_master.model.finding import Diagnosis, NotChecked, Verdict
from gitops_master.ports.api import Review
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.capture import capture
from gitops_master.usecases.discover_env import DiscoverRequest, discover
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from tests import worlds
from tests.live import roles
from tests.live.kinds import KINDS
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.kubelet import Kubelet
from tests.live.loading import load, load_folder
from tests.live.outages import OneServer
from tests.live.server import ControlPlane

CASES = (
    "dev/a01",  # the cause is in the Argo CD namespace
    "dev/a07",  # in an AppProject
    "dev/k12",  # in what controllers there are
    "dev/k19",  # in a log
    "dev/k25",  # in the Project
    "dev/k54",  # in RBAC, and in a log
    "dev/n01",  # nowhere
    "dev/r03",  # in the workloads
    "live/09",  # in CustomResourceDefinitions
)
ALONE = ("dev/a01", "dev/k10", "dev/k25", "dev/n01", "dev/n10", "live/42")
GAP = re.compile(
    r"(list|get) [a-z.0-9]+\b.*: 403 Forbidden: not permitted to user \"ada\"|no context reaches that cluster|not served"
)


def _case(name: str) -> tuple[Path, AnalyzeRequest]:
    folder = worlds.case_folder(name)
    return folder, worlds.asked(folder)


@asynccontextmanager
async def _api(who: Context, config: Path) -> AsyncIterator[KubeApi]:
    api = KubeApi.open(Access(kubeconfig=(write_kubeconfig(config, [who]),)))
    try:
        yield api
    finally:
        await api.close()


@asynccontextmanager
async def _reader(folder: Path, who: Context, config: Path) -> AsyncIterator[LiveReader]:
    _, index, _ = worlds.load(folder)
    now = datetime.fromisoformat(str(index.get("observed_at", "2026-11-23T04:00:00+00:00"))).astimezone(UTC)
    home = who.namespace
    async with _api(who, config) as api:
        yield LiveReader(api, now=lambda: now, versions=worlds.versions(index), elsewhere=lambda _: api, home=home)


async def _answers(folder: Path, who: Context, config: Path) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """What analyze_stage found, and the states without what was not checked."""
    asked = worlds.asked(folder)
    async with _reader(folder, who, config) as reader:
        diagnosis = await analyze(reader, asked)
        states = [
            await get_state(reader, StateRequest(project=asked.project, stage=stage))
            for stage in dict.fromkeys((asked.stage, ""))
        ]
    kept = [{key: one.dump().get(key) for key in ("stage", "pipeline")} for one in states]
    return worlds.told(diagnosis), kept


@pytest.mark.parametrize("name", CASES)
async def test_a_reader_with_logs_is_told_what_the_master_is(
    name: str, cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    folder, _ = _case(name)
    load_folder(cluster, kubelet, folder)
    roles.apply(cluster, "reader.yaml")
    roles.apply(cluster, "reader-with-logs.yaml")

    answers = await _answers(folder, roles.member(cluster, roles.LOG_READERS), tmp_path / "member")

    assert answers == await _answers(folder, cluster.context(), tmp_path / "master")


async def _discovered(who: Context, config: Path, home: str = "") -> EnvironmentAnswer:
    async with _api(who, config) as api:
        return await discover(OneServer(api, home), DiscoverRequest())


def _there(answer: EnvironmentAnswer) -> dict[str, Any]:
    """What was found, but for who asked and what that one may do."""
    found = answer.dump()
    return {key: found.get(key) for key in ("projects", "controllers", "values", "versions", "groups", "not_checked")}


@pytest.mark.parametrize(
    ("name", "verifies", "proxied"),
    [("dev/k12", Allowed.PARTLY, Allowed.DENIED), ("live/20", Allowed.UNKNOWN, Allowed.UNKNOWN)],
    ids=["dev/k12", "live/20: where it deploys to is not known"],
)
async def test_a_reader_discovers_what_there_is(
    name: str, verifies: Allowed, proxied: Allowed, cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    folder, asked = _case(name)
    load_folder(cluster, kubelet, folder)
    roles.apply(cluster, "reader.yaml")

    answer = await _discovered(roles.member(cluster, roles.READERS), tmp_path / "member")

    assert asked.project in [one.name for one in answer.projects]
    assert answer.not_checked == []
    assert _there(answer) == _there(await _discovered(cluster.context(), tmp_path / "master"))
    verdicts = {one.tool: one.verdict for one in answer.rights}
    # Secrets, logs and the proxy are not the reader's, nor is anything that writes: it gets the plans.
    assert verdicts == {
        "get_stage_state": Allowed.ALLOWED,
        "analyze_stage": Allowed.PARTLY,
        "analyze_stage: logs": Allowed.DENIED,
        "discover_env": Allowed.ALLOWED,
        "run_verification": verifies,
        "run_verification: proxy": proxied,
        "promote_freight": Allowed.PARTLY,
        "operate": Allowed.PARTLY,
        "generate_stage_yaml": Allowed.ALLOWED,
    }


async def test_who_may_read_one_project_discovers_that_one(
    cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    folder, asked = _case("dev/k12")
    load_folder(cluster, kubelet, folder)
    roles.apply(cluster, "namespaced/project.yaml", asked.project)
    member = roles.member(cluster, roles.READERS, namespace=asked.project)

    answer = await _discovered(member, tmp_path / "member", asked.project)

    assert [one.name for one in answer.projects] == [asked.project]
    assert answer.projects[0].stages
    assert [one for one in answer.not_checked if not GAP.search(one.reason)] == []
    verdicts = {one.tool: one.verdict for one in answer.rights}
    assert (verdicts["get_stage_state"], verdicts["discover_env"]) == (Allowed.PARTLY, Allowed.PARTLY)


async def test_what_a_reader_with_logs_captures_gives_the_same_answer(
    cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    folder, asked = _case("dev/k19")
    load_folder(cluster, kubelet, folder)
    for name in ("reader.yaml", "reader-with-logs.yaml"):
        roles.apply(cluster, name)

    async with _reader(folder, roles.member(cluster, roles.LOG_READERS), tmp_path / "config") as reader:
        captured = await capture(reader, asked, Archive(tmp_path / "x.tar.gz"))

    async with _reader(folder, cluster.context(), tmp_path / "master") as reader:
        expected = worlds.told(await analyze(reader, asked))
    assert worlds.told(captured.diagnosis) == expected
    assert worlds.told(await analyze(SnapshotReader(tmp_path / "x.tar.gz"), asked)) == expected


async def test_a_cause_that_rests_on_secrets_takes_their_role(
    cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    folder, asked = _case("dev/k27")
    load_folder(cluster, kubelet, folder)
    roles.apply(cluster, "reader.yaml")
    member = roles.member(cluster, roles.READERS)
    async with _reader(folder, member, tmp_path / "before") as reader:
        without = await analyze(reader, asked)

    roles.apply(cluster, "secrets.yaml", asked.project)

    assert worlds.told(without)[1] == "credentials-rejected"
    assert "list secrets in namespace" in _reasons(without.not_checked)
    answers = await _answers(folder, member, tmp_path / "member")
    assert answers == await _answers(folder, cluster.context(), tmp_path / "master")
    assert answers[0][1] == "credential-secret-missing-cred-type-label"


def _reasons(gaps: list[NotChecked]) -> str:
    return "\n".join(f"{one.what}: {one.reason}" for one in gaps)


async def test_without_logs_the_log_is_named(cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path) -> None:
    folder, asked = _case("dev/k19")
    load_folder(cluster, kubelet, folder)
    roles.apply(cluster, "reader.yaml")

    async with _reader(folder, roles.member(cluster, roles.READERS), tmp_path / "config") as reader:
        answer = await analyze(reader, asked)

    assert answer.verdict is Verdict.BROKEN
    assert f'get pods/log in namespace {asked.project}: 403 Forbidden: not permitted to user "ada"' in _reasons(
        answer.not_checked
    )


@pytest.mark.parametrize("name", ALONE)
async def test_a_role_in_the_project_alone_answers_what_it_can_and_names_the_rest(
    name: str, cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    folder, asked = _case(name)
    load_folder(cluster, kubelet, folder)
    roles.apply(cluster, "namespaced/project.yaml", asked.project)
    member = roles.member(cluster, roles.READERS, namespace=asked.project)

    async with _reader(folder, member, tmp_path / "config") as reader:
        answer = await analyze(reader, asked)
        whole = await analyze(reader, AnalyzeRequest())
        states = [await get_state(reader, StateRequest(stage=stage)) for stage in (asked.stage, "")]

    assert answer.verdict is not Verdict.HEALTHY
    assert whole.project == asked.project
    assert all(one.stage or one.pipeline for one in states)
    for gaps in (answer.not_checked, whole.not_checked, states[0].not_checked):
        assert [one for one in gaps if not GAP.search(one.reason)] == []
    told = _reasons(answer.not_checked)
    assert "list pods in all namespaces, or in namespaces argo-rollouts, argocd, kargo: 403" in told
    assert re.search(r"get applications\.argoproj\.io \S+ in namespace argocd: 403", told)


@pytest.mark.parametrize("name", ["dev/a01", "dev/a07", "dev/k19", "dev/r03"])
async def test_roles_in_each_namespace_find_the_same_cause(
    name: str, cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    folder, asked = _case(name)
    load_folder(cluster, kubelet, folder)
    objects, _, _ = worlds.load(folder)
    namespaces = {one["metadata"].get("namespace", "") for one in objects} - {"", asked.project, "argocd", "kargo"}
    roles.apply(cluster, "namespaced/project.yaml", asked.project)
    for role, homes in {"argo-cd": ["argocd"], "control-plane": ["kargo"], "destination": sorted(namespaces)}.items():
        present = [home for home in homes if cluster.request("GET", f"/api/v1/namespaces/{home}").status == 200]
        if present:
            roles.apply(cluster, f"namespaced/{role}.yaml", *present)
    logs = [asked.project, *(home for home in ("kargo", "argocd") if _exists(cluster, home))]
    roles.apply(cluster, "namespaced/logs.yaml", *logs)
    member = roles.member(cluster, roles.LOG_READERS, namespace=asked.project)

    async with _reader(folder, member, tmp_path / "config") as reader:
        answer = await analyze(reader, asked)

    async with _reader(folder, cluster.context(), tmp_path / "master") as reader:
        assert worlds.told(answer) == worlds.told(await analyze(reader, asked))


def _exists(cluster: ControlPlane, namespace: str) -> bool:
    return cluster.request("GET", f"/api/v1/namespaces/{namespace}").status == 200


async def test_with_no_rights_the_error_names_the_user_and_what_is_missing(
    cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    folder, asked = _case("dev/n01")
    load_folder(cluster, kubelet, folder)

    for who, project in ((roles.member(cluster), asked.project), (roles.member(cluster), "")):
        async with _reader(folder, who, tmp_path / "config") as reader:
            for work in (
                analyze(reader, AnalyzeRequest(project=project, stage=asked.stage)),
                analyze(reader, AnalyzeRequest(project=project)),
                analyze(reader, AnalyzeRequest(app="argocd/anything")),
                get_state(reader, StateRequest(project=project, stage=asked.stage)),
                get_state(reader, StateRequest(project=project)),
            ):
                with pytest.raises(Forbidden, match=r'(list|get) \S+.*403 Forbidden: not permitted to user "ada"'):
                    await work


def _resources() -> list[tuple[str, str]]:
    """(group, plural) of all that the readers' roles name."""
    rules = [rule for name in ("reader.yaml", "secrets.yaml") for rule in roles.documents(name)[0]["rules"]]
    return sorted({(group, plural) for rule in rules for group in rule["apiGroups"] for plural in rule["resources"]})


def _paths(group: str, plural: str) -> tuple[str, str]:
    """Of the list (in a namespace, where there are any) and of one object."""
    kind = next((one for one in KINDS.values() if (one.group, one.plural) == (group, plural)), None)
    if kind is not None:
        return kind.path("shop"), kind.path("shop", "x")
    version = {"autoscaling": "v2", "traefik.io": "v1alpha1"}.get(group, "v1")
    place = "" if plural == "customresourcedefinitions" else "/namespaces/shop"
    root = f"/apis/{group}/{version}{place}/{plural}"
    return root, f"{root}/x"


def test_readers_can_change_nothing(cluster: ControlPlane) -> None:
    load(cluster, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}])
    for name in ("reader.yaml", "reader-with-logs.yaml"):
        roles.apply(cluster, name)
    for name in ("secrets.yaml", *(f"namespaced/{one.name}" for one in (roles.RBAC / "namespaced").glob("*.yaml"))):
        roles.apply(cluster, name, "shop")
    member = roles.member(cluster, roles.LOG_READERS)

    allowed = []
    for group, plural in _resources():
        listed, one = _paths(group, plural)
        tried = [("POST", listed), ("PUT", one), ("PATCH", one), ("DELETE", one), ("DELETE", listed)]
        tried += [("PUT", f"{one}/status"), ("PATCH", f"{one}/status")]
        for method, path in tried:
            status = roles.request(cluster, member, method, path, {"metadata": {"name": "x"}}).status
            if status != 403:
                allowed.append((method, path, status))
    exec_ = roles.request(cluster, member, "POST", "/api/v1/namespaces/shop/pods/x/exec?command=id")

    assert allowed == []
    assert exec_.status == 403
    assert len(_resources()) > 30


def test_the_server_knows_of_no_verb_of_readers_but_those_that_read(cluster: ControlPlane) -> None:
    load(cluster, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}])
    for name in ("reader.yaml", "reader-with-logs.yaml"):
        roles.apply(cluster, name)
    roles.apply(cluster, "secrets.yaml", "shop")
    member = roles.member(cluster, roles.LOG_READERS)
    asked = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": "shop"},
    }

    answer = roles.request(cluster, member, "POST", str(Review.WHAT_MAY_I.value), asked).json()["status"]

    verbs = {
        verb
        for rule in answer["resourceRules"]
        if not {"authorization.k8s.io", "authentication.k8s.io"} & set(rule["apiGroups"])  # any user may ask
        for verb in rule["verbs"]
    }
    assert verbs == {"get", "list"}
    assert {verb for rule in answer["nonResourceRules"] for verb in rule["verbs"]} == {"get"}


def test_the_proxy_lets_a_reader_ask_services_of_one_namespace_and_send_them_nothing(cluster: ControlPlane) -> None:
    load(cluster, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("shop", "other")])
    roles.apply(cluster, "reader-with-proxy.yaml", "shop")
    member = roles.member(cluster, roles.PROXY_READERS)

    def status(method: str, namespace: str) -> int:
        return roles.request(cluster, member, method, f"/api/v1/namespaces/{namespace}/services/web:80/proxy/x").status

    assert status("GET", "shop") in (404, 503)  # let through: there is no such Service
    assert status("GET", "other") == 403
    assert {status(method, "shop") for method in ("POST", "PUT", "PATCH", "DELETE")} == {403}


def test_the_promoter_may_promote_in_that_project_and_no_more(cluster: ControlPlane) -> None:
    load(cluster, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("shop", "other")])
    roles.apply(cluster, "promoter.yaml", "shop")
    member = roles.member(cluster, roles.PROMOTERS)

    def may(verb: str, resource: str, namespace: str = "shop") -> bool:
        attributes = {"verb": verb, "group": "kargo.akuity.io", "resource": resource, "namespace": namespace}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        return bool(roles.request(cluster, member, "POST", str(Review.MAY_I.value), review).json()["status"]["allowed"])

    verbs = ("create", "update", "patch", "delete", "deletecollection", "promote")
    kinds = ("stages", "promotions", "warehouses", "freights", "freights/status", "stages/status", "projectconfigs")
    assert {(verb, kind) for verb in verbs for kind in kinds if may(verb, kind)} == {
        ("promote", "stages"),
        ("patch", "stages"),
        ("create", "promotions"),
        ("patch", "promotions"),
    }
    assert not any(may(verb, kind, "other") for verb in verbs for kind in kinds)


async def test_whoever_may_do_everything_writes_nothing_by_asking_us(
    cluster: ControlPlane, kubelet: Kubelet, tmp_path: Path
) -> None:
    folder, asked = _case("dev/k19")
    load_folder(cluster, kubelet, folder)
    before = _stored(cluster)

    await _answers(folder, cluster.context(), tmp_path / "config")
    async with _reader(folder, cluster.context(), tmp_path / "config") as reader:
        answers: list[Diagnosis] = [
            await analyze(reader, AnalyzeRequest(project=asked.project)),
            await analyze(reader, asked),
        ]
    assert (await _discovered(cluster.context(), tmp_path / "config")).identity
    async with _api(cluster.context(), tmp_path / "config") as api:
        for review, spec in _REVIEWS.items():
            (reply,) = await api.review(review, [json.dumps(spec).encode()], deadline_s=30)
            assert reply.ok, reply

    assert answers
    assert _stored(cluster) == before


_REVIEWS: dict[Review, dict[str, Any]] = {
    Review.WHO_AM_I: {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
    Review.MAY_I: {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"verb": "list", "resource": "pods", "namespace": "shop"}},
    },
    Review.WHAT_MAY_I: {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": "shop"},
    },
}


_SERVERS_LEASES = (
    "/registry/leases/kube-system/apiserver-",
    "/registry/masterleases/",
    "/registry/peerserverleases/",
)


def _stored(cluster: ControlPlane) -> dict[str, int]:
    """All keys and the revisions that wrote them; the server's own leases beat whatever anybody asks."""
    every = cluster.storage.revisions("/")
    return {key: at for key, at in every.items() if not key.startswith(_SERVERS_LEASES)}

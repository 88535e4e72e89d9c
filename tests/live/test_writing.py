"""Every write on a real API server with the products' CRDs: what it changes, what is refused, and that nothing is sent twice."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import web

from gitops_master.model.errors import Forbidden, Unreachable, UsageError
from gitops_master.model.meta import Ref
from gitops_master.model.versions import Version
from gitops_master.ports.writing import (
    AbortPromotion,
    AbortVerification,
    ApproveFreight,
    Premises,
    Promote,
    Refresh,
    RefreshApplication,
    Reverify,
    SyncApplication,
    TerminateOperation,
    Write,
)
from tests.live import faults, roles, upstream
from tests.live.delivering import APPS, BEGAN, FREIGHT, KARGO, STEPS, meant, objects, plain, promotions, stored, writing
from tests.live.kargo_webhook import KargoWebhook, in_force
from tests.live.kinds import CUSTOM, crd
from tests.live.loading import install_definitions, load, reset
from tests.live.proxy import Proxy
from tests.live.server import ControlPlane

JSON = dict[str, Any]
HERE = Premises(kargo=Version(1, 11, 2))
PROMOTION = "test.01m83gyvmwtvswf358mkx3wbm5.0123456"
AT = datetime(2026, 11, 23, 10, 0, 0, 500, tzinfo=UTC)
SYNC = SyncApplication(namespace="argocd", app="failed", options=("CreateNamespace=true",), prune=True, retry_limit=2)
PROMOTE = Promote(namespace="demo", stage="test", freight=FREIGHT)
NEW = {"initiatedBy": {"username": "gitops-master"}, "sync": {"prune": False}}
ways = pytest.mark.parametrize("way", ["http", "kubectl", "far kubectl"])


class Case(NamedTuple):
    """A write, where its object is, and what it makes of it."""

    write: Write
    path: str
    change: Callable[[JSON], None]


def annotated(**annotations: str) -> Callable[[JSON], None]:
    return lambda one: (
        one["metadata"]
        .setdefault("annotations", {})
        .update({key.replace("__", "/").replace("_", "."): value for key, value in annotations.items()})
    )


def terminating(app: JSON) -> None:
    app["status"]["operationState"]["phase"] = "Terminating"


def syncing(operation: JSON) -> Callable[[JSON], None]:
    def change(app: JSON) -> None:
        app["operation"] = operation
        app.get("status", {}).pop("operationState", None)

    return change


CASES = {
    "abort a Promotion": Case(
        AbortPromotion(namespace="demo", promotion=PROMOTION),
        f"{KARGO}/promotions/{PROMOTION}",
        annotated(kargo_akuity_io__abort="terminate"),
    ),
    "approve Freight": Case(
        ApproveFreight(namespace="demo", freight=FREIGHT, stage="test", at=AT),
        f"{KARGO}/freights/{FREIGHT}",
        lambda one: one["status"].update(approvedFor={"test": {"approvedAt": "2026-11-23T10:00:00Z"}}),
    ),
    "refresh a Stage": Case(
        Refresh(namespace="demo", of=Ref("kargo.akuity.io/Stage", "demo", "test"), token="2026"),
        f"{KARGO}/stages/test",
        annotated(kargo_akuity_io__refresh="2026"),
    ),
    "refresh a Warehouse": Case(
        Refresh(namespace="demo", of=Ref("kargo.akuity.io/Warehouse", "demo", "main"), token="2026"),
        f"{KARGO}/warehouses/main",
        annotated(kargo_akuity_io__refresh="2026"),
    ),
    "refresh a Promotion": Case(
        Refresh(namespace="demo", of=Ref("kargo.akuity.io/Promotion", "demo", PROMOTION), token="it's {new}"),
        f"{KARGO}/promotions/{PROMOTION}",
        annotated(kargo_akuity_io__refresh="it's {new}"),
    ),
    "verify again": Case(
        Reverify(namespace="demo", stage="test", verification_id="id-1"),
        f"{KARGO}/stages/test",
        annotated(kargo_akuity_io__reverify="id-1"),
    ),
    "abort a verification": Case(
        AbortVerification(namespace="demo", stage="test", verification_id="id-1"),
        f"{KARGO}/stages/test",
        annotated(kargo_akuity_io__abort="id-1"),
    ),
    "refresh an Application": Case(
        RefreshApplication(namespace="argocd", app="fresh"),
        f"{APPS}/fresh",
        annotated(argocd_argoproj_io__refresh="normal"),
    ),
    "refresh it hard": Case(
        RefreshApplication(namespace="argocd", app="fresh", hard=True),
        f"{APPS}/fresh",
        annotated(argocd_argoproj_io__refresh="hard"),
    ),
    "terminate an operation": Case(
        TerminateOperation(namespace="argocd", app="running", username="jane", started_at=BEGAN),
        f"{APPS}/running",
        terminating,
    ),
    "terminate an automated operation": Case(
        TerminateOperation(namespace="argocd", app="automated"), f"{APPS}/automated", terminating
    ),
    "sync after a failure": Case(
        SYNC,
        f"{APPS}/failed",
        syncing(
            {
                "initiatedBy": {"username": "gitops-master"},
                "sync": {"prune": True, "syncOptions": ["CreateNamespace=true"]},
                "retry": {"limit": 2, "backoff": {"duration": "7s"}},
            }
        ),
    ),
    "sync for the first time": Case(
        SyncApplication(namespace="argocd", app="new", revisions=("abc",)),
        f"{APPS}/new",
        syncing({**NEW, "sync": {"prune": False, "revision": "abc"}}),
    ),
    "sync what never had an operation": Case(
        SyncApplication(namespace="argocd", app="fresh"), f"{APPS}/fresh", syncing(NEW)
    ),
}
each = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@pytest.fixture(scope="module")
def plane(control_plane_programs: dict[str, Path]) -> Iterator[ControlPlane]:
    """A server of its own, with the products' CRDs where they lie on this machine, else with those that keep everything."""
    with ControlPlane(control_plane_programs) as plane:
        install_definitions(plane, upstream.definitions() or [crd(kind) for kind in CUSTOM])
        yield plane


@pytest.fixture
def cluster(plane: ControlPlane) -> ControlPlane:
    reset(plane)
    assert load(plane, objects()).left_out == ()
    return plane


@pytest.fixture
def kargo(cluster: ControlPlane) -> Iterator[KargoWebhook]:
    with in_force(cluster) as webhook:
        webhook.available.add(FREIGHT)
        yield webhook


@ways
@each
async def test_a_write_changes_exactly_what_it_says(
    way: str, case: Case, cluster: ControlPlane, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    before, keys = cluster.must("GET", case.path), stored(cluster)
    expected = json.loads(json.dumps(before))
    case.change(expected)

    async with writing(way, kubectl, tmp_path, cluster.context(), url=proxy.url) as writer:
        told = await writer.way(case.write, HERE, deadline_s=60)
        assert (stored(cluster), meant(proxy.requests)) == (keys, [])
        began = datetime.now(UTC)
        sent = await writer.send(case.write, HERE, deadline_s=60)

    after, now = cluster.must("GET", case.path), stored(cluster)
    assert told.is_tried
    assert (sent.done, sent.problem, sent.names) == (True, "", ())
    assert sent.at is not None
    assert abs((sent.at - began).total_seconds()) < 30
    assert plain(after) == plain(expected)
    assert len([key for key in keys.keys() | now.keys() if keys.get(key) != now.get(key)]) == 1
    assert meant(proxy.requests) == ["PATCH"]


@ways
@pytest.mark.parametrize(
    ("write", "words"),
    [
        (TerminateOperation(namespace="argocd", app="failed"), "does not run the operation that was seen"),
        (TerminateOperation(namespace="argocd", app="orphaned"), "does not run the operation that was seen"),
        (TerminateOperation(namespace="argocd", app="new"), "does not run the operation that was seen"),
        (TerminateOperation(namespace="argocd", app="running", username="joe"), "begun by joe"),
        (TerminateOperation(namespace="argocd", app="running", started_at="2026-11-23T07:00:00Z"), "at 2026-11-23T07"),
        (TerminateOperation(namespace="argocd", app="automated", username="joe"), "begun by joe"),
        (SyncApplication(namespace="argocd", app="running"), "has an operation already"),
        (SyncApplication(namespace="argocd", app="orphaned"), "in phase Running that nothing belongs to"),
    ],
)
async def test_an_application_that_is_not_as_it_was_seen_is_left_alone(
    way: str, write: Write, words: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    keys = stored(cluster)

    async with writing(way, kubectl, tmp_path, cluster.context()) as writer:
        with pytest.raises(Forbidden, match=words):
            await writer.way(write, HERE, deadline_s=60)
        if isinstance(write, TerminateOperation):
            sent = await writer.send(write, HERE, deadline_s=60)
            assert (sent.status, sent.ambiguous) == (422, False)
            assert words in sent.problem

    assert stored(cluster) == keys


@ways
async def test_what_does_not_exist_is_named_and_not_made(
    way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    keys = stored(cluster)
    write = Reverify(namespace="demo", stage="gone", verification_id="id-1")

    async with writing(way, kubectl, tmp_path, cluster.context()) as writer:
        with pytest.raises(UsageError, match=r"stages\.kargo\.akuity\.io demo/gone does not exist"):
            await writer.way(write, HERE, deadline_s=60)
        sent = await writer.send(write, HERE, deadline_s=60)

    assert (sent.status, sent.ambiguous, stored(cluster)) == (404, False, keys)


# who may


@pytest.mark.parametrize("way", ["http", "kubectl"])
@each
async def test_readers_are_told_which_right_is_missing(
    way: str, case: Case, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    roles.apply(cluster, "reader.yaml")
    keys = stored(cluster)
    resource = case.path.split("/")[-2]

    async with writing(way, kubectl, tmp_path, roles.member(cluster, roles.READERS)) as writer:
        with pytest.raises(Forbidden, match=rf"this needs the right to (patch|get) {resource}\S* in namespace") as told:
            await writer.way(case.write, HERE, deadline_s=60)

    assert told.value.hint.startswith("deploy/rbac/promoter")
    assert stored(cluster) == keys


ROLES = {
    "approve Freight": "promoter-approvals.yaml",
    "refresh a Warehouse": "promoter-warehouses.yaml",
    **dict.fromkeys((name for name, case in CASES.items() if case.path.startswith(APPS)), "promoter-argo-cd.yaml"),
}


@pytest.mark.parametrize("way", ["http", "kubectl"])
@pytest.mark.parametrize("name", CASES)
async def test_the_roles_of_promoters_are_enough(
    way: str, name: str, cluster: ControlPlane, kargo: KargoWebhook, kubectl: Path, tmp_path: Path
) -> None:
    """With Kargo's webhook in force, which asks for `promote` where a Promotion is changed."""
    case, file = CASES[name], ROLES.get(name, "promoter.yaml")
    roles.apply(cluster, "reader.yaml")
    roles.apply(cluster, file, "argocd" if case.path.startswith(APPS) else "demo")
    group = roles.documents(file)[1]["subjects"][0]["name"]
    who = roles.member(cluster, group, roles.READERS)

    async with writing(way, kubectl, tmp_path, who) as writer:
        sent = await writer.send(case.write, HERE, deadline_s=60)

    assert (sent.done, sent.problem) == (True, "")


async def test_kargo_may_refuse_what_rbac_allows(
    cluster: ControlPlane, kargo: KargoWebhook, kubectl: Path, tmp_path: Path
) -> None:
    cluster.grant("reader", [{"apiGroups": ["kargo.akuity.io"], "resources": ["promotions"], "verbs": ["patch"]}])

    async with writing("http", kubectl, tmp_path, cluster.context("reader")) as writer:
        with pytest.raises(
            Forbidden, match=r"Kargo's admission webhook refuses it: subject .* not permitted to update"
        ):
            await writer.way(CASES["abort a Promotion"].write, HERE, deadline_s=60)
        sent = await writer.send(CASES["abort a Promotion"].write, HERE, deadline_s=60)

    assert (sent.status, sent.ambiguous) == (403, False)


# promotions


@ways
async def test_a_promotion_is_made_once_and_kargo_shapes_it(
    way: str, cluster: ControlPlane, kargo: KargoWebhook, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    keys = stored(cluster)
    async with writing(way, kubectl, tmp_path, cluster.context(), url=proxy.url) as writer:
        told = await writer.way(PROMOTE, HERE, deadline_s=60)
        assert stored(cluster) == keys
        sent = await writer.send(PROMOTE, HERE, deadline_s=60)

    [made] = promotions(cluster)
    assert (told.is_tried, told.who, told.holds) == (True, "master", "")
    assert (sent.status, sent.names) == (201, (made["metadata"]["name"],))
    assert made["spec"] == {"stage": "test", "freight": FREIGHT, "steps": STEPS}
    assert made["metadata"]["labels"]["gitops-master/request"] == "7f3a"
    assert meant(proxy.requests) == ["POST"]


async def test_the_way_tells_of_the_hold_that_would_follow(
    cluster: ControlPlane, kargo: KargoWebhook, kubectl: Path, tmp_path: Path
) -> None:
    kargo.holds = "Warehouse/main"

    async with writing("http", kubectl, tmp_path, cluster.context()) as writer:
        told = await writer.way(PROMOTE, HERE, deadline_s=60)

    assert told.holds == "Warehouse/main"


@ways
async def test_a_promoter_may_promote_and_a_reader_gets_a_reason(
    way: str, cluster: ControlPlane, kargo: KargoWebhook, kubectl: Path, tmp_path: Path
) -> None:
    roles.apply(cluster, "reader.yaml")
    roles.apply(cluster, "promoter.yaml", "demo")

    async with writing(way, kubectl, tmp_path, roles.member(cluster, roles.READERS)) as writer:
        with pytest.raises(Forbidden, match=r"the right to create promotions\.kargo\.akuity\.io in namespace demo"):
            await writer.send(PROMOTE, HERE, deadline_s=60)
    assert promotions(cluster) == []

    async with writing(way, kubectl, tmp_path, roles.member(cluster, roles.PROMOTERS)) as writer:
        told = await writer.way(PROMOTE, HERE, deadline_s=60)
        sent = await writer.send(PROMOTE, HERE, deadline_s=60)
    assert (told.who, sent.done, len(promotions(cluster))) == ("ada", True, 1)


async def refused(way: str, cluster: ControlPlane, kubectl: Path, folder: Path, *words: str, **more: Any) -> None:
    """Neither planned nor sent: Promotions are as they were."""
    async with writing(way, kubectl, folder, more.pop("context", cluster.context())) as writer:
        for step in (writer.way, writer.send):
            with pytest.raises((Forbidden, Unreachable)) as told:
                await step(more.get("write", PROMOTE), more.get("premises", HERE), deadline_s=60)
            assert all(one in str(told.value) for one in words), str(told.value)
    assert promotions(cluster) == []


@ways
async def test_no_promotion_is_made_where_no_webhook_shapes_it(
    way: str, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    words = "the name is not one of Kargo's", f"kargo promote --project=demo --freight={FREIGHT} --stage=test"
    await refused(way, cluster, kubectl, tmp_path, *words)


@ways
async def test_a_webhook_that_only_names_is_not_enough(
    way: str, cluster: ControlPlane, kargo: KargoWebhook, kubectl: Path, tmp_path: Path
) -> None:
    kargo.half = True
    await refused(way, cluster, kubectl, tmp_path, "the steps are not those of the Stage", "who made it is not noted")


@ways
async def test_a_webhook_that_does_not_answer_is_told(
    way: str, cluster: ControlPlane, kargo: KargoWebhook, kubectl: Path, tmp_path: Path
) -> None:
    kargo.is_down = True
    await refused(way, cluster, kubectl, tmp_path, "Kargo's admission webhook does not answer")


@ways
async def test_kargo_s_own_words_are_passed_on(
    way: str, cluster: ControlPlane, kargo: KargoWebhook, kubectl: Path, tmp_path: Path
) -> None:
    kargo.available.clear()
    await refused(way, cluster, kubectl, tmp_path, "Freight is not available to this Stage")

    kargo.available.add(FREIGHT)
    rule = {"apiGroups": ["kargo.akuity.io"], "resources": ["promotions"], "verbs": ["create"]}
    cluster.grant("reader", [rule], "demo")
    words = 'subject "reader" is not permitted to create Promotions for Stage "test"'
    await refused(way, cluster, kubectl, tmp_path, words, context=cluster.context("reader"))


@pytest.mark.parametrize("kargo_version", [None, Version(1, 10, 9), Version(0, 8, 0)])
async def test_before_1_11_the_server_is_not_even_asked(
    kargo_version: Version | None,
    cluster: ControlPlane,
    kargo: KargoWebhook,
    kubectl: Path,
    proxy: Proxy,
    tmp_path: Path,
) -> None:
    context = cluster.context()._replace(server=proxy.url)
    premises = Premises(kargo=kargo_version)
    await refused("http", cluster, kubectl, tmp_path, "kargo promote --project", premises=premises, context=context)

    assert proxy.requests == []


async def test_a_webhook_that_went_after_the_proof_lets_nothing_through(
    cluster: ControlPlane, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    """The request itself names no steps, and Kargo's definition demands some."""
    if not upstream.definitions():
        pytest.skip("needs Kargo's own definition of Promotions")
    with in_force(cluster) as kargo:
        kargo.available.add(FREIGHT)
        async with writing("http", kubectl, tmp_path, cluster.context(), url=proxy.url) as writer:
            proven = await writer.way(PROMOTE, HERE, deadline_s=60)
            answered: list[bytes] = []
            proxy.break_(r"POST .*dryRun", Kept(answered))
            await writer.way(PROMOTE, HERE, deadline_s=60)
    proxy.break_(r"POST .*dryRun", faults.Reply(201, answered[0]))

    async with writing("http", kubectl, tmp_path, cluster.context(), url=proxy.url) as writer:
        sent = await writer.send(PROMOTE, HERE, deadline_s=60)

    assert proven.is_tried
    assert (sent.status, sent.ambiguous, promotions(cluster)) == (422, False, [])
    assert "spec.steps" in sent.problem


class Kept(NamedTuple):
    """The server's own reply, kept."""

    bodies: list[bytes]

    async def answer(self, request: web.Request, proxy: Proxy) -> web.StreamResponse:
        async with proxy.passed_on(request) as upstream:
            self.bodies.append(await upstream.read())
            return web.Response(status=upstream.status, body=self.bodies[-1], content_type="application/json")


class Lost(NamedTuple):
    """Carried out, and answered by somebody in between."""

    async def answer(self, request: web.Request, proxy: Proxy) -> web.StreamResponse:
        async with proxy.passed_on(request) as upstream:
            await upstream.read()
        return web.Response(
            status=503, headers={"Retry-After": "1"}, body=faults.GATEWAY.body, content_type="text/html"
        )


@ways
@pytest.mark.parametrize("fault", [faults.Cut(), faults.Cut(0), Lost()], ids=["cut", "cut at once", "gateway"])
async def test_a_lost_answer_never_makes_two_promotions(
    way: str,
    fault: Any,
    cluster: ControlPlane,
    kargo: KargoWebhook,
    kubectl: Path,
    proxy: Proxy,
    tmp_path: Path,
) -> None:
    proxy.break_(r"POST .*/promotions\?(?!.*dryRun)", fault)

    async with writing(way, kubectl, tmp_path, cluster.context(), url=proxy.url) as writer:
        sent = await writer.send(PROMOTE, HERE, deadline_s=60)

    [made] = promotions(cluster)
    assert (sent.ambiguous, sent.done, sent.names) == (True, False, ())
    assert "gitops-master/request=7f3a" in sent.problem
    assert made["metadata"]["labels"]["gitops-master/request"] == "7f3a"
    assert sent.at is not None
    created = datetime.fromisoformat(made["metadata"]["creationTimestamp"])
    assert abs((created - sent.at).total_seconds()) < 30
    assert meant(proxy.requests) == ["POST"]


@pytest.mark.parametrize("way", ["kubectl", "far kubectl"])
async def test_a_patch_that_kubectl_sends_again_by_itself_is_not_said_to_have_failed(
    way: str, cluster: ControlPlane, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    """The first was carried out; the second is refused, since its tests no longer hold."""
    proxy.break_(r"PATCH ", Lost(), times=1)

    async with writing(way, kubectl, tmp_path, cluster.context(), url=proxy.url) as writer:
        sent = await writer.send(CASES["terminate an operation"].write, HERE, deadline_s=60)

    assert (sent.ambiguous, meant(proxy.requests)) == (True, ["PATCH", "PATCH"])
    assert "more than once" in sent.problem
    assert cluster.must("GET", f"{APPS}/running")["status"]["operationState"]["phase"] == "Terminating"

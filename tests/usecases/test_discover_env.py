"""What there is, found through an API server, whatever of it answers."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gitops_master.adapters.live.probe import ApiProbe
from gitops_master.adapters.live.reader import LiveReader
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.environment import Certainty, EnvironmentAnswer, Reach, State, Verdict
from gitops_master.model.errors import GitOpsError, Unreachable, UnreadableInput
from gitops_master.model.given import Given
from gitops_master.ports.api import Reply, Request, Review
from gitops_master.ports.cluster import ClusterReader
from gitops_master.ports.environment import KnownContext, Probe
from gitops_master.settings import demo_settings
from gitops_master.usecases.discover_env import DiscoverRequest, discover, exit_code, health_code
from gitops_master.usecases.size import MOST_BYTES
from tests.adapters.fake_api import FakeApi

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DEPLOYED = {"spec": {"replicas": 1}, "status": {"readyReplicas": 1}}


def _object(
    api: str, kind: str, name: str, namespace: str = "", labels: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **place, "labels": labels or {}}, **more}


def _labels(name: str, component: str = "") -> dict[str, str]:
    return {"app.kubernetes.io/name": name, **({"app.kubernetes.io/component": component} if component else {})}


def _application(name: str, destination: str) -> dict[str, Any]:
    spec = {"destination": {"server": "https://kubernetes.default.svc", "namespace": destination}}
    return _object("argoproj.io/v1alpha1", "Application", name, "infra", spec=spec)


CLUSTER: list[dict[str, Any]] = [
    _object("kargo.akuity.io/v1alpha1", "Project", "shop"),
    _object("v1", "Namespace", "shop", labels={"kargo.akuity.io/project": "true"}),
    _object("kargo.akuity.io/v1alpha1", "Stage", "dev", "shop", spec={}),
    _object("kargo.akuity.io/v1alpha1", "Stage", "prod", "shop", spec={}),
    _object("kargo.akuity.io/v1alpha1", "Warehouse", "main", "shop", spec={}),
    _object("apps/v1", "Deployment", "kargo-controller", "delivery", _labels("kargo", "controller"), **DEPLOYED),
    _object("apps/v1", "StatefulSet", "argocd-application-controller", "cd", _labels("argocd-application-controller"), **DEPLOYED),
    _object("apps/v1", "Deployment", "grafana", "watch", _labels("grafana"), **DEPLOYED),
    _object(
        "coordination.k8s.io/v1", "Lease", "kargo-controller-unnamed", "delivery", {"kargo.akuity.io/controller": "unnamed"},
        spec={"renewTime": "2026-11-23T03:59:48.000000Z"},
    ),
    _object(
        "coordination.k8s.io/v1", "Lease", "kargo-controller-far", "delivery", {"kargo.akuity.io/controller": "far"},
        spec={"renewTime": "2026-11-23T03:00:00.000000Z"},
    ),
    _application("shop-dev", "shop-dev"),
    _object("networking.k8s.io/v1", "Ingress", "shop", "shop-dev", spec={"rules": [{"host": "shop.apps.example.com"}]}),
    _object(
        "gateway.networking.k8s.io/v1", "HTTPRoute", "kargo", "delivery",
        spec={"hostnames": ["kargo.apps.example.com"], "rules": [{"backendRefs": [{"name": "kargo-api"}]}]},
    ),
]  # fmt: skip


class Fake:
    """An environment over fake servers by context, the first of them current; an error stands for what raises it."""

    def __init__(self, *apis: FakeApi | GitOpsError, given: Mapping[str, str] | None = None, home: str = "") -> None:
        self._apis = dict(zip(("one", "two", "three"), apis, strict=False))
        self._home = home
        self.given = {key: Given(value, "/w/.gitops-config.yaml", True) for key, value in (given or {}).items()}
        self.file = Path("/w/.gitops-config.yaml") if given else None
        self.context = "one"

    def contexts(self) -> tuple[KnownContext, ...]:
        return tuple(KnownContext(name, name == self.context, namespace=self._home) for name in self._apis)

    def _api(self, context: str) -> FakeApi:
        api = self._apis[context]
        if isinstance(api, GitOpsError):
            raise api
        return api

    def reader(self) -> ClusterReader:
        return LiveReader(self._api("one"), now=lambda: NOW, home=self._home)

    def probe(self, context: str = "") -> Probe | None:
        return ApiProbe(self._api(context or "one"))


async def _discover(environment: Fake, *, all_contexts: bool = False) -> EnvironmentAnswer:
    answer = await discover(environment, DiscoverRequest(all_contexts=all_contexts))
    assert len(json.dumps(answer.dump(), ensure_ascii=False).encode()) <= MOST_BYTES
    return answer


def _values(answer: EnvironmentAnswer) -> dict[str, str]:
    return {one.key: one.value for one in answer.values if one.value}


async def test_everything_is_found_by_what_it_is_and_says_what_told_it() -> None:
    answer = await _discover(Fake(FakeApi(CLUSTER)))

    assert _values(answer) == {
        "context": "one",
        "kargo_project": "shop",
        "kargo_namespace": "shop",
        "kargo_controller_namespace": "delivery",
        "argocd_namespace": "infra",
        "argocd_controller_namespace": "cd",
        "monitoring_namespace": "watch",
        "app_namespace": "shop-dev",
        "domain": "apps.example.com",
        "warehouse_name": "main",
    }
    sources = {one.key: one.source for one in answer.values}
    assert sources["kargo_controller_namespace"] == "Deployment delivery/kargo-controller"
    assert sources["kargo_project"] == "Project shop"
    assert answer.questions == []
    assert answer.kargo_address == "https://kargo.apps.example.com"
    assert (answer.identity, answer.identity_groups) == ("tester", ["system:authenticated"])
    assert answer.groups["kargo.akuity.io"] == "v1alpha1"
    assert [(one.name, one.counts, one.stages) for one in answer.projects] == [
        ("shop", {"stages": 2, "warehouses": 1}, ["dev", "prod"])
    ]
    assert {one.tool: one.verdict for one in answer.rights} == {
        "get_stage_state": Verdict.ALLOWED,
        "analyze_stage": Verdict.ALLOWED,
        "analyze_stage: logs": Verdict.ALLOWED,
        "discover_env": Verdict.ALLOWED,
        "run_verification": Verdict.ALLOWED,
        "run_verification: proxy": Verdict.ALLOWED,
        "promote_freight": Verdict.ALLOWED,
        "operate": Verdict.ALLOWED,
        "generate_stage_yaml": Verdict.ALLOWED,
    }
    assert (answer.state, exit_code(answer), health_code(answer)) == (State.WORKS, 0, 0)


async def test_heartbeats_tell_of_controllers_and_of_those_that_run_elsewhere() -> None:
    answer = await _discover(Fake(FakeApi(CLUSTER)))

    found = {one.name: (one.ready, one.shard, one.heartbeat_age_s, bool(one.note)) for one in answer.controllers}
    assert found == {
        "argocd-application-controller": ("yes", "", None, False),
        "kargo-controller": ("yes", "", 12, False),
        "kargo-controller-far": ("unknown", "far", 3600, True),
    }


async def test_of_several_projects_the_user_is_asked_with_what_was_found_filled_in() -> None:
    other = _object("kargo.akuity.io/v1alpha1", "Project", "bank")
    answer = await _discover(Fake(FakeApi([*CLUSTER, other])))

    asked = {one.key: (one.answer, one.choices) for one in answer.questions}
    assert asked["kargo_namespace"] == ("", ["bank", "shop"])
    assert asked["ssh_command"] == ("direct: context one answers", [])
    assert asked["domain"] == ("apps.example.com", [])
    assert (
        "I need your cluster details to proceed:\n- How do I reach kubectl? (direct / SSH command / proxy) direct"
        in answer.report
    )
    assert "- Kargo project namespace? one of: bank, shop" in answer.report


async def test_given_values_count_and_are_held_against_the_cluster() -> None:
    given = {"kargo_project": "shopp", "kargo_namespace": "shop", "domain": "example.org"}
    answer = await _discover(Fake(FakeApi(CLUSTER), given=given))

    domain = answer.value("domain")
    assert (domain.value, domain.certainty, domain.source) == (
        "example.org",
        Certainty.GIVEN,
        "given by /w/.gitops-config.yaml",
    )
    assert (domain.alternatives, domain.note) == (["apps.example.com"], "not seen in the cluster")
    note = next(one for one in answer.notes if "differ" in one)
    assert "always have one name" in note
    assert "of the two 'shop' exists in the cluster" in note


async def test_without_kargo_it_is_asked_whether_it_is_the_right_cluster() -> None:
    answer = await _discover(Fake(FakeApi([_object("v1", "Namespace", "default")])))

    assert any("serves no Kargo" in one for one in answer.notes)
    assert answer.value("kargo_controller_namespace").certainty is Certainty.DEFAULT
    assert any(one.key == "kargo_namespace" for one in answer.questions)


_REQUESTS = ["/version", "/apis", "projects", "namespaces", "stages", "warehouses", "pods", "deployments", "statefulsets",
             "leases", "applications", "ingresses", "httproutes", "configmaps", *Review]  # fmt: skip


@pytest.mark.parametrize("status", [0, 401, 403, 404, 500])
@pytest.mark.parametrize("part", _REQUESTS)
async def test_any_request_may_fail_alone(part: str, status: int) -> None:
    api = FakeApi(CLUSTER)
    api.get = _failing(api, part, status)  # type: ignore[method-assign]
    api.refuse = lambda one: (status or 500) if one.path == part else 0

    answer = await _discover(Fake(api))

    seen = f"{answer.not_checked} {answer.notes} {answer.rights} {answer.contexts} {answer.values}"
    if status != 404 and not part.startswith("/"):
        assert f"list {part}" in seen


def _failing(api: FakeApi, part: str, status: int, *others: str) -> Any:
    answer = api._answer

    async def get(requests: Any, *, deadline_s: float) -> list[Reply]:
        return [
            Reply(status, problem="it broke")
            if one.path in (part, *others) or one.path.endswith(f"/{part}")
            else answer(one)
            for one in requests
        ]

    return get


async def test_with_rights_in_one_namespace_only_that_one_is_found_and_the_rest_is_named() -> None:
    def refuse(request: Request) -> int:
        return 0 if "/namespaces/shop/" in request.path or request.path in ("/version", "/apis", *Review) else 403

    api = FakeApi(
        CLUSTER, refuse=refuse, may=lambda one: one.get("namespace") == "shop" and one["resource"] != "secrets"
    )
    answer = await _discover(Fake(api, home="shop"))

    assert [(one.name, one.stages) for one in answer.projects] == [("shop", ["dev", "prod"])]
    assert answer.value("kargo_controller_namespace").certainty is Certainty.DEFAULT
    by_tool = {one.tool: one for one in answer.rights}
    assert by_tool["get_stage_state"].verdict is Verdict.PARTLY
    lacking = {
        (verb, each, one.namespace)
        for one in by_tool["analyze_stage"].lacking
        for each in one.resources
        for verb in one.verbs
    }
    assert ("list", "secrets", "shop") in lacking
    assert ("list", "projects.kargo.akuity.io", "") in lacking
    assert ("list", "stages.kargo.akuity.io", "shop") not in lacking
    assert "list projects.kargo.akuity.io" in str(answer.not_checked)
    assert health_code(answer) == 3


async def test_without_the_right_to_list_stages_nothing_works() -> None:
    answer = await _discover(Fake(FakeApi(CLUSTER, may=lambda one: one["resource"] != "stages")))

    assert answer.state is State.FORBIDDEN
    assert health_code(answer) == 77
    assert "lacks verb list on stages.kargo.akuity.io in namespace shop" in answer.report


async def test_rights_that_nobody_told_are_unknown_and_not_granted() -> None:
    answer = await _discover(Fake(FakeApi(CLUSTER, may=lambda _: None)))

    assert {one.verdict for one in answer.rights} == {Verdict.UNKNOWN}
    assert health_code(answer) == 3


@pytest.mark.parametrize(
    ("error", "code"), [(Unreachable("no route"), 69), (UnreadableInput("bad kubeconfig"), 65)], ids=["route", "file"]
)
async def test_where_nothing_can_be_asked_the_user_is(error: GitOpsError, code: int) -> None:
    answer = await _discover(Fake(error))

    assert (exit_code(answer), health_code(answer)) == (code, code)
    assert answer.problem == error.message
    assert answer.here is not None
    assert (answer.here.reachable, answer.here.problem) == (Reach.NO, error.message)
    assert [one.key for one in answer.questions if not one.answer] == [
        "ssh_command", "kargo_namespace", "monitoring_namespace", "app_namespace", "domain"
    ]  # fmt: skip


@pytest.mark.parametrize(("status", "state"), [(0, State.UNREACHABLE), (401, State.FORBIDDEN)])
async def test_a_server_that_does_not_let_us_in_is_a_problem(status: int, state: State) -> None:
    api = FakeApi(CLUSTER, refuse=lambda _: 401, may=lambda _: None)
    api.get = _failing(api, "/version", status, "/apis")  # type: ignore[method-assign]

    answer = await _discover(Fake(api))

    assert (answer.state, answer.problem) == (state, "it broke")
    assert "Problem: it broke" in answer.report
    assert exit_code(answer) == health_code(answer) != 0


async def test_other_contexts_are_asked_only_when_that_is_wanted() -> None:
    other = FakeApi([])
    environment = Fake(FakeApi(CLUSTER), other, Unreachable("nobody there"))

    quiet = await _discover(environment)
    assert {one.name: one.reachable for one in quiet.contexts} == {
        "one": Reach.YES, "two": Reach.NOT_ASKED, "three": Reach.NOT_ASKED,
    }  # fmt: skip
    assert other.asked == []

    answer = await _discover(environment, all_contexts=True)

    assert {one.name: (one.reachable, one.problem) for one in answer.contexts} == {
        "one": (Reach.YES, ""), "two": (Reach.YES, ""), "three": (Reach.NO, "nobody there"),
    }  # fmt: skip
    assert {one.path for one in other.asked} == {"/version", "/apis"}


async def test_a_large_cluster_makes_a_bounded_answer() -> None:
    many = [
        _object("kargo.akuity.io/v1alpha1", kind, f"{kind.lower()}-{number}-{'x' * 40}", f"p{number % 60}-{'y' * 40}")
        for number in range(2000)
        for kind in ("Stage", "Warehouse")
    ]
    projects = [_object("kargo.akuity.io/v1alpha1", "Project", f"p{number}-{'y' * 40}") for number in range(60)]
    apps = [_application(f"a{number}", f"d{number}-{'z' * 50}") for number in range(400)]

    answer = await _discover(Fake(FakeApi([*CLUSTER, *many, *projects, *apps], may=lambda _: False)))

    assert any("further projects" in one for one in answer.left_out)
    assert "at least" in answer.report


async def test_a_snapshot_has_no_rights_and_no_server_and_says_so() -> None:
    class Saved(Fake):
        context = "the example"

        def contexts(self) -> tuple[KnownContext, ...]:
            return ()

        def reader(self) -> ClusterReader:
            path = demo_settings().snapshot
            assert path is not None
            return SnapshotReader(path)

        def probe(self, context: str = "") -> Probe | None:
            return None

    answer = await _discover(Saved())

    assert answer.rights == []
    assert any("a snapshot" in one for one in answer.notes)
    assert answer.value("kargo_project").value == "demo"
    assert (exit_code(answer), health_code(answer)) == (0, 3)


async def test_where_applications_may_not_be_listed_everywhere_the_stages_say_where_to_look() -> None:
    context = {"kargo.akuity.io/argocd-context": '[{"name": "shop-dev", "namespace": "infra"}]'}
    stage = _object("kargo.akuity.io/v1alpha1", "Stage", "dev", "shop", spec={})
    stage["metadata"]["annotations"] = context
    api = FakeApi([*(one for one in CLUSTER if one["metadata"]["name"] != "dev"), stage])
    api.refuse = lambda one: 403 if one.path == "/apis/argoproj.io/v1alpha1/applications" else 0

    answer = await _discover(Fake(api))

    assert answer.value("argocd_namespace").value == "infra"
    assert answer.value("app_namespace").value == "shop-dev"

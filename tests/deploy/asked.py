"""What our tools ask an API server for, as RBAC puts it: over every case, and over worlds made to be asked about."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from gitops_master.adapters.live.reader import LiveReader
from gitops_master.adapters.live.resources import RESOURCES
from gitops_master.model.expectations import Expectations
from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.model.versions import Versions, parse_version
from gitops_master.ports.api import Reply, Request
from gitops_master.ports.capture import Written
from gitops_master.ports.cluster import Focus, ReadPlan
from gitops_master.usecases.capture import capture
from gitops_master.usecases.discover_env import KINDS as SURVEYED
from gitops_master.usecases.verification_kinds import plan
from tests import worlds
from tests.adapters.fake_api import FakeApi
from tests.deploy import crowded
from tests.probes import world

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
_EVERYTHING = frozenset({"*"})
_PATH = re.compile(
    r"/(?:api/v1|apis/(?P<group>[^/]+)/[^/]+)/(?:namespaces/(?P<namespace>[^/]+)/)?(?P<plural>[^/]+)"
    r"(?:/(?P<name>[^/]+))?(?:/(?P<sub>[^/]+))?"
)
_CONTROL_PLANES = ("kargo", "argo-rollouts", "kube-system")
_HOMES = {"argocd": "argo-cd", **dict.fromkeys(_CONTROL_PLANES, "control-plane")}
_COMPLAINT = (
    'failed calling webhook "x": Post "https://hook.hooks.svc:443/": dial tcp: lookup hook.hooks.svc: no such host'
)
_OF_KARGO, _OF_ARGO_CD = "kargo.akuity.io/", ("Application", "ApplicationSet", "AppProject")


class Asked(NamedTuple):
    """`place`: `project`, `argo-cd`, `control-plane`, `destination`, or empty for all namespaces and what has none."""

    group: str
    resource: str
    verb: str
    place: str = ""

    @property
    def right(self) -> tuple[str, str, str]:
        return self.group, self.resource, self.verb


async def in_cases() -> set[Asked]:
    """Of each case: as it is, where no list ends with its first page, and where nothing may be read of all namespaces."""
    found: set[Asked] = set()
    for folder in worlds.FOLDERS:
        objects, _, _ = worlds.load(folder)
        for change in (_as_it_is, _without_end, _by_namespace):
            found |= await _asked(change(_api(objects)), _focus(folder))
    return found


async def at_most() -> set[Asked]:
    """Of a world in which an Application manages one of every kind, and all that can be complained of is."""
    found: set[Asked] = set()
    for change in (_as_it_is, _without_end, _by_namespace):
        for awaited in ("apps/Deployment", "Secret"):
            found |= await _asked(change(_api(_manages_everything(awaited))), Focus(project="shop", stage="test"))
    return found


async def in_surveys() -> set[Asked]:
    """What discover_env asks of each case, with and without knowing the project, where all may be read and where only namespaces."""
    found: set[Asked] = set()
    for folder in worlds.FOLDERS:
        objects, _, _ = worlds.load(folder)
        project = worlds.asked(folder).project
        for change in (_as_it_is, _by_namespace):
            for focus in (Focus(survey=True, project=project), Focus(survey=True)):
                api = change(_api(objects))
                await _reader(api, project).read(ReadPlan(SURVEYED, focus), deadline_s=30)
                found |= _all(api, project)
    return found


async def in_verifications() -> set[Asked]:
    """What a verification asks of a Stage, and of a project, with little and with much of everything: as above, and where Secrets
    and nodes may not be listed."""
    found: set[Asked] = set()
    little = json.loads(json.dumps(world.plain([]), default=str))
    for objects, expected in ((little, Expectations()), (crowded.objects(), crowded.EXPECTED)):
        for change in (_as_it_is, _by_namespace, _by_name):
            for stage in ("prod", "none", ""):
                api = change(_api(objects))
                await _reader(api).read(plan("shop", stage, expected), deadline_s=30)
                found |= _all(api, "shop")
    return found


async def in_captures() -> set[Asked]:
    """What `capture` asks for: what an analysis asks for, and its logs."""
    found: set[Asked] = set()
    for folder in worlds.FOLDERS[::4]:
        objects, _, _ = worlds.load(folder)
        api, asked = _api(objects), worlds.asked(folder)
        await capture(_reader(api), asked, _Nowhere())
        found |= _all(api, asked.project)
    return found


class _Nowhere:
    """Keeps nothing."""

    def check(self) -> None:
        pass

    def write(self, snapshot: Snapshot, scope: Focus) -> Written:
        return Written(Path("nowhere"), {}, 0, 0, {})


def _reader(api: FakeApi, home: str = "") -> LiveReader:
    versions = Versions(kargo=parse_version("v1.11.2"))
    return LiveReader(api, now=lambda: NOW, versions=versions, elsewhere=lambda _: api, home=home)


async def _asked(api: FakeApi, focus: Focus) -> set[Asked]:
    reader = _reader(api)
    await reader.read(ReadPlan(_EVERYTHING, focus), deadline_s=30)
    await reader.read_logs([LogKey(focus.project, "pod", "main")], deadline_s=30)
    return _all(api, focus.project)


def _all(api: FakeApi, project: str) -> set[Asked]:
    return {one for request in api.asked if (one := _as_asked(request, project)) is not None}


def _as_asked(request: Request, project: str) -> Asked | None:
    """None where the path is no resource: what a group serves, any user may ask. Kinds of other products are for their users
    to grant."""
    match = _PATH.fullmatch(request.path)
    if match is None or match["plural"] not in {one.plural for one in RESOURCES.values()}:
        return None
    resource = match["plural"] + (f"/{match['sub']}" if match["sub"] else "")
    namespace = match["namespace"] or ""
    place = "project" if namespace == project else _HOMES.get(namespace, "destination")
    return Asked(match["group"] or "", resource, "get" if match["name"] else "list", place if namespace else "")


def _focus(folder: Path) -> Focus:
    asked = worlds.asked(folder)
    target = {part: getattr(asked, part) for part in ("stage", "app", "warehouse")}
    return Focus(project=asked.project, troubled=True, **target)


def _api(objects: list[dict[str, Any]]) -> FakeApi:
    return FakeApi(json.loads(json.dumps(objects, default=str)))


def _as_it_is(api: FakeApi) -> FakeApi:
    return api


def _without_end(api: FakeApi) -> FakeApi:
    answer: Callable[[Request], Reply] = api._answer

    def cut(request: Request) -> Reply:
        reply = answer(request)
        if not reply.ok or "limit" not in dict(request.query):
            return reply
        body = {**json.loads(reply.bodies[0]), "metadata": {"continue": "more"}}
        return Reply(200, (json.dumps(body).encode(),))

    api._answer = cut  # type: ignore[method-assign]
    return api


def _by_namespace(api: FakeApi) -> FakeApi:
    api.refuse = lambda request: 0 if "/namespaces/" in request.path else 403
    return api


def _by_name(api: FakeApi) -> FakeApi:
    api.refuse = lambda request: 403 if re.search("/(secrets|nodes|configmaps)$", request.path) else 0
    return api


def _manages_everything(awaited: str) -> list[dict[str, Any]]:
    """A Stage whose Application manages one object of each kind, and waits for the deletion of one."""
    group, _, kind = awaited.rpartition("/")
    state = {"phase": "Running", "message": f"waiting for deletion of {group}/{kind}/x", "startedAt": NOW.isoformat()}
    link = {"namespace": "argocd", "name": "everything"}
    return [
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {
                **link,
                "annotations": {"kargo.akuity.io/authorized-stage": "shop:test"},
                "ownerReferences": [{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "all"}],
            },
            "spec": {"project": "default", "destination": {"name": "in-cluster", "namespace": "shop-test"}},
            "status": {
                "sync": {"status": "OutOfSync"},
                "operationState": state,
                "resources": list(_one_of_each_kind()),
            },
        },
        {
            "apiVersion": "kargo.akuity.io/v1alpha1",
            "kind": "Stage",
            "metadata": {"namespace": "shop", "name": "test"},
            "spec": {
                "promotionTemplate": {"spec": {"steps": [{"uses": "argocd-update", "config": {"apps": [link]}}]}},
            },
            "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "X", "message": _COMPLAINT}]},
        },
    ]


def _one_of_each_kind() -> Iterator[dict[str, str]]:
    """Each where objects of its kind lie."""
    for kind, resource in RESOURCES.items():
        name = kind.rpartition("/")[2]
        group, _, version = resource.group_version.rpartition("/")
        place = "shop" if kind.startswith(_OF_KARGO) else "argocd" if name in _OF_ARGO_CD else "shop-test"
        namespace = {"namespace": place} if resource.namespaced else {}
        yield {"group": group, "version": version, "kind": name, "name": "x", **namespace}

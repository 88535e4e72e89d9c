"""Fifty projects with five hundred Stages, as real controllers write them, and thirty faults planted at known places.

A fault lives in a service of its own: five Stages, one behind the other. What a service is before its fault is planted
comes from the benchmark's world: healthy, or its last Promotion failed, or its workload is stuck, or it waits for its soak time.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from bench.generate import DEGRADED, FAILED, LEVELS, SOAKING, Size, World

Json = dict[str, Any]

PROJECTS, STAGES, SHARED_BY = 50, 500, 20
FINE = 0
"""The number of a service that nothing ails, beside FAILED, DEGRADED and SOAKING."""
SIZE = Size(stages=10, promotions=20, pods=40)
INDEX = {
    "observed_at": "2026-11-23T05:50:00Z",
    "versions": {"kargo": "v1.11.2", "argo-cd": "v3.5.1", "argo-rollouts": "v1.10.1"},
    "complete": ["*"],
}
REFUSED = "remote: Invalid username or token.\nfatal: Authentication failed for 'https://git.example.net/platform/deploy.git/'"


class Service:
    """One service among the objects of its project, to be broken."""

    def __init__(self, objects: list[Json], project: str, name: str) -> None:
        self.objects, self.project, self.name = objects, project, name

    def stage(self, level: str = "prod") -> Json:
        return self.one("Stage", f"{self.name}-{level}")

    def one(self, kind: str, name: str) -> Json:
        return next(held for held in self.objects if held["kind"] == kind and held["metadata"]["name"] == name)

    def promotion(self, level: str = "prod") -> Json:
        return self.one("Promotion", self.stage(level)["status"]["lastPromotion"]["name"])

    def pods(self) -> list[Json]:
        """Those that do not start."""
        start = f"{self.name}-api-"
        return [held for held in self.objects if held["kind"] == "Pod" and held["metadata"]["name"].startswith(start)
                and not held["status"]["containerStatuses"][0]["ready"]]  # fmt: skip

    def drop(self, kind: str, start: str) -> None:
        self.objects[:] = [
            one for one in self.objects if one["kind"] != kind or not one["metadata"]["name"].startswith(start)
        ]


def says(service: Service, message: str, *, uses: str = "argocd-update") -> None:
    """The last Promotion failed at its last step for this reason instead of the recorded one."""
    app = service.one("Application", f"{service.name}-prod")
    app["metadata"]["annotations"]["kargo.akuity.io/authorized-stage"] = f"{service.project}:{service.name}-prod"
    promotion, stage = service.promotion(), service.stage()
    old = promotion["status"]["message"]
    for one in (promotion, stage):
        one["status"] = _replaced(one["status"], old, message)
    for steps in (promotion["spec"]["steps"], stage["spec"]["promotionTemplate"]["spec"]["steps"]):
        steps[-1]["uses"] = uses
        if uses == "git-push":
            steps[-1]["config"] = {"path": "./out"}


def _replaced(value: Json, old: str, new: str) -> Json:
    found: Json = json.loads(json.dumps(value).replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1]))
    return found


def step(error: str) -> str:
    return f'step "sync" met error threshold of 1: error running step "sync": {error}'


def push_refused(service: Service) -> None:
    """There is no login at all."""
    says(service, step(f"error pushing commits to remote: error pushing branch: {REFUSED}"), uses="git-push")


def branch_protected(service: Service) -> None:
    said = "remote: error: GH006: Protected branch update failed for refs/heads/main.\n ! [remote rejected] HEAD -> main (protected branch hook declined)"
    says(service, step(f"error pushing commits to remote: error pushing branch: {said}"), uses="git-push")


def push_lost_a_race(service: Service) -> None:
    says(service, step("error pushing commits to remote: error pushing branch: non-fast-forward"), uses="git-push")


def app_missing(service: Service) -> None:
    name = f"{service.name}-prod"
    says(service, step(f'unable to find Argo CD Application "{name}" in namespace "argocd"'))
    service.drop("Application", name)


def step_unknown(service: Service) -> None:
    says(service, 'step kind "argocd-updtae" is not registered; verify the kind is correct', uses="argocd-updtae")


def cluster_away(service: Service) -> None:
    said = 'ComparisonError: Failed to load live state: failed to get cluster info for "https://10.0.0.1": error synchronizing cache state : failed to get server version: dial tcp 10.0.0.1:6443: i/o timeout'
    name = f"{service.name}-prod"
    says(service, step(f'Argo CD Application "{name}" in namespace "argocd" failed with: {said}'))
    condition = {"type": "ComparisonError", "message": said.partition(": ")[2]}
    service.one("Application", name)["status"]["conditions"] = [
        {**condition, "lastTransitionTime": "2026-11-23T05:38:00Z"}
    ]


def crashing(service: Service) -> None:
    for pod in service.pods():
        pod["status"]["containerStatuses"][0] |= {
            "restartCount": 6,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 2m40s restarting failed container"}},
            "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-11-23T05:42:40Z"}},
        }  # fmt: skip


def without_room(service: Service) -> None:
    for pod in service.pods():
        said = "0/3 nodes are available: 3 Insufficient memory."
        condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": said}
        pod["status"] = {"phase": "Pending", "conditions": [condition]}
        del pod["spec"]["nodeName"]


def without_settings(service: Service) -> None:
    for pod in service.pods():
        said = 'configmap "portal-settings" not found'
        waiting = {"reason": "CreateContainerConfigError", "message": said}
        pod["status"]["containerStatuses"][0]["state"] = {"waiting": waiting}


def discovery_fails(service: Service, error: str, reason: str = "DiscoveryFailure") -> None:
    one = service.one("Warehouse", service.name)
    message = (
        f"Artifact discovery failed: error discovering artifacts: error discovering commits from git repo: {error}"
    )
    condition = {"reason": reason, "message": message if reason == "DiscoveryFailure" else error, "status": "False"}
    one["status"]["conditions"] = [
        {"type": kind, "lastTransitionTime": "2026-11-23T05:44:00Z", "observedGeneration": 1, **condition}
        for kind in ("Ready", "Healthy")
    ]


def warehouse_refused(service: Service) -> None:
    """There is a login, and Git does not take it."""
    about = {"name": "deploy-git", "namespace": service.project, "labels": {"kargo.akuity.io/cred-type": "git"}}
    service.objects.append({"apiVersion": "v1", "kind": "Secret", "metadata": about, "type": "Opaque"})
    discovery_fails(service, REFUSED)


def repository_away(service: Service) -> None:
    discovery_fails(service, "fatal: repository 'http://127.0.0.1:3000/deploy.git/' not found")


def throttled(service: Service) -> None:
    discovery_fails(service, "fatal: unable to access 'http://127.0.0.1:3000/': The requested URL returned error: 429")


def nothing_matches(service: Service) -> None:
    one = service.one("Warehouse", service.name)
    git = one["spec"]["subscriptions"][0]["git"]
    git["includePaths"] = ["no/such/dir"]
    discovery_fails(service, f'No commits discovered for Git repository "{git["repoURL"]}"', "MissingCommits")
    found = one["status"]["discoveredArtifacts"]["git"][0]
    found["commits"] = []


def without_freight(service: Service) -> Json:
    """The last Stage has never had any; its request, to be mistyped."""
    stage = service.stage()
    name = stage["metadata"]["name"]
    said = {"reason": "NoFreight", "message": "Stage has no current Freight", "observedGeneration": 1}
    stage["status"] = {
        "conditions": [{"type": "Ready", "status": "False", **said}, {"type": "Healthy", "status": "Unknown", **said}],
        "freightSummary": "0/1 Fulfilled",
        "observedGeneration": 1,
    }
    service.drop("Promotion", f"{name}.")
    service.drop("Event", f"{name}.")
    for one in service.objects:
        if one["kind"] == "Freight":
            for key in ("currentlyIn", "verifiedIn"):
                one["status"].get(key, {}).pop(name, None)
    request: Json = stage["spec"]["requestedFreight"][0]
    return request


def warehouse_mistyped(service: Service) -> None:
    request = without_freight(service)
    request["origin"]["name"] += "e"
    request["sources"] = {"direct": True}


def upstream_mistyped(service: Service) -> None:
    request = without_freight(service)
    request["sources"]["stages"] = [f"{service.name}-stagin"]


def held(service: Service) -> None:
    """Somebody went back by hand; the newest Freight has been verified upstream and is not promoted by itself."""
    stage = service.stage()
    stage["spec"]["requestedFreight"][0]["sources"].pop("requiredSoakTime")
    origin = {"kind": "Warehouse", "name": service.name}
    last = stage["status"]["lastPromotion"]
    hold = {"freightName": last["freight"]["name"], "origin": origin, "promotionName": last["name"], "actor": "admin",
            "createdAt": "2026-11-23T05:45:00Z"}  # fmt: skip
    stage["status"] |= {"autoPromotionEnabled": True, "autoPromotionHolds": {f"Warehouse/{service.name}": hold}}
    policy = {"stageSelector": {"name": stage["metadata"]["name"]}, "autoPromotionEnabled": True}
    service.one("ProjectConfig", service.project)["spec"]["promotionPolicies"].append(policy)


def test_failed(service: Service) -> None:
    stage = service.stage()
    said = 'Metric "success-rate" assessed Failed due to failed (1) > failureLimit (0)'
    run, name = f"{stage['metadata']['name']}.01m83f9zzzzzzzzzzzzzzzzzzz.aaaaaaa", stage["metadata"]["name"]
    stage["spec"]["verification"] = {"analysisTemplates": [{"name": "smoke"}]}
    record = stage["status"]["freightHistory"][0]["verificationHistory"][0]
    record |= {"phase": "Failed", "message": said, "analysisRun": {"namespace": service.project, "name": run, "phase": "Failed"}}  # fmt: skip
    for one in stage["status"]["conditions"]:
        if one["type"] != "Healthy":
            one |= {"status": "False", "reason": "VerificationFailed", "message": said}
    for one in service.objects:
        if one["kind"] == "Freight":
            one["status"]["verifiedIn"].pop(name, None)
    metric = {"name": "success-rate", "successCondition": "result[0] >= 0.95", "provider": {"prometheus": {"query": "up"}}}  # fmt: skip
    about = {"namespace": service.project, "creationTimestamp": "2026-11-23T05:42:02Z"}
    measured = {"phase": "Failed", "value": "[0.71]", "finishedAt": record["finishTime"]}
    result = {"name": "success-rate", "phase": "Failed", "count": 1, "failed": 1, "measurements": [measured]}
    rollouts = {"apiVersion": "argoproj.io/v1alpha1", "spec": {"metrics": [metric]}}
    service.objects += [
        {**rollouts, "kind": "AnalysisTemplate", "metadata": {**about, "name": "smoke"}},
        {**rollouts, "kind": "AnalysisRun", "metadata": {**about, "name": run},
         "status": {"phase": "Failed", "message": said, "metricResults": [result]}},
    ]  # fmt: skip


def as_recorded(service: Service) -> None:
    """The service already is what it should be."""


class Fault(NamedTuple):
    """What ails a service. `subject`: what is at fault, as `Kind level` or `Kind` for its Warehouse. `also`: held up by it."""

    cause: str
    number: int
    plant: Callable[[Service], None] = as_recorded
    subject: str = "Stage prod"
    also: tuple[str, ...] = ()


STUCK = ("Application staging", ("Stage prod",))
FAULTS = (
    *(3 * [Fault("authorized-stage-annotation-mismatch", FAILED)]),
    *(2 * [Fault("no-git-credentials-for-kargo", FAILED, push_refused)]),
    *(2 * [Fault("push-to-protected-branch-denied", FAILED, branch_protected)]),
    *(2 * [Fault("concurrent-push-to-same-branch", FAILED, push_lost_a_race)]),
    *(2 * [Fault("argocd-app-not-found", FAILED, app_missing)]),
    Fault("promotion-step-kind-unknown", FAILED, step_unknown),
    Fault("destination-cluster-unreachable", FAILED, cluster_away, "Application prod"),
    *(2 * [Fault("image-pull-failure", DEGRADED, as_recorded, *STUCK)]),
    Fault("container-crash-loop", DEGRADED, crashing, *STUCK),
    Fault("pod-unschedulable", DEGRADED, without_room, *STUCK),
    Fault("container-config-missing", DEGRADED, without_settings, *STUCK),
    *(2 * [Fault("waiting-for-soak-time", SOAKING)]),
    Fault("auto-promotion-hold", SOAKING, held),
    Fault("credentials-rejected", FINE, warehouse_refused, "Warehouse"),
    Fault("subscription-repository-unreachable", FINE, repository_away, "Warehouse"),
    Fault("registry-rate-limit", FINE, throttled, "Warehouse"),
    Fault("subscription-filters-match-nothing", FINE, nothing_matches, "Warehouse"),
    *(2 * [Fault("requested-warehouse-not-found", FINE, warehouse_mistyped)]),
    Fault("upstream-stage-reference-missing", FINE, upstream_mistyped),
    Fault("verification-test-failed", FINE, test_failed),
)
"""All but the shared one."""


class Planted(NamedTuple):
    cause: str
    subject: str
    targets: frozenset[str]


class Fleet(NamedTuple):
    objects: list[Json]
    planted: dict[str, list[Planted]]
    """What is to be found in each project: nothing where it is healthy."""


def place(fault: Fault, project: str, service: str) -> Planted:
    def title(what: str) -> str:
        kind, _, level = what.partition(" ")
        namespace = "argocd" if kind == "Application" else project
        return f"{kind} {namespace}/{service}" + (f"-{level}" if level else "")

    levels = [f"Stage {level}" for level in LEVELS] if fault.subject == "Warehouse" else []
    own = fault.subject if fault.subject == "Warehouse" else f"Stage {fault.subject.partition(' ')[2]}"
    return Planted(fault.cause, title(fault.subject), frozenset(title(one) for one in [own, *fault.also, *levels]))


def build() -> Fleet:
    """Every other project has two faults, the rest one, until all are planted; the last has the shared one."""
    found: dict[tuple[str, str, str], Json] = {}
    planted: dict[str, list[Planted]] = {}
    left = list(FAULTS)
    for number in range(PROJECTS):
        project = f"team{number:02}"
        faults = [left.pop() for _ in range(min(len(left), 1 + number % 2))]
        if number == PROJECTS - 1:
            objects, planted[project] = shared(project)
        elif number in {PROJECTS - 2, PROJECTS - 3}:
            objects, planted[project] = project_with(project, number, [], services=1)
        else:
            objects, planted[project] = project_with(project, number, faults)
        for one in objects:
            found[one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]] = one
    return Fleet(list(found.values()), planted)


def project_with(project: str, number: int, faults: list[Fault], services: int = 2) -> tuple[list[Json], list[Planted]]:
    numbers = [fault.number + 10 * at for at, fault in enumerate(faults)]
    numbers += [FINE + 10 * at for at in range(len(faults), services)]
    prefix = f"p{number:02}s"
    objects = rendered(World(SIZE, project, prefix, numbers))
    planted = []
    for fault, own in zip(faults, numbers, strict=False):
        service = f"{prefix}{own:03}"
        fault.plant(Service(objects, project, service))
        planted.append(place(fault, project, service))
    return objects, planted


def rendered(world: World) -> list[Json]:
    objects: list[Json] = [json.loads(text) for _, text in world.objects()]
    for one in objects:
        one["metadata"].pop("managedFields", None)
    return objects


def shared(project: str) -> tuple[list[Json], list[Planted]]:
    """Four services, all of one Warehouse, which Git refuses."""
    services = [f"all{number:03}" for number in range(0, 40, 10)]
    text = json.dumps(rendered(World(SIZE, project, "all", range(0, 40, 10))))
    for one in services[1:]:
        text = text.replace(f'"kind": "Warehouse", "name": "{one}"', f'"kind": "Warehouse", "name": "{services[0]}"')
        text = text.replace(f'"Warehouse/{one}"', f'"Warehouse/{services[0]}"')
    objects = [one for one in json.loads(text) if one["kind"] != "Warehouse" or one["metadata"]["name"] == services[0]]
    warehouse_refused(Service(objects, project, services[0]))
    stages = [f"Stage {project}/{one['metadata']['name']}" for one in objects if one["kind"] == "Stage"]
    subject = f"Warehouse {project}/{services[0]}"
    return objects, [Planted("credentials-rejected", subject, frozenset([subject, *stages]))]

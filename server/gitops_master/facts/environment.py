"""What a cluster holds and where: projects, control planes, namespaces, domains; each with the object that tells."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from gitops_master.facts.controllers import COMPONENT, HEARTBEAT_LABEL, NAME, is_stale, kargo_controllers, shard
from gitops_master.facts.stage import StageView
from gitops_master.facts.workloads import is_ready
from gitops_master.model.argocd import Application
from gitops_master.model.gateways import HTTPRoute
from gitops_master.model.kargo import Project, Warehouse
from gitops_master.model.kubernetes import Lease, Namespace
from gitops_master.model.meta import Object
from gitops_master.model.networking import Ingress
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.workloads import Deployment, Pod, StatefulSet

PROJECT_LABEL = "kargo.akuity.io/project=true"
"""What Kargo sets on the namespaces of its projects (and asks of namespaces that it is to adopt)."""
MONITORING = ("prometheus", "grafana", "alertmanager", "victoria-metrics-single", "vmsingle", "thanos", "mimir")
"""app.kubernetes.io/name of what watches a cluster, as the usual charts and operators set it."""
MONITORING_GROUP = "monitoring.coreos.com"
PART_OF = "app.kubernetes.io/part-of"
IN_CLUSTER = frozenset({"https://kubernetes.default.svc", "https://kubernetes.default.svc.cluster.local", "in-cluster"})
"""How Argo CD calls the cluster it runs in (docs/operator-manual/declarative-setup.md, v3.5)."""


class Found(msgspec.Struct, frozen=True):
    """A value and the object that tells it."""

    value: str
    source: str


class Controller(msgspec.Struct, frozen=True):
    """One workload of a control plane. `ready`: None where that is not known. `heartbeat`: of Kargo's controllers since 1.10.4."""

    product: str
    namespace: str
    name: str
    component: str = ""
    shard: str = ""
    ready: bool | None = None
    heartbeat: datetime | None = None
    is_stale: bool = False


def projects(snapshot: Snapshot) -> list[Found]:
    """By name: the Projects, the namespaces labelled as such, and those with Stages or Warehouses in them."""
    found: dict[str, str] = {}
    for project in snapshot.all(Project):
        found.setdefault(project.name, str(project.ref))
    key, _, value = PROJECT_LABEL.partition("=")
    for namespace in snapshot.all(Namespace):
        if namespace.labels.get(key) == value:
            found.setdefault(namespace.name, f"{namespace.ref}, label {PROJECT_LABEL}")
    for one in (*snapshot.all(Stage), *snapshot.all(Warehouse)):
        found.setdefault(one.namespace, str(one.ref))
    return [Found(name, found[name]) for name in sorted(found)]


def controllers(snapshot: Snapshot) -> list[Controller]:
    """Workloads of the three control planes, and Kargo controllers that only a heartbeat tells of (they run elsewhere)."""
    workloads = [one for type_ in (Deployment, StatefulSet) for one in snapshot.all(type_) if product(one)]
    pods = {pod.ref: shard(pod) for pod in kargo_controllers(snapshot)}
    leases = {one.labels[HEARTBEAT_LABEL]: one for one in snapshot.all(Lease) if HEARTBEAT_LABEL in one.labels}
    found = []
    for one in workloads or _alone(snapshot):
        is_kargo = product(one) == "kargo" and one.labels.get(COMPONENT) == "controller"
        named = next((mine for ref, mine in pods.items() if is_kargo and _is_of(ref.namespace, ref.name, one)), "")
        lease = leases.pop(named or "unnamed", None) or leases.pop(named, None) if is_kargo else None
        found.append(
            Controller(
                product(one),
                one.namespace,
                one.name,
                one.labels.get(COMPONENT, ""),
                named,
                _ready(one),
                lease.spec.renew_time if lease else None,
                lease is not None and is_stale(lease, snapshot),
            )
        )
    for label, lease in sorted(leases.items()):
        name = "" if label == "unnamed" else label
        beat, stale = lease.spec.renew_time, is_stale(lease, snapshot)
        found.append(Controller("kargo", lease.namespace, lease.name, "controller", name, None, beat, stale))
    return sorted(found, key=lambda one: (one.product, one.namespace, one.name))


def product(one: Object) -> str:
    """kargo, argo-cd or argo-rollouts, by the labels their charts and manifests set; empty for everything else."""
    name = one.labels.get(NAME, "")
    if name in ("kargo", "argo-rollouts"):
        return name
    return "argo-cd" if name.startswith("argocd-") or one.labels.get(PART_OF) == "argocd" else ""


def _alone(snapshot: Snapshot) -> Iterator[Pod]:
    """Pods, where no workload could be read."""
    return (one for one in snapshot.all(Pod) if product(one))


def _is_of(namespace: str, pod: str, workload: Object) -> bool:
    return namespace == workload.namespace and (pod == workload.name or pod.startswith(f"{workload.name}-"))


def _ready(one: Object) -> bool | None:
    if isinstance(one, Deployment | StatefulSet):
        return one.spec.replicas > 0 and one.status.ready_replicas >= one.spec.replicas
    return is_ready(one) if isinstance(one, Pod) else None


def kargo_places(snapshot: Snapshot) -> list[Found]:
    """Where Kargo's controllers run, then where anything of Kargo does, then where they send heartbeats from."""
    mine = [one for one in _workloads(snapshot) if product(one) == "kargo"]
    first = [one for one in mine if one.labels.get(COMPONENT) == "controller"]
    beats = [one for one in snapshot.all(Lease) if HEARTBEAT_LABEL in one.labels]
    return _namespaces([*first, *mine, *beats])


def argocd_places(snapshot: Snapshot) -> list[Found]:
    """Where Argo CD runs: its application controller, then its other parts, then what Applications say of it."""
    mine = [one for one in _workloads(snapshot) if product(one) == "argo-cd"]
    first = [one for one in mine if one.labels.get(NAME) == "argocd-application-controller"]
    said = [
        Found(one.status.controller_namespace, f"{one.ref} status.controllerNamespace")
        for one in snapshot.all(Application)
        if one.status.controller_namespace
    ]
    return _each([*_namespaces([*first, *mine]), *said])


def monitoring_places(snapshot: Snapshot) -> list[Found]:
    return _namespaces([one for one in _workloads(snapshot) if one.labels.get(NAME) in MONITORING])


def applications(snapshot: Snapshot, project: str) -> list[Application]:
    """Those that the project's Stages deploy through; all that are known, where no Stage names one."""
    links = {
        (link.namespace, link.name)
        for stage in snapshot.all(Stage, project)
        for link in StageView(stage, snapshot).links
    }
    every = snapshot.all(Application)
    return [one for one in every if (one.namespace, one.name) in links] or list(every)


def applied_in(snapshot: Snapshot, project: str) -> list[Found]:
    """Namespaces that Applications lie in, the one of most of them first; where none could be read, what Stages say."""
    apps = _by_number(Found(one.namespace, str(one.ref)) for one in applications(snapshot, project))
    return apps or _by_number(linked(snapshot))


def linked(snapshot: Snapshot) -> Iterator[Found]:
    """Namespaces of the Applications that Stages name."""
    for stage in snapshot.all(Stage):
        for link in StageView(stage, snapshot).links:
            if link.namespace and link.namespace_given:
                yield Found(link.namespace, f"{stage.ref} {link.by}")


def deployed_to(apps: Iterable[Application]) -> list[Found]:
    """Namespaces that Applications deploy to, the one of most of them first. `source` names one of them."""
    return _by_number(
        Found(one.spec.destination.namespace, str(one.ref)) for one in apps if one.spec.destination.namespace
    )


def is_here(app: Application) -> bool:
    """Whether it deploys to the cluster that its Argo CD runs in."""
    destination = app.spec.destination
    return (destination.server or destination.name) in IN_CLUSTER


def domains(snapshot: Snapshot) -> list[Found]:
    """What hosts of Ingresses and HTTPRoutes have in common behind their first label, the one of most hosts first."""
    hosts = [(rule.host, str(one.ref)) for one in snapshot.all(Ingress) for rule in one.spec.rules if rule.host]
    hosts += [(host, str(one.ref)) for one in snapshot.all(HTTPRoute) for host in one.spec.hostnames]
    return _by_number(Found(_parent(host), source) for host, source in hosts)


def _parent(host: str) -> str:
    """The host without its first label, unless what is left would be a top-level domain."""
    rest = host.partition(".")[2]
    return rest if "." in rest or host.startswith("*.") else host


def _workloads(snapshot: Snapshot) -> Iterator[Object]:
    for type_ in (Deployment, StatefulSet, Pod):
        yield from snapshot.all(type_)


def _namespaces(objects: Sequence[Object]) -> list[Found]:
    return _each(Found(one.namespace, str(one.ref)) for one in objects)


def _each(found: Iterable[Found]) -> list[Found]:
    """Each value once, with what told it first."""
    first: dict[str, Found] = {}
    for one in found:
        first.setdefault(one.value, one)
    return list(first.values())


def _by_number(found: Iterable[Found]) -> list[Found]:
    every = list(found)
    counted = Counter(one.value for one in every)
    return sorted(_each(every), key=lambda one: (-counted[one.value], one.value))

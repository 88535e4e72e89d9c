"""What each tool needs to be allowed, and what comes of asking the server for it.

The table follows what the live reader asks for (adapters/live/scope*.py); a test holds the two together. capture reads as
analyze_stage does.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec
from msgspec import structs

from gitops_master.model.environment import Lack, RightState, Verdict
from gitops_master.ports.environment import Probe, Right, Ruling

KARGO, ARGO, RBAC = "kargo.akuity.io", "argoproj.io", "rbac.authorization.k8s.io"
GATEWAY = "gateway.networking.k8s.io"
"""Served only where somebody has installed the Gateway API."""


class Where(StrEnum):
    """In which namespaces: none (cluster-wide kinds), the project's, those of Applications, of what they deploy, of control planes."""

    CLUSTER = "cluster-wide"
    PROJECT = "the project's namespace"
    APPLICATIONS = "the namespaces of its Applications"
    DESTINATIONS = "the namespaces they deploy to"
    CONTROL = "the namespaces of the control planes"


class Need(msgspec.Struct, frozen=True):
    """Resources of one group that a tool reads in one sort of place. `essential`: without them it cannot answer at all."""

    where: Where
    group: str
    resources: tuple[str, ...]
    leaves_open: str
    verb: str = "list"
    essential: bool = False
    subresource: str = ""

    def rights(self, namespace: str) -> Iterator[Right]:
        return (Right(self.verb, self.group, one, namespace, "", self.subresource) for one in self.resources)


class Tool(msgspec.Struct, frozen=True):
    """A tool, or a part of one. `is_served`: whether this version has it."""

    name: str
    needs: tuple[Need, ...]
    is_served: bool = True


_PROJECT = "which projects there are, and how they do; naming one helps"
_STATE = (
    Need(Where.CLUSTER, KARGO, ("projects",), _PROJECT),
    Need(Where.CLUSTER, KARGO, ("projects",), _PROJECT, verb="get"),
    Need(Where.PROJECT, KARGO, ("stages",), "everything about the project's Stages", essential=True),
    Need(Where.PROJECT, KARGO, ("stages",), "everything about the Stage that is asked about", verb="get"),
    Need(Where.PROJECT, KARGO, ("promotions",), "what runs, what is queued and what was tried before"),
    Need(Where.PROJECT, KARGO, ("freights", "warehouses"), "what could come next, and from where"),
    Need(Where.PROJECT, KARGO, ("projectconfigs",), "which policy decides about auto-promotion"),
    Need(Where.PROJECT, ARGO, ("analysisruns",), "the metrics of verifications"),
    Need(Where.APPLICATIONS, ARGO, ("applications",), "sync and health of the Applications"),
    Need(Where.APPLICATIONS, ARGO, ("applications",), "sync and health of the Applications", verb="get"),
    Need(Where.CONTROL, "", ("pods", "configmaps"), "where Kargo's UI is and where it looks for Applications"),
)
_ANALYZE = (
    *_STATE,
    Need(Where.PROJECT, KARGO, ("warehouses",), "everything about the Warehouse that is asked about", verb="get"),
    Need(Where.CLUSTER, KARGO, ("clusterconfigs", "clusterpromotiontasks"), "cluster-wide policies and tasks"),
    Need(Where.CLUSTER, ARGO, ("clusteranalysistemplates",), "cluster-wide verification templates"),
    # A Role in the namespace itself may grant this: the server takes the name for the request's namespace.
    Need(Where.PROJECT, "", ("namespaces",), "whether namespaces exist or are being deleted", verb="get"),
    Need(Where.DESTINATIONS, "", ("namespaces",), "whether namespaces exist or are being deleted", verb="get"),
    Need(Where.PROJECT, KARGO, ("promotiontasks",), "steps that come from tasks"),
    Need(Where.PROJECT, ARGO, ("analysistemplates",), "what verifications are to check"),
    Need(Where.PROJECT, "", ("pods", "events"), "what verification Jobs run into"),
    Need(Where.PROJECT, "batch", ("jobs",), "what verification Jobs run into"),
    Need(Where.PROJECT, "", ("secrets",), "whether credentials exist (names and labels only, never values)"),
    Need(Where.PROJECT, "", ("serviceaccounts", "resourcequotas"), "what holds back verification Jobs"),
    Need(Where.PROJECT, RBAC, ("roles", "rolebindings"), "who may promote"),
    Need(
        Where.APPLICATIONS,
        ARGO,
        ("appprojects", "applicationsets"),
        "what Argo CD permits the Applications",
        verb="get",
    ),
    Need(Where.DESTINATIONS, "", ("pods", "events"), "why workloads do not become healthy"),
    Need(
        Where.DESTINATIONS,
        "apps",
        ("deployments", "statefulsets", "daemonsets", "replicasets"),
        "how workloads roll out",
    ),
    Need(Where.DESTINATIONS, "batch", ("jobs",), "how hooks and Jobs end"),
    Need(Where.DESTINATIONS, ARGO, ("rollouts", "analysisruns"), "how Rollouts progress"),
    Need(
        Where.DESTINATIONS,
        "",
        ("services", "persistentvolumeclaims", "resourcequotas", "configmaps"),
        "what unhealthy workloads wait for",
    ),
    Need(Where.DESTINATIONS, "networking.k8s.io", ("ingresses",), "what unhealthy workloads wait for"),
    Need(Where.DESTINATIONS, "autoscaling", ("horizontalpodautoscalers",), "what unhealthy workloads wait for"),
    Need(
        Where.CONTROL, "apps", ("deployments", "statefulsets"), "whether the controllers are there, and their versions"
    ),
    Need(Where.CONTROL, "coordination.k8s.io", ("leases",), "whether Kargo's controllers live"),
    Need(Where.CONTROL, "", ("events", "secrets"), "what ails the controllers (of Secrets names and labels only)"),
)
_DOMAIN = "under which domain services and Kargo's UI are reached"
# Nothing is essential: what it cannot see it asks the user for.
_DISCOVER = (
    Need(Where.CLUSTER, KARGO, ("projects",), "which projects there are"),
    Need(Where.CLUSTER, "", ("namespaces",), "which namespaces belong to Kargo projects"),
    Need(Where.PROJECT, KARGO, ("stages", "warehouses"), "which Stages and Warehouses there are"),
    Need(Where.APPLICATIONS, ARGO, ("applications",), "where Applications are, and what they deploy to"),
    Need(Where.CONTROL, "", ("pods", "configmaps"), "where Kargo's UI is, and which shards its controllers serve"),
    Need(Where.CONTROL, "apps", ("deployments", "statefulsets"), "where the controllers run, and monitoring"),
    Need(Where.CONTROL, "coordination.k8s.io", ("leases",), "whether Kargo's controllers live"),
    *(
        Need(where, group, (resource,), _DOMAIN)
        for where in (Where.PROJECT, Where.CONTROL)
        for group, resource in (("networking.k8s.io", "ingresses"), (GATEWAY, "httproutes"))
    ),
)
_LOG = "what containers printed before they failed"
_LOGS = tuple(
    Need(where, "", ("pods",), _LOG, verb="get", subresource="log")
    for where in (Where.PROJECT, Where.DESTINATIONS, Where.CONTROL)
)
TOOLS = (
    Tool("get_stage_state", _STATE),
    Tool("analyze_stage", _ANALYZE),
    Tool("analyze_stage: logs", _LOGS),
    Tool("discover_env", _DISCOVER),
    Tool(
        "run_verification",
        (
            Need(Where.PROJECT, KARGO, ("stages",), "everything", essential=True),
            Need(Where.PROJECT, KARGO, ("freights",), "what was verified where"),
            Need(Where.PROJECT, ARGO, ("analysisruns",), "how verifications went"),
            Need(Where.DESTINATIONS, "", ("pods", "services"), "whether what is deployed runs"),
            Need(Where.DESTINATIONS, "networking.k8s.io", ("ingresses",), "whether it is reached"),
        ),
        is_served=False,
    ),
    Tool(
        "promote_freight",
        (
            Need(Where.PROJECT, KARGO, ("stages",), "the right to promote at all", verb="promote", essential=True),
            Need(Where.PROJECT, KARGO, ("promotions",), "starting a Promotion", verb="create", essential=True),
            Need(Where.PROJECT, KARGO, ("stages", "promotions", "freights"), "the gates", essential=True),
        ),
        is_served=False,
    ),
)

Places = Mapping[Where, Sequence[str]]


def served(groups: Collection[str] | None = None) -> tuple[Tool, ...]:
    """Those of this version. `groups`: the API groups of the server, where it told: nobody needs a right on what is not there."""
    tools = tuple(one for one in TOOLS if one.is_served)
    if groups is None or GATEWAY in groups:
        return tools
    return tuple(
        structs.replace(one, needs=tuple(need for need in one.needs if need.group != GATEWAY)) for one in tools
    )


def is_whole(tool: str) -> bool:
    """Whether that is a tool, and not only a part of one that works without it."""
    return any(need.essential for one in TOOLS if one.name == tool for need in one.needs)


async def rule(probe: Probe, places: Places, tools: Sequence[Tool], *, deadline_s: float) -> dict[Right, Ruling]:
    """What the server says: for all namespaces at once, then one by one where that was not granted."""
    needs = list(dict.fromkeys(need for tool in tools for need in tool.needs))
    wide = list(dict.fromkeys(right for need in needs for right in need.rights("")))
    found = dict(zip(wide, await probe.may_i(wide, deadline_s=deadline_s), strict=True))
    if all(one.allowed is None for one in found.values()):
        return found  # whoever does not answer these does not answer more of them
    narrow = {
        right: None
        for need in needs
        if need.where is not Where.CLUSTER
        for namespace in places.get(need.where, ())
        for right, everywhere in zip(need.rights(namespace), need.rights(""), strict=True)
        if not found[everywhere].allowed
    }
    found.update(zip(narrow, await probe.may_i(list(narrow), deadline_s=deadline_s), strict=True))
    return found


def judged(tool: Tool, places: Places, rulings: Mapping[Right, Ruling]) -> RightState:
    """The tool's verdict: the worst of what it needs, by how much rests on it."""
    lacking: list[tuple[Need, str, str, Ruling]] = []
    asked = 0
    for need in tool.needs:
        for namespace in places.get(need.where, ()) if need.where is not Where.CLUSTER else ("",):
            for right, everywhere in zip(need.rights(namespace), need.rights(""), strict=True):
                asked += 1
                told = rulings.get(everywhere, Ruling(None))
                told = told if told.allowed else rulings.get(right, told)
                if not told.allowed:
                    lacking.append((need, namespace, right.what, told))
    nothing = bool(lacking) and len(lacking) == asked and all(told.allowed is False for *_, told in lacking)
    nowhere = [need for need in tool.needs if _is_open(need, places, rulings)]
    return RightState(
        tool=tool.name,
        verdict=Verdict.DENIED if nothing else _verdict(lacking, nowhere),
        lacking=list(_joined(lacking)),
        note=_note(nowhere),
    )


def _is_open(need: Need, places: Places, rulings: Mapping[Right, Ruling]) -> bool:
    """Whether it depends on a place that is not known."""
    if need.where is Where.CLUSTER or places.get(need.where):
        return False
    return not all(rulings.get(right, Ruling(None)).allowed for right in need.rights(""))


def _verdict(lacking: Sequence[tuple[Need, str, str, Ruling]], nowhere: Sequence[Need]) -> Verdict:
    if any(need.essential and told.allowed is False for need, _, _, told in lacking):
        return Verdict.DENIED
    if any(need.essential for need in (*nowhere, *(one[0] for one in lacking))):
        return Verdict.UNKNOWN
    if any(told.allowed is False for *_, told in lacking):
        return Verdict.PARTLY
    return Verdict.UNKNOWN if lacking or nowhere else Verdict.ALLOWED


class _Line(NamedTuple):
    """What lacks have in common that are told in one line."""

    namespace: str
    is_known: bool
    leaves_open: str
    reason: str


def _joined(lacking: Iterable[tuple[Need, str, str, Ruling]]) -> Iterator[Lack]:
    """What would be granted in one line: in one namespace, as far as the same stays open without it."""
    verbs: dict[tuple[_Line, str], dict[str, None]] = {}
    for need, namespace, what, told in lacking:
        reason = told.reason if told.allowed is None else ""
        line = _Line(namespace, told.allowed is False, need.leaves_open, reason)
        verbs.setdefault((line, what), {})[need.verb] = None
    resources: dict[tuple[_Line, tuple[str, ...]], list[str]] = {}
    for (line, what), found in verbs.items():
        resources.setdefault((line, tuple(found)), []).append(what)
    for (line, together), named in resources.items():
        yield Lack(verbs=list(together), resources=named, **line._asdict())


def _note(nowhere: Sequence[Need]) -> str:
    places = dict.fromkeys(need.where.value for need in nowhere)
    return f"not asked for {', '.join(places)}: not known" if places else ""

"""Level 2: what operators say of the objects that they look after."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from gitops_master.facts.application import Managed
from gitops_master.facts.conditions import (
    BUILT_IN_GROUPS,
    NEGATIVE_TYPES,
    as_evidence,
    false_condition,
    is_bad,
    mend,
    more_conditions,
    ready_conditions,
    why,
)
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.gateways import GRPCRoute, HTTPRoute, IngressRoute, Middleware, ReferenceGrant
from gitops_master.model.kubernetes import CustomResource
from gitops_master.model.meta import Condition
from gitops_master.model.operators import Certificate, ExternalSecret
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.objects import Fault, judged, not_live
from gitops_master.probes.registry import Seen, probe

PATIENCE = timedelta(minutes=10)
"""How long an operator may be at work on an object before that it is not ready counts as a fault."""
_OF_OTHER_PROBES = frozenset(
    one.KIND for one in (Certificate, ExternalSecret, HTTPRoute, GRPCRoute, IngressRoute, Middleware, ReferenceGrant)
)
_SILENT = (
    "monitoring.coreos.com/*Monitor", "monitoring.coreos.com/PrometheusRule", "monitoring.coreos.com/Probe",
    "monitoring.coreos.com/AlertmanagerConfig", "monitoring.coreos.com/ScrapeConfig", "traefik.io/*", "kargo.akuity.io/*",
    "networking.istio.io/*", "security.istio.io/*", "cilium.io/*", "*/ProviderConfig", "*/ClusterProviderConfig", "*/Composition",
    "*/DeploymentRuntimeConfig", "*/ControllerConfig", "external-secrets.io/*Generator",
)  # fmt: skip
"""Kinds without conditions, or (Kargo's) with some that are no sign of health: not to know them costs nothing."""
_TELLING = (
    "external-secrets.io/*Store", "external-secrets.io/*PushSecret", "cert-manager.io/*Issuer", "pkg.crossplane.io/*",
    "postgresql.cnpg.io/Cluster", "monitoring.coreos.com/Prometheus", "monitoring.coreos.com/Alertmanager",
    "gateway.networking.k8s.io/Gateway", "bitnami.com/SealedSecret", "kafka.strimzi.io/Kafka", "*.toolkit.fluxcd.io/*",
)  # fmt: skip
"""Kinds that have conditions as soon as their operator has seen them."""
_AT_WORK = frozenset({"Reconciling", "Progressing", "Issuing", "Installing", "Upgrading", "Updating"})
_AT_WORK_REASONS = _AT_WORK | {"Creating", "Pending", "Provisioning", "Initializing", "InProgress", "DoesNotExist"}


@probe(
    "custom-resources-ready",
    level=2,
    order=7,
    kinds=[Application.KIND],
    counts="custom resources",
    nothing="no custom resource that has a condition such as Ready belongs to it",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Objects of operators, other than those with a probe of their own; of kinds that the expectations name, all there are.

    Reads: their own condition (Ready, Available, Healthy, Synced, Installed), looked up by type, of the current generation
    PASS: True
    FAIL: False, or a condition such as Stalled, Failed or Degraded is True; the operator's message is the evidence ([custom-resource-not-ready](gitops://rules/custom-resource-not-ready)). No object of a kind that is expected
    UNKNOWN, SKIPPED: UNKNOWN: no status, or of an older generation; False for less than 10 minutes while its operator is at work. SKIPPED: a kind without conditions
    Rights: get, list on each kind
    """
    expected = dict.fromkeys(deployed.expected.custom_resources)
    mine = [
        one
        for one in deployed.managed
        if one.resource.group not in BUILT_IN_GROUPS and one.ref.kind not in {*_OF_OTHER_PROBES, *expected}
    ]
    yield from _of_applications(mine, deployed.snapshot)
    for kind in expected:
        yield from _of_kind(kind, deployed.snapshot)


def _of_applications(mine: list[Managed], snapshot: Snapshot) -> Iterator[Seen]:
    telling = {kind: _is_telling(kind, snapshot) for kind in {one.ref.kind for one in mine}}
    unread: dict[str, None] = {}
    for one in mine:
        kind = one.ref.kind
        if isinstance(one.live, CustomResource):
            yield from _judged(one.live, snapshot, telling=telling[kind])
        elif one.health is not None:
            yield _by_health(one)
        elif one.live is None and not _matches(kind, _SILENT):
            yield from not_live(one, snapshot)
            unread[kind] = None
    for kind in unread:
        yield from _gap(kind, snapshot)


def _of_kind(kind: str, snapshot: Snapshot) -> Iterator[Seen]:
    """Of one that the expectations name: there has to be one, and all of them are to be ready."""
    held = snapshot.of_kind(kind)
    for live in held:
        if isinstance(live, CustomResource):
            yield from _judged(live, snapshot, telling=True)
    if not held and snapshot.knows_all(kind):
        yield Seen(
            verdict=Verdict.FAIL,
            target=kind,
            observed="there is none",
            expected=f"an object of the kind {kind} that is ready",
            evidence=[fact(kind, "", "none")],
            good=0,
        )
    yield from _gap(kind, snapshot)


def _gap(kind: str, snapshot: Snapshot) -> Iterator[Seen]:
    gap = snapshot.kind_gap(kind)
    if gap is not None:
        yield Seen(verdict=Verdict.UNKNOWN, target=kind, observed=gap.reason, good=0, of=0)


def _judged(live: CustomResource, snapshot: Snapshot, *, telling: bool) -> Iterator[Seen]:
    """Nothing for an object without a condition that tells, unless its kind has such conditions."""
    ready = ready_conditions(live)
    faults = _faults(live, ready, snapshot.observed_at)
    if ready or faults:
        well = ", ".join(f"{one.type}={one.status}" for one in ready)
        yield from judged(live.ref, faults, well, [as_evidence(live, one) for one in ready[:1]])
    elif telling:
        said = "it has no such condition yet: its operator has not looked at it, or does not run"
        yield from judged(live.ref, [Fault(Verdict.UNKNOWN, said, "Ready=True")], "")


def _faults(live: CustomResource, ready: list[Condition], now: datetime) -> list[Fault]:
    if live.metadata.deletion_timestamp is not None:
        return [Fault(Verdict.UNKNOWN, "it is being deleted")]
    older = _older_generation(live, ready)
    if older:
        said = f"what it says is of generation {older}; generation {live.metadata.generation} has not been looked at"
        return [Fault(Verdict.UNKNOWN, said)]
    bad = false_condition(live) or _negative(live)
    if bad is None:
        unknown = next((one for one in ready if one.status != "True"), None)
        return [_fault(Verdict.UNKNOWN, live, unknown)] if unknown is not None else []
    return [_fault(Verdict.UNKNOWN if _is_at_work(live, bad, now) else Verdict.FAIL, live, bad)]


def _fault(verdict: Verdict, live: CustomResource, bad: Condition) -> Fault:
    more = more_conditions(live, bad)
    wanted = f"{bad.type}={'False' if bad.type in NEGATIVE_TYPES else 'True'}"
    said = f"{bad.type}={bad.status}: {why(bad, more)}".rstrip(": ")
    remedies = [mend(live.ref)] if verdict is Verdict.FAIL else []
    return Fault(verdict, said, wanted, [as_evidence(live, one) for one in (bad, *more)], remedies)


def _older_generation(live: CustomResource, ready: list[Condition]) -> int:
    """The generation that its status is about, where that is not the one wanted now; else 0."""
    told = live.status.observed_generation
    seen = [one.observed_generation or 0 for one in ready] + [told if isinstance(told, int) else 0]
    return min((one for one in seen if 0 < one < live.metadata.generation), default=0)


def _is_at_work(live: CustomResource, bad: Condition, now: datetime) -> bool:
    working = any(one.type in _AT_WORK and one.status == "True" for one in live.status.conditions)
    since = bad.last_transition_time or live.created
    return (working or bad.reason in _AT_WORK_REASONS) and since is not None and now - since < PATIENCE


def _negative(live: CustomResource) -> Condition | None:
    return next((one for one in live.status.conditions if one.type in NEGATIVE_TYPES and is_bad(one)), None)


def _by_health(one: Managed) -> Seen:
    """By what the Application itself shows of it, where the object was not read (Argo CD < 3.0)."""
    status, message = (one.health.status, one.health.message) if one.health is not None else ("", "")
    verdict = {"Healthy": Verdict.PASS, "Degraded": Verdict.FAIL, "Missing": Verdict.FAIL}.get(status, Verdict.UNKNOWN)
    said = f"{status}: {message}".rstrip(": ")
    return Seen(
        verdict=verdict,
        target=one.ref,
        expected="Healthy",
        observed=f"{said}, as its Application says",
        evidence=[fact(one.ref, "health in status.resources[] of its Application", said)],
        remedies=[mend(one.ref)] if verdict is Verdict.FAIL else [],
        good=int(verdict is Verdict.PASS),
    )


def _is_telling(kind: str, snapshot: Snapshot) -> bool:
    """Whether objects of the kind have such conditions: another one has, or it is one of those that do."""
    return _matches(kind, _TELLING) or any(ready_conditions(one) for one in snapshot.of_kind(kind))


def _matches(kind: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(kind, one) for one in patterns)

"""What custom resources say of themselves in their conditions, whatever operator wrote them."""

from collections.abc import Iterable

from gitops_master.facts.advice import advise
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.kubernetes import CustomResource
from gitops_master.model.meta import Condition, Object, Ref, condition

BUILT_IN_GROUPS = frozenset({
    "", "apps", "batch", "networking.k8s.io", "extensions", "policy", "autoscaling", "storage.k8s.io", "rbac.authorization.k8s.io",
    "apiregistration.k8s.io", "apiextensions.k8s.io", "argoproj.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io",
    "admissionregistration.k8s.io", "scheduling.k8s.io", "node.k8s.io", "certificates.k8s.io", "flowcontrol.apiserver.k8s.io",
    "resource.k8s.io",
})  # fmt: skip
"""Groups whose kinds are no operator's, and Argo's, which have rules and probes of their own."""
READY_TYPES = ("Ready", "Available", "Healthy", "Installed", "Synced", "Programmed", "Accepted", "ResolvedRefs",
               "LastAsyncOperation")  # fmt: skip
"""Conditions that are to be True: what health checks in argo-cd resource_customizations look at, nearly all of them."""
NEGATIVE_TYPES = frozenset({"Failed", "Stalled", "Degraded", "NotReady", "InvalidRequest", "Denied"})
"""Conditions that are bad when True; the last two stand in cert-manager's CertificateRequest."""


def ready_conditions(live: Object | None) -> list[Condition]:
    """Those that are to be True, in the order of what counts most; empty for other kinds."""
    if not isinstance(live, CustomResource):
        return []
    found = (condition(live.status.conditions, type_) for type_ in READY_TYPES)
    return [one for one in found if one is not None]


def false_condition(live: Object | None) -> Condition | None:
    """The one that is False, where it should be True."""
    return next((one for one in ready_conditions(live) if one.status == "False"), None)


def more_conditions(live: Object | None, shown: Condition | None) -> list[Condition]:
    """What else it says of itself that is not well: the reason often stands beside the condition that health goes by."""
    if shown is None or not isinstance(live, CustomResource):
        return []
    bad = [one for one in live.status.conditions if one is not shown and one.message and is_bad(one)]
    return [one for one in bad if one.message != shown.message][:2]


def is_bad(one: Condition) -> bool:
    """Whether it says that something is not well."""
    return one.status == ("True" if one.type in NEGATIVE_TYPES else "False")


def why(false: Condition, more: Iterable[Condition]) -> str:
    """`SecretSyncedError: could not get secret; Denied=True …`: reason and message, and what stands beside."""
    said = [f"{one.type}={one.status} {one.reason}: {one.message}" for one in more]
    return "; ".join([f"{false.reason}: {false.message}", *said]).strip(": ")


def in_words(one: Condition) -> str:
    """`Ready=False SecretSyncedError: could not get secret`."""
    return f"{one.type}={one.status} {one.reason}: {one.message}".rstrip(": ")


def as_evidence(about: Object | Ref, one: Condition) -> Evidence:
    value = f"{one.status} {one.reason}: {one.message}".rstrip(": ")
    return fact(about, f"status.conditions[{one.type}]", value, one.last_transition_time)


def mend(ref: Ref, title: str = "Mend what its condition names; its operator retries by itself") -> Remedy:
    """What to do about an object whose condition says what is wrong."""
    group, _, kind = ref.kind.rpartition("/")
    place = f"kubectl -n {ref.namespace}" if ref.namespace else "kubectl"
    name = f"{kind.lower()}.{group} {ref.name}"
    return advise(title, f"{place} describe {name}", confirm_with=f"{place} get {name}")

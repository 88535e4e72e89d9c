"""Level 1: is there room in the namespaces' quotas?"""

from collections.abc import Iterator
from decimal import Decimal

from gitops_master.facts.advice import advise
from gitops_master.facts.checked import Checked, checked
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.quantities import amount
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.kubernetes import ResourceQuota
from gitops_master.model.verification import Verdict
from gitops_master.model.workloads import Pod
from gitops_master.probes.registry import Seen, probe

_ENDED = frozenset({"Succeeded", "Failed"})
_NEAR = Decimal("0.9")
_OF_PODS = ("pods", "count/pods", "cpu", "memory", "ephemeral-storage", "requests.", "limits.")


@probe(
    "quota-left",
    level=1,
    order=14,
    kinds=[Application.KIND, ResourceQuota.KIND],
    counts="quotas",
    nothing="its namespaces have no quota",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Quotas in the namespaces.

    Reads: `ResourceQuota.status.used.<resource>` against `ResourceQuota.status.hard.<resource>`
    PASS: below 90 %
    WARN: from 90 %
    FAIL: used up while a workload lacks pods
    UNKNOWN, SKIPPED: SKIPPED: no quota
    Rights: list resourcequotas
    """
    lacking: dict[str, Checked] = {}
    for one in checked(deployed):
        alive = len(one.pods) if one.is_quiet else sum(pod.status.phase not in _ENDED for pod in one.pods)
        if alive < one.wanted and deployed.snapshot.knows_all(Pod.KIND, one.ref.namespace):
            lacking.setdefault(one.ref.namespace, one)
    for namespace in deployed.namespaces:
        for quota in deployed.snapshot.all(ResourceQuota, namespace):
            yield _seen(quota, lacking.get(namespace))


def _seen(quota: ResourceQuota, lacking: Checked | None) -> Seen:
    shares = _shares(quota)
    near = [name for share, name in shares if share >= _NEAR]
    full = [name for share, name in shares if share >= 1 and name.startswith(_OF_PODS) and name != "requests.storage"]
    verdict = Verdict.FAIL if full and lacking is not None else Verdict.WARN if near else Verdict.PASS
    told = near or [name for _, name in shares[:1]]
    observed = ", ".join(_amounts(quota, name) for name in told[:3]) or "nothing is counted"
    if verdict is Verdict.FAIL and lacking is not None:
        observed = f"{_amounts(quota, full[0])}, while {lacking.title} lacks pods"
    look = f"kubectl -n {quota.namespace} describe resourcequota {quota.name}"
    return Seen(
        verdict=verdict,
        target=quota.ref,
        expected="less than 90 % used",
        observed=f"{quota.name}: {observed}",
        evidence=[fact(quota, f"status.used.{name}", _amounts(quota, name)) for name in told[:3]],
        remedies=[advise(f"Remove what is not needed, or have quota {quota.name} raised", look)] if near else [],
        good=int(verdict is not Verdict.FAIL),
    )


def _shares(quota: ResourceQuota) -> list[tuple[Decimal, str]]:
    """Resources by how much of them is used, the fullest first. A limit of 0 forbids: of that nothing runs out."""
    found = []
    for name, hard in quota.status.hard.items():
        limit, used = amount(hard), amount(quota.status.used.get(name, 0))
        if limit and used is not None:
            found.append((used / limit, name))
    return sorted(found, key=lambda one: -one[0])


def _amounts(quota: ResourceQuota, name: str) -> str:
    limit, used = quota.status.hard.get(name, 0), quota.status.used.get(name, 0)
    share = (amount(used) or Decimal(0)) / (amount(limit) or Decimal(1))
    return f"{name} {used} of {limit} ({int(share * 100)} %)"

"""Level 1: are the Secrets there that pods name?"""

from collections.abc import Iterator

from gitops_master.facts.deployed import Deployed
from gitops_master.model.argocd import Application
from gitops_master.model.kubernetes import Secret
from gitops_master.model.verification import Verdict
from gitops_master.probes.references import found, present
from gitops_master.probes.registry import Seen, probe


@probe(
    "secrets-present",
    level=1,
    order=10,
    kinds=[Application.KIND],
    counts="Secrets",
    nothing="no pod names a Secret",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Secrets that pods and pod templates name, and those that are expected.

    Reads: `Pod.spec.volumes[].secret.secretName`, `Pod.spec.containers[].envFrom[].secretRef.name`, `Pod.spec.imagePullSecrets[].name`
    PASS: each exists
    WARN: one marked optional is absent, or a pull secret (the kubelet pulls without it)
    FAIL: one that is needed is absent
    UNKNOWN, SKIPPED: SKIPPED: none is named. Keys are not looked at, since that would read the values
    Rights: get secrets by name; asked for as metadata, but RBAC cannot tell: the right shows values
    """
    yield from present(deployed, Secret.KIND)
    for keys in deployed.expected.secrets:
        there = found(keys, Secret.KIND, deployed)
        if isinstance(there, Seen):
            yield there
            continue
        yield Seen(verdict=Verdict.PASS, target=there, expected="exists", observed=f"{there} exists")
        if keys.keys:
            said = f"whether it has {', '.join(keys.keys)} is open: keys are not read"
            yield Seen(verdict=Verdict.SKIPPED, target=there, observed=said, good=0, of=0)

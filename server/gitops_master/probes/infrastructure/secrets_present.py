"""Level 1: are the Secrets there that pods name?"""

from collections.abc import Iterator, Sequence

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.kubernetes import Secret
from gitops_master.model.meta import Ref
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
    FAIL: one that is needed is absent; an expected key is, where keys are looked at
    UNKNOWN, SKIPPED: SKIPPED: none is named. Expected keys are looked at only where that is switched on, since it reads the whole Secret; values are dropped while decoding
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
            yield _keys(there, keys.keys, deployed)


def _keys(ref: Ref, wanted: Sequence[str], deployed: Deployed) -> Seen:
    """Of a Secret that is there. Nobody looks at keys, also of saved Secrets, unless that was switched on."""
    if not deployed.expected.secret_keys:
        said = f"whether it has {', '.join(wanted)} is open: keys are looked at with secretKeys only"
        return Seen(verdict=Verdict.SKIPPED, target=ref, observed=said, good=0, of=0)
    live = deployed.snapshot.get(Secret, ref.namespace, ref.name)
    if live is None or live.keys is None:
        said = f"whether it has {', '.join(wanted)} is open: its keys were not read"
        return Seen(verdict=Verdict.UNKNOWN, target=ref, observed=said, good=0)
    absent = [one for one in wanted if one not in live.keys]
    return Seen(
        verdict=Verdict.FAIL if absent else Verdict.PASS,
        target=ref,
        expected=f"has the keys {', '.join(wanted)}",
        observed=f"{ref} has no key {', '.join(absent)}" if absent else f"{ref} has them",
        evidence=[fact(ref, "keys", ", ".join(live.keys) or "none")] if absent else [],
        good=int(not absent),
    )

"""Level 1: are the ConfigMaps there that pods name?"""

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.kubernetes import ConfigMap
from gitops_master.model.verification import Verdict
from gitops_master.probes.references import found, present
from gitops_master.probes.registry import Seen, probe


@probe(
    "config-maps-present",
    level=1,
    order=11,
    kinds=[Application.KIND],
    counts="ConfigMaps",
    nothing="no pod names a ConfigMap",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """ConfigMaps that pods and pod templates name, and those that are expected with their keys.

    Reads: `Pod.spec.volumes[].configMap.name`, `Pod.spec.containers[].envFrom[].configMapRef.name`
    PASS: each exists
    WARN: one marked optional is absent
    FAIL: one that is needed is absent, or an expected key is under neither data nor binaryData
    UNKNOWN, SKIPPED: SKIPPED: none is named
    Rights: get configmaps
    """
    yield from present(deployed, ConfigMap.KIND)
    for keys in deployed.expected.config_maps:
        there = found(keys, ConfigMap.KIND, deployed)
        if isinstance(there, Seen):
            yield there
            continue
        live = deployed.snapshot.get(ConfigMap, there.namespace, there.name)
        held = live.keys if live is not None else frozenset()
        missing = [key for key in keys.keys if key not in held]
        lacks = f"{there} has no key {', '.join(missing)}"
        yield Seen(
            verdict=Verdict.FAIL if missing else Verdict.PASS,
            target=there,
            expected=f"keys {', '.join(keys.keys)}" if keys.keys else "exists",
            observed=lacks if missing else f"{there} exists",
            evidence=[fact(there, "data", f"keys: {', '.join(sorted(held)[:20]) or 'none'}")],
            remedies=[advise(f"Add {', '.join(missing)} to {there} where it comes from")] if missing else [],
            good=int(not missing),
        )

"""Level 1: are the kinds served that the Applications use?"""

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.api_kinds import BUILT_IN, aggregated, definition, plural
from gitops_master.facts.conditions import as_evidence
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence
from gitops_master.model.kubernetes import CustomResourceDefinition
from gitops_master.model.meta import Ref, condition
from gitops_master.model.operators import APIService
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.verification import Verdict
from gitops_master.probes.objects import absent, because
from gitops_master.probes.registry import Seen, probe


@probe(
    "crds-established",
    level=1,
    order=7,
    kinds=[Application.KIND],
    counts="CRDs",
    nothing="the Applications use built-in kinds only",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """CRDs of the kinds that the Applications use, and those that are expected.

    Reads: `CustomResourceDefinition Established=True`, `CustomResourceDefinition NamesAccepted=True`, `CustomResourceDefinition.spec.versions[].served`
    PASS: both conditions, and the used version is served
    WARN: version deprecated (`CustomResourceDefinition.spec.versions[].deprecated`)
    FAIL: absent, being deleted, or a condition is False
    UNKNOWN, SKIPPED: UNKNOWN: being installed; only its metadata was read. SKIPPED: built-in kinds only
    Rights: get customresourcedefinitions (apiextensions.k8s.io)
    """
    snapshot, others = deployed.snapshot, aggregated(deployed.snapshot)
    used: dict[tuple[str, str], set[str]] = {}
    for one in deployed.managed:
        group = one.resource.group
        if group not in BUILT_IN and group not in others:
            used.setdefault((group, one.resource.kind), set()).add(one.resource.version)
    seen: set[str] = set()
    for (group, kind), versions in sorted(used.items()):
        found = definition(group, kind, snapshot)
        seen.add(found.name if found is not None else f"{plural(kind)}.{group}")
        yield _missing(group, kind, snapshot) if found is None else _seen(found, versions)
    for name in deployed.expected.crds:
        named = snapshot.get(CustomResourceDefinition, "", name)
        ref = Ref(CustomResourceDefinition.KIND, "", name)
        if name not in seen:
            yield absent(ref, snapshot, "it is expected") if named is None else _seen(named, set())


def _missing(group: str, kind: str, snapshot: Snapshot) -> Seen:
    """Its plural can only be guessed, and an aggregated API needs none: it is missing where all of both were read."""
    ref = Ref(CustomResourceDefinition.KIND, "", f"{plural(kind)}.{group}")
    unread = next((one for one in (ref.kind, APIService.KIND) if not snapshot.knows_all(one, "")), None)
    if unread is None:
        return absent(ref, snapshot, f"Applications have resources of the kind {group}/{kind}")
    said = f"whether the cluster serves {group}/{kind} was not read{because(snapshot, unread)}"
    return Seen(verdict=Verdict.UNKNOWN, target=ref, expected="Established", observed=said, good=0)


def _seen(crd: CustomResourceDefinition, versions: set[str]) -> Seen:
    verdict, observed, evidence = _judged(crd, versions)
    look = f"kubectl get customresourcedefinitions.apiextensions.k8s.io {crd.name} -o jsonpath='{{.status.conditions}}'"
    return Seen(
        verdict=verdict,
        target=crd.ref,
        expected=" ".join(["Established, serving", *sorted(versions)]) if versions else "Established",
        observed=observed,
        evidence=evidence,
        remedies=[advise("Mend the CRD, or the manifests that use it, where they come from", look)]
        if verdict in {Verdict.FAIL, Verdict.WARN}
        else [],
        good=int(verdict in {Verdict.PASS, Verdict.WARN}),
    )


def _judged(crd: CustomResourceDefinition, versions: set[str]) -> tuple[Verdict, str, list[Evidence]]:
    asked = crd.metadata.deletion_timestamp
    if asked is not None:
        return (
            Verdict.FAIL,
            f"{crd.name} is being deleted, with all of its objects",
            [fact(crd, "metadata.deletionTimestamp", asked)],
        )
    for type_ in ("NamesAccepted", "Established"):
        held = condition(crd.status.conditions, type_)
        if held is not None and held.status != "True":
            verdict = Verdict.UNKNOWN if held.reason == "Installing" else Verdict.FAIL
            return verdict, f"{crd.name} is not {type_}: {held.message or held.reason}", [as_evidence(crd, held)]
    if condition(crd.status.conditions, "Established") is None:
        return Verdict.UNKNOWN, f"{crd.name} exists; whether it is established was not read", []
    return _versions(crd, versions)


def _versions(crd: CustomResourceDefinition, versions: set[str]) -> tuple[Verdict, str, list[Evidence]]:
    served = {one.name: one for one in crd.spec.versions if one.served}
    names = fact(crd, "spec.versions", f"served: {', '.join(served) or 'none'}")
    gone = sorted(versions - set(served))
    if gone and crd.spec.versions:
        return (
            Verdict.FAIL,
            f"{crd.name} does not serve {', '.join(gone)}, which is used (it serves {', '.join(served)})",
            [names],
        )
    old = [served[name] for name in sorted(versions & set(served)) if served[name].deprecated]
    if old:
        why = f": {old[0].deprecation_warning}" if old[0].deprecation_warning else ""
        return Verdict.WARN, f"{crd.name}: version {old[0].name}, which is used, is deprecated{why}", [names]
    return Verdict.PASS, crd.name, [names]

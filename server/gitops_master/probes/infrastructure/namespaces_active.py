"""Level 1: the namespaces that everything else stands in."""

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.deployed import Deployed
from gitops_master.facts.durations import lasting
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.kubernetes import Namespace
from gitops_master.model.meta import Ref
from gitops_master.model.verification import Verdict
from gitops_master.probes.objects import absent
from gitops_master.probes.registry import Seen, probe


@probe(
    "namespaces-active",
    level=1,
    order=1,
    kinds=[Application.KIND],
    counts="namespaces",
    nothing="no namespace belongs to it",
)
def check(deployed: Deployed) -> Iterator[Seen]:
    """Namespaces of the project, of its Applications, of what they deploy and of workloads that are expected.

    Reads: `Namespace.status.phase`
    PASS: `Active`
    FAIL: `Terminating`, or no such namespace
    Rights: get namespaces
    """
    for name, why in _wanted(deployed).items():
        namespace = deployed.snapshot.get(Namespace, "", name)
        if namespace is None:
            yield absent(Ref(Namespace.KIND, "", name), deployed.snapshot, why)
        else:
            yield _seen(namespace, deployed)


def _wanted(deployed: Deployed) -> dict[str, str]:
    """Names, and what is in them."""
    found = {one.project: "it is the project's" for one in deployed.stages}
    for app in deployed.apps:
        found.setdefault(app.app.namespace, f"Application {app.app.name} is in it")
        found.setdefault(app.app.spec.destination.namespace, f"Application {app.app.name} deploys to it")
    for name in deployed.namespaces:
        found.setdefault(name, "resources of its Applications are in it")
    for one in deployed.expected.workloads:
        found.setdefault(one.namespace, "workloads are expected in it")
    found.pop("", None)
    return found


def _seen(namespace: Namespace, deployed: Deployed) -> Seen:
    asked = namespace.metadata.deletion_timestamp
    phase = namespace.status.phase
    evidence = [fact(namespace, "status.phase", phase or "empty", asked)]
    if phase != "Terminating" and asked is None:
        verdict = Verdict.PASS if phase == "Active" else Verdict.UNKNOWN
        return Seen(
            verdict=verdict,
            target=namespace.ref,
            expected="Active",
            observed=phase or "it has no phase yet",
            evidence=evidence,
            good=int(verdict is Verdict.PASS),
        )
    held = [one for one in namespace.status.conditions if one.status == "True" and one.message]
    evidence += [fact(namespace, f"status.conditions[{one.type}].message", one.message) for one in held[:3]]
    why = f": {held[0].message}" if held else ""
    return Seen(
        verdict=Verdict.FAIL,
        target=namespace.ref,
        expected="Active",
        observed=f"Namespace {namespace.name} has been Terminating{lasting(asked, deployed.snapshot.observed_at)}{why}",
        evidence=evidence,
        remedies=[
            advise(
                "Find out who deleted it: nothing can be made in it any more. Once it is gone, create it and sync again",
                f"kubectl get namespace {namespace.name} -o jsonpath='{{.status.conditions}}'",
                confirm_with=f"kubectl get namespace {namespace.name}",
            )
        ],
        good=0,
    )

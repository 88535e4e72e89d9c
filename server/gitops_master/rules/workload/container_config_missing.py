from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import event_text, events_about, failing, held_up, suspects
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.meta import Ref
from gitops_master.model.workloads import Pod
from gitops_master.rules.patterns import Found, search
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.workload.effects import EFFECTS, NEEDS
from gitops_master.rules.workload.patterns import MISSING_CONFIG


@rule(
    "container-config-missing",
    area="workload",
    title="Pods refer to a ConfigMap, Secret or key that does not exist",
    on=ApplicationView,
    needs=NEEDS,
    explains=EFFECTS | {"custom-resource-not-ready"},
    sources=("kubernetes pkg/kubelet/kubelet_pods.go", "kubernetes pkg/volume/secret/secret.go"),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """Pods wait in CreateContainerConfigError, or in ContainerCreating with failed mounts.

    Why: an env or volume refers to a ConfigMap or Secret (or a key in it) that is not there: never made, made under another
    name, in another namespace, or by a controller that has not delivered it yet.

    How to tell: the waiting message or the event FailedMount names the object or the key.

    What to do: create it, or correct the reference in the source; the kubelet retries by itself.

    Not this when: the object exists and the container itself rejects its content (a crash loop).
    """
    for resource, pod, found in _missing(app):
        kind, name, key = _what(found)
        what = f"key {key} of {kind} {name}" if key and name else f"{kind} {name}" if name else f"key {key}"
        yield Hit(
            summary=f"Pods of {resource} ({app.app.name}) cannot start: {what} does not exist in namespace {pod.namespace}.",
            evidence=[*_waiting(app, pod), found.text.as_evidence(), *_maker(app, name)],
            remedies=_remedies(pod, kind, name, key),
            also_explains=held_up(app),
        )
        return


def _missing(app: ApplicationView) -> Iterator[tuple[str, Pod, Found]]:
    for one in failing(app, {"CreateContainerConfigError"}):
        found = search(MISSING_CONFIG, Text(one.pod.ref, f"{one.trouble.path}.message", one.trouble.message))
        if found is not None:
            yield one.resource, one.pod, found
    for resource, pod in suspects(app):
        if pod.status.phase != "Pending":
            continue
        for event in events_about(pod, app.snapshot, "FailedMount", "Failed"):
            found = search(MISSING_CONFIG, event_text(event))
            if found is not None:
                yield resource, pod, found


def _what(found: Found) -> tuple[str, str, str]:
    """(kind, name, key), each perhaps empty."""
    groups = found.groups
    kind = (groups.get("kind") or groups.get("keykind") or groups.get("refkind") or "").lower()
    name = groups.get("name") or groups.get("keyname") or ""
    return ("Secret" if kind == "secret" else "ConfigMap"), name, groups.get("key") or groups.get("refkey") or ""


def _waiting(app: ApplicationView, pod: Pod) -> list[Evidence]:
    found = [one for one in failing(app, {"CreateContainerConfigError", "ContainerCreating"}) if one.pod is pod]
    if not found:
        return [fact(pod, "status.phase", pod.status.phase)]
    return [fact(pod, f"{found[0].trouble.path}.reason", found[0].trouble.reason)]


def _maker(app: ApplicationView, name: str) -> list[Evidence]:
    """The managed resource of the same name that should have made it and is not well (an ExternalSecret, say)."""
    makers = [one for one in app.troubled if name and one.resource.name == name and one.health is not None]
    return [_health(one.ref, one.health.status, one.health.message) for one in makers[:1] if one.health is not None]


def _health(ref: Ref, status: str, message: str) -> Evidence:
    return fact(ref, "health", f"{status}: {message}".rstrip(": "))


def _remedies(pod: Pod, kind: str, name: str, key: str) -> list[Remedy]:
    thing = f"{kind.lower()} {name}" if name else f"{kind.lower()}s"
    look = f"kubectl -n {pod.namespace} get {thing}"
    wanted = f"Put key {key} into {kind} {name}".rstrip() if key else f"Create {kind} {name} in {pod.namespace}"
    return [
        advise(f"{wanted} where it comes from (git, the secret store), or correct the reference in the pod template", look,
               confirm_with=f"kubectl -n {pod.namespace} get pods"),
    ]  # fmt: skip

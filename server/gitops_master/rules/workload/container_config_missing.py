from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.container_words import NO_CONFIG, config_missing, missing_thing, said_missing, unmounted
from gitops_master.facts.failing_pods import failing, held_up, suspects
from gitops_master.facts.patterns import Found
from gitops_master.facts.pod_patterns import MISSING_CONFIG
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.model.meta import Ref
from gitops_master.model.workloads import Pod
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


@rule(
    "container-config-missing",
    area="workload",
    title="Pods refer to a ConfigMap, Secret or key that does not exist",
    on=ApplicationView,
    needs=NEEDS,
    explains=EFFECTS | {"custom-resource-not-ready"},
    sources=("kubernetes pkg/kubelet/kubelet_pods.go", "kubernetes pkg/volume/secret/secret.go"),
    patterns=MISSING_CONFIG,
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
        told = config_missing(resource, app.app.name, pod, found)
        yield Hit(
            summary=told.summary,
            evidence=[*told.evidence, *_maker(app, missing_thing(found)[1])],
            remedies=told.remedies,
            also_explains=held_up(app),
        )
        return


def _missing(app: ApplicationView) -> Iterator[tuple[str, Pod, Found]]:
    for one in failing(app, {NO_CONFIG}):
        found = said_missing(one)
        if found is not None:
            yield one.resource, one.pod, found
    for resource, pod in suspects(app):
        for found in unmounted(pod, app.snapshot):
            yield resource, pod, found


def _maker(app: ApplicationView, name: str) -> list[Evidence]:
    """The managed resource of the same name that should have made it and is not well (an ExternalSecret, say)."""
    makers = [one for one in app.troubled if name and one.resource.name == name and one.health is not None]
    return [_health(one.ref, one.health.status, one.health.message) for one in makers[:1] if one.health is not None]


def _health(ref: Ref, status: str, message: str) -> Evidence:
    return fact(ref, "health", f"{status}: {message}".rstrip(": "))

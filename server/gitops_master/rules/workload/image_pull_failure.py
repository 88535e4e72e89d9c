from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import Failing, event_text, events_about, failing, held_up
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.rules.patterns import find
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.workload.effects import EFFECTS, NEEDS
from gitops_master.rules.workload.patterns import IMAGE_CAUSES, IMAGE_REASONS, PULL_ERROR, PULLED_IMAGE


@rule(
    "image-pull-failure",
    area="workload",
    title="A node cannot pull a container's image",
    on=ApplicationView,
    needs=NEEDS,
    explains=EFFECTS,
    sources=("kubernetes pkg/kubelet/images/image_manager.go", "seen on a live stack"),
    patterns=PULLED_IMAGE,
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """New pods wait in ErrImagePull, ImagePullBackOff or InvalidImageName, and the Application is Progressing or Degraded.

    Why: the tag does not exist, the registry refuses or throttles the node, there is no variant for its platform, or the
    registry cannot be reached from the node. Old pods go on serving.

    How to tell: containerStatuses[].state.waiting of the pods behind the resource that is not Healthy; its message (or the
    event Failed) names the image and says which.

    What to do: publish or correct the image, or give the pods the right pull secret; then the kubelet pulls by itself. A
    corrected tag is new Freight.

    Not this when: the container started and then exited (a crash loop).
    """
    found = failing(app, IMAGE_REASONS)
    if not found:
        return
    one = found[0]
    told = _message(app, one)
    image = one.trouble.status.image or _spec_image(one)
    said = f"{one.trouble.reason} {told.value}"
    cause, why = next(((pattern.name, words) for pattern, words in IMAGE_CAUSES if find(pattern, said)), ("", ""))
    waiting = f"{one.trouble.path}.reason"
    evidence = [
        fact(one.pod, waiting, one.trouble.reason),
        told.as_evidence(),
        fact(one.pod, f"spec.containers[{one.container}].image", image),
        *_deployment(app, one),
    ]
    yield Hit(
        summary=f"Container {one.container} of {one.resource} ({app.app.name}) waits in {one.trouble.reason}: image {image} "
        f"cannot be pulled" + (f", {why}." if why else "."),
        evidence=evidence,
        remedies=_remedies(one, image, cause),
        also_explains=held_up(app),
    )


def _message(app: ApplicationView, one: Failing) -> Text:
    """The message that says why: `Back-off pulling image` alone does not, the event of the failed pull does."""
    if find(PULL_ERROR, one.trouble.message):
        return Text(one.pod.ref, f"{one.trouble.path}.message", one.trouble.message)
    events = (event_text(event) for event in events_about(one.pod, app.snapshot, "Failed"))
    telling = next((text for text in events if "pull image" in text.value or "parse image" in text.value), None)
    return telling or Text(one.pod.ref, f"{one.trouble.path}.message", one.trouble.message or one.trouble.reason)


def _spec_image(one: Failing) -> str:
    specs = (*one.pod.spec.containers, *one.pod.spec.init_containers)
    return next((spec.image for spec in specs if spec.name == one.container), "")


def _deployment(app: ApplicationView, one: Failing) -> list[Evidence]:
    held = next((each for each in app.troubled if each.title == one.resource and each.health), None)
    if held is None or held.health is None:
        return []
    return [fact(held.ref, "health", f"{held.health.status}: {held.health.message}".rstrip(": "))]


_CURES = {
    "image-throttled": "Wait, the kubelet tries again at growing intervals; for good let the nodes pull with a login or from a mirror",
    "image-platform": "Publish {image} for the platform of node {node}, too, or keep the pods to nodes that it fits",
    "image-refused": "Give the pods of {resource} in {namespace} an imagePullSecret that may read {image}",
    "image-name-invalid": "Correct the image's name in the source of {resource}: {image} is none",
    "image-never-pulled": "Change imagePullPolicy in the source of {resource}, or bring {image} onto node {node}",
    "image-registry-tls": "Let node {node} trust the registry's certificate, or correct the registry's address in {image}",
    "image-registry-unreachable": "Find out why node {node} cannot reach the registry of {image} (DNS, proxy, firewall)",
}
_ABSENT = "Publish {image}, or correct the image in the source of {resource} and promote the Freight that carries it"


def _remedies(one: Failing, image: str, cause: str) -> list[Remedy]:
    pod = one.pod
    account = pod.spec.service_account_name or "default"
    secrets = f"kubectl -n {pod.namespace} get serviceaccount {account} -o jsonpath='{{.imagePullSecrets}}'"
    words = {
        "image": image,
        "resource": one.resource,
        "namespace": pod.namespace,
        "node": pod.spec.node_name or "its node",
    }
    return [
        advise(
            _CURES.get(cause, _ABSENT).format_map(words).replace("node its node", "its node"),
            *([secrets] if cause == "image-refused" else []),
            confirm_with=f"kubectl -n {pod.namespace} get pods",
        ),
        advise("Until then the old pods serve; if that is not enough, promote the Freight that ran before once more"),
    ]

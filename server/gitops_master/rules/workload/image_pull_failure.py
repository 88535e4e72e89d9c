from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.container_words import pull_failure
from gitops_master.facts.failing_pods import Failing, failing, held_up
from gitops_master.facts.pod_patterns import IMAGE_REASONS, PULLED_IMAGE
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


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
    told = pull_failure(one, app.app.name, app.snapshot)
    yield Hit(
        summary=told.summary,
        evidence=[*told.evidence, *_deployment(app, one)],
        remedies=told.remedies,
        also_explains=held_up(app),
    )


def _deployment(app: ApplicationView, one: Failing) -> list[Evidence]:
    held = next((each for each in app.troubled if each.title == one.resource and each.health), None)
    if held is None or held.health is None:
        return []
    return [fact(held.ref, "health", f"{held.health.status}: {held.health.message}".rstrip(": "))]

from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import held_up, suspects
from gitops_master.facts.pod_patterns import MULTI_ATTACH
from gitops_master.facts.pod_words import attached_elsewhere, held_volume
from gitops_master.model.finding import Risk
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


@rule(
    "volume-attached-to-another-node",
    area="workload",
    title="A volume is still attached to another node",
    on=ApplicationView,
    risk=Risk.MEDIUM,
    needs=NEEDS,
    explains=EFFECTS,
    sources=("kubernetes pkg/volume/util/operationexecutor/operation_generator.go",),
    patterns=MULTI_ATTACH,
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """The new pod stays in ContainerCreating; its events say `Multi-Attach error for volume`.

    Why: a ReadWriteOnce volume can be attached to one node. In a rolling update the new pod starts before the old one has
    gone, on another node; or the old node died without letting the volume go.

    How to tell: an event FailedAttachVolume of the pod with these words; it names the pod or node that holds the volume.

    What to do: a Deployment with such a volume needs strategy Recreate (or a StatefulSet). After a node's death the volume is
    let go when the old pod is gone, at the latest after six minutes.

    Not this when: the claim is not bound yet, or a mount fails for another reason.
    """
    for resource, pod in suspects(app):
        text = held_volume(pod, app.snapshot)
        if text is None:
            continue
        told = attached_elsewhere(resource, app.app.name, pod, text)
        yield Hit(
            summary=told.summary,
            evidence=told.evidence,
            remedies=told.remedies,
            also_explains=held_up(app),
        )
        return

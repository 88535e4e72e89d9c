from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import event_text, events_about, held_up, suspects
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Risk
from gitops_master.model.workloads import Pod
from gitops_master.rules.patterns import Pattern, first
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.workload.effects import EFFECTS, NEEDS

MULTI_ATTACH = Pattern(
    "volume-multi-attach",
    r"Multi-Attach error for volume",
    "kubernetes pkg/volume/util/operationexecutor/operation_generator.go",
    vectors=(
        'Multi-Attach error for volume "pvc-7c1f" Volume is already used by pod(s) web-5d9c-x2x4v',
        'Multi-Attach error for volume "pvc-7c1f" Volume is already exclusively attached to one node and can\'t be attached to another',
    ),
)


@rule(
    "volume-attached-to-another-node",
    area="workload",
    title="A volume is still attached to another node",
    on=ApplicationView,
    risk=Risk.MEDIUM,
    needs=NEEDS,
    explains=EFFECTS,
    sources=("kubernetes pkg/volume/util/operationexecutor/operation_generator.go",),
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
        text = _held(app, pod)
        if text is None:
            continue
        yield Hit(
            summary=f"Pod {pod.name} of {resource} ({app.app.name}) cannot start: its volume is still attached to another node.",
            evidence=[text.as_evidence(), fact(pod, "spec.nodeName", pod.spec.node_name or "none")],
            remedies=[
                advise(
                    "See which pod holds the volume; if it is the previous one, let it end",
                    f"kubectl -n {pod.namespace} get pods -o wide",
                    confirm_with=f"kubectl -n {pod.namespace} get pod {pod.name}",
                ),
                advise(
                    "For good: give the Deployment strategy Recreate (or make it a StatefulSet), or a volume that several nodes may "
                    "attach, in the source",
                    risk=Risk.MEDIUM,
                ),
            ],
            also_explains=held_up(app),
        )
        return


def _held(app: ApplicationView, pod: Pod) -> Text | None:
    if pod.status.phase != "Pending":
        return None
    events = events_about(pod, app.snapshot, "FailedAttachVolume")
    found = first(MULTI_ATTACH, [event_text(event) for event in events])
    return found.text if found is not None else None

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import Managed
from gitops_master.facts.controllers import kargo_controllers
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Class, Severity
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod
from gitops_master.rules.registry import Hit, rule

_NAME = "kargo-controller"


@rule(
    "stage-promotes-kargo-itself",
    area="hints",
    title="The Stage deploys the Kargo that runs its Promotions",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    sources=("akuity/kargo pkg/controller/promotions/promotions.go", "akuity/kargo charts/kargo/templates/controller"),
    is_hint=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """An Application of the Stage manages the Deployment of Kargo's own controller.

    Why: nothing forbids it, but syncing a new version restarts the controller in the middle of the Promotion that asked for
    it; its working directory is lost and all steps run again from the first one.

    How to tell: the Application's resources name the Deployment of a running Kargo controller.

    What to do: keep the steps of this Stage safe to run twice (no commit without change, pull requests that may exist
    already), or let Argo CD deploy Kargo without a Stage.

    Not this when: the Application manages Kargo of another cluster, or only a Project's configuration.
    """
    for app in stage.apps:
        own = next((one for one in app.managed if _is_controller(one, stage.snapshot)), None)
        pod = next((one for one in kargo_controllers(stage.snapshot) if own and _is_of(one, own)), None)
        if own is None:
            continue
        yield Hit(
            summary=f"Stage {stage.name} deploys Kargo's own controller through {app.app.name}: a new version restarts it in the middle of "
            "the Promotion, and its steps run again from the first one.",
            evidence=[
                fact(app.app, "status.resources[]", f"{own.title} in {own.resource.namespace}"),
                *([fact(pod, "status.phase", f"{pod.status.phase}: a controller of this Kargo")] if pod else []),
            ],
            remedies=[
                advise(
                    f"Keep the steps of Stage {stage.name} safe to run twice, or let Argo CD deploy Kargo without a Stage"
                )
            ],
        )
        return


def _is_of(pod: Pod, one: Managed) -> bool:
    return pod.namespace == one.resource.namespace and pod.name.startswith(f"{one.resource.name}-")


def _is_controller(one: Managed, snapshot: Snapshot) -> bool:
    """By the chart's name for it (kargo-controller, with the controller's id behind), or by the pods it has."""
    resource = one.resource
    if (resource.group, resource.kind) != ("apps", "Deployment"):
        return False
    pods = kargo_controllers(snapshot)
    if pods:
        return any(_is_of(pod, one) for pod in pods)
    return resource.name == _NAME or resource.name.startswith(f"{_NAME}-")

from collections.abc import Iterator

from gitops_master.facts.controllers import live, rollouts_controllers
from gitops_master.facts.durations import human
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence
from gitops_master.model.workloads import Pod
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise
from gitops_master.rules.verification.effects import HELD, NEEDS, then_verify
from gitops_master.rules.verification.rollouts_controller_down import INSTANCE_ID, down, untouched_run


@rule(
    "analysisrun-instance-id-not-served",
    area="verification",
    title="No Argo Rollouts controller serves the AnalysisRun's instance id",
    on=StageView,
    needs=NEEDS | {Pod.KIND},
    explains=HELD,
    sources=("akuity/kargo#3185", "akuity/kargo#1464", "argoproj/argo-rollouts controller/controller.go"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification stays Pending and its AnalysisRun has no status, although Argo Rollouts is running and healthy.

    Why: Kargo labels AnalysisRuns with the controller instance id from its settings; a Rollouts controller takes only runs
    with its own --instance-id (and, without one, only runs without the label).

    How to tell: the run carries the label argo-rollouts.argoproj.io/controller-instance-id and stays empty.

    What to do: give Kargo and Argo Rollouts the same instance id (or none), then verify again.

    Not this when: no Rollouts controller is working at all.
    """
    run = untouched_run(stage)
    wanted = run.labels.get(INSTANCE_ID, "") if run is not None else ""
    if run is None or not wanted or down(stage.snapshot):
        return
    working = live(rollouts_controllers(stage.snapshot))
    age = human(stage.snapshot.observed_at - run.created) if run.created else "a while"
    yield Hit(
        summary=f"AnalysisRun {run.name} of the verification in {stage.name} has had no status for {age}: it is labelled for the Rollouts "
        f"controller instance {wanted}, which no running controller serves.",
        evidence=[
            fact(run, f"metadata.labels[{INSTANCE_ID}]", wanted),
            fact(run, "status", "empty (no phase)", run.created),
            *(fact(pod, "status.phase", f"{pod.status.phase}, Ready") for pod in working[:2]),
        ],
        remedies=[
            advise(
                "Give the Kargo controller the instance id that Argo Rollouts runs with, or none if it has none (chart value "
                "controller.rollouts.controllerInstanceID), or start a Rollouts controller with --instance-id="
                f"{wanted}",
                "kubectl get deployments -A -l app.kubernetes.io/name=argo-rollouts -o yaml",
            ),
            then_verify(stage),
        ],
        confidence=Confidence.HIGH if working else Confidence.MEDIUM,
    )

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import live, rollouts_controllers
from gitops_master.facts.durations import human
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence
from gitops_master.model.workloads import Pod
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get
from gitops_master.rules.verification.effects import HELD, NEEDS, then_verify_anew
from gitops_master.rules.verification.rollouts_controller_down import INSTANCE_ID, down, untouched_run

_FLAG = "--instance-id"


@rule(
    "analysisrun-instance-id-not-served",
    area="verification",
    title="No Argo Rollouts controller serves the AnalysisRun's instance id",
    on=StageView,
    needs=NEEDS | {Pod.KIND},
    explains=HELD,
    sources=("akuity/kargo#3185", "akuity/kargo#1464", "argoproj/argo-rollouts@v1.9.1 cmd/rollouts-controller/main.go"),
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
            *(
                fact(pod, "spec.containers[].args", _id_of(pod) or "no --instance-id (Running, Ready)")
                for pod in working[:2]
            ),
        ],
        remedies=[
            advise(
                f"Where runs are meant for {wanted}: start the Rollouts controller with --instance-id={wanted}, which takes the waiting "
                "run up by itself",
                confirm_with=get("analysisruns.argoproj.io", run.namespace, run.name, ".status.phase"),
            ),
            advise(f"Else {_labelled_for(working)} in the values of the Kargo chart; only new AnalysisRuns follow it"),
            *then_verify_anew(stage),
        ],
        confidence=Confidence.HIGH if working else Confidence.MEDIUM,
    )


def _id_of(pod: Pod) -> str:
    """Its --instance-id argument, in either way of writing it."""
    for args in (one.args for one in pod.spec.containers):
        for at, arg in enumerate(args):
            if arg.startswith(f"{_FLAG}="):
                return arg
            if arg == _FLAG:
                return " ".join(args[at : at + 2])
    return ""


def _labelled_for(working: list[Pod]) -> str:
    """How Kargo has to label runs for a controller that is there."""
    setting, ids = "controller.rollouts.controllerInstanceID", {_id_of(pod).removeprefix(_FLAG)[1:] for pod in working}
    if len(ids) != 1:
        return f"set {setting} to the --instance-id of the Rollouts controller that is meant"
    served = next(iter(ids))
    return (
        f"set {setting} to {served}"
        if served
        else f"empty {setting} (the running Rollouts controller has no --instance-id)"
    )

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.availability import GateState
from gitops_master.facts.freight import label
from gitops_master.facts.progress import is_control_flow, request_path, upcoming, upstream
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Risk
from gitops_master.model.kargo import Freight
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get


@rule(
    "soak-time-on-control-flow-upstream",
    area="freight",
    title="Soak time is required in a control-flow Stage, where nothing can soak",
    on=StageView,
    needs={Freight.KIND, Stage.KIND},
    explains={
        "waiting-for-soak-time",
        "no-freight-promoted-yet",
        "stage-reconcile-error",
        "manual-promotion-required",
        "freight-not-verified-upstream",
        "promotion-failed",
    },
    versions=("kargo >= 1.2",),
    sources=("akuity/kargo#6360", "akuity/kargo v1.11.2 api/v1alpha1/freight_types.go:165, control_flow_stages.go:387"),
)
def check(view: StageView) -> Iterator[Hit]:
    """Freight is verified upstream for longer than the soak time, and still not available.

    Why: a control-flow Stage (without promotion steps) never holds Freight, so the Freight is never currently in it and its
    soak time there stays zero. With auto-promotion the Stage may show a ReconcileError with `is not available`.

    How to tell: sources.requiredSoakTime is set, the upstream Stage has no promotion steps.

    What to do: require the soak in a Stage that holds Freight, or drop requiredSoakTime here.

    Not this when: an upstream Stage has promotion steps: there the soak can be met.
    """
    for one in upcoming(view):
        gates = [gate for gate in one.availability.closed if gate.state is GateState.WAITING]
        flows = [
            stage for gate in gates if (stage := upstream(view, gate.upstream)) is not None and is_control_flow(stage)
        ]
        wants_all = one.request.sources.availability_strategy == "All"
        if one.availability.available or not flows or not (wants_all or len(flows) == len(one.request.sources.stages)):
            continue
        flow, path = flows[0], f"{request_path(view, one.request)}.sources"
        verified = one.freight.status.verified_in.get(flow.name)
        evidence = [
            fact(view.stage, f"{path}.requiredSoakTime", one.request.sources.required_soak_time),
            fact(flow, "spec.promotionTemplate", "absent: a control-flow Stage"),
            fact(one.freight, "status.currentlyIn", ", ".join(sorted(one.freight.status.currently_in)) or "none"),
        ]
        if verified is not None and verified.verified_at is not None:
            evidence.append(
                fact(
                    one.freight, f"status.verifiedIn.{flow.name}.verifiedAt", verified.verified_at, verified.verified_at
                )
            )
        yield Hit(
            summary=(
                f"Stage {view.name} requires {one.request.sources.required_soak_time} of soak time in {flow.name}, a control-flow "
                f"Stage in which Freight {label(one.freight)} can never be, so the soak is never met however long one waits."
            ),
            evidence=evidence,
            remedies=[
                advise(
                    f"Move requiredSoakTime to a Stage that holds Freight, or remove it from {path} of {view.name} in its source",
                    risk=Risk.MEDIUM,
                    destroys=f"nothing; {label(one.freight)} may then go out at once" if view.auto_promotion else "",
                    confirm_with=get("stages.kargo.akuity.io", view.project, view.name, ".status.freightSummary"),
                ),
                advise(
                    f"Until then only an approval for {view.name} by somebody entitled lets {label(one.freight)} in; it skips the verification, too",
                    risk=Risk.HIGH,
                ),
            ],
        )
        return

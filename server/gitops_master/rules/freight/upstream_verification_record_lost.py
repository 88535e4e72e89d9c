from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts import calls
from gitops_master.facts.advice import advise
from gitops_master.facts.availability import GateState
from gitops_master.facts.durations import stamp
from gitops_master.facts.freight import label
from gitops_master.facts.progress import in_flight, upcoming, upstream, upstream_ref
from gitops_master.facts.stage import NextFreight, StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence, Risk
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.kubernetes import Event
from gitops_master.model.stage import Stage
from gitops_master.rules.registry import Hit, rule

_FREIGHT, _STAGE = "event.kargo.akuity.io/freight-name", "event.kargo.akuity.io/stage-name"


@rule(
    "upstream-verification-record-lost",
    area="freight",
    title="The Stage upstream was created anew and its verifications are gone",
    on=StageView,
    needs={Freight.KIND, Stage.KIND},
    explains={
        "freight-not-verified-upstream",
        "waiting-for-all-upstreams",
        "no-freight-promoted-yet",
        "promotion-failed",
    },
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go:2177 handleDelete clears verifiedIn and approvedFor",
        "seen on a live v1.11.2",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """Freight that had passed the upstream Stage is no longer available here.

    Why: the upstream Stage was deleted and created again. Its deletion removes it from verifiedIn and approvedFor of every
    Freight, together with its Promotions and AnalysisRuns.

    How to tell: the upstream Stage is younger than the Freight, which lacks it in verifiedIn although it had been beyond it
    (it is or was in this Stage, or events tell of its verification there).

    What to do: promote the Freight to the upstream Stage again and let it be verified there.

    Not this when: the upstream Stage is older than the Freight: then it never verified it.
    """
    for one in upcoming(view):
        if one.availability.available or in_flight(view, one.freight.name):
            continue
        for gate in one.availability.gates:
            stage = upstream(view, gate.upstream) if gate.upstream else None
            if gate.state is not GateState.CLOSED or stage is None or not _is_younger(stage, one.freight):
                continue
            proof = _had_passed(view, one, stage)
            if proof is None:
                continue
            yield _hit(view, one, stage, proof)
            return


def _is_younger(stage: Stage, freight: Freight) -> bool:
    return bool(stage.created and freight.created and stage.created - freight.created > timedelta(minutes=1))


def _had_passed(view: StageView, one: NextFreight, stage: Stage) -> Evidence | None:
    """What shows that the Freight had been beyond the upstream Stage before that was made anew."""
    for event in view.snapshot.all(Event, view.project):
        notes = event.annotations
        if event.reason == "FreightVerificationSucceeded" and notes.get(_FREIGHT) == one.freight.name:
            at = event.last_timestamp or event.created
            if notes.get(_STAGE) == stage.name and at is not None and stage.created is not None and at < stage.created:
                return fact(event, "reason", f"{event.reason} in {stage.name}", at)
    for index, entry in enumerate(view.stage.status.freight_history):
        if any(item.name == one.freight.name for item in entry.items.values()):
            return fact(view.stage, f"status.freightHistory[{index}].items", one.freight.name)
    held = view.held(one.request)
    mine = view.snapshot.get(Freight, view.project, held.name) if held is not None else None
    if mine is not None and one.request.sources.stages == (stage.name,) and not _may_come(mine, view.name, stage.name):
        return fact(mine, "status.verifiedIn", f"lacks {stage.name}, through which it came to {view.name}")
    for promotion in view.snapshot.all(Promotion, view.project):
        here = promotion.spec.stage in {view.name, stage.name} and promotion.spec.freight == one.freight.name
        if here and promotion.created is not None and stage.created is not None and promotion.created < stage.created:
            text = f"to {promotion.spec.stage} at {stamp(promotion.created)}: {promotion.status.phase}"
            return fact(promotion, "metadata.creationTimestamp", text, promotion.created)
    verified = one.freight.status.verified_in.get(view.name)
    if verified is not None and verified.verified_at is not None:
        return fact(
            one.freight, f"status.verifiedIn.{view.name}.verifiedAt", verified.verified_at, verified.verified_at
        )
    return None


def _may_come(freight: Freight, stage: str, upstream_name: str) -> bool:
    return upstream_name in freight.status.verified_in or stage in freight.status.approved_for


def _hit(view: StageView, one: NextFreight, stage: Stage, proof: Evidence) -> Hit:
    command = f"kargo promote --project {view.project} --stage {stage.name} --freight {one.freight.name}"
    return Hit(
        summary=(
            f"Stage {stage.name} was created anew, which removed its verifications from all Freight: {label(one.freight)} had passed "
            f"it, but is no longer available to {view.name}."
        ),
        evidence=[
            fact(stage, "metadata.creationTimestamp", stage.created or "", stage.created),
            fact(one.freight, "metadata.creationTimestamp", one.freight.created or "", one.freight.created),
            fact(one.freight, "status.verifiedIn", ", ".join(sorted(one.freight.status.verified_in)) or "none"),
            proof,
        ],
        remedies=[
            advise(
                f"Promote the Freight to {stage.name} again; its verification there makes it available",
                command,
                call=calls.promote(StageView(stage, view.snapshot), one.freight.name),
                risk=Risk.MEDIUM,
                confirm_with=f"kubectl -n {view.project} get freights.kargo.akuity.io {one.freight.name} -o jsonpath='{{.status.verifiedIn}}'",
            )
        ],
        subject=upstream_ref(view, stage.name),
    )

"""The way out for a Stage whose record a rogue Promotion name blocks: three steps whose order must not change."""

from gitops_master.facts.advice import advise
from gitops_master.facts.stage import StageView
from gitops_master.model.finding import Remedy, Risk
from gitops_master.model.kargo import Promotion
from gitops_master.rules.remedies import get


def cure(view: StageView, newest: Promotion) -> list[Remedy]:
    last = view.stage.status.last_promotion
    rogue = last.name if last else ""
    stages, promotions = "stages.kargo.akuity.io", "promotions.kargo.akuity.io"
    test = f'{{"op":"test","path":"/status/lastPromotion/name","value":"{rogue}"}}'
    patch = f'[{test},{{"op":"replace","path":"/status/lastPromotion/name","value":"{newest.name}"}}]'
    steps = []
    if view.snapshot.get(Promotion, view.project, rogue) is not None:
        steps.append(
            advise(
                f"First delete the rogue Promotion {rogue}, and only that one (with it in place the next step does harm)",
                f"kubectl -n {view.project} delete {promotions} {rogue}",
                risk=Risk.MEDIUM,
                destroys="the record of that one Promotion; what it deployed stays",
                confirm_with=f"kubectl -n {view.project} get {promotions} {rogue}",
            ).model_copy(update={"reversible": False})
        )
    steps.append(
        advise(
            "Then replace the name in the Stage's status (needs stages/status: a cluster admin)",
            f"kubectl -n {view.project} patch {stages} {view.name} --subresource=status --type=json -p '{patch}'",
            risk=Risk.HIGH,
            destroys="nothing; the test in the patch makes it fail if the name has changed meanwhile",
            confirm_with=get(stages, view.project, view.name, ".status.lastPromotion.name"),
        )
    )
    steps.append(
        advise(
            f"Then promote the wanted Freight (the newest unrecorded Promotion carried {newest.spec.freight}); nothing is "
            "recorded before a Promotion completes",
            f"kargo promote --project {view.project} --stage {view.name} --freight {newest.spec.freight}",
            risk=Risk.MEDIUM,
            confirm_with=get(stages, view.project, view.name, ".status.freightHistory[0].items.*.name"),
        )
    )
    steps.append(
        advise("Make Promotions only through the UI, the CLI or the API; a tool that applies its own names must stop")
    )
    return steps

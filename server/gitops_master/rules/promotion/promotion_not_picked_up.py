from collections.abc import Iterator
from datetime import timedelta

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import human
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.kargo import REFRESH, Promotion
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get

_CONTROLLER = "app.kubernetes.io/name=kargo,app.kubernetes.io/component=controller"
"""The labels that Kargo's chart gives its controllers."""
PATIENCE = timedelta(minutes=1)
"""A live controller gives a new Promotion its first phase within seconds (0.1-0.6 s seen on v1.11.2)."""


@rule(
    "promotion-not-picked-up",
    area="promotion",
    title="No controller has taken up a Promotion",
    on=StageView,
    needs={Promotion.KIND},
    explains={
        "no-freight-promoted-yet",
        "manual-promotion-required",
        "stage-not-yet-re-evaluated",
        "freight-not-verified-upstream",
    },
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/promotions/promotions.go",
        "seen on a live v1.11.2 with its controller stopped",
    ),
    is_symptom=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """A Promotion has no phase at all long after its creation.

    Why: the controller that serves its shard does not see it: down, wedged, or there is none for that shard. The Stage
    itself goes on showing its last state, Ready included.

    How to tell: status.phase is empty and the Promotion is older than a minute.

    What to do: look at the controllers.

    Not this when: the Promotion is Pending: a controller has seen it then.
    """
    for one in stage.waiting_promotions:
        age = stage.snapshot.observed_at - one.created if one.created else timedelta()
        if one.status.phase or age < PATIENCE:
            continue
        evidence = [fact(one, "status", "empty (no phase)", one.created)]
        refresh = stage.stage.annotations.get(REFRESH, "")
        handled = stage.stage.status.last_handled_refresh
        if refresh and refresh != handled:
            evidence.append(fact(stage.stage, "metadata.annotations[kargo.akuity.io/refresh]", refresh))
            evidence.append(fact(stage.stage, "status.lastHandledRefresh", handled or "never"))
        yield Hit(
            summary=f"Promotion {one.name} has had no status for {human(age)}: no controller has taken it up.",
            evidence=evidence,
            remedies=[
                advise(
                    f"Look at the Kargo controller that serves {_shard(stage)}: its pods, heartbeat and log",
                    f"kubectl get pods --all-namespaces -l {_CONTROLLER}",
                    confirm_with=get("promotions.kargo.akuity.io", stage.project, one.name, ".status.phase"),
                )
            ],
        )
        return


def _shard(stage: StageView) -> str:
    return f"shard {stage.stage.spec.shard}" if stage.stage.spec.shard else "Stages without a shard"

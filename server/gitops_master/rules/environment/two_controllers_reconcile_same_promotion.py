from collections.abc import Iterator

from gitops_master.facts.advice import by_hand
from gitops_master.facts.controllers import kargo_controllers, serves_unsharded, shard, shard_of
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.patterns import peel
from gitops_master.facts.stage import LastPromotion, StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Confidence, Evidence, Severity
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.effects import MISDIRECTED_STEPS
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote, upgrade_kargo


@rule(
    "two-controllers-reconcile-same-promotion",
    area="environment",
    title="Two controllers worked on one Promotion",
    on=StageView,
    severity=Severity.HIGH,
    needs={Promotion.KIND, Pod.KIND},
    explains=MISDIRECTED_STEPS | {"controller-restart-reruns-promotion-steps"},
    versions=("kargo < 1.0.2",),
    sources=("akuity/kargo#2791", "akuity/kargo#2816"),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """A Promotion's phase and its message contradict each other (Succeeded with an error), and the change did not arrive.

    Why: the controller without a shard also took a Promotion that is labelled for a shard, so two controllers wrote its
    status one over the other.

    How to tell: the label kargo.akuity.io/shard; a live controller without SHARD_NAME beside the shard's own; both logs name
    the Promotion, or its status contradicts itself.

    What to do: upgrade Kargo, then promote the same Freight again and look at the Application's revision. The phase proves
    nothing.

    Not this when: the other controller has a name, too (named-default-controller-takes-other-shards-promotions), or there is
    only one (argocd-integration-disabled).
    """
    last = stage.last
    label = _shard_label(stage, last)
    if last is None or not label:
        return
    pods = kargo_controllers(stage.snapshot)
    unsharded = [pod for pod in pods if not shard(pod) and serves_unsharded(pod)]
    own = [pod for pod in pods if shard(pod) == label]
    if not unsharded or not own:
        return
    lines: list[Text] = []
    for log in logs_of([*unsharded, *own], stage.snapshot):
        if isinstance(log, Wanted):
            yield log
        else:
            lines += matching(log, last.name.replace(".", r"\."))[:1]
    both = {line.object.name for line in lines} >= {unsharded[0].name, own[0].name}
    contradiction = last.status.phase == "Succeeded" and bool(last.status.message)
    stray = any(line.object.name == unsharded[0].name for line in lines)
    if not (both or stray or contradiction):
        return
    yield Hit(
        summary=f"Promotion {last.name} belongs to shard {label}, but the controller without a shard ({unsharded[0].name}) "
        f"worked on it, too, so its phase {last.status.phase} cannot be trusted"
        + (f": {peel(last.status.message)}" if last.status.message else "."),
        evidence=_evidence(last, label, lines, unsharded, own),
        remedies=[
            upgrade_kargo(stage.snapshot, "v1.0.2", "controllers then see only what belongs to them"),
            by_hand(repromote(stage)),
        ],
        confidence=Confidence.HIGH if both or (stray and contradiction) else Confidence.MEDIUM,
        also_explains=frozenset({"image-changed-outside-kargo", "argocd-update-skipped-on-retry-hides-sync-error"}),
    )


def _shard_label(stage: StageView, last: LastPromotion | None) -> str:
    own = shard_of(last.object) if last is not None and last.object is not None else ""
    return own or shard_of(stage.stage)


def _evidence(
    last: LastPromotion, label: str, lines: list[Text], unsharded: list[Pod], own: list[Pod]
) -> list[Evidence]:
    found = [
        fact(last.ref, "metadata.labels[kargo.akuity.io/shard]", label),
        fact(last.ref, "status.phase", last.status.phase, last.finished_at),
    ]
    if last.status.message:
        found.append(fact(last.ref, "status.message", last.status.message, last.finished_at))
    found += [line.as_evidence() for line in lines[:2]]
    if len(lines) < 2:
        found.append(fact(unsharded[0], "spec.containers[].env[SHARD_NAME]", "not set: no shard"))
        found.append(fact(own[0], "spec.containers[].env[SHARD_NAME]", label))
    return found[:5]

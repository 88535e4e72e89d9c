from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.autopromotion import BadSelector
from gitops_master.facts.meant_policies import Miss, missed_policy
from gitops_master.facts.policies import quote
from gitops_master.facts.progress import upcoming
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Risk, Severity
from gitops_master.model.kargo import Freight, ProjectConfig
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, refresh_stage


@rule(
    "promotion-policy-does-not-apply-to-stage",
    area="promotion",
    title="A promotion policy meant for the Stage has no effect",
    on=StageView,
    severity=Severity.MEDIUM,
    needs={ProjectConfig.KIND, Freight.KIND},
    explains={
        "manual-promotion-required",
        "no-freight-promoted-yet",
        "nothing-wrong-stale-errors",
    },
    versions=("kargo >= 1.5",),
    sources=(
        "akuity/kargo v1.11.2 pkg/api/auto_promotion.go:20 (first match wins)",
        "akuity/kargo v1.11.2 pkg/pattern/matcher.go",
    ),
)
def check(view: StageView) -> Iterator[Hit]:
    """Auto-promotion does not work for the Stage although the ProjectConfig seems to enable it.

    Why: the first policy that matches decides, and that one says autoPromotionEnabled: false; or the policy's selector does
    not match: a slip in the name, a pattern without the prefix `regex:` or `glob:`, a label the Stage has not got.

    How to tell: compare spec.promotionPolicies of the ProjectConfig, in order, with the Stage's name and labels.

    What to do: put the policy before the other one, or correct its selector; then refresh the Stage, which a changed
    ProjectConfig does not wake.

    Not this when: the only policy that matches says false: then a person is meant to promote.
    """
    if view.auto_promotion or view.is_control_flow or not any(one.availability.available for one in upcoming(view)):
        return
    try:
        miss = missed_policy(view.stage, view.snapshot)
    except BadSelector:
        return
    if miss is None:
        return
    yield _hit(view, miss)


def _hit(view: StageView, miss: Miss) -> Hit:
    holder = miss.policy.holder
    evidence = [fact(holder, miss.policy.path, quote(miss.policy.policy))]
    if miss.first is not None:
        evidence.insert(0, fact(miss.first.holder, miss.first.path, quote(miss.first.policy)))
    else:
        labels = ", ".join(f"{key}: {value}" for key, value in sorted(view.stage.labels.items())) or "none"
        evidence.append(fact(view.stage, "metadata.labels", labels))
    evidence.append(fact(view.stage, "status.autoPromotionEnabled", view.stage.status.auto_promotion_enabled))
    cure = (
        f"Put {miss.policy.path} before {miss.first.path}"
        if miss.first is not None
        else f"Correct the selector of {miss.policy.path}"
    )
    return Hit(
        summary=f"The policy {miss.policy.path} that should enable auto-promotion of {view.name} has no effect: {miss.reason}.",
        evidence=evidence,
        remedies=[
            advise(
                f"{cure} in the source of ProjectConfig {holder.name}",
                risk=Risk.MEDIUM,
                destroys="nothing; auto-promotion then promotes the newest available Freight",
                confirm_with=get("stages.kargo.akuity.io", view.project, view.name, ".status.autoPromotionEnabled"),
            ),
            refresh_stage(view),
        ],
        confidence=Confidence.HIGH if miss.first is not None else Confidence.MEDIUM,
    )

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.autopromotion import BadSelector, Policy, policies, selects
from gitops_master.facts.log_lines import controller_lines, said, wanted_logs
from gitops_master.facts.patterns import find
from gitops_master.facts.policies import quote
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Confidence, Evidence
from gitops_master.model.kargo import ProjectConfig
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.progress.patterns import REGEX_REFUSED
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get, refresh_stage


@rule(
    "promotion-policy-selector-invalid",
    area="promotion",
    title="A promotion policy's selector cannot be parsed",
    on=StageView,
    needs={ProjectConfig.KIND},
    explains={
        "stage-reconcile-error",
        "promotion-pending",
        "promotion-not-picked-up",
        "manual-promotion-required",
        "no-freight-promoted-yet",
        "stage-not-yet-re-evaluated",
        "stage-unhealthy",
        "nothing-wrong-stale-errors",
        "freight-not-verified-upstream",
        "promotion-policy-does-not-apply-to-stage",
        "waiting-behind-other-promotion",
    },
    versions=("kargo >= 1.5",),
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go:434 (error checking auto-promotion policy)",
        "akuity/kargo v1.11.2 pkg/api/auto_promotion.go:46 (error parsing PromotionPolicy ...)",
    ),
)
def check(view: StageView) -> Iterator[Hit | Wanted]:
    """Stages of the project are no longer reconciled; only Reconciling is left of their conditions.

    Why: each reconciliation first looks for the policy that matches the Stage, in order. A selector that cannot be parsed (a
    bad regular expression, glob or label expression) ends it there, for every Stage that no earlier policy matches. Kargo's
    webhook refuses a bad name pattern, so it came in while the webhook was not in force.

    How to tell: the controller logs `error checking auto-promotion policy for Stage` and `error parsing PromotionPolicy`.

    What to do: correct the selector in the ProjectConfig's source.

    Not this when: the selector is valid and just matches nothing.
    """
    broken = _broken(view)
    every = controller_lines(view.snapshot, "error parsing PromotionPolicy")
    every += [
        line for line in controller_lines(view.snapshot, "error checking auto-promotion policy") if line not in every
    ]
    lines = [line for line in every if view.name in line.value]
    if broken is None and (not lines or view.ready is not None):
        return
    yield from wanted_logs(view.snapshot)
    evidence: list[Evidence] = []
    if broken is not None:
        evidence.append(fact(broken[0].holder, broken[0].path, quote(broken[0].policy)))
    conditions = ", ".join(one.type for one in view.stage.status.conditions) or "none"
    evidence.append(fact(view.stage, "status.conditions", conditions))
    evidence += [line.as_evidence(said(line.value)) for line in lines[-1:]]
    what = f"{broken[0].path} ({_told(*broken, lines)})" if broken is not None else "a selector"
    yield Hit(
        summary=(
            f"Kargo cannot parse {what} of the promotion policies of project {view.project}, so Stage {view.name} and every other Stage "
            "that no earlier policy matches is no longer reconciled."
        ),
        evidence=evidence,
        remedies=[
            advise(
                f"Correct the selector in the source of ProjectConfig {view.project}",
                confirm_with=get("stages.kargo.akuity.io", view.project, view.name, ".status.conditions"),
            ),
            refresh_stage(view),
        ],
        confidence=Confidence.HIGH if lines else Confidence.MEDIUM,
    )


def _told(policy: Policy, error: str, lines: list[Text]) -> str:
    """The selector with Kargo's own words for what is wrong; another parser's words would only mislead."""
    selector = policy.policy.stage_selector
    name = selector.name if selector is not None else ""
    if not name.startswith(("regex:", "regexp:")):
        return error
    found = next((match for line in reversed(lines) if (match := find(REGEX_REFUSED, line.value))), None)
    return f"{name}: {found['error']}" if found is not None else name


def _broken(view: StageView) -> tuple[Policy, str] | None:
    """The first policy on the way to the Stage's that cannot be parsed, and why."""
    for one in policies(view.stage, view.snapshot):
        try:
            if selects(one.policy, view.stage):
                return None
        except BadSelector as error:
            return one, str(error)
    return None

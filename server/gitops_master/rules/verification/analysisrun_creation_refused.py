from collections.abc import Iterator

from gitops_master.facts.access import Denial, parse_denial
from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import first, peel
from gitops_master.facts.stage import StageView
from gitops_master.facts.verification_outcome import ended_badly, run_evidence, templates
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import EFFECTS, NEEDS, then_verify_anew
from gitops_master.rules.verification.patterns import REFUSED


@rule(
    "analysisrun-creation-refused",
    area="verification",
    title="The AnalysisRun of the verification is refused",
    on=StageView,
    needs=NEEDS,
    explains=EFFECTS,
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go startVerification",
        "akuity/kargo v1.11.2 pkg/rollouts/analysis_template.go flattenTemplates",
        "argoproj/argo-rollouts@v1.9.1 utils/analysis/factory.go ValidateMetrics",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification is in Error at once, without a measurement.

    Why: the API server refuses Kargo's controller the new AnalysisRun (not permitted, not valid), or Argo Rollouts finds its
    spec invalid (no metrics, a count without an interval, two providers, …). Two templates of one Stage that both name a
    metric alike are refused before that, when Kargo joins them.

    How to tell: `error creating AnalysisRun … forbidden` (or `is invalid`), `flatten metrics: duplicate metric name`, or an
    AnalysisRun with `Analysis spec invalid`.

    What to do: mend the template where it is invalid, Kargo's permission where it is forbidden; then verify again.

    Not this when: the template or an argument could not be found or resolved: then no run was built at all.
    """
    view = ended_badly(stage)
    found = first(REFUSED, view.texts) if view is not None else None
    if view is None or found is None:
        return
    denial = parse_denial(found.text.value)
    cure = (
        f"Give {denial.user} back the right to {denial.verb} {denial.full_resource} {denial.where} (the Kargo chart grants it)"
        if denial is not None
        else f"Correct {_templates(stage)} in its source: the message names the field"
    )
    yield Hit(
        summary=f"The AnalysisRun for the verification of Stage {stage.name} is refused: {peel(found.text.value)}",
        evidence=[found.text.as_evidence(), *run_evidence(view, found.text.value)],
        remedies=[
            advise(cure, *_look(stage, denied=denial is not None), confirm_with=_can_i(denial)),
            *then_verify_anew(stage),
        ],
    )


def _templates(stage: StageView) -> str:
    """The templates that the run is made of: with several, the metrics are counted in this order."""
    named = [f"{one.kind} {one.name}" for one in templates(stage)]
    if len(named) < 2:
        return named[0] if named else "the AnalysisTemplate"
    return f"the one of {', '.join(named)} that holds the metric (they are joined in this order)"


def _can_i(denial: Denial | None) -> str:
    if denial is None:
        return ""
    place = f" -n {denial.namespace}" if denial.namespace else ""
    return f"kubectl auth can-i {denial.verb} {denial.full_resource} --as={denial.user}{place}"


def _look(stage: StageView, *, denied: bool) -> list[str]:
    return [] if denied else [one.command(stage.project) for one in templates(stage)[:2]]

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification_outcome import ended_badly, template_of, templates
from gitops_master.model.rollouts import ClusterAnalysisTemplate
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get
from gitops_master.rules.verification.analysis_template_not_found import scopes
from gitops_master.rules.verification.effects import EFFECTS, NEEDS, then_verify
from gitops_master.rules.verification.patterns import TEMPLATE_NOT_FOUND


@rule(
    "analysis-template-reference-kind",
    area="verification",
    title="The Stage's verification looks for its template in the wrong scope",
    on=StageView,
    needs=NEEDS,
    explains=EFFECTS | {"analysis-template-not-found"},
    sources=("akuity/kargo v1.11.2 pkg/rollouts/analysis_run_builder.go",),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification is in Error; the message says that an AnalysisRun is not found, though nobody deleted one.

    Why: a reference without a kind means a namespaced AnalysisTemplate; the template of that name exists only as
    ClusterAnalysisTemplate (or the reverse).

    How to tell: `analysistemplates.argoproj.io "…" not found`, while the other kind has a template of that name.

    What to do: set the kind at the Stage's reference, or make the template in the other scope; then verify again.

    Not this when: no template of that name exists in either scope.
    """
    view = ended_badly(stage)
    found = first(TEMPLATE_NOT_FOUND, view.texts) if view is not None else None
    if view is None or found is None:
        return
    kind, other = scopes(found)
    name = found.groups["name"]
    there = template_of(stage.snapshot, stage.project, other, name)
    if there is None:
        return
    reference = next((one for one in templates(stage) if one.name == name), None)
    path = reference.path if reference else "spec.verification.analysisTemplates"
    corrected = reference is not None and reference.kind == other
    fix = f"set `kind: {other}` at {path} of Stage {stage.name} in its source"
    yield Hit(
        summary=f"Stage {stage.name} refers to {kind} {name}, which does not exist in that scope: {name} exists only as {other} (the "
        "message says AnalysisRun and means the template).",
        evidence=[
            found.text.as_evidence(),
            fact(stage.stage, f"{path}.kind", reference.kind if reference else kind),
            fact(
                f"{other} {there.ref.namespace + '/' if there.ref.namespace else ''}{name}",
                "metadata.name",
                name,
                there.created,
            ),
        ],
        remedies=(
            []
            if corrected
            else [advise(f"{fix[0].upper()}{fix[1:]}", *_patch(stage, path, other), confirm_with=_confirm(stage, path))]
        )
        + [then_verify(stage)],
    )


def _confirm(stage: StageView, path: str) -> str:
    return get("stages.kargo.akuity.io", stage.project, stage.name, f".{path}") if path.endswith("]") else ""


def _patch(stage: StageView, path: str, kind: str) -> list[str]:
    if kind != ClusterAnalysisTemplate.__name__ or not path.endswith("]"):
        return []
    place = "/" + path.replace(".", "/").replace("[", "/").rstrip("]") + "/kind"
    patch = f"""'[{{"op":"add","path":"{place}","value":"{kind}"}}]'"""
    return [f"kubectl -n {stage.project} patch stages.kargo.akuity.io {stage.name} --type json -p {patch}"]

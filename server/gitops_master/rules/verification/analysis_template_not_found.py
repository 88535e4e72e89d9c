from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import Found, first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification_outcome import ended_badly, run_evidence, template_of
from gitops_master.model.finding import Confidence, Evidence, Remedy
from gitops_master.model.rollouts import AnalysisTemplate, ClusterAnalysisTemplate
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import EFFECTS, NEEDS, then_verify, verify_anew
from gitops_master.rules.verification.patterns import TEMPLATE_NOT_FOUND


@rule(
    "analysis-template-not-found",
    area="verification",
    title="The Stage's verification names a template that does not exist",
    on=StageView,
    needs=NEEDS,
    explains=EFFECTS,
    sources=("akuity/kargo v1.11.2 pkg/rollouts/analysis_run_builder.go", "seen on a live stack"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification is in Error; the message says that an AnalysisRun is not found, though nobody deleted one.

    Why: Kargo builds the AnalysisRun from the templates the Stage names, and one of them does not exist, neither in the
    project's namespace nor cluster-wide. The message says AnalysisRun and means the AnalysisTemplate.

    How to tell: `analysistemplates.argoproj.io "…" not found` (or clusteranalysistemplates), and no template of that name.

    What to do: create the template in the project's namespace, or correct the name in the Stage; then verify again.

    Not this when: a template of that name exists in the other scope: then the reference's kind is wrong.
    """
    view = ended_badly(stage)
    found = first(TEMPLATE_NOT_FOUND, view.texts) if view is not None else None
    if view is None or found is None:
        return
    kind, other = scopes(found)
    name = found.groups["name"]
    if template_of(stage.snapshot, stage.project, other, name) is not None:
        return
    here = template_of(stage.snapshot, stage.project, kind, name)
    where = f" in namespace {stage.project}" if kind == AnalysisTemplate.__name__ else ""
    state = "did not exist when the verification started (it does now)" if here is not None else "does not exist"
    yield Hit(
        summary=f"The verification of Stage {stage.name} names {kind} {name}, which {state}{where}; the message says AnalysisRun and "
        "means this template.",
        evidence=[
            found.text.as_evidence(),
            *run_evidence(view, found.text.value),
            *_named(stage, name),
            *_existing(stage),
        ],
        remedies=_remedies(stage, kind, name, where, here is not None),
        confidence=Confidence.HIGH if stage.snapshot.knows_all(ClusterAnalysisTemplate.KIND) else Confidence.MEDIUM,
    )


def scopes(found: Found) -> tuple[str, str]:
    """(the kind that was looked for, the other one)."""
    kinds = (AnalysisTemplate.__name__, ClusterAnalysisTemplate.__name__)
    return (kinds[1], kinds[0]) if found.groups.get("scope") else kinds


def _named(stage: StageView, name: str) -> list[Evidence]:
    wanted = stage.stage.spec.verification
    return [
        fact(stage.stage, f"spec.verification.analysisTemplates[{index}]", f"kind {one.kind}, name {one.name}")
        for index, one in enumerate(wanted.analysis_templates if wanted else ())
        if one.name == name
    ]


def _existing(stage: StageView) -> list[Evidence]:
    if not stage.snapshot.knows_all(AnalysisTemplate.KIND):
        return []
    names = [one.name for one in stage.snapshot.all(AnalysisTemplate, stage.project)]
    return [fact(f"AnalysisTemplates in {stage.project}", "metadata.name", ", ".join(names[:8]) or "none")]


def _remedies(stage: StageView, kind: str, name: str, where: str, exists: bool) -> list[Remedy]:
    if exists:
        return [verify_anew(stage)]
    command = f"kubectl -n {stage.project} get analysistemplates.argoproj.io,clusteranalysistemplates.argoproj.io"
    place = "" if kind == ClusterAnalysisTemplate.__name__ else f"-n {stage.project} "
    return [
        advise(
            f"Create {kind} {name}{where}, or correct the name under spec.verification.analysisTemplates of Stage {stage.name}, in its "
            "source",
            command,
            confirm_with=f"kubectl {place}get {kind.lower()}s.argoproj.io {name}",
        ),
        then_verify(stage),
    ]

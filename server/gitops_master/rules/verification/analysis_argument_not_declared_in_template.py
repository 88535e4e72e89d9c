from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import Found, first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification import VerificationView
from gitops_master.facts.verification_outcome import Template, arguments, ended_badly, run_evidence, templates
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import EFFECTS, NEEDS, then_verify_anew, verify_anew
from gitops_master.rules.verification.patterns import UNRESOLVED


@rule(
    "analysis-argument-not-declared-in-template",
    area="verification",
    title="A verification argument is not declared in the AnalysisTemplate",
    on=StageView,
    needs=NEEDS,
    explains=EFFECTS | {"verification-argument-invalid"},
    sources=(
        "akuity/kargo#2333",
        "akuity/kargo#4471",
        "akuity/kargo v1.11.2 pkg/rollouts/analysis_template.go mergeArgs",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification errors in the second it starts: `failed to resolve {{args.…}}`, although the Stage passes that argument.

    Why: Kargo gives the run only arguments that a template declares under spec.args; what the Stage passes beyond that is
    dropped silently, and the metric's placeholder stays unresolved.

    How to tell: the message names the argument; spec.verification.args of the Stage has it, spec.args of the template has not.

    What to do: declare the argument in the template, then verify again: the existing run is frozen with the old template.

    Not this when: the Stage does not pass the argument at all (then it is an argument that is not supplied).
    """
    view = ended_badly(stage)
    found = undeclared(stage, view) if view is not None else None
    if view is None or found is None:
        return
    name, passed = found.groups["arg"], arguments(stage)
    used = [one for one in templates(stage) if one.object is not None]
    declaring = [one for one in used if one.object and any(arg.name == name for arg in one.object.spec.args)]
    which = ", ".join(one.name for one in used) or "the template"
    state = (
        "did not declare it under spec.args when the run was made"
        if declaring
        else "does not declare it under spec.args"
    )
    yield Hit(
        summary=f"Stage {stage.name} passes the verification argument {name}, but AnalysisTemplate {which} {state}: it is dropped, and "
        f"{{{{args.{name}}}}} cannot be resolved.",
        evidence=[
            found.text.as_evidence(),
            *(_declared(one) for one in used[:2]),
            fact(stage.stage, "spec.verification.args", ", ".join(f"{key}={value}" for key, value in passed.items())),
            *run_evidence(view, found.text.value),
        ],
        remedies=_remedies(stage, used, name, bool(declaring)),
    )


def undeclared(stage: StageView, view: VerificationView) -> Found | None:
    """The unresolved argument, if the Stage passes it and the run has not got it."""
    found = first(UNRESOLVED, view.texts)
    name = found.groups["arg"] if found is not None else ""
    in_run = view.run is not None and any(arg.name == name for arg in view.run.spec.args)
    return found if name in arguments(stage) and not in_run else None


def _declared(one: Template) -> Evidence:
    args = one.object.spec.args if one.object is not None else ()
    return fact(f"{one.kind} {one.name}", "spec.args", ", ".join(arg.name for arg in args) or "none (no spec.args)")


def _remedies(stage: StageView, used: list[Template], name: str, declared: bool) -> list[Remedy]:
    if declared:
        return [verify_anew(stage)]
    which = " or ".join(f"{one.kind} {one.name}" for one in used) or "the template"
    look = [one.command(stage.project) for one in used[:1]]
    confirm = look[0].replace("-o yaml", "-o jsonpath='{.spec.args}'") if look else ""
    return [
        advise(f"Declare `- name: {name}` under spec.args of {which}, in its source", confirm_with=confirm),
        *then_verify_anew(stage),
    ]

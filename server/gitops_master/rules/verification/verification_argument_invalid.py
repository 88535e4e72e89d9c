import re
from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import Found, find, first, peel
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification_outcome import arguments, ended_badly, run_evidence, template_names, templates
from gitops_master.model.finding import Evidence
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get
from gitops_master.rules.verification.analysis_argument_not_declared_in_template import undeclared
from gitops_master.rules.verification.effects import EFFECTS, NEEDS, then_verify_anew
from gitops_master.rules.verification.patterns import ARGUMENT, NAMED_ARGUMENT, NOT_A_STRING, UNRESOLVED

_ONE_EXPRESSION = re.compile(r"^\$\{\{\s*(?P<inner>(?:(?!\}\}).)+?)\s*\}\}$")
_PATTERNS = (NAMED_ARGUMENT, UNRESOLVED, ARGUMENT)


@rule(
    "verification-argument-invalid",
    area="verification",
    title="A verification argument cannot be built or resolved",
    on=StageView,
    needs=NEEDS,
    explains=EFFECTS,
    sources=(
        "akuity/kargo v1.11.2 pkg/rollouts/analysis_run_builder.go",
        "akuity/kargo v1.11.2 pkg/rollouts/analysis_template.go, pkg/expressions/json_templates.go",
        "argoproj/argo-rollouts@v1.9.1 utils/template/template.go, analysis/analysis.go",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification errors in the second it starts, with words about an argument.

    Why: an expression in spec.verification.args fails or gives something that is no string, the template needs an argument
    that nobody supplies, or it takes one from a Secret key that does not exist.

    How to tell: `build arguments`, `evaluate argument`, `value is not a string`, `unresolved argument`, `conflicting values for
    argument`, `was not supplied` or `Unable to resolve metric arguments`; the message names the argument.

    What to do: correct the argument in the Stage (or the Secret), then verify again. An expression that gives a number, true or
    false becomes a string by quote().

    Not this when: the Stage supplies the argument and the template does not declare it.
    """
    view = ended_badly(stage)
    if view is None or undeclared(stage, view) is not None:
        return
    found = next((hit for one in _PATTERNS if (hit := first(one, view.texts)) is not None), None)
    if found is None:
        return
    name = _argument(found)
    about = (
        f"Verification argument {name} of Stage {stage.name}"
        if name
        else f"An argument of the verification of Stage {stage.name}"
    )
    yield Hit(
        summary=f"{about} cannot be built or resolved: {peel(found.text.value)}",
        evidence=[found.text.as_evidence(), *_passed(stage), *_declared(stage), *run_evidence(view, found.text.value)],
        remedies=[advise(_cure(found, name, stage), confirm_with=_confirm(found, stage)), *then_verify_anew(stage)],
    )


def _argument(found: Found) -> str:
    more = first(UNRESOLVED, [found.text])
    names = (found.groups.get(key, "") for key in ("arg", "unsupplied", "unresolved", "open", "twice", "conflict"))
    return next((one for one in names if one), more.groups["arg"] if more else "")


def _cure(found: Found, name: str, stage: StageView) -> str:
    if found.groups.get("secret"):
        return f"Put key {found.groups['key']} into Secret {found.groups['secret']}, or correct the template's secretKeyRef"
    if found.groups.get("conflict") or found.groups.get("twice"):
        return f"Give argument {name} one value: {template_names(stage)} sets another than its neighbour does"
    given = arguments(stage)
    if name and name not in given:
        return f"Supply {name} under spec.verification.args of Stage {stage.name}, or give it a value in {template_names(stage)}"
    if find(NOT_A_STRING, found.text.value) is None:
        return f"Correct {name or 'the argument'} under spec.verification.args of Stage {stage.name}, in its source"
    expression = _ONE_EXPRESSION.match(given.get(name, ""))
    quoted = (
        f": `${{{{ quote({expression['inner']}) }}}}`"
        if expression is not None
        else ", with quote(…) around the expression"
    )
    return f"Make argument {name} under spec.verification.args of Stage {stage.name} a string, in its source{quoted}"


def _confirm(found: Found, stage: StageView) -> str:
    """Describing a Secret shows its keys and not its values."""
    if found.groups.get("secret"):
        return f"kubectl -n {stage.project} describe secret {found.groups['secret']}"
    return get("stages.kargo.akuity.io", stage.project, stage.name, ".spec.verification.args")


def _passed(stage: StageView) -> list[Evidence]:
    shown = ", ".join(f"{key}={value}" for key, value in arguments(stage).items())
    return [fact(stage.stage, "spec.verification.args", shown or "none")]


def _declared(stage: StageView) -> list[Evidence]:
    return [
        fact(one.object, "spec.args", ", ".join(arg.name for arg in one.object.spec.args) or "none")
        for one in templates(stage)[:2]
        if one.object is not None
    ]

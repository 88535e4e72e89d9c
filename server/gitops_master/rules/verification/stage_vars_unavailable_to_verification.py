from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification_outcome import arguments, ended_badly, run_evidence
from gitops_master.model.finding import Risk
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import get
from gitops_master.rules.verification.effects import EFFECTS, NEEDS, then_verify
from gitops_master.rules.verification.patterns import STAGE_VARS


@rule(
    "stage-vars-unavailable-to-verification",
    area="verification",
    title="This release does not pass the Stage's vars to its verification",
    on=StageView,
    needs=NEEDS,
    explains=EFFECTS | {"verification-argument-invalid"},
    versions=("kargo >= 1.5.0, < 1.5.1",),
    sources=(
        "akuity/kargo#4124",
        "akuity/kargo#4168",
        "akuity/kargo v1.5.0 and v1.5.1 internal/controller/stages/regular_stages.go",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """The verification errors with `cannot fetch … from <nil>`, although the same vars work in promotion steps.

    Why: Kargo 1.5.0 evaluates verification arguments without the Stage's vars.

    How to tell: an argument of spec.verification.args uses `vars.…`, and the message says that it cannot be fetched from nil.

    What to do: write the value itself (or another expression) into the argument; upgrade Kargo.

    Not this when: another release, or the argument uses no vars.
    """
    view = ended_badly(stage)
    found = first(STAGE_VARS, view.texts) if view is not None else None
    using = {name: value for name, value in arguments(stage).items() if "vars." in value or "vars[" in value}
    if view is None or found is None or not using:
        return
    shown = ", ".join(f"{name}={value}" for name, value in using.items())
    yield Hit(
        summary=f"The verification of Stage {stage.name} cannot see the Stage's vars ({found.groups['var']}): Kargo 1.5.0 does not pass "
        "them to verification arguments.",
        evidence=[
            found.text.as_evidence(),
            fact(stage.stage, "spec.verification.args", shown),
            *run_evidence(view, found.text.value),
        ],
        remedies=[
            advise(
                f"Until Kargo is upgraded, write the value itself into {', '.join(using)} under spec.verification.args of Stage "
                f"{stage.name}, in its source",
                confirm_with=get("stages.kargo.akuity.io", stage.project, stage.name, ".spec.verification.args"),
            ),
            then_verify(stage),
            advise("To have the vars themselves: upgrade Kargo to v1.5.1 or later", risk=Risk.MEDIUM),
        ],
    )

from collections.abc import Iterator

from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.expressions import lost_output
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, change_step, failure_evidence, record, step_name
from gitops_master.rules.promotion.patterns import NIL_ARTIFACT, NULL_VALUE
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "step-output-null-when-nothing-changed",
    area="promotion",
    title="A step reads an output that an earlier step made none of, because it had nothing to change",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION,
    sources=("akuity/kargo#4136", "akuity/kargo#2699"),
    patterns=(NULL_VALUE, NIL_ARTIFACT),
)
def check(stage: StageView) -> Iterator[Hit]:
    """A step is refused for a null value, although the template worked before.

    Why: some steps have an output only if they changed something (commitMessage of helm-update-chart or yaml-update). When
    the target holds the wanted content already, expressions on it are null.

    How to tell: `Expected: string, given: null` or `cannot fetch … from <nil>`; the expression reads outputs of a step that
    Succeeded (or skipped itself) but left no such key in status.state.

    What to do: give the expression a default (`${{ outputs.update?.commitMessage ?? 'no change' }}`) or the reading step an
    `if`. Nothing has to be deployed: the content is there already.

    Not this when: no earlier step has the alias (the template is wrong), or the step was skipped by its
    own `if`.
    """
    lost = lost_output(stage)
    step, last = stage.failed_step, stage.last
    if lost is None or step is None or last is None:
        return
    evidence = failure_evidence(stage, lost.found)[:3]
    evidence.append(fact(last.ref, record(lost.maker, "status"), f"{lost.maker.execution.status} ({lost.maker.alias})"))
    made = last.status.state.get(lost.maker.alias)
    told = f"only {', '.join(sorted(made))}" if isinstance(made, dict) and made else "no output"
    evidence.append(fact(last.ref, f"status.state.{lost.maker.alias}", told))
    evidence.append(fact(last.ref, f"spec.steps[{step.index}].config", lost.expression))
    yield Hit(
        summary=(
            f"{step_name(step)} reads {lost.key} of step {lost.maker.alias} ({lost.maker.uses}), which {_why(lost.maker.uses)}."
        ),
        evidence=evidence,
        remedies=[
            change_step(
                stage,
                step,
                f"Give step {step.alias} `if: ${{{{ success() && status('{lost.maker.alias}') != 'Skipped' }}}}`, in the source Stage "
                f"{stage.name} is managed from"
                if lost.maker.execution.status == "Skipped"
                else f"Give {lost.expression} a default (`?? 'no change'`), or step {step.alias} an `if`, in the source Stage "
                f"{stage.name} is managed from",
            ),
            repromote(stage),
        ],
    )


def _why(uses: str) -> str:
    """git-open-pr opens nothing where the branches do not differ (git_pr_opener.go RefsHaveDiffs)."""
    if uses == "git-open-pr":
        return "opened no pull request because its source and target branch were equal"
    return "made none because it had nothing to change"

from collections.abc import Iterator

from gitops_master.facts.patterns import find
from gitops_master.facts.promotion import StepRun
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, change_step, failure_evidence, said, step_name
from gitops_master.rules.promotion.patterns import KEY_ABSENT, UPDATED_FILE
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote


@rule(
    "yaml-update-key-absent",
    area="promotion",
    title="A step is to set a key that the file does not have",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION,
    sources=("akuity/kargo v1.11.2 pkg/yaml/yaml.go findScalarNode", "akuity/kargo#2809", "akuity/kargo#5299"),
)
def check(stage: StageView) -> Iterator[Hit]:
    """yaml-update (or toml-update) ends with `key path not found`.

    Why: the step only changes keys that exist. The key was renamed or moved in the file that was checked out, or the step
    names it wrongly (a dot inside a key needs escaping as `\\.`).

    How to tell: the step's message names the key and the file; spec.steps[].config.updates[].key says what was asked for.

    What to do: correct the key in the Stage's step, or put the key into the file with some value; then promote again. No
    retry helps.

    Not this when: the file itself is missing, or the key holds a map or a list (`does not address a scalar node`).
    """
    found = said(stage, KEY_ABSENT)
    step, last = stage.failed_step, stage.last
    if found is None or step is None or last is None:
        return
    key = found.groups.get("key") or _asked(step)
    named = find(UPDATED_FILE, found.text.value)
    path = named["file"] if named else str(step.step.config.get("path", "the file"))
    evidence = [*failure_evidence(stage, found), fact(last.ref, f"spec.steps[{step.index}].config.path", path)]
    evidence.append(fact(last.ref, f"spec.steps[{step.index}].config.updates", f"key: {key}"))
    yield Hit(
        summary=f"{step_name(step)} is to set {key} in {path}, but the file as checked out has no such key.",
        evidence=evidence,
        remedies=[
            change_step(
                stage,
                step,
                f"Correct the key in step {step.alias} of Stage {stage.name} (in the source the Stage is managed from), "
                f"or add {key} with any value to {path} in Git",
            ),
            repromote(stage),
        ],
    )


def _asked(step: StepRun) -> str:
    """The keys the step is told to set, where the message does not repeat the one."""
    updates = step.step.config.get("updates")
    given = updates if isinstance(updates, list | tuple) else ()
    keys = [str(one["key"]) for one in given if isinstance(one, dict) and one.get("key")]
    return ", ".join(keys) or "a key"

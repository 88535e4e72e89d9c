import re
from collections.abc import Iterator

from gitops_master.facts.patterns import peel, search
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Promotion
from gitops_master.rules.promotion.expressions import (
    absent_origins,
    expressions,
    lost_output,
    missing_artifact,
    unsubscribed,
)
from gitops_master.rules.promotion.failure import FAILED_PROMOTION, change_step, failure_evidence, said, step_name
from gitops_master.rules.promotion.patterns import CONFIG_INVALID, NIL_ARTIFACT, NOT_IN_FREIGHT
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import repromote

_COMPLAINT = re.compile(r"\n(?=[\w().\[\]-]+: )")
_QUOTED = re.compile(r" \(\d+:\d+\) \| ")
_MARK = re.compile(r" \| ?\.*\^")


@rule(
    "promotion-step-config-invalid",
    area="promotion",
    title="A step's configuration is invalid or one of its expressions cannot be evaluated",
    on=StageView,
    needs={Promotion.KIND},
    explains=FAILED_PROMOTION,
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/validation.go",
        "akuity/kargo v1.11.2 pkg/promotion/local_orchestrator.go",
        "seen on a live v1.11.2",
    ),
)
def check(stage: StageView) -> Iterator[Hit]:
    """A step ends at once with `invalid <step> config` or `failed to build step context`.

    Why: configurations are checked against the step's schema, and expressions evaluated, only when the step is reached;
    neither the CRD nor the webhook refuses a wrong one. An expression about a repository that no requested Warehouse watches
    comes to nothing.

    How to tell: the message names the field, or quotes the expression with a mark below the place.

    What to do: correct the step in the Stage's template or task, then promote again. No retry helps.

    Not this when: the Stage lacks Freight of a second Warehouse, an earlier step made no output, or a key is missing in a file.
    """
    found = said(stage, (CONFIG_INVALID, NOT_IN_FREIGHT))
    step = stage.failed_step
    if found is None or step is None or _is_neighbour(stage):
        return
    nil = search(NIL_ARTIFACT, found.text)
    quoted = nil.groups.get("expression", "") if nil else ""
    evidence: list[Evidence] = failure_evidence(stage, found)
    written = _written(step.step.config, quoted)
    if written and stage.last is not None:
        evidence.append(fact(stage.last.ref, f"spec.steps[{step.index}].config", written))
    repo = unsubscribed(stage, quoted or written)
    why = f"; no Warehouse that {stage.name} requests Freight from watches {repo}" if repo else ""
    yield Hit(
        summary=f"{step_name(step)} of Stage {stage.name} is configured wrongly: {_told(found.text.value)}{why}",
        evidence=evidence,
        remedies=[
            change_step(
                stage,
                step,
                f"Correct step {step.alias} in the promotionTemplate of Stage {stage.name} (or the task it comes from), in the "
                "source it is managed from" + (f"; or subscribe a requested Warehouse to {repo}" if repo else ""),
            ),
            repromote(stage),
        ],
    )


def _told(message: str) -> str:
    """The schema's complaints behind each other; an expression behind the error instead of below it, without its mark."""
    text = " ".join(_COMPLAINT.sub("; ", peel(message)).split())
    return _QUOTED.sub(" in ", _MARK.sub("", text), count=1)


def _is_neighbour(stage: StageView) -> bool:
    nothing = missing_artifact(stage)
    if (
        nothing is not None
        and len(stage.stage.spec.requested_freight) > 1
        and absent_origins(stage, nothing.expression)
    ):
        return True
    return lost_output(stage) is not None


def _written(config: object, quoted: str) -> str:
    """The expression as the template has it."""
    return next((one for one in expressions(config) if quoted and quoted.strip() in one), "")

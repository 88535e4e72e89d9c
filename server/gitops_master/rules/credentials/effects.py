"""What follows from a repository that Kargo may not enter."""

from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.rules.environment.effects import FAILED_PROMOTION
from gitops_master.rules.warehouse.effects import NO_FREIGHT

REFUSED_EFFECTS = NO_FREIGHT | {"subscription-repository-unreachable"}
_STEP_EFFECTS = FAILED_PROMOTION | {"promotion-running", "waiting-for-step-in-progress"}


def of_step(view: StageView | WarehouseView) -> frozenset[str]:
    """What it explains besides, where a step was refused: a refused discovery fails no Promotion."""
    return _STEP_EFFECTS if isinstance(view, StageView) else frozenset()

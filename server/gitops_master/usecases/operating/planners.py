"""Every operation and what plans it."""

from collections.abc import Mapping

from gitops_master.model.operating import Operation
from gitops_master.usecases.operating.neighbours import NEIGHBOURS
from gitops_master.usecases.operating.planned import Planner
from gitops_master.usecases.operating.promotion_plan import Promotions, Repromotion

PLANNERS: Mapping[Operation, Planner] = {
    Operation.PROMOTE: Promotions(),
    Operation.REPROMOTE: Repromotion(),
    **NEIGHBOURS,
}

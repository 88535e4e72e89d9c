"""Every operation but promotions, and what plans it."""

from gitops_master.model.operating import Operation
from gitops_master.usecases.operating.aborting import Aborting
from gitops_master.usecases.operating.applications import RefreshApp, Terminating
from gitops_master.usecases.operating.approving import Approving
from gitops_master.usecases.operating.planned import Planner
from gitops_master.usecases.operating.refreshing import RefreshStage, RefreshWarehouse
from gitops_master.usecases.operating.syncing import Syncing
from gitops_master.usecases.operating.verifications import AbortingVerification, Reverifying

NEIGHBOURS: dict[Operation, Planner] = {
    Operation.ABORT_PROMOTION: Aborting(),
    Operation.APPROVE_FREIGHT: Approving(),
    Operation.REFRESH_STAGE: RefreshStage(),
    Operation.REFRESH_WAREHOUSE: RefreshWarehouse(),
    Operation.REVERIFY: Reverifying(),
    Operation.ABORT_VERIFICATION: AbortingVerification(),
    Operation.REFRESH_APP: RefreshApp(),
    Operation.HARD_REFRESH_APP: RefreshApp(hard=True),
    Operation.TERMINATE_APP_OPERATION: Terminating(),
    Operation.SYNC_APP: Syncing(),
}

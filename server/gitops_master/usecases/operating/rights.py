"""What one has to be allowed to write something over the Kubernetes API (tried on Kargo v1.11.2 with hand-made roles)."""

from gitops_master.ports.environment import Right
from gitops_master.ports.writing import (
    AbortPromotion,
    AbortVerification,
    ApproveFreight,
    Promote,
    Refresh,
    RefreshApplication,
    Reverify,
    SyncApplication,
    TerminateOperation,
    Write,
)

KARGO, ARGO = "kargo.akuity.io", "argoproj.io"
_PLURALS = {"Stage": "stages", "Warehouse": "warehouses", "Promotion": "promotions"}


def rights_of(write: Write) -> list[Right]:
    """In the order in which a server would ask for them."""
    place = write.namespace
    match write:
        case Promote():
            return [
                Right("create", KARGO, "promotions", place),
                Right("promote", KARGO, "stages", place, write.stage),
            ]
        case AbortPromotion():
            return [Right("patch", KARGO, "promotions", place, write.promotion)]
        case ApproveFreight():
            return [
                Right("promote", KARGO, "stages", place, write.stage),
                Right("patch", KARGO, "freights", place, write.freight, "status"),
            ]
        case Refresh():
            return [Right("patch", KARGO, _PLURALS[write.of.kind.rpartition("/")[2]], place, write.of.name)]
        case Reverify() | AbortVerification():
            return [Right("patch", KARGO, "stages", place, write.stage)]
        case RefreshApplication() | TerminateOperation() | SyncApplication():
            return [Right("patch", ARGO, "applications", place, write.app)]
    raise NotImplementedError(type(write).__name__)

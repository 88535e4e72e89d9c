"""What follows from a Warehouse that makes no new Freight."""

NO_FREIGHT = frozenset({
    "warehouse-not-ready", "no-freight-promoted-yet", "waiting-for-discovery-interval",
    "artifacts-unchanged-no-new-freight",
})  # fmt: skip

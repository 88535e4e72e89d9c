"""What follows from a controller that does no work or a platform that fails: ids those causes account for."""

UNATTENDED = frozenset(
    {
        "promotion-not-picked-up",
        "running-promotion-not-requeued",
        "verified-freight-not-marked",
        "reverify-request-ignored",
        "promotion-pending",
        "promotion-running",
        "stage-not-yet-re-evaluated",
        "no-freight-promoted-yet",
        "manual-promotion-required",
        "freight-not-verified-upstream",
        "waiting-for-discovery-interval",
        "waiting-for-running-verification",
        "waiting-for-step-in-progress",
        "waiting-behind-other-promotion",
        "promotion-concurrency-exhausted",
    }
)
"""Nobody reconciles the Stage or Warehouse: everything that waits, waits for that."""

FAILED_PROMOTION = frozenset(
    {
        "promotion-failed",
        "transient-error-without-step-retry",
        "auto-promotion-does-not-retry-failed-freight",
        "health-unknown-by-design-after-unsuccessful-promotion",
        "no-freight-promoted-yet",
        "manual-promotion-required",
        "freight-not-verified-upstream",
    }
)
"""What follows from a Promotion that failed for a reason outside of it."""

MISDIRECTED_STEPS = FAILED_PROMOTION | {
    "argocd-integration-disabled",
    "argocd-app-not-found",
    "authorized-stage-annotation-mismatch",
    "application-not-fine",
    "stage-unhealthy",
}
"""What a controller produces that runs the steps of a Promotion that is not its own."""

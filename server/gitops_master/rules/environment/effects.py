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

REFUSED_WRITES = FAILED_PROMOTION | {
    "stage-reconcile-error",
    "manifest-rejected-as-invalid",
    "custom-resource-not-ready",
    "application-not-fine",
    "stage-unhealthy",
    "warehouse-not-ready",
    "verification-unsuccessful",
    "verification-job-pod-not-starting",
    "waiting-for-running-verification",
    "waiting-for-workload-rollout",
    "auto-sync-gave-up-on-revision",
    "waiting-for-argocd-sync",
    "promotion-running",
}
"""What follows from objects that the API server does not take, whatever they were needed for."""

MISDIRECTED_STEPS = FAILED_PROMOTION | {
    "argocd-integration-disabled",
    "argocd-app-not-found",
    "authorized-stage-annotation-mismatch",
    "application-not-fine",
    "stage-unhealthy",
}
"""What a controller produces that runs the steps of a Promotion that is not its own."""

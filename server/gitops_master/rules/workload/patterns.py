"""What rollout controllers print."""

from gitops_master.facts.patterns import Pattern

ABORTED = Pattern(
    "rollout-aborted",
    r"RolloutAborted|rollout aborted update",
    "argoproj/argo-rollouts@v1.10.1 utils/conditions/conditions.go; the phase message is `<reason>: <message>`",
    vectors=(
        'RolloutAborted: Rollout aborted update to revision 14: Step-based analysis phase error/failed: Metric "error-rate" assessed '
        "Failed due to failed (3) > failureLimit (2)",
    ),
)
ANALYSIS_FAILED = Pattern(
    "rollout-analysis-failed",
    r"analysis phase error/failed|assessed (?:Failed|Error|Inconclusive)",
    "argoproj/argo-rollouts@v1.10.1 rollout/analysis.go: step-based, background, blue/green pre- and post-promotion",
    vectors=(
        'Rollout aborted update to revision 14: Step-based analysis phase error/failed: Metric "error-rate" assessed Failed',
    ),
)

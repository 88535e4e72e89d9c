"""Refusals that are not about Kargo's credential, and whose login failed."""

from gitops_master.facts.patterns import Pattern

BRANCH_RULES = Pattern(
    "refused-by-branch-rules",
    r"protected branch|GH006|GH013|pre-receive hook|TF402455|not allowed to push|branch polic(?:y|ies)|rule violations",
    "Git servers: refused by the rules of a branch, another cause",
    vectors=("remote: error: GH006: Protected branch update failed for refs/heads/main.",),
)
CLOUD_ERRORS = Pattern(
    "cloud-login-failed",
    r"\becr\b.{0,80}(?:authorization token|GetAuthorizationToken)|error getting ECR|sts: |AssumeRole|no EC2 IMDS role",
    "AWS SDK for Go v2; akuity/kargo pkg/credentials/kubernetes/ecr: a cloud's own login",
    vectors=(
        "error getting ECR auth token: operation error ECR: GetAuthorizationToken, get identity: get credentials: failed to refresh cached "
        "credentials, no EC2 IMDS role found",
    ),
)
ABOUT_AWS = Pattern(
    "about-aws",
    r"\bECR\b|amazonaws\.com|AWS|\bsts\b",
    "AWS SDK for Go v2 (akuity/kargo#6332)",
    vectors=("operation error ECR: GetAuthorizationToken, https response error StatusCode: 400",),
)

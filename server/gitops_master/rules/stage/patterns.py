"""What Kargo prints about a Stage's own references and health."""

from gitops_master.facts.patterns import Pattern

WAREHOUSE_NOT_FOUND = Pattern(
    "warehouse-not-found",
    r'Warehouse "?(?P<warehouse>[a-z0-9.-]+)"? not found',
    "akuity/kargo@v1.11.2 pkg/api/stage.go:161 and pkg/controller/freight/finder.go, the same since 0.9",
    vectors=(
        'failed to auto-promote Freight: error listing available Freight for Stage "prod": Warehouse "tidee" not found in namespace '
        '"harbor"',
    ),
)
ISSUE_PASSING = Pattern(
    "health-issue-passing",
    r"is progressing|is being synced|was not reconciled after its most recent operation|completed less than .+ ago|"
    r"last operation of Argo CD Application .+ has status",
    "akuity/kargo v1.7 to v1.11.2 pkg/health/checker/builtin/argocd.go: issues that pass by themselves. Kargo up to 1.9 distrusted "
    "health for 10 s after an operation; nothing then makes it look again before the resync",
    vectors=(
        'Argo CD Application "web" in namespace "argocd" is progressing',
        'last operation of Argo CD Application "web" in namespace "argocd" completed less than 10s ago',
    ),
)
CHECK_OUTDATED = Pattern(
    "health-check-outdated",
    r'unable to find Argo CD Application "(?P<gone>[^"]+)" in namespace "(?P<namespace>[^"]+)"'
    r'|Application "(?P<app>[^"]+)" in namespace "[^"]+" has \d+ (?:sources|observed revisions) but \d+ desired revisions'
    r'|no health checker registered for health check kind "(?P<checker>[^"]+)"',
    "akuity/kargo@v1.11.2 pkg/health/checker/builtin/argocd.go:187, :327, :339 and pkg/health/aggregating_checker.go:107",
    vectors=(
        'unable to find Argo CD Application "web-old" in namespace "argocd"',
        'Argo CD Application "web" in namespace "argocd" has 2 sources but 1 desired revisions',
        'no health checker registered for health check kind "argocd-update"',
    ),
)

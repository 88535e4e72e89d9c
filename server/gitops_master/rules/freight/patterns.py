"""What Kargo prints about Freight."""

from gitops_master.facts.patterns import Pattern

FREIGHT_NOT_FOUND = Pattern(
    "freight-not-found",
    r'Freight "(?P<freight>[^"]+)" not found|freights\.kargo\.akuity\.io "(?P<object>[^"]+)" not found',
    "akuity/kargo@v1.11.2 pkg/controller/stages/regular_stages.go; the API server's own words",
    vectors=(
        'failed to verify Stage Freight: Freight "9edf96403ea1806013ccddfeae386606600d340d" not found in namespace "harbor"',
        'freights.kargo.akuity.io "6b0fa3ece6f1" not found',
    ),
)

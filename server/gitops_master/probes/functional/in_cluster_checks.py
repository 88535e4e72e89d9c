"""Level 4: what the expectations name and only a Job inside the cluster can check."""

from collections.abc import Iterator

from gitops_master.facts.deployed import Deployed
from gitops_master.model.verification import Verdict
from gitops_master.probes.registry import Seen, probe


@probe("in-cluster-checks", level=4, order=10, nothing="the expectations name nothing under `inCluster`")
def check(deployed: Deployed) -> Iterator[Seen]:
    """names, ports and URLs of the cluster's own network

    Reads: nothing: it is said what a Job in an AnalysisTemplate has to check
    PASS: –
    FAIL: –
    UNKNOWN, SKIPPED: SKIPPED: always
    Rights: none
    """
    for one in deployed.expected.in_cluster:
        target = one.http or one.dns or one.tcp
        said = f"{one.name}: runs inside the cluster only, as a Job of the Stage's own verification"
        yield Seen(verdict=Verdict.SKIPPED, target=target, observed=said, good=0, of=0)

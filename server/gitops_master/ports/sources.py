"""Where evidence comes from: one saved cluster, or the clusters that somebody's credentials reach. Chosen per question."""

from typing import Protocol

from gitops_master.ports.cluster import ClusterReader
from gitops_master.ports.environment import Environment
from gitops_master.ports.manifests import DryRunner, ManifestReader
from gitops_master.ports.outside import Means
from gitops_master.ports.writing import Writers


class Sources(Writers, Protocol):
    """There is no current choice that questions share: each names its context, or means the default one."""

    def contexts(self) -> tuple[str, ...]:
        """The names to choose from, the default first; empty where there is nothing to choose. Touches no network."""

    def reader(self, context: str = "") -> ClusterReader:
        """The source of evidence. Raises UsageError on a context that does not exist, Unreachable where there is none."""

    @property
    def project(self) -> str:
        """The Kargo project that is meant where a question names none; empty where nobody said so."""

    def environment(self, context: str = "") -> Environment:
        """What can be found out about a context, and beyond it. Does no I/O, so it raises nothing."""

    def means(self, context: str = "") -> Means:
        """What a verification works with beside the reader. Raises as `reader` does."""

    def manifests(self, context: str = "") -> ManifestReader:
        """Whole objects of the same source of evidence. Raises as `reader` does."""

    def dry_runner(self, context: str = "") -> DryRunner | None:
        """The API server as a judge of manifests; None where evidence is saved. Raises as `reader` does."""

    async def close(self) -> None:
        """Ends what connections there are."""

"""Whole objects of a running cluster (`ports.manifests.ManifestReader`), and what its API server would say of others
(`DryRunner`), over HTTP and kubectl alike. Saved files are read by `adapters.snapshot`.

Reading goes through `ports.api`; a dry run through `ports.writing.ObjectWriter`, and nothing here sends a request that is none.
"""

from gitops_master.adapters.manifests.dry_runs import ServerDryRuns
from gitops_master.adapters.manifests.live import LiveManifests

__all__ = ["LiveManifests", "ServerDryRuns"]

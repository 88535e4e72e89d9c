"""Reads saved evidence: a file, a folder or an archive of Kubernetes objects and logs, behind `ports.cluster.ClusterReader`.

No network, nothing is written or unpacked to disk, no judgement about what the objects mean; composition roots import it.
"""

from gitops_master.adapters.snapshot.reader import SnapshotReader

__all__ = ["SnapshotReader"]

"""Writes what an analysis read as an archive that the snapshot reader takes, without credentials; composition roots import it.

Only fields that some rule or answer reads are kept, and of those no value that is or may be a secret. Reads no cluster.
"""

from gitops_master.adapters.capture.archive import Archive

__all__ = ["Archive"]

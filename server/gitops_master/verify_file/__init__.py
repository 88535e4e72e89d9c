"""`.gitops-verify.yaml`: found, read, checked, and merged for one Stage; what it may cause only where it is trusted.

Knows no cluster and no adapter; whether a file is trusted, and what exists, is told by the caller.
"""

from gitops_master.verify_file.merging import Expected, expected_of
from gitops_master.verify_file.names import placed, unknown_names
from gitops_master.verify_file.reading import MOST_BYTES, NAME, VerifyFile, find, load, nearest, parse
from gitops_master.verify_file.schema import schema
from gitops_master.verify_file.trust import grants

__all__ = [
    "MOST_BYTES",
    "NAME",
    "Expected",
    "VerifyFile",
    "expected_of",
    "find",
    "grants",
    "load",
    "nearest",
    "parse",
    "placed",
    "schema",
    "unknown_names",
]

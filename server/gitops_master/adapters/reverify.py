"""How Kargo is asked to verify again, whichever way the request goes."""

import re

from gitops_master.model.errors import UsageError

REVERIFY = "kargo.akuity.io/reverify"
"""On a Stage: the id of its newest verification (kargo 0.8 to 1.11 pkg/api/annotations.go takes a bare id, or JSON with one).

A bare id claims no actor: Kargo's webhook replaces the value by JSON that names the user who made the request.
"""
FIELD_MANAGER = "gitops-master"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def checked_id(text: str) -> str:
    """The id, where Kargo may have made it: a UUID, or an AnalysisRun's name before 1.0. Raises UsageError."""
    if not _ID.fullmatch(text):
        raise UsageError(f"{text[:140]!r} is no id of a verification", "see status.freightHistory[0] of the Stage")
    return text

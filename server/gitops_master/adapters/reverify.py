"""How Kargo is asked to verify again: the one write of `verify --rerun`, as `ports.writing.StageWriter` has it."""

import re

import msgspec

from gitops_master.model.errors import UsageError
from gitops_master.ports.writing import Changed, How, ObjectChange, Sent

REVERIFY = "kargo.akuity.io/reverify"
"""On a Stage: the id of its newest verification (kargo 0.8 to 1.11 pkg/api/annotations.go takes a bare id, or JSON with one).

A bare id claims no actor: Kargo's webhook replaces the value by JSON that names the user who made the request.
"""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def checked_id(text: str) -> str:
    """The id, where Kargo may have made it: a UUID, or an AnalysisRun's name before 1.0. Raises UsageError."""
    if not _ID.fullmatch(text):
        raise UsageError(f"{text[:140]!r} is no id of a verification", "see status.freightHistory[0] of the Stage")
    return text


def reverify_change(project: str, stage: str, verification_id: str) -> ObjectChange:
    annotations = {REVERIFY: checked_id(verification_id)}
    return ObjectChange(
        resource="stages.kargo.akuity.io",
        version="v1alpha1",
        namespace=project,
        name=stage,
        how=How.MERGE,
        body=msgspec.json.encode({"metadata": {"annotations": annotations}}),
    )


def sent_of(changed: Changed) -> Sent:
    return Sent(changed.status, changed.problem, at=changed.at)

"""The one request that each write is. All but the making of a Promotion are patches, so that nothing is ever made anew by them."""

import re
from collections.abc import Callable
from datetime import UTC
from typing import Any

import msgspec

from gitops_master.model.errors import UsageError
from gitops_master.model.kargo import ABORT, REFRESH, REVERIFY
from gitops_master.ports.writing import (
    AbortPromotion,
    AbortVerification,
    ApproveFreight,
    How,
    ObjectChange,
    Refresh,
    RefreshApplication,
    Reverify,
    TerminateOperation,
    Write,
)

STAGES, PROMOTIONS = "stages.kargo.akuity.io", "promotions.kargo.akuity.io"
FREIGHTS, WAREHOUSES = "freights.kargo.akuity.io", "warehouses.kargo.akuity.io"
APPLICATIONS = "applications.argoproj.io"
VERSION = "v1alpha1"

_REFRESHED = {
    "kargo.akuity.io/Stage": STAGES,
    "kargo.akuity.io/Warehouse": WAREHOUSES,
    "kargo.akuity.io/Promotion": PROMOTIONS,
}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""Of the newest verification (kargo 0.8 to 1.11 pkg/api/annotations.go takes a bare id, or JSON with one).

A bare id claims no actor: Kargo's webhook replaces the value by JSON that names the user who made the request.
"""
_TERMINATE = "terminate"
"""Any other value is taken and ignored without a word (kargo 1.11 pkg/api/annotations.go)."""
_REFRESH_APP = "argocd.argoproj.io/refresh"


def request_of(write: Write) -> ObjectChange:
    """Of a write that needs no look first. Raises UsageError on what can be the name of nothing."""
    return _REQUESTS[type(write)](write)


def _abort_promotion(write: AbortPromotion) -> ObjectChange:
    return _annotated(PROMOTIONS, write.namespace, write.promotion, ABORT, _TERMINATE)


def _approve(write: ApproveFreight) -> ObjectChange:
    at = write.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"status": {"approvedFor": {write.stage: {"approvedAt": at}}}}
    # Without the subresource the server drops the status and says that all is well.
    return patch(FREIGHTS, write.namespace, write.freight, How.MERGE, body, subresource="status")


def _refresh(write: Refresh) -> ObjectChange:
    resource = _REFRESHED.get(write.of.kind)
    if resource is None:
        raise UsageError(f"{write.of} is nothing that Kargo refreshes", "Stages, Warehouses and Promotions are")
    return _annotated(resource, write.namespace, write.of.name, REFRESH, write.token)


def _reverify(write: Reverify) -> ObjectChange:
    return _annotated(STAGES, write.namespace, write.stage, REVERIFY, _checked_id(write.verification_id))


def _abort_verification(write: AbortVerification) -> ObjectChange:
    return _annotated(STAGES, write.namespace, write.stage, ABORT, _checked_id(write.verification_id))


def _checked_id(text: str) -> str:
    """The id, where Kargo may have made it: a UUID, or an AnalysisRun's name before 1.0. Raises UsageError."""
    if not _ID.fullmatch(text):
        raise UsageError(f"{text[:140]!r} is no id of a verification", "see status.freightHistory[0] of the Stage")
    return text


def _refresh_application(write: RefreshApplication) -> ObjectChange:
    return _annotated(APPLICATIONS, write.namespace, write.app, _REFRESH_APP, "hard" if write.hard else "normal")


def _terminate(write: TerminateOperation) -> ObjectChange:
    """Phase Terminating without an operation beside it stays so for good, and the next Promotion waits for it.

    An Application has no status subresource (argo-cd 3.5 manifests/crds): it is one object, tested and changed at once.
    """
    tests = [
        _tested("/status/operationState/phase", "Running"),
        # Changes nothing, and fails where there is no operation; a test of the API server cannot say "whatever it is".
        {"op": "move", "from": "/operation", "path": "/operation"},
    ]
    if write.username:
        tests.append(_tested("/operation/initiatedBy/username", write.username))
    if write.started_at:
        tests.append(_tested("/status/operationState/startedAt", write.started_at))
    end = {"op": "replace", "path": "/status/operationState/phase", "value": "Terminating"}
    return patch(APPLICATIONS, write.namespace, write.app, How.JSON, [*tests, end])


_REQUESTS: dict[type[Write], Callable[[Any], ObjectChange]] = {
    AbortPromotion: _abort_promotion,
    ApproveFreight: _approve,
    Refresh: _refresh,
    Reverify: _reverify,
    AbortVerification: _abort_verification,
    RefreshApplication: _refresh_application,
    TerminateOperation: _terminate,
}


def patch(resource: str, namespace: str, name: str, how: How, body: object, subresource: str = "") -> ObjectChange:
    return ObjectChange(
        resource=resource,
        version=VERSION,
        namespace=namespace,
        name=name,
        how=how,
        body=msgspec.json.encode(body),
        subresource=subresource,
    )


def _annotated(resource: str, namespace: str, name: str, key: str, value: str) -> ObjectChange:
    return patch(resource, namespace, name, How.MERGE, {"metadata": {"annotations": {key: value}}})


def _tested(path: str, value: str | None) -> dict[str, Any]:
    return {"op": "test", "path": path, "value": value}


def was_taken(change: ObjectChange, body: bytes) -> bool:
    """Whether an answer shows what a merge patch asked for: a server that drops a field says nothing of it.

    Values are not compared: Kargo's webhook adds to them who asked.
    """
    if change.how is not How.MERGE:
        return True
    try:
        return _holds(msgspec.json.decode(body), msgspec.json.decode(change.body))
    except msgspec.MsgspecError:
        return False


def _holds(found: object, asked: object) -> bool:
    if not isinstance(asked, dict):
        return True
    return isinstance(found, dict) and all(key in found and _holds(found[key], asked[key]) for key in asked)

"""A sync that Argo CD is asked for through the Application itself, as Kargo and argocd-server do it.

Whether an old operationState can go is known only from the object: a dry run of the request shows it, without a right to read.
"""

from typing import Any

import msgspec

from gitops_master.adapters.kubernetes_ways.requests import APPLICATIONS, patch
from gitops_master.adapters.object_paths import FIELD_MANAGER
from gitops_master.model.errors import Forbidden, Unreachable
from gitops_master.model.meta import Struct
from gitops_master.ports.writing import How, ObjectChange, SyncApplication

_FINAL = frozenset({"Succeeded", "Failed", "Error"})
_NO_OPERATION = {"op": "test", "path": "/operation", "value": None}
"""An absent path tests equal to null (json-patch of kube-apiserver)."""


class _State(Struct, frozen=True):
    """`started_at`: as the object has it, for a test."""

    phase: str = ""
    started_at: str = ""


class _Status(Struct, frozen=True):
    operation_state: _State | None = None


class _Policy(Struct, frozen=True):
    retry: dict[str, Any] = {}


class _Spec(Struct, frozen=True):
    sources: tuple[dict[str, Any], ...] | None = None
    sync_policy: _Policy | None = None


class _Application(Struct, frozen=True):
    spec: _Spec = _Spec()
    status: _Status | None = None


def look(write: SyncApplication) -> ObjectChange:
    """To be sent as a dry run: refused where an operation is there, else answered with the Application as it is."""
    return _begun(write, [_NO_OPERATION], _operation(write, _Application()))


def sync(write: SyncApplication, answer: bytes) -> ObjectChange:
    """The request itself, by what the look showed; refused where the Application has begun anything in the meantime.

    What is final goes: the record of the new operation would be merged with it. Raises Forbidden on one that is not, since no
    operation belongs to it: Argo CD would resume the old one and swallow the new; Unreachable on an answer that shows nothing.
    """
    try:
        app = msgspec.json.decode(answer, type=_Application)
    except msgspec.MsgspecError:
        raise Unreachable(f"the server does not show Application {write.namespace}/{write.app} as it is") from None
    if app.status is None:
        return _begun(write, [_NO_OPERATION], _operation(write, app))
    state = app.status.operation_state
    if state is None:
        return _begun(write, [_NO_OPERATION, _tested("", None)], _operation(write, app))
    if state.phase not in _FINAL:
        raise Forbidden(
            f"Application {write.namespace}/{write.app} has an operation in phase {state.phase or '(none)'} that nothing "
            "belongs to any more: Argo CD would go on with that one instead of a sync",
            "`gitops-master explain orphaned-sync-operation` says how to end it",
        )
    tests = [
        _NO_OPERATION,
        _tested("/phase", state.phase),
        _tested("/startedAt", state.started_at),
        {"op": "remove", "path": "/status/operationState"},
    ]
    return _begun(write, tests, _operation(write, app))


def _begun(write: SyncApplication, first: list[dict[str, Any]], operation: dict[str, Any]) -> ObjectChange:
    steps = [*first, {"op": "add", "path": "/operation", "value": operation}]
    return patch(APPLICATIONS, write.namespace, write.app, How.JSON, steps)


def _tested(path: str, value: str | None) -> dict[str, Any]:
    return {"op": "test", "path": f"/status/operationState{path}", "value": value}


def _operation(write: SyncApplication, app: _Application) -> dict[str, Any]:
    sync: dict[str, Any] = {"prune": write.prune}
    if write.options:
        sync["syncOptions"] = write.options
    # argo-cd 3.5 server/application: `revisions` counts where spec.sources is used, `revision` where spec.source is.
    if app.spec.sources and write.revisions:
        sync["revisions"] = write.revisions
    elif write.revisions:
        sync["revision"] = write.revisions[0]
    operation: dict[str, Any] = {"initiatedBy": {"username": FIELD_MANAGER}, "sync": sync}
    if write.retry_limit is not None:
        backoff = app.spec.sync_policy.retry if app.spec.sync_policy is not None else {}
        operation["retry"] = {**backoff, "limit": write.retry_limit}
    return operation

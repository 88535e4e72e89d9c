"""What a refusal of the Kubernetes API means, and whether anything can have been done all the same."""

import re
from http import HTTPStatus

from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable, UsageError
from gitops_master.ports.writing import Changed, ObjectChange, SyncApplication, TerminateOperation, Write

_DENIED = re.compile(r'admission webhook "(?P<name>[^"]{1,253})" denied the request:? ?(?P<words>.*)', re.DOTALL)
_CALLING = re.compile(r'failed calling webhook "(?P<name>[^"]{1,253})"(?P<words>.*)', re.DOTALL)
_NO_DRY_RUN = re.compile(r"does not support dry ?run", re.IGNORECASE)
_RIGHT = re.compile(
    r'cannot (?P<verb>[a-z]+) resource "(?P<resource>[^"]{1,300})" in API group "(?P<group>[^"]{0,253})"'
)
_TESTED = "the server rejected our request"
"""Of a JSON patch: one of its tests failed, or a path is not there (kube-apiserver says no more than that)."""
_UNKNOWN_KIND = re.compile(r"could not find the requested resource|page not found|doesn't have a resource type")

_ROLES = {
    "promotions.kargo.akuity.io": "promoter.yaml",
    "stages.kargo.akuity.io": "promoter.yaml",
    "warehouses.kargo.akuity.io": "promoter-warehouses.yaml",
    "freights/status.kargo.akuity.io": "promoter-approvals.yaml",
    "applications.argoproj.io": "promoter-argo-cd.yaml",
}
"""By resource, the file of deploy/rbac whose role lets somebody write it."""


def takes_no_dry_run(changed: Changed) -> bool:
    """Whether a webhook in the way cannot be asked without being meant."""
    return changed.status == HTTPStatus.BAD_REQUEST and _NO_DRY_RUN.search(changed.problem) is not None


def is_certain(changed: Changed) -> bool:
    """Whether a request that failed has certainly changed nothing: webhooks are asked before anything is stored."""
    if _DENIED.search(changed.problem) or _CALLING.search(changed.problem):
        return True
    return changed.status != 0 and changed.status < HTTPStatus.INTERNAL_SERVER_ERROR


def refusal(changed: Changed, change: ObjectChange, write: Write) -> GitOpsError:
    """Of a request that failed, in words for people."""
    said = changed.problem
    if denied := _DENIED.search(said):
        return Forbidden(f"{_webhook(denied['name'])} refuses it: {denied['words'] or 'it gives no reason'}")
    if calling := _CALLING.search(said):
        return Unreachable(
            f"{_webhook(calling['name'])} does not answer, and without it the server takes no such write{calling['words']}",
            "see the Pods of the webhooks server and the Service in front of it",
        )
    if changed.status in (0, HTTPStatus.TOO_MANY_REQUESTS) or changed.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(said or "the API server gave no answer")
    match changed.status:
        case HTTPStatus.FORBIDDEN:
            return _forbidden(changed, change)
        case HTTPStatus.UNAUTHORIZED:
            return Forbidden(f"the API server does not accept these credentials: {said}", "log in anew")
        case HTTPStatus.NOT_FOUND if _UNKNOWN_KIND.search(said):
            return UsageError(f"the API server serves no {change.resource}: {said}", "is this the cluster it runs in?")
        case HTTPStatus.NOT_FOUND:
            return UsageError(f"{_object(change)} does not exist: {said}")
        case HTTPStatus.CONFLICT:
            return Forbidden(f"{_object(change)} was changed in the same moment: {said}", "look at it again")
        case HTTPStatus.UNPROCESSABLE_ENTITY if _TESTED in said:
            return Forbidden(*_precondition(write, change))
    return Forbidden(f"the API server refuses it: {said}")


def _forbidden(changed: Changed, change: ObjectChange) -> Forbidden:
    """Names the right as a grant of it would: kubectl may lack one to look, which comes before the one to write."""
    right = _RIGHT.search(changed.problem)
    if right is None:
        return Forbidden(f"the API server refuses it: {changed.problem}")
    resource = f"{right['resource']}.{right['group']}"
    role = _ROLES.get(resource)
    hint = f"deploy/rbac/{role} has it" if role else ""
    needed = f"the right to {right['verb']} {resource} in namespace {change.namespace}"
    return Forbidden(f"this needs {needed}: {changed.problem}", hint)


def _precondition(write: Write, change: ObjectChange) -> tuple[str, str]:
    match write:
        case TerminateOperation():
            of = f", begun by {write.username}" if write.username else ""
            since = f" at {write.started_at}" if write.started_at else ""
            what = f"does not run the operation that was seen (phase Running{of}{since}) any more: nothing was changed"
        case SyncApplication():
            what = "has an operation already, or one came and went since it was looked at: nothing was changed"
        case _:
            what = "is not as it was seen: nothing was changed"
    return f"{_object(change)} {what}", "look at it again"


def _object(change: ObjectChange) -> str:
    return f"{change.resource} {change.namespace}/{change.name}" if change.name else change.resource


def _webhook(name: str) -> str:
    return "Kargo's admission webhook" if name.endswith(".kargo.akuity.io") else f"the admission webhook {name}"

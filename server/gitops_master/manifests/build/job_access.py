"""What a verification's Job may read: a ServiceAccount where AnalysisRuns run, and a Role where the Pods are that it lists."""

from collections.abc import Mapping
from typing import Any

from gitops_master.manifests.build.existing import editable
from gitops_master.manifests.build.templates import NO_VERIFICATION, VerificationDrafts
from gitops_master.manifests.request import Proof, StageRequest
from gitops_master.manifests.world import RBAC, ROLE, ROLE_BINDING, SERVICE_ACCOUNT, World
from gitops_master.model.manifest import Draft, Path, items

RULE: Mapping[str, Any] = {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}
"""All that the script asks: one list. No get, no watch, no exec."""
_ROLE_REF = f"{RBAC}/v1"


def account_of(request: StageRequest) -> str:
    """The Job's ServiceAccount; empty where nothing of the Kubernetes API is read."""
    return f"verify-{request.name}" if request.verification is Proof.JOB and request.namespace else ""


def job_access(request: StageRequest, world: World) -> VerificationDrafts:
    """Drafts of ServiceAccount, Role and RoleBinding; what is there already is kept, with our rule and subject added."""
    account = account_of(request)
    if not account:
        return NO_VERIFICATION
    drafts = (_account(account, request, world), _role(account, request, world), _binding(account, request, world))
    note = (
        f"ServiceAccount {request.project}/{account} may list Pods in namespace {request.namespace}, and nothing else"
    )
    return VerificationDrafts(drafts, notes=(note,))


def _account(account: str, request: StageRequest, world: World) -> Draft:
    return _draft(
        world,
        SERVICE_ACCOUNT,
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": account, "namespace": request.project},
            "automountServiceAccountToken": False,
        },
        {
            (): "In the Project's namespace: AnalysisRuns of Kargo run there, and their Jobs.",
            ("automountServiceAccountToken",): "The Job's Pod asks for its token itself; no other Pod gets one.",
        },
        account,
    )


def _role(account: str, request: StageRequest, world: World) -> Draft:
    name = f"{account}-{request.project}"
    held = world.get(ROLE, request.namespace, name)
    rules = items(held.data, "rules") if held else []
    return _draft(
        world,
        ROLE,
        {
            "apiVersion": _ROLE_REF,
            "kind": "Role",
            "metadata": {"name": name, "namespace": request.namespace},
            "rules": rules if RULE in rules else [*rules, RULE],
        },
        {("rules",): "All that the Job's script asks: whether Pods are ready. Nothing is run in them."},
        account,
    )


def _binding(account: str, request: StageRequest, world: World) -> Draft:
    name = f"{account}-{request.project}"
    held = world.get(ROLE_BINDING, request.namespace, name)
    subject = {"kind": "ServiceAccount", "name": account, "namespace": request.project}
    subjects = items(held.data, "subjects") if held else []
    return _draft(
        world,
        ROLE_BINDING,
        {
            "apiVersion": _ROLE_REF,
            "kind": "RoleBinding",
            "metadata": {"name": name, "namespace": request.namespace},
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": name},
            "subjects": subjects if subject in subjects else [*subjects, subject],
        },
        {},
        account,
    )


def _draft(world: World, kind: str, data: dict[str, Any], comments: Mapping[Path, str], account: str) -> Draft:
    metadata = data["metadata"]
    held = world.get(kind, metadata["namespace"], metadata["name"])
    if held is None:
        return Draft(data, f"rbac-{account}.yaml", comments)
    base = editable(held)
    return Draft({**base, **data, "metadata": base["metadata"]}, held.file or f"rbac-{account}.yaml", comments, held)

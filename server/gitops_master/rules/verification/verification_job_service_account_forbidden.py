import json
from collections.abc import Iterator

from gitops_master.facts.access import Denial, Grant, grants
from gitops_master.facts.advice import advise
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification_outcome import (
    denials,
    ended_badly,
    job_evidence,
    run_evidence,
    wanted_logs,
    was_aborted,
)
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.kubernetes import ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding
from gitops_master.model.snapshot import Snapshot, Wanted
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.verification.effects import EFFECTS, JOB_NEEDS, then_verify_anew

_RBAC = {Role.KIND, ClusterRole.KIND, RoleBinding.KIND, ClusterRoleBinding.KIND}


@rule(
    "verification-job-service-account-forbidden",
    area="verification",
    title="The verification's Job may not do what its script does",
    on=StageView,
    needs=JOB_NEEDS | _RBAC,
    explains=EFFECTS | {"verification-test-failed"},
    sources=(
        "argoproj/argo-rollouts@v1.9.1 metricproviders/job/job.go Resume",
        "kubernetes apiserver pkg/authorization message text",
    ),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """The verification is Failed although the release is good; the AnalysisRun only says `failed (1) > failureLimit (0)`.

    Why: the Job runs under its own ServiceAccount in the project's namespace; its script reads (or changes) something in
    another namespace that no Role bound to it allows. Argo Rollouts copies no message of a Job.

    How to tell: the pod's log or termination message says `is forbidden: User "system:serviceaccount:…" cannot …`.

    What to do: add the one missing rule to the Role that is bound to the ServiceAccount in that namespace, then verify again.

    Not this when: the refusal names another user, or is an answer of the application itself (HTTP 403).
    """
    view = ended_badly(stage)
    if view is None or was_aborted(view):
        return
    yield from wanted_logs(view)
    refused = denials(view)
    if not refused:
        return
    text, denial = refused[0]
    account = denial.service_account or ("", "")
    granted = _granted(stage.snapshot, account, denial)
    evidence = [text.as_evidence(), *(each for job in view.jobs[:1] for each in job_evidence(job))]
    evidence += [_rules(role) for role in granted[:2]] + run_evidence(view, named=True)
    run = f" (AnalysisRun {view.run.name})" if view.run is not None else ""
    yield Hit(
        summary=f"The verification Job of {stage.name}{run} failed because its ServiceAccount {account[1]} ({denial.user}) cannot "
        f"{denial.verb} {denial.full_resource} {denial.where}; the release itself was not judged.",
        evidence=[*evidence, *_missing(stage.snapshot, granted, account, denial)][:5],
        remedies=[_allow(denial, account, granted), *then_verify_anew(stage)],
    )


def _granted(snapshot: Snapshot, account: tuple[str, str], denial: Denial) -> list[Role | ClusterRole]:
    """Roles that are bound to the account where it was refused; where no binding was read, those of the same name."""
    bound: list[Grant] = grants(snapshot, account, denial.namespace)
    if bound:
        return [one.role for one in bound]
    roles = (snapshot.get(Role, denial.namespace, account[1]), snapshot.get(ClusterRole, "", account[1]))
    return [role for role in roles if role is not None]


def _rules(role: Role | ClusterRole) -> Evidence:
    return fact(role, "rules", "; ".join(_allowed(one) for one in role.rules) or "none")


def _allowed(one: PolicyRule) -> str:
    groups = ", ".join(group or "core" for group in one.api_groups)
    return f"{', '.join(one.resources)} ({groups}): {', '.join(one.verbs)}"


def _missing(
    snapshot: Snapshot, granted: list[Role | ClusterRole], account: tuple[str, str], denial: Denial
) -> list[Evidence]:
    if granted or not denial.namespace or not snapshot.knows_all(RoleBinding.KIND, denial.namespace):
        return []
    return [
        fact(f"RoleBindings in {denial.namespace}", "subjects", f"none names ServiceAccount {account[0]}/{account[1]}")
    ]


def _allow(denial: Denial, account: tuple[str, str], granted: list[Role | ClusterRole]) -> Remedy:
    verbs = ["get", "list"] if denial.verb in {"get", "list"} else [denial.verb]
    shown = ", ".join(verbs)
    confirm = f"kubectl auth can-i {denial.verb} {denial.full_resource} --as={denial.user}"
    confirm += f" -n {denial.namespace}" if denial.namespace else " --all-namespaces"
    role = next((one for one in granted if isinstance(one, Role)), None)
    title = f"Allow {shown} on {denial.full_resource} to ServiceAccount {account[0]}/{account[1]}, only {denial.where}"
    if role is not None:
        value = {"apiGroups": [denial.group], "resources": [denial.resource], "verbs": verbs}
        patch = json.dumps([{"op": "add", "path": "/rules/-", "value": value}])
        command = f"kubectl -n {role.namespace} patch role {role.name} --type json -p '{patch}'"
        return advise(f"{title} (one more rule in Role {role.name})", command, confirm_with=confirm)
    name = f"{account[1]}-{denial.resource.replace('/', '-')}"
    kind, scope = ("role", f"-n {denial.namespace} ") if denial.namespace else ("clusterrole", "")
    return advise(
        title,
        f"kubectl {scope}create {kind} {name} --verb={','.join(verbs)} --resource={denial.full_resource}",
        f"kubectl {scope}create {kind}binding {name} --{kind}={name} --serviceaccount={account[0]}:{account[1]}",
        risk=Risk.LOW if denial.namespace else Risk.MEDIUM,
        confirm_with=confirm,
    )

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence
from gitops_master.model.kubernetes import CustomResourceDefinition
from gitops_master.model.meta import condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt
from gitops_master.rules.argocd.patterns import CRD_MISSING, WEBHOOK_TROUBLE
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import app_state


@rule(
    "crd-not-installed",
    area="argocd",
    title="The cluster does not know a kind that the manifests use",
    on=(StageView, ApplicationView),
    needs={Application.KIND, CustomResourceDefinition.KIND},
    explains=APP_EFFECTS | {"manifest-rejected-as-invalid"},
    sources=("argoproj/argo-cd util/argo/argo.go", "argoproj/argo-cd#6489", "argoproj/argo-cd#15095"),
    unless=WEBHOOK_TROUBLE,
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The sync is refused before anything is applied: `one or more synchronization tasks are not valid`.

    Why: the manifests hold a custom resource whose CRD (or whose version of it) the destination cluster does not serve: the
    operator that brings it is not installed there, or is installed later, or has dropped that version.

    How to tell: the result of that resource says `The Kubernetes API could not find … Make sure the "…" CRD is installed`;
    on the operation `failed to discover server resources for group version …`. A linter without the cluster sees nothing.

    What to do: install the CRD (its operator) in an earlier Stage or sync wave, or drop the resource; then promote again.
    SkipDryRunOnMissingResource=true helps only where the same Application brings the CRD itself.

    Not this when: the CRD is Established by now (auto-sync-gave-up-on-revision); the object itself is invalid.
    """
    for fault in app_faults(view, CRD_MISSING, WEBHOOK_TROUBLE):
        kind, group = _kind(fault), _group(fault)
        crd = _definition(view.snapshot, kind, group)
        if crd is not None and _is_served(crd):
            continue
        version = fault.group("version", "version2")
        what = f"{group}/{kind}" if group and kind else kind or group or "a custom resource"
        yield Hit(
            summary=f"Application {fault.name} cannot be synced: its manifests contain {what}{f' {version}' if version else ''}, "
            "which the destination cluster does not know (CRD or version not installed)",
            evidence=[excerpt(fault.found), *_operation(fault), *_crd_facts(crd)],
            remedies=[
                advise(
                    f"Install what brings the CRD of {what} first (its operator, in an earlier Stage or sync wave), or take the "
                    "resource or its version out of the manifests",
                    *([f"kubectl get crd | grep -i {group or kind}"] if group or kind else []),
                    confirm_with=f"kubectl api-resources --api-group={group}"
                    if group
                    else app_state(fault.trouble.ref),
                ),
                advise(
                    "Where this same Application installs the CRD: annotate the resource with "
                    "argocd.argoproj.io/sync-options: SkipDryRunOnMissingResource=true",
                    confirm_with=app_state(fault.trouble.ref),
                ),
                *afterwards(view, fault),
            ],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _kind(fault: AppFault) -> str:
    named = fault.group("kind", "kind2")
    return named or (fault.result.kind if fault.result else fault.group("resource").rpartition("/")[2])


def _group(fault: AppFault) -> str:
    if fault.result is not None:
        return fault.result.group
    named = fault.group("version2", "group_version", "resource")
    return named.partition("/")[0] if "/" in named else ""


def _definition(snapshot: Snapshot, kind: str, group: str) -> CustomResourceDefinition | None:
    """By its customary name `<plural>.<group>`."""
    plurals = {f"{kind.lower()}{end}" for end in ("s", "es", "")} | {f"{kind.lower()[:-1]}ies"}
    names = {f"{plural}.{group}" for plural in plurals}
    return next((one for one in snapshot.all(CustomResourceDefinition) if one.name in names), None)


def _is_served(crd: CustomResourceDefinition) -> bool:
    established = condition(crd.status.conditions, "Established")
    return established is None or established.status == "True"


def _operation(fault: AppFault) -> list[Evidence]:
    state = fault.application.status.operation_state if fault.application else None
    if state is None or fault.application is None or fault.found.text.path == "status.operationState.message":
        return []
    return [fact(fault.application, "status.operationState.message", state.message, state.finished_at)]


def _crd_facts(crd: CustomResourceDefinition | None) -> list[Evidence]:
    return [fact(crd, "status.conditions[Established].status", "not True")] if crd is not None else []

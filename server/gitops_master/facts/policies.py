"""What the project's promotion policies say about a Stage, quoted as they stand."""

import json
from typing import Any

import msgspec

from gitops_master.facts.autopromotion import BadSelector, Policy, deciding_policy
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, quoted
from gitops_master.model.kargo import Project, ProjectConfig, PromotionPolicy
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def quote(policy: PromotionPolicy) -> str:
    """`autoPromotionEnabled: false, stageSelector.name: live`."""
    parts = [f"autoPromotionEnabled: {str(policy.auto_promotion_enabled).lower()}"]
    if policy.stage:
        parts.append(f"stage: {policy.stage}")
    selector = policy.stage_selector
    if selector is not None and selector.name:
        parts.append(f"stageSelector.name: {selector.name}")
    if selector is not None and selector.match_labels:
        labels = ", ".join(f"{key}: {value}" for key, value in selector.match_labels.items())
        parts.append(f"stageSelector.matchLabels: {{{labels}}}")
    if selector is not None and selector.match_expressions:
        expressions = json.dumps(list(selector.match_expressions), default=str)
        parts.append(f"stageSelector.matchExpressions: {expressions}")
    return ", ".join(parts)


def decided_by(stage: Stage, snapshot: Snapshot) -> Policy | None:
    """The policy that decides; None where none matches or one before it cannot be parsed."""
    try:
        return deciding_policy(stage, snapshot)
    except BadSelector:
        return None


def policy_evidence(stage: Stage, snapshot: Snapshot) -> Evidence:
    """The policy that decides about the Stage, or that there is none."""
    policy = decided_by(stage, snapshot)
    if policy is not None:
        return fact(policy.holder, policy.path, quote(policy.policy))
    config = snapshot.get(ProjectConfig, stage.namespace, stage.namespace)
    if config is not None:
        return fact(config, "spec.promotionPolicies", f"none matches {stage.name}")
    return fact(stage, "status.autoPromotionEnabled", stage.status.auto_promotion_enabled)


class OldPolicies(msgspec.Struct, frozen=True):
    """Policies that still stand where Kargo no longer reads them. `names`: the Stages they were meant for, where known."""

    evidence: tuple[Evidence, ...]
    names: frozenset[str] | None


def policies_in_project_spec(project: str, snapshot: Snapshot) -> OldPolicies | None:
    """Traces of spec.promotionPolicies of the Project: its spec, its last-applied annotation, the sync's warning."""
    evidence: list[Evidence] = []
    names: set[str] = set()
    known = False
    found = snapshot.get(Project, "", project)
    if found is not None and found.spec.promotion_policies:
        known = True
        names |= {one.stage for one in found.spec.promotion_policies if one.auto_promotion_enabled}
        evidence.append(
            fact(found, "spec.promotionPolicies", "; ".join(quote(one) for one in found.spec.promotion_policies))
        )
    applied = _applied(found)
    if found is not None and applied:
        known = True
        names |= {str(one.get("stage", "")) for one in applied if one.get("autoPromotionEnabled")}
        evidence.append(
            fact(found, f"metadata.annotations[{LAST_APPLIED}]", f"spec.promotionPolicies: {json.dumps(applied)}")
        )
    evidence += _warnings(project, snapshot)
    return OldPolicies(tuple(evidence), frozenset(names) if known else None) if evidence else None


def _applied(project: Project | None) -> list[dict[str, Any]]:
    try:
        given = json.loads(project.annotations.get(LAST_APPLIED, "{}")) if project is not None else {}
    except ValueError:
        return []
    spec = given.get("spec") if isinstance(given, dict) else None
    policies = spec.get("promotionPolicies") if isinstance(spec, dict) else None
    return [one for one in policies if isinstance(one, dict)] if isinstance(policies, list) else []


def _warnings(project: str, snapshot: Snapshot) -> list[Evidence]:
    """The API server's warning about the unknown field, as Argo CD keeps it in its sync result."""
    found = []
    for app in snapshot.all(Application):
        state = app.status.operation_state
        for index, one in enumerate(state.sync_result.resources if state and state.sync_result else ()):
            if one.kind == "Project" and one.name == project and "promotionPolicies" in one.message:
                path = f"status.operationState.syncResult.resources[{index}].message"
                found.append(fact(app, path, quoted(one.message), state.finished_at if state else None))
    return found

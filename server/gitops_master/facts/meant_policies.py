"""Promotion policies that were evidently meant for a Stage but do not select it, and why not."""

import re
from difflib import SequenceMatcher
from fnmatch import fnmatchcase

import msgspec

from gitops_master.facts.autopromotion import BadSelector, Policy, policies, selects
from gitops_master.model.kargo import PromotionPolicy
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage

NEAR = 0.8
"""Likeness of two names from which one is taken for a slip of the other (`pord` and `prod`, `Staging` and `staging`)."""


class Miss(msgspec.Struct, frozen=True):
    """An enabling policy without effect. `first`: the one that is matched before it, if that is the reason."""

    policy: Policy
    reason: str
    first: Policy | None = None


def missed_policy(stage: Stage, snapshot: Snapshot) -> Miss | None:
    """The enabling policy that was meant for the Stage. Raises BadSelector."""
    every = policies(stage, snapshot)
    decides = next((one for one in every if selects(one.policy, stage)), None)
    others = {one.name for one in snapshot.all(Stage, stage.namespace)} - {stage.name}
    for one in every:
        if not one.policy.auto_promotion_enabled:
            continue
        if decides is not None:
            if not decides.policy.auto_promotion_enabled and one is not decides and selects(one.policy, stage):
                return Miss(
                    one, f"{decides.path}, which comes first, matches and says autoPromotionEnabled: false", decides
                )
            continue
        reason = _slip(one.policy, stage, others, snapshot)
        if reason:
            return Miss(one, reason)
    return None


def _slip(policy: PromotionPolicy, stage: Stage, others: set[str], snapshot: Snapshot) -> str:
    name = policy.stage_selector.name if policy.stage_selector else policy.stage
    if name:
        return _name_slip(name, stage.name, others)
    if policy.stage_selector is None:
        return ""
    lacking = [key for key, value in policy.stage_selector.match_labels.items() if stage.labels.get(key) != value]
    if lacking and not any(_selects_safely(policy, one) for one in snapshot.all(Stage, stage.namespace)):
        wanted = ", ".join(f"{key}: {policy.stage_selector.match_labels[key]}" for key in lacking)
        return f"the Stage has not the label {wanted}, nor has any other"
    return ""


def _selects_safely(policy: PromotionPolicy, stage: Stage) -> bool:
    try:
        return selects(policy, stage)
    except BadSelector:
        return False


def _name_slip(given: str, name: str, others: set[str]) -> str:
    if given in others:
        return ""
    if any(char in given for char in "*?[") and fnmatchcase(name, given):
        return f"the name {given} has no glob: prefix and is compared literally"
    if re.search(r"[\\^$|()+*.\[]", given):
        try:
            if re.search(given, name) and given != name:
                return f"the name {given} has no regex: prefix and is compared literally"
        except re.error:
            return ""
    if ":" not in given and SequenceMatcher(None, given.lower(), name.lower()).ratio() >= NEAR:
        return f"the name {given} is not {name}, and no Stage is called so"
    return ""

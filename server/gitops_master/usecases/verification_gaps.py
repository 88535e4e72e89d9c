"""What a verification could not read and no probe speaks of: what follows from Stages and Applications, and Kargo's own part."""

from collections.abc import Sequence

from gitops_master.facts.deployed import Deployed
from gitops_master.model.argocd import Application
from gitops_master.model.finding import NotChecked
from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import Gap
from gitops_master.model.stage import Stage
from gitops_master.model.verification import Level, Verdict

_OF_KARGO = (Promotion.KIND, Freight.KIND, AnalysisRun.KIND)
"""Which Promotion a verification belongs to, and what it measured; no verdict of a probe need rest on them."""


def unread_frame(deployed: Deployed, *, is_sweep: bool) -> list[Gap]:
    """Why it is not known what there is to check: Stages, where a whole project is swept, and Applications."""
    kinds = (Stage.KIND, Application.KIND) if is_sweep else (Application.KIND,)
    return [gap for kind in kinds if (gap := deployed.snapshot.kind_gap(kind)) is not None]


def unread(deployed: Deployed, levels: Sequence[Level], *, is_sweep: bool, has_kargo: bool) -> list[NotChecked]:
    """What could not be read, as far as no check tells it."""
    said = [one.observed for level in levels for one in level.checks if one.verdict is Verdict.UNKNOWN]
    gaps = unread_frame(deployed, is_sweep=is_sweep)
    if has_kargo:
        stated = (deployed.snapshot.stated_gap(kind) for kind in _OF_KARGO)
        gaps += [gap for gap in stated if gap is not None]
    return [
        NotChecked(what=one.kind, reason=one.reason) for one in gaps if not any(one.reason in text for text in said)
    ]

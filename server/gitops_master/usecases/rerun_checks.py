"""Whether Kargo may be asked to verify a Stage again, and whether it would take the request up."""

from fnmatch import fnmatchcase

import msgspec

from gitops_master.facts.freight import label
from gitops_master.facts.stage import StageView
from gitops_master.model.errors import Forbidden
from gitops_master.model.kargo import VERIFICATION_TERMINAL, Freight
from gitops_master.model.stage import VerificationInfo


class WritePolicy(msgspec.Struct, frozen=True):
    """`protect`: globs of Stages, by name or as `project/name`, that are left alone even where writing is allowed."""

    allow_writes: bool = False
    protect: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises Forbidden where nothing may be written at all."""
        if not self.allow_writes:
            raise Forbidden(
                "writing is switched off, so nothing was asked of Kargo",
                "allow it with --allow-writes, or GITOPS_MASTER_ALLOW_WRITES=true",
            )

    def check_stage(self, project: str, stage: str) -> None:
        """Raises Forbidden where the Stage is to be left alone."""
        for glob in self.protect:
            if fnmatchcase(stage, glob) or fnmatchcase(f"{project}/{stage}", glob):
                raise Forbidden(
                    f"Stage {stage} of project {project} is protected (--protect {glob}), so nothing was asked of Kargo",
                    f"if it is meant all the same: kargo verify stage {stage} --project {project}",
                )


class Plan(msgspec.Struct, frozen=True):
    """What consent is asked for. `where`: the context. `freight`: what would be verified, as people call it."""

    project: str
    stage: str
    where: str
    verification_id: str
    phase: str
    collection: str
    freight: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        held = f" ({', '.join(self.freight)})" if self.freight else ""
        return (
            f"Ask Kargo to verify Stage {self.stage} of project {self.project} again{held}, on {self.where}? "
            f"It is {self.phase} now; a new AnalysisRun is made, and nothing else changes."
        )


def plan_of(view: StageView, where: str) -> Plan:
    """Raises Forbidden, with the reason, where Kargo would drop the request without a word."""
    newest = _newest(view)
    freight = (view.snapshot.get(Freight, view.project, one.name) for one in view.current_freight)
    return Plan(
        project=view.project,
        stage=view.name,
        where=where,
        verification_id=newest.id,
        phase=newest.phase,
        collection=view.current.id if view.current else "",
        freight=tuple(label(one) for one in freight if one is not None),
    )


def _newest(view: StageView) -> VerificationInfo:
    """In the order in which Kargo decides (v1.11.2 pkg/controller/stages/regular_stages.go verifyStageFreight)."""
    name, info = view.name, view.verification_info
    if view.is_control_flow:
        raise _refused(f"{name} is a control flow Stage: it holds no Freight to be verified", "name another Stage")
    if view.stage.spec.verification is None:
        raise _refused(f"Stage {name} has no spec.verification: there is nothing to be run", "give it one first")
    if view.current is None:
        raise _refused(f"Stage {name} holds no Freight: there is nothing to be verified", "promote some first")
    running = view.stage.status.current_promotion
    if running is not None or view.running is not None:
        which = running.name if running is not None else view.running.name if view.running else ""
        raise _refused(
            f"Promotion {which} to {name} is running", "ask again once it has ended; Kargo then verifies anyway"
        )
    if info is None:
        raise _refused(
            f"the Freight in {name} has not been verified yet: there is nothing to be run again",
            "Kargo begins by itself once the Stage is Healthy",
        )
    if info.phase not in VERIFICATION_TERMINAL:
        raise _refused(
            f"the newest verification of {name} has not ended ({info.phase or 'no phase yet'})",
            f"wait for it, or abort it: kargo verify stage {name} --project {view.project} --abort",
        )
    if view.health != "Healthy":
        raise _refused(
            f"Stage {name} is {view.health or 'without health'}, and Kargo verifies Healthy ones only",
            f"find out why: gitops-master analyze {name} --project {view.project}",
        )
    if not info.id:
        raise _refused(
            f"the newest verification of {name} has no id that a request could name", "promote the Freight again"
        )
    return info


def _refused(why: str, hint: str) -> Forbidden:
    return Forbidden(f"{why}; nothing was asked of Kargo", hint)

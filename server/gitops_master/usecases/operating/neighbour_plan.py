"""What the plans of all operations but promotions have in common: one target, one write, gates and what follows."""

from collections.abc import Iterable, Sequence

import msgspec

from gitops_master.model.errors import UsageError
from gitops_master.model.kargo import Project
from gitops_master.model.meta import Object
from gitops_master.model.operating import Gate, GateVerdict, Operation, Plan, StagePlan
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.writing import Write
from gitops_master.ports.writing_commands import command_of
from gitops_master.usecases.operating.planned import OperationRequest, Planned
from gitops_master.usecases.operating.verdicts import go_ahead

KARGO_KINDS = frozenset({"kargo.akuity.io/*"})


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A plan in the making. `target`: how people name what it is about. `judged`: words beside the gates that make a plan stale
    once they differ.
    """

    operation: Operation
    project: str = ""
    target: str
    question: str
    write: Write
    gates: Sequence[Gate] = ()
    now: Sequence[str] = ()
    next: Sequence[str] = ()
    warnings: Sequence[str] = ()
    stages: Iterable[tuple[str, str]] = ()
    freight: str = ""
    freight_label: str = ""
    judged: Iterable[str] = ()


def planned(draft: Draft, snapshot: Snapshot) -> Planned:
    """The plan, and what it goes stale by: each gate's verdict, and what was judged beside."""
    verdict = go_ahead(draft.gates)
    target = StagePlan(
        target=draft.target,
        verdict=verdict,
        now=list(draft.now),
        gates=list(draft.gates),
        next=list(draft.next),
        warnings=list(draft.warnings),
    )
    plan = Plan(
        operation=draft.operation,
        project=draft.project,
        freight=draft.freight,
        freight_label=draft.freight_label,
        verdict=verdict,
        targets=[target],
        question=draft.question,
        command=command_of(draft.write),
    )
    project = snapshot.get(Project, "", draft.project) if draft.project else None
    words = {f"gate {one.name} of {one.object} is {one.verdict.value}" for one in draft.gates}
    return Planned(
        plan=plan,
        stages=tuple(sorted(set(draft.stages))),
        writes=(draft.write,),
        inputs=tuple(sorted({*words, *draft.judged})),
        project_uid=project.metadata.uid if project is not None else "",
    )


def gate(name: str, shut: str, otherwise: str, about: Object) -> Gate:
    """Closed where there is a reason, `shut`; else open, as `otherwise` says."""
    verdict = GateVerdict.CLOSED if shut else GateVerdict.OPEN
    return Gate(name=name, verdict=verdict, detail=shut or otherwise, object=str(about.ref))


def unreadable(name: str, detail: str, about: Object) -> Gate:
    return Gate(name=name, verdict=GateVerdict.UNREADABLE, detail=detail, object=str(about.ref))


def takes(request: OperationRequest, *fields: str, one_is_enough: bool = False) -> None:
    """Raises UsageError where the request names what the operation does not take, or lacks what it does."""
    what = request.operation.value
    named = {"stage", "freight", "promotion", "warehouse", "app", "downstream", "rollback"}
    foreign = sorted(one for one in named.difference(fields) if getattr(request, one))
    if foreign:
        raise UsageError(f"{what} takes no {' and no '.join(foreign)}", f"it takes: {', '.join(fields)}")
    missing = [one for one in fields if not getattr(request, one)]
    if one_is_enough and len(missing) == len(fields):
        raise UsageError(f"{what} of what?", f"name its {' or its '.join(fields)}")
    if missing and not one_is_enough:
        raise UsageError(f"{what} needs a {' and a '.join(missing)}", "name it")

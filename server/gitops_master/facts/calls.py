"""Ready tool calls: what may be asked for by name, which fields it takes, and when asking for it is right.

A builder gives no call (an empty one) where the operation alone would do nothing, wait in vain or do harm as things stand. What came
of each on a live stack is in docs/remedies.md.
"""

import re

import msgspec

from gitops_master.facts.application import ApplicationView, Op
from gitops_master.facts.apps import AUTHORIZED
from gitops_master.facts.authorized_stages import entries
from gitops_master.facts.availability import availability
from gitops_master.facts.freight import discovery_order, freight_from
from gitops_master.facts.names import is_generated
from gitops_master.facts.stage import StageView
from gitops_master.facts.sync_windows import barrier
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.argocd import Application
from gitops_master.model.kargo import VERIFICATION_TERMINAL, Freight, Promotion, Warehouse
from gitops_master.model.meta import Object, Ref
from gitops_master.model.operating import Operation
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import Stage

Call = dict[str, str | bool]
"""`tool` and its arguments; empty where there is nothing to call."""

PROMOTE, OPERATE = "promote_freight", "operate"


class Takes(msgspec.Struct, frozen=True):
    """Names that a call needs, and what it may say beside them. In a `project` unless the object has a namespace of its own."""

    names: tuple[str, ...]
    flags: frozenset[str] = frozenset()


TAKES = {
    Operation.PROMOTE: Takes(("project", "stage", "freight"), frozenset({"rollback", "downstream"})),
    Operation.REPROMOTE: Takes(("project", "stage")),
    Operation.ABORT_PROMOTION: Takes(("project", "promotion")),
    Operation.APPROVE_FREIGHT: Takes(("project", "stage", "freight")),
    Operation.REFRESH_STAGE: Takes(("project", "stage")),
    Operation.REFRESH_WAREHOUSE: Takes(("project", "warehouse")),
    Operation.REVERIFY: Takes(("project", "stage")),
    Operation.ABORT_VERIFICATION: Takes(("project", "stage")),
    Operation.REFRESH_APP: Takes(("app",)),
    Operation.HARD_REFRESH_APP: Takes(("app",)),
    Operation.TERMINATE_APP_OPERATION: Takes(("app",)),
    Operation.SYNC_APP: Takes(("app",)),
}
"""An Application is named `namespace/name`, which says it all: one may belong to no Kargo project."""

_KINDS: dict[str, type[Object]] = {"stage": Stage, "freight": Freight, "promotion": Promotion, "warehouse": Warehouse}
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_BUSY = frozenset({Op.REQUESTED, Op.RUNNING, Op.RETRYING, Op.TERMINATING, Op.ORPHANED})
_UNSUCCESSFUL = frozenset({"Failed", "Errored", "Aborted"})
_AFTER_ALL = ".8"
"""Behind a Stage's name: sorts after every generated name of a Promotion, whose ULID begins with 7 at most."""


def operate(operation: Operation, *, flags: frozenset[str] = frozenset(), **names: str) -> Call:
    """The call of one operation. Raises ValueError on names or flags that are not the operation's."""
    takes = TAKES[operation]
    if set(names) != set(takes.names) or not flags <= takes.flags:
        given = ", ".join(sorted({*names, *flags}))
        raise ValueError(f"{operation} takes {', '.join(takes.names)}, not {given}")
    tool: Call = (
        {"tool": PROMOTE} if operation is Operation.PROMOTE else {"tool": OPERATE, "operation": operation.value}
    )
    return {**tool, **names, **dict.fromkeys(sorted(flags), True)}


def problem(call: Call, snapshot: Snapshot) -> str:
    """Why a call must not be handed out: an unknown tool or operation, other fields than its own, names of nothing that was read.

    Empty where all is in order.
    """
    operation = _operation(call)
    if operation is None:
        return f"no such tool or operation: {call.get('tool')} {call.get('operation', '')}".rstrip()
    takes, given = TAKES[operation], {key: value for key, value in call.items() if key not in {"tool", "operation"}}
    names = {key: value for key, value in given.items() if key in takes.names and isinstance(value, str)}
    flags = {key for key, value in given.items() if key in takes.flags and value is True}
    if set(names) != set(takes.names) or set(given) != {*names, *flags}:
        return f"{operation} takes {', '.join(takes.names)}, not {', '.join(sorted(given))}"
    return next(
        (f"no {key} {value} was read" for key, value in names.items() if not _is_read(key, names, snapshot)), ""
    )


def _operation(call: Call) -> Operation | None:
    """Promoting has a tool of its own."""
    if call.get("tool") == PROMOTE and "operation" not in call:
        return Operation.PROMOTE
    others = {one.value: one for one in Operation if one is not Operation.PROMOTE}
    return others.get(str(call.get("operation"))) if call.get("tool") == OPERATE else None


def _is_read(key: str, names: dict[str, str], snapshot: Snapshot) -> bool:
    if key == "app":
        namespace, _, name = names[key].partition("/")
        return _is_name(namespace, name) and snapshot.get(Application, namespace, name) is not None
    if key == "project":  # the objects in it are looked up
        return _is_name(names[key])
    return _is_name(names[key]) and snapshot.get(_KINDS[key], names["project"], names[key]) is not None


def _is_name(*names: str) -> bool:
    return all(_NAME.fullmatch(one) for one in names)


def promote(view: StageView, freight: str) -> Call:
    """None while the Stage has a Promotion that has not ended, where a rogue name keeps new ones from being recorded, or where
    Kargo would not let the Freight in."""
    back = is_step_back(view, freight)
    found = view.snapshot.get(Freight, view.project, freight)
    if (
        found is None
        or back is None
        or _takes_none(view)
        or not availability(view.stage, found, view.snapshot).available
    ):
        return {}
    flags = frozenset({"rollback"}) if back else frozenset[str]()
    return operate(Operation.PROMOTE, project=view.project, stage=view.name, freight=freight, flags=flags)


def repromote(view: StageView, freight: str = "") -> Call:
    """The retry of the newest Promotion, where that did not succeed; else a promotion of the Freight by its name."""
    last = view.last
    carried = last.freight.name if last is not None and last.freight is not None else ""
    call = promote(view, freight or carried)
    newest = next(iter(view.by_age), None)
    is_retry = (
        last is not None and newest is not None and last.status.phase in _UNSUCCESSFUL and newest.name == last.name
    )
    if call and "rollback" not in call and is_retry and carried == call["freight"]:
        return operate(Operation.REPROMOTE, project=view.project, stage=view.name)
    return call


def promote_downstream(view: StageView, freight: str) -> Call:
    """To every Stage that takes from this one, where none would go back and none is busy."""
    found = view.snapshot.get(Freight, view.project, freight)
    takers = [StageView(one, view.snapshot) for one in view.takers]
    fit = [one for one in takers if found is not None and availability(one.stage, found, view.snapshot).available]
    if not fit or any(is_step_back(one, freight) is not False or _takes_none(one) for one in takers):
        return {}
    flags = frozenset({"downstream"})
    return operate(Operation.PROMOTE, project=view.project, stage=view.name, freight=freight, flags=flags)


def is_step_back(view: StageView, freight: str) -> bool | None:
    """Whether the Stage holds newer Freight of the same origin. None where that cannot be told."""
    found = view.snapshot.get(Freight, view.project, freight)
    if found is None:
        return None
    held = view.current.items.get(found.origin.key) if view.current is not None else None
    names = [one.name for one in discovery_order(list(freight_from(found.origin.key, view.project, view.snapshot)))]
    if held is None or names[:1] == [freight]:
        return False
    return names.index(freight) > names.index(held.name) if held.name in names else None


def _takes_none(view: StageView) -> bool:
    """A new Promotion would queue, wait for ever, or never be recorded."""
    rogue = view.stage.status.last_promotion
    if rogue is not None and rogue.name > view.name + _AFTER_ALL and not is_generated(rogue.name, view.name):
        return True
    return view.is_control_flow or _in_flight(view)


def _in_flight(view: StageView) -> bool:
    admitted = view.stage.status.current_promotion
    if view.running is not None or view.waiting_promotions:
        return True
    if admitted is None or view.snapshot.lacks(Promotion, view.project, admitted.name):
        return False
    found = view.snapshot.get(Promotion, view.project, admitted.name)
    return found is None or not found.is_terminal


def abort_promotion(view: StageView, name: str) -> Call:
    found = view.snapshot.get(Promotion, view.project, name)
    if found is None or found.is_terminal:
        return {}
    return operate(Operation.ABORT_PROMOTION, project=view.project, promotion=name)


def refresh_stage(view: StageView) -> Call:
    return operate(Operation.REFRESH_STAGE, project=view.project, stage=view.name)


def refresh_warehouse(view: WarehouseView) -> Call:
    return operate(Operation.REFRESH_WAREHOUSE, project=view.project, warehouse=view.name)


def reverify(view: StageView) -> Call:
    """Kargo drops the request in silence unless the Stage is at rest, Healthy, and its newest verification has ended."""
    info = view.verification_info
    if info is None or info.phase not in VERIFICATION_TERMINAL or view.health != "Healthy" or _in_flight(view):
        return {}
    return operate(Operation.REVERIFY, project=view.project, stage=view.name)


def abort_verification(view: StageView) -> Call:
    info = view.verification_info
    if info is None or not info.id or info.phase in VERIFICATION_TERMINAL:
        return {}
    return operate(Operation.ABORT_VERIFICATION, project=view.project, stage=view.name)


def refresh_app(app: Ref, *, hard: bool = False) -> Call:
    return operate(
        Operation.HARD_REFRESH_APP if hard else Operation.REFRESH_APP,
        app=f"{app.namespace}/{app.name}",
    )


def sync_app(view: ApplicationView) -> Call:
    """None beside another operation, which it would bring back to life or replace, or in a window that keeps it out."""
    wall = barrier(view)
    if view.op in _BUSY or (wall is not None and not wall.manual_allowed):
        return {}
    return operate(Operation.SYNC_APP, app=f"{view.app.namespace}/{view.app.name}")


def terminate_operation(view: ApplicationView) -> Call:
    """None where a Promotion would start the same sync again, or a sync window would leave the termination hanging."""
    if view.op is not Op.RUNNING or barrier(view) is not None or _is_awaited(view):
        return {}
    return operate(Operation.TERMINATE_APP_OPERATION, app=f"{view.app.namespace}/{view.app.name}")


def _is_awaited(view: ApplicationView) -> bool:
    """Whether a Promotion that may update the Application has not ended, or nobody knows."""
    stages = {(one.project, one.stage) for one in entries(view.app.annotations.get(AUTHORIZED, ""))}
    if any(not view.snapshot.knows_all(Promotion.KIND, project) for project, _ in stages):
        return True
    return any(
        not one.is_terminal and ((one.namespace, one.spec.stage) in stages or one.name == view.promotion)
        for one in view.snapshot.all(Promotion)
    )

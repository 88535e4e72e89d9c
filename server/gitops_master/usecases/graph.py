"""A project as a graph, Warehouses to Stages: nodes, edges, and what becomes of Freight on its way along them."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum

import msgspec

from gitops_master.facts.autopromotion import BadSelector, deciding_policy, holds
from gitops_master.facts.availability import Gate, GateState
from gitops_master.facts.durations import human, stamp
from gitops_master.facts.freight import label
from gitops_master.facts.names import is_generated
from gitops_master.facts.progress import in_flight, unsuccessful_attempt
from gitops_master.facts.stage import NextFreight, StageView
from gitops_master.model.kargo import Freight, FreightReference, ProjectConfig, Promotion, Warehouse
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import FreightRequest, Stage
from gitops_master.model.state import AutoPromotionState, HoldState, NextStep, one_line
from gitops_master.model.versions import Version

RECORDING = timedelta(minutes=1)
"""A Stage records a finished Promotion within seconds (seen on Kargo v1.11.2); what it has not by then, it has lost."""


class NodeKind(StrEnum):
    WAREHOUSE = "Warehouse"
    STAGE = "Stage"


class Key(msgspec.Struct, frozen=True, order=True):
    """Names a node: a Warehouse and a Stage may have one name."""

    kind: NodeKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}"


class Edge(msgspec.Struct, frozen=True):
    """Freight of these Warehouses may go from `source` to `target`. `soak`: as required, where it is."""

    source: Key
    target: Key
    origins: tuple[str, ...]
    soak: str = ""


class Graph(msgspec.Struct, frozen=True):
    """`absent`: named but not there; with `True` where it certainly does not exist. `order`: upstream first."""

    nodes: tuple[Key, ...]
    edges: tuple[Edge, ...]
    absent: Mapping[Key, bool]
    order: tuple[Key, ...]
    cycles: tuple[tuple[str, ...], ...]


def build(stages: Iterable[Stage], warehouses: Iterable[Warehouse], snapshot: Snapshot) -> Graph:
    """Linear in Stages and requests. Names that stand for nothing become nodes of their own."""
    every = list(stages)
    there = {Key(NodeKind.WAREHOUSE, one.name) for one in warehouses} | {Key(NodeKind.STAGE, one.name) for one in every}
    edges = [edge for stage in sorted(every, key=lambda one: one.name) for edge in _edges_into(stage)]
    certain = {NodeKind.WAREHOUSE: snapshot.knows_all(Warehouse.KIND), NodeKind.STAGE: snapshot.knows_all(Stage.KIND)}
    absent = {edge.source: certain[edge.source.kind] for edge in edges if edge.source not in there}
    nodes = sorted(there | set(absent), key=lambda key: (key.kind is NodeKind.STAGE, key.name))
    order, left = _upstream_first(nodes, edges)
    return Graph(tuple(nodes), tuple(edges), absent, (*order, *left), tuple(_cycles(left, edges)))


def sources_of(request: FreightRequest) -> Iterator[Key]:
    """Where Freight of a request comes from. `direct` makes the list of Stages irrelevant (kargo stage_types.go)."""
    if request.sources.direct:
        yield Key(NodeKind.WAREHOUSE, request.origin.name)
    else:
        yield from (Key(NodeKind.STAGE, name) for name in dict.fromkeys(request.sources.stages))


def _edges_into(stage: Stage) -> Iterator[Edge]:
    origins: dict[Key, list[str]] = {}
    soaks: dict[Key, str] = {}
    for request in stage.spec.requested_freight:
        for source in sources_of(request):
            origins.setdefault(source, []).append(request.origin.name)
            if source.kind is NodeKind.STAGE and request.sources.required_soak_time:
                soaks[source] = request.sources.required_soak_time
    target = Key(NodeKind.STAGE, stage.name)
    for source, names in origins.items():
        yield Edge(source, target, tuple(dict.fromkeys(names)), soaks.get(source, ""))


def _outgoing(edges: Iterable[Edge]) -> dict[Key, list[Key]]:
    found: dict[Key, list[Key]] = defaultdict(list)
    for edge in edges:
        found[edge.source].append(edge.target)
    return found


def _upstream_first(nodes: list[Key], edges: list[Edge]) -> tuple[list[Key], list[Key]]:
    """(nodes with everything upstream before them, nodes in or behind a cycle): Kahn's algorithm."""
    outgoing = _outgoing(edges)
    open_edges = dict.fromkeys(nodes, 0)
    for edge in edges:
        open_edges[edge.target] += 1
    ready = deque(node for node in nodes if not open_edges[node])
    order: list[Key] = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for target in outgoing[node]:
            open_edges[target] -= 1
            if not open_edges[target]:
                ready.append(target)
    done = set(order)
    return order, [node for node in nodes if node not in done]


def _cycles(left: list[Key], edges: list[Edge]) -> Iterator[tuple[str, ...]]:
    """Loops of Stages that feed each other: walking down each edge once, whenever a Stage comes again."""
    inside = set(left)
    outgoing = {node: [one for one in targets if one in inside] for node, targets in _outgoing(edges).items()}
    seen: set[Key] = set()
    for start in left:
        path: list[Key] = []
        place: dict[Key, int] = {}
        branches = [iter([start])]
        while branches:
            node = next(branches[-1], None)
            if node is None:
                branches.pop()
                if path:
                    del place[path.pop()]
            elif node in place:
                yield tuple(one.name for one in path[place[node] :])
            elif node not in seen:
                seen.add(node)
                place[node] = len(path)
                path.append(node)
                branches.append(iter(outgoing.get(node, [])))


class Outlook(msgspec.Struct, frozen=True):
    """What becomes of the newest Freight, in a word and in a line."""

    next: NextStep
    text: str


def name_of(freight: Freight | FreightReference) -> str:
    """How a line calls Freight. Tags and commit messages come from outside."""
    return one_line(label(freight), 80)


def freight_name(promotion: Promotion, snapshot: Snapshot) -> str:
    known = promotion.status.freight or snapshot.get(Freight, promotion.namespace, promotion.spec.freight)
    return name_of(known) if known else promotion.spec.freight[:7]


def outlook(view: StageView, coming: NextFreight) -> Outlook:
    """What becomes of the newest Freight of an origin: it is on its way, or what and who it waits for."""
    mark = "" if view.snapshot.knows_all(Freight.KIND) else " (of what was read)"
    name, mine = name_of(coming.freight) + mark, view.promotions_of(coming.freight.name)
    moving = in_flight(view, coming.freight.name)
    if moving is not None:
        return Outlook(NextStep.ON_ITS_WAY, f"newer {name} is on its way: Promotion {moving.name}")
    if not coming.availability.available:
        return Outlook(NextStep.GATED, f"newer {name} waits: {_gates_line(view, coming)}")
    if not view.auto_promotion:
        if auto_promotion_state(view).enabled == "unknown":
            return Outlook(NextStep.UNKNOWN, f"newer {name} is available; whether auto-promotion is on is not known")
        tried = f"was tried ({mine[0].status.phase}), is available" if mine else "is available"
        return Outlook(NextStep.PERSON, f"newer {name} {tried} and waits for a person to promote it")
    return _by_itself(view, coming, name, mine)


def _by_itself(view: StageView, coming: NextFreight, name: str, mine: list[Promotion]) -> Outlook:
    """What auto-promotion makes of Freight that is available."""
    hold = holds(view.stage).get(coming.request.origin.key)
    if hold is not None:
        actor = one_line(hold.actor, 80) or "somebody"
        return Outlook(
            NextStep.HELD, f"newer {name} is available; auto-promotion is on hold since {actor} promoted otherwise"
        )
    if _not_retried(view, coming, mine):
        text = f"newer {name} was tried ({mine[0].status.phase}); auto-promotion does not retry it, a person has to"
        return Outlook(NextStep.PERSON, text)
    if not (view.snapshot.knows_all(Promotion.KIND) and view.snapshot.knows_all(Freight.KIND)):
        return Outlook(NextStep.UNKNOWN, f"newer {name} is available; whether it is auto-promoted is not known")
    return Outlook(NextStep.AUTOMATIC, f"newer {name} is available and is auto-promoted next")


def _not_retried(view: StageView, coming: NextFreight, mine: list[Promotion]) -> bool:
    """Kargo's guard against loops: any Promotion of the Freight before 1.11, since then one that did not succeed."""
    kargo = view.snapshot.versions.kargo
    policy = coming.request.sources.auto_promotion_options.selection_policy
    if kargo is not None and kargo < Version(1, 11, 0) and policy == "NewestFreight":
        return bool(mine)
    return unsuccessful_attempt(view, coming.freight.name) is not None


def gate_detail(view: StageView, gate: Gate) -> str:
    """The gate's own words, and why it would never open by itself."""
    upstream = view.snapshot.get(Stage, view.project, gate.upstream) if gate.upstream else None
    if gate.upstream and view.snapshot.lacks(Stage, view.project, gate.upstream):
        return f"{gate.detail}: there is no Stage {gate.upstream}"
    if gate.state is GateState.WAITING and gate.opens is None:
        if upstream is not None and not upstream.spec.promotion_template.spec.steps:
            return f"{gate.detail}: Freight never stays in a control-flow Stage, only an approval opens this"
        return f"{gate.detail}: it is no longer there, so the time does not grow"
    return gate.detail


def _gates_line(view: StageView, coming: NextFreight) -> str:
    closed = coming.availability.closed
    if not closed:
        return "no source is named for it"
    shown = [f"{gate_detail(view, gate)}{_opening(view, gate)}" for gate in closed[:3]]
    more = f" and {len(closed) - 3} more gates" if len(closed) > 3 else ""
    every = coming.request.sources.availability_strategy == "All"
    return (", ".join(shown) if every or len(shown) == 1 else " or ".join(shown)) + more


def _opening(view: StageView, gate: Gate) -> str:
    if gate.opens is None:
        return ""
    return f", opens {stamp(gate.opens)} (in {human(gate.opens - view.snapshot.observed_at)}) at the earliest"


def unrecorded(view: StageView) -> Promotion | None:
    """A Promotion that succeeded after the last one that the Stage has recorded, and is not in its record."""
    last = view.last
    if last is None or last.finished_at is None:
        return None
    for one in view.by_age:
        ended = one.status.finished_at
        if one.status.phase == "Succeeded" and ended is not None and one.name != last.name:
            pinned = not is_generated(last.name, view.name)
            late = ended > last.finished_at and (pinned or view.snapshot.observed_at - ended > RECORDING)
            return one if late else None
    return None


def ahead(view: StageView, index: int) -> str:
    """What has to end before the waiting Promotion at this place starts (kargo regular_stages.go, syncPromotions)."""
    if index:
        return f"{index} ahead in the queue, next before it {view.waiting_promotions[index - 1].name}"
    if view.running is not None:
        return f"{view.running.name} is Running"
    mine, named = view.waiting_promotions[0], view.stage.status.current_promotion
    if named is not None and named.name == mine.name:
        return "nothing: admitted by the Stage, its run has not begun"
    if view.verification_runs:
        return "the verification of the current Freight"
    any_health = (view.snapshot.versions.kargo or SETTLES) < SETTLES
    if view.current is not None and view.verification_info is None and (any_health or view.health in {"", "Healthy"}):
        return "the verification of the current Freight, which has not begun"
    return "nothing that could be seen" if mine.status.phase else "nothing: no controller has taken it up yet"


SETTLES = Version(1, 1, 2)
"""Before it an unverified Freight held the queue whatever the health, even where it could not be verified (#3050)."""

STAGE_SAYS_SO = Version(1, 7, 0)
"""Since then the Stage's own status says whether auto-promotion is on; silence means off."""


def auto_promotion_state(view: StageView) -> AutoPromotionState:
    """Is it on, and who says so."""
    says = view.stage.status.auto_promotion_enabled
    try:
        found = deciding_policy(view.stage, view.snapshot)
    except BadSelector as error:
        note = f"a policy's selector cannot be parsed: {one_line(str(error))}"
        return AutoPromotionState(enabled="on" if says else "unknown", note=note)
    if found is None:
        known, kargo = view.snapshot.knows_all(ProjectConfig.KIND), view.snapshot.versions.kargo
        note = "no policy names this Stage" if known else "ProjectConfig was not read in full"
        sure = known or (kargo is not None and kargo >= STAGE_SAYS_SO)
        return AutoPromotionState(enabled="on" if says else "off" if sure else "unknown", note=note)
    allowed = found.policy.auto_promotion_enabled
    text = f"{found.holder.ref} {found.path}: autoPromotionEnabled {str(allowed).lower()}"
    differs = "the Stage still shows the opposite: it has not been reconciled since, or runs Kargo before 1.7"
    note = differs if says != allowed else ""
    return AutoPromotionState(enabled="on" if says or allowed else "off", policy=text, note=note)


def hold_state(view: StageView, key: str) -> HoldState:
    one = holds(view.stage)[key]
    known = view.snapshot.get(Freight, view.project, one.freight_name)
    return HoldState(
        origin=key,
        freight=one.freight_name,
        freight_label=name_of(known) if known else "",
        promotion=one.promotion_name,
        actor=one_line(one.actor, 120),
        since=one.created_at,
    )

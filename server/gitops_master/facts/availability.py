"""May this Freight enter that Stage? Kargo's own gates, one by one (stage_types.go IsFreightAvailable, freight_types.go soak)."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from gitops_master.facts.durations import later, parse_duration
from gitops_master.model.kargo import Freight
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.stage import FreightRequest, Stage


class GateState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    WAITING = "waiting"


class Gate(msgspec.Struct, frozen=True):
    """One condition on the way into a Stage. `opens`: when it opens by itself, where that can be computed."""

    name: str
    state: GateState
    detail: str
    opens: datetime | None = None
    upstream: str = ""


class Availability(msgspec.Struct, frozen=True):
    request: FreightRequest | None
    gates: tuple[Gate, ...]
    available: bool

    @property
    def closed(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if gate.state is not GateState.OPEN)


def request_for(stage: Stage, freight: Freight) -> FreightRequest | None:
    """The Stage's request for the Freight's origin; None where it does not ask for it."""
    return next((one for one in stage.spec.requested_freight if one.origin.key == freight.origin.key), None)


def soaked(freight: Freight, upstream: str, now: datetime) -> timedelta:
    """How long verified Freight has been in the upstream Stage: the longer of its record and its present stay."""
    verified = freight.status.verified_in.get(upstream)
    if verified is None:
        return timedelta()
    longest = parse_duration(verified.longest_soak) or timedelta()
    current = freight.status.currently_in.get(upstream)
    present = now - current.since if current and current.since else timedelta()
    return max(longest, present, timedelta())


def availability(stage: Stage, freight: Freight, snapshot: Snapshot) -> Availability:
    """Every gate between the Freight and the Stage, and whether Kargo would let it in."""
    request = request_for(stage, freight)
    if request is None:
        asked = ", ".join(one.origin.key for one in stage.spec.requested_freight) or "nothing"
        gate = Gate("origin", GateState.CLOSED, f"{freight.origin.key} is not requested (requested: {asked})")
        return Availability(None, (gate,), available=False)
    approved = freight.status.approved_for.get(stage.name)
    if approved is not None:
        return Availability(request, (Gate("approval", GateState.OPEN, "approved for this Stage"),), available=True)
    if request.sources.direct:
        gate = Gate("source", GateState.OPEN, f"taken directly from {request.origin.key}")
        return Availability(request, (gate,), available=True)
    gates = tuple(_upstream_gate(freight, upstream, request, snapshot) for upstream in request.sources.stages)
    open_ones = [gate.state is GateState.OPEN for gate in gates]
    # As Kargo does it: all of no Stages have verified it. Admission keeps such requests out.
    available = all(open_ones) if request.sources.availability_strategy == "All" else any(open_ones)
    return Availability(request, gates, available)


def _upstream_gate(freight: Freight, upstream: str, request: FreightRequest, snapshot: Snapshot) -> Gate:
    if upstream not in freight.status.verified_in:
        return Gate("verified", GateState.CLOSED, f"not verified in {upstream}", upstream=upstream)
    required = parse_duration(request.sources.required_soak_time) if request.sources.required_soak_time else None
    if not required:
        return Gate("verified", GateState.OPEN, f"verified in {upstream}", upstream=upstream)
    done = soaked(freight, upstream, snapshot.observed_at)
    if done >= required:
        return Gate("soak", GateState.OPEN, f"soaked in {upstream}", upstream=upstream)
    current = freight.status.currently_in.get(upstream)
    opens = later(current.since, required) if current and current.since else None
    detail = f"soaked {done} of {request.sources.required_soak_time} in {upstream}"
    return Gate("soak", GateState.WAITING, detail, opens=opens, upstream=upstream)

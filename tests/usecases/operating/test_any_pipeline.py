"""Over thousands of pipelines: the plan says go exactly where Kargo's own rule and the few other gates do.

The rule and the gates are written down in `oracle` and here once more, over plain data, and share no code with the program.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_master.model.kargo import Freight, Promotion
from gitops_master.model.meta import Object
from gitops_master.model.operating import GoAhead
from gitops_master.model.snapshot import Gap, Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.versions import Version, Versions
from gitops_master.usecases.operating.promotion_plan import Promotions
from tests.usecases.operating import oracle
from tests.usecases.operating.pipelines import F1, F2, F3, NOW, asked, generated

JSON = dict[str, Any]
_SOAKS = ("", "0s", "30m", "1h0m0s", "2h")
_EDGES = (1799, 1800, 1801, 3599, 3600, 3601, 7199, 7200, 9999)
_NAMES = ("a", "b", "c", "gone")
_NAMED = (F1, F2, F3)
_MOVING = {"", "Pending", "Running"}
_STEPS = [{"uses": "compose-output"}]


class Tape:
    """Choices from bytes: zeros choose the first, so that a failing pipeline shrinks to a plain one."""

    def __init__(self, data: bytes) -> None:
        self._data = iter(data)

    def of(self, *choices: Any) -> Any:
        return choices[next(self._data, 0) % len(choices)]

    def chance(self, one_in: int) -> bool:
        return next(self._data, 0) % one_in == one_in - 1


class Pipeline(msgspec.Struct):
    """Plain data. `gaps`: of what could not be read."""

    stage: JSON
    freight: JSON
    others: list[JSON]
    promotions: list[JSON]
    upstream: list[JSON]
    gaps: list[Gap]
    rollback: bool


def _stamp(seconds: int) -> str:
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _draw(tape: Tape) -> Pipeline:
    freight = _freight(tape, F2, 5)
    freight["status"] = _status(tape)
    return Pipeline(
        stage=_stage(tape),
        freight=freight,
        others=[one for name, days in ((F1, 9), (F3, 1)) if not tape.chance(4) for one in [_freight(tape, name, days)]],
        promotions=[_promotion(tape, number) for number in range(tape.of(0, 0, 1, 2))],
        upstream=[_plain_stage(name) for name in ("a", "b", "c")],
        gaps=_gaps(tape),
        rollback=tape.chance(3),
    )


def _head(name: str, tape: Tape) -> JSON:
    return {"name": name, "namespace": "p", **({"deletionTimestamp": _stamp(9)} if tape.chance(24) else {})}


def _freight(tape: Tape, name: str, days: int) -> JSON:
    origin = {"kind": "Warehouse", "name": tape.of("w", "w", "w", "x")}
    return {"metadata": _head(name, tape), "origin": origin, "discoveredAt": _stamp(days * 86400)}


def _status(tape: Tape) -> JSON:
    verified = {
        name: ({"longestSoak": f"{tape.of(*_EDGES)}s"} if tape.chance(2) else {}) for name in _NAMES if tape.chance(2)
    }
    stays = {name: {"since": _stamp(tape.of(*_EDGES))} for name in _NAMES if tape.chance(2)}
    approved = {name: {"approvedAt": _stamp(5)} for name in ("prod", "a") if tape.chance(6)}
    return {"verifiedIn": verified, "currentlyIn": stays, "approvedFor": approved}


def _request(tape: Tape, origin: str) -> JSON:
    sources: JSON = {"stages": [name for name in _NAMES if tape.chance(2)], "direct": tape.chance(5)}
    soak, strategy = tape.of(*_SOAKS), tape.of("", "OneOf", "All")
    sources |= {"requiredSoakTime": soak} if soak else {}
    sources |= {"availabilityStrategy": strategy} if strategy else {}
    return {"origin": {"kind": "Warehouse", "name": origin}, "sources": sources}


def _stage(tape: Tape) -> JSON:
    origins = tape.of(["w"], ["w", "x"], ["x", "w"], ["x"])
    history = [
        {"id": str(index), "items": {"Warehouse/w": {"name": tape.of(*_NAMED), "origin": {"name": "w"}}},
         "verificationHistory": [{"id": "v", "phase": tape.of("Successful", "Failed", "Running")}]}
        for index in range(tape.of(0, 1, 2))
    ]  # fmt: skip
    last = {"name": generated(F2, age=90), "status": {"phase": tape.of("Succeeded", "Failed", "Errored", "Aborted")}}
    status = {"freightHistory": history, "health": {"status": tape.of("Healthy", "Unhealthy", "Progressing")}}
    status["conditions"] = [{"type": "Ready", "status": "True"}]
    status |= {"lastPromotion": last} if tape.chance(2) else {}
    template = {"spec": {"steps": [] if tape.chance(16) else _STEPS}}
    spec = {"requestedFreight": [_request(tape, one) for one in origins], "promotionTemplate": template}
    return {"metadata": _head("prod", tape), "spec": spec, "status": status}


def _plain_stage(name: str) -> JSON:
    return {"metadata": {"name": name, "namespace": "p"}, "spec": {"promotionTemplate": {"spec": {"steps": _STEPS}}}}


def _promotion(tape: Tape, number: int) -> JSON:
    of, to = tape.of(F1, F2, F3), tape.of("prod", "prod", "a")
    phase = tape.of("Succeeded", "Running", "Pending", "", "Failed")
    name = generated(of, to, 10 + number)
    spec = {"stage": to, "freight": of, "steps": _STEPS}
    return {"metadata": {"name": name, "namespace": "p"}, "spec": spec, "status": {"phase": phase}}


def _gaps(tape: Tape) -> list[Gap]:
    found = [Gap("kargo.akuity.io/Promotion", "forbidden", denied=True)] if tape.chance(24) else []
    return found + [Gap("x", "broken", object=one) for one in ("Stage p/prod", f"Freight p/{F2}") if tape.chance(32)]


def _rest(one: Pipeline) -> bool:
    """The other gates, as plainly as they can be said."""
    stage, freight = one.stage, one.freight
    if one.gaps or not stage["spec"]["promotionTemplate"]["spec"]["steps"]:
        return False
    if "deletionTimestamp" in stage["metadata"] or "deletionTimestamp" in freight["metadata"]:
        return False
    mine = [each for each in one.promotions if each["spec"]["stage"] == "prod" and each["spec"]["freight"] == F2]
    if any(each["status"]["phase"] in _MOVING for each in mine):
        return False
    history = stage["status"]["freightHistory"]
    names = [entry["items"]["Warehouse/w"]["name"] for entry in history]
    if not names:
        return True
    if names[0] == F2:
        if any(each["spec"]["stage"] == "prod" and each["status"]["phase"] in _MOVING for each in one.promotions):
            return True
        ended = stage["status"].get("lastPromotion", {"status": {"phase": "Succeeded"}})["status"]["phase"]
        return bool(ended != "Succeeded" or stage["status"]["health"]["status"] == "Unhealthy")
    if freight["origin"]["name"] != "w" or one.rollback:
        return True
    there = {each["metadata"]["name"] for each in one.others}
    return names[0] == F1 if names[0] in there else F2 not in names[1:]


def _snapshot(one: Pipeline) -> Snapshot:
    objects: list[Object] = [msgspec.convert(each, Stage) for each in (one.stage, *one.upstream)]
    objects += [msgspec.convert(each, Freight) for each in (one.freight, *one.others)]
    objects += [msgspec.convert(each, Promotion) for each in one.promotions]
    versions = Versions(kargo=Version(1, 11, 2))
    return Snapshot(objects, source="t", observed_at=NOW, versions=versions, complete=("*",), gaps=one.gaps)


def test_the_plan_says_go_exactly_where_kargo_and_the_other_gates_do() -> None:
    seen: Counter[str] = Counter()
    planner = Promotions()

    @settings(
        max_examples=10_000, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.binary(min_size=64, max_size=64))
    def check(data: bytes) -> None:
        one = _draw(Tape(data))

        plan = planner.plan(asked(F2, rollback=one.rollback), _snapshot(one)).plan

        available, rest = oracle.available(one.stage, one.freight, NOW), _rest(one)
        assert (plan.verdict is GoAhead.GO) == (available and rest)
        if plan.verdict is GoAhead.WAITING:
            assert not available, "what waits is not available yet"
            assert rest, "what waits needs nothing else"
        seen[f"{plan.verdict.value} {'available' if available else 'not available'}"] += 1

    check()

    assert sum(seen.values()) >= 10_000
    assert (
        min(
            seen[key] for key in ("go available", "blocked available", "blocked not available", "waiting not available")
        )
        > 100
    )

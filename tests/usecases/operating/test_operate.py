"""The way of every write: what holds it back, that it is sent once, and what is said where nobody knows."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import anyio
import pytest

from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable
from gitops_master.model.kargo import Promotion
from gitops_master.model.operating import (
    Gate,
    GateVerdict,
    GoAhead,
    Operated,
    Operation,
    Outcome,
    Plan,
    Refusal,
    StagePlan,
)
from gitops_master.model.snapshot import Snapshot
from gitops_master.ports.writing import Promote, Sent, Way, Write
from gitops_master.usecases.operating.operate import exit_code
from gitops_master.usecases.operating.planned import After, OperationRequest, Planned, Trace
from tests.usecases.operating.worlds import START, Rights, World, promotion

LOST = Sent(0, "connection reset")


class Simple:
    """Promotes f1 to each of its Stages; the gate is shut while a Promotion to one of them runs that is not f1's."""

    def __init__(self, *stages: str, verdict: GateVerdict = GateVerdict.OPEN) -> None:
        self._stages = stages or ("prod",)
        self.verdict = verdict

    def kinds(self) -> frozenset[str]:
        return frozenset({"kargo.akuity.io/*"})

    def plan(self, request: OperationRequest, snapshot: Snapshot) -> Planned:
        others = [one.name for one in snapshot.all(Promotion) if one.spec.freight != request.freight]
        shut = self.verdict is not GateVerdict.OPEN or others
        go = GoAhead.WAITING if self.verdict is GateVerdict.WAITING else GoAhead.BLOCKED if shut else GoAhead.GO
        gate = Gate(name="quiet", verdict=GateVerdict.CLOSED if others else self.verdict, detail=f"others: {others}")
        targets = [StagePlan(target=f"Stage {one}", verdict=go, gates=[gate]) for one in self._stages]
        return Planned(
            plan=Plan(
                operation=Operation.PROMOTE,
                project="shop",
                freight="f1",
                verdict=go,
                targets=targets,
                question="Do it?",
            ),
            stages=tuple(("shop", one) for one in self._stages),
            writes=tuple(Promote(namespace="shop", stage=one, freight="f1") for one in self._stages),
            inputs=(f"others {others}",),
        )

    def done(self, planned: Planned, write: Write, before: Snapshot, now: Snapshot, since: datetime) -> Trace:
        assert isinstance(write, Promote)
        known = {one.name for one in before.all(Promotion)}
        made = [
            one.name
            for one in now.all(Promotion)
            if one.name not in known
            and (one.spec.stage, one.spec.freight) == (write.stage, write.freight)
            and one.created is not None
            and one.created >= since - timedelta(seconds=1)
        ]
        return Trace(bool(made), tuple(made), "the Promotion is there" if made else "no such Promotion is there")

    def after(self, planned: Planned, before: Snapshot, now: Snapshot, since: datetime) -> After:
        raise AssertionError("Promotions are watched")


async def _planned(world: World) -> str:
    answer = await world.run(yes=None)
    assert answer.outcome is Outcome.PLANNED
    assert answer.plan is not None
    assert world.written == []
    return answer.plan.plan_id


async def _refused(world: World, refusal: Refusal, plan_id: str, **more: Any) -> Operated:
    answer = await world.run(plan_id=plan_id, **more)
    assert (answer.outcome, answer.refusal) == (Outcome.REFUSED, refusal)
    assert world.verdicts[-1] == "refused"
    assert exit_code(answer) == 77
    return answer


async def test_consent_leads_to_one_write_and_one_line_of_audit() -> None:
    world = World(Simple())

    answer = await world.run()

    assert [type(one) for one in world.written] == [Promote]
    assert [one.question for one in world.asked] == ["Do it?"]
    assert [(one.verdict, one.who, one.action) for one in world.audit] == [("done", "jane", "promote")]
    assert [one.name for one in answer.promotions] == world.promotions
    assert "Promotion prod." in world.audit[0].detail


async def test_without_consent_nothing_is_written() -> None:
    world = World(Simple())

    answer = await world.run(yes=False)

    assert (answer.outcome, answer.refusal) == (Outcome.REFUSED, Refusal.DECLINED)
    assert world.written == []
    assert world.verdicts == ["refused"]


async def test_a_plan_id_is_consent() -> None:
    world = World(Simple())
    plan_id = await _planned(world)

    answer = await world.run(plan_id=plan_id)

    assert world.verdicts == ["done"]
    assert len(world.asked) == 1  # for the plan; not again
    assert len(answer.promotions) == 1


async def test_a_plan_is_acted_on_once() -> None:
    world = World(Simple())
    plan_id = await _planned(world)
    await world.run(plan_id=plan_id)

    answer = await _refused(world, Refusal.ACTED, plan_id)

    assert len(world.written) == 1
    assert world.promotions[0] in answer.message
    assert answer.next_call["promotion"] == world.promotions[0]


async def test_two_calls_at_a_time_with_one_plan_promote_once() -> None:
    world = World(Simple())
    plan_id = await _planned(world)
    answers: list[Operated] = []

    async def call() -> None:
        answers.append(await world.run(plan_id=plan_id))

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(call)

    assert len(world.written) == 1
    assert [one.refusal for one in answers].count(Refusal.ACTED) == 4


async def test_plans_that_do_not_fit_are_told_apart() -> None:
    world = World(Simple())
    plan_id = await _planned(world)

    await _refused(world, Refusal.FORGED, plan_id[:-2] + "zz")
    await _refused(world, Refusal.OTHER, plan_id, stage="prod", freight="f1", downstream=True)
    world.objects.append(promotion("x", "prod", "f2", START))
    stale = await _refused(world, Refusal.STALE, plan_id)
    world.now += timedelta(minutes=11)
    await _refused(world, Refusal.EXPIRED, plan_id)

    assert stale.plan is not None
    assert "others: ['x']" in stale.message
    assert world.written == []


async def test_what_changes_while_somebody_thinks_makes_the_plan_stale() -> None:
    world = World(Simple())
    world.before_consent = lambda: world.objects.append(promotion("x", "prod", "f2", START))

    answer = await world.run()

    assert answer.refusal is Refusal.STALE
    assert world.written == []


async def test_a_promotion_of_the_same_freight_made_while_somebody_thinks_is_found() -> None:
    world = World(Simple())
    world.before_consent = lambda: world.objects.append(promotion("x", "prod", "f1", START))

    answer = await world.run()

    assert answer.refusal is Refusal.ACTED
    assert world.written == []


@pytest.mark.parametrize(
    ("verdict", "code"), [(GateVerdict.CLOSED, 77), (GateVerdict.UNREADABLE, 77), (GateVerdict.WAITING, 2)]
)
async def test_a_shut_gate_leaves_the_plan(verdict: GateVerdict, code: int) -> None:
    world = World(Simple(verdict=verdict))

    answer = await world.run()

    assert (answer.outcome, answer.refusal) == (Outcome.PLANNED, Refusal.BLOCKED)
    assert exit_code(answer) == code
    assert answer.plan is not None
    assert answer.plan.plan_id == ""
    assert (world.written, world.audit, world.asked) == ([], [], [])


async def test_where_writing_is_off_the_answer_is_the_plan() -> None:
    world = World(Simple())

    answer = await world.run(means=world.means(allow_writes=False))

    assert (answer.outcome, answer.refusal) == (Outcome.PLANNED, Refusal.WRITING_OFF)
    assert exit_code(answer) == 0
    assert (world.written, world.audit, world.asked) == ([], [], [])


async def test_who_insists_is_refused_and_noted() -> None:
    world = World(Simple())

    answer = await world.run(means=world.means(allow_writes=False), insists=True)

    assert (answer.outcome, answer.refusal) == (Outcome.REFUSED, Refusal.WRITING_OFF)
    assert (exit_code(answer), world.verdicts) == (77, ["refused"])


async def test_an_id_does_not_switch_writing_on() -> None:
    world = World(Simple())
    plan_id = await _planned(world)

    answer = await world.run(plan_id=plan_id, means=world.means(allow_writes=False))

    assert answer.refusal is Refusal.WRITING_OFF
    assert world.written == []


@pytest.mark.parametrize("glob", ["prod", "prod*", "shop/*"])
async def test_a_protected_stage_is_left_alone(glob: str) -> None:
    world = World(Simple())

    answer = await world.run(means=world.means(protect=(glob,)))

    assert answer.refusal is Refusal.PROTECTED
    assert glob in answer.message
    assert world.written == []


async def test_no_way_is_a_closed_gate() -> None:
    world = World(Simple(), way=Forbidden("no login of Kargo", "kargo promote --stage prod"))

    answer = await world.run()

    assert answer.refusal is Refusal.BLOCKED
    assert "kargo promote --stage prod" in answer.message


async def test_a_way_that_cannot_be_found_out_is_unreadable() -> None:
    world = World(Simple(), way=Unreachable("no answer"))

    answer = await world.run()

    assert answer.plan is not None
    assert [one.verdict for one in answer.plan.targets[0].gates] == [GateVerdict.OPEN, GateVerdict.UNREADABLE]


async def test_a_caller_without_the_right_gets_a_plan() -> None:
    world = World(Simple(), way=Way(title="Kubernetes", is_caller=True))

    answer = await world.run(means=world.means(probe=Rights(["promote stages.kargo.akuity.io"])))

    assert answer.refusal is Refusal.BLOCKED
    assert "not permitted: promote stages.kargo.akuity.io in namespace shop" in answer.message


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 429])
async def test_what_the_server_refuses_was_not_done(status: int) -> None:
    world = World(Simple(), answers=[Sent(status, "no")])

    answer = await world.run()

    assert (answer.outcome, answer.refusal) == (Outcome.REFUSED, Refusal.SERVER)
    assert len(world.written) == 1
    assert world.verdicts == ["refused"]


async def test_a_lost_answer_is_looked_up_and_found() -> None:
    world = World(Simple(), answers=[LOST], lost_is_done=True)

    answer = await world.run()

    assert len(world.written) == 1
    assert world.verdicts == ["done"]
    assert [one.name for one in answer.promotions] == world.promotions


async def test_a_lost_answer_that_left_no_trace_is_not_known_and_not_sent_again() -> None:
    world = World(Simple(), answers=[LOST])

    answer = await world.run()

    assert answer.outcome is Outcome.NOT_KNOWN
    assert len(world.written) == 1
    assert world.verdicts == ["not known"]
    assert "look again" in answer.message


async def test_what_was_never_sent_is_said_so() -> None:
    world = World(Simple(), answers=[Unreachable("no route to host")])

    answer = await world.run()

    assert (answer.outcome, world.verdicts) == (Outcome.FAILED, ["failed"])


async def test_several_stages_stop_at_the_first_that_fails() -> None:
    world = World(Simple("eu", "us", "asia"), answers=[Sent(201), Sent(403, "no")])

    answer = await world.run()

    assert [one.stage for one in world.written if isinstance(one, Promote)] == ["eu", "us"]
    assert world.verdicts == ["done", "refused"]
    assert answer.outcome is Outcome.FAILED
    assert "1 more not tried" in answer.message
    assert len(answer.promotions) == 1


async def test_what_was_sent_is_reported_though_the_call_is_cancelled() -> None:
    world = World(Simple())

    with anyio.CancelScope() as scope:
        send = world.send

        async def cancelled(write: Write, *rest: object, **more: object) -> Sent:
            scope.cancel()
            return await send(write, *rest, **more)  # type: ignore[arg-type]

        world.send = cancelled  # type: ignore[method-assign]
        await world.run()

    assert len(world.promotions) == 1
    assert world.verdicts == ["done"]


async def test_reads_that_fail_come_before_anything_is_written() -> None:
    world = World(Simple())

    async def fails(*_: object, **__: object) -> Snapshot:
        raise Unreachable("gone")

    world.read = fails  # type: ignore[method-assign]
    with pytest.raises(GitOpsError, match="gone"):
        await partial(world.run)()
    assert world.written == []

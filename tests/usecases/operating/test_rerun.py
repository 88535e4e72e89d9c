"""Asking Kargo to verify again before something else: what is refused, what is written once, and what is said of what came of it."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import anyio
import pytest

from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable, UsageError
from gitops_master.model.operating import Operated, Outcome, Plan
from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.ports.cluster import LogsRead, ReadPlan
from gitops_master.ports.writing import AuditLine, Premises, Reverify, Sent, Way, Write
from gitops_master.usecases.audit import log_audit
from gitops_master.usecases.operating.means import Following, Means
from gitops_master.usecases.operating.neighbours import NEIGHBOURS
from gitops_master.usecases.operating.operate import exit_code
from gitops_master.usecases.operating.plan_ids import PlanIds
from gitops_master.usecases.operating.policy import Policy
from gitops_master.usecases.operating.rerun import verify_again
from tests.usecases.operating.neighbours import JSON, NOW, cluster, project, stage

OLD, NEW = "id-old", "id-new"
SMOKE = {"verification": {"analysisTemplates": [{"name": "smoke"}]}}


def record(id_: str = OLD, phase: str = "Failed", **more: Any) -> JSON:
    return {"id": id_, "phase": phase, "startTime": "2026-11-23T03:00:00Z", **more}


def held(*records: JSON, health: str = "Healthy", notes: JSON | None = None, collection: str = "c1") -> JSON:
    history = [{"id": collection, "items": {}, "verificationHistory": list(records)}]
    meta = {"annotations": notes or {}}
    return stage("test", meta=meta, spec=SMOKE, freightHistory=history, health={"status": health})


BEFORE = held(record())
DONE = held(record(NEW, "Successful"), record())


class World:
    """A cluster that shows its states one after the other, the last for ever; a state may be an error. Time passes by sleeping.

    It is read for the plan, once more after consent, and once after the write; then to see what comes of it.
    """

    def __init__(self, *states: JSON | GitOpsError, sent: Sent | GitOpsError | None = None) -> None:
        self._states = list(states)
        self._sent = sent or Sent(200)
        self.now = NOW
        self.written: list[Write] = []
        self.asked: list[Plan] = []
        self.audit: list[AuditLine] = []
        self.told: list[str] = []

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        if isinstance(state, GitOpsError):
            raise state
        return cluster(project(), state, at=self.now)

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        return LogsRead({})

    async def way(self, write: Write, premises: Premises, *, deadline_s: float) -> Way:
        return Way(title="the Kubernetes API (test)", who="jane", is_tried=True)

    async def send(self, write: Write, premises: Premises, *, deadline_s: float) -> Sent:
        self.written.append(write)
        if isinstance(self._sent, GitOpsError):
            raise self._sent
        return self._sent

    async def close(self) -> None:
        """Nothing is open."""

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def tell(self, line: str) -> None:
        self.told.append(line)

    def clock(self) -> datetime:
        return self.now

    async def run(
        self,
        *,
        policy: Policy | None = None,
        yes: bool | None = True,
        name: str = "test",
        wait_s: float = 600.0,
        interval_s: float = 5.0,
    ) -> Operated:
        async def agree(plan: Plan) -> bool | None:
            self.asked.append(plan)
            return yes

        means = Means(
            reader=self,
            writer=lambda: self,
            probe=None,
            policy=policy or Policy(allow_writes=True),
            planners=NEIGHBOURS,
            plan_ids=PlanIds(b"k" * 32),
            turn=anyio.Lock(),
            audit=self.audit.append,
            clock=self.clock,
            sleep=self.sleep,
            tell=self.tell,
            who="jane",
        )
        return await verify_again(
            "demo", name, means, agree=agree, following=Following(wait_s=wait_s, interval_s=interval_s)
        )

    @property
    def verdicts(self) -> list[str]:
        return [one.verdict for one in self.audit]


async def refused(world: World, words: str, **how: Any) -> Forbidden:
    with pytest.raises(Forbidden, match=words) as caught:
        await world.run(**how)
    assert world.written == []
    assert world.verdicts == ["refused"]
    assert world.audit[0].detail == caught.value.message
    return caught.value


async def test_a_run_that_succeeds_is_followed_to_its_end() -> None:
    running = held(record(NEW, "Running"), record())
    world = World(BEFORE, BEFORE, BEFORE, BEFORE, running, running, DONE)

    answer = await world.run()

    assert (answer.outcome, exit_code(answer)) == (Outcome.DONE, 0)
    assert world.written == [Reverify(namespace="demo", stage="test", verification_id=OLD)]
    assert world.told == ["waiting for Kargo to begin", "the verification is Running", "the verification is Successful"]
    [line] = world.audit
    assert (line.who, line.action, line.target, line.verdict) == ("jane", "reverify", "demo/test", "done")


@pytest.mark.parametrize(
    ("phase", "outcome", "code"),
    [
        ("Failed", Outcome.FAILED, 1),
        ("Error", Outcome.FAILED, 1),
        ("Aborted", Outcome.FAILED, 1),
        ("Inconclusive", Outcome.NOT_KNOWN, 3),
    ],
)
async def test_a_run_that_does_not_succeed_says_what_became_of_it(phase: str, outcome: Outcome, code: int) -> None:
    answer = await World(BEFORE, BEFORE, held(record(NEW, phase, message="metric failed"), record())).run()

    assert (answer.outcome, exit_code(answer)) == (outcome, code)
    assert answer.message == f"the verification is {phase}: metric failed"


async def test_writing_has_to_be_switched_on() -> None:
    world = World(BEFORE)

    await refused(world, "writing is switched off .*--allow-writes", policy=Policy())

    assert world.asked == []


@pytest.mark.parametrize("glob", ["test", "te*", "demo/*", "*"])
async def test_protected_stages_are_left_alone(glob: str) -> None:
    await refused(World(BEFORE), "is protected", policy=Policy(allow_writes=True, protect=("prod-*", glob)))


async def test_other_stages_are_not_protected() -> None:
    answer = await World(BEFORE, BEFORE, DONE).run(policy=Policy(allow_writes=True, protect=("prod-*", "other/test")))

    assert answer.outcome is Outcome.DONE


async def test_what_kargo_would_drop_is_refused_in_words() -> None:
    world = World(held(record(), health="Progressing"))

    await refused(world, "test is Progressing, and Kargo verifies Healthy ones only")

    assert world.asked == []


async def test_without_consent_nothing_is_written() -> None:
    world = World(BEFORE)

    await refused(world, "no consent", yes=False)

    [plan] = world.asked
    assert "Stage test of project demo again? It is Failed now" in plan.question
    assert plan.how == "the Kubernetes API (test), as jane"


async def test_nobody_there_to_agree_is_no_consent() -> None:
    world = World(BEFORE)

    with pytest.raises(Forbidden, match="nobody is there to agree: Ask Kargo to verify Stage test") as caught:
        await world.run(yes=None)

    assert "--yes" in caught.value.hint
    assert world.written == []


async def test_what_has_changed_while_consent_was_given_is_refused() -> None:
    await refused(World(BEFORE, DONE), "the cluster has changed since")
    await refused(World(BEFORE, held(record(), health="Degraded")), "is Degraded")


@pytest.mark.parametrize(
    ("sent", "type_", "words", "verdict"),
    [
        (
            Sent(403, "403 Forbidden: may not patch stages"),
            Forbidden,
            "nothing was changed: 403 .*patch stages",
            "refused",
        ),
        (Sent(404, "404 Not Found"), Forbidden, "404 Not Found", "refused"),
        (Sent(422, "422: no"), Forbidden, "422: no", "refused"),
        (Unreachable("no credentials"), GitOpsError, "no credentials", "failed"),
    ],
)
async def test_a_write_that_fails_is_told_and_never_sent_twice(
    sent: Sent | GitOpsError, type_: type[GitOpsError], words: str, verdict: str
) -> None:
    world = World(BEFORE, sent=sent)

    with pytest.raises(type_, match=words):
        await world.run()

    assert len(world.written) == 1
    assert world.verdicts == [verdict]


@pytest.mark.parametrize(
    "seen",
    [
        held(record(), notes={"kargo.akuity.io/reverify": '{"id":"id-old","actor":"kubernetes:jane"}'}),
        held(record(NEW, "Running"), record()),
    ],
)
async def test_after_no_answer_the_stage_is_looked_at(seen: JSON) -> None:
    world = World(BEFORE, BEFORE, BEFORE, seen, DONE, sent=Sent(0, "timed out"))

    answer = await world.run()

    assert answer.outcome is Outcome.DONE
    assert len(world.written) == 1
    assert world.verdicts == ["done"]


@pytest.mark.parametrize(
    ("seen", "words"), [(BEFORE, "the Stage does not show it"), (Unreachable("down"), "cannot be read either: down")]
)
async def test_where_the_stage_does_not_show_it_nobody_knows(seen: JSON | GitOpsError, words: str) -> None:
    world = World(BEFORE, BEFORE, seen, sent=Sent(504, "timed out"))

    with pytest.raises(Unreachable, match=rf"no answer came \(timed out\), and .*{words}") as caught:
        await world.run()

    assert "gitops-master state test" in caught.value.hint
    assert world.verdicts == ["not known"]
    assert len(world.written) == 1


async def test_a_deadline_without_a_new_run_is_not_the_end() -> None:
    world = World(BEFORE)

    answer = await world.run(wait_s=60, interval_s=7)

    assert (answer.outcome, answer.message) == (Outcome.UNDER_WAY, "waiting for Kargo to begin")
    assert world.told == ["waiting for Kargo to begin"]
    assert world.now == NOW + timedelta(seconds=60.5)
    assert exit_code(answer) == 2


async def test_a_deadline_while_it_runs_is_waiting() -> None:
    answer = await World(BEFORE, BEFORE, held(record(NEW, "Running"), record())).run(wait_s=10)

    assert (answer.message, exit_code(answer)) == ("the verification is Running", 2)


async def test_without_a_wait_it_only_asks() -> None:
    world = World(BEFORE)

    answer = await world.run(wait_s=0)

    assert answer.message == "waiting for Kargo to begin"
    assert len(world.written) == 1


async def test_reads_that_fail_while_waiting_do_not_end_it() -> None:
    world = World(BEFORE, BEFORE, BEFORE, Unreachable("down"), DONE)

    answer = await world.run()

    assert answer.outcome is Outcome.DONE
    assert any("cannot be read: down" in line for line in world.told)


async def test_other_freight_ends_the_wait() -> None:
    answer = await World(BEFORE, BEFORE, held(record("id-x"), collection="c2")).run()

    assert answer.outcome is Outcome.NOT_KNOWN
    assert answer.message.startswith("other Freight was promoted in the meantime")


async def test_a_stage_that_does_not_exist_is_said() -> None:
    with pytest.raises(UsageError, match="no Stage 'tset'"):
        await World(BEFORE).run(name="tset")


def test_the_audit_is_one_line_of_json_without_what_a_terminal_obeys(caplog: pytest.LogCaptureFixture) -> None:
    line = AuditLine(NOW, "jane\x1b[31m", "kind-shop", "reverify", "Stage shop/test", "refused", "no\nconsent")

    with caplog.at_level(logging.WARNING, "gitops_master.audit"):
        log_audit(line)

    [entry] = caplog.messages
    assert "\n" not in entry
    assert "\x1b" not in entry
    assert json.loads(entry)["verdict"] == "refused"
    assert json.loads(entry)["at"] == "2026-11-23T04:00:00Z"

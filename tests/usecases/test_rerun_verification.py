"""Asking Kargo to verify again: what is refused, what is written, and what is said of what came of it."""

import json
import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable, UsageError
from gitops_master.model.meta import Object
from gitops_master.model.rerun import Rerun
from gitops_master.model.rollouts import AnalysisRun
from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.model.stage import Stage
from gitops_master.model.verification import Verdict
from gitops_master.ports.cluster import LogsRead, ReadPlan
from gitops_master.ports.writing import AuditLine, Sent
from gitops_master.usecases.audit import log_audit
from gitops_master.usecases.rerun_checks import Plan, WritePolicy
from gitops_master.usecases.rerun_verification import Means, RerunRequest, exit_code, rerun_verification

JSON = dict[str, Any]
START = datetime(2026, 11, 23, 4, tzinfo=UTC)
OLD, NEW = "id-old", "id-new"
STEPS = {"spec": {"steps": [{"uses": "git-clone"}]}}


def record(id_: str = OLD, phase: str = "Failed", **more: Any) -> JSON:
    return {"id": id_, "phase": phase, "startTime": "2026-11-23T03:00:00Z", **more}


def stage(*records: JSON, health: str = "Healthy", spec: JSON | None = None, **status: Any) -> Stage:
    """Held Freight c1, verified as told, newest first."""
    told = {"promotionTemplate": STEPS, "verification": {"analysisTemplates": [{"name": "smoke"}]}, **(spec or {})}
    history = [{"id": "c1", "items": {}, "verificationHistory": list(records)}]
    held = {"freightHistory": history, "health": {"status": health}, **status}
    metadata = {"name": "test", "namespace": "shop", "annotations": status.pop("annotations", {})}
    return msgspec.convert({"metadata": metadata, "spec": told, "status": held}, Stage)


class World:
    """A cluster that shows its states one after the other, the last for ever; a state may be an error. Time passes by sleeping."""

    def __init__(
        self, *states: Object | Iterable[Object] | GitOpsError, sent: Sent | GitOpsError | None = None
    ) -> None:
        self._states = list(states)
        self._sent = sent or Sent(200)
        self.now = START
        self.written: list[tuple[str, str, str]] = []
        self.asked: list[Plan] = []
        self.audit: list[AuditLine] = []
        self.told: list[str] = []

    title = "test"

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        if isinstance(state, GitOpsError):
            raise state
        objects = [state] if isinstance(state, Object) else list(state)
        return Snapshot(objects, source="kind-shop", observed_at=self.now, complete=["*"])

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        return LogsRead({})

    async def reverify(self, project: str, stage: str, verification_id: str, *, deadline_s: float) -> Sent:
        self.written.append((project, stage, verification_id))
        if isinstance(self._sent, GitOpsError):
            raise self._sent
        return self._sent

    async def close(self) -> None:
        """Nothing is open."""

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def run(
        self, *, policy: WritePolicy | None = None, yes: bool = True, name: str = "test", **request: Any
    ) -> Rerun:
        async def consent(plan: Plan) -> bool:
            self.asked.append(plan)
            return yes

        means = Means(
            reader=self,
            writer=lambda: self,
            policy=policy or WritePolicy(allow_writes=True),
            consent=consent,
            audit=self.audit.append,
            clock=lambda: self.now,
            sleep=self.sleep,
            tell=self.told.append,
            who="jane",
        )
        return await rerun_verification(RerunRequest(stage=name, project="shop", **request), means)

    @property
    def verdicts(self) -> list[str]:
        return [one.verdict for one in self.audit]


BEFORE = stage(record())


async def refused(world: World, words: str, **how: Any) -> Forbidden:
    with pytest.raises(Forbidden, match=words) as caught:
        await world.run(**how)
    assert world.written == []
    assert world.verdicts == ["refused"]
    assert world.audit[0].detail == caught.value.message
    return caught.value


async def test_a_run_that_succeeds_is_followed_to_its_end() -> None:
    running = stage(record(NEW, "Running"), record())
    world = World(BEFORE, BEFORE, BEFORE, running, running, stage(record(NEW, "Successful"), record()))

    answer = await world.run()

    assert (answer.verdict, answer.asked, answer.verification_id) == (Verdict.PASS, OLD, NEW)
    assert world.written == [("shop", "test", OLD)]
    assert world.told == [
        "Kargo was asked to verify Stage test again",
        "waiting for Kargo to begin",
        "the verification is Running",
        "the verification is Successful",
    ]
    assert answer.kargo is not None
    assert (answer.kargo.phase, answer.action, answer.next_call) == ("Successful", "None", {})
    assert exit_code(answer) == 0
    assert [(one.who, one.where, one.target, one.verdict) for one in world.audit] == [
        ("jane", "kind-shop", "Stage shop/test", "done")
    ]


@pytest.mark.parametrize(
    ("phase", "verdict", "code"),
    [("Failed", "FAIL", 1), ("Error", "FAIL", 1), ("Aborted", "FAIL", 1), ("Inconclusive", "UNKNOWN", 3)],
)
async def test_a_run_that_does_not_succeed_suggests_the_diagnosis(phase: str, verdict: str, code: int) -> None:
    run = {"namespace": "shop", "name": "run-2"}
    after = stage(record(NEW, phase, analysisRun=run, message="metric failed"), record())
    status = {"metricResults": [{"name": "smoke", "phase": "Failed", "failed": 1}]}
    made = msgspec.convert({"metadata": {"name": "run-2", "namespace": "shop"}, "status": status}, AnalysisRun)
    world = World(BEFORE, BEFORE, [after, made])

    answer = await world.run()

    assert (answer.verdict.value, exit_code(answer)) == (verdict, code)
    assert answer.next_call == {"tool": "analyze_stage", "project": "shop", "stage": "test"}
    assert answer.kargo is not None
    assert answer.kargo.metrics == ["smoke Failed: 1 failed"]
    assert answer.kargo.message == "metric failed"


async def test_writing_has_to_be_switched_on_before_anything_is_read() -> None:
    world = World(Unreachable("must not be read"))

    error = await refused(world, "writing is switched off", policy=WritePolicy())

    assert "--allow-writes" in error.hint
    assert world.asked == []


@pytest.mark.parametrize("glob", ["test", "te*", "shop/*", "*"])
async def test_protected_stages_are_left_alone(glob: str) -> None:
    await refused(World(BEFORE), "is protected", policy=WritePolicy(allow_writes=True, protect=("prod-*", glob)))


async def test_other_stages_are_not_protected() -> None:
    world = World(BEFORE, BEFORE, stage(record(NEW, "Successful"), record()))

    answer = await world.run(policy=WritePolicy(allow_writes=True, protect=("prod-*", "other/test")))

    assert answer.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (stage(record(), health="Progressing"), "test is Progressing, and Kargo verifies Healthy ones only"),
        (stage(record(), health=""), "test is without health"),
        (stage(record(), currentPromotion={"name": "test.01"}), "Promotion test.01 to test is running"),
        (stage(record(phase="Running")), "has not ended"),
        (stage(record(phase="")), "has not ended"),
        (stage(), "has not been verified yet"),
        (stage(record(""), record()), "has no id"),
        (stage(record(), freightHistory=[]), "holds no Freight"),
        (stage(record(), spec={"verification": None}), "has no spec.verification"),
        (stage(record(), spec={"promotionTemplate": {}}), "is a control flow Stage"),
    ],
)
async def test_what_kargo_would_drop_is_refused_in_words(state: Stage, words: str) -> None:
    world = World(state)

    error = await refused(world, words)

    assert error.message.endswith("; nothing was asked of Kargo")
    assert error.hint
    assert world.asked == []


async def test_without_consent_nothing_is_written() -> None:
    world = World(BEFORE)

    await refused(world, "no consent", yes=False)

    [plan] = world.asked
    assert "Stage test of project shop again, on kind-shop? It is Failed now" in plan.question


async def test_what_has_changed_while_consent_was_given_is_refused() -> None:
    await refused(World(BEFORE, stage(record(NEW, "Successful"), record())), "verified anew in the meantime")
    await refused(World(BEFORE, stage(record(), health="Degraded")), "is Degraded")


async def test_a_missing_right_is_named() -> None:
    world = World(BEFORE, sent=Sent(403, '403 Forbidden: stages.kargo.akuity.io "test" is forbidden'))

    with pytest.raises(Forbidden, match=r"right to patch stages\.kargo\.akuity\.io in namespace shop") as caught:
        await world.run()

    assert "kargo-admin" in caught.value.hint
    assert world.verdicts == ["failed"]


@pytest.mark.parametrize(
    ("sent", "type_", "words"),
    [
        (Sent(404, "404 Not Found"), UsageError, "is gone"),
        (Sent(422, "422: no"), GitOpsError, "was not asked .* 422: no"),
        (Unreachable("no credentials"), Unreachable, "no credentials"),
    ],
)
async def test_a_write_that_fails_is_told_and_never_sent_twice(
    sent: Sent | GitOpsError, type_: type[GitOpsError], words: str
) -> None:
    world = World(BEFORE, sent=sent)

    with pytest.raises(type_, match=words):
        await world.run()

    assert len(world.written) == 1
    assert world.verdicts == ["failed"]


@pytest.mark.parametrize(
    "seen",
    [
        stage(record(), annotations={"kargo.akuity.io/reverify": '{"id":"id-old","actor":"kubernetes:jane"}'}),
        stage(record(NEW, "Running"), record()),
    ],
)
async def test_after_no_answer_the_stage_is_looked_at(seen: Stage) -> None:
    world = World(BEFORE, BEFORE, seen, stage(record(NEW, "Successful"), record()), sent=Sent(0, "timed out"))

    answer = await world.run()

    assert answer.verdict is Verdict.PASS
    assert len(world.written) == 1
    assert world.verdicts == ["done"]


@pytest.mark.parametrize(
    ("seen", "words"), [(BEFORE, "does not show it"), (Unreachable("down"), "cannot be read either")]
)
async def test_where_the_stage_does_not_show_it_nobody_knows(seen: Stage | GitOpsError, words: str) -> None:
    world = World(BEFORE, BEFORE, seen, sent=Sent(504, "timed out"))

    with pytest.raises(Unreachable, match=f"no answer came .* the Stage {words}: timed out"):
        await world.run()

    assert world.verdicts == ["not known"]
    assert len(world.written) == 1


async def test_a_deadline_without_a_new_run_is_unknown() -> None:
    world = World(BEFORE)

    answer = await world.run(wait_s=60, interval_s=7)

    assert (answer.verdict, answer.verification_id, answer.kargo) == (Verdict.UNKNOWN, "", None)
    assert answer.message == "waiting for Kargo to begin, after 1m"
    assert answer.action.startswith("look again later")
    assert world.now == START + timedelta(seconds=60)
    assert world.told[1:] == ["waiting for Kargo to begin"]
    assert exit_code(answer) == 3


async def test_a_deadline_while_it_runs_is_waiting() -> None:
    answer = await World(BEFORE, BEFORE, stage(record(NEW, "Running"), record())).run(wait_s=10)

    assert (answer.verdict, answer.verification_id, exit_code(answer)) == (Verdict.UNKNOWN, NEW, 2)
    assert answer.message == "the verification is Running, after 10s"


async def test_without_a_wait_it_only_asks() -> None:
    world = World(BEFORE)

    answer = await world.run(wait_s=0)

    assert answer.message == "waiting for Kargo to begin"
    assert world.now == START


async def test_reads_that_fail_while_waiting_do_not_end_it() -> None:
    world = World(BEFORE, BEFORE, Unreachable("down"), stage(record(NEW, "Successful"), record()))

    answer = await world.run()

    assert answer.verdict is Verdict.PASS
    assert "cannot be read at the moment: down" in world.told


async def test_other_freight_ends_the_wait() -> None:
    other = stage(record(), freightHistory=[{"id": "c2", "items": {}, "verificationHistory": [record("id-x")]}])

    answer = await World(BEFORE, BEFORE, other).run()

    assert (answer.verdict, answer.verification_id) == (Verdict.UNKNOWN, "")
    assert answer.message.startswith("other Freight was promoted in the meantime")


async def test_what_holds_kargo_up_is_told() -> None:
    world = World(BEFORE, BEFORE, stage(record(), health="Progressing"), stage(record(NEW, "Successful"), record()))

    await world.run()

    assert "waiting for Kargo to begin: the Stage is Progressing" in world.told


async def test_a_stage_that_does_not_exist_is_said() -> None:
    with pytest.raises(UsageError, match="no Stage 'tset'"):
        await World(BEFORE).run(name="tset")


def test_the_audit_is_one_line_of_json_without_what_a_terminal_obeys(caplog: pytest.LogCaptureFixture) -> None:
    line = AuditLine(START, "jane\x1b[31m", "kind-shop", "reverify", "Stage shop/test", "refused", "no\nconsent")

    with caplog.at_level(logging.WARNING, "gitops_master.audit"):
        log_audit(line)

    [entry] = caplog.messages
    assert "\n" not in entry
    assert "\x1b" not in entry
    assert json.loads(entry)["verdict"] == "refused"
    assert json.loads(entry)["at"] == "2026-11-23T04:00:00Z"

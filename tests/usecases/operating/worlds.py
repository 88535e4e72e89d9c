"""A cluster whose state is a list of objects, and a Kargo that makes Promotions in it; time passes by sleeping."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import anyio.lowlevel
import msgspec

from gitops_master.model.errors import GitOpsError
from gitops_master.model.kargo import Promotion
from gitops_master.model.meta import Object
from gitops_master.model.operating import Operated, Operation, Plan
from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.ports.cluster import LogsRead, ReadPlan
from gitops_master.ports.environment import Probe, Right, Ruling
from gitops_master.ports.writing import AuditLine, Premises, Promote, Sent, Way, Write
from gitops_master.usecases.operating.means import Following, Means
from gitops_master.usecases.operating.operate import operate
from gitops_master.usecases.operating.plan_ids import PlanIds
from gitops_master.usecases.operating.planned import OperationRequest, Planner
from gitops_master.usecases.operating.policy import Policy

START = datetime(2026, 11, 23, 4, tzinfo=UTC)
IDS = PlanIds(b"k" * 32)


def promotion(name: str, stage: str, freight: str, created: datetime, phase: str = "") -> Promotion:
    metadata = {"name": name, "namespace": "shop", "creationTimestamp": created.isoformat()}
    told = {"metadata": metadata, "spec": {"stage": stage, "freight": freight}, "status": {"phase": phase}}
    return msgspec.convert(told, Promotion)


class Rights:
    """What the caller may do."""

    def __init__(self, denied: Iterable[str] = ()) -> None:
        self._denied = set(denied)

    async def may_i(self, rights: Sequence[Right], *, deadline_s: float) -> list[Ruling]:
        return [Ruling(f"{one.verb} {one.what}" not in self._denied) for one in rights]


class World:
    """`answers`: what comes of each write, one after the other, then 201; an error is raised. `lost`: writes that get no answer
    are done all the same.
    """

    title = "test"

    def __init__(
        self,
        planner: Planner,
        *objects: Object,
        answers: Sequence[Sent | GitOpsError] = (),
        lost_is_done: bool = False,
        way: Way | GitOpsError | None = None,
        operation: Operation = Operation.PROMOTE,
    ) -> None:
        self.objects = list(objects)
        self.now = START
        self.written: list[Write] = []
        self.audit: list[AuditLine] = []
        self.told: list[str] = []
        self.asked: list[Plan] = []
        self.before_consent: Callable[[], None] = lambda: None
        self.reads = 0
        self._answers = list(answers)
        self._lost_is_done = lost_is_done
        self._way = way or Way(title="a test's Kargo", who="jane")
        self._operation = operation
        self._planner = planner
        self._turn = anyio.Lock()

    async def read(self, plan: ReadPlan, *, deadline_s: float) -> Snapshot:
        self.reads += 1
        await anyio.lowlevel.checkpoint()  # as every real read does, it lets others run
        return Snapshot(list(self.objects), source="kind-shop", observed_at=self.now, complete=["*"])

    async def read_logs(self, keys: Iterable[LogKey], *, deadline_s: float) -> LogsRead:
        return LogsRead({})

    async def way(self, write: Write, premises: Premises, *, deadline_s: float) -> Way:
        if isinstance(self._way, GitOpsError):
            raise self._way
        return self._way

    async def send(self, write: Write, premises: Premises, *, deadline_s: float) -> Sent:
        self.written.append(write)
        await anyio.lowlevel.checkpoint()
        answer = self._answers.pop(0) if self._answers else Sent(201)
        if isinstance(answer, GitOpsError):
            raise answer
        if isinstance(write, Promote) and (answer.done or (answer.ambiguous and self._lost_is_done)):
            name = f"{write.stage}.{len(self.written):026d}.{write.freight[:7]}"
            self.objects.append(promotion(name, write.stage, write.freight, self.now, "Running"))
            return msgspec.structs.replace(answer, names=(name,)) if answer.done else answer
        return answer

    async def close(self) -> None:
        """Nothing is open."""

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def tell(self, line: str) -> None:
        self.told.append(line)

    def means(
        self,
        *,
        allow_writes: bool = True,
        protect: tuple[str, ...] = (),
        probe: Probe | Rights | None = None,
        plan_ids: PlanIds = IDS,
    ) -> Means:
        return Means(
            reader=self,
            writer=lambda: self,
            probe=probe,  # type: ignore[arg-type]
            policy=Policy(allow_writes, protect),
            planners={self._operation: self._planner},
            plan_ids=plan_ids,
            turn=self._turn,
            audit=self.audit.append,
            clock=lambda: self.now,
            sleep=self.sleep,
            tell=self.tell,
            who="jane",
        )

    async def run(
        self,
        *,
        yes: bool | None = True,
        plan_id: str = "",
        insists: bool = False,
        following: Following = Following(),  # noqa: B008
        means: Means | None = None,
        **request: Any,
    ) -> Operated:
        async def agree(plan: Plan) -> bool | None:
            self.asked.append(plan)
            self.before_consent()
            return yes

        asked = {"stage": "prod", "freight": "f1", "project": "shop", **request}
        return await operate(
            OperationRequest(operation=self._operation, **asked),
            means or self.means(),
            plan_id=plan_id,
            agree=agree,
            following=following,
            insists=insists,
        )

    @property
    def verdicts(self) -> list[str]:
        return [one.verdict for one in self.audit]

    @property
    def promotions(self) -> list[str]:
        return [one.name for one in self.objects if isinstance(one, Promotion)]

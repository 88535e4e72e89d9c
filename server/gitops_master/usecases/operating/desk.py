"""Where requests for operations come in: what all of them share, for as long as a server or a command runs."""

from datetime import UTC, datetime

import anyio

from gitops_master.model.verification import Verification
from gitops_master.ports.sources import Sources
from gitops_master.usecases.audit import log_audit
from gitops_master.usecases.deadline import DEADLINE_S
from gitops_master.usecases.operating.means import Means, Tell, nobody
from gitops_master.usecases.operating.plan_ids import PlanIds
from gitops_master.usecases.operating.planners import PLANNERS
from gitops_master.usecases.operating.policy import Policy
from gitops_master.usecases.run_verification import VerifyRequest, run_verification


class Desk:
    """One for each server or command."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._plan_ids = PlanIds(sources.terms().plan_key)
        self._turn = anyio.Lock()

    @property
    def may_write(self) -> bool:
        return self._sources.terms().allow_writes

    def means(self, context: str = "", tell: Tell = nobody, *, deadline_s: float = DEADLINE_S) -> Means:
        """For one request. Raises as `Sources.reader` does."""
        sources, terms = self._sources, self._sources.terms()
        return Means(
            reader=sources.reader(context),
            writer=lambda: sources.writer(context),
            probe=sources.environment(context).probe(),
            policy=Policy(terms.allow_writes, terms.protect),
            planners=PLANNERS,
            plan_ids=self._plan_ids,
            turn=self._turn,
            audit=log_audit,
            clock=lambda: datetime.now(UTC),
            sleep=anyio.sleep,
            tell=tell,
            verify=lambda project, stage: self._verified(context, project, stage),
            who=terms.who,
            deadline_s=deadline_s,
        )

    async def _verified(self, context: str, project: str, stage: str) -> Verification:
        request = VerifyRequest(project=project, stage=stage)
        return await run_verification(self._sources.reader(context), request, self._sources.means(context))

"""What is asked for, planned and done to a pipeline. Pydantic, because these cross the tool boundary."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from gitops_master.model.finding import Answer, NotChecked


class Operation(StrEnum):
    """What can be asked for, one meaning each."""

    PROMOTE = "promote"
    REPROMOTE = "repromote"
    ABORT_PROMOTION = "abort_promotion"
    APPROVE_FREIGHT = "approve_freight"
    REFRESH_STAGE = "refresh_stage"
    REFRESH_WAREHOUSE = "refresh_warehouse"
    REVERIFY = "reverify"
    ABORT_VERIFICATION = "abort_verification"
    REFRESH_APP = "refresh_app"
    HARD_REFRESH_APP = "hard_refresh_app"
    TERMINATE_APP_OPERATION = "terminate_app_operation"
    SYNC_APP = "sync_app"


class GateVerdict(StrEnum):
    """open: it lets through. closed: it does not. waiting: it opens by itself. unreadable: nobody could look, so it does not.

    asked: whoever is asked decides, and a refusal changes nothing: it does not block.
    """

    OPEN = "open"
    CLOSED = "closed"
    WAITING = "waiting"
    UNREADABLE = "unreadable"
    ASKED = "asked"


class Gate(Answer):
    """One condition before anything is done. `object`: what was looked at (`Freight demo/1a2b…`). `opens_at`: where it waits."""

    name: str
    verdict: GateVerdict
    detail: str = ""
    object: str = ""
    opens_at: datetime | None = None


class Change(Answer):
    """One artifact. `kind`: commit, image or chart; `before`, `after`: commit, tag or version, empty where there is none."""

    kind: str
    repo: str = ""
    before: str = ""
    after: str = ""


class GoAhead(StrEnum):
    """The worst of all gates: go, waiting (all that is closed opens by itself), blocked."""

    GO = "go"
    WAITING = "waiting"
    BLOCKED = "blocked"


class StagePlan(Answer):
    """What would be done to one object, a Stage or whatever the operation is about.

    `now`: what it holds, as people call it. `hold`: the auto-promotion hold that would follow, explained. `next`: what happens
    then, in order. `warnings`: nothing that blocks.
    """

    target: str
    verdict: GoAhead
    now: list[str] = []
    changes: list[Change] = []
    step_back: bool = False
    hold: str = ""
    gates: list[Gate] = []
    next: list[str] = []
    warnings: list[str] = []


class Plan(Answer):
    """What consent is asked for. `question`: in one or two sentences, the same for the same plan. `how`: which way it would go.

    `plan_id`: agrees to exactly this, until `expires_at`; empty where there is nothing to agree to. `command`: of a person who
    would do the same with the products' own tools.
    """

    operation: Operation
    project: str = ""
    freight: str = ""
    freight_label: str = ""
    verdict: GoAhead
    targets: list[StagePlan] = []
    question: str = ""
    how: str = ""
    command: str = ""
    plan_id: str = ""
    expires_at: datetime | None = None


class StepProgress(Answer):
    """`attempt`: from 1, counting errors. `link`: of the pull request it waits for, or made."""

    alias: str
    uses: str = ""
    status: str = ""
    message: str = ""
    attempt: int = 0
    link: str = ""


class PromotionProgress(Answer):
    """One Promotion, and what came after it. `lines`: how far it is, in words. `ended`: nothing more moves by itself."""

    name: str
    stage: str = ""
    freight: str = ""
    phase: str = ""
    message: str = ""
    queue: str = ""
    steps: list[StepProgress] = []
    applications: list[str] = []
    health: str = ""
    verification: str = ""
    lines: list[str] = []
    ended: bool = False
    verdict: str = ""


class Outcome(StrEnum):
    """planned: nothing was written, agreement or time is missing. refused: nothing was written, and will not be like this.

    under_way: it was done, and what comes of it has not ended. done: to the end that was asked for. failed: it was done and went
    wrong, or was not done. not_known: nobody can tell whether it was done; to be looked up before it is tried again.
    """

    PLANNED = "planned"
    REFUSED = "refused"
    UNDER_WAY = "under_way"
    DONE = "done"
    FAILED = "failed"
    NOT_KNOWN = "not_known"


class Refusal(StrEnum):
    """Why a plan was not carried out, for programs. The message says it for people."""

    WRITING_OFF = "writing_off"
    PROTECTED = "protected"
    BLOCKED = "blocked"
    NO_WAY = "no_way"
    DECLINED = "declined"
    EXPIRED = "plan_expired"
    FORGED = "plan_forged"
    OTHER = "plan_of_another_request"
    STALE = "plan_stale"
    ACTED = "plan_already_acted_on"
    SERVER = "refused_by_server"


class Operated(Answer):
    """The answer of promote_freight and operate. `diagnosis`: as analyze_stage answers it, of what stopped it; `verification`: as
    run_verification answers it.
    """

    operation: Operation
    project: str = ""
    outcome: Outcome
    refusal: Refusal | None = None
    message: str
    plan: Plan | None = None
    promotions: list[PromotionProgress] = []
    verification: dict[str, Any] = {}
    diagnosis: dict[str, Any] = {}
    action: str = ""
    next_call: dict[str, Any] = {}
    not_checked: list[NotChecked] = []
    context: str = ""
    observed_at: datetime
    left_out: str = ""
    report: str = ""

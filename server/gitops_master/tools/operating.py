"""How tools that act are called: a plan first, consent by asking the user where the host can, else by the plan's id."""

import inspect
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from mcp.server.mcpserver import Context, Elicit, ElicitationResult, Resolve
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, ToolAnnotations
from msgspec import structs
from pydantic import BaseModel, Field

from gitops_master.model.errors import GitOpsError
from gitops_master.model.operating import Operated
from gitops_master.tools.answers import READS_ONLY, answered, answering, context_parameter

if TYPE_CHECKING:
    from gitops_master.ports.sources import Sources
    from gitops_master.usecases.operating.desk import Desk
    from gitops_master.usecases.operating.means import Following, Means, Prepared
    from gitops_master.usecases.operating.planned import OperationRequest

MOST_WAIT_S = 600
PlanId = Annotated[
    str,
    Field(
        description="Of the plan that the user agreed to; without it the answer is the plan, or the user is asked.",
        max_length=120,
    ),
]
Wait = Annotated[int, Field(description="Seconds to follow what comes of it; 0: one look.", ge=0, le=MOST_WAIT_S)]
ACTS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False)


class Consent(BaseModel):
    """What the user is asked for."""

    agree: bool = Field(title="Do it", description="Carry out exactly this plan, once.")


class Asked(NamedTuple):
    """What the arguments of a call mean. `promotion`: only follow this one, of `request.project`."""

    request: "OperationRequest"
    plan_id: str = ""
    following: "Following | None" = None
    promotion: str = ""


def operating_tool(asked: Callable[..., Asked], sources: "Sources", desk: Callable[[], "Desk"], *, title: str) -> Tool:
    """The tool whose arguments are those of `asked`, which is named and described as it."""
    call = _Call(asked, desk, sources.project)
    own = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in inspect.signature(asked).parameters.values()
    ] + context_parameter(sources)
    arguments = {one.name: one.annotation for one in own}

    async def prepared(told: Context, **given: Any) -> Any:
        return await call.prepared(told, given)

    _signed(prepared, {"told": Context, **arguments}, own, Any)

    async def consent(told: Context, plan: Any) -> Consent | Elicit[Consent]:
        return call.question(plan)

    _signed(consent, {"told": Context, "plan": Annotated[Any, Resolve(prepared)]}, [], Consent | Elicit[Consent])

    async def tool(told: Context, plan: Any, agreed: Any, **given: Any) -> CallToolResult:
        return await call.answered(told, plan, agreed, given)

    resolved = {
        "plan": Annotated[Any, Resolve(prepared)],
        "agreed": Annotated[ElicitationResult[Consent], Resolve(consent)],
    }
    _signed(tool, {"told": Context, **resolved, **arguments}, own, CallToolResult)
    tool.__name__, tool.__doc__ = asked.__name__, asked.__doc__
    acts = sources.terms().allow_writes
    return answering(tool, title=title, answer=Operated, annotations=ACTS if acts else READS_ONLY)


def _signed(
    function: Callable[..., Any], annotations: dict[str, Any], own: list[inspect.Parameter], returned: Any
) -> None:
    """The SDK reads what to hand in from the signature."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    known = {one.name for one in own}
    first = [inspect.Parameter(name, keyword, annotation=of) for name, of in annotations.items() if name not in known]
    function.__signature__ = inspect.Signature([*first, *own], return_annotation=returned)  # type: ignore[attr-defined]
    function.__annotations__ = {**annotations, "return": returned}


class _Call:
    """What one tool does in a call, which the SDK may begin anew once the user has answered."""

    def __init__(self, asked: Callable[..., Asked], desk: Callable[[], "Desk"], project: str) -> None:
        self._asked, self._desk, self._project = asked, desk, project

    async def prepared(self, told: Context, given: dict[str, Any]) -> "Prepared | None":
        """The plan that the user is to be asked about; None where nobody is asked."""
        asked, means = self._opened(told, given)
        if asked.plan_id or asked.promotion or not self._desk().may_write or not _can_ask(told):
            return None
        from gitops_master.usecases.operating.preparing import prepare

        try:
            return await prepare(asked.request, means)
        except GitOpsError as error:
            raise ToolError(str(error)) from error

    @staticmethod
    def question(plan: "Prepared | None") -> Consent | Elicit[Consent]:
        if plan is None or not plan.plan.plan_id:
            return Consent(agree=False)
        from gitops_master.usecases.operating.operation_report import question

        return Elicit(question(plan.plan), Consent)

    async def answered(
        self, told: Context, plan: "Prepared | None", agreed: Any, given: dict[str, Any]
    ) -> CallToolResult:
        return await answered(self._done(told, plan, agreed, given))

    async def _done(self, told: Context, plan: "Prepared | None", agreed: Any, given: dict[str, Any]) -> Operated:
        from gitops_master.usecases.operating.means import Following
        from gitops_master.usecases.operating.operate import operate, watched_only

        asked, means = self._opened(told, given)
        following = asked.following or Following()
        if asked.promotion:
            return await watched_only(asked.request.project, asked.promotion, means, following)
        plan_id = asked.plan_id
        if plan is None or not plan.plan.plan_id:
            return await operate(asked.request, means, plan_id=plan_id, following=following)
        data = getattr(agreed, "data", None)
        if isinstance(data, Consent) and data.agree:
            return await operate(asked.request, means, plan_id=plan.plan.plan_id, following=following)
        return await operate(asked.request, means, agree=_declined, following=following)

    def _opened(self, told: Context, given: dict[str, Any]) -> "tuple[Asked, Means]":
        given = dict(given)
        context = given.pop("context", "")
        steps = count(1)  # the protocol wants that it grows

        async def tell(line: str) -> None:
            await told.report_progress(next(steps), message=line)

        try:
            asked, means = self._asked(**given), self._desk().means(context, tell)
            project = asked.request.project or ("" if asked.request.app else self._project)
            return asked._replace(request=structs.replace(asked.request, project=project)), means
        except GitOpsError as error:
            raise ToolError(str(error)) from error


def _can_ask(told: Context) -> bool:
    """Whether the host has said that it can put a form before the user."""
    capabilities = told.client_capabilities
    return capabilities is not None and capabilities.elicitation is not None


async def _declined(_: Any) -> bool:
    return False


def shared(make: "Callable[[], Desk]") -> "Callable[[], Desk]":
    """Made by the first call that needs it: a server starts before it knows whether anything is to be done."""
    held: list[Desk] = []

    def desk() -> "Desk":
        if not held:
            held.append(make())
        return held[0]

    return desk

"""MCP prompts: `gitops` routes a request, the others are one mode each. They only read, and answer whatever fails.

What they say is made in usecases/prompting.py, at the first prompt: nothing of it is loaded with the server.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import PromptArgument
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS

from gitops_master.model.near import did_you_mean, no_such_arguments

if TYPE_CHECKING:
    from gitops_master.model.routing import Mode
    from gitops_master.ports.sources import Sources

Answered = Callable[[Mapping[str, str]], Awaitable[str]]

MOST_ARGUMENT = 20_000
"""Characters that are looked at of one argument; a prompt quotes fewer."""
ARGUMENTS = {
    "request": "What the user wants, in their own words.",
    "project": "Kargo project (= its namespace). Leave out if there is only one.",
    "stage": "Stage. Leave out for the whole project.",
    "app": "Argo CD Application (name or namespace/name).",
    "freight": "Freight: name, alias, commit (7+), image tag, digest or chart version.",
    "symptom": "What was seen to be wrong, in the user's words.",
    "context": "Which cluster: a context of the kubeconfig.",
}
_MODES: "tuple[tuple[Mode, str, str, tuple[str, ...]], ...]" = (
    (
        "DIAGNOSE",
        "Find out why it is stuck",
        "Why something is stuck, broken, unhealthy or missing: the analysis of the Stage, Application or project, how to go on "
        "from it, and the DIAGNOSIS report.",
        ("stage", "symptom", "project", "app", "freight"),
    ),
    (
        "VERIFY",
        "Check that it is up",
        "Whether a Stage, Application or project is healthy and verified, level by level, with the VERIFICATION REPORT.",
        ("stage", "project", "app"),
    ),
    (
        "PROMOTE",
        "See the pipeline, plan a promotion",
        "What is where, which Freight could come next and which gate holds it, and a promotion plan. Promotes nothing.",
        ("stage", "freight", "project"),
    ),
    (
        "SETUP",
        "Set up Stages and verification",
        "YAML for Stages, promotion steps, verification, auto-promotion and rights that fits what is installed. Applies nothing.",
        ("request", "project", "stage", "app"),
    ),
)


def add_prompts(server: MCPServer[Any], sources: "Sources") -> None:
    """Registers all prompts. Each speaks of the tools that the server has when it is asked for."""

    async def tools() -> frozenset[str]:
        return frozenset(tool.name for tool in await server.list_tools())

    server.add_prompt(_gitops(sources, tools))
    for mode, title, description, arguments in _MODES:
        server.add_prompt(_of_mode(sources, tools, mode, title, description, arguments))
    server.middleware.append(_refuse_unknown(server))


def _refuse_unknown(server: MCPServer[Any]) -> ServerMiddleware[Any]:
    """The SDK answers a prompt that does not exist with an internal error; the protocol wants the name to blame."""

    async def middleware(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method != "prompts/get":
            return await call_next(ctx)
        name = str((ctx.params or {}).get("name", ""))
        names = [one.name for one in await server.list_prompts()]
        if name not in names:
            meant = did_you_mean(name, names)
            raise MCPError(
                code=INVALID_PARAMS, message=f"no prompt {name[:100]!r}{meant}. There are: {', '.join(names)}."
            )
        return await call_next(ctx)

    return middleware


Tools = Callable[[], Awaitable[frozenset[str]]]


def _gitops(sources: "Sources", tools: Tools) -> Prompt:
    async def answered(given: Mapping[str, str]) -> str:
        from gitops_master.usecases.prompting import Asked, is_split, routed_prompt

        request, project, context = (given.get(key, "") for key in ("request", "project", "context"))
        if context and context not in sources.contexts() and is_split(request):
            request, project, context = f"{request} {project} {context}", "", ""
        return await routed_prompt(sources, request, Asked(tools=await tools(), context=context), project=project)

    description = (
        "For any request about delivery with Kargo, Argo CD and Argo Rollouts: tells what is wanted (diagnose, verify, promote, "
        "set up) and about what, gathers the evidence for it, and hands both over with the procedure. Changes nothing."
    )
    return _prompt("gitops", "Ask about a pipeline", description, ("request", "project"), sources, answered)


def _of_mode(
    sources: "Sources", tools: Tools, mode: "Mode", title: str, description: str, arguments: tuple[str, ...]
) -> Prompt:
    async def answered(given: Mapping[str, str]) -> str:
        from gitops_master.usecases.brief import Target
        from gitops_master.usecases.prompting import Asked, is_split, mode_prompt

        def target(meant: Mapping[str, str]) -> Target:
            named = {key: meant.get(key, "") for key in ("project", "stage", "app", "freight")}
            return Target(words=meant.get("symptom", "") or meant.get("request", ""), **named)

        otherwise = target(_joined(given, arguments)) if is_split(given.get(_words(arguments), "")) else None
        asked = Asked(tools=await tools(), context=given.get("context", ""))
        return await mode_prompt(sources, mode, target(given), asked, otherwise=otherwise)

    return _prompt(mode.lower(), title, description, arguments, sources, answered)


def _words(arguments: tuple[str, ...]) -> str:
    """The argument that takes a sentence; empty where none does."""
    return next((one for one in arguments if one in ("request", "symptom")), "")


def _joined(given: Mapping[str, str], arguments: tuple[str, ...]) -> dict[str, str]:
    """The arguments, those that follow the sentence taken for the rest of it."""
    at = arguments.index(_words(arguments))
    sentence = " ".join(given.get(one, "") for one in arguments[at:]).split()
    return {**{one: given.get(one, "") for one in arguments[:at]}, arguments[at]: " ".join(sentence)}


def _prompt(
    name: str, title: str, description: str, arguments: tuple[str, ...], sources: "Sources", answered: Answered
) -> Prompt:
    """A prompt whose arguments are all optional: the SDK answers a missing one with an internal error, we with a question."""
    names = (*arguments, "context") if sources.contexts() else arguments

    async def render(**given: Any) -> str:
        unknown = [one[:100] for one in given if one not in names]
        if unknown:
            raise MCPError(code=INVALID_PARAMS, message=no_such_arguments(name, unknown, names))
        return await answered({key: str(value)[:MOST_ARGUMENT].strip() for key, value in given.items()})

    return Prompt(
        name=name,
        title=title,
        description=description,
        arguments=[PromptArgument(name=one, description=ARGUMENTS[one], required=False) for one in names],
        fn=render,
        context_kwarg=None,
    )

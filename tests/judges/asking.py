"""Tools of the conformance suite that ask something back before they answer.

Most ask as ours do, through resolvers: the SDK makes a request of it for hosts with a handshake, and a result that wants input
for the others. Those whose scenario names the key of a question, or answers one that it was not asked, say it themselves.
"""

from collections.abc import Callable
from typing import Annotated, Any

from mcp.server.mcpserver import Context, Elicit, ElicitationResult, Resolve, Sample
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.server.mcpserver.resolve import ListRoots
from mcp.shared.exceptions import MCPError
from mcp.types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)
from pydantic import BaseModel, Field, JsonValue


class Confirmed(BaseModel):
    ok: bool


class Named(BaseModel):
    name: str


class Coloured(BaseModel):
    color: str


class Responded(BaseModel):
    username: str = Field(description="Who answers")
    email: str = Field(description="Where to write to")


class WithDefaults(BaseModel):
    """One field of each primitive type, with the values that the scenario wants."""

    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: str = Field(default="active", json_schema_extra={"enum": ["active", "inactive", "pending"]})
    verified: bool = True


def _titled(*values: str) -> list[JsonValue]:
    return [{"const": value, "title": value.title()} for value in values]


_OPTIONS: list[JsonValue] = ["option1", "option2", "option3"]
_VALUES = _titled("value1", "value2", "value3")


class Choices(BaseModel):
    """One field of each way in which a choice may be written."""

    untitledSingle: str = Field(json_schema_extra={"enum": _OPTIONS})
    titledSingle: str = Field(json_schema_extra={"oneOf": _VALUES})
    legacyEnum: str = Field(
        json_schema_extra={"enum": ["opt1", "opt2", "opt3"], "enumNames": ["Opt One", "Opt Two", "Opt Three"]}
    )
    untitledMulti: list[str] = Field(json_schema_extra={"items": {"type": "string", "enum": _OPTIONS}})
    titledMulti: list[str] = Field(json_schema_extra={"items": {"anyOf": _VALUES}})


def _sample(text: str) -> Sample:
    return Sample([SamplingMessage(role="user", content=TextContent(text=text))], max_tokens=100)


def _said(sampled: CreateMessageResult) -> str:
    content = sampled.content
    return content.text if isinstance(content, TextContent) else content.type


def _asks_response(message: str) -> Elicit[Responded]:
    return Elicit(message, Responded)


def _asks_defaults() -> Elicit[WithDefaults]:
    return Elicit("Who are you?", WithDefaults)


def _asks_choices() -> Elicit[Choices]:
    return Elicit("What is chosen?", Choices)


def _asks_sample(prompt: str) -> Sample:
    return _sample(prompt)


def _asks_greeting() -> Sample:
    return _sample("A greeting, please.")


def _asks_roots() -> ListRoots:
    return ListRoots()


def _asks_ok() -> Elicit[Confirmed]:
    return Elicit("Go on?", Confirmed)


def _asks_name() -> Elicit[Named]:
    return Elicit("What is your name?", Named)


def _asks_color(named: Annotated[Named, Resolve(_asks_name)]) -> Elicit[Coloured]:
    return Elicit(f"What colour does {named.name} like?", Coloured)


def _asks_name_of_whom_can_be_asked(told: Context) -> Named | Elicit[Named]:
    """As our tools ask for consent: only where the host says that it can put a form before the user."""
    capabilities = told.client_capabilities
    able = capabilities is not None and capabilities.elicitation is not None
    return Elicit("What is your name?", Named) if able else Named(name="nobody")


async def _response(message: str, responded: Annotated[ElicitationResult[Responded], Resolve(_asks_response)]) -> str:
    """Asks the user."""
    return f"{message}: {responded.action}"


async def _defaults(answer: Annotated[ElicitationResult[WithDefaults], Resolve(_asks_defaults)]) -> str:
    """Asks the user, with defaults."""
    return f"Elicitation completed: action={answer.action}"


async def _choices(answer: Annotated[ElicitationResult[Choices], Resolve(_asks_choices)]) -> str:
    """Asks the user to choose."""
    return f"Elicitation completed: action={answer.action}"


async def _sampling(prompt: str, sampled: Annotated[CreateMessageResult, Resolve(_asks_sample)]) -> str:
    """Asks the host's model."""
    return f"{prompt}: {_said(sampled)}"


async def _greeting(sampled: Annotated[CreateMessageResult, Resolve(_asks_greeting)]) -> str:
    """Asks the host's model, too."""
    return _said(sampled)


async def _roots(roots: Annotated[ListRootsResult, Resolve(_asks_roots)]) -> str:
    """Asks for the folders that the host is at work in."""
    return f"{len(roots.roots)} roots"


async def _state(confirmed: Annotated[Confirmed, Resolve(_asks_ok)]) -> str:
    """Asks, and knows from the state that comes back what it has asked."""
    return f"state-ok: {confirmed.ok}"


async def _several(
    named: Annotated[Named, Resolve(_asks_name)],
    greeting: Annotated[CreateMessageResult, Resolve(_asks_greeting)],
    roots: Annotated[ListRootsResult, Resolve(_asks_roots)],
) -> str:
    """Asks for three things at once."""
    return f"{_said(greeting)}, {named.name}: {len(roots.roots)} roots"


async def _rounds(
    named: Annotated[Named, Resolve(_asks_name)], coloured: Annotated[Coloured, Resolve(_asks_color)]
) -> str:
    """Asks again, in words that hang on the first answer."""
    return f"{named.name} likes {coloured.color}"


async def _able(
    greeting: Annotated[CreateMessageResult, Resolve(_asks_greeting)],
    named: Annotated[Named, Resolve(_asks_name_of_whom_can_be_asked)],
) -> str:
    """Asks only for what the host can answer."""
    return f"{_said(greeting)}, {named.name}"


async def _by_key(told: Context) -> str | InputRequiredResult:
    """Asks under the key that the scenario names."""
    answer = (told.input_responses or {}).get("user_name")
    if isinstance(answer, ElicitResult) and answer.content:
        return f"Hello, {answer.content.get('name')}!"
    return InputRequiredResult(input_requests={"user_name": _form("What is your name?", Named)})


async def ask_in_a_prompt(told: Context) -> list[UserMessage] | InputRequiredResult:
    """A prompt that asks before it is there. Resolvers are for tools only."""
    answer = (told.input_responses or {}).get("user_context")
    if isinstance(answer, ElicitResult) and answer.content:
        return [UserMessage(f"The context is: {answer.content.get('context')}")]
    return InputRequiredResult(input_requests={"user_context": _form("What is the context?", _Context)})


class _Context(BaseModel):
    context: str


def _form(message: str, schema: type[BaseModel]) -> ElicitRequest:
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema.model_json_schema()))


async def _needs_sampling(told: Context) -> str:
    """Refuses as the protocol wants it where the host does not say that its model can be asked."""
    capabilities = told.client_capabilities
    if capabilities is None or capabilities.sampling is None:
        needed: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(code=MISSING_REQUIRED_CLIENT_CAPABILITY, message="needs sampling", data=needed)
    return "sampling can be asked for"


ASKING_TOOLS: dict[str, Callable[..., Any]] = {
    "test_elicitation": _response,
    "test_elicitation_sep1034_defaults": _defaults,
    "test_elicitation_sep1330_enums": _choices,
    "test_sampling": _sampling,
    "test_missing_capability": _needs_sampling,
    "test_streaming_elicitation": _state,
    "test_input_required_result_elicitation": _by_key,
    "test_input_required_result_sampling": _greeting,
    "test_input_required_result_list_roots": _roots,
    "test_input_required_result_request_state": _state,
    "test_input_required_result_tampered_state": _state,
    "test_input_required_result_multiple_inputs": _several,
    "test_input_required_result_multi_round": _rounds,
    "test_input_required_result_capabilities": _able,
}
"""Name -> what it does."""

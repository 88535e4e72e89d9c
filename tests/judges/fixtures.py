"""Tools, prompts and resources of the names that the conformance suite calls, beside ours and through the same wiring.

What they show is that nothing of ours (the check of arguments, say) stands in the protocol's way. No host sees them.
"""

import base64
from collections.abc import Callable
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.prompts.base import Prompt, UserMessage
from mcp.server.mcpserver.tools import Tool
from mcp.types import (
    AudioContent,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    TextResourceContents,
    UnsubscribeRequestParams,
)
from pydantic import Field

from tests.judges.asking import ASKING_TOOLS, ask_in_a_prompt

PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
        "0000000049454e44ae426082"
    )
).decode()
WAV = base64.b64encode(b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0@\x1f\0\0\x80>\0\0\2\0\x10\0data\0\0\0\0").decode()


def fixture_tools() -> list[Tool]:
    """Made as tools of their functions; one has a schema that no function has."""
    made = [_tool(name, function) for name, function in (TOOLS | ASKING_TOOLS).items()]
    schema = _tool("json_schema_2020_12_tool", _schema)
    schema.parameters = SCHEMA
    return [*made, schema]


def _tool(name: str, function: Callable[..., Any]) -> Tool:
    return Tool.from_function(function, name=name, description=function.__doc__, structured_output=False)


def add_fixtures(server: MCPServer[Any]) -> None:
    """Adds what is no tool to a server that was made with `fixture_tools`."""
    _add_resources(server)
    _add_prompts(server)
    _add_what_the_protocol_gave_up(server)


def _resource(uri: str, text: str = "This is an embedded resource content.") -> EmbeddedResource:
    return EmbeddedResource(resource=TextResourceContents(uri=uri, mime_type="text/plain", text=text))


def _result(*blocks: ContentBlock) -> CallToolResult:
    return CallToolResult(content=list(blocks))


async def _text() -> CallToolResult:
    """One text."""
    return _result(TextContent(text="This is a simple text response for testing."))


async def _image() -> CallToolResult:
    """One picture."""
    return _result(ImageContent(data=PNG, mime_type="image/png"))


async def _audio() -> CallToolResult:
    """One sound."""
    return _result(AudioContent(data=WAV, mime_type="audio/wav"))


async def _embedded() -> CallToolResult:
    """One resource."""
    return _result(_resource("test://embedded-resource"))


async def _mixed() -> CallToolResult:
    """A text, a picture and a resource."""
    text = TextContent(text="Multiple content types test:")
    return _result(text, ImageContent(data=PNG, mime_type="image/png"), _resource("test://mixed-content-resource"))


async def _error() -> CallToolResult:
    """Fails."""
    raise ToolError("This tool intentionally returns an error for testing")


async def _progress(ctx: Context) -> CallToolResult:
    """Tells its progress three times."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100, f"{done} of 100")
    return _result(TextContent(text="done"))


async def _logging(ctx: Context) -> str:
    """Says three times what it does, to hosts that want to be told."""
    for step in ("started", "at work", "done"):
        await ctx.info(step)
    return "done"


async def _header(
    region: Annotated[str, Field(description="Where.", json_schema_extra={"x-mcp-header": "Region"})] = "",
) -> str:
    """Has an argument that hosts repeat in a header."""
    return region


async def _schema() -> str:
    """Has a schema with every keyword of its dialect."""
    return "called"


_TEXT = {"type": "string"}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"$anchor": "addressDef", "type": "object", "properties": {"street": _TEXT, "city": _TEXT}}},
    "properties": {
        "name": _TEXT,
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": _TEXT,
        "email": _TEXT,
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
"""The one that the suite wants to find again, word by word."""

TOOLS: dict[str, Callable[..., Any]] = {
    "test_simple_text": _text,
    "test_image_content": _image,
    "test_audio_content": _audio,
    "test_embedded_resource": _embedded,
    "test_multiple_content_types": _mixed,
    "test_error_handling": _error,
    "test_tool_with_progress": _progress,
    "test_tool_with_logging": _logging,
    "test_logging_tool": _logging,
    "test_x_mcp_header": _header,
}


def _add_resources(server: MCPServer[Any]) -> None:
    @server.resource("test://static-text", description="A text.", mime_type="text/plain")
    def text() -> str:
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", description="A picture.", mime_type="image/png")
    def binary() -> bytes:
        return base64.b64decode(PNG)

    @server.resource("test://template/{id}/data", description="A text with the id.", mime_type="application/json")
    def template(id: str) -> str:
        return f'{{"id": "{id}", "templateTest": true, "data": "Data for ID: {id}"}}'


def _add_prompts(server: MCPServer[Any]) -> None:
    @server.prompt(name="test_simple_prompt", description="A text.")
    def simple() -> list[UserMessage]:
        return [UserMessage("This is a simple prompt for testing.")]

    @server.prompt(name="test_prompt_with_arguments", description="Its two arguments.")
    def arguments(arg1: str, arg2: str) -> list[UserMessage]:
        return [UserMessage(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")]

    @server.prompt(name="test_prompt_with_embedded_resource", description="A resource.")
    def resource(resourceUri: str) -> list[UserMessage]:
        return [UserMessage(_resource(resourceUri)), UserMessage("Please process the embedded resource above.")]

    @server.prompt(name="test_prompt_with_image", description="A picture.")
    def image() -> list[UserMessage]:
        return [
            UserMessage(ImageContent(data=PNG, mime_type="image/png")),
            UserMessage("Please analyze the image above."),
        ]

    ask = Prompt.from_function(ask_in_a_prompt, name="test_input_required_result_prompt", description="Asks first.")
    server.add_prompt(ask)


def _add_what_the_protocol_gave_up(server: MCPServer[Any]) -> None:
    """What versions with a handshake had and the SDK's server leaves out; its inner one takes any method."""

    async def level(_: Any, __: SetLevelRequestParams) -> EmptyResult:
        return EmptyResult()

    async def subscribe(_: Any, __: SubscribeRequestParams) -> EmptyResult:
        return EmptyResult()

    async def unsubscribe(_: Any, __: UnsubscribeRequestParams) -> EmptyResult:
        return EmptyResult()

    inner = server._lowlevel_server
    inner.add_request_handler("logging/setLevel", SetLevelRequestParams, level)
    inner.add_request_handler("resources/subscribe", SubscribeRequestParams, subscribe)
    inner.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, unsubscribe)

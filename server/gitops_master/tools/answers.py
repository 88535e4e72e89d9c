"""How every tool answers: the structured answer carries the report, the text is the report, errors are words."""

import inspect
from collections.abc import Awaitable, Callable
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import FuncMetadata
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field, ValidationError

from gitops_master.model.errors import GitOpsError
from gitops_master.model.finding import Answer
from gitops_master.tools.arguments import wrong_arguments

if TYPE_CHECKING:
    from gitops_master.ports.cluster import ClusterReader
    from gitops_master.ports.sources import Sources

DEEPEST = 1
"""How far down the schema of an answer says what is in an object: what stands in those is an object, no more."""
READS_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


class AnsweringTool(Tool):
    """A tool whose answer's schema is made when it is first listed: `serve` answers the first message before."""

    answer: Any = Field(default=None, exclude=True)
    depth: int = Field(default=DEEPEST, exclude=True)

    @cached_property
    def output_schema(self) -> dict[str, Any] | None:
        made = FuncMetadata(arg_model=self.fn_metadata.arg_model, output_model=self.answer)
        return _shallow(_leanest(made.output_schema), self.depth)

    async def run(self, arguments: dict[str, Any], context: Any, convert_result: bool = False) -> Any:
        """As the SDK does; arguments that cannot be right are told in our words instead of pydantic's."""
        try:
            self.fn_metadata.validate_arguments(arguments)
        except ValidationError as error:
            told = error.errors(include_url=False, include_context=False)
            raise ToolError(wrong_arguments(self.name, told, self.parameters)) from error
        return await super().run(arguments, context, convert_result)


def reading_tool(function: Callable[..., Awaitable[Answer]], sources: "Sources", *, title: str, answer: type) -> Tool:
    """A tool that only reads, named and described by its function, which takes a reader before its arguments.

    Where no project is named, the one is meant that the configuration names; an Application is of no project.
    """

    @wraps(function)
    async def meant(reader: "ClusterReader", **given: Any) -> Answer:
        if given.get("project") == "" and not given.get("app"):
            given["project"] = sources.project
        return await function(reader, **given)

    return asking_tool(meant, sources.reader, sources, title=title, answer=answer)


def asking_tool(
    function: Callable[..., Awaitable[Answer]],
    opened: Callable[[str], Any],
    sources: "Sources",
    *,
    title: str,
    answer: type,
    annotations: ToolAnnotations = READS_ONLY,
    depth: int = DEEPEST,
) -> Tool:
    """As `reading_tool`; what the function takes first is `opened` for the context.

    `context` is among the arguments where there is more than one. The schema says that there are no further arguments.
    """
    own = list(inspect.signature(function).parameters.values())[1:]

    async def tool(**given: Any) -> CallToolResult:
        context = given.pop("context", "")
        return await answered(_asked(function, opened, context, given))

    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own] + context_parameter(sources)
    tool.__name__, tool.__doc__ = function.__name__, function.__doc__
    tool.__signature__ = inspect.Signature(parameters, return_annotation=CallToolResult)  # type: ignore[attr-defined]
    tool.__annotations__ = {**{one.name: one.annotation for one in parameters}, "return": CallToolResult}
    return answering(tool, title=title, answer=answer, annotations=annotations, depth=depth)


def context_parameter(sources: "Sources") -> list[inspect.Parameter]:
    """`context`, where there is more than one."""
    choices = sources.contexts()
    kind = inspect.Parameter.KEYWORD_ONLY
    return [inspect.Parameter("context", kind, default="", annotation=_context(choices))] if choices else []


def answering(
    function: Callable[..., Awaitable[CallToolResult]],
    *,
    title: str,
    answer: type,
    annotations: ToolAnnotations = READS_ONLY,
    depth: int = DEEPEST,
) -> Tool:
    """The tool as it is listed: takes no further arguments, and the schema of its answer says nothing but names and types.

    Hosts put the list before every conversation, so it costs in all of them.
    """
    tool = AnsweringTool.from_function(function, title=title, annotations=annotations, structured_output=False)
    assert isinstance(tool, AnsweringTool)
    tool.answer, tool.depth = answer, depth
    tool.parameters = {**_lean(tool.parameters), "additionalProperties": False}
    return tool


_BY_NAME = frozenset({"properties", "$defs"})
_NULL = {"type": "null"}
_NOTHING = ("", False, None)


def _lean(schema: Any) -> Any:
    """The JSON schema without titles made of names, and without defaults that are empty: what is not required may be left out."""
    if isinstance(schema, list):
        return [_lean(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    left_out = {"title", "default"} if schema.get("default") in _NOTHING else {"title"}
    return _each(schema, _lean, left_out=left_out)


def _leanest(schema: Any) -> Any:
    """The schema of an answer: types and names. No answer holds a null or an empty field, so neither is told of."""
    if isinstance(schema, list):
        return [_leanest(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    left = [one for one in schema.get("anyOf", ()) if one != _NULL]
    if len(left) == 1:
        schema = {**{key: one for key, one in schema.items() if key != "anyOf"}, **left[0]}
    return _each(schema, _leanest, left_out={"title", "default", "description", "additionalProperties"})


_DEFS = "#/$defs/"


def _shallow(schema: dict[str, Any], deepest: int) -> dict[str, Any]:
    """The schema, with what lies deeper than that told as the bare type that it is."""
    defs: dict[str, Any] = schema.get("$defs", {})
    kept: dict[str, Any] = {}

    def told(node: Any, depth: int) -> Any:
        if isinstance(node, list):
            return [told(one, depth) for one in node]
        if not isinstance(node, dict):
            return node
        name = str(node.get("$ref", "")).removeprefix(_DEFS)
        if name not in defs:
            return {key: told(one, depth) for key, one in node.items() if key != "$defs"}
        if depth >= deepest:
            return {"type": defs[name].get("type", "object")}
        if name not in kept:
            kept[name] = {}
            kept[name] = told(defs[name], depth + 1)
        return {"$ref": _DEFS + name}

    lean: dict[str, Any] = told(schema, 0)
    return {**lean, "$defs": kept} if kept else lean


def _each(schema: dict[str, Any], lean: Callable[[Any], Any], left_out: set[str]) -> dict[str, Any]:
    return {
        key: {name: lean(each) for name, each in one.items()} if key in _BY_NAME else lean(one)
        for key, one in schema.items()
        if key not in left_out or isinstance(one, dict)
    }


def _context(choices: tuple[str, ...]) -> Any:
    told = f"Which cluster: a kubeconfig context. Default: {choices[0]}."
    return Annotated[str, Field(description=told, max_length=300, json_schema_extra={"examples": list(choices[:12])})]


async def _asked(
    function: Callable[..., Awaitable[Answer]], opened: Callable[[str], Any], context: str, given: dict[str, Any]
) -> Answer:
    return await function(opened(context), **given)


async def answered(work: Awaitable[Answer], report: str = "report") -> CallToolResult:
    """The use case's answer. What went wrong is told to the model as it is told to people."""
    try:
        answer = await work
    except GitOpsError as error:
        raise ToolError(str(error)) from error
    return CallToolResult(
        content=[TextContent(text=str(getattr(answer, report)))],
        structured_content=answer.dump(),
    )

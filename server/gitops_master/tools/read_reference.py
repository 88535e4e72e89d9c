"""MCP tool read_reference."""

from typing import Annotated

from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult
from pydantic import Field

from gitops_master.model.reference import ReferenceAnswer
from gitops_master.tools.answers import answered, answering

Name = Annotated[
    str,
    Field(
        description="kargo-state-machine, argocd-troubleshooting, verification-taxonomy, kargo-setup, a rule's id, or an URI as in a "
        "finding's reference. messages: what products print. Leave out for the list.",
        max_length=300,
    ),
]
Section = Annotated[
    str, Field(description="A heading of it, or the beginning of one. Leave out for all of it.", max_length=200)
]
Part = Annotated[
    int, Field(description="A long text comes in parts; the answer says how many there are.", ge=1, le=1000)
]


async def read_reference(name: Name = "", section: Section = "", part: Part = 1) -> CallToolResult:
    """Use to look up how Kargo, Argo CD and verification work and what a rule means: the texts behind gitops:// URIs, for
    hosts that cannot read resources. Says nothing about this cluster (analyze_stage does). Never changes anything.
    """
    from gitops_master.usecases.read_reference import ReadRequest
    from gitops_master.usecases.read_reference import read_reference as read

    async def work() -> ReferenceAnswer:
        return read(ReadRequest(name=name, section=section, part=part))

    return await answered(work())


def tool() -> Tool:
    return answering(read_reference, title="Read a reference", answer=ReferenceAnswer)

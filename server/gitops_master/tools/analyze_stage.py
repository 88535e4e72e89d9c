"""MCP tool analyze_stage."""

from typing import TYPE_CHECKING, Annotated

from mcp.server.mcpserver.tools import Tool
from pydantic import Field

from gitops_master.model.finding import Diagnosis
from gitops_master.tools.answers import reading_tool

if TYPE_CHECKING:
    from gitops_master.ports.cluster import ClusterReader
    from gitops_master.ports.sources import Sources

NAME = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
Project = Annotated[
    str,
    Field(
        description="Kargo project (= its namespace). Leave out if there is only one.",
        pattern=f"^$|{NAME}",
        max_length=63,
    ),
]
Stage = Annotated[
    str,
    Field(
        description="Stage to analyse. Leave out for the whole project, worst first.",
        pattern=f"^$|{NAME}",
        max_length=253,
    ),
]
App = Annotated[
    str,
    Field(
        description="Argo CD Application (name or namespace/name) instead of a Stage.",
        pattern=r"^$|^[a-z0-9][-a-z0-9./]*$",
        max_length=320,
    ),
]
Warehouse = Annotated[
    str,
    Field(
        description="Warehouse instead of a Stage: why does it make no new Freight?",
        pattern=f"^$|{NAME}",
        max_length=253,
    ),
]
Freight = Annotated[
    str,
    Field(
        description="With a Stage: why is this Freight not in it? Name, alias, commit (7+), image tag, digest or chart version.",
        max_length=300,
    ),
]
Symptom = Annotated[
    str,
    Field(
        description="What the user reported, in their words. Orders findings; Freight it names is asked about.",
        max_length=2000,
    ),
]


async def analyze_stage(
    reader: "ClusterReader",
    project: Project = "",
    stage: Stage = "",
    app: App = "",
    warehouse: Warehouse = "",
    freight: Freight = "",
    symptom: Symptom = "",
) -> Diagnosis:
    """Use when something is stuck, broken, unhealthy, unverified, not promoted or not moving, or when a Freight, commit or
    image tag is missing in a Stage: names one root cause with evidence from promotion step to pod log, and the least
    invasive fix. Never changes anything, never guesses past what could be read.
    """
    # All rules come with it: the first call waits for them, the first message of the protocol does not.
    from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze

    request = AnalyzeRequest(
        project=project, stage=stage, app=app, warehouse=warehouse, freight=freight, symptom=symptom
    )
    return await analyze(reader, request)


def tool(sources: "Sources") -> Tool:
    return reading_tool(analyze_stage, sources, title="Analyse a Stage", answer=Diagnosis)

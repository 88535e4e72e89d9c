"""The table of rights is what the live reader asks for: neither less, so that nobody is surprised, nor more than it may use."""

import re
from collections.abc import Iterable

from gitops_master.ports.api import Request
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from gitops_master.usecases.rights import TOOLS
from tests import worlds
from tests.adapters.test_live_reader import _api, _live

_PATH = re.compile(
    r"/(?:api/v1|apis/(?P<group>[^/]+)/[^/]+)(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?(?:/(?P<sub>[^/]+))?"
)
Used = tuple[str, str, str, str]
"""Verb, group, resource, subresource."""

MORE_EVIDENCE = {
    ("get", "", "nodes", ""),
    ("list", "discovery.k8s.io", "endpointslices", ""),
    ("list", "apiextensions.k8s.io", "customresourcedefinitions", ""),
    ("list", "rbac.authorization.k8s.io", "clusterroles", ""),
    ("list", "rbac.authorization.k8s.io", "clusterrolebindings", ""),
    ("list", "", "namespaces", ""),
    ("list", "argoproj.io", "applicationsets", ""),
}
"""Read only where something is amiss, for evidence from elsewhere; no answer rests on it."""


def _used(requests: Iterable[Request]) -> set[Used]:
    found = set()
    for one in requests:
        match = _PATH.fullmatch(one.path)
        if match is not None:
            verb = "get" if match["name"] else "list"
            found.add((verb, match["group"] or "", match["plural"], match["sub"] or ""))
    return found


def _listed(*names: str) -> set[Used]:
    needs = [need for tool in TOOLS if tool.name in names for need in tool.needs]
    return {(need.verb, need.group, one, need.subresource) for need in needs for one in need.resources}


async def test_what_a_tool_reads_is_what_the_table_says() -> None:
    analysed: set[Used] = set()
    shown: set[Used] = set()
    for folder in worlds.FOLDERS:
        objects, _, logs = worlds.load(folder)
        request = worlds.asked(folder)
        api = _api(objects, logs)
        await analyze(_live(api), request)
        await analyze(_live(api), AnalyzeRequest(project=request.project))
        analysed |= _used(api.asked)
        api = _api(objects, logs)
        await get_state(_live(api), StateRequest(project=request.project))
        if request.stage:
            await get_state(_live(api), StateRequest(project=request.project, stage=request.stage))
        shown |= _used(api.asked)

    table = _listed("analyze_stage", "analyze_stage: logs")
    assert analysed - MORE_EVIDENCE <= table
    assert table - analysed <= {("list", "kargo.akuity.io", "projects", "")}  # asked only where no project is named
    assert _listed("get_stage_state") <= shown | {("list", "kargo.akuity.io", "projects", "")}
    assert shown - MORE_EVIDENCE - {("list", "networking.k8s.io", "ingresses", "")} <= table

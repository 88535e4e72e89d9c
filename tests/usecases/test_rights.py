"""The table of rights is what the live reader asks for: neither less, so that nobody is surprised, nor more than it may use."""

import json
import re
from collections.abc import Iterable

import pytest

from gitops_master.ports.api import Request
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.discover_env import DiscoverRequest, discover
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from gitops_master.usecases.needs import INSTALLED, TOOLS
from gitops_master.usecases.rights import served
from gitops_master.usecases.run_verification import VerifyRequest, run_verification
from gitops_master.usecases.verification_kinds import plan
from tests import worlds
from tests.adapters.test_live_reader import _api, _live
from tests.deploy import crowded
from tests.probes import world
from tests.usecases.test_discover_env import Fake

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


MORE_OF_VERIFICATIONS = {
    ("get", "", "services", ""),
    *(("list", "", kind, "") for kind in ("secrets", "configmaps", "nodes", "namespaces")),
    *(("list", "rbac.authorization.k8s.io", kind, "") for kind in ("clusterroles", "clusterrolebindings")),
    ("list", "argoproj.io", "clusteranalysistemplates", ""),
    ("list", "argoproj.io", "applicationsets", ""),
    ("list", "apiextensions.k8s.io", "customresourcedefinitions", ""),
    *(("list", "apps", kind, "") for kind in ("deployments", "statefulsets")),
}
"""Where it is cheaper, where something is not what it should be, or for versions and settings; each can be done without."""


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


@pytest.mark.parametrize("refused", [0, 403], ids=["everywhere", "by-namespace"])
async def test_what_discovering_reads_is_what_the_table_says(refused: int) -> None:
    used: set[Used] = set()
    for folder in worlds.FOLDERS:
        objects, _, logs = worlds.load(folder)
        api = _api(objects, logs)
        api.refuse = lambda one: 0 if "/namespaces/" in one.path else refused
        for given in ({}, {"kargo_namespace": worlds.asked(folder).project}):
            await discover(Fake(api, given=given), DiscoverRequest())
        used |= _used(api.asked)

    assert used == _listed("discover_env")


async def test_what_a_verification_reads_is_what_the_table_says() -> None:
    used: set[Used] = set()
    little, much = json.loads(json.dumps(world.plain([]), default=str)), crowded.objects()
    for objects in (little, much):
        for stage in ("prod", ""):
            api = _api(objects, {})
            await _live(api).read(plan("shop", stage), deadline_s=30)
            used |= _used(api.asked)
    api = _api(little, {})
    await run_verification(_live(api, world.NOW), VerifyRequest(project="shop", stage="prod", all_levels=True))
    used |= _used(api.asked)

    by_name = {
        ("get", *resource) for _, *resource in used if resource[0] in {*INSTALLED, "argoproj.io", "batch"}
    }  # one of them, or all
    table = _listed("run_verification")
    assert used - by_name - MORE_OF_VERIFICATIONS <= table
    assert table - used <= {("list", "argoproj.io", "applications", "")}  # asked only where a Stage has more than a few


def test_no_right_is_needed_on_what_the_server_does_not_have() -> None:
    asked = {need.group for tool in served() for need in tool.needs}
    there = {need.group for tool in served(asked - INSTALLED) for need in tool.needs}

    assert asked - there == INSTALLED
    assert served(asked) == served() == served(None)

"""What is marked as only reading asks a server for nothing else, over HTTP and through kubectl, in both eras of the protocol."""

import re
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from gitops_master.mcp_server import build_server
from gitops_master.settings import Settings
from gitops_master.sources import sources
from tests import worlds
from tests.live.kubeconfig import write_kubeconfig
from tests.live.kubelet import Kubelet
from tests.live.loading import load_folder
from tests.live.proxy import Proxy, Seen
from tests.live.server import ControlPlane

CASE = "dev/k19"  # promotions, verification, a Job, logs, roles
PROJECT, STAGE = "foundry", "stage"

CALLS: dict[str, list[dict[str, Any]]] = {
    "discover_env": [{}, {"all_contexts": True}],
    "get_stage_state": [{"project": PROJECT}, {"project": PROJECT, "stage": STAGE}],
    "analyze_stage": [{"project": PROJECT}, {"project": PROJECT, "stage": STAGE}],
    "run_verification": [{"project": PROJECT}, {"project": PROJECT, "stage": STAGE, "all_levels": True, "proxy": True}],
    "promote_freight": [
        {"project": PROJECT, "stage": STAGE, "freight": "candidate"},
        {"project": PROJECT, "stage": STAGE, "freight": "candidate", "plan_id": "x" * 72},
    ],
    "operate": [{"project": PROJECT, "stage": STAGE, "operation": one} for one in ("refresh_stage", "reverify")],
    "generate_stage_yaml": [
        {"project": PROJECT, "name": STAGE},
        {"check": "apiVersion: kargo.akuity.io/v1alpha1\nkind: Stage\nmetadata: {name: x, namespace: foundry}\n"},
    ],
    "read_reference": [{"name": "crd-not-installed"}],
}
"""Tool -> arguments that make it ask for all it may. A tool that is missing here fails the test."""
ASKS_NOTHING = {"read_reference"}
REVIEWS = re.compile(r"POST /apis/auth(entication|orization)\.k8s\.io/v1/selfsubject[a-z]*reviews(\?.*)?")
"""Questions about the caller, which store nothing."""


def _settings(way: str, config: Path, kubectl: Path) -> Settings:
    if way == "http":
        return Settings(kubeconfig=config)
    return Settings(kubeconfig=config, kubectl_command=str(kubectl))


def _writes(requests: list[Seen]) -> list[str]:
    every = [f"{one.method} {one.target}" for one in requests]
    return [one for one in every if not one.startswith("GET ") and not REVIEWS.fullmatch(one)]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("way", ["http", "kubectl"])
async def test_tools_and_prompts_that_only_read_send_only_reads(
    way: str, mode: str, cluster: ControlPlane, kubelet: Kubelet, kubectl: Path, proxy: Proxy, tmp_path: Path
) -> None:
    load_folder(cluster, kubelet, worlds.case_folder(CASE))
    config = write_kubeconfig(tmp_path / "config", [cluster.context()._replace(server=proxy.url)])
    server = build_server(sources(_settings(way, config, kubectl)), version="test")

    asked: dict[str, list[Seen]] = {}
    async with Client(server, mode=mode) as client:
        for tool in (await client.list_tools()).tools:
            if tool.annotations is None or not tool.annotations.read_only_hint:
                continue
            assert tool.name in CALLS, f"say in CALLS how {tool.name} is called so that it asks for all it may"
            proxy.requests.clear()
            results = [await client.call_tool(tool.name, arguments) for arguments in CALLS[tool.name]]
            assert [one for one in results if one.is_error] == []
            asked[tool.name] = list(proxy.requests)
        for prompt in (await client.list_prompts()).prompts:
            proxy.requests.clear()
            needed = {one.name: STAGE for one in prompt.arguments or [] if one.required}
            assert (await client.get_prompt(prompt.name, needed)).messages
            asked[f"prompt {prompt.name}"] = list(proxy.requests)

    assert {name: _writes(requests) for name, requests in asked.items() if _writes(requests)} == {}
    assert {name for name, requests in asked.items() if not requests and not name.startswith("prompt ")} == ASKS_NOTHING


def test_a_write_would_be_seen() -> None:
    wanted = [
        Seen("PATCH", "/api/v1/namespaces/foundry/pods/x", {}),
        Seen("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {}),
        Seen("POST", "/apis/kargo.akuity.io/v1alpha1/namespaces/foundry/promotions", {}),
    ]
    harmless = [
        Seen("GET", "/api/v1/pods?limit=5", {}),
        Seen("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {}),
        Seen("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews?fieldManager=kubectl", {}),
        Seen("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}),
    ]

    assert _writes([*wanted, *harmless]) == [f"{one.method} {one.target}" for one in wanted]

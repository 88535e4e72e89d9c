"""The Helm chart: rendered by Helm, taken by a real API server, and started by the program with the rights that it grants."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from gitops_master.app import serve_parser, settings_of
from gitops_master.serving.command import assembled
from tests.live.delivering import KARGO, objects
from tests.live.kubeconfig import Context, write_kubeconfig
from tests.live.loading import active_namespace, load
from tests.live.server import ControlPlane
from tests.live.test_callers import REFRESH, asked
from tests.live.test_operating import PROJECT, VERSION
from tests.serving.worlds import listened

Values = dict[str, Any]
Render = Callable[[Values], list[dict[str, Any]]]
Arguments = Callable[[list[dict[str, Any]]], list[str]]

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "chart" / "gitops-master"
SPACE, NAME = "tools", "gitops-master"
TOKEN = "a-caller-of-these-tests-alone"
LEAST: Values = {
    "image": {"repository": "images.example.com/gitops-master"},
    "planKey": {"secret": "plan-key"},
    "auth": {"tokens": {"secret": "tokens"}},
}
OAUTH = {
    "issuer": "https://login.example.com",
    "resource": "https://gitops.example.com/mcp",
    "jwks": "https://login.example.com/keys",
}
WAYS: dict[str, Values] = {
    "least": LEAST,
    "one replica without a key": {**LEAST, "planKey": {"secret": ""}, "replicas": 1},
    "everything": {
        **LEAST,
        "image": {**LEAST["image"], "digest": f"sha256:{'0' * 64}", "pullSecrets": ["registry"]},
        "allowedHosts": ["gitops.example.com", "gitops.example.org"],
        "allowWrites": True,
        "protect": ["prod-*", "shop/prod"],
        "rbac": {
            "secrets": ["argocd"],
            "serviceProxy": ["shop-test"],
            "promote": ["shop", "demo"],
            "approve": ["shop"],
            "refreshWarehouses": ["shop"],
            "operateApplications": ["argocd"],
        },
        "expectations": {"configMap": "expected"},
        "tls": {"secret": "serving"},
        "extraArgs": ["--rate", "120"],
        "env": [{"name": "GITOPS_MASTER_KARGO_PROJECT", "value": "shop"}],
        "service": {"type": "NodePort", "annotations": {"a.example.com/b": "c"}},
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "tlsSecret": "outside",
            "annotations": {"nginx.ingress.kubernetes.io/proxy-buffering": "off"},
        },
        "networkPolicy": {
            "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}],
            "extraEgress": [{"ports": [{"port": 3128, "protocol": "TCP"}]}],
        },
        "serviceAccount": {"name": "operator", "annotations": {"a.example.com/b": "c"}},
        "podAnnotations": {"prometheus.io/scrape": "true"},
        "podLabels": {"team": "delivery"},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "drainSeconds": 60,
    },
    "single namespaces": {
        **LEAST,
        "rbac": {
            "read": "namespaces",
            "namespaces": {
                "projects": ["shop"],
                "argoCd": ["argocd"],
                "controlPlanes": ["kargo", "argo-rollouts"],
                "destinations": ["shop-test", "shop"],
            },
        },
    },
    "no rights of its own": {**LEAST, "rbac": {"create": False}, "serviceAccount": {"create": False, "name": "mine"}},
    "own token": {**LEAST, "auth": {"oauth": {**OAUTH, "audiences": ["kubernetes"]}}, "identity": "token"},
    "impersonation": {
        **LEAST,
        "auth": {"oauth": {**OAUTH, "scopes": ["mcp"], "userClaim": "email"}},
        "identity": "impersonate",
        "impersonate": {"users": ["oidc:dana"], "groups": ["oidc:team"], "userPrefix": "oidc:", "groupPrefix": "oidc:"},
        "allowWrites": True,
    },
    "impersonation of anybody": {**LEAST, "identity": "impersonate", "impersonate": {"anybody": True}},
    "nothing around it": {
        **LEAST,
        "networkPolicy": {"enabled": False},
        "podDisruptionBudget": {"enabled": False},
        "serviceAccount": {"create": False},
        "rbac": {"read": "none", "logs": False},
    },
    "nobody connects, nothing is asked": {**LEAST, "networkPolicy": {"from": [], "egressPorts": []}},
}
ways = pytest.mark.parametrize("way", WAYS)


def _helm(helm: Path, folder: Path, command: str, values: Values, *more: str) -> subprocess.CompletedProcess[str]:
    file = folder / "values.yaml"
    file.write_text(json.dumps(values))
    words = [
        str(helm),
        command,
        *more,
        str(CHART),
        "--values",
        str(file),
        "--namespace",
        SPACE,
        "--kube-version",
        "1.33.0",
    ]
    homes = {one: str(folder) for one in ("HOME", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME")}
    return subprocess.run(words, env={"PATH": "/usr/bin:/bin", **homes}, capture_output=True, text=True, timeout=120)


@pytest.fixture
def render(helm: Path, tmp_path: Path) -> Render:
    def rendered(values: Values) -> list[dict[str, Any]]:
        ran = _helm(helm, tmp_path, "template", values, NAME)
        assert ran.returncode == 0, ran.stderr
        return [one for one in yaml.safe_load_all(ran.stdout) if one]

    return rendered


def _one(rendered: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = [one for one in rendered if one["kind"] == kind]
    return found


def _apply(kubectl: Path, cluster: ControlPlane, folder: Path, documents: list[dict[str, Any]]) -> None:
    """For good, and refused where a field is unknown or given twice."""
    config, file = write_kubeconfig(folder / "master", [cluster.context()]), folder / "rendered.yaml"
    file.write_text(yaml.safe_dump_all(documents))
    flags = ["--server-side", "--validate=strict", "--kubeconfig", str(config), "--filename", str(file)]
    ran = subprocess.run([kubectl, "apply", *flags], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert "Warning" not in ran.stderr, ran.stderr


def _spaces(rendered: list[dict[str, Any]]) -> list[dict[str, Any]]:
    named = {one["metadata"]["namespace"] for one in rendered if "namespace" in one["metadata"]} - {SPACE}
    own = active_namespace(SPACE)
    own["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "restricted"
    return [own, *(active_namespace(one) for one in sorted(named))]


@ways
def test_helm_finds_nothing_to_complain_of(way: str, helm: Path, tmp_path: Path) -> None:
    ran = _helm(helm, tmp_path, "lint", WAYS[way], "--strict", "--quiet")

    assert ran.returncode == 0, ran.stdout + ran.stderr


@ways
def test_an_api_server_takes_it_all_and_the_pod_where_pods_are_restricted(
    way: str, render: Render, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    rendered = render(WAYS[way])
    assert load(cluster, [*_spaces(rendered)]).left_out == ()

    _apply(kubectl, cluster, tmp_path, rendered)

    template = _one(rendered, "Deployment")["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {**template["metadata"], "name": "one"}}
    cluster.must("POST", f"/api/v1/namespaces/{SPACE}/pods?fieldValidation=Strict", pod)


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Arguments:
    """The arguments of a rendered container, its environment this process's and its files those of a folder."""
    (tmp_path / "plan-key").write_bytes(b"k" * 32)
    (tmp_path / "tokens.csv").touch(mode=0o600)
    (tmp_path / "tokens.csv").write_text(f"{TOKEN},dana,,write\n")
    (tmp_path / "gitops-verify.yaml").write_text("version: 1\n")

    def arguments(rendered: list[dict[str, Any]]) -> list[str]:
        (found,) = _one(rendered, "Deployment")["spec"]["template"]["spec"]["containers"]
        mounted = [one["mountPath"] for one in found["volumeMounts"]]

        def here(word: str) -> str:
            if not word.startswith("/"):
                return word
            assert any(word.startswith(f"{one}/") for one in mounted), f"{word} is not mounted"
            return str(tmp_path / word.rpartition("/")[2])

        for one in found.get("env", []):
            monkeypatch.setenv(one["name"], here(one["value"]))
        command, *words = found["args"]
        assert command == "serve"
        return [here(one) for one in words]

    return arguments


@ways
def test_the_program_takes_its_arguments(way: str, render: Render, container: Arguments) -> None:
    values = WAYS[way]
    given = serve_parser(http=True).parse_args(container(render(values)))
    settings = settings_of(given)
    app, http = assembled(given, settings)

    assert (http.host, http.port, http.sessions) == ("0.0.0.0", 8808, False)
    assert f"{NAME}.{SPACE}.svc" in http.allowed_hosts
    assert settings.allow_writes == values.get("allowWrites", False)
    assert (settings.plan_key_file is not None) == bool(values["planKey"]["secret"])
    assert app is not None


def test_kagent_finds_the_service_by_a_name_that_the_server_knows(render: Render) -> None:
    sample = yaml.safe_load((ROOT / "deploy" / "kagent" / "remote-mcp-server.yaml").read_text())
    rendered = render(LEAST)
    service, words = (
        _one(rendered, "Service"),
        _one(rendered, "Deployment")["spec"]["template"]["spec"]["containers"][0],
    )

    url = urlsplit(sample["spec"]["url"])

    assert (url.scheme, url.path) == ("http", "/mcp")
    assert [one["port"] for one in service["spec"]["ports"]] == [url.port]
    assert url.hostname == f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc"
    assert url.hostname in words["args"]


REFUSED: dict[str, tuple[Mapping[str, Any], str]] = {
    "no image": ({"image": {"repository": ""}}, "image.repository"),
    "replicas that share no key": ({"planKey": {"secret": ""}}, "planKey.secret"),
    "nobody may call": ({"auth": {"tokens": {"secret": ""}}}, "auth: say who may call"),
    "two ways to know callers": ({"auth": {"tokens": {"secret": "t"}, "oauth": OAUTH}}, "give one of them"),
    "half of OAuth": ({"auth": {"oauth": {"issuer": "https://a.example.com"}}}, "resource and jwks"),
    "nobody may write": ({"auth": {"oauth": OAUTH}, "allowWrites": True}, "writeScope"),
    "rights to write without the switch": ({"rbac": {"promote": ["shop"]}}, "allowWrites is false"),
    "rights of the server that do not hold": (
        {"rbac": {"promote": ["shop"]}, "allowWrites": True, "identity": "token"},
        "the callers' rights hold",
    ),
    "nobody to impersonate": ({"identity": "impersonate"}, "impersonate: name users"),
    "an Ingress without a host": ({"ingress": {"enabled": True}}, "allowedHosts"),
    "a name that is none": ({"replica": 3}, "replica"),
    "a digest that is none": ({"image": {"repository": "a", "digest": "sha256:1"}}, "digest"),
    "no replicas": ({"replicas": 0}, "replicas"),
    "an unknown identity": ({"identity": "anyone"}, "identity"),
    "a host with a port": ({"allowedHosts": ["https://gitops.example.com"]}, "allowedHosts"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_work_is_not_rendered_and_says_why(what: str, helm: Path, tmp_path: Path) -> None:
    change, words = REFUSED[what]

    ran = _helm(helm, tmp_path, "template", {**LEAST, **change}, NAME)

    assert ran.returncode != 0
    assert words in ran.stderr


ACCOUNT = f"system:serviceaccount:{SPACE}:{NAME}"
READS = {"apiGroups": ["kargo.akuity.io"], "resources": ["stages"], "verbs": ["list"]}
LOGS = {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}
SECRETS = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}
PROMOTES = {"apiGroups": ["kargo.akuity.io"], "resources": ["promotions"], "verbs": ["create"]}
APPROVES = {"apiGroups": ["kargo.akuity.io"], "resources": ["freights/status"], "verbs": ["patch"]}
IS_ANYBODY = {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}
ALL = (READS, LOGS, SECRETS, PROMOTES, APPROVES, IS_ANYBODY)
PROMOTING: Values = {**LEAST, "allowWrites": True, "rbac": {"promote": ["demo"]}}


@pytest.mark.parametrize(
    ("values", "may"),
    [
        (LEAST, [READS, LOGS]),
        ({**LEAST, "rbac": {"logs": False, "secrets": ["demo"]}}, [READS, SECRETS]),
        ({**LEAST, "rbac": {"read": "namespaces", "namespaces": {"projects": ["demo"]}}}, [READS, LOGS]),
        (PROMOTING, [READS, LOGS, PROMOTES]),
        (WAYS["impersonation of anybody"], [IS_ANYBODY]),
        (WAYS["own token"], []),
    ],
)
def test_the_service_account_may_what_the_values_say_and_no_more(
    values: Values, may: list[Values], render: Render, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    rendered = render(values)
    load(cluster, [*_spaces(rendered), active_namespace("demo")])

    _apply(kubectl, cluster, tmp_path, rendered)

    for one in may:
        cluster.await_rule(ACCOUNT, one, "demo")
    assert [one for one in ALL if cluster.allows(ACCOUNT, one, "demo")] == [one for one in ALL if one in may]


async def test_a_caller_reads_and_writes_with_the_rights_of_its_account(
    render: Render, container: Arguments, cluster: ControlPlane, kubectl: Path, tmp_path: Path
) -> None:
    """All but the kubelet: objects as rendered, the account's own token, the container's arguments."""
    rendered = render(PROMOTING)
    assert load(cluster, [*_spaces(rendered), PROJECT, VERSION, *objects()]).left_out == ()
    _apply(kubectl, cluster, tmp_path, rendered)
    cluster.await_rule(ACCOUNT, PROMOTES, "demo")
    own = Context("test", cluster.url, cluster.ca, token=cluster.service_account_token(SPACE, NAME))
    words = container(rendered)
    words[words.index("0.0.0.0:8808")] = "127.0.0.1:0"
    given = serve_parser(http=True).parse_args([*words, "--kubeconfig", str(write_kubeconfig(tmp_path / "own", [own]))])

    async with listened(*assembled(given, settings_of(given))) as server:
        told = await asked(server.url, TOKEN, "discover_env", {})
        plan = await asked(server.url, TOKEN, "operate", REFRESH)
        done = await asked(server.url, TOKEN, "operate", {**REFRESH, "plan_id": plan["plan"]["plan_id"]})

    assert told["identity"] == ACCOUNT
    assert done["outcome"] in ("done", "under_way")
    assert "kargo.akuity.io/refresh" in cluster.must("GET", f"{KARGO}/stages/test")["metadata"]["annotations"]

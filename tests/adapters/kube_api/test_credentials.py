"""Who is asking: kubeconfigs of many kinds, compared with what the official loader makes of them where that is right."""

import base64
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.kube_api import Access, KubeApi, Surroundings
from gitops_master.adapters.kube_api.link import Link, link, proxy_of
from gitops_master.adapters.kube_api.progress import Progress
from gitops_master.model.errors import GitOpsError, Unreachable, UsageError
from gitops_master.ports.api import Reply, Request
from tests.adapters.kube_api.certificates import Authority
from tests.adapters.kube_api.worlds import PODS, Seen, Waits, api, kubeconfig, ok, serving, status

ONE = Request(f"{PODS}/a")
OURS = Authority()
CLIENT = OURS.pair(common="dev")
NOW = 1767225600.0


def data(pem: bytes) -> str:
    return base64.b64encode(pem).decode()


def jwt(expires: float) -> str:
    # A claim whose base64 has the two characters in which URLs differ: the official loader fails on it.
    claims = json.dumps({"exp": expires, "name": "???>>>~~~"}).encode()
    return f"eyJhbGciOiJub25lIn0.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2lnbmF0dXJl"


async def opened(file: Path, environ: Mapping[str, str] | None = None, **access: Any) -> Link:
    around = Surroundings(environ={} if environ is None else environ, now=lambda: NOW)
    return await link(Access(kubeconfig=(file,), **access), around, Progress())


async def official(file: Path) -> Any:
    from kubernetes.aio.client import Configuration
    from kubernetes.aio.config import load_kube_config

    configuration = type.__call__(Configuration)
    await load_kube_config(  # type: ignore[no-untyped-call]
        str(file), client_configuration=configuration, persist_config=False
    )
    return configuration


MATRIX: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "token": ({}, {"token": "abcdefgh"}),
    "token file": ({}, {"tokenFile": "token"}),
    "password": ({}, {"username": "me", "password": "hunter2-hunter2"}),
    "authority as data": ({"certificate-authority-data": data(OURS.pem)}, {"token": "abcdefgh"}),
    "authority as file": ({"certificate-authority": "ca.crt"}, {"token": "abcdefgh"}),
    "certificate as data": (
        {},
        {"client-certificate-data": data(CLIENT.certificate), "client-key-data": data(CLIENT.key)},
    ),
    "certificate as file": ({}, {"client-certificate": "c.crt", "client-key": "c.key"}),
    "certificate and token": ({}, {"client-certificate": "c.crt", "client-key": "c.key", "token": "abcdefgh"}),
    "data before file": (
        {"certificate-authority-data": data(OURS.pem), "certificate-authority": "none"},
        {"token": "x"},
    ),
    "insecure": ({"insecure-skip-tls-verify": True}, {"token": "abcdefgh"}),
    "proxy": ({"proxy-url": "http://proxy.example:3128"}, {"token": "abcdefgh"}),
    "server name": ({"tls-server-name": "api.example"}, {"token": "abcdefgh"}),
    "path": ({"server": "https://rancher.example/k8s/clusters/c-1/"}, {"token": "abcdefgh"}),
}


@pytest.mark.parametrize("kind", MATRIX)
async def test_the_same_as_the_official_loader(tmp_path: Path, kind: str) -> None:
    for name, content in (
        ("ca.crt", OURS.pem),
        ("c.crt", CLIENT.certificate),
        ("c.key", CLIENT.key),
        ("token", b"from-file"),
    ):
        (tmp_path / name).write_bytes(content)
    cluster, user = MATRIX[kind]
    file = kubeconfig(tmp_path, "https://api.example:6443", user, cluster=cluster)
    theirs = await official(file)

    ours = await opened(file)

    def read(named: str | None) -> bytes:
        return Path(named).read_bytes() if named else b""

    assert dict(ours.headers).get("Authorization") == theirs.api_key.get("BearerToken")
    assert ours.wire == (
        theirs.host,
        read(theirs.ssl_ca_cert),
        read(theirs.cert_file),
        read(theirs.key_file),
        theirs.verify_ssl,
        theirs.tls_server_name,
        theirs.proxy,
    )
    assert "abcdefgh" not in repr(ours)


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({}, None),
        ({"token": "  padded\n"}, "Bearer padded"),
        ({"token": 12345}, "Bearer 12345"),
        ({"token": "old", "tokenFile": "token"}, "Bearer from-file"),
        ({"token": "old", "tokenFile": "none"}, "Bearer old"),
        ({"token": "written", "exec": {"command": "never-run", "apiVersion": "x"}}, "Bearer written"),
        ({"auth-provider": {"name": "oidc", "config": {"id-token": jwt(NOW + 60)}}}, f"Bearer {jwt(NOW + 60)}"),
    ],
    ids=["none", "padded", "number", "file wins", "file is missing", "written wins", "oidc"],
)
async def test_what_the_official_loader_gets_wrong(tmp_path: Path, user: dict[str, Any], said: str | None) -> None:
    (tmp_path / "token").write_text("from-file\n")

    ours = await opened(kubeconfig(tmp_path, "https://api.example", user))

    assert dict(ours.headers).get("Authorization") == said


async def test_a_context_without_a_user_asks_as_nobody(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "https://api.example")
    written = yaml.safe_load(file.read_text())
    del written["contexts"][0]["context"]["user"]
    file.write_text(yaml.safe_dump(written))

    assert (await opened(file)).headers == ()


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ({"tokenFile": "none"}, "`tokenFile` of user 'dev' cannot be read"),
        ({"tokenFile": "empty"}, "`tokenFile` of user 'dev' is empty"),
        ({"client-certificate": "none", "client-key": "none"}, "`client-certificate` of 'dev' cannot be read"),
        ({"auth-provider": {"name": "gcp"}}, "uses the auth-provider 'gcp', which kubectl dropped in 1.26"),
        (
            {"auth-provider": {"name": "oidc", "config": {"id-token": jwt(NOW - 1)}}},
            "id-token of user 'dev' of context 'demo' is expired",
        ),
        ({"auth-provider": {"name": "oidc", "config": {"refresh-token": "x"}}}, "of context 'demo' is missing"),
    ],
)
async def test_credentials_that_cannot_be_had(tmp_path: Path, user: dict[str, Any], words: str) -> None:
    (tmp_path / "empty").touch()

    with pytest.raises(Unreachable) as raised:
        await opened(kubeconfig(tmp_path, "https://api.example", user))

    assert words in raised.value.message


@pytest.mark.parametrize(
    ("user", "access", "headers"),
    [
        ({"as": "bob"}, {}, {"Impersonate-User": "bob"}),
        (
            {"as": "bob", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"Scopes/x": ["1"], "why": ["2"]}},
            {},
            {
                "Impersonate-User": "bob",
                "Impersonate-Uid": "7",
                "Impersonate-Group": "a",
                "Impersonate-Extra-Scopes%2Fx": "1",
                "Impersonate-Extra-why": "2",
            },
        ),
        ({"as": "bob", "as-uid": "7", "as-groups": ["a"]}, {"as_user": "eve"}, {"Impersonate-User": "eve"}),
        ({}, {"as_user": "eve", "as_groups": ("x",)}, {"Impersonate-User": "eve", "Impersonate-Group": "x"}),
        (
            {"as": "bob", "as-groups": ["a"]},
            {"as_groups": ("x",)},
            {"Impersonate-User": "bob", "Impersonate-Group": "x"},
        ),
    ],
)
async def test_acting_as_somebody_else(
    tmp_path: Path, user: dict[str, Any], access: dict[str, Any], headers: dict[str, str]
) -> None:
    async with serving() as server, api(kubeconfig(tmp_path, server.url, user), **access) as opened:
        server.answer(ONE.path, ok())
        await opened.get([ONE], deadline_s=10)

    [seen] = server.seen
    assert {name: value for name, value in seen.headers.items() if name.startswith("Impersonate")} == headers
    assert "Impersonate-Uid" not in headers or seen.groups == ("a", "b")


async def test_groups_without_a_user_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without a user"):
        await opened(kubeconfig(tmp_path, "https://api.example"), as_groups=("a",))


def test_a_name_that_would_break_out_of_its_header_is_refused() -> None:
    with pytest.raises(UsageError, match="control characters"):
        Access(as_user="a\r\nX-Y: z")


async def test_a_token_file_is_read_again(tmp_path: Path) -> None:
    token, seconds = tmp_path / "token", [0.0]
    around = Surroundings(now=lambda: NOW + seconds[0], sleep=Waits())
    async with serving() as server, api(kubeconfig(tmp_path, server.url, {"tokenFile": "token"}), around) as opened:
        server.answer(ONE.path, ok())
        for seconds[0], content in ((0.0, "first"), (30.0, "second"), (60.0, "third")):
            token.write_text(content)
            await opened.get([ONE], deadline_s=10)

    assert authorizations(server.seen) == ["Bearer first", "Bearer first", "Bearer third"]


async def test_a_login_renewed_elsewhere_is_taken_up(tmp_path: Path) -> None:
    async with serving() as server, api(kubeconfig(tmp_path, server.url, {"token": "old-token"})) as opened:
        server.answer(ONE.path, ok(), status(401, "Unauthorized"), ok())
        await opened.get([ONE], deadline_s=10)
        kubeconfig(tmp_path, server.url, {"token": "new-token"})
        [reply] = await opened.get([ONE], deadline_s=10)

    assert reply.ok
    assert authorizations(server.seen) == ["Bearer old-token", "Bearer old-token", "Bearer new-token"]


async def test_refused_for_good(tmp_path: Path) -> None:
    async with serving() as server, api(kubeconfig(tmp_path, server.url, {"token": "old-token"})) as opened:
        server.answer(ONE.path, status(401, "Unauthorized"))
        [reply] = await opened.get([ONE], deadline_s=10)

    assert reply == Reply(401, problem="401 Unauthorized: Unauthorized (as user 'dev')")


def authorizations(seen: list[Seen]) -> list[str]:
    return [each.headers["Authorization"] for each in seen]


def service_account(folder: Path, url: str) -> Surroundings:
    folder.mkdir(exist_ok=True)
    for name, content in (("token", b"pod-token\n"), ("ca.crt", OURS.pem), ("namespace", b"kargo")):
        (folder / name).write_bytes(content)
    host, _, port = url.removeprefix("https://").partition(":")
    environ = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port, "HOME": str(folder)}
    return Surroundings(environ=environ, service_account=folder, sleep=Waits(), now=lambda: NOW)


async def test_in_a_pod(tmp_path: Path) -> None:
    async with serving(OURS.pair("127.0.0.1").server(tmp_path)) as server:
        server.answer(ONE.path, ok(), status(401, "expired"), ok())
        opened = KubeApi.open(Access(as_user="bob"), service_account(tmp_path / "sa", server.url))
        first = await opened.get([ONE], deadline_s=10)
        (tmp_path / "sa" / "token").write_text("rotated")
        second = await opened.get([ONE], deadline_s=10)
        await opened.close()

    assert [reply.problem for reply in first + second] == ["", ""]
    assert opened.title == "in-cluster"
    assert authorizations(server.seen) == ["Bearer pod-token", "Bearer pod-token", "Bearer rotated"]
    assert server.seen[0].headers["Impersonate-User"] == "bob"


async def test_a_broken_service_account(tmp_path: Path) -> None:
    around = service_account(tmp_path / "sa", "https://127.0.0.1:1")
    (tmp_path / "sa" / "ca.crt").write_text("")

    with pytest.raises(Unreachable, match="service account cannot be used: Cert file exists but empty"):
        await link(Access(), around, Progress())


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        ("https://api.example", {}, None),
        ("https://api.example", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://api.example", {"https_proxy": "p:1"}, "http://p:1"),
        ("http://api.example", {"HTTPS_PROXY": "http://p:1"}, None),
        ("http://api.example", {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
        ("https://127.0.0.1:6443", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://localhost:6443", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://[::1]:6443", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://api.example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
        ("https://api.example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "other, .example"}, None),
        ("https://api.example", {"HTTPS_PROXY": "http://p:1", "no_proxy": "example"}, None),
        ("https://myexample", {"HTTPS_PROXY": "http://p:1", "no_proxy": "example"}, "http://p:1"),
        ("https://10.1.2.3", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://10.1.2.3", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.1.2.3"}, None),
        ("https://11.1.2.3", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8,x"}, "http://p:1"),
    ],
)
def test_proxies_of_the_environment(url: str, environ: dict[str, str], proxy: str | None) -> None:
    assert proxy_of(environ, url) == proxy


async def test_the_kubeconfigs_proxy_wins(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "https://api.example", cluster={"proxy-url": "http://own:1"})

    assert (await opened(file, {"HTTPS_PROXY": "http://p:1"})).proxy == "http://own:1"
    assert (
        await opened(kubeconfig(tmp_path, "https://api.example"), {"HTTPS_PROXY": "http://p:1"})
    ).proxy == "http://p:1"


async def test_passwords_of_netrc_are_not_sent(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    around = Surroundings(environ={**os.environ, "NETRC": str(tmp_path / "netrc")})
    async with serving() as server, api(kubeconfig(tmp_path, server.url), around) as opened:
        server.answer(ONE.path, ok())
        await opened.get([ONE], deadline_s=10)

    assert "Authorization" not in server.seen[0].headers


async def test_credentials_are_not_sent_unencrypted_over_a_network(tmp_path: Path) -> None:
    async with serving() as proxy:
        proxy.answer(ONE.path, status(401, "Unauthorized"))
        file = kubeconfig(tmp_path, "http://cluster.invalid", {"token": "s3cret"}, cluster={"proxy-url": proxy.url})
        async with api(file) as opened:
            [reply] = await opened.get([ONE], deadline_s=10)

    assert "Authorization" not in proxy.seen[0].headers
    assert reply.problem == (
        "401 Unauthorized: Unauthorized (user 'dev', whose credentials are not sent unencrypted, has no credentials)"
    )


WHOLE: dict[str, Any] = {
    "current-context": "demo",
    "contexts": [{"name": "demo", "context": {"cluster": "local", "user": "dev", "namespace": "shop"}}],
    "clusters": [
        {
            "name": "local",
            "cluster": {
                "server": "https://api.example",
                "certificate-authority-data": data(OURS.pem),
                "tls-server-name": "x",
                "proxy-url": "http://p:1",
                "insecure-skip-tls-verify": False,
                "disable-compression": True,
                "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"a": 1}}],
            },
        }
    ],
    "users": [
        {
            "name": "dev",
            "user": {
                "as": "bob",
                "as-groups": ["a"],
                "as-user-extra": {"a": ["b"]},
                "client-certificate-data": data(CLIENT.certificate),
                "client-key-data": data(CLIENT.key),
                "exec": {
                    "apiVersion": "client.authentication.k8s.io/v1",
                    "command": "no-such-plugin",
                    "args": ["a"],
                    "env": [{"name": "a", "value": "b"}],
                    "provideClusterInfo": True,
                    "installHint": "x",
                },
            },
        }
    ],
}


STRANGE: tuple[Any, ...] = (None, 1, "", "x", "[", [], {}, [1], {"a": 1}, True, "\x1b", [{}], [[]])


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where a document has values, from the root."""
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(place for key, held in inner for place in places(held, (*path, key)))]


@pytest.mark.parametrize("place", places(WHOLE)[1:], ids=str)
async def test_whatever_stands_in_a_kubeconfig_is_read_or_refused_in_words(
    tmp_path: Path, place: tuple[str | int, ...]
) -> None:
    for number, value in enumerate(STRANGE):
        broken = json.loads(json.dumps(WHOLE))
        holder = broken
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = value
        file = tmp_path / f"config-{number}"
        file.write_text(json.dumps(broken))
        with suppress(GitOpsError):
            await opened(file)
        file.write_text(json.dumps(broken).replace('"exec"', '"other"'))  # past the plugin, which is not there
        with suppress(GitOpsError):
            await opened(file)

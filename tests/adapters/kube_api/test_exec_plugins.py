"""Exec plugins: small programs written by the test."""

import asyncio
import json
import os
import select
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from gitops_master.adapters.kube_api import Surroundings
from gitops_master.model.errors import Unreachable
from gitops_master.ports.api import Reply, Request
from tests.adapters.kube_api.certificates import Authority
from tests.adapters.kube_api.worlds import POD, PODS, Waits, api, kubeconfig, ok, serving, status

ONE = Request(f"{PODS}/a")
V1, V1BETA1 = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"

COUNTED = """
import json, os, pathlib, sys
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
runs = pathlib.Path(__file__).with_suffix(".runs")
runs.write_text((runs.read_text() if runs.exists() else "") + json.dumps([info, sys.argv[1:], os.environ.get("X"), sys.stdin.read()]) + "\\n")
number = len(runs.read_text().splitlines())
print(json.dumps({"apiVersion": info["apiVersion"], "kind": "ExecCredential", "status": {"token": f"token-{number}"}}))
"""


def plugin(folder: Path, code: str, name: str = "plugin") -> Path:
    file = folder / name
    file.write_text(f"#!{sys.executable} -S\n{code}")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def user(command: Path | str, version: str = V1, **config: Any) -> dict[str, Any]:
    return {"exec": {"apiVersion": version, "command": str(command), "interactiveMode": "IfAvailable", **config}}


def runs(command: Path) -> list[Any]:
    return [json.loads(line) for line in command.with_suffix(".runs").read_text().splitlines()]


async def failure(tmp_path: Path, code: str, deadline_s: float = 10, **config: Any) -> Unreachable:
    file = kubeconfig(tmp_path, "https://127.0.0.1:1", user(plugin(tmp_path, code), **config))
    async with api(file) as opened:
        with pytest.raises(Unreachable) as raised:
            await opened.get([ONE], deadline_s=deadline_s)
    return raised.value


@pytest.mark.parametrize("version", [V1, V1BETA1])
async def test_a_token(tmp_path: Path, version: str) -> None:
    command = plugin(tmp_path, COUNTED)
    config = user(command, version, args=["get-token", "--cluster", "x"], env=[{"name": "X", "value": "y"}])
    async with serving() as server, api(kubeconfig(tmp_path, server.url, config)) as opened:
        server.answer(ONE.path, ok())

        replies = await opened.get([ONE] * 3, deadline_s=10) + await opened.get([ONE], deadline_s=10)

    assert replies == [Reply(200, (POD.encode(),))] * 4
    assert {seen.headers["Authorization"] for seen in server.seen} == {"Bearer token-1"}
    assert runs(command) == [
        [
            {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}},
            ["get-token", "--cluster", "x"],
            "y",
            "",
        ]
    ]


async def test_a_plugin_is_told_the_cluster_where_it_wants_to_know(tmp_path: Path) -> None:
    command = plugin(tmp_path, COUNTED)
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}
    async with serving() as server:
        server.answer(ONE.path, ok())
        cluster = {"tls-server-name": "api.example", "extensions": [{"name": "x", "extension": 1}, extension]}
        file = kubeconfig(tmp_path, server.url, user(command, provideClusterInfo=True), cluster=cluster)
        async with api(file) as opened:
            await opened.get([ONE], deadline_s=10)

    assert runs(command)[0][0]["spec"] == {
        "interactive": False,
        "cluster": {"server": server.url, "tls-server-name": "api.example", "config": {"audience": "a"}},
    }


async def test_a_command_with_a_separator_is_beside_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    plugin(tmp_path / "bin", COUNTED)
    async with serving() as server, api(kubeconfig(tmp_path, server.url, user("./bin/plugin"))) as opened:
        server.answer(ONE.path, ok())

        assert (await opened.get([ONE], deadline_s=10))[0].ok


async def test_a_command_without_one_is_looked_for_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    plugin(tmp_path / "bin", COUNTED, "own-login")
    around = Surroundings(environ={**os.environ, "PATH": str(tmp_path / "bin")}, sleep=Waits())
    async with serving() as server, api(kubeconfig(tmp_path, server.url, user("own-login")), around) as opened:
        server.answer(ONE.path, ok())

        assert (await opened.get([ONE], deadline_s=10))[0].ok


async def test_a_client_certificate(tmp_path: Path) -> None:
    ours = Authority()
    pair = ours.pair(common="dev")
    credential = {
        "apiVersion": V1,
        "kind": "ExecCredential",
        "status": {"clientCertificateData": pair.certificate.decode(), "clientKeyData": pair.key.decode()},
    }
    config = user(plugin(tmp_path, f"print({json.dumps(credential)!r})"))
    (tmp_path / "ca.crt").write_bytes(ours.pem)
    async with serving(ours.pair("127.0.0.1").server(tmp_path, clients=ours)) as server:
        server.answer(ONE.path, ok())
        async with api(kubeconfig(tmp_path, server.url, config, cluster={"certificate-authority": "ca.crt"})) as opened:
            assert (await opened.get([ONE], deadline_s=10))[0].ok


async def test_a_failing_plugin_is_quoted(tmp_path: Path) -> None:
    code = """
import sys
sys.stderr.write("\\x1b[31mError:\\x1b[0m SSO session expired; Bearer abcdefghijklmnopqrstuvwxyz\\n" )
sys.stderr.write("secret in env: hunter2-hunter2")
sys.exit(3)"""
    env = [{"name": "LOGIN_SECRET", "value": "hunter2-hunter2"}]

    error = await failure(tmp_path, code, args=["eks", "get-token", "--client-secret", "hunter2"], env=env)

    assert error.message == (
        "no credentials for user 'dev' of context 'demo': the exec plugin `plugin eks get-token …` failed with exit code 3: "
        "Error: SSO session expired; Bearer ***\nsecret in env: ***"
    )
    assert error.hint == "kubectl --context demo version runs the same plugin, with your terminal"


async def test_the_end_of_a_long_complaint_is_quoted(tmp_path: Path) -> None:
    error = await failure(tmp_path, "import sys; sys.stderr.write('x' * 3_000_000 + ' the reason'); sys.exit(1)")

    assert error.message.endswith("xxx the reason")
    assert len(error.message) < 900


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "printed no ExecCredential with a status (0 bytes)"),
        ("print('token-in-plain-text')", "printed no ExecCredential with a status (20 bytes)"),
        ("print('[' * 100000)", "printed no ExecCredential"),
        ("print('{}'); import sys; sys.stderr.write('not logged in')", "(3 bytes); it said: not logged in"),
        (
            f"""print('{{"kind": "ExecCredential", "apiVersion": "{V1BETA1}", "status": {{"token": "x"}}}}')""",
            f"answers as {V1BETA1}",
        ),
        (
            f"""print('{{"kind": "ExecCredential", "apiVersion": "{V1}", "status": {{}}}}')""",
            "neither a token nor a client certificate",
        ),
        (
            f"""print('{{"kind": "ExecCredential", "apiVersion": "{V1}", "status": {{"clientCertificateData": "x"}}}}')""",
            "without its key",
        ),
        ("import sys; sys.exit(1)", "exit code 1: it printed nothing on its standard error"),
    ],
)
async def test_an_answer_that_is_none(tmp_path: Path, code: str, words: str) -> None:
    error = await failure(tmp_path, code)

    assert words in error.message
    assert "token-in-plain-text" not in str(error)


async def test_a_plugin_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    code = """
import os, sys, time
alive = os.open(__file__ + ".alive", os.O_WRONLY)
if os.fork() == 0:
    time.sleep(600)
sys.stderr.write("Open https://login.example/device in your browser")
sys.stderr.flush()
time.sleep(600)"""
    os.mkfifo(tmp_path / "plugin.alive")
    alive = os.open(tmp_path / "plugin.alive", os.O_RDONLY | os.O_NONBLOCK)

    error = await failure(tmp_path, code, deadline_s=2)

    assert error.message == (
        "no answer within 2 s (waiting for the exec plugin `plugin` of context 'demo'; "
        "it said: Open https://login.example/device in your browser)"
    )
    # Readable, and at its end, as soon as nobody has it open for writing.
    assert select.select([alive], [], [], 20)[0]
    assert os.read(alive, 1) == b""
    os.close(alive)


async def test_a_plugin_that_is_not_installed(tmp_path: Path) -> None:
    config = user("no-such-login-plugin", installHint="Install it:\n  brew install \x1b[1mno-such\x1b[0m")
    async with api(kubeconfig(tmp_path, "https://127.0.0.1:1", config)) as opened:
        with pytest.raises(Unreachable) as raised:
            await opened.get([ONE], deadline_s=10)

    assert "the exec plugin `no-such-login-plugin` is not installed, or not on the PATH" in raised.value.message
    assert raised.value.hint == "Install it:\n  brew install no-such"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"version": "client.authentication.k8s.io/v1alpha1"}, "which no kubectl since 1.24 supports"),
        ({"interactiveMode": "Always"}, "insists on asking at a terminal"),
    ],
)
async def test_a_plugin_that_cannot_be_run(tmp_path: Path, config: dict[str, Any], words: str) -> None:
    assert words in (await failure(tmp_path, "", **config)).message


async def test_refused_credentials_are_had_anew_once_for_all(tmp_path: Path) -> None:
    command = plugin(tmp_path, COUNTED)
    async with serving() as server, api(kubeconfig(tmp_path, server.url, user(command))) as opened:
        paths = [f"{PODS}/{number}" for number in range(8)]
        for path in paths:
            server.answer(path, status(401, "Unauthorized"), ok())

        replies = await asyncio.gather(*(opened.get([Request(path)], deadline_s=10) for path in paths))

    assert all(reply.ok for [reply] in replies)
    assert len(runs(command)) == 2
    assert {seen.headers["Authorization"] for seen in server.seen} == {"Bearer token-1", "Bearer token-2"}


async def test_credentials_refused_for_good_are_asked_for_once_in_a_call(tmp_path: Path) -> None:
    command = plugin(tmp_path, COUNTED)
    async with serving() as server, api(kubeconfig(tmp_path, server.url, user(command))) as opened:
        server.answer(ONE.path, status(401, "Unauthorized"))

        replies = await opened.get([ONE] * 20, deadline_s=10)

    assert replies == [Reply(401, problem="401 Unauthorized: Unauthorized (as exec plugin `plugin`)")] * 20
    assert len(runs(command)) == 2


async def test_a_plugin_that_fails_later_fails_what_was_refused_only(tmp_path: Path) -> None:
    command = plugin(tmp_path, COUNTED + "\nif number > 1: sys.stderr.write('logged out'); sys.exit(1)")
    async with serving() as server, api(kubeconfig(tmp_path, server.url, user(command))) as opened:
        server.answer(ONE.path, ok())
        server.answer(PODS, status(401, "Unauthorized"))

        first, second = await opened.get([ONE, Request(PODS)], deadline_s=10)

    assert first.ok
    assert second.problem == (
        "401 Unauthorized: Unauthorized (as exec plugin `plugin`); asking for new credentials failed: "
        "no credentials for user 'dev' of context 'demo': the exec plugin `plugin` failed with exit code 1: logged out"
    )


async def test_credentials_that_expire_are_had_anew_before_they_are_refused(tmp_path: Path) -> None:
    command = plugin(
        tmp_path,
        COUNTED.replace('f"token-{number}"', 'f"token-{number}", "expirationTimestamp": "2026-01-01T00:10:00Z"'),
    )
    begins = 1767225600.0  # 2026-01-01T00:00:00Z
    seconds = [0, 0, 100, 595]
    around = Surroundings(now=lambda: begins + seconds[0], sleep=Waits())
    async with serving() as server, api(kubeconfig(tmp_path, server.url, user(command)), around) as opened:
        server.answer(ONE.path, ok())
        while len(seconds) > 1:
            del seconds[0]
            await opened.get([ONE], deadline_s=10)

    assert [seen.headers["Authorization"] for seen in server.seen] == [
        "Bearer token-1",
        "Bearer token-1",
        "Bearer token-2",
    ]

"""Credentials from an exec plugin (client.authentication.k8s.io/v1 and v1beta1), as kubectl runs it.

The official loader runs plugins too, but logs a failing one and goes on without credentials, waits for a hanging one for ever,
lets it read our standard input, and tells it nothing about the cluster.
"""

import base64
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import anyio
from anyio.abc import ByteReceiveStream, Process

from gitops_master.adapters.kube_api.kubeconfig import Chosen, Entry
from gitops_master.adapters.kube_api.pem import pem
from gitops_master.adapters.kube_api.progress import Progress
from gitops_master.adapters.kube_api.secrets import Credentials, Redacted
from gitops_master.model.errors import Unreachable
from gitops_master.model.printable import printable

_GROUP = "client.authentication.k8s.io"
_VERSIONS = (f"{_GROUP}/v1", f"{_GROUP}/v1beta1")
_MOST_OUTPUT = 1024 * 1024
_QUOTED = 600
_SECRET_NAMES = ("SECRET", "TOKEN", "PASSWORD", "KEY", "CREDENTIAL")


class ExecPlugin:
    """The plugin of one user, before it runs. Raises Unreachable on a configuration that cannot work."""

    def __init__(self, chosen: Chosen, environ: Mapping[str, str]) -> None:
        self._chosen = chosen
        self._config = config = chosen.user.mapping("exec")
        listed = Entry(f"{chosen.user.name}: exec", config, chosen.user.file).listed
        self._user = chosen.user.name
        command = str(config.get("command") or "")
        self._arguments = [str(argument) for argument in listed("args")]
        self.title = f"exec plugin `{_shown([command, *self._arguments])}`"
        self._version = str(config.get("apiVersion") or "")
        if not command:
            self._fail("has no command")
        if self._version not in _VERSIONS:
            self._fail(
                f"speaks {self._version or 'no version'}, which no kubectl since 1.24 supports; supported: v1, v1beta1"
            )
        if config.get("interactiveMode") == "Always":
            self._fail("insists on asking at a terminal (interactiveMode: Always), and there is none here")
        # With a separator it is a path from the kubeconfig's folder, without one a name on the PATH.
        self._command = str(chosen.user.file.parent / command) if os.path.dirname(command) else command
        own = {
            str(item["name"]): str(item.get("value") or "")
            for item in listed("env")
            if isinstance(item, dict) and "name" in item
        }
        self._environ = {**environ, **own, "KUBERNETES_EXEC_INFO": json.dumps(self._info())}
        self._redacted = Redacted(
            value for name, value in own.items() if any(part in name.upper() for part in _SECRET_NAMES)
        )

    async def run(self, progress: Progress) -> Credentials:
        """Runs it once. Cancelled, it and what it started are killed. Raises Unreachable quoting what it said."""
        path = shutil.which(self._command, path=self._environ.get("PATH", ""))
        if path is None:
            self._fail("is not installed, or not on the PATH of this process, which may be shorter than your shell's")
        progress.doing = f"waiting for the {self.title} of context {self._chosen.context.name!r}"
        try:
            code, out, err = await self._outputs([path, *self._arguments], progress)
        except OSError as error:
            self._fail(f"cannot be started: {error.strerror or type(error).__name__}")
        said = self._quoted(err)
        if code != 0:
            self._fail(f"failed with exit code {code}: {said or 'it printed nothing on its standard error'}")
        return self._credentials(out, said)

    async def _outputs(self, argv: list[str], progress: Progress) -> tuple[int, bytes, bytes]:
        out, err = bytearray(), bytearray()
        # A session of its own: whatever it starts can be killed with it, and no terminal is there to prompt at.
        process = await anyio.open_process(
            argv, stdin=subprocess.DEVNULL, env=self._environ, start_new_session=os.name == "posix"
        )
        async with process:
            try:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(_collect, process.stdout, out)
                    tasks.start_soon(_collect, process.stderr, err)
                code = await process.wait()
            except anyio.get_cancelled_exc_class():
                progress.said = self._quoted(bytes(err))
                _kill(process)
                raise
        return code, bytes(out), bytes(err)

    def _credentials(self, out: bytes, said: str) -> Credentials:
        try:
            answer = json.loads(out)
        except (ValueError, RecursionError):
            answer = None
        status = answer.get("status") if isinstance(answer, dict) else None
        if not isinstance(answer, dict) or not isinstance(status, dict) or answer.get("kind") != "ExecCredential":
            self._fail(f"printed no ExecCredential with a status ({len(out)} bytes){_also(said)}")
        if answer.get("apiVersion") != self._version:
            self._fail(
                f"answers as {printable(str(answer.get('apiVersion')))[:80]}, the kubeconfig wants {self._version}"
            )
        token, certificate, key = (
            str(status.get(name) or "") for name in ("token", "clientCertificateData", "clientKeyData")
        )  # fmt: skip
        if bool(certificate) != bool(key):
            self._fail("gave a client certificate without its key, or a key without its certificate")
        if not token and not certificate:
            self._fail(f"gave neither a token nor a client certificate{_also(said)}")
        return Credentials(
            token=token.strip(),
            certificate=certificate.encode(),
            key=key.encode(),
            expires_at=_unix(status.get("expirationTimestamp")),
            source=self.title,
        )

    def _info(self) -> dict[str, Any]:
        spec: dict[str, Any] = {"interactive": False}
        if self._config.get("provideClusterInfo") in (True, "true"):
            spec["cluster"] = self._cluster()
        return {"apiVersion": self._version, "kind": "ExecCredential", "spec": spec}

    def _cluster(self) -> dict[str, Any]:
        cluster = self._chosen.cluster
        authority = pem(cluster, "certificate-authority")
        info: dict[str, Any] = {
            "server": cluster.text("server"),
            "tls-server-name": cluster.text("tls-server-name"),
            "insecure-skip-tls-verify": cluster.data.get("insecure-skip-tls-verify"),
            "certificate-authority-data": base64.b64encode(authority).decode() if authority else "",
            "proxy-url": cluster.text("proxy-url"),
            "disable-compression": cluster.data.get("disable-compression"),
            "config": next(
                (
                    extension.get("extension")
                    for extension in cluster.listed("extensions")
                    if isinstance(extension, dict) and extension.get("name") == f"{_GROUP}/exec"
                ),
                None,
            ),
        }
        return {key: value for key, value in info.items() if value}

    def _quoted(self, err: bytes) -> str:
        """The end of what it said, where command lines put the reason."""
        text = self._redacted(err[-4 * _QUOTED :].decode(errors="replace")).strip()
        return text if len(text) <= _QUOTED else f"…{text[-_QUOTED:]}"

    def _fail(self, what: str) -> NoReturn:
        hint = (
            printable(str(self._config.get("installHint") or ""))[:_QUOTED].strip() if "not installed" in what else ""
        )
        raise Unreachable(
            f"no credentials for user {self._user!r} of context {self._chosen.context.name!r}: the {self.title} {what}",
            hint or f"kubectl --context {self._chosen.context.name} version runs the same plugin, with your terminal",
        )


async def _collect(stream: ByteReceiveStream | None, into: bytearray) -> None:
    """To the end, keeping the last part: a plugin that prints without end costs no memory and is stopped by the deadline."""
    if stream is not None:
        async for chunk in stream:
            into += chunk
            if len(into) > _MOST_OUTPUT:
                del into[: len(into) - _MOST_OUTPUT]


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _shown(argv: list[str]) -> str:
    """The command with its sub-commands; what follows the first option may hold secrets."""
    words = [Path(argv[0]).name]
    for word in argv[1:4]:
        if word.startswith("-"):
            break
        words.append(word)
    return printable(" ".join(words))[:100] + (" …" if len(words) < len(argv) else "")


def _also(said: str) -> str:
    return f"; it said: {said}" if said else ""


def _unix(time: object) -> float | None:
    try:
        return datetime.fromisoformat(str(time)).timestamp() if time else None
    except ValueError:
        return None

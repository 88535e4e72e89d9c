"""A real etcd and kube-apiserver on loopback, RBAC on, with users that a test can be."""

import http.client
import json
import secrets
import socket
import ssl
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from tests.live.certificates import Authority, Pair, signing_keys
from tests.live.kinds import KINDS
from tests.live.kubeconfig import Context
from tests.live.processes import Processes
from tests.live.storage import Storage

START_S = 120
"""Seconds until /readyz may say yes: three on an idle machine, far more where every core is taken."""
ATTEMPTS = 3
"""A free port can be taken by somebody else before the program listens on it."""
POLL_S = 0.05

MASTER = "master"
USERS = (MASTER, "reader", "reader-with-logs", "promoter", "stranger")
"""Who the token file knows. Only the master may do anything until a test binds a role to somebody."""


class Answer(NamedTuple):
    """Of the API server, without a client between. `status`: of HTTP."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """What a refusal says."""
        text = self.body.decode(errors="replace")
        return str(self.json().get("message", text)) if text.startswith("{") else text


class ControlPlane:
    """Use as a context manager. Ends with the block, and with the process however that ends."""

    def __init__(self, programs: Mapping[str, Path]) -> None:
        self._programs = programs
        self._serial = 0
        self.kinds = dict(KINDS)
        """(apiVersion, kind) -> kind, of what can be loaded; loading adds to them."""

    def __enter__(self) -> Self:
        for attempt in range(1, ATTEMPTS + 1):
            self._start()
            try:
                self._await_ready()
                break
            except RuntimeError:
                self.__exit__()
                if attempt == ATTEMPTS:
                    raise
        return self

    def __exit__(self, *_: object) -> None:
        self.processes.__exit__()

    def _start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gitops-master-live-"))
        self.authority = Authority(self.folder)
        self.ca = self.authority.certificate
        self.tokens = {user: secrets.token_hex(16) for user in USERS}
        self._port, etcd, peer = (free_port() for _ in range(3))
        self.url = f"https://127.0.0.1:{self._port}"
        self.storage = Storage(etcd)
        self._tls = ssl.create_default_context(cafile=self.ca)
        programs = {"etcd": self._etcd(etcd, peer), "kube-apiserver": self._apiserver(etcd)}
        self.processes = Processes(self.folder, programs).__enter__()

    def _etcd(self, client: int, peer: int) -> list[str]:
        client_url, peer_url = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
        flags = {
            "data-dir": self.folder / "etcd",
            "listen-client-urls": client_url,
            "advertise-client-urls": client_url,
            "listen-peer-urls": peer_url,
            "initial-advertise-peer-urls": peer_url,
            "initial-cluster": f"default={peer_url}",
            "log-level": "warn",
            # The limits of one transaction, so that a whole cluster is loaded in a few.
            "max-txn-ops": 10_000,
            "max-request-bytes": 128 * 1024 * 1024,
        }
        return [str(self._programs["etcd"]), "--unsafe-no-fsync", *words(flags)]

    def _apiserver(self, etcd: int) -> list[str]:
        own = self.authority.server("kube-apiserver")
        signing = signing_keys(self.folder)
        flags = {
            "etcd-servers": f"http://127.0.0.1:{etcd}",
            "secure-port": self._port,
            "bind-address": "127.0.0.1",
            "endpoint-reconciler-type": "none",
            "service-cluster-ip-range": "10.0.0.0/24",
            "cert-dir": self.folder,
            "tls-cert-file": own.certificate,
            "tls-private-key-file": own.key,
            "client-ca-file": self.ca,
            "token-auth-file": self._token_file(),
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": signing.certificate,
            "service-account-signing-key-file": signing.key,
            "api-audiences": "https://kubernetes.default.svc",
            "authorization-mode": "RBAC",
            "disable-admission-plugins": "ServiceAccount",
            "kubelet-certificate-authority": self.ca,
            "kubelet-preferred-address-types": "InternalIP",
            "profiling": "false",
        }
        return [str(self._programs["kube-apiserver"]), *words(flags)]

    def _token_file(self) -> Path:
        path = self.folder / "tokens.csv"
        path.touch(mode=0o600)
        groups = {MASTER: "system:masters"}
        path.write_text(
            "".join(f'{token},{user},{user},"{groups.get(user, "")}"\n' for user, token in self.tokens.items())
        )
        return path

    def _await_ready(self) -> None:
        limit = time.monotonic() + START_S
        while time.monotonic() < limit:
            self.processes.check()
            try:
                if self.request("GET", "/readyz").status == http.HTTPStatus.OK:
                    return
            except OSError:
                pass
            time.sleep(POLL_S)
        last = self.processes.said_last("kube-apiserver")
        raise RuntimeError(f"kube-apiserver is not ready after {START_S} s: {last}")

    def request(
        self, method: str, path: str, body: object = None, *, user: str = MASTER, accept: str = "application/json"
    ) -> Answer:
        """One request as a user of the token file. Any status is an answer; raises OSError where none came."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {self.tokens[user]}", "Content-Type": kind, "Accept": accept}
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=60, context=self._tls)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        except http.client.HTTPException as error:
            raise OSError(f"{method} {path}: {error!r}") from error
        finally:
            connection.close()

    def must(self, method: str, path: str, body: object = None) -> Any:
        """The JSON answer to a request of the master that has to succeed."""
        answer = self.request(method, path, body)
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body[:500].decode(errors='replace')}")
        return answer.json()

    def context(self, user: str = MASTER, *, name: str = "test", namespace: str = "") -> Context:
        """For a kubeconfig, as a user of the token file; another server's address in it leads through a proxy."""
        return Context(name, self.url, self.ca, token=self.tokens[user], namespace=namespace)

    def client_certificate(self, user: str, groups: Sequence[str] = ()) -> Pair:
        """A certificate with which somebody is `user` in these groups."""
        return self.authority.client(user, groups)

    def service_account_token(self, namespace: str, name: str) -> str:
        """A fresh token of a service account that exists."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        return str(self.must("POST", path, asked)["status"]["token"])

    def grant(self, user: str, rules: Sequence[Mapping[str, Sequence[str]]], namespace: str = "") -> None:
        """Binds a new role with these rules (in one namespace, or everywhere) and returns once it holds.

        The authorizer learns of bindings a moment after they are stored.
        """
        self._serial += 1
        prefix, name = ("Cluster" if not namespace else ""), f"granted-{self._serial}-{user}"
        root = "/apis/rbac.authorization.k8s.io/v1" + (f"/namespaces/{namespace}" if namespace else "")
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": f"{prefix}Role", "name": name}
        kinds = f"{prefix.lower()}roles", f"{prefix.lower()}rolebindings"
        self.must("POST", f"{root}/{kinds[0]}", {"metadata": {"name": name}, "rules": list(rules)})
        self.must("POST", f"{root}/{kinds[1]}", {"metadata": {"name": name}, "subjects": [subject], "roleRef": role})
        self.await_rule(user, rules[-1], namespace)

    def allows(self, user: str, rule: Mapping[str, Sequence[str]], namespace: str = "") -> bool:
        """Whether `user` may, now, what the first of that rule's verbs and resources is."""
        resource, _, sub = rule["resources"][0].partition("/")
        asked = {"verb": rule["verbs"][0], "group": rule["apiGroups"][0], "resource": resource, "subresource": sub}
        spec = {"user": user, "resourceAttributes": {**asked, "namespace": namespace}}
        if names := rule.get("resourceNames"):
            spec["resourceAttributes"]["name"] = names[0]  # type: ignore[index]
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        told = self.must("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return bool(told["status"]["allowed"])

    def await_rule(self, user: str, rule: Mapping[str, Sequence[str]], namespace: str = "") -> None:
        """Returns once the first of that rule's verbs and resources is granted."""
        limit = time.monotonic() + START_S
        while not self.allows(user, rule, namespace):
            if time.monotonic() > limit:
                raise RuntimeError(f"the grant to {user} does not hold after {START_S} s")
            time.sleep(POLL_S)


def words(flags: Mapping[str, object]) -> list[str]:
    """Flags as words of a command."""
    return [f"--{name}={value}" for name, value in flags.items()]


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

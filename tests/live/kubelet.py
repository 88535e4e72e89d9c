"""Plays the kubelet's side of `kubectl logs`, so that a real API server can be asked for logs of Pods that never ran.

And, since it listens anyway, an aggregated API that is there and serves nothing.
"""

import json
import ssl
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.live.certificates import Authority

Key = tuple[str, str, str]
"""(namespace, pod, container)."""


class Kubelet:
    """Use as a context manager. `logs` and `previous` hold what containers, and the ones before them, have said."""

    def __init__(self, authority: Authority) -> None:
        self.logs: dict[Key, bytes] = {}
        self.previous: dict[Key, bytes] = {}
        own = authority.server("kubelet")
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(own.certificate, own.key)

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.kubelet = self
        self._server.socket = self._tls.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def node(self, name: str) -> dict[str, Any]:
        """A Node whose logs are asked for here."""
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "uid": f"node-{name}"},
            "status": {"conditions": [{"type": "Ready", "status": "True"}], **self._address()},
        }

    def taking_over(self, node: dict[str, Any]) -> dict[str, Any]:
        """The same Node, its address and port replaced by these."""
        return {**node, "status": {**node.get("status", {}), **self._address()}}

    def _address(self) -> dict[str, Any]:
        return {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self.port}},
        }


class _Server(ThreadingHTTPServer):
    kubelet: Kubelet
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is not worth a traceback."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 60

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        root, *rest = parts.path.strip("/").split("/")
        if root == "apis" and len(rest) == 2:
            kinds = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "/".join(rest), "resources": []}
            return self._answer(HTTPStatus.OK, json.dumps(kinds).encode())
        if root != "containerLogs" or len(rest) != 3:
            return self._answer(HTTPStatus.NOT_FOUND, b"404 page not found\n")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        before = query.get("previous") == "true"
        namespace, pod, container = rest
        text = (self.server.kubelet.previous if before else self.server.kubelet.logs).get((namespace, pod, container))
        if text is None:
            what = "previous terminated container" if before else "container"
            # The kubelet's own words.
            return self._answer(HTTPStatus.BAD_REQUEST, f'{what} "{container}" in pod "{pod}" not found'.encode())
        return self._answer(HTTPStatus.OK, _part(text, query))

    def _answer(self, status: HTTPStatus, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Not in the output of tests."""


def _part(text: bytes, query: dict[str, str]) -> bytes:
    if lines := int(query.get("tailLines", "0")):
        text = b"".join(text.splitlines(keepends=True)[-lines:])
    return text[: int(query["limitBytes"])] if "limitBytes" in query else text

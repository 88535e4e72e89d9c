"""A server on loopback that answers as applications and Prometheus do, well and badly."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JSON, HTML, TEXT = "application/json", "text/html", "text/plain"
LOGIN = b"<html><title>Log in</title></html>"
ANSWERS: dict[str, tuple[int, str, bytes]] = {
    "/up": (200, JSON, b'{"status": "UP", "checks": [{"name": "db", "ok": true}]}'),
    "/down": (200, JSON, b'{"status": "DOWN"}'),
    "/other": (200, JSON, b'{"healthy": true}'),
    "/list": (200, JSON, b"[1, 2]"),
    "/plain": (200, TEXT, b"ok"),
    "/empty": (204, TEXT, b""),
    "/html": (200, HTML, LOGIN),
    "/500": (500, JSON, b'{"status": "UP"}'),
    "/404": (404, TEXT, b"not found"),
    "/login": (302, TEXT, b""),
}


def vector(*values: str) -> dict[str, Any]:
    """As Prometheus' HTTP API gives the result of an instant query."""
    result = [{"metric": {"instance": str(at)}, "value": [1700000000, one]} for at, one in enumerate(values)]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


PROMETHEUS: dict[str, tuple[int, dict[str, Any]]] = {
    "low": (200, vector("0.01")),
    "zero": (200, vector("0")),
    "high": (200, vector("0.5")),
    "mixed": (200, vector("0.01", "0.5")),
    "none": (200, vector()),
    "nan": (200, vector("NaN")),
    "scalar": (200, {"status": "success", "data": {"resultType": "scalar", "result": [1700000000, "0.01"]}}),
    "error": (422, {"status": "error", "errorType": "execution", "error": "too many samples"}),
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.over = threading.Event()
        self.asked: list[str] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is not worth a traceback."""


class _Handler(BaseHTTPRequestHandler):
    """`/slow` answers when the server ends; `/starting` is fine from the third time; `/prom/NAME/…` is Prometheus."""

    server: _Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/slow":
            self.server.over.wait()
        if self.path == "/starting" and self.server.asked.count("/starting") < 3:
            return self._answer(503, TEXT, b"starting")
        status, kind, body = ANSWERS[
            "/up" if self.path == "/starting" else self.path if self.path in ANSWERS else "/404"
        ]
        return self._answer(status, kind, body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = PROMETHEUS[self.path.split("/")[2]]
        self._answer(status, JSON, json.dumps(body).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 302:
            self.send_header("Location", "/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Not in the output of tests."""


@contextmanager
def answering() -> Iterator[str]:
    """The server's URL, without a slash at its end."""
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.over.set()
            server.shutdown()
            thread.join()

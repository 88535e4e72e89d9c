"""etcd's own interface: objects put where the API server keeps them, the way a restored backup is.

Through the API a server would set creation times, uids and generations anew, refuse what a trimmed object lacks and take two
requests for what has a status. Put here, what it serves equals what was saved.
"""

import base64
import http.client
import json
from collections.abc import Iterable, Mapping
from typing import Any

MAX_OPERATIONS = 2000
MAX_BYTES = 8 * 1024 * 1024
"""Of one transaction; etcd is started with limits well above."""


class Storage:
    """Keys and values of an etcd on loopback."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port

    def put(self, values: Mapping[str, bytes]) -> None:
        """Writes them all; those of one transaction at once."""
        operations: list[dict[str, Any]] = []
        size = 0
        for key, value in values.items():
            if operations and (len(operations) >= MAX_OPERATIONS or size + len(value) > MAX_BYTES):
                self._transact(operations)
                operations, size = [], 0
            operations.append({"requestPut": {"key": _encoded(key.encode()), "value": _encoded(value)}})
            size += len(value)
        self._transact(operations)

    def delete(self, keys: Iterable[str]) -> None:
        """Removes these keys; one that is not there is no error."""
        operations = [{"requestDeleteRange": {"key": _encoded(key.encode())}} for key in keys]
        for start in range(0, len(operations), MAX_OPERATIONS):
            self._transact(operations[start : start + MAX_OPERATIONS])

    def keys(self, prefix: str) -> list[str]:
        """Every key that begins so, sorted."""
        return sorted(self.revisions(prefix))

    def revisions(self, prefix: str) -> dict[str, int]:
        """Every key that begins so, with the revision that wrote it last: what has not been written keeps its own."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        asked = {"key": _encoded(prefix.encode()), "range_end": _encoded(end.encode()), "keys_only": True}
        found = self._post("/v3/kv/range", asked).get("kvs", [])
        return {base64.b64decode(one["key"]).decode(): int(one["mod_revision"]) for one in found}

    def _transact(self, operations: list[dict[str, Any]]) -> None:
        if operations:
            self._post("/v3/kv/txn", {"success": operations})

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"etcd refused {path}: {answer.status} {text[:300].decode(errors='replace')}")
        result: dict[str, Any] = json.loads(text)
        return result


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()

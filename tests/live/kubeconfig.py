"""Kubeconfig files as users have them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.live.certificates import Pair


class Context(NamedTuple):
    """One context with a cluster and a user of the same name. `ca`: None leaves it to the system's authorities.

    `user`: further fields of the user's entry (`exec`, `as`, …), `cluster`: of the cluster's (`proxy-url`, …).
    """

    name: str
    server: str
    ca: Path | None = None
    token: str = ""
    certificate: Pair | None = None
    namespace: str = ""
    user: dict[str, Any] = {}
    cluster: dict[str, Any] = {}


def write_kubeconfig(path: Path, contexts: Sequence[Context]) -> Path:
    """Writes one file with all of them; the first is the current one. JSON is YAML."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": contexts[0].name if contexts else "",
        "clusters": [{"name": one.name, "cluster": _cluster(one)} for one in contexts],
        "users": [{"name": one.name, "user": _user(one)} for one in contexts],
        "contexts": [{"name": one.name, "context": _context(one)} for one in contexts],
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=1))
    return path


def _cluster(one: Context) -> dict[str, Any]:
    authority = {"certificate-authority": str(one.ca)} if one.ca else {}
    return {"server": one.server, **authority, **one.cluster}


def _user(one: Context) -> dict[str, Any]:
    result: dict[str, Any] = {"token": one.token} if one.token else {}
    if one.certificate:
        result["client-certificate"] = str(one.certificate.certificate)
        result["client-key"] = str(one.certificate.key)
    return {**result, **one.user}


def _context(one: Context) -> dict[str, Any]:
    return {"cluster": one.name, "user": one.name, **({"namespace": one.namespace} if one.namespace else {})}

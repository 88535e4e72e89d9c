"""The roles of deploy/rbac on a real API server, as a user who is in one of their groups."""

import http.client
import json
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.live.kubeconfig import Context
from tests.live.server import POLL_S, START_S, Answer, ControlPlane

RBAC = Path(__file__).parents[2] / "deploy" / "rbac"
READERS, LOG_READERS, PROMOTERS = (f"gitops-master-{who}" for who in ("readers", "log-readers", "promoters"))
PROXY_READERS = "gitops-master-proxy-readers"
USER = "ada"


def member(cluster: ControlPlane, *groups: str, namespace: str = "") -> Context:
    """A user in these groups, by a client certificate."""
    certificate = cluster.client_certificate(USER, [group for group in groups if group])
    return Context("member", cluster.url, cluster.ca, certificate=certificate, namespace=namespace)


def request(cluster: ControlPlane, who: Context, method: str, path: str, body: object = None) -> Answer:
    """One request as that user, without a client between."""
    assert who.certificate is not None
    tls = ssl.create_default_context(cafile=cluster.ca)
    tls.load_cert_chain(who.certificate.certificate, who.certificate.key)
    address = urlsplit(cluster.url)
    connection = http.client.HTTPSConnection(str(address.hostname), address.port, timeout=60, context=tls)
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    try:
        connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": kind})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read())
    finally:
        connection.close()


def apply(cluster: ControlPlane, name: str, *namespaces: str) -> None:
    """What `kubectl apply` makes of a file (in each of the namespaces), and returns once the server goes by it."""
    role, binding = documents(name)
    for namespace in namespaces or ("",):
        for one in (role, binding):
            _create(cluster, one, namespace)
        subject = binding["subjects"][-1]["name"]
        _await_rule(cluster, subject, role["rules"][-1], namespace)


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((RBAC / name).read_text()))


def _create(cluster: ControlPlane, one: dict[str, Any], namespace: str) -> None:
    place = "" if one["kind"].startswith("Cluster") else f"/namespaces/{namespace}"
    path = f"/apis/rbac.authorization.k8s.io/v1{place}/{one['kind'].lower()}s"
    answer = cluster.request("POST", path, one)
    if answer.status not in (201, 409):  # 409: another namespace's turn has made the ClusterRole
        raise RuntimeError(f"{one['kind']} {one['metadata']['name']}: {answer.message}")


def _await_rule(cluster: ControlPlane, group: str, rule: dict[str, Any], namespace: str) -> None:
    """The authorizer learns of bindings a moment after they are stored."""
    resource, _, sub = rule["resources"][0].partition("/")
    asked = {"verb": rule["verbs"][0], "group": rule["apiGroups"][0], "resource": resource, "subresource": sub}
    spec = {"user": USER, "groups": [group], "resourceAttributes": {**asked, "namespace": namespace}}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    limit = time.monotonic() + START_S
    while not cluster.must("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)["status"]["allowed"]:
        if time.monotonic() > limit:
            raise RuntimeError(f"what {group} may do does not hold after {START_S} s")
        time.sleep(POLL_S)

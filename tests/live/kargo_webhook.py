"""Kargo 1.11's admission webhook for Promotions, as far as its clients see it, on loopback in front of a real API server.

It names a Promotion, notes who made it, gives it the Stage's steps and owner, and denies what Kargo denies, in Kargo's words.
"""

import base64
import json
import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.live.server import POLL_S, START_S, ControlPlane

NAME = "promotion.kargo.akuity.io"
CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
STAGES = "/apis/kargo.akuity.io/v1alpha1/namespaces/{}/stages/{}"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
JSON = dict[str, Any]


class KargoWebhook:
    """`available`: Freight that Stages may have. `holds`: what it says of auto-promotion, `Warehouse/name`.

    `half`: it names Promotions and does no more, as no Kargo does. `is_down`: it answers with garbage.
    """

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.available: set[str] = set()
        self.holds = ""
        self.half = False
        self.is_down = False

    def judged(self, request: JSON) -> JSON:
        """The response to an AdmissionRequest."""
        promotion, user = request["object"], request["userInfo"]["username"]
        spec, namespace = promotion["spec"], request["namespace"]
        found = self.plane.request("GET", STAGES.format(namespace, spec["stage"]))
        if found.status != 200:
            return denial(500, f'error finding Stage "{spec["stage"]}" in namespace "{namespace}"')
        if not self._may_promote(request["userInfo"], namespace, spec["stage"]):
            verb = "create" if request["operation"] == "CREATE" else "update"
            words = f'subject "{user}" is not permitted to {verb} Promotions for Stage "{spec["stage"]}"'
            return denial(500, words)
        if request["operation"] != "CREATE":
            return {"allowed": True}
        stage = found.json()
        name = f"{spec['stage']}.{ulid()}.{spec['freight'][:7]}".lower()
        if spec["freight"] not in self.available:
            why = f'spec.freight: Invalid value: "{spec["freight"]}": Freight is not available to this Stage'
            return denial(422, f'Promotion.kargo.akuity.io "{name}" is invalid: {why}', "Invalid")
        return patched(promotion, self._shaped(promotion, stage, name, user))

    def _shaped(self, promotion: JSON, stage: JSON, name: str, user: str) -> JSON:
        metadata = {**promotion["metadata"], "name": name}
        if self.half:
            return {**promotion, "metadata": metadata}
        notes = {
            "kargo.akuity.io/create-actor": f"kubernetes:{user}",
            "kargo.akuity.io/stage": stage["metadata"]["name"],
        }
        if self.holds:
            notes["kargo.akuity.io/auto-promotion-hold"] = self.holds
        metadata["annotations"] = {**metadata.get("annotations", {}), **notes}
        metadata["labels"] = {**metadata.get("labels", {}), "kargo.akuity.io/stage": stage["metadata"]["name"]}
        metadata["ownerReferences"] = [
            {
                "apiVersion": "kargo.akuity.io/v1alpha1",
                "kind": "Stage",
                "name": stage["metadata"]["name"],
                "uid": stage["metadata"]["uid"],
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
        steps = stage["spec"]["promotionTemplate"]["spec"]["steps"]
        return {**promotion, "metadata": metadata, "spec": {**promotion["spec"], "steps": steps}}

    def _may_promote(self, user: JSON, namespace: str, stage: str) -> bool:
        asked = {
            "verb": "promote",
            "group": "kargo.akuity.io",
            "resource": "stages",
            "namespace": namespace,
            "name": stage,
        }
        spec = {"user": user["username"], "groups": user.get("groups", []), "resourceAttributes": asked}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        return bool(self.plane.must("POST", REVIEWS, review)["status"]["allowed"])


def denial(code: int, words: str, reason: str = "InternalError") -> JSON:
    return {"allowed": False, "status": {"status": "Failure", "code": code, "message": words, "reason": reason}}


def patched(before: JSON, after: JSON) -> JSON:
    steps = [{"op": "add", "path": f"/{key}", "value": after[key]} for key in after if after[key] != before.get(key)]
    return {
        "allowed": True,
        "patchType": "JSONPatch",
        "patch": base64.b64encode(json.dumps(steps).encode()).decode(),
    }


def ulid() -> str:
    millis, letters = int(time.time() * 1000), ""
    for _ in range(10):
        millis, place = divmod(millis, 32)
        letters = _CROCKFORD[place] + letters
    return letters + "".join(secrets.choice(_CROCKFORD) for _ in range(16))


@contextmanager
def in_force(plane: ControlPlane) -> Iterator[KargoWebhook]:
    """Serves, and is asked by the API server of each Promotion until the block ends."""
    webhook = KargoWebhook(plane)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.webhook = webhook
        own = plane.authority.server("kargo-webhook")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(own.certificate, own.key)
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            plane.must("POST", CONFIGURATIONS, _configuration(plane, int(server.server_address[1])))
            _await(plane, is_asked=True)
            yield webhook
        finally:
            plane.request("DELETE", f"{CONFIGURATIONS}/kargo")
            webhook.is_down = False
            _await(plane, is_asked=False)
            server.shutdown()
            thread.join()


def _configuration(plane: ControlPlane, port: int) -> JSON:
    rule = {"apiGroups": ["kargo.akuity.io"], "apiVersions": ["v1alpha1"], "resources": ["promotions"]}
    webhook = {
        "name": NAME,
        "rules": [{**rule, "operations": ["CREATE", "UPDATE"], "scope": "Namespaced"}],
        "clientConfig": {
            "url": f"https://127.0.0.1:{port}/",
            "caBundle": base64.b64encode(plane.ca.read_bytes()).decode(),
        },
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "timeoutSeconds": 10,
        "admissionReviewVersions": ["v1"],
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "kargo"},
        "webhooks": [webhook],
    }


def _await(plane: ControlPlane, *, is_asked: bool) -> None:
    """The server learns of a configuration a moment after it is stored. For a Stage that is not there Kargo always says no."""
    path = "/apis/kargo.akuity.io/v1alpha1/namespaces/default/promotions?dryRun=All"
    spec = {"stage": "nowhere", "freight": "none", "steps": [{"uses": "compose-output"}]}
    probe = {"apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Promotion", "metadata": {"name": "a"}, "spec": spec}
    limit = time.monotonic() + START_S
    while ("denied the request" in plane.request("POST", path, probe).message) != is_asked:
        if time.monotonic() > limit:
            raise RuntimeError(f"the webhook is {'not ' if is_asked else ''}asked after {START_S} s")
        time.sleep(POLL_S)


class _Server(ThreadingHTTPServer):
    webhook: KargoWebhook
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is not worth a traceback."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 60

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.webhook.is_down:
            self.close_connection = True
            return
        request = json.loads(body)["request"]
        response = {**self.server.webhook.judged(request), "uid": request["uid"]}
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
        answer = json.dumps(review).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Not in the output of tests."""

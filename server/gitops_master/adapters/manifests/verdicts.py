"""What the answer to a dry run says of an object."""

import re
from http import HTTPStatus

from gitops_master.model.manifest import Manifest
from gitops_master.model.printable import printable
from gitops_master.ports.manifests import Tried
from gitops_master.ports.writing import Changed

NOT_JUDGED = "not judged: "
_DENIED = re.compile(r'admission webhook "[^"]{1,253}" denied the request')
_CALLING = re.compile(r'failed calling webhook "(?P<name>[^"]{1,253})"')
_NO_DRY_RUN = re.compile(r"does not support dry ?run", re.IGNORECASE)
_UNTYPED = re.compile(r"failed to create (?:manager for existing fields|typed \w+ object)|field not declared in schema")
"""What server-side apply says of unknown fields, as an internal error (k8s.io/apimachinery pkg/util/managedfields)."""
_NO_NAMESPACE = re.compile(r'namespaces "(?P<name>[^"]{1,253})" not found')
_EXISTS = re.compile(r"already exists", re.IGNORECASE)
_NO_ANSWER = (0, HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)


def exists_already(changed: Changed) -> bool:
    return changed.status == HTTPStatus.CONFLICT and _EXISTS.search(changed.problem) is not None


def verdict(one: Manifest, changed: Changed, allowed: bool | None) -> Tried:
    """A server that could not judge has not refused."""
    if 200 <= changed.status < 300:
        return Tried(one, accepted=True, allowed=allowed)
    why = _unjudged(changed)
    words = printable(f"{NOT_JUDGED}{why}" if why else changed.problem)
    return Tried(one, accepted=False, words=words, allowed=allowed, answered=not why)


def _unjudged(changed: Changed) -> str:
    """Why the server could not judge; empty where it refuses the object."""
    said = changed.problem
    if _DENIED.search(said) or _UNTYPED.search(said):
        return ""
    if calling := _CALLING.search(said):
        return f"the admission webhook {calling['name']} does not answer: {said}"
    if _NO_DRY_RUN.search(said):
        return f"a webhook in the way takes no dry run: {said}"
    if changed.status == HTTPStatus.NOT_FOUND and (missing := _NO_NAMESPACE.search(said)):
        return f"namespace {missing['name']} does not exist yet"
    if changed.status in _NO_ANSWER or changed.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return said or "the API server gave no answer"
    return ""

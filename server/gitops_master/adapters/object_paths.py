"""Where the Kubernetes API has the object of a change, whichever way the request goes."""

import re
from urllib.parse import quote

from gitops_master.model.errors import UsageError
from gitops_master.ports.writing import How, ObjectChange

FIELD_MANAGER = "gitops-master"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.:]{0,251}[a-z0-9])?")
"""Roles may have colons in their names."""


def path_of(change: ObjectChange) -> str:
    """Of the object, or of the collection where one is made. Raises UsageError on a name that no object can have."""
    plural, _, group = change.resource.partition(".")
    root = f"/apis/{group}" if group else "/api"
    place = "" if change.cluster_wide else f"/namespaces/{checked_name(change.namespace)}"
    path = f"{root}/{change.version}{place}/{quote(plural, safe='')}"
    if change.how is not How.CREATE:
        path += f"/{checked_name(change.name)}"
    return f"{path}/{change.subresource}" if change.subresource else path


def query_of(change: ObjectChange) -> tuple[tuple[str, str], ...]:
    query = [("fieldManager", FIELD_MANAGER)]
    if change.how in (How.CREATE, How.APPLY):
        query.append(("fieldValidation", "Strict"))
    if change.how is How.APPLY:
        query.append(("force", "true"))
    if change.dry_run:
        query.append(("dryRun", "All"))
    return tuple(query)


def checked_name(name: str) -> str:
    """The name, where an object can have it: what else it were, it could lead elsewhere."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise UsageError(f"{name[:140]!r} is not a name that an object can have", "check the name")
    return name

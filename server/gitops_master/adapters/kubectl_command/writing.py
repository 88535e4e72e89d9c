"""`ports.writing.ObjectWriter` over kubectl: `kubectl patch`, or with the object on its standard input `kubectl create --raw` and
`kubectl apply`."""

import re
from urllib.parse import urlencode

from gitops_master.adapters.kubectl_command.api import Kubectl
from gitops_master.adapters.kubectl_command.calls import Call
from gitops_master.adapters.kubectl_command.outcomes import RESENT
from gitops_master.adapters.kubectl_command.quoting import checked
from gitops_master.adapters.object_paths import FIELD_MANAGER, checked_name, path_of, query_of
from gitops_master.model.errors import Unreachable, UsageError
from gitops_master.ports.writing import Changed, How, ObjectChange

_UNCONNECTED = re.compile(
    r"The connection to the server .{1,300} was refused|dial tcp .{1,300}: (?:connect: connection refused|lookup |i/o timeout)"
)
"""kubectl asks for the object before it patches it; a connection that does not come about has carried nothing over."""


class KubectlWriter(Kubectl):
    """kubectl looks at an object before it patches it, which takes the right to get it (of a subresource: `get` on that).

    client-go sends a patch again where an answer of 429 or 5xx asks for that (Retry-After). A merge patch says the same twice; a
    JSON patch that tests what it has changed itself is refused then, which does not mean that nothing was done. What it reads
    from standard input it sends once (client-go v0.36 rest/with_retry.go: never an opaque reader), so nothing is made twice.
    """

    async def change(self, change: ObjectChange, *, deadline_s: float) -> Changed:
        make = {How.CREATE: _create, How.APPLY: _apply}.get(change.how, _patch)
        call = make(change)
        [reply] = await self.replies(lambda one: one, [call], deadline_s, writes=True)
        if reply.status == 0 and _UNCONNECTED.search(reply.problem):
            raise Unreachable(f"nothing was written: {reply.problem}")
        status = 0 if RESENT in reply.problem else reply.status
        return Changed(status, reply.problem, b"".join(reply.bodies))


def _create(change: ObjectChange) -> Call:
    """One POST, without the discovery and the lists that `kubectl create` without --raw begins with."""
    return Call(raw=f"{path_of(change)}?{urlencode(query_of(change))}", body=_line(change.body))


def _apply(change: ObjectChange) -> Call:
    """The object says itself what and where it is."""
    words = [
        "apply",
        "--server-side",
        "--force-conflicts",
        "--validate=strict",
        f"--field-manager={FIELD_MANAGER}",
        "--output=json",
        "--filename=-",
    ]
    if not change.cluster_wide:
        words.append(f"--namespace={checked_name(change.namespace)}")
    if change.dry_run:
        words.append("--dry-run=server")
    return Call(words=tuple(words), body=_line(change.body))


def _patch(change: ObjectChange) -> Call:
    plural, _, group = change.resource.partition(".")
    words = [
        "patch",
        f"{plural}.{change.version}.{group}/{checked_name(change.name)}",
        f"--type={change.how}",
        f"--patch={_line(change.body)}",
        f"--namespace={checked_name(change.namespace)}",
        f"--field-manager={FIELD_MANAGER}",
        "--output=json",
    ]
    if change.how is How.JSON:
        words.append("--v=4")  # says whether it was sent again
    if change.subresource:
        words.append(f"--subresource={change.subresource}")
    if change.dry_run:
        words.append("--dry-run=server")
    return Call(words=tuple(words))


def _line(body: bytes) -> str:
    """A line break in JSON is only layout, and far shells take none."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise UsageError("what is to be written is not UTF-8", "check where it comes from") from None
    return checked(text.replace("\r", " ").replace("\n", " "))

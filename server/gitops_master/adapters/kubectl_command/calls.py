"""What kubectl is asked: a request as one call of it, in words that cannot become options or shell text."""

import re
from urllib.parse import quote, unquote

import msgspec

from gitops_master.adapters.kubectl_command.quoting import checked
from gitops_master.model.errors import UsageError
from gitops_master.ports.api import Request, Review

_RESOURCE = re.compile(
    r"/(?:api/(?P<core>[^/]+)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?"
)
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._:@-]*[A-Za-z0-9])?")
_SELECTORS = {"labelSelector": "--selector", "fieldSelector": "--field-selector"}


class Table(msgspec.Struct, frozen=True):
    """The printed table that stands for metadata: in which namespace ("": all), of one object or of a list."""

    namespace: str
    one: bool


class Call(msgspec.Struct, frozen=True):
    """One run of kubectl. `words`: its arguments, which read `body` where there is one; or `raw`: a path, encoded, which is read,
    or posted to with a `body`.

    `relayed`: of the answer the beginning is enough.
    """

    words: tuple[str, ...] = ()
    raw: str = ""
    body: str = ""
    table: Table | None = None
    relayed: bool = False

    def arguments(self, base: str) -> tuple[str, ...]:
        """All arguments. `base`: the path below which the API server answers."""
        if not self.raw:
            return self.words
        if self.body:
            return ("create", f"--raw={base}{self.raw}", "-f", "-")
        return ("get", f"--raw={base}{self.raw}")


def call_of(request: Request) -> Call:
    """The call that answers the request. Raises UsageError for what no API server serves, or what cannot be a word."""
    if request.metadata_only:
        return _table(request)
    # Without a limit --raw answers with the whole list at once: there are no pages to be followed.
    query = [pair for pair in request.query if not (request.pages and pair[0] in ("limit", "continue"))]
    encoded = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in query)
    ending = "/" if request.relayed and request.path.endswith("/") else ""
    path = _path(request.path.removesuffix(ending)) + ending
    return Call(raw=path + (f"?{encoded}" if encoded else ""), relayed=request.relayed)


def review_of(kind: Review, body: bytes) -> Call:
    """The call that posts the review. A line break in JSON is only layout, and far shells take none."""
    return Call(raw=kind.value, body=checked(body.decode().replace("\r", " ").replace("\n", " ")))


def _path(path: str) -> str:
    """kubectl decodes the path before it asks, so that an encoded slash or dot would lead elsewhere than it says."""
    if not path.startswith("/"):
        raise UsageError(f"{path!r} is not a path", "it begins with a slash")
    try:
        segments = [unquote(segment, errors="strict") for segment in path[1:].split("/")]
    except UnicodeDecodeError:
        raise UsageError(f"{path!r} is not encoded as UTF-8", "check the name") from None
    for segment in segments:
        if segment in ("", ".", "..") or "/" in segment or "%" in segment:
            raise UsageError(f"{segment!r} in {path!r} is not a name that an object can have", "check the name")
    return "".join(f"/{_encoded(segment)}" for segment in segments)


def _encoded(text: str) -> str:
    return quote(checked(text), safe=":")


def _table(request: Request) -> Call:
    """--raw cannot ask for metadata alone; without --output kubectl asks for a table, whose rows hold metadata and columns.

    kubectl pkg/cmd/get/get.go transformRequests: Accept is application/json;as=Table, and includeObject stays at its default,
    Metadata, unless --sort-by is given.
    """
    found = _RESOURCE.fullmatch(unquote(_path(request.path)))
    if found is None:
        raise UsageError(f"{request.path!r} names no resource, so there is no metadata of it", "check the path")
    for part in found.groupdict().values():
        if part is not None and not _NAME.fullmatch(part):
            raise UsageError(f"{part!r} in {request.path!r} is not a name that an object can have", "check the name")
    resource = ".".join((found["plural"], found["core"] or found["version"], found["group"] or ""))
    namespace, name = found["namespace"], found["name"]
    words = ["get", f"{resource}/{name}" if name else resource, "--show-labels"]
    words.append(f"--namespace={namespace}" if namespace else "--all-namespaces")
    if name and not namespace:
        words.pop()  # kubectl refuses a name among all namespaces; such an object is in none
    words += [f"{_SELECTORS[key]}={checked(value)}" for key, value in request.query if key in _SELECTORS]
    return Call(words=tuple(words), table=Table(namespace or "", bool(name)))

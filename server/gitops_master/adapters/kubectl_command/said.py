"""What kubectl, ssh and shells say on stderr when something fails, as a status and in words for people."""

import re
from typing import NamedTuple

from gitops_master.model.finding import quoted as bounded

MOST_QUOTED = 600
"""Characters of what was said that a problem holds: a refusal names user, verb, resource and namespace in about 250."""

_REASONS = {
    "BadRequest": 400, "Unauthorized": 401, "Forbidden": 403, "NotFound": 404, "MethodNotAllowed": 405, "NotAcceptable": 406,
    "AlreadyExists": 409, "Conflict": 409, "Expired": 410, "Gone": 410, "RequestEntityTooLarge": 413,
    "UnsupportedMediaType": 415, "Invalid": 422, "TooManyRequests": 429, "InternalError": 500, "ServerTimeout": 500,
    "ServiceUnavailable": 503, "Timeout": 504,
}  # fmt: skip
"""`Error from server (Reason)`: the reasons of metav1.StatusReason and the HTTP status that each goes with."""

_REASON = re.compile(r"Error from server \((\w+)\)")
_STATUSES = (
    (re.compile(r"You must be logged in to the server|has asked for the client to provide credentials"), 401),
    (re.compile(r"doesn't have a resource type|could not find the requested resource"), 404),
    (re.compile(r"^(?:error: )?[Tt]he .{0,300}is invalid", re.MULTILINE), 422),
    (re.compile(r"Error from server: "), 500),
)
_CODE = re.compile(r"the server responded with the status code (\d{3})")

_NOTHING_WORKS = (
    (re.compile(r'context "?.*"? does not exist|context was not found'), "see `kubectl config get-contexts` there"),
    (re.compile(r"getting credentials|exec plugin|credential plugin"), "log in there with the tool that the kubeconfig names"),
    (re.compile(r"Please enter Username|provided port .* is not"), "the kubeconfig there holds no credentials for this cluster"),
    (re.compile(r"server localhost:8080 was refused|no configuration has been provided"), "kubectl has no kubeconfig there"),
    (re.compile(r"[Ee]rror loading config file|[Ii]nvalid configuration|Error in configuration"), "mend the kubeconfig there"),
    (re.compile(r"unknown (?:shorthand )?flag|unknown command"), "the command does not take kubectl's arguments"),
)  # fmt: skip
"""What ends every call alike, before any server is asked."""

_LOGIN = (
    (re.compile(r"Host key verification failed"), "connect once by hand, so that the host key becomes known"),
    (
        re.compile(r"Permission denied \(|Permission denied, please try again|[Pp]assword(?: for .{0,100})?: ?$|passphrase for", re.MULTILINE),
        "nothing can be typed here: let a key or an agent log in; `ssh -o BatchMode=yes` shows whether that works",
    ),
    (re.compile(r"Could not resolve hostname|Connection refused|Connection timed out|No route to host"), "is the host right, and the VPN up?"),
)  # fmt: skip


class Said(NamedTuple):
    """`status` as of HTTP, 0 where no server answered. `hint`: for people; `hopeless`: no call can do better."""

    status: int
    hint: str = ""
    hopeless: bool = False


def understood(code: int, stderr: str) -> Said:
    """What a kubectl that ended with the code and these words met."""
    if code in (126, 127):
        return Said(0, "is kubectl installed, and on the PATH of a shell that nobody logs in to?", True)
    if reason := _REASON.search(stderr):
        return Said(_REASONS.get(reason[1], 500))
    if status := _CODE.search(stderr):
        return Said(int(status[1]))
    for pattern, number in _STATUSES:
        if pattern.search(stderr):
            return Said(number)
    for pattern, hint in _NOTHING_WORKS:
        if pattern.search(stderr):
            return Said(0, hint, True)
    return Said(0)


_NEVER_IN = re.compile(
    r"ssh: (?:connect to host|Could not resolve hostname)|Host key verification failed|^.{0,200}Permission denied \(",
    re.MULTILINE,
)
"""What ssh says before anything runs there; a connection that breaks off later ends with the same exit code."""


def never_logged_in(stderr: str) -> bool:
    """Whether the command certainly did not reach its shell."""
    return _NEVER_IN.search(stderr) is not None


def login_hint(stderr: str) -> str:
    """What to do about a command that did not reach its shell."""
    return next(
        (hint for pattern, hint in _LOGIN if pattern.search(stderr)), "run the command by hand and see what it says"
    )


def last_words(stderr: str, *, without: str = "") -> str:
    """The end of what was said, in one line, fit to be passed on. `without`: lines that hold it are our own words come back."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip() and not (without and without in line)]
    # client-go logs each attempt before kubectl says in plain words what it came to.
    plain = [line for line in lines if not re.match(r"[EWI]\d{4} ", line)]
    return bounded("; ".join(list(dict.fromkeys(plain or lines))[-6:]), MOST_QUOTED).replace("\n", " ")

"""Whether the reason for which a Promotion ended is over: what its message complains of is there now, or it was passing."""

import re
from datetime import timedelta

from gitops_master.facts.apps import AUTHORIZED
from gitops_master.facts.log_lines import controller_lines
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence

LONG_AGO = timedelta(hours=1)
"""A network trouble that ended a Promotion and still lasted after an hour would show elsewhere, too."""

_APP = re.compile(r'Argo CD Application "(?P<name>[^"]+)" in namespace "(?P<namespace>[^"]+)"')
_TRANSIENT = re.compile(
    r"could not resolve host|connection refused|connection reset|connection timed out|i/o timeout|no such host|"
    r"tls handshake timeout|temporary failure in name resolution|server misbehaving|network is unreachable|no route to host|"
    r"context deadline exceeded|unexpected eof|early eof|remote end hung up|code = unavailable|service unavailable|"
    r"bad gateway|gateway time-?out|too many requests|internal server error|returned error: (?:429|5\d\d)|"
    r"HTTP \(?(?:429|5\d\d)\)?|failed to connect|could not connect",
    re.IGNORECASE,
)
"""What curl, git, Go's net package, gRPC and HTTP servers print when a service cannot be reached or is overloaded."""


def transient_text(view: StageView) -> Text | None:
    """The last Promotion's message, if it is of a passing kind (network or service)."""
    return next((text for text in view.failure_texts if _TRANSIENT.search(text.value)), None)


def is_long_ago(view: StageView) -> bool:
    ended = view.last.finished_at if view.last else None
    return ended is not None and view.snapshot.observed_at - ended > LONG_AGO


def anti_loop_lines(view: StageView) -> list[Text]:
    """What the controller says (at debug level) when it leaves failed Freight alone."""
    texts = ("to avoid an infinite loop", "Promotion already exists for Freight")
    lines = [line for text in texts for line in controller_lines(view.snapshot, text, view.name)]
    return [line for line in lines if view.project in line.value]


def reason_that_is_over(view: StageView) -> Evidence | None:
    """Proof that the last Promotion's complaint no longer holds: the Application permits the Stage, or exists, by now."""
    for text in view.failure_texts:
        found = _APP.search(text.value)
        if found is None:
            continue
        app = view.snapshot.get(Application, found["namespace"], found["name"])
        if app is None:
            continue
        if "is not authorized" in text.value or "does not permit mutation" in text.value:
            given = app.annotations.get(AUTHORIZED, "")
            if f"{view.project}:{view.name}" in [one.strip() for one in given.split(",")]:
                return fact(app, f"metadata.annotations[{AUTHORIZED}]", given)
        if "unable to find" in text.value and view.last is not None:
            return fact(app, "metadata.creationTimestamp", app.created or "", app.created)
    return None

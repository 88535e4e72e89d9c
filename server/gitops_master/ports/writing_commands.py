"""What a person types to have the same done with the products' own command lines, quoted for a POSIX shell."""

from collections.abc import Callable
from shlex import join
from typing import Any

from gitops_master.ports.writing import (
    AbortPromotion,
    AbortVerification,
    ApproveFreight,
    Promote,
    Refresh,
    RefreshApplication,
    Reverify,
    SyncApplication,
    TerminateOperation,
    Write,
)


def command_of(write: Write) -> str:
    """One line, as the `kargo` of 1.9 to 1.11 and the `argocd` of 3.x take it; kubectl where neither can do it.

    The command lines know less than a write does: `kargo verify` takes the verification that is newest when it is run, `argocd
    app terminate-op` the operation that runs then.
    """
    return join(_COMMANDS[type(write)](write))


def _promote(write: Promote) -> list[str]:
    return ["kargo", "promote", _project(write), f"--freight={write.freight}", f"--stage={write.stage}"]


def _abort_promotion(write: AbortPromotion) -> list[str]:
    return ["kargo", "promote", _project(write), f"--name={write.promotion}", "--abort"]


def _approve(write: ApproveFreight) -> list[str]:
    return ["kargo", "approve", _project(write), f"--freight={write.freight}", f"--stage={write.stage}"]


def _refresh(write: Refresh) -> list[str]:
    kind = write.of.kind.rpartition("/")[2].lower()
    if kind in {"stage", "warehouse"}:
        return ["kargo", "refresh", kind, _project(write), write.of.name]
    # kargo 1.11 refreshes Promotions over its API alone (pkg/cli/cmd/refresh has no command for it)
    target, note = f"{kind}s.kargo.akuity.io/{write.of.name}", f"kargo.akuity.io/refresh={write.token}"
    return ["kubectl", "annotate", target, note, "--overwrite", f"--namespace={write.namespace}"]


def _reverify(write: Reverify) -> list[str]:
    return ["kargo", "verify", "stage", _project(write), write.stage]


def _abort_verification(write: AbortVerification) -> list[str]:
    return ["kargo", "verify", "stage", _project(write), write.stage, "--abort"]


def _refresh_app(write: RefreshApplication) -> list[str]:
    return ["argocd", "app", "get", _app(write), "--hard-refresh" if write.hard else "--refresh"]


def _terminate(write: TerminateOperation) -> list[str]:
    return ["argocd", "app", "terminate-op", _app(write)]


def _sync(write: SyncApplication) -> list[str]:
    words = ["argocd", "app", "sync", _app(write)]  # options: argocd-server takes those of the spec by itself
    if len(write.revisions) == 1:
        words.append(f"--revision={write.revisions[0]}")
    elif write.revisions:
        for position, revision in enumerate(write.revisions, 1):
            words += [f"--revisions={revision}", f"--source-positions={position}"]
    if write.prune:
        words.append("--prune")
    if write.retry_limit:  # 0 is what argocd sends where the flag is absent; the spec's holds then
        words.append(f"--retry-limit={write.retry_limit}")
    return words


def _project(write: Write) -> str:
    return f"--project={write.namespace}"


def _app(write: RefreshApplication | TerminateOperation | SyncApplication) -> str:
    return f"{write.namespace}/{write.app}" if write.namespace else write.app


_COMMANDS: dict[type[Write], Callable[[Any], list[str]]] = {
    Promote: _promote,
    AbortPromotion: _abort_promotion,
    ApproveFreight: _approve,
    Refresh: _refresh,
    Reverify: _reverify,
    AbortVerification: _abort_verification,
    RefreshApplication: _refresh_app,
    TerminateOperation: _terminate,
    SyncApplication: _sync,
}

"""The pull request of a Promotion, from the outputs its steps left in status.state."""

from typing import Any

import msgspec

from gitops_master.model.kargo import PromotionStatus

PULL_REQUEST_STEPS = frozenset({"git-wait-for-pr", "git-merge-pr"})


class PullRequest(msgspec.Struct, frozen=True):
    """As the step last saw it. An empty `open`, `merged` or `url` was not recorded (url since Kargo 1.5, the others since 1.9)."""

    number: str
    url: str
    open: str
    merged: str
    path: str


def pull_request(status: PromotionStatus, alias: str) -> PullRequest | None:
    """What the waiting step itself recorded, else what the step that opened it did."""
    own = status.state.get(alias)
    others = [value for key, value in reversed(status.state.items()) if key != alias]
    names = [alias, *(key for key in reversed(status.state) if key != alias)]
    for name, output in zip(names, [own, *others], strict=True):
        found = _from_output(output, f"status.state.{name}")
        if found is not None:
            return found
    return None


def _from_output(output: Any, path: str) -> PullRequest | None:
    if not isinstance(output, dict):
        return None
    pull = output.get("pr")
    if isinstance(pull, dict) and pull.get("id") is not None:
        return PullRequest(
            number=_number(pull["id"]),
            url=str(pull.get("url") or ""),
            open=_flag(pull.get("open")),
            merged=_flag(pull.get("merged")),
            path=f"{path}.pr",
        )
    if output.get("prNumber") is not None:
        return PullRequest(_number(output["prNumber"]), "", "", "", path)
    return None


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _flag(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else ""

"""The steps of a Promotion as they are put together, with the variables they share."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gitops_master.manifests.build.retry import retry_of
from gitops_master.manifests.request import RetryProfile
from gitops_master.model.manifest import Path
from gitops_master.model.versions import Version


class Step(NamedTuple):
    """`alias`: by which later steps know its output. `condition`: without it the step always runs. `comments`: by place in it."""

    uses: str
    config: Mapping[str, Any]
    alias: str = ""
    condition: str = ""
    comments: Mapping[Path, str] = {}


class Recipe:
    """What is written is the same in a Stage and in a task, but for where outputs stand and what is fixed.

    `shared`: for a task, in which nothing of one Stage may stand; its Stages give the variables.
    """

    def __init__(self, *, shared: bool) -> None:
        self.shared = shared
        self.steps: list[Step] = []
        self.vars: dict[str, str] = {}

    def var(self, name: str, value: str) -> str:
        """The variable that holds the value, as an expression names it (`vars.repoURL`); a second value gets a name of its own."""
        known = next((key for key, held in self.vars.items() if held == value and key.rstrip("0123456789") == name), "")
        free = (
            name if name not in self.vars else f"{name}{sum(key.rstrip('0123456789') == name for key in self.vars) + 1}"
        )
        self.vars[known or free] = value
        return f"vars.{known or free}"

    def vars_of(self, name: str) -> str:
        """A variable that has its value already."""
        return f"vars.{name}"

    def text(self, name: str, value: str) -> str:
        """The value itself, or in a task a variable: for what readers of the Stage look for (names of Applications)."""
        return expression(self.var(name, value)) if self.shared else value

    def output(self, alias: str) -> str:
        """The output of an earlier step, as an expression names it."""
        root = "task.outputs" if self.shared else "outputs"
        return f"{root}.{alias}" if alias.isidentifier() else f"{root}['{alias}']"

    def add(self, step: Step) -> None:
        self.steps.append(step)


def expression(text: str) -> str:
    return f"${{{{ {text} }}}}"


TIMEOUT = "In all, from the step's first start on, not of each attempt."
_THRESHOLDS = {
    "argocd-update": "Errors in a row. A sync that failed at this revision is not started again: that is for the Application's "
    "syncPolicy.retry.",
    "git-wait-for-pr": "Errors in a row. No timeout: a person may take days.",
}
THRESHOLD = "Errors in a row, waiting not counted; 1, the default, gives up at the first."


def written(
    steps: Sequence[Step], profile: RetryProfile, kargo: Version | None, kept: Mapping[str, Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], dict[Path, str]]:
    """The steps as they stand in a manifest, and comments by place in the list. `kept`: retry by step kind, where it stays."""
    rows: list[dict[str, Any]] = []
    comments: dict[Path, str] = {}
    for index, one in enumerate(steps):
        retry: dict[str, Any] = dict(kept.get(one.uses, {})) or retry_of(one.uses, profile, kargo)
        more: tuple[tuple[str, Any], ...] = (("as", one.alias), ("if", one.condition), ("retry", retry))
        row: dict[str, Any] = {"uses": one.uses, **{key: value for key, value in more if value}}
        if one.config:
            row["config"] = one.config
        rows.append(row)
        told = {**one.comments, **retry_comments(one.uses, retry)}
        comments |= {(index, *place): text for place, text in told.items() if text not in comments.values()}
    return rows, comments


def retry_comments(uses: str, retry: Mapping[str, Any]) -> dict[Path, str]:
    """What a step's retry means, by place in the step."""
    told = {"timeout": TIMEOUT, "errorThreshold": _THRESHOLDS.get(uses, THRESHOLD)}
    return {("retry", key): told[key] for key in retry if key in told}

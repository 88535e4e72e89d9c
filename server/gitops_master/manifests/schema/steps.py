"""The kinds of promotion steps there are, since when, and what their config must be.

Read out of the runners that each release registers (pkg/promotion/runner/builtin; internal/promotion and internal/directives before
1.8), Kargo 0.9 to v1.11.2.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gitops_master.manifests.schema.configs import CONFIGS
from gitops_master.manifests.schema.shapes import Given, SchemaFault
from gitops_master.model.versions import Version


class StepKind(NamedTuple):
    """`since`: None where the very first release with steps has it. `until`: the first release without it.

    `enterprise`: only Kargo on the Akuity Platform has it. `default_timeout`: how long it may take by itself, as text of a Go
    duration; empty is for ever. `pushes`: writes to a git repository or registry. `argocd`: speaks with Argo CD.
    """

    kind: str
    since: Version | None = None
    until: Version | None = None
    enterprise: bool = False
    default_timeout: str = ""
    pushes: bool = False
    argocd: bool = False


_FIRST = (
    "copy git-clear git-clone git-commit git-open-pr git-wait-for-pr helm-template helm-update-chart kustomize-build"
)
_SINCE = {
    (1, 1): "http yaml-update",
    (1, 2): "compose-output delete json-update",
    (1, 3): "json-parse yaml-parse",
    (1, 6): "untar",
    (1, 7): "http-download oci-download",
    (1, 8): "git-merge-pr set-metadata",
    (1, 9): "yaml-merge",
    (1, 10): "fail git-tag set-freight-alias toml-parse toml-update",
    (1, 11): "file-write",
}
_ENTERPRISE = (
    "gh-create-issue gh-issue-add-comment gh-issue-delete-comment gh-issue-update-comment gh-search-issues gh-update-issue"
    " gh-wait-for-issue-state gha-dispatch-workflow gha-wait-for-workflow hcl-update jfrog-evidence jira send-message snow-create"
    " snow-delete snow-query-for-records snow-update snow-wait-for-condition tf-apply tf-output tf-plan"
)
"""As the documentation of v1.11.2 lists them; open-source Kargo registers none."""
_SPECIAL = (
    StepKind("argocd-update", default_timeout="5m", argocd=True),
    StepKind("argocd-wait", Version(1, 10, 0), default_timeout="5m", argocd=True),
    StepKind("git-push", pushes=True),
    StepKind("github-push", Version(1, 10, 0), pushes=True),
    StepKind("oci-push", Version(1, 10, 0), pushes=True),
    StepKind("helm-update-image", until=Version(1, 3, 0)),
    StepKind("kustomize-set-image"),
)


def _all() -> Iterator[StepKind]:
    yield from (StepKind(one) for one in _FIRST.split())
    for (major, minor), kinds in _SINCE.items():
        yield from (StepKind(one, Version(major, minor, 0)) for one in kinds.split())
    yield from (StepKind(one, enterprise=True) for one in _ENTERPRISE.split())
    yield from _SPECIAL


STEPS: Mapping[str, StepKind] = {one.kind: one for one in sorted(_all())}


def known_in(kargo: Version | None) -> list[str]:
    """The kinds that open-source Kargo of this version runs, by name; of v1.11.2 where it is not known."""
    return [
        one.kind
        for one in STEPS.values()
        if not one.enterprise
        and (one.since is None or kargo is None or kargo >= one.since)
        and (one.until is None or (kargo is not None and kargo < one.until))
    ]


def config_faults(uses: str, config: Any, kargo: Version | None = None) -> Iterator[SchemaFault]:
    """What is wrong with a step's config, by paths in it; an expression may stand for any value. Nothing of kinds without a schema.

    `config`: None where the step has none.
    """
    shape = CONFIGS.get(uses)
    if shape is not None:
        yield from shape.faults({} if config is None else config, (), Given(kargo, expressions=True))

"""Kinds of promotion steps that open-source Kargo has or had, from the runners that its releases register."""

from difflib import get_close_matches

REMOVED = {"helm-update-image": ("1.3.0", "yaml-update"), "git-overwrite": ("0.9.0", "git-clear and copy")}
"""Kind: the release without it, and what does its work (akuity/kargo#3377 removed helm-update-image; release
candidates of 0.9 alone had git-overwrite)."""

SINCE = {
    "json-parse": "1.3",
    "yaml-parse": "1.3",
    "untar": "1.6",
    "http-download": "1.7",
    "oci-download": "1.7",
    "git-merge-pr": "1.8",
    "set-metadata": "1.8",
    "yaml-merge": "1.9",
    "argocd-wait": "1.10",
    "fail": "1.10",
    "git-tag": "1.10",
    "github-push": "1.10",
    "oci-push": "1.10",
    "set-freight-alias": "1.10",
    "toml-parse": "1.10",
    "toml-update": "1.10",
    "file-write": "1.11",
    "delete": "1.2",
    "http": "1.1",
    "json-update": "1.2",
    "yaml-update": "1.1",
    "compose-output": "1.2",
}
_ALWAYS = (
    "argocd-update",
    "copy",
    "git-clear",
    "git-clone",
    "git-commit",
    "git-open-pr",
    "git-push",
    "git-wait-for-pr",
    "helm-template",
    "helm-update-chart",
    "kustomize-build",
    "kustomize-set-image",
)
ENTERPRISE = ("gh-", "gha-", "hcl-", "jfrog-", "jira", "send-message", "snow-", "tf-")
"""How the kinds begin that only Kargo Enterprise has, by its documentation."""


def nearest(kind: str) -> str:
    """The known kind that `kind` may be a slip of; empty where none is close."""
    return next(iter(get_close_matches(kind.lower().replace("_", "-"), [*_ALWAYS, *SINCE], n=1, cutoff=0.75)), "")

"""Remedies about the Secrets that Kargo logs in with."""

from gitops_master.facts.advice import advise
from gitops_master.facts.credentials import CRED_TYPE, Access
from gitops_master.model.finding import Remedy

_OPTIONS = {"git": "--git", "image": "--image", "helm": "--helm"}


def create(access: Access, title: str) -> Remedy:
    """Makes a Secret that Kargo sees. The command line asks for the password itself, so that it stays out of the history."""
    user = "git" if access.kind == "git" else "<user>"
    command = (
        f"kargo create repo-credentials --project {access.project} {access.kind}-credentials {_OPTIONS[access.kind]} "
        f"--repo-url {access.repo_url} --username {user}"
    )
    return advise(title, *([command] if access.repo_url else []), confirm_with=labelled(access))


def labelled(access: Access) -> str:
    return f"kubectl -n {access.project} get secrets -l {CRED_TYPE}={access.kind}"

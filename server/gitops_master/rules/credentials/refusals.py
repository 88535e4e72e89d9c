"""How the rules of this folder ask: which repository refused Kargo, and what the Secrets around it say."""

import msgspec

from gitops_master.facts.credentials import (
    CRED_TYPE,
    Access,
    Impostor,
    argocd_repository_secrets,
    attempts,
    credential_secrets,
    impostors,
)
from gitops_master.facts.patterns import Patterns, search
from gitops_master.facts.stage import StageView
from gitops_master.facts.subscriptions import host_of
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Evidence
from gitops_master.model.kargo import Warehouse
from gitops_master.model.kubernetes import Secret
from gitops_master.rules.credentials.patterns import BRANCH_RULES, CLOUD_ERRORS
from gitops_master.rules.warehouse.patterns import ANONYMOUS, NOT_FOUND_GIT, RATE_LIMITED, REFUSED

NOT_ABOUT_IT = (RATE_LIMITED, BRANCH_RULES, CLOUD_ERRORS)
"""Refused by rate, by the rules of a branch, or by a cloud's own login: other causes."""


class Consulted(msgspec.Struct, frozen=True):
    """An attempt that was refused. `secrets`: what Kargo consults for it; `near`: what is meant for it, unseen by Kargo."""

    access: Access
    secrets: list[Secret]
    near: list[Impostor]

    @property
    def mistaken(self) -> list[Impostor]:
        """Those that say themselves that they are meant as a credential for Kargo."""
        return [one for one in self.near if one.certain]

    def labels(self, most: int) -> list[Evidence]:
        return [fact(one, f"metadata.labels[{CRED_TYPE}]", self.access.kind) for one in self.secrets[:most]]


def consulted(view: StageView | WarehouseView, access: Access | None) -> Consulted | None:
    if access is None:
        return None
    return Consulted(
        access,
        credential_secrets(view.snapshot, access.project, access.kind),
        impostors(view.snapshot, access.project, access.kind, access.repo_url),
    )


def refused(view: StageView | WarehouseView) -> Access | None:
    """The attempt that was refused for want of a (good) credential; not by rate, branch rules or a cloud's own login."""
    for one in attempts(view):
        if _says(REFUSED, one.text) and not _says(NOT_ABOUT_IT, one.text):
            return one
    return None


def hidden(view: StageView | WarehouseView) -> Access | None:
    """A Git repository that is `not found` for a reader without credentials, while somebody else has one for it."""
    for one in attempts(view):
        if one.kind != "git" or not _says(NOT_FOUND_GIT, one.text):
            continue
        if credential_secrets(view.snapshot, one.project, "git") or _worked_before(view, one) or _is_open(view, one):
            continue
        if "remote: " in one.text.value or "ERROR: " in one.text.value or argocd_repository_secrets(view.snapshot):
            return one
    return None


def _worked_before(view: StageView | WarehouseView, access: Access) -> bool:
    """What could once be read without a credential is gone or renamed, not private."""
    if isinstance(view, StageView):
        return False
    found = view.warehouse.status.discovered_artifacts.git
    return any(one.repo_url == access.repo_url and one.commits for one in found)


def _is_open(view: StageView | WarehouseView, access: Access) -> bool:
    """Another repository of that server is read by the same project, which has no credential: the URL is wrong."""
    return bool(access.repo_url) and any(
        found.commits and found.repo_url != access.repo_url and host_of(found.repo_url) == access.host
        for one in view.snapshot.all(Warehouse, access.project)
        for found in one.status.discovered_artifacts.git
    )


def is_anonymous(one: Access) -> bool:
    return _says(ANONYMOUS, one.text)


def _says(pattern: Patterns, text: Text) -> bool:
    return search(pattern, text) is not None

from collections.abc import Iterator

from gitops_master.facts.credentials import (
    ARGOCD_SECRET,
    CRED_TYPE,
    argocd_repository_secrets,
    searched_namespaces,
)
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Confidence
from gitops_master.model.kubernetes import Secret
from gitops_master.rules.credentials.cures import create
from gitops_master.rules.credentials.effects import REFUSED_EFFECTS, of_step
from gitops_master.rules.credentials.refusals import consulted, hidden, is_anonymous, refused
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import try_again
from gitops_master.rules.warehouse.patterns import ANONYMOUS, NOT_FOUND_GIT


@rule(
    "no-git-credentials-for-kargo",
    area="access",
    title="Kargo has no credential for the Git repository",
    on=(WarehouseView, StageView),
    needs={Secret.KIND},
    explains=REFUSED_EFFECTS,
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/git_cloner.go",
        "akuity/kargo v1.11.2 pkg/credentials/kubernetes/database.go",
    ),
    patterns=(ANONYMOUS, NOT_FOUND_GIT),
)
def check(view: WarehouseView | StageView) -> Iterator[Hit]:
    """A private Git repository answers Kargo with `could not read Username` or `not found`.

    Why: Kargo found no credential for it and asked anonymously. It looks in the project's namespace and in the shared one;
    what Argo CD has does not count.

    How to tell: the text (git was asked for a name it did not have), and no Secret with kargo.akuity.io/cred-type: git in
    those namespaces.

    What to do: create such a Secret with repoURL, username and password.

    Not this when: a Secret is there but without the label (credential-secret-missing-cred-type-label), for another URL
    (credential-repourl-does-not-match-repository), or it is refused (credentials-rejected).
    """
    access = refused(view)
    access = (
        access
        if access is not None and (is_anonymous(access) or view.snapshot.knows_all(Secret.KIND))
        else hidden(view)
    )
    none = consulted(view, access)
    if access is None or none is None or access.kind != "git" or none.secrets:
        return
    if any(one.secret.namespace == access.project for one in none.near):
        return
    namespaces = searched_namespaces(view.snapshot, access.project)
    argocd = argocd_repository_secrets(view.snapshot)
    known = view.snapshot.knows_all(Secret.KIND)
    yield Hit(
        summary=f"Kargo has no credential for the Git repository {access.repo_url or 'it needs'}: no Secret with {CRED_TYPE}: git "
        f"{'is' if known else 'was seen'} in {' or '.join(namespaces)}"
        + (", and Argo CD's own repository Secret does not count." if argocd else "."),
        evidence=[
            access.text.as_evidence(),
            fact(
                f"Secrets of {', '.join(namespaces)}",
                f"metadata.labels[{CRED_TYPE}=git]",
                "none exists" if known else "none was seen",
            ),
            *(fact(one, f"metadata.labels[{ARGOCD_SECRET}]", one.labels[ARGOCD_SECRET]) for one in argocd[:1]),
        ],
        also_explains=of_step(view),
        remedies=[
            create(
                access,
                f"Create a Secret in namespace {access.project} with the label {CRED_TYPE}: git and the keys repoURL, username "
                "and password (a token that may read, and push where steps push)",
            ),
            try_again(view),
        ],
        confidence=Confidence.HIGH if is_anonymous(access) and known else Confidence.MEDIUM,
    )

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.credentials import ARGOCD_SECRET, CRED_TYPE, TYPES, Access, Impostor
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Confidence, Evidence, Remedy
from gitops_master.model.kubernetes import Secret
from gitops_master.rules.credentials.cures import create
from gitops_master.rules.credentials.effects import REFUSED_EFFECTS, of_step
from gitops_master.rules.credentials.refusals import consulted, hidden, is_anonymous, refused
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import try_again


@rule(
    "credential-secret-missing-cred-type-label",
    area="access",
    title="Kargo does not see the credential: its Secret lacks the label",
    on=(WarehouseView, StageView),
    needs={Secret.KIND},
    explains=REFUSED_EFFECTS | {"credentials-rejected", "no-git-credentials-for-kargo"},
    sources=("akuity/kargo#1950", "akuity/kargo v1.11.2 pkg/credentials/kubernetes/database.go"),
)
def check(view: WarehouseView | StageView) -> Iterator[Hit]:
    """A credential is in place and good, and the repository still answers 401 or asks for a name.

    Why: Kargo finds credentials by the label kargo.akuity.io/cred-type (git, image or helm) alone. As an annotation, with
    another value or without it a Secret does not exist for Kargo, and access is anonymous.

    How to tell: access was refused; no Secret with that label and type is there, but one that is plainly meant as one.
    Labels and annotations are enough: values are never read.

    What to do: put the label on that Secret. One that was made for another program (Argo CD, image pulls) has other keys than
    Kargo reads (repoURL, username, password): make one for Kargo beside it.

    Not this when: a Secret of the right type is labelled (credentials-rejected or its repoURL), or none is meant for it.
    """
    known = consulted(view, refused(view) or hidden(view))
    if known is None or not known.near:
        return
    access, found = known.access, known.near
    if known.secrets and not (found[0].certain and (is_anonymous(access) or _names(found[0], access))):
        return
    worst = found[0]
    yield Hit(
        summary=f"Secret {worst.secret.namespace}/{worst.secret.name} is invisible to Kargo: {worst.why}, where the label "
        f"{CRED_TYPE}: {access.kind} is needed; {access.repo_url or access.host} is asked anonymously and refuses.",
        evidence=[
            access.text.as_evidence(),
            fact(worst.secret, worst.path, worst.value),
            fact(worst.secret, f"metadata.labels[{CRED_TYPE}]", worst.secret.labels.get(CRED_TYPE, "no label")),
            *_that_works(view, access),
        ],
        remedies=_remedies(view, access, worst),
        confidence=Confidence.HIGH if worst.certain else Confidence.MEDIUM,
        also_explains=of_step(view),
        subject=worst.secret.ref,
    )


def _names(one: Impostor, access: Access) -> bool:
    """Whether the Secret's name speaks of this repository."""
    parts = access.repo_url.removesuffix(".git").replace("_", "-").lower().split("/")
    return any(len(part) > 3 and part in one.secret.name for part in parts[-2:])


def _that_works(view: WarehouseView | StageView, access: Access) -> list[Evidence]:
    """A Secret beside it that does it right."""
    for one in view.snapshot.all(Secret, access.project):
        if one.labels.get(CRED_TYPE) in TYPES:
            return [fact(one, f"metadata.labels[{CRED_TYPE}]", f"{one.labels[CRED_TYPE]} (a Secret that Kargo sees)")]
    return []


def _remedies(view: WarehouseView | StageView, access: Access, worst: Impostor) -> list[Remedy]:
    secret = worst.secret
    label = f"kubectl -n {secret.namespace} label secrets {secret.name} {CRED_TYPE}={access.kind} --overwrite"
    steps = [
        advise(
            f"Write {CRED_TYPE}: {access.kind} under metadata.labels of Secret {secret.name}, in its source if it has one",
            label,
            confirm_with=f"kubectl -n {secret.namespace} get secrets -l {CRED_TYPE}={access.kind}",
        )
        if _is_of_kargo(secret)
        else create(
            access, f"Make a Secret of Kargo's own beside {secret.name}, whose keys are those of another program"
        ),
        try_again(view),
    ]
    if "ecr" in access.host:
        steps.append(
            advise(
                "For good: an identity on the controller instead, as a static ECR password is good for 12 hours only"
            )
        )
    return steps


def _is_of_kargo(one: Secret) -> bool:
    """Whether it can have the keys that Kargo reads: repoURL, username, password. A Secret's type cannot be changed."""
    return ARGOCD_SECRET not in one.labels and "dockerc" not in one.type

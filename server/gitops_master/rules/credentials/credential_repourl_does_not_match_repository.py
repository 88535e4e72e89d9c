from collections.abc import Iterator

from gitops_master.facts.credentials import CRED_TYPE, credential_secrets, impostors
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Confidence
from gitops_master.model.kubernetes import Secret
from gitops_master.rules.credentials.effects import REFUSED_EFFECTS, of_step
from gitops_master.rules.credentials.refusals import is_anonymous, refused
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise, try_again
from gitops_master.rules.warehouse.patterns import ANONYMOUS


@rule(
    "credential-repourl-does-not-match-repository",
    area="access",
    title="No labelled credential matches the repository's URL",
    on=(WarehouseView, StageView),
    needs={Secret.KIND},
    explains=REFUSED_EFFECTS,
    sources=("akuity/kargo#3376", "akuity/kargo v1.11.2 pkg/credentials/kubernetes/database.go getCredentialsSecret"),
    patterns=ANONYMOUS,
)
def check(view: WarehouseView | StageView) -> Iterator[Hit]:
    """A labelled credential is in place, and Kargo still reads the repository anonymously.

    Why: the Secret's repoURL must equal the repository's URL, or be declared a regular expression by repoURLIsRegex: "true".
    A prefix, a host, another scheme or a pattern without that flag matches nothing.

    How to tell: the text says that no name was sent at all, although a Secret with the right label is in a namespace that
    Kargo searches. The URL itself is part of the Secret's values, which are not read here: compare it.

    What to do: compare repoURL with the URL in the message, character by character.

    Not this when: the credential was sent and refused (credentials-rejected), or the repository's URL begins with http://
    (Kargo sends nothing there unless allowCredentialsOverHTTP is set).
    """
    access = refused(view)
    if access is None or not is_anonymous(access) or access.repo_url.startswith("http://"):
        return
    secrets = credential_secrets(view.snapshot, access.project, access.kind)
    sure = [one for one in impostors(view.snapshot, access.project, access.kind, access.repo_url) if one.certain]
    if not secrets or sure:
        return
    one = secrets[0]
    read = f"kubectl -n {one.namespace} get secrets {one.name} -o jsonpath='{{.data.repoURL}}' | base64 -d"
    again = try_again(view)
    yield Hit(
        summary=f"Kargo sent no credential to {access.repo_url or access.host}, although Secret {one.namespace}/{one.name} is "
        f"labelled {CRED_TYPE}: {access.kind}: its repoURL does not match.",
        evidence=[
            access.text.as_evidence(),
            *(fact(secret, f"metadata.labels[{CRED_TYPE}]", access.kind) for secret in secrets[:3]),
        ],
        also_explains=of_step(view),
        remedies=[
            advise(
                f"Compare the Secret's repoURL (not a secret itself) with {access.repo_url or 'the URL in the message'}",
                read,
            ),
            advise('Correct repoURL in the Secret\'s source, or add repoURLIsRegex: "true" if it is a pattern'),
            again,
        ],
        confidence=Confidence.MEDIUM if access.kind == "git" else Confidence.LOW,
    )

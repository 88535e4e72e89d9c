from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.credentials import CRED_TYPE
from gitops_master.facts.stage import StageView
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Confidence
from gitops_master.model.kubernetes import Secret
from gitops_master.rules.credentials.effects import REFUSED_EFFECTS, of_step
from gitops_master.rules.credentials.refusals import consulted, is_anonymous, refused
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import try_again
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

    Why: the Secret's repoURL must equal the repository's URL (case and a final .git aside), or be declared a regular expression by repoURLIsRegex: "true".
    A prefix, a host, another scheme or a pattern without that flag matches nothing.

    How to tell: the text says that no name was sent at all, although a Secret with the right label is in a namespace that
    Kargo searches. The URL itself is part of the Secret's values, which are not read here: compare it.

    What to do: compare repoURL with the URL in the message, character by character.

    Not this when: the credential was sent and refused (credentials-rejected), or the repository's URL begins with http://
    (Kargo sends nothing there unless allowCredentialsOverHTTP is set).
    """
    known = consulted(view, refused(view))
    if known is None or not is_anonymous(known.access) or known.access.repo_url.startswith("http://"):
        return
    if not known.secrets or known.mistaken:
        return
    access, names = known.access, " and ".join(f"{one.namespace}/{one.name}" for one in known.secrets[:3])
    many = len(known.secrets) > 1
    yield Hit(
        summary=f"Kargo sent no credential to {access.repo_url or access.host}, although {'Secrets' if many else 'Secret'} {names} "
        f"{'are' if many else 'is'} labelled {CRED_TYPE}: {access.kind}: {'no' if many else 'its'} repoURL "
        f"{'matches' if many else 'does not match'}.",
        evidence=[access.text.as_evidence(), *known.labels(3)],
        also_explains=of_step(view),
        remedies=[
            advise(
                f"Compare repoURL (not a secret itself) with {access.repo_url or 'the URL in the message'}",
                *(_urls(namespace, access.kind) for namespace in dict.fromkeys(one.namespace for one in known.secrets)),
            ),
            advise('Correct repoURL in the Secret\'s source, or add repoURLIsRegex: "true" if it is a pattern'),
            try_again(view),
        ],
        confidence=Confidence.MEDIUM if access.kind == "git" else Confidence.LOW,
    )


def _urls(namespace: str, kind: str) -> str:
    each = '{{range .items}}{{.metadata.name}} {{.data.repoURL | base64decode}}{{"\\n"}}{{end}}'
    return f"kubectl -n {namespace} get secrets -l {CRED_TYPE}={kind} -o go-template='{each}'"

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import env, kargo_controllers
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Confidence, Evidence
from gitops_master.model.kubernetes import Secret
from gitops_master.rules.credentials.cures import labelled
from gitops_master.rules.credentials.effects import REFUSED_EFFECTS, of_step
from gitops_master.rules.credentials.refusals import NOT_ABOUT_IT, Consulted, consulted, is_anonymous, refused
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import try_again
from gitops_master.rules.warehouse.patterns import ANONYMOUS, REFUSED

_IDENTITIES = (
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AZURE_CLIENT_ID",
    "GOOGLE_APPLICATION_CREDENTIALS",
)


@rule(
    "credentials-rejected",
    area="access",
    title="The repository refuses Kargo's credential",
    on=(WarehouseView, StageView),
    needs={Secret.KIND},
    explains=REFUSED_EFFECTS,
    sources=(
        "akuity/kargo v1.11.2 pkg/promotion/runner/builtin/git_cloner.go",
        "akuity/kargo v1.11.2 pkg/controller/warehouses/warehouses.go",
    ),
    patterns=REFUSED,
    unless=(ANONYMOUS, *NOT_ABOUT_IT),
)
def check(view: WarehouseView | StageView) -> Iterator[Hit]:
    """Discovery, clone, push or opening a pull request ends with 401, 403 or `authentication failed`.

    Why: the credential that Kargo has is expired, revoked or lacks a permission. Tokens for reading do not push, and those
    for pushing do not open pull requests.

    How to tell: the refusal's text; a Secret with the right label in a namespace that Kargo searches, or an identity on
    the controller; no sign that nothing was sent.

    What to do: look at the token where it was issued (expiry, scopes), renew it in the Secret.

    Not this when: no Secret is labelled for it (no-git-credentials-for-kargo, credential-secret-missing-cred-type-label),
    or the branch's rules refuse the push (push-to-protected-branch-denied).
    """
    known = consulted(view, refused(view))
    if known is None or is_anonymous(known.access):
        return
    access, secrets = known.access, known.secrets
    identity = _identity(view) if access.kind != "git" else []
    if not secrets and not identity and (known.mistaken or view.snapshot.knows_all(Secret.KIND)):
        return
    yield Hit(
        summary=f"{access.host if access.repo_url else 'The repository'} refuses {_sent(known, identity)} for "
        f"{access.repo_url or 'the repository'}: it is expired, revoked or not allowed to do this.",
        evidence=[access.text.as_evidence(), *known.labels(2), *identity[:1]],
        also_explains=of_step(view),
        remedies=[
            advise(
                "Look at the token where it was issued: expiry, scopes, access to this repository; renew it in the Secret's source",
                labelled(access),
            ),
            try_again(view),
        ],
        confidence=Confidence.HIGH
        if len(secrets) == 1
        else Confidence.MEDIUM
        if secrets or identity
        else Confidence.LOW,
    )


def _sent(known: Consulted, identity: list[Evidence]) -> str:
    names = [f"{one.namespace}/{one.name}" for one in known.secrets]
    if len(names) > 1:
        return f"Kargo's credential (one of the Secrets {', '.join(names[:3])})"
    if names:
        return f"the credential in Secret {names[0]}"
    return "the controller's cloud identity" if identity else "Kargo's credential"


def _identity(view: WarehouseView | StageView) -> list[Evidence]:
    """A cloud identity on the controller, which stands for a registry credential."""
    return [
        fact(pod, f"spec.containers[].env[{name}]", value)
        for pod in kargo_controllers(view.snapshot)
        for name in _IDENTITIES
        if (value := env(pod, name))
    ]

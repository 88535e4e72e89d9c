from collections.abc import Iterator

from gitops_master.facts.controllers import env, kargo_controllers
from gitops_master.facts.credentials import CRED_TYPE, attempts, credential_secrets
from gitops_master.facts.patterns import search
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Confidence
from gitops_master.model.kubernetes import Secret
from gitops_master.rules.credentials.cures import create
from gitops_master.rules.credentials.effects import REFUSED_EFFECTS, of_step
from gitops_master.rules.credentials.patterns import ABOUT_AWS
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import try_again, upgrade_kargo
from gitops_master.rules.warehouse.patterns import REFUSED

_IDENTITY = ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


@rule(
    "ecr-credential-provider-claims-all-registries",
    area="access",
    title="The ECR provider answers for a registry that is not ECR",
    on=(WarehouseView, StageView),
    needs={Secret.KIND},
    explains=REFUSED_EFFECTS | {"credentials-rejected", "credential-repourl-does-not-match-repository"},
    versions=("kargo >= 1.9, < 1.10.6",),
    sources=("akuity/kargo#6332", "akuity/kargo#6377", "akuity/kargo v1.10.5 pkg/credentials/ecr/managed_identity.go"),
)
def check(view: WarehouseView | StageView) -> Iterator[Hit]:
    """Since the controller has an AWS identity, registries other than ECR (Google's, most often) refuse Kargo.

    Why: in these releases the ECR provider for that identity claims every image and chart URL, and the first provider that
    claims wins: for what is not on ECR it has no answer, and access is anonymous. Only a Secret with username and password is
    asked before it; a service account key or another cloud's identity is not.

    How to tell: the repository is not on ECR, it refuses (401, 403) or the error is about AWS, and the controller pod has an
    AWS identity.

    What to do: upgrade.

    Not this when: the repository is on ECR itself, or before 1.9, where a provider without an answer is passed over.
    """
    for access in attempts(view):
        if access.kind == "git" or ".ecr." in access.host or "ecr.aws" in access.host:
            continue
        about_aws = search(ABOUT_AWS, access.text) is not None
        pods = kargo_controllers(view.snapshot)
        identity = [(pod, name, value) for pod in pods for name in _IDENTITY if (value := env(pod, name))]
        secrets = credential_secrets(view.snapshot, access.project, access.kind)
        if not about_aws and not (identity and secrets and search(REFUSED, access.text)):
            continue
        yield Hit(
            summary=f"Kargo's ECR provider answers for {access.repo_url}, which is not on ECR: it claims every registry, so the "
            "credential that is meant for this one is never used.",
            evidence=[
                access.text.as_evidence(),
                *(fact(pod, f"spec.containers[].env[{name}]", value) for pod, name, value in identity[:1]),
                *(fact(one, f"metadata.labels[{CRED_TYPE}]", access.kind) for one in secrets[:1]),
            ],
            also_explains=of_step(view),
            remedies=[
                create(
                    access,
                    f"Until the upgrade: give Kargo a username and password for {access.host}; such a Secret is asked before ECR",
                ),
                upgrade_kargo(view.snapshot, "v1.10.6"),
                try_again(view),
            ],
            confidence=Confidence.HIGH if about_aws and identity else Confidence.MEDIUM,
        )
        return

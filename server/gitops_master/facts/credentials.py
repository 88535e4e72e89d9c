"""Which Secrets Kargo would consult for a repository, as far as their labels tell. Values are never read.

Kargo lists Secrets by the label kargo.akuity.io/cred-type in the project's namespace, then in the shared one
(pkg/credentials/kubernetes/database.go, v1.11.2); nothing else makes a Secret a credential.
"""

import re
from collections.abc import Iterator

import msgspec

from gitops_master.facts.controllers import env, kargo_controllers
from gitops_master.facts.stage import StageView
from gitops_master.facts.subscriptions import host_of, named_in
from gitops_master.facts.texts import Text
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.kubernetes import Secret
from gitops_master.model.snapshot import Snapshot

CRED_TYPE = "kargo.akuity.io/cred-type"
ARGOCD_SECRET = "argocd.argoproj.io/secret-type"
TYPES = frozenset({"git", "image", "helm"})
_SHARED = ("kargo-shared-resources",)
"""The shared namespace's name unless the controller's SHARED_RESOURCES_NAMESPACE says another one."""
_URL = re.compile(r"(?:https?|ssh|git|oci)://[^\s\"'<>]+|git@[\w.-]+:[^\s\"'<>]+")
_STEP_KINDS = {"helm-update-chart": "helm", "helm-template": "helm", "oci-download": "image", "oci-push": "image"}


class Access(msgspec.Struct, frozen=True):
    """One attempt to reach a repository, and what came of it. `kind`: git, image or helm, as in cred-type."""

    text: Text
    repo_url: str
    kind: str
    project: str

    @property
    def host(self) -> str:
        return host_of(self.repo_url)


def attempts(view: StageView | WarehouseView) -> Iterator[Access]:
    """Failed attempts that hold the view back now: a discovery, a failed step, a running step that is tried again."""
    if isinstance(view, WarehouseView):
        yield from _discovery(view)
        return
    for step, texts in ((view.failed_step, view.failure_texts), (view.running_step, _retried(view))):
        if step is None or not (step.uses.startswith(("git-", "github-")) or step.uses in _STEP_KINDS):
            continue
        for text in texts:
            given = str(step.step.config.get("repoURL") or step.step.config.get("imageRef") or "")
            url = given if given and "${{" not in given else _url_in(text.value)
            yield Access(text, url, _STEP_KINDS.get(step.uses, "git"), view.project)


def _retried(view: StageView) -> list[Text]:
    step, running = view.running_step, view.running
    if step is None or running is None or not step.message:
        return []
    return [Text(running.ref, f"status.stepExecutionMetadata[{step.index}].message", step.message)]


def _discovery(view: WarehouseView) -> Iterator[Access]:
    if view.failure is None:
        return
    one = next(iter(named_in(view, view.failure)), None)
    if one is not None:
        yield Access(view.failure, one.repo_url, "helm" if one.kind == "chart" else one.kind, view.project)


def _url_in(text: str) -> str:
    match = _URL.search(text)
    return match[0].rstrip("/:;,.)") if match else ""


def searched_namespaces(snapshot: Snapshot, project: str) -> list[str]:
    """Where Kargo looks for credentials of a project, in order."""
    named = [
        env(pod, name)
        for pod in kargo_controllers(snapshot)
        for name in ("SHARED_RESOURCES_NAMESPACE", "GLOBAL_CREDENTIALS_NAMESPACES")
    ]
    shared = [one.strip() for value in named if value for one in value.split(",")]
    return list(dict.fromkeys([project, *(shared or _SHARED)]))


def credential_secrets(snapshot: Snapshot, project: str, kind: str) -> list[Secret]:
    """Secrets that Kargo consults for this kind of repository."""
    return [
        one
        for namespace in searched_namespaces(snapshot, project)
        for one in snapshot.all(Secret, namespace)
        if one.labels.get(CRED_TYPE) == kind
    ]


class Impostor(msgspec.Struct, frozen=True):
    """A Secret that looks meant as a credential and that Kargo does not see. `certain`: it says so itself."""

    secret: Secret
    path: str
    value: str
    certain: bool
    why: str


def impostors(snapshot: Snapshot, project: str, kind: str, repo_url: str) -> list[Impostor]:
    """Secrets of the searched namespaces with the type written in the wrong way, the surest first."""
    found = [
        impostor
        for namespace in searched_namespaces(snapshot, project)
        for one in snapshot.all(Secret, namespace)
        if (impostor := _impostor(one, kind, repo_url)) is not None
    ]
    return sorted(found, key=lambda one: (not one.certain, one.secret.name))


def _impostor(one: Secret, kind: str, repo_url: str) -> Impostor | None:
    label, note = one.labels.get(CRED_TYPE), one.annotations.get(CRED_TYPE)
    if label in TYPES or label == "generic":
        return None
    if label is not None:
        return Impostor(one, f"metadata.labels[{CRED_TYPE}]", label, True, f"its label has the value {label}")
    if note is not None and (note == kind or note not in TYPES):
        return Impostor(one, f"metadata.annotations[{CRED_TYPE}]", note, True, "it carries the type as an annotation")
    for key, value in one.labels.items():
        if "cred" in key and "kargo" in key:
            return Impostor(one, f"metadata.labels[{key}]", value, True, f"its label is called {key}")
        if key == ARGOCD_SECRET and value in {"repository", "repo-creds"}:
            return Impostor(one, f"metadata.labels[{key}]", value, True, "it is labelled for Argo CD, not for Kargo")
    if _sounds_like(one, kind, repo_url):
        text = ", ".join(f"{key}: {value}" for key, value in one.labels.items()) or "no labels"
        return Impostor(one, "metadata.labels", text, False, "it has no such label")
    return None


_WORDS = re.compile(r"[a-z0-9]+")
_MEANT = {
    "git": {"git", "github", "gitlab", "gitea", "bitbucket", "deploy", "repo", "repository"},
    "image": {"image", "images", "registry", "docker", "ecr", "gar", "gcr", "acr", "ghcr", "harbor", "quay", "pull"},
    "helm": {"helm", "chart", "charts"},
}
_SYSTEM = ("kubernetes.io/service-account-token", "helm.sh/", "bootstrap.kubernetes.io/", "kubernetes.io/tls")


def _sounds_like(one: Secret, kind: str, repo_url: str) -> bool:
    """Whether an unlabelled Secret's type or name says what it is for."""
    if one.type.startswith(_SYSTEM) or "webhook" in one.name:
        return False
    if kind in {"image", "helm"} and one.type in {"kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"}:
        return True
    words = set(_WORDS.findall(one.name.lower()))
    hosts = set(_WORDS.findall(host_of(repo_url).lower())) - {
        "com",
        "org",
        "net",
        "io",
        "example",
        "www",
        "registry",
        "git",
    }
    says_credential = bool(
        words & {"cred", "creds", "credential", "credentials", "token", "auth", "login", "key", "secret"}
    )
    return bool(words & _MEANT.get(kind, set())) or (says_credential and bool(words & hosts))


def argocd_repository_secrets(snapshot: Snapshot) -> list[Secret]:
    """Repository Secrets of Argo CD: they mean nothing to Kargo."""
    return [one for one in snapshot.all(Secret) if one.labels.get(ARGOCD_SECRET) in {"repository", "repo-creds"}]

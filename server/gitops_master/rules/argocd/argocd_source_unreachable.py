from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.app_sources import source_facts, source_in
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import find, peel
from gitops_master.facts.stage import StageView
from gitops_master.facts.subscriptions import host_of
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, afterwards, app_faults, excerpt
from gitops_master.rules.argocd.source_patterns import (
    CREDENTIALS_REFUSED,
    HOST_KEY,
    NO_SUCH_NAME,
    NOT_THE_SOURCE,
    SOURCE_UNREACHABLE,
    UNKNOWN_DEPENDENCY,
    UNTRUSTED,
)
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import app_state


@rule(
    "argocd-source-unreachable",
    area="argocd",
    title="Argo CD cannot read the Application's source",
    on=(StageView, ApplicationView),
    needs={Application.KIND},
    explains=APP_EFFECTS | {"manifest-render-error", "target-revision-unresolvable"},
    sources=("argoproj/argo-cd util/git/client.go, util/helm/client.go; argo-cd #9229, #7723, #7078",),
    unless=NOT_THE_SOURCE,
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The comparison fails before anything is rendered: the repository, chart repository or registry cannot be read.

    Why: the repo-server fetches Git, Helm and OCI sources with credentials of its own (Secrets labelled
    argocd.argoproj.io/secret-type). They are missing, refused or do not match the URL, the host key or the certificate is
    not trusted, or the repository is not there. Kargo's access to the same repository is separate.

    How to tell: a condition, the operation or a resource result of the Application (or the step that quotes it) ends with
    the words of git, ssh, TLS, Helm or the registry; spec.source.repoURL tells which one was asked.

    What to do: mend the one thing the text names (a repository Secret whose url is a prefix of the repoURL, the host key in
    argocd-ssh-known-hosts-cm, the authority in argocd-tls-certs-cm, or the URL itself), then let Argo CD compare again.

    Not this when: the repository answers but lacks the revision (target-revision-unresolvable); it is a cluster, a webhook
    or the repo-server that does not answer.
    """
    for fault in app_faults(view, SOURCE_UNREACHABLE, NOT_THE_SOURCE):
        message = peel(fault.found.text.value)
        url, shown = _source(fault)
        yield Hit(
            summary=f"Argo CD's repo-server cannot read {url or 'the source'} for Application {fault.name}: {message}",
            evidence=[excerpt(fault.found), *shown],
            remedies=[_cure(fault, message, url), *afterwards(view, fault, hard=True)],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _source(fault: AppFault) -> tuple[str, list[Evidence]]:
    app = fault.application
    if app is None:
        return "", []
    found = source_in(app, fault.found.text.value)
    return found[1].repo_url if found else "", source_facts(app, found, revision=False)


def _cure(fault: AppFault, message: str, url: str) -> Remedy:
    """What the text asks for; all that it can be only where it does not tell."""
    done = app_state(fault.trouble.ref)
    place, source = f"kubectl -n {fault.trouble.ref.namespace}", url or "the Application's repoURL"
    secrets = f"{place} get secrets -l 'argocd.argoproj.io/secret-type in (repository, repo-creds)'"
    host = host_of(url).partition(":")[0] if url else "the server"
    if find(HOST_KEY, message):
        return advise(
            f"Put the host key of {host} into ConfigMap argocd-ssh-known-hosts-cm, after comparing it with the one that its operator "
            "publishes (a key that changed without notice may be an attack)",
            f"{place} get configmap argocd-ssh-known-hosts-cm -o yaml",
            confirm_with=done,
        )
    if find(UNTRUSTED, message):
        return advise(
            f"Have the certificate of {host} renewed if it has expired, or put the authority that signed it into ConfigMap "
            f"argocd-tls-certs-cm under the key {host}",
            f"{place} get configmap argocd-tls-certs-cm -o yaml",
            confirm_with=done,
        )
    if find(NO_SUCH_NAME, message):
        return advise(f"Correct the host name in {source}, or let the repo-server's DNS resolve it", confirm_with=done)
    if find(UNKNOWN_DEPENDENCY, message):
        words = "Add the chart repository that the text names to Argo CD (a Secret with label argocd.argoproj.io/secret-type=repository)"
        return advise(words, secrets, confirm_with=done)
    if find(CREDENTIALS_REFUSED, message):
        return advise(
            f"Give Argo CD valid credentials for {source}: a Secret with label argocd.argoproj.io/secret-type=repository (or "
            "repo-creds) whose url is a prefix of it; hosts answer the same where the repository does not exist, so check its name",
            secrets,
            confirm_with=done,
        )
    return advise(
        f"Mend Argo CD's access to {source}: its Secret (label argocd.argoproj.io/secret-type=repository or repo-creds), the host "
        "key or authority it trusts, the network path, or the URL itself",
        secrets,
        confirm_with=done,
    )

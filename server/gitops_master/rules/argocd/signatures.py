from gitops_master.model.finding import Risk, Severity
from gitops_master.rules.argocd.patterns import (
    ANNOTATION_TOO_LONG,
    DEPENDENCY_REFUSED,
    DESTINATION_REFUSED,
    REFUSED_BY_PROJECT,
    REJECTED,
    REJECTED_ELSEWHERE,
    SYNC_GAVE_UP,
)
from gitops_master.rules.argocd.source_patterns import (
    ELSEWHERE,
    NOT_THE_SOURCE,
    NOT_THE_TEMPLATE,
    RENDER_FAILED,
    REVISION_MISSING,
    SOURCE_UNREACHABLE,
)
from gitops_master.rules.signatures import Place, Signature, declare

declare(
    Signature(
        id="manifest-render-error",
        area="argocd",
        title="The manifests of the source cannot be rendered",
        place=Place.APP,
        pattern=RENDER_FAILED,
        unless=NOT_THE_TEMPLATE,
        summary="Application {app} cannot be rendered from its source: {message}",
        why="Helm, Kustomize, a plugin or the YAML reader refuses the source at this revision: a template, a value file, a "
        "path or a reference is wrong. After three failures Argo CD replays the error for an hour (`Manifest generation "
        "error (cached)`), even where the reason lay outside the repository and is gone.",
        advice="Mend in git what the text names and let Argo CD take the new commit up; where nothing changed in git and "
        "the text says (cached), only a hard refresh renders anew",
        then=("refresh-app-hard", "repromote"),
        source="argoproj/argo-cd reposerver/repository/repository.go, util/helm, util/kustomize; argo-cd #12039, #4238, #16012",
    ),
    Signature(
        id="argocd-source-unreachable",
        area="argocd",
        title="Argo CD cannot read the Application's source",
        place=Place.APP,
        pattern=SOURCE_UNREACHABLE,
        unless=NOT_THE_SOURCE,
        explains=frozenset({"manifest-render-error", "target-revision-unresolvable"}),
        summary="Argo CD's repo-server cannot read the source of Application {app}: {message}",
        why="The repo-server fetches Git, Helm and OCI sources with credentials of its own (Secrets labelled "
        "argocd.argoproj.io/secret-type). They are missing, refused or do not match the URL, the host key or the "
        "certificate is not trusted, or the repository is not there. Kargo's access to the same repository is separate.",
        advice="Mend Argo CD's access to the source: a Secret with label argocd.argoproj.io/secret-type=repository (or "
        "repo-creds) whose url is a prefix of the Application's repoURL, the host key in argocd-ssh-known-hosts-cm, the "
        "authority in argocd-tls-certs-cm, or the URL itself; then refresh",
        then=("refresh-app-hard", "repromote"),
        source="argoproj/argo-cd util/git/client.go, util/helm/client.go; argo-cd #9229, #7723, #7078",
    ),
    Signature(
        id="target-revision-unresolvable",
        area="argocd",
        title="The Application's target revision does not exist",
        place=Place.APP,
        pattern=REVISION_MISSING,
        unless=ELSEWHERE,
        explains=frozenset({"manifest-render-error"}),
        summary="The target revision of Application {app} does not exist in its source: {message}",
        why="The branch, tag, commit or chart version in targetRevision was never pushed, is misspelt, or was deleted or "
        "overwritten since; the repository itself answers.",
        advice="Push the revision (a Stage's branch comes with its first promotion), or set targetRevision to one that "
        "exists, in the Application's source of truth; then refresh",
        then=("refresh-app", "repromote"),
        source="argoproj/argo-cd util/git/client.go, reposerver/repository/repository.go; argo-cd #7282",
    ),
    Signature(
        id="client-side-apply-annotation-limit",
        area="argocd",
        title="An object is too large for client-side apply",
        place=Place.APP,
        pattern=ANNOTATION_TOO_LONG,
        explains=frozenset({"manifest-rejected-as-invalid"}),
        summary="Application {app} cannot be synced: {object} is too large to be kept in the last-applied-configuration "
        "annotation (limit 262144 bytes)",
        why="Client-side apply stores the whole object in an annotation of itself; large CRDs and ConfigMaps exceed what all "
        "annotations of an object may have together.",
        advice="Let Argo CD apply this object on the server's side: annotate it with argocd.argoproj.io/sync-options: "
        "ServerSideApply=true in git, or set that sync option on the Application",
        then=("repromote",),
        source="argoproj/argo-cd util/argo/argo.go; cloudnative-pg/charts#325, prometheus-operator#4355, linode/apl-core#3449",
    ),
    Signature(
        id="manifest-rejected-as-invalid",
        area="argocd",
        title="The API server refuses a manifest as invalid",
        place=Place.APP,
        pattern=REJECTED,
        unless=REJECTED_ELSEWHERE,
        explains=frozenset({"manifest-render-error"}),
        summary="Application {app} cannot be synced: the API server refuses one of its objects as invalid: {message}",
        why="The manifests render, but a field is unknown, has a value out of range, or fails the schema; a renderer and a "
        "linter need not notice.",
        advice="Mend the field that the text names, in git; then promote a revision that has it. A forced sync or Validate=false "
        "only hides the mistake",
        then=("repromote",),
        source="Kubernetes API server validation; argoproj/argo-cd gitops-engine/pkg/sync/sync_context.go",
    ),
    Signature(
        id="destination-not-allowed-in-appproject",
        area="argocd",
        title="The AppProject does not allow the destination",
        place=Place.APP,
        pattern=DESTINATION_REFUSED,
        severity=Severity.HIGH,
        risk=Risk.MEDIUM,
        summary="The AppProject of Application {app} does not allow where it deploys to: {message}",
        why="An AppProject lists the clusters and namespaces its Applications may use. A destination outside the list is an "
        "invalid spec (sync and health Unknown); an object for a namespace outside it is refused in the sync.",
        advice="Add the destination (server and namespace) to spec.destinations of the AppProject, by way of whoever owns it, or "
        "correct the Application's destination or the object's namespace; never move the Application to another project "
        "to get around it",
        then=("refresh-app", "repromote"),
        source="argoproj/argo-cd util/argo/argo.go ValidatePermissions, controller/sync.go; argo-cd #11510",
    ),
    Signature(
        id="resource-kind-not-permitted-in-appproject",
        area="argocd",
        title="The AppProject does not permit a kind or source of the Application",
        place=Place.APP,
        pattern=(REFUSED_BY_PROJECT, DEPENDENCY_REFUSED),
        risk=Risk.MEDIUM,
        summary="The AppProject of Application {app} does not permit something it uses: {message}",
        why="An AppProject lists kinds (cluster-scoped ones must be listed to be allowed) and source repositories, Helm "
        "dependencies included; and the project must exist.",
        advice="Add exactly that kind (clusterResourceWhitelist or namespaceResourceWhitelist) or repository (sourceRepos) to "
        "the AppProject, by way of whoever owns it, or take it out of the manifests; create the project first where it is "
        "missing",
        then=("refresh-app", "repromote"),
        source="argoproj/argo-cd controller/sync.go, util/argo/argo.go; argo-cd #1329",
    ),
    Signature(
        id="auto-sync-gave-up-on-revision",
        area="argocd",
        title="Automated sync does not try this revision again",
        place=Place.APP,
        pattern=SYNC_GAVE_UP,
        summary="Automated sync of Application {app} has given up on revision {revision} and does not try it again by itself: "
        "{message}",
        why="After its retries automated sync leaves a revision alone that failed, also when the obstacle has gone since; "
        "selfHeal and refreshes do not change that, only a new revision or a sync by hand.",
        advice="If what the text names is gone, sync once by hand with the Application's own sync options, or push any new "
        "commit; if it is still there, mend it first",
        then=("sync-app", "repromote"),
        risk=Risk.MEDIUM,
        severity=Severity.MEDIUM,
        source="argoproj/argo-cd controller/appcontroller.go autoSync; argo-cd #4101",
    ),
)

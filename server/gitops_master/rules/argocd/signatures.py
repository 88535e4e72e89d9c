from gitops_master.model.finding import Severity
from gitops_master.rules.app_faults import rendered_from, state_facts
from gitops_master.rules.argocd.patterns import (
    ANNOTATION_TOO_LONG,
    REJECTED,
    REJECTED_ELSEWHERE,
    SYNC_GAVE_UP,
)
from gitops_master.rules.argocd.source_patterns import (
    NOT_THE_TEMPLATE,
    RENDER_FAILED,
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
        advice="Mend in git what the text names; a normal refresh then takes the new commit up. Where the cause lay outside "
        "git (a tool, a remote file, a plugin), mend that; a text with (cached) is a replay then, and only a hard refresh "
        "renders the same commit anew",
        then=("refresh-app", "repromote"),
        source="argoproj/argo-cd v3.5.1 reposerver/repository/repository.go, util/helm, util/kustomize; argo-cd #12039, #4238, "
        "#16012",
        shows=rendered_from,
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
        then=("refresh-app", "repromote"),
        source="argoproj/argo-cd util/argo/argo.go; cloudnative-pg/charts#325, prometheus-operator#4355, linode/apl-core#3449",
        shows=state_facts,
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
        then=("refresh-app", "repromote"),
        source="Kubernetes API server validation; argoproj/argo-cd gitops-engine/pkg/sync/sync_context.go",
        shows=state_facts,
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
        advice="Mend what the text names, if it is still there. Any new commit is then synced by itself; for this same revision "
        "a sync by hand is needed (a refresh does nothing)",
        then=("sync-app", "repromote"),
        severity=Severity.MEDIUM,
        source="argoproj/argo-cd v3.5.1 controller/appcontroller.go autoSync; argo-cd #4101",
        shows=state_facts,
    ),
)

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import Found, Pattern, first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Risk, Severity
from gitops_master.rules.app_faults import APP_EFFECTS, apps_of, stage_effects
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_app

SHARED = Pattern(
    "resource-of-two-applications",
    r"(?P<object>\S+) is part of applications (?P<first>\S+) and (?P<second>\S+)",
    "argoproj/argo-cd@v3.5.1 controller/state.go, controller/sync.go (FailOnSharedResource)",
    vectors=(
        "ConfigMap/lookup is part of applications argocd/lookup-live and argocd/lookup-shared",
        "Shared resource found: ConfigMap/lookup is part of applications argocd/lookup-live and argocd/lookup-shared",
    ),
)


@rule(
    "resource-owned-by-two-applications",
    area="argocd",
    title="Two Applications manage the same object",
    on=(StageView, ApplicationView),
    severity=Severity.MEDIUM,
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"self-heal-loop"},
    sources=("argoproj/argo-cd controller/state.go", "argoproj/argo-cd#8503", "argoproj/argo-cd#18411"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The Application never stays Synced, or its sync fails with `Shared resource found`.

    Why: the object's tracking mark names one Application, and another renders the same object. Each takes it over in turn;
    with FailOnSharedResource=true the sync is refused. Under label tracking a chart that sets
    app.kubernetes.io/instance itself looks the same.

    How to tell: a SharedResourceWarning `… is part of applications A and B` while the Application is OutOfSync, or the
    sync's own refusal.

    What to do: let one Application own the object and take it out of the other; use annotation tracking where only a label
    is the reason.

    Not this when: the warning stands there but the Application is Synced: then nothing is held up.
    """
    for app in apps_of(view):
        found = _conflict(app)
        if found is None:
            continue
        yield Hit(
            summary=f"{found.groups['object']} belongs to Applications {found.groups['first']} and {found.groups['second']}, which overwrite each "
            "other.",
            evidence=[found.text.as_evidence(), fact(app.app, "status.sync.status", app.sync or "none")],
            remedies=[
                advise(
                    "Take the object out of one of the two Applications, in git; where only the label app.kubernetes.io/instance is the "
                    "reason, use application.resourceTrackingMethod: annotation in argocd-cm",
                    risk=Risk.MEDIUM,
                    destroys="the object, where the Application that loses it prunes it: set Prune=false on it first",
                ),
                refresh_app(app.ref),
            ],
            subject=app.ref,
            also_explains=stage_effects(view, app),
        )


def _conflict(app: ApplicationView) -> Found | None:
    """The sync's own refusal; a warning only where the Application is held up."""
    warned = app.complaints("SharedResourceWarning") if app.sync == "OutOfSync" else []
    return first(SHARED, [*app.texts, *warned])

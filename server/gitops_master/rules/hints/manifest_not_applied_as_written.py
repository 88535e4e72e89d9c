from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import home
from gitops_master.facts.patterns import peel
from gitops_master.model.finding import Class, Severity
from gitops_master.rules.registry import Hit, rule


@rule(
    "manifest-not-applied-as-written",
    area="hints",
    title="A manifest of the source is left out or overwritten by another",
    on=ApplicationView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    sources=("argoproj/argo-cd controller/state.go", "argoproj/argo-cd docs/operator-manual/upgrading/2.14-3.0.md"),
    is_hint=True,
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """The Application is Synced, and yet an object from git is not there, or not as one of its manifests says.

    Why: Argo CD does not apply kinds on its exclusion list (since 3.0 it ships one: Endpoints, EndpointSlices, Leases and
    others); and of an object that the source renders twice, the last rendering wins.

    How to tell: condition ExcludedResourceWarning or RepeatedResourceWarning, which names the object.

    What to do: take the object out of the source (or out of the exclusions), or render it once.

    Not this when: the object is there and differs: that is OutOfSync.
    """
    texts = app.complaints("ExcludedResourceWarning", "RepeatedResourceWarning")
    if not texts:
        return
    place = home(app.app, app.snapshot)
    yield Hit(
        summary=f"Not all that the source of {app.app.name} renders is applied: {peel(texts[0].value)}",
        evidence=[text.as_evidence() for text in texts[:3]],
        remedies=[
            advise(
                f"Take the object out of the source or render it once; for an excluded kind see resource.exclusions in argocd-cm of {place}",
                f"kubectl -n {place} get configmap argocd-cm -o yaml",
            )
        ],
    )

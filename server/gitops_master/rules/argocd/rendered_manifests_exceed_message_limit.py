from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import home
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Risk
from gitops_master.rules.app_faults import APP_EFFECTS, app_faults, excerpt
from gitops_master.rules.patterns import Pattern
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise, refresh_app, repromote

LARGER = Pattern(
    "grpc-message-too-large",
    r"message larger than max \((?P<size>\d+) vs\. (?P<limit>\d+)\)",
    "google.golang.org/grpc rpc_util.go; argoproj/argo-cd reposerver/apiclient/clientset.go sets the limit",
    vectors=(
        "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (112873921 vs. 104857600)",
        "rpc error: code = ResourceExhausted desc = grpc: trying to send message larger than max (209785211 vs. 209715200)",
    ),
)


@rule(
    "rendered-manifests-exceed-message-limit",
    area="argocd",
    title="The rendered manifests are larger than Argo CD's components may send each other",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"manifest-render-error", "repo-server-unavailable"},
    sources=("argoproj/argo-cd reposerver/apiclient/clientset.go", "argoproj/argo-cd#16529", "argoproj/argo-cd#3117"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """Sync and health are Unknown; a ComparisonError says `ResourceExhausted … larger than max`.

    Why: the repo-server answers with all manifests in one gRPC message, which may have 100 MB by default. The source renders
    to more than that (a whole catalogue of CRDs, generated data in ConfigMaps).

    How to tell: code ResourceExhausted with two numbers: the size and the limit.

    What to do: render less (split the Application, leave generated data out), or raise ARGOCD_GRPC_MAX_SIZE_MB on both sides.

    Not this when: the repo-server is killed for its memory while it renders.
    """
    for one in app_faults(view, LARGER):
        place = home(one.application, view.snapshot)
        again = [repromote(view)] if isinstance(view, StageView) and one.trouble.ended_promotion else []
        yield Hit(
            summary=f"Application {one.name} renders to more than one message between Argo CD's components may hold.",
            evidence=[excerpt(one.found)],
            remedies=[
                advise("Split the Application, or take generated data and CRDs out of it, so that it renders to less"),
                advise(
                    f"Or raise ARGOCD_GRPC_MAX_SIZE_MB on the repo-server, the application controller and the API server in {place}, with memory "
                    "to match",
                    risk=Risk.MEDIUM,
                ),
                refresh_app(one.trouble.ref, hard=True),
                *again,
            ],
            subject=one.trouble.ref,
            also_explains=one.effects,
        )

from collections.abc import Iterator
from math import ceil

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import PARAMETERS, home
from gitops_master.facts.patterns import Pattern
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Remedy, Risk
from gitops_master.rules.app_faults import APP_EFFECTS, AppFault, app_faults, excerpt, rendered_from
from gitops_master.rules.argocd.restarts import RENDERS_LOST, restart
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import app_state, refresh_app, repromote

LARGER = Pattern(
    "grpc-message-too-large",
    r"message larger than max \((?P<size>\d+) vs\. (?P<limit>\d+)\)",
    "google.golang.org/grpc rpc_util.go; argoproj/argo-cd@v3.5.1 reposerver/apiclient/clientset.go sets the limit (100 MiB)",
    vectors=(
        "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (112873921 vs. 104857600)",
        "rpc error: code = ResourceExhausted desc = grpc: trying to send message larger than max (209785211 vs. 209715200)",
    ),
)


_MIB = 1024 * 1024


@rule(
    "rendered-manifests-exceed-message-limit",
    area="argocd",
    title="The rendered manifests are larger than Argo CD's components may send each other",
    on=(StageView, ApplicationView),
    risk=Risk.MEDIUM,
    needs={Application.KIND},
    explains=APP_EFFECTS | {"manifest-render-error", "repo-server-unavailable"},
    sources=(
        "argoproj/argo-cd v3.5.1 reposerver/apiclient/clientset.go",
        "argoproj/argo-cd v3.5.1 manifests/base/repo-server/argocd-repo-server-deployment.yaml",
        "argoproj/argo-cd#16529",
        "argoproj/argo-cd#3117",
    ),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """Sync and health are Unknown; a ComparisonError says `ResourceExhausted … larger than max`.

    Why: the repo-server answers with all manifests in one gRPC message, which may have 100 MB by default. The source renders
    to more than that (a whole catalogue of CRDs, generated data in ConfigMaps).

    How to tell: code ResourceExhausted with two numbers: the size and the limit. `received` is the controller's limit, `trying
    to send` the repo-server's.

    What to do: render less (split the Application, leave generated data out), or raise the limit on both sides: the repo-server
    takes it from reposerver.grpc.max.size in argocd-cmd-params-cm, the controller from its variable ARGOCD_GRPC_MAX_SIZE_MB.

    Not this when: the repo-server is killed for its memory while it renders.
    """
    for one in app_faults(view, LARGER):
        place = home(one.application, view.snapshot)
        again = [repromote(view)] if isinstance(view, StageView) and one.trouble.ended_promotion else []
        yield Hit(
            summary=f"Application {one.name} renders to {_sizes(one)} one message from Argo CD's repo-server may hold.",
            evidence=[excerpt(one.found), *rendered_from(one)],
            remedies=[
                advise("Split the Application, or take generated data and CRDs out of it, so that it renders to less"),
                _raised(one, place),
                refresh_app(one.trouble.ref),
                *again,
            ],
            subject=one.trouble.ref,
            also_explains=one.effects,
        )


def _sizes(one: AppFault) -> str:
    size, limit = (int(one.group(name) or 0) / _MIB for name in ("size", "limit"))
    return f"{size:.0f} MiB of manifests, more than the {limit:.0f} MiB that" if size and limit else "more than"


def _raised(one: AppFault, place: str) -> Remedy:
    """A quarter more than is needed now."""
    enough = ceil(int(one.group("size") or 0) / _MIB * 1.25) or 200
    controller = "app.kubernetes.io/name=argocd-application-controller"
    return advise(
        f"Or let a message hold {enough} MiB, on both sides and with memory to match (for good: in the values or manifests that install "
        "Argo CD)",
        f"kubectl -n {place} patch configmap {PARAMETERS} --type merge -p "
        f'\'{{"data":{{"reposerver.grpc.max.size":"{enough}"}}}}\'',
        restart(place, "deployment", "argocd-repo-server"),
        f"kubectl -n {place} set env statefulset -l {controller} ARGOCD_GRPC_MAX_SIZE_MB={enough}",
        risk=Risk.MEDIUM,
        destroys=f"{RENDERS_LOST}; the application controller compares nothing until its clusters are loaded anew",
        confirm_with=app_state(one.trouble.ref),
    )

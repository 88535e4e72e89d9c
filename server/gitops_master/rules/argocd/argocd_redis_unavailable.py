from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import component_pods, home
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import is_ready, last_exit
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy, Risk, Severity
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod
from gitops_master.rules.app_faults import APP_EFFECTS, app_faults, excerpt
from gitops_master.rules.patterns import Pattern, search
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import advise, refresh_app, repromote

_SOURCE = "github.com/redis/go-redis and Redis itself, through argoproj/argo-cd@v3.5.1 util/cache/redis.go"
REDIS_UNREACHABLE = Pattern(
    "redis-unreachable",
    r":2?6379: (?:connect: (?:connection refused|no route to host)|i/o timeout)|redis: connection pool timeout",
    _SOURCE,
    vectors=(
        "dial tcp 10.96.17.4:6379: connect: connection refused",
        "dial tcp 10.96.17.4:6379: i/o timeout",
        "redis: connection pool timeout",
    ),
)
REDIS_REFUSED = Pattern(
    "redis-password-refused",
    r"NOAUTH (?:Authentication required|HELLO must be called)|WRONGPASS invalid username-password",
    _SOURCE,
    vectors=(
        "NOAUTH Authentication required.",
        "WRONGPASS invalid username-password pair or user is disabled.",
    ),
)
"""A failing name lookup is DNS, and not meant."""


@rule(
    "argocd-redis-unavailable",
    area="argocd",
    title="Argo CD cannot use its Redis",
    on=(StageView, ApplicationView),
    severity=Severity.CRITICAL,
    risk=Risk.MEDIUM,
    needs={Application.KIND, Pod.KIND},
    explains=APP_EFFECTS | {"argocd-source-unreachable", "manifest-render-error"},
    sources=("argoproj/argo-cd util/cache/redis.go", "argoproj/argo-cd common/common.go"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """Comparisons of many Applications fail with an error that names port 6379, or `NOAUTH` or `WRONGPASS`.

    Why: Argo CD keeps rendered manifests and live states in Redis. It is down or restarting, cut off by a NetworkPolicy, or
    its password (Secret argocd-redis) is not the one that the components were started with.

    How to tell: the error's port or Redis's own word; whether the Redis pods are ready.

    What to do: get Redis up again, or restart the components that hold the old password; the cache fills by itself.

    Not this when: the error is about a Git server that asks for authentication, or about a name that does not resolve.
    """
    for one in app_faults(view, (REDIS_UNREACHABLE, REDIS_REFUSED)):
        app = one.application
        refused = search(REDIS_REFUSED, one.found.text) is not None
        again = [repromote(view)] if isinstance(view, StageView) and one.trouble.ended_promotion else []
        place = home(app, view.snapshot)
        yield Hit(
            summary=f"Argo CD cannot use its Redis in {place} "
            + ("(the password is refused)" if refused else "(no connection)")
            + f", so Application {one.name} is not compared.",
            evidence=[excerpt(one.found), *_pods(app, view.snapshot)],
            remedies=[
                _cure(place, refused=refused),
                refresh_app(one.trouble.ref),
                *again,
            ],
            subject=one.trouble.ref,
            also_explains=one.effects,
        )


def _pods(app: Application | None, snapshot: Snapshot) -> list[Evidence]:
    found = []
    for pod in component_pods(app, snapshot, "redis")[:2]:
        ended = next((last_exit(one) for one in pod.status.container_statuses if last_exit(one)), "")
        found.append(fact(pod, "status.conditions[Ready]", "True" if is_ready(pod) else f"False {ended}".rstrip()))
    return found


def _cure(place: str, *, refused: bool) -> Remedy:
    if refused:
        return advise(
            f"Restart the Argo CD components in {place}, so that they and Redis hold the same password (Secret argocd-redis, "
            "key auth)",
            f"kubectl -n {place} rollout restart deployment argocd-redis argocd-repo-server argocd-server",
            f"kubectl -n {place} rollout restart statefulset argocd-application-controller",
            risk=Risk.MEDIUM,
            destroys="the cache, which fills again by itself",
            confirm_with=f"kubectl -n {place} get pods",
        )
    return advise(
        "See why Redis is not ready (memory, node, NetworkPolicy argocd-redis-network-policy) and mend that",
        f"kubectl -n {place} get pods -l app.kubernetes.io/name=argocd-redis -o wide",
        f"kubectl -n {place} describe pods -l app.kubernetes.io/name=argocd-redis",
        confirm_with=f"kubectl -n {place} get pods -l app.kubernetes.io/name=argocd-redis",
    )

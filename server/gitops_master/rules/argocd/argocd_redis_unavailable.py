from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import component_pods, home
from gitops_master.facts.patterns import Pattern, search
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.workloads import is_ready, last_exit
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy, Risk, Severity
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod
from gitops_master.rules.app_faults import APP_EFFECTS, app_faults, excerpt, shared_fact
from gitops_master.rules.argocd.restarts import RENDERS_LOST, restart
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import app_state, refresh_app, repromote

_SOURCE = (
    "Go net, github.com/redis/go-redis v9 (ErrPoolTimeout) and Redis's own replies, handed on by argoproj/argo-cd@v3.5.1 "
    "reposerver/cache/cache.go GetGitReferences and util/git/client.go; "
)
_LOADING = (
    "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = "
)
REDIS_UNREACHABLE = Pattern(
    "redis-unreachable",
    r":2?6379: (?:connect: (?:connection refused|no route to host)|i/o timeout)|redis: connection pool timeout",
    f"{_SOURCE}argo-cd #4174 (i/o timeout)",
    vectors=(
        f"{_LOADING}failed to list refs: dial tcp 10.96.17.4:6379: connect: connection refused",
        "DeletionError: dial tcp 10.96.17.4:6379: i/o timeout",
        "redis: connection pool timeout",
    ),
)
REDIS_REFUSED = Pattern(
    "redis-password-refused",
    r"NOAUTH (?:Authentication required|HELLO must be called)|WRONGPASS invalid username-password",
    f"{_SOURCE}linode/apl-core#3424 (WRONGPASS), argo-cd #19035 (NOAUTH)",
    vectors=(
        "error getting cached app managed resources: NOAUTH Authentication required.",
        f"{_LOADING}failed to list refs: WRONGPASS invalid username-password pair or user is disabled.",
    ),
)
"""A failing name lookup is DNS, and not meant."""
_NAMES = ("argocd-redis", "argocd-redis-ha", "argocd-redis-ha-haproxy")


@rule(
    "argocd-redis-unavailable",
    area="argocd",
    title="Argo CD cannot use its Redis",
    on=(StageView, ApplicationView),
    severity=Severity.CRITICAL,
    risk=Risk.MEDIUM,
    needs={Application.KIND, Pod.KIND},
    explains=APP_EFFECTS | {"argocd-source-unreachable", "manifest-render-error"},
    sources=(
        "argoproj/argo-cd v3.5.1 reposerver/cache/cache.go",
        "argoproj/argo-cd#4174",
        "argoproj/argo-cd#19035",
        "linode/apl-core#3424",
    ),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """Comparisons of many Applications fail with an error that names port 6379, or `NOAUTH` or `WRONGPASS`.

    Why: Argo CD keeps git references, rendered manifests and live states in Redis. It is down or restarting, cut off by a
    NetworkPolicy, or its password is not the one that the components have: Redis and they read Secret argocd-redis when they
    start, and a Secret that changes restarts neither.

    How to tell: the error's port or Redis's own word; whether the Redis pods are ready.

    What to do: get Redis up again, or restart Redis and what holds the old password; the cache fills by itself.

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
            evidence=[
                excerpt(one.found),
                *_pods(app, view.snapshot),
                *shared_fact(view.snapshot, (REDIS_UNREACHABLE, REDIS_REFUSED)),
                *([fact(app, "status.sync.status", "Unknown")] if app and app.status.sync.status == "Unknown" else []),
            ],
            remedies=[
                *(_same_password(place, one.trouble.ref) if refused else [_reach(place)]),
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


def _same_password(place: str, app: Ref) -> list[Remedy]:
    """Redis first: it is what nothing restarts when its Secret changes."""
    return [
        advise(
            f"Restart Redis in {place}, so that it takes the present password (Secret argocd-redis, key auth)",
            restart(place, "deployment", "argocd-redis"),
            risk=Risk.MEDIUM,
            destroys="the cache, which fills again by itself",
            confirm_with=app_state(app),
        ),
        advise(
            "If it still refuses them: restart the components, which read the password when they start, too",
            restart(place, "deployment", "argocd-repo-server"),
            restart(place, "deployment", "argocd-server"),
            restart(place, "statefulset", "argocd-application-controller"),
            risk=Risk.MEDIUM,
            destroys=f"{RENDERS_LOST}; the application controller compares nothing until its clusters are loaded anew",
            confirm_with=app_state(app),
        ),
    ]


def _reach(place: str) -> Remedy:
    pods = f"-l 'app.kubernetes.io/name in ({', '.join(_NAMES)})'"
    return advise(
        "See why Redis is not ready (memory, node, NetworkPolicy argocd-redis-network-policy) and mend that",
        f"kubectl -n {place} get pods -o wide {pods}",
        f"kubectl -n {place} describe pods {pods}",
        confirm_with=f"kubectl -n {place} get pods {pods}",
    )

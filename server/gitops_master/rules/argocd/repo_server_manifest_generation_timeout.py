import re
from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.argocd import PARAMETERS, component_pods, home, parameters
from gitops_master.facts.controllers import log_keys
from gitops_master.facts.patterns import find
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.kubernetes import ConfigMap
from gitops_master.model.printable import printable
from gitops_master.model.snapshot import Wanted
from gitops_master.model.workloads import Pod
from gitops_master.rules.app_faults import (
    APP_EFFECTS,
    AppFault,
    afterwards,
    app_faults,
    excerpt,
    rendered_from,
    sharing,
)
from gitops_master.rules.argocd.patterns import RENDER_TIME
from gitops_master.rules.argocd.restarts import CACHE_LOADED_ANEW, RENDERS_LOST, ready, restart
from gitops_master.rules.argocd.source_patterns import COMMAND_TIMED_OUT, REPO_SERVER_TOO_SLOW
from gitops_master.rules.registry import Hit, rule

_TIMEOUT, _PARALLEL = "controller.repo.server.timeout.seconds", "reposerver.parallelism.limit"


@rule(
    "repo-server-manifest-generation-timeout",
    area="argocd",
    title="Rendering takes longer than Argo CD waits for it",
    on=(StageView, ApplicationView),
    needs={Application.KIND, ConfigMap.KIND, Pod.KIND},
    explains=APP_EFFECTS | {"transient-error-without-step-retry", "manifest-render-error"},
    sources=("argoproj/argo-cd#1641", "argoproj/argo-cd#9695", "argoproj/argo-cd#29166", "argoproj/argo-cd#5107"),
)
def check(view: StageView | ApplicationView) -> Iterator[Hit | Wanted]:
    """Comparisons end in `DeadlineExceeded`, often for all Applications of one big repository at once.

    Why: the controller gives the repo-server 60 seconds (controller.repo.server.timeout.seconds) for one answer, in which
    the repository is fetched and rendered. A large repository, a slow chart, or renders that queue behind
    reposerver.parallelism.limit or the lock of the repository take longer.

    How to tell: `code = DeadlineExceeded` in a ComparisonError, repo-server pods that stay up, GenerateManifest calls of about
    the timeout's length in its log (grpc.time_ms), Applications of other sources are fine. `failed timeout after` is the
    repo-server's own limit for one command (ARGOCD_EXEC_TIMEOUT, 90 seconds), which no setting of the controller changes.

    What to do: let each Application look only at its own paths (manifest-generate-paths), give the repo-server more replicas
    or parallelism, raise the limit that was reached; then compare again, hard: the cause is not in git.

    Not this when: the repo-server was OOM-killed meanwhile; the connection is refused; a webhook or a cluster timed out.
    """
    for fault in app_faults(view, REPO_SERVER_TOO_SLOW):
        if fault.is_past:
            continue
        calls, wanted = _slow_calls(view, fault)
        yield from wanted
        settings = parameters(fault.application, view.snapshot)
        stopped = find(COMMAND_TIMED_OUT, fault.found.text.value)
        yield Hit(
            summary=f"Rendering Application {fault.name} takes too long: {_limit(settings, stopped)}{_queue(settings)}",
            evidence=[
                excerpt(fault.found),
                *_settings(settings),
                *calls[:1],
                *(_neighbours(view, fault) or rendered_from(fault)),
            ],
            remedies=[
                *_lighter(home(fault.application, view.snapshot)),
                _longer(home(fault.application, view.snapshot), stopped),
                *afterwards(view, fault, hard=True),
            ],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )


def _limit(settings: ConfigMap | None, stopped: re.Match[str] | None) -> str:
    if stopped is not None:
        return f"`{stopped['command']}` was stopped after {stopped['after']}, the most that the repo-server gives one command"
    timeout = settings.data.get(_TIMEOUT, "") if settings else ""
    return f"more than the {timeout or '60'} seconds that Argo CD's controller waits for the repo-server"


def _queue(settings: ConfigMap | None) -> str:
    limit = settings.data.get(_PARALLEL, "") if settings else ""
    return f"; it renders at most {limit} at a time ({_PARALLEL}), so requests queue" if limit not in {"", "0"} else ""


def _settings(settings: ConfigMap | None) -> list[Evidence]:
    if settings is None:
        return []
    shown = [fact(settings, f"data[{_TIMEOUT}]", settings.data.get(_TIMEOUT, "not set (60 by default)"))]
    if _PARALLEL in settings.data:
        shown.append(fact(settings, f"data[{_PARALLEL}]", settings.data[_PARALLEL]))
    return shown


def _slow_calls(view: StageView | ApplicationView, fault: AppFault) -> tuple[list[Evidence], list[Wanted]]:
    """The longest GenerateManifest calls in the repo-server's log."""
    calls: list[tuple[float, Evidence]] = []
    wanted: list[Wanted] = []
    for pod in component_pods(fault.application, view.snapshot, "repo-server"):
        for key in log_keys(pod):
            log = view.snapshot.log(key)
            if log is None:
                wanted += [Wanted(key)] if view.snapshot.may_read(key) else []
                continue
            for line in log.lines:
                match = find(RENDER_TIME, line)
                if match is not None and "GenerateManifest" in line:
                    calls.append(
                        (float(match["ms"]), fact(pod, f"log of container {key.container}", printable(line)[:400]))
                    )
    return [shown for _, shown in sorted(calls, key=lambda one: -one[0])], wanted


def _neighbours(view: StageView | ApplicationView, fault: AppFault) -> list[Evidence]:
    """Who of the same repository is affected too, and who of another one is not: slow source or slow server?"""
    names = set(sharing(view.snapshot, REPO_SERVER_TOO_SLOW))
    mine = {source.repo_url for source in fault.application.all_sources} if fault.application else set()
    same, fine = [], []
    for app in view.snapshot.all(Application):
        is_mine = bool({source.repo_url for source in app.all_sources} & mine)
        if app.name in names and is_mine:
            same.append(app.name)
        elif not is_mine and ApplicationView(app, view.snapshot).is_fine:
            fine.append(app.name)
    found = []
    if len(same) > 1:
        found.append(fact(f"Applications of {min(mine)}", "status.conditions[ComparisonError]", ", ".join(same[:8])))
    if fine:
        found.append(fact("Applications of other sources", "status", f"Synced and Healthy: {', '.join(fine[:5])}"))
    return found


def _lighter(place: str) -> list[Remedy]:
    return [
        advise(
            "Make each render smaller: annotation argocd.argoproj.io/manifest-generate-paths on the Applications of this "
            "repository, in their source of truth"
        ),
        advise(
            f"Give the repo-server more replicas and CPU, or raise {_PARALLEL} in ConfigMap {PARAMETERS} as its memory allows (for "
            "good: in the values or manifests that install Argo CD); it is read when the repo-server starts",
            risk=Risk.MEDIUM,
            destroys=RENDERS_LOST,
            confirm_with=ready(place, "argocd-repo-server"),
        ),
    ]


def _longer(place: str, stopped: re.Match[str] | None) -> Remedy:
    if stopped is not None:
        selector = "app.kubernetes.io/name=argocd-repo-server"
        return advise(
            "Give the repo-server more time for one command (for good: in the values or manifests that install Argo CD); "
            f"{_TIMEOUT} has to be longer than that",
            f"kubectl -n {place} set env deployment -l {selector} ARGOCD_EXEC_TIMEOUT=180s",
            risk=Risk.MEDIUM,
            destroys=RENDERS_LOST,
            confirm_with=f"kubectl -n {place} set env deployment -l {selector} --list",
        )
    return advise(
        "Let the application controller wait longer; it reads the setting when it starts (for good: in the values or manifests "
        "that install Argo CD)",
        f'kubectl -n {place} patch configmap {PARAMETERS} --type merge -p \'{{"data":{{"{_TIMEOUT}":"180"}}}}\'',
        restart(place, "statefulset", "argocd-application-controller"),
        risk=Risk.MEDIUM,
        destroys=CACHE_LOADED_ANEW,
        confirm_with=ready(place, "argocd-application-controller"),
    )

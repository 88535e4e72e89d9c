from collections.abc import Iterator

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.failing_pods import held_up
from gitops_master.facts.probe_words import gate_closed, probe_failing
from gitops_master.facts.probes import gated, probed
from gitops_master.model.finding import Confidence
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.workload.effects import EFFECTS, NEEDS


@rule(
    "readiness-probe-failing",
    area="workload",
    title="A container fails its probes, or a pod its readiness gates",
    on=ApplicationView,
    needs=NEEDS,
    explains=EFFECTS,
    sources=("kubernetes pkg/kubelet/prober/prober.go", "kubernetes pkg/kubelet/status/generate.go"),
)
def check(app: ApplicationView) -> Iterator[Hit]:
    """New pods run but do not become ready, or are restarted again and again by the kubelet; the rollout does not complete.

    Why: the readiness, startup or liveness probe fails: wrong path or port, a dependency that does not answer, a start that
    takes longer than the probe allows. With readiness gates a pod is ready only once others (a load balancer's controller, say)
    have set the conditions that it names.

    How to tell: Ready is False though the container runs, and events Unhealthy quote the probe's answer; with a liveness or
    startup probe, restarts with exit code 137 or 143 and the event Killing. A closed gate: the reason ReadinessGatesNotReady.

    What to do: mend what the probe asks for, or the probe, in the source; promote that Freight. A gate is mended at whoever sets
    its condition.

    Not this when: the process exits by itself (a crash loop), or it has only just started.
    """
    found = sorted(probed(app), key=lambda one: -one.running)
    if not found:
        yield from _closed_gates(app)
        return
    one = found[0]
    told = probe_failing(one, app.app.name)
    yield Hit(
        summary=told.summary,
        evidence=told.evidence,
        remedies=told.remedies,
        confidence=Confidence.HIGH if one.text.path.startswith("event") else Confidence.MEDIUM,
        also_explains=held_up(app),
    )


def _closed_gates(app: ApplicationView) -> Iterator[Hit]:
    for one in gated(app):
        told = gate_closed(one, app.app.name)
        yield Hit(
            summary=told.summary,
            evidence=told.evidence,
            remedies=told.remedies,
            also_explains=held_up(app),
        )
        return

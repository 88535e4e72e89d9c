"""Steps with less patience than they should have."""

from collections.abc import Iterator

from gitops_master.facts.durations import parse_duration
from gitops_master.manifests.build.retry import DEFAULT_TIMEOUT, PROFILES, WAITING
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.pipeline import given
from gitops_master.manifests.request import RetryProfile
from gitops_master.manifests.template import PlacedStep, steps_of
from gitops_master.manifests.world import CLUSTER_TASK, STAGE, TASK, World
from gitops_master.model.manifest import Level, at

_ORCHESTRATOR = "akuity/kargo v1.11.2 pkg/promotion/local_orchestrator.go"


def _written(world: World) -> Iterator[PlacedStep]:
    """Steps of Stages and tasks, where they stand."""
    for kind in (STAGE, TASK, CLUSTER_TASK):
        for one in given(world, kind):
            yield from (step for step in steps_of(one) if step.uses in WAITING)


@check(
    "argocd-step-timeout-below-default",
    title="An Argo CD step is given less time than it has by default",
    level=Level.NOTE,
    sources=("akuity/kargo v1.11.2 pkg/promotion/runner/builtin/argocd_updater.go", _ORCHESTRATOR),
)
def timeout(world: World) -> Iterator[Fault]:
    """retry.timeout of an argocd-update or argocd-wait step is under five minutes.

    Why: the default is five minutes; a value meant to be generous makes it less. It counts from the step's first attempt, not for each
    of them. A sync that outlives it goes on in Argo CD, but the Promotion has failed.

    How to tell: the step's retry.timeout.

    What to do: leave it out, or set what the slowest sync of the Application takes, with some room.

    Not this when: it is 0 (none), or short on purpose, so that a small Application that hangs is told early.
    """
    default = parse_duration(DEFAULT_TIMEOUT)
    for step in _written(world):
        written = at(step.data, "retry", "timeout")
        span = parse_duration(written) if isinstance(written, str) else None
        if span and default and span < default:
            yield Fault(
                step.manifest,
                step.place("retry", "timeout"),
                f"step {step.alias} of {step.manifest.title} may take {written} in all, less than the {DEFAULT_TIMEOUT} it has by default",
                "leave it out, or set what the slowest sync takes, with some room",
            )


@check(
    "argocd-step-without-retry",
    title="An Argo CD step gives up at the first error",
    level=Level.NOTE,
    sources=(_ORCHESTRATOR, "akuity/kargo v1.11.2 pkg/promotion/registry.go"),
)
def without_retry(world: World) -> Iterator[Fault]:
    """argocd-update or argocd-wait without retry.errorThreshold above 1.

    Why: by default the first error ends the Promotion, and auto-promotion does not try that Freight again. Attempts follow each other
    within seconds: that bridges a broken connection, not the restart of a server, and it does not repeat a sync that failed.

    How to tell: the step's retry; a task's steps carry their own, since a step that names a task takes none.

    What to do: `retry` by the weight of what is deployed: 2 errors for a small Application, 3 and a longer timeout for a large chart.

    Not this when: a failed Promotion shall be seen at once.
    """
    usual = PROFILES[RetryProfile.MEDIUM]
    for step in _written(world):
        threshold = at(step.data, "retry", "errorThreshold")
        if not isinstance(threshold, int) or threshold < 2:
            yield Fault(
                step.manifest,
                step.place("retry") if "retry" in step.data else step.place("uses"),
                f"step {step.alias} of {step.manifest.title} ends the Promotion at its first error",
                f"set retry.errorThreshold: {usual.error_threshold}",
            )

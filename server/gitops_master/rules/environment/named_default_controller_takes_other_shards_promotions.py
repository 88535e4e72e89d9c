from collections.abc import Iterator

from gitops_master.facts.advice import advise, by_hand
from gitops_master.facts.controllers import env, kargo_controllers, shard, shard_of
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Confidence, Risk
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Wanted
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.effects import MISDIRECTED_STEPS
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import CONTROLLER_RESTART, repromote, upgrade_kargo


@rule(
    "named-default-controller-takes-other-shards-promotions",
    area="environment",
    title="The default controller takes Promotions of another shard",
    on=StageView,
    needs={Promotion.KIND, Pod.KIND},
    explains=MISDIRECTED_STEPS,
    versions=("kargo >= 1.7, < 1.7.4",),
    sources=("akuity/kargo#4924", "akuity/kargo#4942"),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """Steps of a sharded Stage act on the wrong Argo CD or cluster since a named controller was made the default.

    Why: in these releases a controller with a shard name and isDefault also reconciles Promotions labelled for other shards.

    How to tell: a controller pod with SHARD_NAME and IS_DEFAULT_CONTROLLER true; its log names a Promotion whose shard label
    is another one.

    What to do: upgrade, or take isDefault from the named controller; then promote again.

    Not this when: the other controller has no name at all (two-controllers-reconcile-same-promotion), or the Promotion's
    shard is the default controller's own.
    """
    last = stage.running or (stage.last.object if stage.last else None)
    if last is None:
        return
    label = shard_of(last) or shard_of(stage.stage)
    if not label:
        return
    strays = [pod for pod in kargo_controllers(stage.snapshot) if _is_named_default(pod) and shard(pod) != label]
    lines: list[Text] = []
    for log in logs_of(strays, stage.snapshot):
        if isinstance(log, Wanted):
            yield log
        else:
            lines += matching(log, last.name.replace(".", r"\."))
    if not strays or not (lines or (stage.last_failed and not _readable(strays, stage))):
        return
    pod = strays[0]
    yield Hit(
        summary=f"Controller {pod.name} of shard {shard(pod)} is the default one and also runs Promotion {last.name} of "
        f"shard {label}, so its steps act on the wrong Argo CD.",
        evidence=[
            fact(last, "metadata.labels[kargo.akuity.io/shard]", label),
            fact(pod, "spec.containers[].env[SHARD_NAME]", shard(pod)),
            fact(pod, "spec.containers[].env[IS_DEFAULT_CONTROLLER]", env(pod, "IS_DEFAULT_CONTROLLER") or "not set"),
            *(line.as_evidence() for line in lines[-1:]),
            *(text.as_evidence() for text in stage.failure_texts[:1]),
        ],
        remedies=[
            advise(
                f"Until the upgrade: set controller.isDefault to false for shard {shard(pod)} and run an unnamed default controller",
                risk=Risk.MEDIUM,
                destroys=CONTROLLER_RESTART,
            ),
            upgrade_kargo(stage.snapshot, "v1.7.4"),
            by_hand(repromote(stage)),
        ],
        confidence=Confidence.HIGH if lines else Confidence.LOW,
    )


def _is_named_default(pod: Pod) -> bool:
    return bool(shard(pod)) and (env(pod, "IS_DEFAULT_CONTROLLER") or "").lower() == "true"


def _readable(pods: list[Pod], stage: StageView) -> bool:
    """Whether the log was read: silence in it then speaks against this cause."""
    return any(not isinstance(one, Wanted) for one in logs_of(pods, stage.snapshot))

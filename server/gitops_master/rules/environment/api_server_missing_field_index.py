from collections.abc import Iterator

from gitops_master.facts.controllers import COMPONENT, pods_named
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.patterns import search
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Confidence, Evidence, Severity
from gitops_master.model.snapshot import Log, Wanted
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.patterns import INDEX_MISSING
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import promote_candidate, upgrade_kargo

_SERVERS = frozenset({"api", "webhooks-server", "kubernetes-webhooks-server"})


@rule(
    "api-server-missing-field-index",
    area="environment",
    title="The Kargo API server lacks an index that a request needs",
    on=StageView,
    severity=Severity.MEDIUM,
    needs={Pod.KIND},
    explains={"manual-promotion-required", "no-freight-promoted-yet"},
    versions=("kargo >= 1.8, < 1.9.6",),
    sources=("akuity/kargo#5935", "akuity/kargo#5968", "akuity/kargo v1.9.5 pkg/api/stage.go:91"),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """One kind of request (such as promoting by drag and drop) fails with an internal error; all others work.

    Why: the server's cache has no index for a field that this one query uses: Freight by currentlyIn, asked for where a Stage's
    selectionPolicy is MatchUpstream and its available Freight is listed. The controller has it, so its decisions are right.

    How to tell: the server's log: `Index with name field:… does not exist`.

    What to do: upgrade; until then use another way for the same thing (the command line, promoting from the Stage).

    Not this when: the request is refused for want of rights, or the Freight is not available.
    """
    if not stage.next_freight and stage.wanted is None:
        return
    for log in _logs(stage):
        if isinstance(log, Wanted):
            yield log
            continue
        lines = matching(log, INDEX_MISSING.regex)
        if not lines:
            continue
        found = search(INDEX_MISSING, lines[-1])
        index = found.groups["index"] if found is not None else "a field"
        freight = stage.wanted or (stage.next_freight[0].freight if stage.next_freight else None)
        yield Hit(
            summary=f"The Kargo API server answers some requests with an internal error, because its cache lacks the index {index}; "
            "the Stage itself is in order.",
            evidence=[
                lines[-1].as_evidence(),
                *_match_upstream(stage),
            ],
            remedies=[
                *([promote_candidate(stage, freight.name)] if freight is not None else []),
                upgrade_kargo(stage.snapshot, "v1.9.6"),
            ],
            confidence=Confidence.HIGH,
        )
        return


def _match_upstream(stage: StageView) -> Iterator[Evidence]:
    """What makes the server use the index when it is asked which Freight the Stage may take."""
    for at, one in enumerate(stage.stage.spec.requested_freight):
        policy = one.sources.auto_promotion_options.selection_policy
        if policy == "MatchUpstream":
            yield fact(stage.stage, f"spec.requestedFreight[{at}].sources.autoPromotionOptions.selectionPolicy", policy)


def _logs(stage: StageView) -> Iterator[Log | Wanted]:
    """Logs of the API and webhooks servers: of the pods that are known, and by name where only the log is."""
    servers = [pod for pod in pods_named(stage.snapshot, "kargo") if pod.labels.get(COMPONENT, "") in _SERVERS]
    yield from logs_of(servers, stage.snapshot)
    known = {(pod.namespace, pod.name) for pod in servers}
    for key in sorted(stage.snapshot.log_index):
        if key.pod.startswith(("kargo-api", "kargo-webhooks-server")) and (key.namespace, key.pod) not in known:
            log = stage.snapshot.log(key)
            yield log if log is not None else Wanted(key)

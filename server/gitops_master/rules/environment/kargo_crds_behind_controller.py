from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import in_charge
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.patterns import first
from gitops_master.facts.reconciliation import object_of, unattended, unfinished
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.model.kargo import Promotion
from gitops_master.model.kubernetes import CustomResourceDefinition
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot, Wanted
from gitops_master.model.versions import Version
from gitops_master.model.workloads import Pod
from gitops_master.rules.environment.effects import FAILED_PROMOTION, UNATTENDED
from gitops_master.rules.environment.patterns import (
    SCHEMA_REFUSED,
    STATUS_WRITE,
    TOO_LONG,
    VERIFICATION_ID,
    WRITTEN_KIND,
)
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import look_again, repromote

_MADE_IDS_MANDATORY = Version(1, 5, 2)
"""On any other release a mandatory id is a CRD that was left behind."""


_PLURALS = {"Freight": "freights"}


@rule(
    "kargo-crds-behind-controller",
    area="environment",
    title="Kargo's CRDs do not fit its controller",
    on=(StageView, WarehouseView),
    needs={Promotion.KIND},
    explains=UNATTENDED | {"stage-reconcile-error", "warehouse-not-ready", "stage-unhealthy"},
    sources=(
        "akuity/kargo v1.11.2 pkg/controller/promotions/promotions.go:448",
        "akuity/kargo v1.11.2 pkg/controller/stages/regular_stages.go:384",
        "akuity/kargo v1.11.2 charts/kargo/templates/crds.yaml",
    ),
    unless=(TOO_LONG, VERIFICATION_ID),
)
def check(view: StageView | WarehouseView) -> Iterator[Hit | Wanted]:
    """After an upgrade statuses stand still or Promotions end Errored with `error updating status`.

    Why: Helm does not upgrade CRDs by itself when they are managed outside the chart: the API server then refuses fields
    and values that the new controller writes, or drops them silently.

    How to tell: `failed to update … status` or `error updating status` with a validation error of the schema (Unsupported
    value, unknown field, Invalid value) in the controller's log or the object's message; the CRDs' chart version beside the
    controller's.

    What to do: apply the CRDs of exactly the controller's release; a Promotion that ended Errored for it is promoted again.

    Not this when: the message is `Too long` (stage-status-rejected-message-too-long) or names verificationHistory[].id
    (stage-status-update-rejected-by-crd-validation) on Kargo 1.5.2: those are mismatches built into a release.
    """
    texts = _own(view)
    held = bool(unattended(view) or unfinished(view) or texts)
    if not held:
        return
    pods = in_charge(object_of(view), view.snapshot)
    for log in logs_of(pods, view.snapshot):
        if isinstance(log, Wanted):
            yield log
        else:
            texts += [
                line
                for line in matching(log, SCHEMA_REFUSED.regex)
                if first(STATUS_WRITE, [line]) or "unknown field" in line.value
            ]
    neighbours = [TOO_LONG, *([VERIFICATION_ID] if view.snapshot.versions.kargo in {None, _MADE_IDS_MANDATORY} else [])]
    said = [text for text in texts if first(SCHEMA_REFUSED, [text]) and not first(tuple(neighbours), [text])]
    if not said:
        return
    found = first(SCHEMA_REFUSED, said)
    detail = found.span.strip().removeprefix("is invalid: ") if found is not None else "a field"
    crds = _crds(view.snapshot)
    written = first(WRITTEN_KIND, [said[-1]])
    kind, name = (written.groups["kind"], written.groups["name"]) if written is not None else (_kind(view), "")
    crd = f"{_PLURALS.get(kind, kind.lower() + 's')}.kargo.akuity.io"
    yield Hit(
        summary=f"Kargo's CRDs do not fit the running controller: the API server does not take what it writes to "
        f"{kind}{f' {name}' if name else 's'} ({detail}).",
        evidence=[said[-1].as_evidence(), *crds[:2], *_images(pods)],
        remedies=_remedies(view, crd, pods),
        confidence=Confidence.HIGH if crds else Confidence.MEDIUM,
        also_explains=FAILED_PROMOTION if isinstance(view, StageView) and view.last_failed else frozenset(),
        subject=Ref(CustomResourceDefinition.KIND, "", crd),
    )


def _remedies(view: StageView | WarehouseView, crd: str, pods: list[Pod]) -> list[Remedy]:
    """A refused status write ends a Promotion for good (Errored); everything else is written anew by the controller."""
    release = view.snapshot.versions.kargo
    of = f"Kargo {release}, the controller's release" if release is not None else "exactly the controller's release"
    log = f"kubectl -n {pods[0].namespace} logs {pods[0].name} --since=5m | grep -c 'is invalid'" if pods else ""
    fix = advise(
        f"Apply the CRDs of {of}: upgrade its chart to that version with crds.install true, or, where CRDs are applied apart from it, "
        "those in charts/kargo/resources/crds of that tag",
        f"kubectl get crds {crd} -o yaml",
        risk=Risk.MEDIUM,
        confirm_with=log or look_again(view),
    )
    return [fix, repromote(view)] if isinstance(view, StageView) and view.last_failed else [fix]


def _kind(view: StageView | WarehouseView) -> str:
    return "Stage" if isinstance(view, StageView) else "Warehouse"


def _own(view: StageView | WarehouseView) -> list[Text]:
    ready = view.ready
    texts = (
        [Text(view.ref, "status.conditions[Ready].message", ready.message)] if ready and ready.status == "False" else []
    )
    texts += view.failure_texts if isinstance(view, StageView) else []
    return [text for text in texts if first(STATUS_WRITE, [text])]


def _crds(snapshot: Snapshot) -> list[Evidence]:
    """The release that the CRDs came from, where their labels tell."""
    return [
        fact(
            one,
            "metadata.labels",
            ", ".join(f"{key}: {value}" for key, value in one.labels.items() if "version" in key or "chart" in key),
        )
        for one in snapshot.all(CustomResourceDefinition)
        if one.name.endswith(".kargo.akuity.io") and any("version" in key or "chart" in key for key in one.labels)
    ]


def _images(pods: list[Pod]) -> list[Evidence]:
    return [
        fact(pod, "spec.containers[].image", pod.spec.containers[0].image) for pod in pods[:1] if pod.spec.containers
    ]

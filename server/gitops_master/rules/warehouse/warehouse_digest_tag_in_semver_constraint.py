from collections.abc import Iterable, Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import find, first
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.argocd import Application
from gitops_master.model.finding import Evidence, Risk
from gitops_master.model.kargo import Warehouse
from gitops_master.model.kubernetes import Event
from gitops_master.model.meta import Ref
from gitops_master.model.snapshot import Snapshot
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.warehouse.patterns import SEMVER, SEMVER_REFUSED


@rule(
    "warehouse-digest-tag-in-semver-constraint",
    area="warehouse",
    title="The Warehouse is refused: a mutable tag in semverConstraint",
    on=(ApplicationView, StageView),
    needs={Warehouse.KIND, Application.KIND},
    explains={
        "application-not-fine",
        "requested-warehouse-not-found",
        "stage-reconcile-error",
        "no-freight-promoted-yet",
        "admission-policy-denies-object",
        "immutable-field-changed",
    },
    versions=("kargo < 1.7.0",),
    sources=("akuity/kargo#4622", "akuity/kargo#3783", "akuity/kargo#4541"),
)
def check(view: ApplicationView | StageView) -> Iterator[Hit]:
    """A Warehouse with the Digest strategy cannot be applied, so it does not exist and its Stages have no source.

    Why: the documentation of these releases says to write the mutable tag (latest) into semverConstraint; the admission
    webhook takes only a semver expression there.

    How to tell: `spec.subscriptions[…].image.semverConstraint: Invalid value: "latest"` where the Warehouse is applied (an
    Argo CD sync, an event, the shell); the Warehouse does not exist.

    What to do: upgrade to 1.7 and write the tag into `constraint`; until then select another way (NewestBuild with
    allowTags).

    Not this when: the constraint is meant as a semver expression and mistyped.
    """
    snapshot = view.snapshot
    texts = view.texts if isinstance(view, ApplicationView) else list(_everywhere(snapshot, view.project))
    found = first(SEMVER_REFUSED, texts)
    if found is None or find(SEMVER, found.groups.get("value", "")) is not None:
        return
    name, value = found.groups.get("warehouse", ""), found.groups.get("value", "")
    if isinstance(view, StageView) and name not in [one.origin.name for one in view.stage.spec.requested_freight]:
        return
    if any(one.name == name for one in snapshot.all(Warehouse)):
        return
    project = view.project if isinstance(view, StageView) else view.app.spec.destination.namespace
    exists = f"kubectl -n {project} get warehouses.kargo.akuity.io {name}"
    yield Hit(
        summary=f'Warehouse {name} does not exist: the admission webhook of this release refuses the tag "{value}" in '
        "semverConstraint, where the Digest strategy needs it.",
        evidence=[
            found.text.as_evidence(),
            fact(f"Warehouse {name}", found.groups.get("path", ""), value),
            *_missing(snapshot, name),
        ],
        remedies=[
            advise(
                f"Until Kargo is upgraded, let Warehouse {name} select another way in its source, such as NewestBuild with a regular "
                "expression for the tag (allowTags)",
                confirm_with=exists,
            ),
            advise(
                f"Upgrade Kargo to v1.7.0 or later and write constraint: {value} instead of semverConstraint",
                risk=Risk.MEDIUM,
                confirm_with=exists,
            ),
        ],
        subject=Ref(Warehouse.KIND, project, name),
    )


def _everywhere(snapshot: Snapshot, project: str) -> Iterable[Text]:
    """A Stage without its Warehouse: whoever applies the Warehouse has the message."""
    for app in snapshot.all(Application):
        yield from ApplicationView(app, snapshot).texts
    for event in snapshot.all(Event, project):
        yield Text(event.ref, "message", event.text, event.seen)


def _missing(snapshot: Snapshot, name: str) -> list[Evidence]:
    known = snapshot.knows_all(Warehouse.KIND)
    return [fact(f"Warehouse {name}", "metadata.name", "does not exist")] if known else []

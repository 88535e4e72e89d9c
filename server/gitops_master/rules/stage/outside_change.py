"""What is said about an image that was changed outside Kargo: the summary, the evidence, the ways out."""

from gitops_master.facts import calls
from gitops_master.facts.advice import advise
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.durations import stamp
from gitops_master.facts.running_images import Difference, LiveChange, split_image
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence, Remedy, Risk
from gitops_master.model.kargo import Freight, FreightReference
from gitops_master.rules.registry import Hit
from gitops_master.rules.remedies import get, promote_candidate


def tracked_change(view: StageView, app: ApplicationView, freight: FreightReference, found: Difference) -> Hit:
    expected = found.expected.tag or found.expected.digest
    _, tag, digest = split_image(found.running)
    running = tag or digest
    return Hit(
        summary=(
            f"{app.app.name} runs {found.running}, but the Freight that Kargo promoted to {view.name} is {expected}; no Promotion "
            f"of {running} to {view.name} exists: it was changed outside Kargo{_by(app)}."
        ),
        evidence=_evidence(view, app, freight, found),
        remedies=_remedies(view, app, freight, found),
    )


def workload_change(view: StageView, app: ApplicationView, change: LiveChange) -> Hit:
    return Hit(
        summary=(
            f"{change.title} of {app.app.name} runs {change.live} in container {change.container}, but what Argo CD applied says "
            f"{change.applied}: the live workload was changed without a Promotion to {view.name}."
        ),
        evidence=[
            fact(change.workload, f"spec.template.spec.containers[{change.container}].image", change.live),
            fact(
                change.workload,
                "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]",
                f"image: {change.applied}",
            ),
            fact(
                app.app,
                "status.sync",
                f"status: {app.sync}, revision: {app.app.status.sync.revision}",
                app.app.status.reconciled_at,
            ),
            fact(
                view.stage,
                "status.lastPromotion.name",
                view.last.name if view.last else "",
                view.last.finished_at if view.last else None,
            ),
        ],
        remedies=[
            advise("Find out who changed it: the audit log, or managedFields of the workload"),
            advise(
                "If the running version is to stay: make Freight with it and promote that; if not, sync the Application, which puts "
                "the promoted version back",
                f"argocd app sync {app.app.namespace}/{app.app.name}",
                call=calls.sync_app(app),
                risk=Risk.MEDIUM,
                destroys="the change that was made to the live workload",
                confirm_with=get("applications.argoproj.io", app.app.namespace, app.app.name, ".status.sync.status"),
            ),
        ],
    )


def _by(app: ApplicationView) -> str:
    if app.sync == "OutOfSync":
        return " in the live workload (the Application is OutOfSync)"
    state = app.operation_state
    if state is None or app.promotion or state.finished_at is None:
        return ""
    who = state.operation.initiated_by
    by = "automatically" if who.automated else f"by {who.username or 'an unknown user'}"
    revision = state.sync_result.revision if state.sync_result else ""
    return f", with revision {revision} that Argo CD synced {by} at {stamp(state.finished_at)}"


def _evidence(view: StageView, app: ApplicationView, freight: FreightReference, found: Difference) -> list[Evidence]:
    tag = found.expected.tag or found.expected.digest
    evidence = [
        fact(app.app, "status.summary.images", app.app.status.summary.images, app.app.status.reconciled_at),
        fact(
            view.stage,
            f"status.freightHistory[0].items[{freight.origin.key}].images",
            f"{found.expected.repo_url}, tag: {tag}",
        ),
    ]
    history = app.app.status.history
    if history:
        newest, index = history[-1], len(history) - 1
        who = (
            "automated: true"
            if newest.initiated_by.automated
            else f"username: {newest.initiated_by.username or 'not recorded'}"
        )
        evidence.append(
            fact(
                app.app,
                f"status.history[{index}]",
                f"revision: {newest.revision}, initiatedBy {who}",
                newest.deployed_at,
            )
        )
    state = app.operation_state
    if state is not None:
        info = f"kargo.akuity.io/promotion: {app.promotion}" if app.promotion else "no kargo.akuity.io/promotion"
        evidence.append(fact(app.app, "status.operationState.operation.info", info, state.finished_at))
    if view.last is not None:
        evidence.append(fact(view.stage, "status.lastPromotion.name", view.last.name, view.last.finished_at))
    return evidence


def _remedies(view: StageView, app: ApplicationView, freight: FreightReference, found: Difference) -> list[Remedy]:
    _, tag, digest = split_image(found.running)
    same = [
        one
        for one in view.snapshot.all(Freight, view.project)
        for image in one.images
        if image.repo_url == found.expected.repo_url
        and ((tag and image.tag == tag) or (digest and image.digest == digest))
    ]
    revision = app.app.revisions[0] if app.app.revisions else "the synced revision"
    remedies = [advise(f"Find out who made the change: the author of {revision} in the repository of {app.app.name}")]
    if same:
        keep = promote_candidate(view, same[0].name)
        remedies.append(
            keep.model_copy(update={"title": f"If the running version is to stay: promote Freight {same[0].name[:7]}"})
        )
    remedies.append(
        advise(
            f"If it is not: promote the current Freight {freight.name[:7]} again, which puts its version back",
            f"kargo promote --project {view.project} --stage {view.name} --freight {freight.name}",
            call=calls.promote(view, freight.name),
            risk=Risk.MEDIUM,
            destroys="the change that was made outside Kargo",
            confirm_with=get("applications.argoproj.io", app.app.namespace, app.app.name, ".status.summary.images"),
        )
    )
    remedies.append(advise("Protect the branch against direct pushes, or the namespace against direct changes"))
    return remedies

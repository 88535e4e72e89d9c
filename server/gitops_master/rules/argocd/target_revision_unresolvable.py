from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.app_sources import source_facts, source_in
from gitops_master.facts.application import ApplicationView
from gitops_master.facts.patterns import peel
from gitops_master.facts.stage import StageView
from gitops_master.model.argocd import Application
from gitops_master.rules.app_faults import APP_EFFECTS, afterwards, app_faults, excerpt
from gitops_master.rules.argocd.source_patterns import ELSEWHERE, REVISION_MISSING
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import app_state


@rule(
    "target-revision-unresolvable",
    area="argocd",
    title="The Application's target revision does not exist",
    on=(StageView, ApplicationView),
    needs={Application.KIND},
    explains=APP_EFFECTS | {"manifest-render-error"},
    sources=("argoproj/argo-cd util/git/client.go, reposerver/repository/repository.go; argo-cd #7282",),
    unless=ELSEWHERE,
)
def check(view: StageView | ApplicationView) -> Iterator[Hit]:
    """The comparison fails because the source has no such revision.

    Why: the branch, tag, commit or chart version in targetRevision was never pushed, is misspelt, or was deleted or
    overwritten since; the repository itself answers.

    How to tell: `unable to resolve '…' to a commit SHA`, `couldn't find remote ref`, `version "…" not found` and the like in
    a condition, the operation or a resource result of the Application (or the step that quotes it).

    What to do: push the revision (a Stage's branch comes with its first promotion), or set targetRevision to one that
    exists, in the Application's source of truth; then let Argo CD compare again.

    Not this when: the repository could not be read at all (argocd-source-unreachable).
    """
    for fault in app_faults(view, REVISION_MISSING, ELSEWHERE):
        app, revision = fault.application, fault.group("revision", "version")
        found = source_in(app, fault.found.text.value, revision) if app is not None else None
        wanted = revision or (found[1].target_revision if found else "")
        where = found[1].repo_url if found else "its source"
        what = f"Target revision {wanted}" if wanted else "The target revision"
        yield Hit(
            summary=f"{what} of Application {fault.name} does not exist in {where}: {peel(fault.found.text.value)}",
            evidence=[excerpt(fault.found), *(source_facts(app, found, revision=True) if app else [])],
            remedies=[
                advise(
                    f"Push {wanted or 'the revision'} to {where} (a Stage's branch comes with its first promotion), or set "
                    f"{found[0] if found else 'spec.source'}.targetRevision of {fault.name} to one that exists, in the "
                    "Application's source of truth",
                    confirm_with=app_state(fault.trouble.ref),
                ),
                *afterwards(view, fault, refresh=True),
            ],
            also_explains=fault.effects,
            subject=fault.trouble.ref,
        )

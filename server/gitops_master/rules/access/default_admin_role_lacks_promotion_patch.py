import re
from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.controllers import pods_named
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Confidence, Evidence
from gitops_master.model.kargo import Promotion
from gitops_master.model.kubernetes import Role
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.access.patterns import MAY_NOT_ABORT
from gitops_master.rules.promotion.failure import RUNNING_PROMOTION
from gitops_master.rules.registry import Hit, rule

ADMIN, GROUP = "kargo-admin", "kargo.akuity.io"


@rule(
    "default-admin-role-lacks-promotion-patch",
    area="access",
    title="The project's generated admin Role may not abort Promotions",
    on=StageView,
    needs={Promotion.KIND},
    versions=("kargo < 1.8.0",),
    explains=RUNNING_PROMOTION
    | {
        "waiting-for-pull-request-merge",
        "waiting-for-step-in-progress",
        "waiting-for-argocd-sync",
        "waiting-behind-other-promotion",
    },
    sources=("akuity/kargo#4824", "akuity/kargo#4841 (fixed in v1.8.0)"),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """A project admin cannot abort a Promotion: `patch is not permitted`, while promoting works.

    Why: aborting patches the Promotion. The Role kargo-admin that these releases make in each project has create, delete,
    get, list and watch on promotions, but not patch.

    How to tell: the API server's log refuses the abort of this Stage's Promotion; the Role lacks the verb.

    What to do: bind a Role of your own with get and patch on promotions to the same ServiceAccount, then abort. Kargo 1.8
    generates a complete Role, but leaves one that exists as it is: after upgrading, existing projects need the verb all the
    same.

    Not this when: the caller has another role, such as kargo-viewer or (since 1.7) kargo-promoter.
    """
    active = [one for one in stage.promotions if not one.is_terminal]
    if not active:
        return
    refused: list[Text] = []
    for log in logs_of(pods_named(stage.snapshot, "kargo", component="api"), stage.snapshot):
        if isinstance(log, Wanted):
            yield log
        else:
            refused += [line for one in active for line in matching(log, MAY_NOT_ABORT.regex, re.escape(one.name))]
    role = stage.snapshot.get(Role, stage.project, ADMIN)
    if not refused or (role is not None and _may_patch(role)):
        return
    yield Hit(
        summary=(
            f"Project admins of {stage.project} cannot abort Promotion {active[0].name}: the generated Role {ADMIN} lacks the "
            "verb patch on promotions."
        ),
        evidence=[refused[-1].as_evidence(), *(_verbs(role) if role is not None else [])],
        remedies=[
            advise(
                f"Bind an extra Role with patch on promotions to ServiceAccount {ADMIN} of {stage.project}, then abort",
                f"kubectl -n {stage.project} create role abort-promotions --verb=get,patch --resource=promotions.{GROUP}",
                f"kubectl -n {stage.project} create rolebinding abort-promotions --role=abort-promotions "
                f"--serviceaccount={stage.project}:{ADMIN}",
                confirm_with=(
                    f"kubectl auth can-i patch promotions.{GROUP} -n {stage.project} "
                    f"--as=system:serviceaccount:{stage.project}:{ADMIN}"
                ),
            ),
            advise(
                "Upgrade Kargo to 1.8 or later: projects made from then on get a complete Role (one that exists is left as it is)"
            ),
        ],
        confidence=Confidence.HIGH if role is not None else Confidence.MEDIUM,
    )


def _may_patch(role: Role) -> bool:
    return any(one.allows("patch", GROUP, "promotions") for one in role.rules)


def _verbs(role: Role) -> list[Evidence]:
    return [
        fact(role, f"rules[{index}] {', '.join(one.resources)} verbs", one.verbs)
        for index, one in enumerate(role.rules)
        if "promotions" in one.resources
    ]

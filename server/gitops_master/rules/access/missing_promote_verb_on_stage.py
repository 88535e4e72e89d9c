from collections.abc import Iterator
from datetime import datetime, timedelta

from gitops_master.facts.access import Grant, grants, service_account
from gitops_master.facts.advice import advise
from gitops_master.facts.log_times import logs_of, matching
from gitops_master.facts.patterns import search
from gitops_master.facts.promoters import promoting_pods
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import Text, fact
from gitops_master.model.finding import Confidence, Evidence, Remedy, Risk
from gitops_master.model.kargo import Promotion
from gitops_master.model.kubernetes import Event, PolicyRule
from gitops_master.model.snapshot import Wanted
from gitops_master.rules.access.patterns import MAY_NOT_PROMOTE
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import promote_candidate

GROUP = "kargo.akuity.io"
RECENT = timedelta(days=3)
"""An older refusal is history: whoever was refused has let it be, over a weekend at most."""


@rule(
    "missing-promote-verb-on-stage",
    area="access",
    title="The caller may create Promotions but not promote to this Stage",
    on=StageView,
    risk=Risk.MEDIUM,
    needs={Promotion.KIND},
    explains=("manual-promotion-required", "no-freight-promoted-yet"),
    sources=(
        "akuity/kargo v1.11.2 pkg/webhook/kubernetes/promotion/webhook.go",
        "akuity/kargo#3899",
        "akuity/kargo#450",
    ),
)
def check(stage: StageView) -> Iterator[Hit | Wanted]:
    """Promoting is refused, and no Promotion comes into being.

    Why: besides create on promotions Kargo asks for the verb promote on the Stage itself (webhook and API alike). A Role can
    grant it for single Stages by resourceNames.

    How to tell: `subject "…" is not permitted to create Promotions for Stage "…"` or `promote is not permitted`, in the log
    of whoever promotes (a CI job), of Kargo's API or webhooks server; the Roles of that subject.

    What to do: decide whether the caller may promote here; if so add the Stage to the promote rule of its Role.

    Not this when: a Promotion of the Stage was created after the refusal, the Role grants the verb by now, or the Freight is
    not available to the Stage.
    """
    refused = stage.snapshot.grouped(Event, _refused_stages).get(stage.name, ())
    refusals = [_text(event) for event in refused]
    for log in logs_of(promoting_pods(stage.snapshot, stage.project), stage.snapshot):
        if isinstance(log, Wanted):
            yield log
        else:
            refusals += [line for line in matching(log, MAY_NOT_PROMOTE.regex) if stage.name in _stages_in(line)]
    dated = sorted(refusals, key=lambda one: one.at.timestamp() if one.at else 0.0)
    if not dated or stage.running is not None or _is_over(stage, dated[-1].at):
        return
    refusal = dated[-1]
    found = search(MAY_NOT_PROMOTE, refusal)
    subject = found.groups.get("subject", "") if found else ""
    account = service_account(subject)
    granted = grants(stage.snapshot, account, stage.project) if account is not None else []
    if any(one.allows("promote", GROUP, "stages", stage.name) for grant in granted for one in grant.rules):
        return
    yield Hit(
        summary=(
            f"{subject or 'The caller'} may not promote to Stage {stage.name}: "
            + (_granted(granted) or "it lacks the verb promote on this Stage")
            + ", so no Promotion was created."
        ),
        evidence=_evidence(stage, refusal, granted),
        remedies=_remedies(stage, subject, granted),
        confidence=Confidence.HIGH if granted else Confidence.MEDIUM,
    )


def _text(event: Event) -> Text:
    return Text(event.ref, "message", event.text, event.seen)


def _refused_stages(event: Event) -> list[str]:
    return _stages_in(_text(event)) if "promot" in event.text.lower() else []


def _stages_in(text: Text) -> list[str]:
    """The names of the Stages that the refusal, if it is one, is about."""
    found = search(MAY_NOT_PROMOTE, text)
    return sorted({found.groups[name] for name in ("stage", "stage2") if name in found.groups}) if found else []


def _is_over(stage: StageView, at: datetime | None) -> bool:
    """Whether the refusal is old, or somebody has promoted to the Stage since."""
    if at is not None and stage.snapshot.observed_at - at > RECENT:
        return True
    newest = next((one.created for one in stage.by_age if one.created), None)
    return newest is not None and (at is None or newest > at)


def _promote_rules(granted: list[Grant]) -> list[tuple[Grant, int, PolicyRule]]:
    return [
        (grant, index, one)
        for grant in granted
        for index, one in enumerate(grant.rules)
        if "promote" in one.verbs and "stages" in one.resources
    ]


def _granted(granted: list[Grant]) -> str:
    """`Role granite/ci-promoter has the verb promote only for resourceNames stage`."""
    for grant, _, one in _promote_rules(granted):
        if one.resource_names:
            return f"{grant.role.ref} has the verb promote only for resourceNames {', '.join(one.resource_names)}"
    return f"{granted[0].role.ref} does not have the verb promote on stages" if granted else ""


def _evidence(stage: StageView, refusal: Text, granted: list[Grant]) -> list[Evidence]:
    evidence = [refusal.as_evidence()]
    for grant, index, one in _promote_rules(granted)[:1]:
        told = (
            f"resources: stages, verbs: {', '.join(one.verbs)}, resourceNames: {', '.join(one.resource_names) or 'all'}"
        )
        evidence.append(fact(grant.role, f"rules[{index}]", told, grant.role.created))
    for grant in granted[:1]:
        bound = f"{', '.join(f'{one.kind} {one.namespace}/{one.name}' for one in grant.binding.subjects)}"
        evidence.append(fact(grant.binding, "subjects", bound))
    if stage.snapshot.knows_all(Promotion.KIND):
        newest = next(iter(stage.by_age), None)
        told = f"newest is {newest.name}" if newest else f"no Promotion for {stage.name} exists"
        evidence.append(fact(stage.stage, "Promotions", told, newest.created if newest else None))
    return evidence


def _promote(stage: StageView) -> Remedy:
    """By whoever may: the newest Freight that is available, where it is known."""
    freight = next((one.freight.name for one in stage.next_freight), "")
    if freight:
        return promote_candidate(stage, freight)
    return advise(
        "Run the promotion again then; or have somebody entitled promote",
        confirm_with=f"kubectl -n {stage.project} get promotions.{GROUP} -l {GROUP}/stage={stage.name}",
    )


def _remedies(stage: StageView, subject: str, granted: list[Grant]) -> list[Remedy]:
    role = granted[0].role.ref if granted else "the Role that is bound to the caller"
    ask = f"kubectl auth can-i promote stages.{GROUP}/{stage.name} -n {stage.project}"
    return [
        advise(
            f"If {subject or 'the caller'} may promote to {stage.name} (a decision of whoever answers for it): add {stage.name} "
            f"to the resourceNames of the promote rule in {role}, in the source it is managed from",
            risk=Risk.MEDIUM,
            confirm_with=f"{ask} --as={subject}" if subject else ask,
        ),
        _promote(stage),
    ]

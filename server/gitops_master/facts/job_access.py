"""What the ServiceAccount of a verification's Jobs lacks: what their scripts need before, what they were refused after."""

from collections.abc import Iterator, Mapping

import msgspec

from gitops_master.facts.access import Denial
from gitops_master.facts.kubectl_needs import Need, needs
from gitops_master.facts.rights import Account, allows, bound
from gitops_master.facts.stage import StageView
from gitops_master.facts.verification_outcome import arguments, denials, templates
from gitops_master.model.kubernetes import ClusterRole, Role, ServiceAccount
from gitops_master.model.rollouts import AnalysisSpec, Metric


class JobAccess(msgspec.Struct, frozen=True):
    """`absent`: ServiceAccounts that do not exist. `lacking`: rights that scripts need and that nobody granted.
    `refused`: what the API server refused to a Job. `roles`: what is bound where something was refused."""

    accounts: tuple[Account, ...] = ()
    absent: tuple[Account, ...] = ()
    lacking: tuple[tuple[Account, Need], ...] = ()
    refused: tuple[Denial, ...] = ()
    roles: tuple[Role | ClusterRole, ...] = ()


def job_access(stage: StageView) -> JobAccess:
    """Of the run's Jobs where there is one, else of those that the Stage's templates would make."""
    snapshot = stage.snapshot
    planned = list(_pods(stage))
    accounts = tuple(dict.fromkeys(account for account, _ in planned))
    view = stage.verification
    refused = tuple(dict.fromkeys(denial for _, denial in (denials(view) if view is not None else ())))
    lacking = [
        (account, need)
        for account, wanted in planned
        for need in wanted
        if not any(_is_same(need, denial) for denial in refused) and allows(snapshot, account, need) is False
    ]
    roles = [
        role for one in refused if one.service_account for role in bound(snapshot, one.service_account, one.namespace)
    ]
    return JobAccess(
        accounts=accounts,
        absent=tuple(one for one in accounts if snapshot.lacks(ServiceAccount, *one)),
        lacking=tuple(lacking),
        refused=refused,
        roles=tuple({role.ref: role for role in roles}.values()),
    )


def _is_same(need: Need, denial: Denial) -> bool:
    asked = (denial.verb, denial.group, denial.resource, denial.namespace)
    return (need.verb, need.group, need.resource, need.namespace) == asked


def _pods(stage: StageView) -> Iterator[tuple[Account, list[Need]]]:
    for spec, given in _specs(stage):
        values = {one.name: one.value for one in spec.args if one.value is not None} | dict(given)
        for metric in spec.metrics:
            pod = _pod_of(metric)
            if pod is not None:
                name = pod.get("serviceAccountName") or pod.get("serviceAccount") or "default"
                yield (stage.project, str(name)), needs(pod, stage.project, values)


def _specs(stage: StageView) -> list[tuple[AnalysisSpec, Mapping[str, str]]]:
    view = stage.verification
    if view is not None and view.run is not None:
        return [(view.run.spec, {})]
    given = arguments(stage)
    return [(one.object.spec, given) for one in templates(stage) if one.object is not None]


def _pod_of(metric: Metric) -> dict[str, object] | None:
    """The spec of the pods of a Job metric in the run's own namespace; None for other providers."""
    found: object = metric.provider.get("job")
    for key in ("spec", "template", "spec"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None

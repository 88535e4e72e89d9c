from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.durations import human
from gitops_master.facts.patterns import find
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Evidence, Remedy, Risk, Severity
from gitops_master.model.kargo import REFRESH, ClusterConfig, ProjectConfig
from gitops_master.model.meta import condition
from gitops_master.model.snapshot import Snapshot
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.warehouse.patterns import RECEIVER_NAMED, SECRET_KEY_MISSING, SECRET_UNSEEN
from gitops_master.rules.warehouse.waiting_for_discovery_interval import LONG

Config = ProjectConfig | ClusterConfig
_LABEL = "kargo.akuity.io/cred-type: generic"
_KEYS = {
    **dict.fromkeys(("azure", "bitbucket", "dockerhub", "generic", "gitea", "github", "quay"), "secret"),
    **dict.fromkeys(("artifactory", "gitlab"), "secret-token"),
    "harbor": "auth-header",
}
"""The key that each kind of receiver reads from its Secret (akuity/kargo v1.11.2 pkg/webhook/external)."""


@rule(
    "webhook-receiver-misconfigured",
    area="warehouse",
    title="A webhook receiver is not usable",
    on=WarehouseView,
    severity=Severity.MEDIUM,
    needs={ProjectConfig.KIND, ClusterConfig.KIND},
    explains={"waiting-for-discovery-interval", "artifacts-unchanged-no-new-freight"},
    versions=("kargo >= 1.6",),
    sources=("akuity/kargo#5700", "akuity/kargo#5843", "akuity/kargo v1.11.2 pkg/controller/management/projectconfigs"),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """New artifacts become Freight only when the interval has passed, although a webhook receiver is configured.

    Why: the receiver's Secret or the key in it is missing, so it has no address, and nothing can be delivered to it.

    How to tell: Ready of the ProjectConfig or ClusterConfig is False with SyncWebhookReceiversFailed, or a receiver of its
    spec has no entry with a URL in its status.

    What to do: create the Secret that the receiver names, or add the key of its kind (`secret` for most, `secret-token` for
    gitlab and artifactory, `auth-header` for harbor); the URL appears in the status by itself.
    With Kargo 1.9.0 to 1.9.5 no Project's receiver finds its Secret (`unknown namespace for the cache`): upgrade.

    Not this when: the receiver has its URL: then look at the deliveries at the sender's side.
    """
    if not (warehouse.asked or warehouse.interval >= LONG):
        return
    for config in _configs(warehouse.snapshot, warehouse.project):
        missing = _missing(config)
        ready = condition(config.status.conditions, "Ready")
        failed = ready is not None and ready.status == "False" and ready.reason == "SyncWebhookReceiversFailed"
        if not missing or not (failed or ready is None or ready.status == "True"):
            continue
        evidence = [fact(config, "spec.webhookReceivers[].name", missing), *_status(config)]
        if ready is not None and failed:
            evidence += [
                fact(config, "status.conditions[Ready].reason", ready.reason),
                fact(config, "status.conditions[Ready].message", ready.message),
            ]
        said = f": {ready.message.partition(': ')[2] or ready.message}" if ready is not None and failed else ""
        yield Hit(
            summary=f"Webhook receiver {', '.join(missing)} of {config.ref} has no address{said}; Freight of {warehouse.name} "
            f"arrives only by polling every {human(warehouse.interval)}.",
            evidence=evidence,
            remedies=_remedies(config, missing, said),
            subject=config.ref,
        )
        return


def _remedies(config: Config, missing: list[str], said: str) -> list[Remedy]:
    confirm = _get(config, "{.status.webhookReceivers}")
    if find(SECRET_UNSEEN, said) is not None:
        return [
            advise(
                f"Until Kargo is upgraded, move receiver {', '.join(missing)} to the ClusterConfig, with its Secret in Kargo's system "
                "resources namespace: this release's management controller does not read the Secrets of Projects, though they exist"
            ),
            advise("Upgrade Kargo to v1.9.6 or later", risk=Risk.MEDIUM, confirm_with=confirm),
        ]
    title = f"Refresh {config.ref}, if the URL does not appear by itself"
    return [
        advise(_secret_advice(config, missing, said), confirm_with=confirm),
        advise(title, _refresh(config), confirm_with=confirm),
    ]


def _configs(snapshot: Snapshot, project: str) -> Iterator[Config]:
    own = snapshot.get(ProjectConfig, project, project)
    if own is not None:
        yield own
    yield from snapshot.all(ClusterConfig)


def _missing(config: Config) -> list[str]:
    """Receivers of the spec that have no URL in the status."""
    served = {one.name for one in config.status.webhook_receivers if one.url}
    return [str(one.get("name", "")) for one in config.spec.webhook_receivers if str(one.get("name", "")) not in served]


def _status(config: Config) -> list[Evidence]:
    urls = [one.name for one in config.status.webhook_receivers if one.url]
    return [fact(config, "status.webhookReceivers[].url", f"set for {', '.join(urls)} only" if urls else "none")]


def _secret_advice(config: Config, missing: list[str], said: str) -> str:
    """Which Secret needs which key: made anew, or only completed where the message says that just the key is missing."""
    named = match["name"] if (match := find(RECEIVER_NAMED, said)) else ""
    lacks_key = find(SECRET_KEY_MISSING, said) is not None
    for one in config.spec.webhook_receivers:
        if one.get("name") != (named if named in missing else missing[0]):
            continue
        for kind, given in one.items():
            reference = given.get("secretRef") if isinstance(given, dict) else None
            if isinstance(reference, dict) and reference.get("name"):
                where = (
                    f" in namespace {config.namespace}"
                    if config.namespace
                    else " in Kargo's system resources namespace"
                )
                key = f"key {_KEYS[kind]}" if kind in _KEYS else "the key"
                what = f"which a {kind} receiver reads"
                if lacks_key:
                    return f"Add {key}, {what}, to Secret {reference['name']}{where}: the Secret exists, but lacks it"
                return f"Create Secret {reference['name']}{where} with {key}, {what}, and the label {_LABEL}"
    return "Create the Secret that the receiver names, with the key that its kind reads"


def _get(config: Config, path: str) -> str:
    plural = "projectconfigs.kargo.akuity.io" if config.namespace else "clusterconfigs.kargo.akuity.io"
    place = f"-n {config.namespace} " if config.namespace else ""
    return f"kubectl {place}get {plural} {config.name} -o jsonpath='{path}'"


def _refresh(config: Config) -> str:
    plural = "projectconfigs.kargo.akuity.io" if config.namespace else "clusterconfigs.kargo.akuity.io"
    place = f"-n {config.namespace} " if config.namespace else ""
    return f"kubectl {place}annotate {plural} {config.name} {REFRESH}=$(date +%s) --overwrite"

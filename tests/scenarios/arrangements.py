"""Projects made by chance: any field may be missing, any reference may dangle, any text may be hostile."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Json = dict[str, Any]

SECRET = "hunter2-aHVudGVyMg"
PROJECT = "p" * 63
STAGES = ["dev", "prod", "s" * 63, "a.b-c", "d" * 253]
WAREHOUSES = ["main", "w" * 253]
APPS = ["shop", "a" * 253]
FREIGHT = [letter * 40 for letter in "abc"]
PROMOTIONS = [f"dev.01jd{number:022}.aaaaaaa" for number in range(3)] + ["manual", "q" * 253]
RUNS = ["run", "r" * 253]
TIMES = [
    "2026-11-23T12:00:00Z",
    "2026-11-22T00:00:00Z",
    "2026-11-23T11:59:59.123456789Z",
    "2026-11-23T14:00:00+02:00",
    "2031-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
]
MESSAGES = [
    'step "sync" met error threshold of 1: error running step "sync": Argo CD Application "shop" in namespace "argocd" is not authorized',
    'Argo CD Application "shop" in namespace "argocd" has health state "Degraded"',
    "dial tcp: lookup github.com on 10.0.0.10:53: no such host",
    "error cloning repo: authentication required: Repository not found",
    "failed to push some refs: non-fast-forward; rebase",
    'unable to create Pod: pods "x" is forbidden: exceeded quota',
    "rpc error: code = Unavailable desc = connection refused",
    'one or more objects failed to apply, reason: Job.batch "x" is invalid: spec.template: field is immutable',
    "${{ outputs.commit.commit }} ${{ fail('x') }} {{ .Values.x }} ${HOME} $(id)",
    'stage "ghost" not found; Freight "aaaa" is not available to Stage "dev"',
    "password=hunter3 token: ghp_0123456789abcdefghijklmnopqrstuvwxyz https://user:pw@example.com/x.git",
    "toomanyrequests: You have reached your pull rate limit",
    'metric "m" assessed Failed due to failed (1) > failureLimit (0)',
]
HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\x7f\x08\x00".replace("\x00", ""),
    "\r\n",
    "‮evil",
    "\u2028",
    "😀 ñ 中",
    "{}[]\"'\\%s%n",
    "y" * 20_000,
]

Draw = Callable[[Random], Any]
"""Makes a value by chance. Plain functions, because Hypothesis' strategies take minutes over structures of this size."""


def pick(*values: Any) -> Draw:
    return lambda chance: chance.choice(values)


def some(**parts: Draw) -> Draw:
    """A mapping that mostly has these keys, and sometimes one that no version has yet."""

    def draw(chance: Random) -> Json:
        likely = chance.choice([0.3, 0.8, 1.0])
        found = {key: value(chance) for key, value in parts.items() if chance.random() < likely}
        return found | ({"fieldOfTheFuture": {"nested": [1, None, {"deep": "x"}]}} if chance.random() < 0.1 else {})

    return draw


def few(each: Draw, most: int = 2, least: int = 0) -> Draw:
    return lambda chance: [each(chance) for _ in range(chance.randint(least, most))]


def keyed(keys: Sequence[str], value: Draw, most: int = 2) -> Draw:
    return lambda chance: {chance.choice(keys): value(chance) for _ in range(chance.randint(0, most))}


def word(*known: str) -> Draw:
    return pick(*known, *known, "", "NotYetInvented")


def texts(chance: Random) -> str:
    parts = [chance.choice(MESSAGES) if chance.random() < 0.8 else ""]
    if chance.random() < 0.3:
        parts.insert(chance.randint(0, 1), chance.choice(HOSTILE))
    if chance.random() < 0.1:
        parts.append(
            "".join(chr(chance.choice([chance.randint(1, 0xFF), chance.randint(0x100, 0xD7FF)])) for _ in range(20))
        )
    return " ".join(parts)


times = pick(*TIMES)
small = pick(0, 1, 2, 3)
booleans = pick(True, False)


phases = word("Pending", "Running", "Succeeded", "Failed", "Errored", "Aborted", "Successful", "Error", "Inconclusive")
healths = word("Healthy", "Degraded", "Progressing", "Missing", "Suspended", "Unknown", "Unhealthy")
conditions = few(
    some(
        type=word("Ready", "Promoting", "Healthy", "Verified", "Reconciling", "SyncError", "ComparisonError"),
        status=word("True", "False", "Unknown"),
        reason=word(
            "ReconcileError", "NoFreight", "DiscoveryFailure", "MissingArtifacts", "LastPromotionErrored", "Unhealthy"
        ),
        message=texts,
        lastTransitionTime=times,
    ),
    4,
)
origins = some(kind=pick("Warehouse"), name=pick(*WAREHOUSES, "ghost"))
commit = some(
    id=pick(*FREIGHT),
    repoURL=pick("https://git.example/x.git"),
    message=texts,
    tag=word("v1"),
    branch=word("main"),
)
image = some(repoURL=pick("r.example/x"), tag=word("1.0"), digest=word("sha256:1"))
commits, images = few(commit), few(image)
reference = some(name=pick(*FREIGHT, "gone"), origin=origins, commits=commits, images=images)
app_of_step = some(
    name=pick(*APPS, "ghost", "${{ vars.app }}"),
    namespace=word("argocd"),
    selector=some(matchLabels=pick({"a": "b"})),
)
step = some(
    **{"as": word("sync", "commit"), "if": pick("${{ always() }}")},
    uses=word("argocd-update", "git-clone", "git-push", "http", "git-wait-for-pr", "yaml-update", "argocd-wait"),
    config=some(apps=few(app_of_step), repoURL=texts, path=texts, url=texts),
    retry=some(timeout=word("5m0s", "soon"), errorThreshold=small),
    task=some(name=word("task"), kind=word("ClusterPromotionTask")),
    continueOnError=booleans,
)
execution = some(
    alias=word("sync", "commit", "step-1"), status=word("Succeeded", "Failed", "Errored", "Running", "Skipped", "Aborted"),
    message=texts, errorCount=small, startedAt=times, finishedAt=times, continueOnError=booleans,
)  # fmt: skip
origin_items = keyed(["Warehouse/main", "Warehouse/ghost"], reference)
collection = some(id=word("1"), items=origin_items)
promotion_status = some(
    phase=phases, message=texts, currentStep=pick(0, 1, 5, 9), stepExecutionMetadata=few(execution, 3),
    freight=reference, freightCollection=collection, startedAt=times, finishedAt=times, lastHandledRefresh=word("1"),
    healthChecks=few(some(uses=word("argocd-update"), config=some(apps=few(app_of_step)))),
    state=some(sync=some(commit=texts), **{"step-1": some(prURL=texts, pr=some(id=small))}),
)  # fmt: skip
promotion_reference = some(name=pick(*PROMOTIONS), freight=reference, status=promotion_status, finishedAt=times)
verification_info = some(
    id=word("v1"), phase=phases, message=texts, startTime=times, finishTime=times,
    analysisRun=some(name=pick(*RUNS, "ghost"), namespace=word(PROJECT), phase=phases),
)  # fmt: skip
request = some(
    origin=origins,
    sources=some(
        direct=booleans, stages=few(pick(*STAGES, "ghost"), 3), availabilityStrategy=word("All", "OneOf"),
        requiredSoakTime=word("6h0m0s", "-1h", "999999h", "1d"),
        autoPromotionOptions=some(selectionPolicy=word("NewestFreight", "MatchUpstream")),
    ),
)  # fmt: skip
hold = some(
    freightName=pick(*FREIGHT),
    origin=origins,
    promotionName=pick(*PROMOTIONS),
    actor=texts,
    createdAt=times,
)
stage_status = some(
    conditions=conditions, phase=word("Steady", "Promoting"), message=texts, freightSummary=texts, observedGeneration=small,
    freightHistory=few(some(id=word("1"), items=origin_items, verificationHistory=few(verification_info))),
    health=some(status=healths, issues=few(texts), output=few(some(applicationStatuses=few(some(Name=pick(*APPS)))))),
    currentPromotion=promotion_reference, lastPromotion=promotion_reference, autoPromotionEnabled=booleans,
    autoPromotionHolds=keyed(["Warehouse/main"], hold, 1),
)  # fmt: skip
verification = some(analysisTemplates=few(some(name=word("tmpl"))), args=few(some(name=word("a"), value=texts)))
measurement = some(
    phase=phases, message=texts, value=texts, startedAt=times, finishedAt=times, metadata=pick({"job-name": "job"})
)
metric_result = some(
    name=word("m"), phase=phases, message=texts, count=small, failed=small, error=small, measurements=few(measurement)
)
resource = some(
    group=word("apps"),
    version=word("v1"),
    kind=word("Deployment", "Job"),
    namespace=word("work"),
    name=word("web"),
    status=word("Synced", "OutOfSync"),
    health=some(status=healths, message=texts),
)
operation = some(
    phase=word("Running", "Terminating", "Succeeded", "Failed", "Error"), message=texts, startedAt=times, finishedAt=times, retryCount=small,
    operation=some(info=few(some(name=word("kargo.akuity.io/promotion"), value=pick(*PROMOTIONS))), initiatedBy=some(username=texts)),
    syncResult=some(revision=word("abc"), resources=few(some(kind=word("Job"), name=word("web"), message=texts, status=word("SyncFailed"), hookPhase=word("Failed")))),
)  # fmt: skip


KARGO = frozenset({"Stage", "Promotion", "Freight", "Warehouse", "ProjectConfig"})
annotations = some(
    **{
        "kargo.akuity.io/authorized-stage": texts,
        "kargo.akuity.io/argocd-context": pick('[{"name":"shop","namespace":"argocd"}]', "[1", "{}", '[{"name":null}]'),
        "kargo.akuity.io/refresh": texts,
        "kargo.akuity.io/reverify": texts,
    }
)
metadata = some(
    creationTimestamp=times, generation=small, uid=word("u1", "u2"), annotations=annotations,
    labels=keyed(["kargo.akuity.io/stage", "kargo.akuity.io/shard", "a"], word("dev", "b")),
    ownerReferences=few(some(kind=word("Stage"), name=pick(*STAGES), uid=word("u1"))),
)  # fmt: skip


def objects(kind: str, names: list[str], namespace: str = PROJECT, least: int = 0, **parts: Draw) -> Draw:
    """Up to three objects of a kind under different names; any part may be missing, of the metadata, too."""
    version = "kargo.akuity.io/v1alpha1" if kind in KARGO else "argoproj.io/v1alpha1"
    body = some(**parts)

    def draw(chance: Random) -> list[Json]:
        found = []
        for name in chance.sample(names, chance.randint(least, min(3, len(names)))):
            about = {**metadata(chance), "name": name, "namespace": namespace}
            if chance.random() < 0.05:
                about["deletionTimestamp"] = times(chance)
            found.append({"apiVersion": version, "kind": kind, "metadata": about, **body(chance)})
        return found

    return draw


stages = objects(
    "Stage", STAGES, least=1, status=stage_status,
    spec=some(requestedFreight=few(request), promotionTemplate=some(spec=some(steps=few(step, 3))), verification=verification, shard=word("s")),
)  # fmt: skip
freight_status = some(
    currentlyIn=keyed(STAGES, some(since=times), 2),
    verifiedIn=keyed(STAGES, some(verifiedAt=times, longestSoak=word("1h0m0s")), 2),
    approvedFor=keyed(STAGES, some(approvedAt=times), 1),
)  # fmt: skip
KINDS: tuple[Draw, ...] = (
    stages,
    objects("Promotion", PROMOTIONS, status=promotion_status, spec=some(stage=pick(*STAGES), freight=pick(*FREIGHT), steps=few(step, 3))),
    objects("Freight", FREIGHT, alias=texts, origin=origins, status=freight_status, discoveredAt=times, commits=commits, images=images),
    objects("Warehouse", WAREHOUSES, spec=some(interval=word("5m0s"), shard=word("s"), subscriptions=few(some(git=some(repoURL=texts), image=some(repoURL=texts, semverConstraint=texts)))),
            status=some(conditions=conditions, lastFreightID=pick(*FREIGHT), discoveredArtifacts=some(discoveredAt=times, git=few(some(commits=few(some(id=pick(*FREIGHT), creatorDate=times))))))),
    objects("ProjectConfig", [PROJECT], spec=some(promotionPolicies=few(some(stage=pick(*STAGES), autoPromotionEnabled=booleans, stageSelector=some(name=word("regex:(", "glob:*", "dev")))))),
    objects("Application", APPS, "argocd", operation=some(sync=some(revision=word("abc"))), spec=some(project=word("default"), sources=few(some(repoURL=texts, targetRevision=texts)), syncPolicy=some(automated=some(selfHeal=booleans))),
            status=some(conditions=conditions, health=some(status=healths, message=texts), sync=some(status=word("Synced", "OutOfSync"), revision=word("abc")), operationState=operation, resources=few(resource), reconciledAt=times, history=few(some(deployedAt=times)))),
    objects("AnalysisRun", RUNS, status=some(phase=phases, message=texts, metricResults=few(metric_result), startedAt=times, completedAt=times), spec=some(metrics=few(some(name=word("m"), provider=some(job=some(spec=some())), count=pick(1, "2"))), terminate=booleans)),
)  # fmt: skip


def world(chance: Random) -> list[Json]:
    labels = {"kargo.akuity.io/cred-type": "git"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "git", "namespace": PROJECT, "labels": labels}}
    every = [one for kind in KINDS for one in kind(chance)]
    return [*every, {**secret, "data": {"password": SECRET}, "stringData": {"token": SECRET}}]

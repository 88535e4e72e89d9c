"""Faults of objects, configs, step kinds, fields that go and names: one a test."""

from typing import Any

import pytest

from gitops_master.model.manifest import Manifest
from tests.manifests.checks.faults import STEPS, found, stage, step, task, with_spec
from tests.manifests.schema.examples import KARGO, KINDS, valid

POLICIES = "spec.promotionPolicies"


def object_faults(*manifests: Manifest, kargo: str = "") -> list[tuple[str, str]]:
    return [(path, words) for _, path, words in found("schema-mismatch", *manifests, kargo=kargo)]


def requested(**sources: Any) -> list[dict[str, Any]]:
    return [{"origin": {"kind": "Warehouse", "name": "w"}, "sources": sources}]


def receivers(*all_: dict[str, Any]) -> Manifest:
    return with_spec("ProjectConfig", webhookReceivers=list(all_))


def subscribed(*subs: Any) -> Manifest:
    return with_spec("Warehouse", subscriptions=list(subs))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [{"status": {"any": 1}}, {}])
def test_what_controllers_write_is_accepted(kind: str, more: dict[str, Any]) -> None:
    whole = valid(kind)
    written = {"uid": "u", "generation": 2, "resourceVersion": "3", "managedFields": [{}], "creationTimestamp": "t"}
    held = Manifest({**whole, "metadata": {**whole["metadata"], **written}, **more})

    assert object_faults(held) == []


def test_objects_of_other_groups_are_no_matter_of_ours() -> None:
    assert object_faults(Manifest({"apiVersion": "v1", "kind": "ConfigMap", "data": {}, "odd": 1})) == []
    assert object_faults(Manifest({"apiVersion": KARGO, "kind": "Freight", "odd": 1})) == []


STAGE_FAULTS: list[tuple[Manifest, str, str]] = [
    (stage(step(), requestedFreights=[]), "spec.requestedFreights", "no such field; did you mean 'requestedFreight'?"),
    (stage(step(), promotionMechanisms={}), "spec.promotionMechanisms", "Kargo v1.0 removed this field"),
    (stage(step(), requestedFreight=[]), "spec.requestedFreight", "must have at least one entry"),
    (stage(step(), requestedFreight={}), "spec.requestedFreight", "is a mapping, but must be a list"),
    (stage(step(), requestedFreight=None), "spec.requestedFreight", "is empty, but must be a list"),
    (stage(step(), shard=1), "spec.shard", "is a number, but must be a text"),
    (
        stage(step(), vars=[{"name": "a-b"}]),
        "spec.vars[0].name",
        "'a-b' is not a name: letters, digits and '_', no digit first",
    ),
    (stage(step(), vars=[{"name": "a", "value": True}]), "spec.vars[0].value", "is true or false, but must be a text"),
    (
        stage(step(), requestedFreight=requested(direct="yes")),
        "spec.requestedFreight[0].sources.direct",
        "is a text, but must be true or false",
    ),
    (
        stage(step(), requestedFreight=requested(stages=["a"], requiredSoakTime="1d")),
        "spec.requestedFreight[0].sources.requiredSoakTime",
        "'1d' is not a duration such as 90s, 5m or 1h30m",
    ),
    (
        stage(step(), requestedFreight=requested(stages=["a"], availabilityStrategy="Any")),
        "spec.requestedFreight[0].sources.availabilityStrategy",
        "is 'Any'",
    ),
    (
        stage(step(), requestedFreight=requested(direct=True) * 2),
        "spec.requestedFreight[1].origin.name",
        "Freight of Warehouse 'w' is requested in entry 0 already",
    ),
    (
        stage(
            step(),
            requestedFreight=requested(stages=["a", "b"], autoPromotionOptions={"selectionPolicy": "MatchUpstream"}),
        ),
        "spec.requestedFreight[0].sources.autoPromotionOptions.selectionPolicy",
        "MatchUpstream needs exactly one Stage in sources.stages",
    ),
    (stage(), f"{STEPS}", "must have at least one entry"),
    (stage({"config": {}}), f"{STEPS}[0]", "must have one of uses, task"),
    (stage({"uses": "http", "task": {"name": "a"}}), f"{STEPS}[0].task", "excludes uses"),
    (stage({"task": {"name": "A"}}), f"{STEPS}[0].task.name", "'A' is not a name"),
    (stage({"task": {"name": "a", "kind": "Task"}}), f"{STEPS}[0].task.kind", "is 'Task'"),
    (stage(step() | {"as": "step-1"}), f"{STEPS}[0].as", "is an alias that Kargo keeps for itself"),
    (stage(step() | {"as": "a"}, step() | {"as": "a"}), f"{STEPS}[1].as", "the alias 'a' stands in entry 0 already"),
    (stage(step() | {"retry": {"timeout": "soon"}}), f"{STEPS}[0].retry.timeout", "'soon' is no duration"),
    (
        stage(step() | {"retry": {"errorThreshold": "3"}}),
        f"{STEPS}[0].retry.errorThreshold",
        "is a text, but must be a whole number",
    ),
    (stage(step(), verification={"args": [{"name": "a"}]}), "spec.verification.args[0].value", "is missing"),
]


@pytest.mark.parametrize(("held", "path", "words"), STAGE_FAULTS)
def test_a_fault_of_a_stage(held: Manifest, path: str, words: str) -> None:
    ((where, told),) = object_faults(held)

    assert where == path
    assert told.startswith(words)


@pytest.mark.parametrize("key", ["if", "config", "continueOnError", "retry"])
def test_a_step_that_names_a_task_can_have_nothing_of_the_tasks(key: str) -> None:
    value: Any = {"if": "${{ true }}", "config": {}, "continueOnError": True, "retry": {}}[key]

    assert [one[0] for one in object_faults(stage({"task": {"name": "a"}, key: value}))] == [f"{STEPS}[0].{key}"]


def test_a_task_cannot_name_a_task() -> None:
    assert object_faults(task({"task": {"name": "a"}}))[0][0] == "spec.steps[0].task"
    assert object_faults(task({"config": {}})) == [("spec.steps[0].uses", "is missing")]


OTHER_FAULTS: list[tuple[Manifest, str, str]] = [
    (with_spec("Warehouse", interval="5 min"), "spec.interval", "'5 min' is not a duration"),
    (
        with_spec("Warehouse", freightCreationPolicy="automatic"),
        "spec.freightCreationPolicy",
        "is 'automatic'; did you mean",
    ),
    (subscribed(), "spec.subscriptions", "must have at least one entry"),
    (subscribed({}), "spec.subscriptions[0]", "is empty, but must have one: git, image or chart"),
    (
        subscribed({"git": {"repoURL": "https://a.example/b"}, "image": {"repoURL": "a/b"}}),
        "spec.subscriptions[0]",
        "has 2 keys (git, image), but must have one",
    ),
    (
        subscribed({"gti": {"name": "a"}}),
        "spec.subscriptions[0].gti",
        "open-source Kargo has no subscriptions of this kind; did you",
    ),
    (subscribed({"image": {}}), "spec.subscriptions[0].image.repoURL", "is missing"),
    (
        subscribed({"image": {"repoURL": "https://a/b"}}),
        "spec.subscriptions[0].image.repoURL",
        "'https://a/b' is not the name of an",
    ),
    (
        subscribed({"image": {"repoURL": "a/b:v1"}}),
        "spec.subscriptions[0].image.repoURL",
        "'a/b:v1' is not the name of an image",
    ),
    (
        subscribed({"image": {"repoURL": "a/b", "imageSelectionStrategy": "Digest"}}),
        "spec.subscriptions[0].image.constraint",
        "must name the tag whose digest is followed",
    ),
    (
        subscribed({"image": {"repoURL": "a/b", "semverConstraint": "^1"}}),
        "spec.subscriptions[0].image.semverConstraint",
        "Kargo v1.9 removed this field",
    ),
    (
        subscribed({"git": {"repoURL": "a.example/b"}}),
        "spec.subscriptions[0].git.repoURL",
        "'a.example/b' is not the URL of a git",
    ),
    (subscribed({"chart": {"repoURL": "https://a.example"}}), "spec.subscriptions[0].chart.name", "is missing"),
    (
        subscribed({"chart": {"repoURL": "oci://a.example/b", "name": "b"}}),
        "spec.subscriptions[0].chart.name",
        "must be left out",
    ),
    (
        subscribed({"image": {"repoURL": "a/b", "discoveryLimit": 101}}),
        "spec.subscriptions[0].image.discoveryLimit",
        "is 101, but",
    ),
    (
        subscribed({"image": {"repoURL": "a/b"}}, {"image": {"repoURL": "a/b"}}),
        "spec.subscriptions[1].image.repoURL",
        "subscription 0 is to the same already",
    ),
    (with_spec("ProjectConfig", promotionPolicies=[{}]), f"{POLICIES}[0]", "must have one of stage, stageSelector"),
    (
        with_spec("ProjectConfig", promotionPolicies=[{"stage": "a", "stageSelector": {"name": "b"}}]),
        f"{POLICIES}[0].stageSelector",
        "excludes stage",
    ),
    (
        with_spec(
            "ProjectConfig", promotionPolicies=[{"stageSelector": {"name": "a"}}, {"stageSelector": {"name": "a"}}]
        ),
        f"{POLICIES}[1].stageSelector.name",
        "policy 0 is for 'a' already",
    ),
    (
        with_spec("ProjectConfig", promotionPolicies=[{"stageSelector": {"name": "wild:a"}}]),
        f"{POLICIES}[0].stageSelector.name",
        "'wild' is no sort of pattern",
    ),
    (
        with_spec("ProjectConfig", promotionPolicies=[{"stageSelector": {"name": "regex:("}}]),
        f"{POLICIES}[0].stageSelector.name",
        "'(' is no regular expression",
    ),
    (
        with_spec("ProjectConfig", promotionPolicies=[{"stage": "a", "autoRollback": {"onPromotion": ["Aborted"]}}]),
        f"{POLICIES}[0].autoRollback.onPromotion[0]",
        "is 'Aborted'",
    ),
    (
        receivers({"name": "a", "github": {"secretRef": {"name": "s"}}, "quay": {"secretRef": {"name": "s"}}}),
        "spec.webhookReceivers[0].quay",
        "a receiver has one sort; this has github, quay",
    ),
    (
        receivers(*[{"name": "a", "github": {"secretRef": {"name": "s"}}}] * 2),
        "spec.webhookReceivers[1].name",
        "the name 'a' stands in entry 0 already",
    ),
    (Manifest({**valid("Project"), "spec": {}}), "spec", "no such field: Kargo 1.7 removed it"),
    (
        Manifest({**valid("Project"), "apiVersion": "kargo.akuity.io/v1"}),
        "apiVersion",
        "'kargo.akuity.io/v1' does not exist",
    ),
    (Manifest({**valid("Project"), "kind": "Stages"}), "kind", "Kargo has no kind 'Stages'; did you mean 'Stage'?"),
    (Manifest({**valid("Project"), "specs": {}}), "specs", "no such field; did you mean 'spec'?"),
    (
        Manifest({**valid("Project"), "metadata": {"name": "a", "lables": {}}}),
        "metadata.lables",
        "no such field; did you mean",
    ),
    (Manifest({**valid("Project"), "metadata": {}}), "metadata.name", "is missing"),
    (
        Manifest({**valid("Project"), "metadata": {"name": "a", "labels": {"b": True}}}),
        "metadata.labels.b",
        "is true or false, but must be a text",
    ),
    (
        Manifest({**valid("ProjectConfig"), "metadata": {"name": "a", "namespace": "b"}}),
        "metadata.name",
        "is 'a', but a ProjectConfig is called as its project: 'b'",
    ),
    (
        Manifest({**valid("ClusterConfig"), "metadata": {"name": "a"}}),
        "metadata.name",
        "is 'a', but the only ClusterConfig",
    ),
]


@pytest.mark.parametrize(("held", "path", "words"), OTHER_FAULTS)
def test_a_fault_of_another_object(held: Manifest, path: str, words: str) -> None:
    ((where, told),) = object_faults(held)

    assert where == path
    assert told.startswith(words)


def template(*metrics: dict[str, Any]) -> Manifest:
    metadata = {"name": "t", "namespace": "demo"}
    return Manifest(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AnalysisTemplate",
            "metadata": metadata,
            "spec": {"metrics": list(metrics)},
        }
    )


def test_the_outside_of_an_analysis_template() -> None:
    web = {"web": {"url": "https://a.example", "jsonPath": "{$.a}"}}

    assert (
        object_faults(template({"name": "a", "provider": web, "interval": "10s", "count": 3, "failureLimit": "1"}))
        == []
    )
    assert object_faults(template({"name": "a"})) == [("spec.metrics[0].provider", "is missing")]
    assert object_faults(template({"name": "a", "provider": {"webb": {}}}))[0][0] == "spec.metrics[0].provider.webb"
    assert object_faults(template({"name": "a", "provider": {}})) == [
        ("spec.metrics[0].provider", "must have one provider, has none")
    ]
    assert object_faults(template({"name": "a", "provider": web, "interval": "10"}))[0][0] == "spec.metrics[0].interval"


def test_a_field_that_the_installed_version_has_not() -> None:
    soak = stage(step(), requestedFreight=requested(stages=["a"], requiredSoakTime="1h"))

    assert object_faults(soak, kargo="1.2.0") == []
    assert object_faults(soak, kargo="1.1.0") == [
        ("spec.requestedFreight[0].sources.requiredSoakTime", "Kargo has this field since v1.2; installed is v1.1.0")
    ]
    assert object_faults(Manifest(valid("ClusterConfig")), kargo="1.5.0")[0][0] == "kind"
    assert object_faults(Manifest({**valid("Project"), "spec": {}}), kargo="1.6.0") == []


CONFIG_FAULTS: list[tuple[str, Any, str, str]] = [
    ("git-clone", None, "repoURL", "is missing"),
    (
        "git-clone",
        {"repoURL": "u", "checkout": [{"path": "a", "branch": "b", "tag": "c"}]},
        "checkout[0].tag",
        "excludes branch",
    ),
    (
        "git-clone",
        {"repoURL": "u", "checkout": [{"pth": "a", "path": "b"}]},
        "checkout[0].pth",
        "no such field; did you mean 'path'?",
    ),
    (
        "git-push",
        {"path": "a", "targetBranch": "b", "generateTargetBranch": True},
        "targetBranch",
        "excludes generateTargetBranch",
    ),
    ("git-push", {"path": "a", "tag": "v", "force": True}, "force", "cannot be used with tag"),
    ("git-wait-for-pr", {"repoURL": "git@a.example:b", "prNumber": 1}, "repoURL", "'git@a.example:b' is no URL"),
    (
        "git-wait-for-pr",
        {"repoURL": "https://a.example", "prNumber": "1"},
        "prNumber",
        "is a text, but must be a whole number",
    ),
    ("kustomize-set-image", {"path": "a", "images": [{"image": "i"}]}, "images[0]", "must have one of tag, digest"),
    ("argocd-update", {"apps": [{"namespace": "a"}]}, "apps[0]", "must have one of name, selector"),
    (
        "argocd-update",
        {"apps": [{"selector": {}}]},
        "apps[0].selector",
        "must have one of matchLabels, matchExpressions",
    ),
    (
        "argocd-update",
        {"apps": [{"name": "a", "sources": [{"repoURL": "u", "updateTargetRevision": True}]}]},
        "apps[0].sources[0].updateTargetRevision",
        "needs desiredRevision beside it",
    ),
    (
        "argocd-wait",
        {"apps": [{"name": "a", "waitFor": ["healthy"]}]},
        "apps[0].waitFor[0]",
        "is 'healthy'; did you mean 'health'?",
    ),
    ("delete", {"path": "a", "paths": ["b"]}, "paths", "excludes path"),
    ("http", {"url": "u", "timeout": "5"}, "timeout", "'5' is no duration"),
    ("yaml-update", {"path": "a", "updates": []}, "updates", "must have at least one entry"),
    ("yaml-update", {"path": "a", "updates": [{"key": "a"}]}, "updates[0].value", "is missing"),
    ("set-metadata", [], "", "is a list, but must be a mapping"),
]


@pytest.mark.parametrize(("uses", "config", "path", "words"), CONFIG_FAULTS)
def test_a_fault_of_a_config(uses: str, config: Any, path: str, words: str) -> None:
    problems = found("step-config-invalid", stage({"uses": uses, "config": config}))

    where = f"{STEPS}[0].config.{path}".rstrip(".")
    assert [(level, at) for level, at, _ in problems[:1]] == [("error", where)]
    assert problems[0][2].startswith(f"{uses}: {words}")


def test_an_expression_may_come_to_nothing_so_it_excludes_nothing() -> None:
    image = {"image": "i", "tag": "${{ vars.tag }}", "digest": "${{ vars.digest }}"}

    assert (
        found("step-config-invalid", stage({"uses": "kustomize-set-image", "config": {"path": "a", "images": [image]}}))
        == []
    )


def test_a_config_of_another_version() -> None:
    held = stage({"uses": "git-push", "config": {"path": "a", "force": True}})

    assert found("step-config-invalid", held, kargo="1.9.0") == []
    assert found("step-config-invalid", held, kargo="1.8.0")[0][2].endswith("since v1.9; installed is v1.8.0")


def kinds(uses: str, kargo: str = "") -> list[tuple[str, str]]:
    return [(level, words) for level, _, words in found("step-kind-unknown", stage({"uses": uses}), kargo=kargo)]


def test_a_step_that_no_kargo_has() -> None:
    assert kinds("git-cloen") == [("error", "Kargo has no step 'git-cloen'; did you mean 'git-clone'?")]


def test_a_step_that_only_the_platform_has() -> None:
    words = "only Kargo on the Akuity Platform has jira; open-source Kargo says that it is not registered"

    assert kinds("jira") == [("warning", words)]


def test_a_step_that_the_installed_version_has_not_yet_or_no_longer() -> None:
    assert kinds("argocd-wait") == kinds("argocd-wait", "1.10.0") == []
    assert kinds("argocd-wait", "1.9.3") == [("error", "Kargo has argocd-wait since v1.10; installed is v1.9.3")]
    assert kinds("helm-update-image") == [("error", "Kargo v1.3 removed helm-update-image")]
    assert kinds("helm-update-image", "1.2.0") == []


def deprecated(held: Manifest, kargo: str = "") -> list[tuple[str, str]]:
    return [(level, path) for level, path, _ in found("deprecated-field", held, kargo=kargo)]


def test_tags_by_the_old_fields_fail_since_1_11() -> None:
    held = subscribed({"image": {"repoURL": "a/b", "allowTags": "^v", "ignoreTags": ["v1"]}})
    paths = ("spec.subscriptions[0].image.allowTags", "spec.subscriptions[0].image.ignoreTags")

    assert deprecated(held) == deprecated(held, "1.11.2") == [("error", one) for one in paths]
    assert deprecated(held, "1.10.0") == [("warning", one) for one in paths]
    assert deprecated(held, "1.8.0") == []
    assert deprecated(subscribed({"git": {"repoURL": "https://a.example/b", "allowTags": "^v"}})) == [
        ("warning", "spec.subscriptions[0].git.allowTags")
    ]


def test_other_fields_that_go() -> None:
    policy = with_spec("ProjectConfig", promotionPolicies=[{"stage": "a"}])
    commit = stage({"uses": "git-commit", "config": {"author": {}}})
    ssh = stage({"uses": "git-clone", "config": {"repoURL": "git@a.example:b.git"}})
    branch = stage({"uses": "git-open-pr", "config": {"createTargetBranch": True}})

    assert deprecated(policy) == [("note", f"{POLICIES}[0].stage")]
    assert deprecated(commit) == [("warning", f"{STEPS}[0].config.author")]
    assert deprecated(commit, "1.9.0") == []
    assert deprecated(ssh) == [("warning", f"{STEPS}[0].config.repoURL")]
    assert deprecated(branch) == [("warning", f"{STEPS}[0].config.createTargetBranch")]
    assert deprecated(subscribed({"git": {"repoURL": "ssh://git@a.example/b"}})) == [
        ("warning", "spec.subscriptions[0].git.repoURL")
    ]
    assert deprecated(Manifest({**valid("Project"), "spec": {}}), "1.6.0") == [("warning", "spec")]


def called(kind: str, name: str, namespace: str = "demo", **spec: Any) -> Manifest:
    return Manifest({**with_spec(kind, **spec).data, "metadata": {"name": name, "namespace": namespace}})


def names(held: Manifest, kargo: str = "") -> list[tuple[str, str]]:
    return [(level, path) for level, path, _ in found("name-too-long", held, kargo=kargo)]


def test_a_projects_name_is_a_namespace() -> None:
    assert names(called("Project", "a" * 63)) == []
    assert names(called("Project", "a" * 64)) == [("error", "metadata.name")]
    assert names(called("Project", "a.b")) == [("error", "metadata.name")]


def test_a_stages_name_is_a_label() -> None:
    assert names(called("Stage", "a" * 63)) == []
    assert names(called("Stage", "a" * 64)) == [("warning", "metadata.name")]
    assert names(called("Stage", "a" * 64), "1.6.9") == [("error", "metadata.name")]
    assert names(called("Stage", "a" * 254)) == [("error", "metadata.name")]
    assert names(called("Stage", "Test_1")) == [("error", "metadata.name")]


def test_other_names() -> None:
    assert names(called("Warehouse", "w", "Demo")) == [("error", "metadata.namespace")]
    assert names(called("Warehouse", "w", shard="a" * 64)) == [("error", "spec.shard")]
    assert names(template({"name": "Success_Rate", "provider": {"job": {"spec": {}}}})) == [
        ("error", "spec.metrics[0].name")
    ]
    assert names(template({"name": "Success_Rate", "provider": {"web": {"url": "u"}}})) == []

"""Checks of tasks, policies, bindings, branches and patience."""

from typing import Any

import pytest

from gitops_master.model.manifest import Manifest
from gitops_master.model.snapshot import Place
from tests.manifests.checks.given import KARGO, RBAC, REPO, found, levels, made, said, stage, update, world

TASK, VARIABLE = "promotion-task-not-found", "promotion-task-variable-without-value"
SHADOWED, NONE, INVALID = (
    "promotion-policy-never-decides",
    "promotion-policy-selects-no-stage",
    "promotion-policy-glob-invalid",
)
CONFIG, ROLE, SUBJECT = "project-config-of-no-project", "role-binding-role-missing", "role-binding-subject-missing"
BRANCH, TIMEOUT, RETRY = (
    "several-stages-push-to-one-branch",
    "argocd-step-timeout-below-default",
    "argocd-step-without-retry",
)
STEP = "spec.promotionTemplate.spec.steps[0]"


def task(name: str = "push", *variables: dict[str, str], kind: str = "PromotionTask") -> Manifest:
    place = "shop" if kind == "PromotionTask" else ""
    return made(KARGO, kind, name, place, spec={"vars": list(variables), "steps": [{"uses": "fail"}]})


def user(name: str = "push", kind: str = "", namespace: str = "shop", **step: Any) -> Manifest:
    reference = {"name": name, **({"kind": kind} if kind else {})}
    return stage("test", steps=[{"task": reference, **step}], namespace=namespace)


def test_a_task_that_is_not_there() -> None:
    assert found(TASK, world(user("psuh"), task())) == [f"test: {STEP}.task.name"]
    assert "did you mean push?" in said(TASK, world(user("psuh"), task()))
    wide = task(kind="ClusterPromotionTask")
    assert "set kind: ClusterPromotionTask" in said(TASK, world(user(), wide, task("other")))
    assert "leave kind out" in said(TASK, world(user(kind="ClusterPromotionTask"), task(), task("x", kind="ClusterPromotionTask")))  # fmt: skip


def test_tasks_that_are_there_or_cannot_be_known() -> None:
    wide = task(kind="ClusterPromotionTask")

    assert found(TASK, world(user(), task())) == found(TASK, world(user(namespace=""), task())) == []
    assert found(TASK, world(user(kind="ClusterPromotionTask"), wide)) == found(TASK, world(user())) == []


def test_a_variable_that_a_task_needs() -> None:
    needing = task("push", {"name": "branch"}, {"name": "force", "value": "no"})

    assert found(VARIABLE, world(user(), needing)) == [f"test: {STEP}"]
    assert "needs branch" in said(VARIABLE, world(user(), needing))
    assert found(VARIABLE, world(user(vars=[{"name": "branch", "value": "x"}]), needing)) == []
    shared = stage("test", steps=[{"task": {"name": "push"}}], vars=[{"name": "branch", "value": "x"}])
    assert found(VARIABLE, world(shared, needing)) == []
    assert found(VARIABLE, world(user(vars=[{"name": "branch", "value": ""}]), needing)) == [f"test: {STEP}"]


def config(*policies: dict[str, Any], name: str = "shop", namespace: str = "shop") -> Manifest:
    return made(KARGO, "ProjectConfig", name, namespace, spec={"promotionPolicies": list(policies)})


def select(name: str = "", **selector: Any) -> dict[str, Any]:
    return {"stageSelector": {**({"name": name} if name else {}), **selector}, "autoPromotionEnabled": True}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (select("glob:t*"), select("test")),
        (select("regex:^te"), {"stage": "test"}),
        (select(), select("test")),
        (select(matchLabels={"a": "b"}), select(matchLabels={"a": "b", "c": "d"})),
        (select("glob:test"), select("test", matchLabels={"a": "b"})),
        (select("glob:*"), select("regex:.")),
    ],
)
def test_a_policy_that_never_decides(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert found(SHADOWED, world(config(first, second))) == ["shop: spec.promotionPolicies[1]"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (select("test"), select("prod")),
        (select("test"), select("glob:t*")),
        (select("test", matchLabels={"a": "b"}), select("test")),
        (select("glob:t*"), select("glob:te*")),
        (select("test", matchExpressions=[{"key": "a", "operator": "Exists"}]), select("test")),
    ],
)
def test_policies_that_can_both_decide(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert found(SHADOWED, world(config(first, second))) == []


def test_a_policy_that_selects_no_stage() -> None:
    held = world(config(select("tset"), select("glob:te*"), {"stage": "gone"}), stage("test"))

    assert found(NONE, held) == [
        "shop: spec.promotionPolicies[0].stageSelector.name",
        "shop: spec.promotionPolicies[2].stage",
    ]
    assert "patterns need a prefix" in said(NONE, world(config(select("te*")), stage("test")))


def test_policies_are_not_judged_where_stages_are_not_known() -> None:
    assert found(NONE, world(config(select("gone")))) == []
    assert found(NONE, world(config(select("gone")), stage("test", namespace="other"))) == []
    assert found(NONE, world(config(select("gone", matchLabels={"a": "b"})), stage("test"))) == []
    assert found(NONE, world(config(select("gone")), live=[])) == []
    assert found(NONE, world(config(select("gone")), live=[], places=[Place("kargo.akuity.io/Stage", "shop")])) != []


def test_a_pattern_that_is_none() -> None:
    held = world(config(select("glob:[a"), select("glob:a*"), select("[a")))

    assert found(INVALID, held) == ["shop: spec.promotionPolicies[0].stageSelector.name"]


def test_a_configuration_that_belongs_to_no_project() -> None:
    project = made(KARGO, "Project", "shop", "")

    assert found(CONFIG, world(config(name="shpo"), project)) == ["shpo: metadata.name"]
    assert found(CONFIG, world(config(name="shpo", namespace=""), project)) == ["shpo: metadata.name"]
    for one in (world(config(), project), world(config()), world(config(namespace=""), project)):
        assert found(CONFIG, one) == []


def binding(role: str, kind: str = "Role", **subject: str) -> Manifest:
    subjects = [{"kind": "ServiceAccount", "name": "checker", **subject}] if subject else []
    return made(RBAC, "RoleBinding", "bind", "web", roleRef={"kind": kind, "name": role}, subjects=subjects)


def test_a_binding_to_a_role_that_is_not_there() -> None:
    held = made(RBAC, "Role", "look", "web", rules=[])
    wide = made(RBAC, "ClusterRole", "wide", "", rules=[])

    assert found(ROLE, world(binding("lok"), held)) == ["bind: roleRef.name"]
    assert "there is a ClusterRole wide" in said(ROLE, world(binding("wide"), held, wide))
    assert found(ROLE, world(binding("look"), made(RBAC, "Role", "look", "shop", rules=[]))) == ["bind: roleRef.name"]


def test_bindings_to_roles_that_are_there_or_come_from_elsewhere() -> None:
    held = made(RBAC, "Role", "look", "web", rules=[])
    wide = made(RBAC, "ClusterRole", "wide", "", rules=[])

    for one in (
        binding("look"),
        binding("view", "ClusterRole"),
        binding("wide", "ClusterRole"),
        binding("kargo-admin"),
    ):
        assert found(ROLE, world(one, held, wide)) == []
    assert found(ROLE, world(binding("look"))) == []


def test_a_subject_that_is_not_there() -> None:
    account = made("v1", "ServiceAccount", "checker", "shop")

    assert found(SUBJECT, world(binding("look", namespace="web"), account)) == ["bind: subjects[0]"]
    assert "it is in namespace shop" in said(SUBJECT, world(binding("look", namespace="web"), account))
    whom = [{"kind": "ServiceAccount", "name": "checker"}]
    own = made(RBAC, "RoleBinding", "bind", "shop", roleRef={"kind": "Role", "name": "look"}, subjects=whom)
    wide = made(RBAC, "ClusterRoleBinding", "bind", "", roleRef={"kind": "ClusterRole", "name": "view"}, subjects=whom)
    assert levels(SUBJECT, world(wide, account)) == ["error"]
    assert found(SUBJECT, world(own, account)) == []
    elsewhere = made("v1", "ServiceAccount", "checker", "web")
    assert "it is in namespace web" in said(SUBJECT, world(own, elsewhere))
    for one in (world(binding("look", namespace="shop"), account), world(binding("look", namespace="web"))):
        assert found(SUBJECT, one) == []
    other = made("v1", "ServiceAccount", "other", "shop")
    assert found(SUBJECT, world(binding("look", namespace="web"), other)) == []


def pusher(name: str, branch: str = "main", file: str = "", out: str = "", **push: Any) -> Manifest:
    """Clones, writes a file and pushes to the branch it cloned, or to another."""
    target = {"targetBranch": out} if out else {}
    return stage(
        name,
        steps=[
            {"uses": "git-clone", "config": {"repoURL": REPO, "checkout": [{"branch": branch, "path": "./src"}]}},
            {"uses": "yaml-update", "config": {"path": f"src/{file or name}/values.yaml"}},
            {"uses": "git-push", "config": {"path": "./src", **target, **push}},
        ],
    )


def test_two_stages_that_push_to_one_branch() -> None:
    files, same = world(pusher("a"), pusher("a-b", file="a/b")), world(pusher("a", file="all"), pusher("b", file="all"))
    hidden = world(pusher("a"), pusher("b", file="${{ outputs.x.y }}"))
    forced = world(pusher("a", force=True), pusher("b"))

    path = "spec.promotionTemplate.spec.steps[2].config"
    assert (found(BRANCH, hidden), levels(BRANCH, hidden)) == ([f"a: {path}"], ["note"])
    assert found(BRANCH, files) == []  # a/values.yaml and a/b/values.yaml: git-push rebases
    assert found(BRANCH, same) == [f"a: {path}", f"b: {path}"]
    assert levels(BRANCH, same) == ["warning", "warning"]
    assert levels(BRANCH, forced) == ["warning", "note"]


@pytest.mark.parametrize(
    "push",
    [{"out": "stage/${{ ctx.stage }}"}, {"generateTargetBranch": True}, {"tag": "x"}, {"out": "${{ outputs.x.y }}"}],
)
def test_stages_with_branches_of_their_own_or_that_cannot_be_told(push: dict[str, Any]) -> None:
    assert found(BRANCH, world(pusher("a", **push), pusher("b", **push))) == []
    assert found(BRANCH, world(pusher("a"), pusher("b", branch="other"))) == []


def test_patience_of_steps_that_talk_to_argo_cd() -> None:
    held = world(stage("test", steps=[{**update("web"), "retry": {"timeout": "3m", "errorThreshold": 2}}]))

    assert (found(TIMEOUT, held), levels(TIMEOUT, held)) == ([f"test: {STEP}.retry.timeout"], ["note"])
    for retry in ({"timeout": "5m"}, {"timeout": "0s"}, {"errorThreshold": 3}):
        assert found(TIMEOUT, world(stage("test", steps=[{**update("web"), "retry": retry}]))) == []
    assert found(TIMEOUT, world(stage("test", steps=[{"uses": "http", "retry": {"timeout": "1m"}}]))) == []


def test_steps_that_give_up_at_the_first_error() -> None:
    assert found(RETRY, world(stage("test", steps=[update("web")]))) == [f"test: {STEP}.uses"]
    assert found(RETRY, world(stage("test", steps=[{**update("web"), "retry": {"timeout": "9m"}}]))) == [
        f"test: {STEP}.retry"
    ]
    assert found(RETRY, world(stage("test", steps=[{**update("web"), "retry": {"errorThreshold": 2}}]))) == []
    shared = made(KARGO, "PromotionTask", "roll", spec={"steps": [update("web")]})
    assert found(RETRY, world(user("roll"), shared)) == ["roll: spec.steps[0].uses"]

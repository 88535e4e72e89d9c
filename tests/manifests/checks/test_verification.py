"""Checks of what Stages verify their Freight by."""

from typing import Any

import pytest

from gitops_master.model.manifest import Manifest
from gitops_master.model.snapshot import Place
from tests.manifests.checks.given import RBAC, found, job, levels, made, problems, said, template, verified, world

MISSING, VALUE = "analysis-template-not-found", "analysis-argument-without-value"
VAIN, UNDECLARED = "analysis-argument-not-declared-in-template", "analysis-argument-undeclared"
ENDLESS, IMAGE, DEADLINE = (
    "analysis-without-count-never-ends",
    "unpinned-verification-image",
    "verification-job-without-deadline",
)
PATTERN, ACCOUNT = "verification-passes-when-nothing-is-found", "verification-service-account-missing"
RIGHTS, EXEC = "verification-job-service-account-forbidden", "verification-job-uses-kubectl-exec"
POD = "spec.metrics[0].provider.job.spec.template.spec"
WEB: dict[str, Any] = {"name": "up", "provider": {"web": {"url": "http://web/{{args.path}}"}}}


def account(name: str = "checker", namespace: str = "shop") -> Manifest:
    return made("v1", "ServiceAccount", name, namespace)


def role(*rules: tuple[str, str, str], kind: str = "Role", namespace: str = "shop") -> Manifest:
    """Of (verbs, group, resources)."""
    held = [{"verbs": v.split(), "apiGroups": [g], "resources": r.split()} for v, g, r in rules]
    return made(RBAC, kind, "look", namespace if kind == "Role" else "", rules=held)


def bound(namespace: str = "shop", kind: str = "RoleBinding", to: str = "Role") -> Manifest:
    subject = {"kind": "ServiceAccount", "name": "checker", "namespace": "shop"}
    place = namespace if kind == "RoleBinding" else ""
    return made(RBAC, kind, "look", place, roleRef={"kind": to, "name": "look"}, subjects=[subject])


def test_a_template_that_is_not_there() -> None:
    held = world(verified("test", "wbe"), template("web", WEB))

    assert found(MISSING, held) == ["test: spec.verification.analysisTemplates[0].name"]
    assert "did you mean web?" in said(MISSING, held)


def test_a_template_of_the_other_kind() -> None:
    wide = template("web", WEB, kind="ClusterAnalysisTemplate")

    assert "set kind: ClusterAnalysisTemplate" in said(MISSING, world(verified("test", "web"), wide, template("x")))
    assert "leave kind out" in said(
        MISSING, world(verified("test", "web", kind="ClusterAnalysisTemplate"), wide._replace(data={**wide.data, "kind": "AnalysisTemplate"}), template("x", kind="ClusterAnalysisTemplate"))
    )  # fmt: skip


def test_templates_that_are_there_or_cannot_be_known() -> None:
    wide = template("web", WEB, kind="ClusterAnalysisTemplate")

    assert found(MISSING, world(verified("test", "web", kind="ClusterAnalysisTemplate"), wide)) == []
    assert found(MISSING, world(verified("test", "web"), wide)) == []
    assert found(MISSING, world(verified("test", "web", namespace=""), template("web"))) == []
    assert found(MISSING, world(verified("test", "${{ vars.t }}"), template("web"))) == []


def test_an_argument_without_a_value() -> None:
    wanting = template("web", WEB, args=[{"name": "path"}, {"name": "host", "value": "x"}])
    secret = template("s", args=[{"name": "path", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}])

    assert found(VALUE, world(verified("test", "web"), wanting)) == ["test: spec.verification.args"]
    empty = verified("test", "web", args=[{"name": "path", "value": ""}])
    assert found(VALUE, world(empty, wanting)) == ["test: spec.verification.args"]
    for one in (
        world(verified("test", "web", args=[{"name": "path", "value": "${{ ctx.stage }}"}]), wanting),
        world(verified("test", "web", "s"), wanting, secret),
        world(verified("test", "s"), secret),
    ):
        assert found(VALUE, one) == []


def test_templates_that_contradict_each_other() -> None:
    one, two = (template(name, args=[{"name": "path", "value": name}]) for name in ("a", "b"))

    assert "different values" in said(VALUE, world(verified("test", "a", "b"), one, two))
    assert found(VALUE, world(verified("x", "a"), verified("y", "b"), one, two)) == []


def test_an_argument_that_no_template_declares() -> None:
    held = template("web", WEB, args=[{"name": "path", "value": "x"}])
    user = verified("test", "web", args=[{"name": "pth", "value": "y"}])

    assert found(VAIN, world(user, held)) == ["test: spec.verification.args[0]"]
    assert "did you mean path?" in said(VAIN, world(user, held))
    assert found(VAIN, world(verified("test", "web", "gone", args=[{"name": "pth", "value": "y"}]), held)) == []
    assert found(VAIN, world(verified("test", "web", args=[{"name": "path", "value": "y"}]), held)) == []


def test_a_template_that_names_what_it_does_not_declare() -> None:
    held = template("web", WEB)
    declaring = template("other", args=[{"name": "path", "value": "x"}])

    assert found(UNDECLARED, world(held)) == ["web: spec.metrics[0].provider.web.url"]
    assert found(UNDECLARED, world(verified("test", "web"), held)) != []
    assert found(UNDECLARED, world(verified("test", "web", "other"), held, declaring)) == []
    assert found(UNDECLARED, world(template("web", WEB, args=[{"name": "path"}]))) == []


def test_a_metric_that_never_ends() -> None:
    endless = {**WEB, "interval": "10s"}

    assert found(ENDLESS, world(verified("test", "web"), template("web", endless))) == ["web: spec.metrics[0].interval"]
    for ends in (
        {**endless, "count": 3},
        {**endless, "consecutiveSuccessLimit": 2},
        WEB,
        {**endless, "count": "{{args.n}}"},
    ):
        assert found(ENDLESS, world(verified("test", "web"), template("web", ends))) == []
    assert found(ENDLESS, world(template("web", endless))) == []


@pytest.mark.parametrize("image", ["tool", "tool:latest", "registry.test:5000/a/tool", "{{args.image}}"])
def test_an_image_that_can_change(image: str) -> None:
    held = template("t", job("true", image=image), args=[{"name": "image", "value": "tool:latest"}])

    assert found(IMAGE, world(held)) == [f"t: {POD}.containers[0].image"]


@pytest.mark.parametrize("image", ["tool:1.2", "registry.test:5000/tool:3", "tool@sha256:abc", "{{args.image}}"])
def test_an_image_that_is_pinned_or_not_known(image: str) -> None:
    assert found(IMAGE, world(template("t", job("true", image=image), args=[{"name": "image"}]))) == []


def test_a_job_that_nothing_ends() -> None:
    held = template("t", job("true", activeDeadlineSeconds=None))

    assert (found(DEADLINE, world(held)), levels(DEADLINE, world(held))) == (
        ["t: spec.metrics[0].provider.job.spec"],
        ["note"],
    )
    assert found(DEADLINE, world(template("t", job("true")))) == []


def test_a_script_that_passes_where_nothing_is_found() -> None:
    held = template("t", job("kubectl get pods -n web | grep -v Running && exit 1\necho ok"))
    sound = template(
        "t", job("kubectl get pods -n web | grep Running || exit 1", "kubectl wait pod --for=condition=Ready")
    )

    assert found(PATTERN, world(held)) == [f"t: {POD}.containers[0].args[0]"]
    assert found(PATTERN, world(sound)) == []


def test_a_service_account_that_is_not_there() -> None:
    user, held = verified("test", "t"), template("t", job("true"))

    assert found(ACCOUNT, world(user, held, account("other"))) == [f"t: {POD}.serviceAccountName"]
    assert "there is one in web, which does not count" in said(ACCOUNT, world(user, held, account(namespace="web")))
    live = world(user, live=[held], places=[Place("v1/ServiceAccount", "shop")])
    assert found(ACCOUNT, live) == ["test: spec.verification.analysisTemplates[0]"]


def test_service_accounts_that_are_there_or_cannot_be_known() -> None:
    user, held = verified("test", "t"), template("t", job("true"))

    assert found(ACCOUNT, world(user, held)) == []
    assert found(ACCOUNT, world(user, held, account())) == []
    assert found(ACCOUNT, world(user, template("t", job("true", account="default")), account("x"))) == []
    assert found(ACCOUNT, world(held, account("x"))) == []


LOOK = "kubectl get pods -n web && kubectl get deploy/api -n web"


def test_a_job_that_may_not_do_what_its_script_does() -> None:
    given = [verified("test", "t"), template("t", job(LOOK)), account()]
    held = world(*given, role(("list", "", "pods"), namespace="web"), bound("web"))

    assert found(RIGHTS, held) == [f"t: {POD}.serviceAccountName"]
    assert "may not get deployments.apps in namespace web" in said(RIGHTS, held)


def test_rights_in_the_wrong_namespace_do_not_count() -> None:
    given = [verified("test", "t"), template("t", job(LOOK)), account()]
    here = role(("list get", "", "pods"), ("get", "apps", "deployments"))

    assert len(problems(RIGHTS, world(*given, here, bound()))) == 2


def test_a_job_that_may_do_it_or_of_which_nothing_is_known() -> None:
    given = [verified("test", "t"), template("t", job(LOOK)), account()]
    rules = (("list", "", "pods"), ("get", "apps", "deployments"))

    assert found(RIGHTS, world(*given, role(*rules, namespace="web"), bound("web"))) == []
    wide = role(*rules, kind="ClusterRole")
    assert found(RIGHTS, world(*given, wide, bound("web", to="ClusterRole"))) == []
    assert found(RIGHTS, world(*given, wide, bound(kind="ClusterRoleBinding", to="ClusterRole"))) == []
    assert found(RIGHTS, world(*given)) == []
    assert found(RIGHTS, world(*given, bound("web"))) == []


def test_a_cluster_that_was_read_answers_for_bindings() -> None:
    given = [verified("test", "t"), template("t", job(LOOK)), account()]
    rbac = "rbac.authorization.k8s.io"
    places = [Place(f"{rbac}/ClusterRoleBinding"), Place(f"{rbac}/RoleBinding", "web")]

    assert len(problems(RIGHTS, world(*given, live=[], places=places))) == 2
    assert found(RIGHTS, world(*given, live=[], places=places[:1])) == []


def test_arguments_of_the_stage_are_put_into_the_script() -> None:
    held = template("t", job("kubectl get pods -n {{args.where}}"), args=[{"name": "where"}])
    user = verified("test", "t", args=[{"name": "where", "value": "web"}])

    assert "list pods in namespace web" in said(RIGHTS, world(user, held, role(), bound()))


def test_commands_in_other_pods() -> None:
    user, held = verified("test", "t"), template("t", job("kubectl exec deploy/web -- wget -qO- localhost"))

    assert found(EXEC, world(user, held)) == [f"t: {POD}.containers[0]"]
    assert "ServiceAccount checker may not" in said(EXEC, world(user, held, role(("get", "", "pods")), bound()))
    assert "the right to run anything" in said(EXEC, world(user, held, role(("create", "", "pods/exec")), bound()))
    assert found(EXEC, world(user, template("t", job("kubectl get pods; echo exec")))) == []

"""Drafts of verifications: what they hold, that the products' own schema takes them, and that making them again changes nothing."""

from typing import Any

import pytest

from gitops_master.manifests.build.templates import VerificationDrafts
from gitops_master.manifests.build.verification import verification
from gitops_master.manifests.request import Proof, StageRequest
from gitops_master.manifests.world import CLUSTER_TEMPLATE, World
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Draft, Manifest, at
from tests.manifests.build.judging import faults

URL = "http://shop.shop.svc.cluster.local:8080/healthz"
IMAGE = "curl.example.net/curl:8.10.1"


def asked(verification: Proof = Proof.WEB, probe: str = URL, **more: Any) -> StageRequest:
    return StageRequest(project="demo", name="test", verification=verification, probe=probe, **more)


PROMETHEUS = asked(
    Proof.PROMETHEUS, 'sum(rate(errors{job="shop"}[5m])) < 0.1', prometheus="http://prometheus.monitoring:9090"
)
JOB = asked(Proof.JOB, f"{URL} ready", job_image=IMAGE, namespace="shop")
EACH = pytest.mark.parametrize(
    "request_",
    [asked(), asked(probe=f"{URL} result.status == 'UP'"), PROMETHEUS, JOB, asked(Proof.JOB, job_image=IMAGE)],
    ids=["web", "web-json", "prometheus", "job-reads", "job"],
)


def stage(spec: Any, *, file: str = "stage-test.yaml") -> Manifest:
    data = {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": "test", "namespace": "demo"},
        "spec": {"requestedFreight": [], **({"verification": spec} if spec else {})},
    }
    return Manifest(data, file)


def after(made: VerificationDrafts) -> World:
    """The world in which the drafts were written to files."""
    return World([stage(made.spec), *(one.manifest for one in made.drafts)])


def of(made: VerificationDrafts, kind: str) -> Draft:
    return next(one for one in made.drafts if one.data["kind"] == kind)


def metric(made: VerificationDrafts) -> Any:
    return of(made, "AnalysisTemplate").data["spec"]["metrics"][0]


@EACH
def test_the_products_own_schema_takes_every_template(request_: StageRequest) -> None:
    draft = of(verification(request_, World()), "AnalysisTemplate")

    assert faults(draft.data) == []


@EACH
def test_making_it_again_changes_nothing(request_: StageRequest) -> None:
    first = verification(request_, World())

    second = verification(request_, after(first))

    assert [one.data for one in second.drafts] == [one.data for one in first.drafts]
    assert [one.edits is not None for one in second.drafts] == [True] * len(first.drafts)
    assert (second.spec, second.notes) == (first.spec, first.notes)


@EACH
def test_comments_stand_at_places_that_exist(request_: StageRequest) -> None:
    for draft in verification(request_, World()).drafts:
        assert [path for path in draft.comments if path and at(draft.data, *path) is None] == []


@EACH
def test_the_stage_passes_every_argument_that_is_declared(request_: StageRequest) -> None:
    made = verification(request_, World())

    declared = [one["name"] for one in of(made, "AnalysisTemplate").data["spec"]["args"]]

    assert [one["name"] for one in made.spec["args"]] == declared
    assert made.spec["analysisTemplates"] == [{"name": of(made, "AnalysisTemplate").data["metadata"]["name"]}]


def test_web() -> None:
    made = verification(asked(probe=f"{URL} result.status == 'UP'"), World())

    assert metric(made) == {
        "name": "web",
        "count": 5,
        "interval": "10s",
        "failureLimit": 1,
        "consecutiveErrorLimit": 11,
        "successCondition": "result.status == 'UP'",
        "provider": {
            "web": {
                "url": "{{args.web-url}}",
                "timeoutSeconds": 5,
                "headers": [{"key": "Accept", "value": "application/json"}],
                "jsonPath": "{$}",
            }
        },
    }
    assert made.spec["args"] == [{"name": "web-url", "value": URL}]


@pytest.mark.parametrize(
    ("probe", "query", "holds"),
    [
        ("up == 1", "up", "== 1"),
        ("sum(a) by (b) >= bool 0.99", "sum(a) by (b)", ">= 0.99"),
        ("rate(x[5m]) <1e-3", "rate(x[5m])", "< 1e-3"),
        ("(a < 1 and b > 2) >= 0", "(a < 1 and b > 2)", ">= 0"),
        ('x{path="/a > 1 or b",m!="GET"} > -1', 'x{path="/a > 1 or b",m!="GET"}', "> -1"),
        ("(a or vector(0)) < 5", "(a or vector(0))", "< 5"),
    ],
)  # fmt: skip
def test_the_comparison_at_the_end_of_a_query_is_the_condition(probe: str, query: str, holds: str) -> None:
    made = metric(verification(asked(Proof.PROMETHEUS, probe, prometheus="http://p:9090"), World()))

    assert made["provider"]["prometheus"]["query"] == query
    assert made["successCondition"] == f"len(result) > 0 && all(result, {{!isNaN(#) && # {holds}}})"


@pytest.mark.parametrize(
    ("probe", "says"),
    [
        ("", "has nothing to ask"),
        ("up", "does not say what passes"),
        ("a > b", "does not say what passes"),
        ("a < 1 and b > 2", "does not say what passes"),
        ("a < 1 < 2", "does not say what passes"),
        ("sum(a > 1", "does not say what passes"),
        ("up == 1 # or so", "does not say what passes"),
        ("scalar(a) > 1", "gives a scalar"),
        ("up{job='{{args.job}}'} == 1", "holds {{"),
    ],
)  # fmt: skip
def test_a_query_that_does_not_say_what_passes_is_refused(probe: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        verification(asked(Proof.PROMETHEUS, probe, prometheus="http://p:9090"), World())


@pytest.mark.parametrize("proof", [Proof.WEB, Proof.JOB])
@pytest.mark.parametrize(
    ("probe", "says"),
    [
        ("", "has nothing to ask"),
        ("shop.shop.svc/healthz", "is no http"),
        ("ftp://shop/x", "is no http"),
        ("http://", "is no http"),
        ("http:///x", "names no host"),
        ("http://shop:no/", "is no URL"),
        ("http://user:hush@shop/", "holds credentials"),
        ("http://shop/$(id)'", "is no http"),
        ("http://{{args.host}}/", "names an argument"),
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_right_is_refused(proof: Proof, probe: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        verification(asked(proof, probe, job_image=IMAGE), World())
    assert "hush" not in str(caught.value)
    assert caught.value.hint


def test_an_expression_of_kargo_may_stand_in_a_url() -> None:
    probe = 'http://shop/${{ imageFrom("shop").Tag }} result.up'

    made = verification(asked(probe=probe), World())

    assert made.spec["args"] == [{"name": "web-url", "value": 'http://shop/${{ imageFrom("shop").Tag }}'}]
    assert metric(made)["successCondition"] == "result.up"


def test_a_condition_that_looks_at_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="does not look at the answer"):
        verification(asked(probe=f"{URL} true"), World())


def test_prometheus_without_an_address_is_refused() -> None:
    with pytest.raises(UsageError, match="has no address"):
        verification(asked(Proof.PROMETHEUS, "up == 1"), World())


@pytest.mark.parametrize(
    ("image", "says"),
    [("", "has no image"), ("curl", "is not pinned"), ("a.example.net:5000/curl", "is not pinned"), ("curl:latest", "is not pinned"),
     ("curl:1 --x", "is no reference"), ("curl@sha256:12", "is no reference")],
)  # fmt: skip
def test_a_job_wants_a_pinned_image(image: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        verification(asked(Proof.JOB, job_image=image), World())


@pytest.mark.parametrize(
    "image", ["curl:8", "a.example.net:5000/x/curl:8.1", f"curl@sha256:{'a' * 64}", f"curl:8@sha256:{'a' * 64}"]
)
def test_an_image_with_a_tag_or_digest_is_pinned(image: str) -> None:
    made = verification(asked(Proof.JOB, job_image=image), World())

    assert {"name": "job-image", "value": image} in made.spec["args"]


def test_a_namespace_is_one_name() -> None:
    with pytest.raises(UsageError, match="no name of a namespace"):
        verification(asked(Proof.JOB, job_image=IMAGE, namespace="shop\nhttp http://other"), World())


def test_a_job_that_reads_nothing_has_no_token_and_no_rights() -> None:
    made = verification(asked(Proof.JOB, job_image=IMAGE), World())

    pod = at(metric(made), "provider", "job", "spec", "template", "spec")
    assert [one.data["kind"] for one in made.drafts] == ["AnalysisTemplate"]
    assert pod["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in pod


def test_a_job_that_reads_pods_may_list_them_and_nothing_else() -> None:
    made = verification(JOB, World())

    account, role, binding = (of(made, one) for one in ("ServiceAccount", "Role", "RoleBinding"))
    assert (account.data["metadata"], account.data["automountServiceAccountToken"]) == (
        {"name": "verify-test", "namespace": "demo"},
        False,
    )
    assert role.data["metadata"]["namespace"] == binding.data["metadata"]["namespace"] == "shop"
    assert role.data["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]
    assert binding.data["subjects"] == [{"kind": "ServiceAccount", "name": "verify-test", "namespace": "demo"}]
    assert binding.data["roleRef"]["name"] == role.data["metadata"]["name"]
    assert {one.file for one in (account, role, binding)} == {"rbac-verify-test.yaml"}
    pod = at(metric(made), "provider", "job", "spec", "template", "spec")
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == ("verify-test", True)


def test_a_job_ends_says_why_and_has_no_privileges() -> None:
    job = at(metric(verification(JOB, World())), "provider", "job", "spec")

    (container,) = at(job, "template", "spec", "containers")
    patience = {one["name"]: one["value"] for one in container["env"]}["PATIENCE_S"]
    assert job["activeDeadlineSeconds"] > (job["backoffLimit"] + 1) * int(patience)
    assert "ttlSecondsAfterFinished" not in job
    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"
    assert container["image"] == "{{args.job-image}}"
    assert set(container["resources"]) == {"requests", "limits"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert at(job, "template", "spec", "securityContext", "runAsNonRoot") is True
    assert at(job, "template", "spec", "restartPolicy") == "Never"


def test_values_of_the_request_stand_in_the_environment_alone() -> None:
    container = at(metric(verification(JOB, World())), "provider", "job", "spec", "template", "spec", "containers", 0)

    assert container["env"][0] == {"name": "CHECKS", "value": "http {{args.job-url}} ready\npods shop"}
    assert not any(part in " ".join(container["command"]) for part in (URL, "shop", "{{"))


def test_what_somebody_tuned_stays_and_is_told() -> None:
    first = verification(asked(), World())
    data = of(first, "AnalysisTemplate").data
    tuned = {**data["spec"]["metrics"][0], "count": 20, "interval": "1m"}
    template = Manifest({**data, "spec": {**data["spec"], "metrics": [{"name": "load"}, tuned]}}, "checks.yaml")

    made = verification(asked(probe="http://other/"), World([template]))

    draft = of(made, "AnalysisTemplate")
    assert (draft.file, draft.edits) == ("checks.yaml", template)
    assert [(one["name"], one.get("count")) for one in draft.data["spec"]["metrics"]] == [("load", None), ("web", 20)]
    assert "AnalysisTemplate test-web keeps its count, interval" in made.notes


def test_a_live_template_is_written_without_what_the_server_sets() -> None:
    data = of(verification(asked(), World()), "AnalysisTemplate").data
    live = Manifest(
        {**data, "metadata": {**data["metadata"], "uid": "1", "resourceVersion": "7", "labels": {"a": "b"}}}
    )

    draft = of(verification(asked(), World(live=[live], live_known=True)), "AnalysisTemplate")

    assert draft.data["metadata"] == {"name": "test-web", "namespace": "demo", "labels": {"a": "b"}}
    assert (draft.file, draft.edits) == ("analysis-test-web.yaml", live)


def test_other_templates_and_arguments_of_the_stage_stay() -> None:
    spec = {
        "analysisTemplates": [{"name": "load", "kind": "ClusterAnalysisTemplate"}],
        "args": [{"name": "rate", "value": "5"}],
        "analysisRunMetadata": {"labels": {"a": "b"}},
    }
    shared = Manifest(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "ClusterAnalysisTemplate",
            "metadata": {"name": "load"},
            "spec": {"metrics": [{"name": "web"}]},
        }
    )
    assert shared.kind == CLUSTER_TEMPLATE

    made = verification(asked(), World([stage(spec)], [shared]))

    assert made.spec == {
        "analysisTemplates": [*spec["analysisTemplates"], {"name": "test-web"}],
        "args": [{"name": "rate", "value": "5"}, {"name": "web-url", "value": URL}],
        "analysisRunMetadata": {"labels": {"a": "b"}},
    }
    assert metric(made)["name"] == "web2"


def test_no_proof_leaves_the_stage_as_it_is() -> None:
    spec = {"analysisTemplates": [{"name": "load"}]}

    assert verification(asked(Proof.NONE), World([stage(spec)])) == VerificationDrafts(spec=spec)
    assert verification(asked(Proof.NONE), World()) == VerificationDrafts()

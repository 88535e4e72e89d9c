"""Generated AnalysisTemplates on the real Rollouts controller, as Kargo makes runs of them; Jobs' scripts on a real API server."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gitops_master.manifests.build.templates import VerificationDrafts
from gitops_master.manifests.build.verification import verification
from gitops_master.manifests.request import Proof, StageRequest
from gitops_master.manifests.world import World
from gitops_master.model.manifest import at
from tests.live.loading import load
from tests.live.processes import Processes
from tests.live.rollouts import JOBS, analysis_controller, end_job
from tests.live.server import POLL_S, START_S, ControlPlane
from tests.manifests.build.answers import answering

RUNS = "/apis/argoproj.io/v1alpha1/namespaces/demo/analysisruns"
ENDED = {"Successful", "Failed", "Error", "Inconclusive"}
IMAGE = "curl.example.net/curl:8.10.1"
JSON = dict[str, Any]
UP = " result.status == 'UP'"


@pytest.fixture
def controller(cluster: ControlPlane, rollouts_controller: Path) -> Iterator[Processes]:
    cluster.must("POST", "/api/v1/namespaces", {"metadata": {"name": "demo"}})
    with analysis_controller(cluster, rollouts_controller) as processes:
        yield processes


@pytest.fixture
def url() -> Iterator[str]:
    with answering() as found:
        yield found


def made(proof: Proof, probe: str, **more: Any) -> VerificationDrafts:
    return verification(StageRequest(project="demo", name="test", verification=proof, probe=probe, **more), World())


def run_of(made: VerificationDrafts) -> JSON:
    """The spec of the AnalysisRun that Kargo makes (v1.11 pkg/rollouts): metrics of all templates, each declared argument with the
    Stage's value; one that nobody gives is refused, one that no template declares is dropped."""
    by_name = {
        one.data["metadata"]["name"]: one.data["spec"] for one in made.drafts if one.data["kind"] == "AnalysisTemplate"
    }
    templates = [by_name[one["name"]] for one in made.spec["analysisTemplates"]]
    passed = {one["name"]: one for one in made.spec.get("args", [])}
    args = [{**one, **passed.get(one["name"], {})} for spec in templates for one in spec.get("args", [])]
    assert [one["name"] for one in args if "value" not in one] == []
    return {"metrics": [one for spec in templates for one in spec["metrics"]], "args": args}


def impatient(spec: JSON) -> JSON:
    """The same with short waits: a test needs no two minutes to see that an error stays one."""
    return {
        **spec,
        "metrics": [
            {
                **{key: value for key, value in one.items() if key != "initialDelay"},
                "interval": "1s",
                "consecutiveErrorLimit": 0,
            }
            for one in spec["metrics"]
        ],
    }


def start(cluster: ControlPlane, name: str, spec: JSON) -> None:
    body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun", "metadata": {"name": name}, "spec": spec}
    cluster.must("POST", RUNS, body)


def ended(cluster: ControlPlane, controller: Processes) -> dict[str, JSON]:
    """The status of every run, once all have one that stays."""
    limit = time.monotonic() + 2 * START_S
    while True:
        runs = {one["metadata"]["name"]: one.get("status", {}) for one in cluster.must("GET", RUNS)["items"]}
        if all(one.get("phase") in ENDED for one in runs.values()):
            return runs
        controller.check()
        assert time.monotonic() < limit, controller.said_last("rollouts-controller")
        time.sleep(POLL_S)


def phases(runs: Mapping[str, JSON]) -> dict[str, str]:
    return {name: one["phase"] for name, one in runs.items()}


def test_web_templates_pass_a_good_server_and_no_bad_one(
    url: str, cluster: ControlPlane, controller: Processes
) -> None:
    expected = {
        ("up", UP): "Successful",
        ("plain", ""): "Successful",
        ("empty", ""): "Successful",
        ("down", UP): "Failed",
        ("other", UP): "Failed",
        ("list", UP): "Error",
        ("500", ""): "Error",
        ("404", UP): "Error",
        ("slow", ""): "Error",
        # Of Rollouts, and told in a note: what is no JSON passes, and so does the page that a redirect leads to.
        ("html", UP): "Successful",
        ("login", ""): "Successful",
    }
    for path, condition in expected:
        start(cluster, path, impatient(run_of(made(Proof.WEB, f"{url}/{path}{condition}"))))
    start(cluster, "refused", impatient(run_of(made(Proof.WEB, "http://127.0.0.1:1/"))))
    # As generated, in full patience: a restart is bridged.
    start(cluster, "starting", run_of(made(Proof.WEB, f"{url}/starting{UP}")))

    runs = ended(cluster, controller)

    assert phases(runs) == {path: phase for (path, _), phase in expected.items()} | {
        "refused": "Error",
        "starting": "Successful",
    }
    (bridged,) = runs["starting"]["metricResults"]
    assert (bridged["successful"], bridged["error"]) == (5, 2)


def test_prometheus_templates_pass_good_values_and_nothing_else(
    url: str, cluster: ControlPlane, controller: Processes
) -> None:
    expected = {
        "low": "Successful",
        "zero": "Successful",
        "high": "Failed",
        "mixed": "Failed",
        "none": "Failed",
        "nan": "Failed",
        "scalar": "Error",
        "error": "Error",
    }
    for name in expected:
        drafts = made(Proof.PROMETHEUS, "sum(rate(errors[5m])) < 0.1", prometheus=f"{url}/prom/{name}")
        start(cluster, name, impatient(run_of(drafts)))

    runs = ended(cluster, controller)

    assert phases(runs) == expected
    assert runs["none"]["metricResults"][0]["measurements"][0]["value"] == "[]"


def holds(whole: Any, part: Any) -> bool:
    """Whether all of a part stands in the whole, which a server has filled with defaults."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and holds(whole[key], one) for key, one in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(holds, whole, part))
    return bool(whole == part)


@pytest.mark.parametrize(("condition", "phase"), [("Complete", "Successful"), ("Failed", "Failed")])
def test_a_job_is_made_as_generated_and_its_end_is_the_verdict(
    condition: str, phase: str, cluster: ControlPlane, controller: Processes
) -> None:
    drafts = made(Proof.JOB, "http://shop.shop.svc/healthz ready", job_image=IMAGE, namespace="shop")
    spec = run_of(drafts)
    start(cluster, "check", spec)
    limit = time.monotonic() + START_S
    while not (jobs := cluster.must("GET", JOBS)["items"]):
        controller.check()
        assert time.monotonic() < limit, controller.said_last("rollouts-controller")
        time.sleep(POLL_S)

    (job,) = jobs
    end_job(cluster, job, condition)
    runs = ended(cluster, controller)

    asked = at(spec["metrics"], 0, "provider", "job", "spec")
    (container,) = at(asked, "template", "spec", "containers")
    first, *rest = container["env"]
    checks = {"name": first["name"], "value": "http http://shop.shop.svc/healthz ready\npods shop"}
    pod = {**asked["template"]["spec"], "containers": [{**container, "image": IMAGE, "env": [checks, *rest]}]}
    assert holds(job["spec"], {**asked, "template": {"spec": pod}})
    assert phases(runs) == {"check": phase}


POD_STATES = {
    "ready": [("web", True)],
    "unready": [("web", True), ("db", False)],
    "none": [],
}


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
@pytest.mark.parametrize(("state", "code", "said"), [("ready", 0, "ok pods shop"), ("unready", 1, "no pods shop: db 0/1"), ("none", 1, "none is running")])  # fmt: skip
def test_the_jobs_script_reads_pods_with_its_own_rights_alone(
    state: str, code: int, said: str, url: str, cluster: ControlPlane, tmp_path: Path
) -> None:
    drafts = made(Proof.JOB, f"{url}/up", job_image=IMAGE, namespace="shop")
    put(cluster, drafts)
    load(cluster, [pod(name, ready=ready) for name, ready in POD_STATES[state]])

    done = script_ran(cluster, drafts, url, tmp_path)

    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_jobs_script_fails_where_it_may_not_read(url: str, cluster: ControlPlane, tmp_path: Path) -> None:
    drafts = made(Proof.JOB, f"{url}/up", job_image=IMAGE, namespace="shop")
    put(cluster, drafts._replace(drafts=tuple(one for one in drafts.drafts if one.data["kind"] != "RoleBinding")))
    load(cluster, [pod("web", ready=True)])

    done = script_ran(cluster, drafts, url, tmp_path)

    assert done.returncode == 1
    assert "no pods shop: status 403" in done.stderr


def put(cluster: ControlPlane, drafts: VerificationDrafts) -> None:
    """Namespaces, and what the drafts grant."""
    for namespace in ("demo", "shop"):
        cluster.must("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces"
    roots = {"ServiceAccount": "/api/v1/namespaces", "Role": rbac, "RoleBinding": rbac}
    for one in drafts.drafts:
        if root := roots.get(one.data["kind"]):
            kinds = f"{one.data['kind'].lower()}s"
            cluster.must("POST", f"{root}/{one.data['metadata']['namespace']}/{kinds}?fieldValidation=Strict", one.data)


def pod(name: str, *, ready: bool) -> JSON:
    container = {
        "name": "app",
        "image": "x",
        "imageID": "",
        "ready": ready,
        "restartCount": 0,
        "state": {"running": {}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "image": "x"}]},
        "status": {"phase": "Running", "containerStatuses": [container]},
    }


def script_ran(
    cluster: ControlPlane, drafts: VerificationDrafts, url: str, folder: Path
) -> subprocess.CompletedProcess[str]:
    """The generated command with the generated environment, but for where the API is and how long it may take."""
    (folder / "token").write_text(cluster.service_account_token("demo", "verify-test"))
    shutil.copy(cluster.ca, folder / "ca.crt")
    (container,) = at(run_of(drafts), "metrics", 0, "provider", "job", "spec", "template", "spec", "containers")
    env = {one["name"]: one["value"].replace("{{args.job-url}}", f"{url}/up") for one in container["env"]}
    env |= {"PATH": os.environ["PATH"], "API": cluster.url, "ACCOUNT": str(folder), "PAUSE_S": "1", "PATIENCE_S": "5"}
    return subprocess.run(container["command"], env=env, capture_output=True, text=True, check=False, timeout=120)

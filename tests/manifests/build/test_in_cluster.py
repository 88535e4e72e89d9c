"""The checks under `inCluster` of a .gitops-verify.yaml, from the file to the Job's script."""

import os
import shutil
import socket
import subprocess
from typing import Any

import pytest
from msgspec.structs import replace

from gitops_master.manifests.build.build import build
from gitops_master.manifests.build.in_cluster import in_cluster_checks, line_of
from gitops_master.manifests.build.templates import VerificationDrafts
from gitops_master.manifests.request import Proof, StageRequest
from gitops_master.manifests.world import World
from gitops_master.model.errors import UnreadableInput, UsageError
from gitops_master.model.expectations import InCluster
from gitops_master.model.manifest import Manifest, at
from gitops_master.verify_file import VerifyFile, expected_of, parse
from tests.manifests.build.answers import answering
from tests.manifests.build.judging import faults

REQUEST = StageRequest(project="demo", name="test", job_image="curl.example.net/curl:8.10.1")


def checks_of(text: str) -> tuple[InCluster, ...]:
    said = parse(f"stages: {{test: {{inCluster: {text}}}}}".encode())
    return expected_of(VerifyFile(said=said), project="demo", stage="test").expectations.in_cluster


def test_entries_become_the_lines_of_one_job() -> None:
    checks = checks_of(
        '[{name: db, tcp: "db.shop.svc:5432"}, {name: n, dns: search.shop}, {name: s, http: "http://search:9200/x", holds: is green}]'
    )

    made = in_cluster_checks(REQUEST, World(), checks)

    (draft,) = made.drafts
    container = at(draft.data, "spec", "metrics", 0, "provider", "job", "spec", "template", "spec", "containers", 0)
    assert container["env"][0]["value"] == "tcp db.shop.svc:5432\ndns search.shop\nhttp http://search:9200/x is green"
    assert faults(draft.data) == []
    assert [path for path in draft.comments if path and at(draft.data, *path) is None] == []
    assert made.spec == {
        "analysisTemplates": [{"name": "test-in-cluster"}],
        "args": [{"name": "job-image", "value": REQUEST.job_image}],
    }


def test_making_it_again_changes_nothing_and_other_proofs_stay() -> None:
    checks = checks_of("[{name: n, dns: search.shop}]")
    spec = {"analysisTemplates": [{"name": "load"}]}
    stage: dict[str, Any] = {
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": "test", "namespace": "demo"},
        "spec": {"verification": spec},
    }
    first = in_cluster_checks(REQUEST, World([Manifest(stage)]), checks)

    again = World([Manifest({**stage, "spec": {"verification": first.spec}}), *(one.manifest for one in first.drafts)])
    second = in_cluster_checks(REQUEST, again, checks)

    assert [one["name"] for one in first.spec["analysisTemplates"]] == ["load", "test-in-cluster"]
    assert (second.drafts[0].data, second.spec) == (first.drafts[0].data, first.spec)


def test_no_entries_are_nothing_and_without_an_image_there_is_no_job() -> None:
    assert in_cluster_checks(REQUEST, World(), ()).drafts == ()
    beside = VerificationDrafts(spec={"analysisTemplates": [{"name": "load"}]})
    asked = StageRequest(project="demo", name="test")

    made = in_cluster_checks(asked, World(), checks_of("[{name: n, dns: search}]"), beside)

    assert (made.drafts, made.spec) == ((), beside.spec)
    assert made.notes == (
        "The inCluster checks of .gitops-verify.yaml are not built: name the image of a Job, `job_image`.",
    )
    with pytest.raises(UsageError, match="is not pinned"):
        in_cluster_checks(replace(asked, job_image="curl:latest"), World(), checks_of("[{name: n, dns: search}]"))


def test_a_stage_has_them_beside_its_own_proof() -> None:
    asked = replace(
        REQUEST,
        apps=("shop",),
        warehouses=("w",),
        image="acme/shop",
        repo_url="https://git.example.net/shop.git",
        verification=Proof.WEB,
        probe="http://shop.demo.svc/up",
    )

    built = build(asked, World(), checks_of("[{name: n, dns: search.shop}]"))

    (stage,) = (one for one in built.drafts if one.data["kind"] == "Stage")
    names = [one["name"] for one in at(stage.data, "spec", "verification", "analysisTemplates")]
    made = [one.data["metadata"]["name"] for one in built.drafts if one.data["kind"] == "AnalysisTemplate"]
    assert names == made == ["test-web", "test-in-cluster"]
    assert {one["name"] for one in at(stage.data, "spec", "verification", "args")} >= {"job-image"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[{name: a}]", "has nothing to check"),
        ('[{name: a, dns: x, tcp: "x:1"}]', "has dns and tcp"),
        ("[{name: a, dns: x, holds: y}]", "dns has none"),
        ("[{dns: x}]", "lacks the key 'name'"),
        ("[{name: a, tcp: x}]", "`host:port`"),
        ("[{name: a, dns: -x}]", "a host's name"),
        (r'[{name: a, dns: "x\nhttp http://y"}]', "a host's name"),
        (r'[{name: a, http: "http://x", holds: "a\nb"}]', "one line of text"),
        ("[{name: a, http: 'http://x', holds: '{{args.x}}'}]", "without braces"),
        ("[{name: a, http: 'http://u:p@x'}]", "without credentials"),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_right_is_refused(text: str, says: str) -> None:
    with pytest.raises(UnreadableInput, match=says):
        checks_of(text)


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_generated_job_passes_and_fails_as_the_network_is() -> None:
    with answering() as url, socket.create_server(("127.0.0.1", 0)) as server:
        good = [InCluster(name="s", http=f"{url}/up", holds="UP"), InCluster(name="n", dns="localhost")]
        good.append(InCluster(name="db", tcp=f"localhost:{server.getsockname()[1]}"))

        assert _ran(good) == 0
        assert _ran([*good, InCluster(name="gone", tcp="localhost:1")]) == 1


def _ran(checks: list[InCluster]) -> int:
    (draft,) = in_cluster_checks(REQUEST, World(), checks).drafts
    container = at(draft.data, "spec", "metrics", 0, "provider", "job", "spec", "template", "spec", "containers", 0)
    env = {one["name"]: one["value"] for one in container["env"]}
    assert env["CHECKS"].splitlines() == [line_of(one) for one in checks]
    env |= {"PATH": os.environ["PATH"], "PATIENCE_S": "0", "PAUSE_S": "0", "TIMES": "1"}
    return subprocess.run(container["command"], env=env, capture_output=True, check=False, timeout=60).returncode

"""Following Promotions in states that real controllers wrote: saved, and as an API server would show them."""

import json
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_master.adapters.live.reader import LiveReader
from gitops_master.adapters.snapshot import SnapshotReader
from gitops_master.model.kargo import Promotion
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.versions import Versions, parse_version
from gitops_master.ports.cluster import ClusterReader, ReadPlan
from gitops_master.usecases.operating.watch import Follow, Watched, WatchMeans, watch
from tests import worlds
from tests.adapters.fake_api import FakeApi

EVERYTHING = ReadPlan(frozenset({"*"}))


def source(number: str) -> Path:
    return next(worlds.REAL.glob(f"{number}-*"))


async def saved(number: str, tmp_path: Path) -> tuple[SnapshotReader, Snapshot]:
    """What a real stack wrote, read in full at its own time."""
    seen = await SnapshotReader(source(number)).read(EVERYTHING, deadline_s=10)
    folder = Path(shutil.copytree(source(number), tmp_path / number))
    index = {"observed_at": seen.observed_at.isoformat(), "versions": {"kargo": "v1.11.2"}, "complete": ["*"]}
    (folder / "snapshot.yaml").write_text(yaml.safe_dump(index))
    return SnapshotReader(folder), seen


async def look(reader: ClusterReader, seen: Snapshot, name: str) -> Watched:
    async def sleep(_: float) -> None:
        raise AssertionError("a single look waits for nothing")

    async def tell(_: str) -> None:
        """Not asked for here."""

    means = WatchMeans(reader=reader, clock=lambda: seen.observed_at, sleep=sleep, tell=tell)
    return await watch(Follow(project="demo", promotions=(name,)), means)


REAL = [
    ("02", "dev.01m83b7mkc48mwr0znk0v3p493.1be389c", "failed", "Errored at step 1/5 git-clone", "promotion-failed"),
    ("03", "dev.01m83b8f561jx9q0s2vefvr5g2.1be389c", "done", "live and verified in Stage dev", ""),
    ("04", "dev-v.01m83bcmfdcqhsy4na6dpn0fn3.1be389c", "done", "live and verified in Stage dev-v", ""),
    (
        "04",
        "dev-vbad.01m83bcmgcrbch5h3pqp051hsx.1be389c",
        "failed",
        "verification ended Failed",
        "verification-test-failed",
    ),
    ("04", "dev-vjob.01m83bcmhngwq0z1xz5thzxfw1.1be389c", "under_way", "is Running (smoke Running)", ""),
    ("04", "dev-vmissing.01m83bcmkavxsnsx9kr0td27ts.1be389c", "failed", "ended Error", "analysis-template-not-found"),
    ("06", "dev.01m83bfse5kk57akx5sk7bp4gb.1be389c", "done", "live and verified in Stage dev", ""),
    ("07", "zzz-manual-labelled", "under_way", "place 2 of 2 in the queue", ""),
    ("09", "my-manual-promo", "failed", "zzz-manual-labelled has replaced it in Stage dev-raw", ""),
    (
        "09",
        "dev-raw.01m83bnqbk0vq969vfxk9bh8we.1be389c",
        "failed",
        "has not recorded it and will not",
        "nonconformant-promotion-name-blocks-replay",
    ),
    (
        "09",
        "zzz-manual-labelled",
        "failed",
        "succeeded after it and is not recorded",
        "nonconformant-promotion-name-blocks-replay",
    ),
    ("10", "s-argo.01m83bq1sp95v55wahbcsjz545.1be389c", "under_way", "its sync is requested", ""),
    ("10", "s-fail.01m83bq1h3s7btdt2ks39104q0.1be389c", "failed", "Failed at step 2/3 fail (boom)", "promotion-failed"),
    ("10", "s-noapp.01m83bq1prsyfgp6fspfsn0b0w.1be389c", "failed", "(attempt 2)", "argocd-app-not-found"),
    (
        "11",
        "s-long.01m83brgvjn9x9v3hwnnmcy5gw.1be389c",
        "under_way",
        "01m83bq1kegsbzfzd88s99bkg8.1be389c is Running",
        "",
    ),
    ("12", "s-long.01m83bq1kegsbzfzd88s99bkg8.1be389c", "failed", "Aborted", ""),
    ("14", "auto.01m83bt35x5apyjq7f471cpv4r.9507ec2", "failed", "has replaced it in Stage auto", ""),
    ("14", "auto.01m83btp7bnm44rp0vfee0c71h.c7f6af1", "done", "live and verified in Stage auto", ""),
    ("18", "s-argo.01m83c0h9tdfcb2nf9fkt1eyyk.1be389c", "done", "live and verified in Stage s-argo", ""),
    (
        "19",
        "s-argo.01m83c1jhstxzexfe13yxx3r2f.1be389c",
        "failed",
        "one or more synchronization tasks",
        "crd-not-installed",
    ),
    ("21", "s-argo.01m83c41gjfy3mbckkc70n349j.1be389c", "done", "live and verified in Stage s-argo", ""),
    (
        "27",
        "dev-vjob.01m83cjp81wagm695z1xjm9222.1be389c",
        "under_way",
        "before it: the verification of the current Freight",
        "",
    ),
]


@pytest.mark.parametrize(
    ("number", "name", "outcome", "words", "cause"), REAL, ids=[f"{n}-{p[:20]}" for n, p, *_ in REAL]
)
async def test_a_real_promotion_is_where_it_is(
    number: str, name: str, outcome: str, words: str, cause: str, tmp_path: Path
) -> None:
    found = await look(*await saved(number, tmp_path), name)

    root = found.diagnosis.root_cause if found.diagnosis is not None else None
    assert (found.outcome.value, root.id if root is not None else "") == (outcome, cause)
    assert words in found.message


def objects(number: str) -> list[dict[str, Any]]:
    every = (yaml.load_all(path.read_text(), yaml.CSafeLoader) for path in sorted(source(number).glob("*.yaml")))
    lists = [one for documents in every for one in documents if one]
    found = [one for each in lists for one in (each["items"] if each["kind"].endswith("List") else [each])]
    return list(json.loads(json.dumps(found, default=str)))


@pytest.mark.parametrize("version", ["", "v1.11.2"])
@pytest.mark.parametrize("number", ["09", "21"])
async def test_an_api_server_gets_the_same_answers_as_saved_files(number: str, version: str, tmp_path: Path) -> None:
    reader, seen = await saved(number, tmp_path)
    held = objects(number)
    foreign = next(one for one in held if one["kind"] == "Promotion" and one["spec"]["stage"] == "prod")
    crowd = [deepcopy(foreign) for _ in range(120)]  # more than a page, of which the Stage's own are picked
    for place, one in enumerate(crowd):
        one["metadata"]["name"] = f"prod.01m83a000000000000000{place:05}.1be389c"
    api = FakeApi([*held, *crowd])
    versions = Versions(kargo=parse_version(version)) if version else Versions()
    live = LiveReader(api, now=lambda: seen.observed_at, versions=versions, elsewhere=lambda _: api)

    for mine in seen.all(Promotion):
        if mine.spec.stage != "prod":
            files, server = await look(reader, seen, mine.name), await look(live, seen, mine.name)
            assert (server.outcome, server.message, server.promotions) == (
                files.outcome,
                files.message,
                files.promotions,
            )

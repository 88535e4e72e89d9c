"""doctor's screen: works or not in words, and the exact grant that is missing."""

from gitops_master.ports.api import Review
from gitops_master.usecases.doctor_report import doctor_report
from tests.adapters.fake_api import FakeApi
from tests.usecases.test_discover_env import CLUSTER, Fake, _discover


async def test_where_everything_is_permitted_it_says_so() -> None:
    screen = doctor_report(await _discover(Fake(FakeApi(CLUSTER)))).splitlines()

    assert "✓ yes      reach one (looked at), Kubernetes v1.34.1" in screen
    assert "As: tester" in screen
    assert "✓ yes      analyze_stage" in screen
    assert screen[-1] == "Everything is reached and permitted; what runs there is not well: see above."
    assert len(screen) < 24


async def test_what_is_missing_is_named_as_it_would_be_granted() -> None:
    api = FakeApi(CLUSTER, may=lambda one: not (one["resource"] == "pods" and one.get("subresource") == "log"))

    screen = doctor_report(await _discover(Fake(api)))

    assert "✗ no       analyze_stage: logs" in screen
    assert (
        "grant verb get on pods/log in namespaces shop, shop-dev, delivery, cd; else unknown: what containers printed"
        in screen
    )
    assert screen.endswith("Not everything works, or is known to work: see above.")


async def test_one_screen_is_enough_where_nothing_is_permitted() -> None:
    api = FakeApi(
        CLUSTER, refuse=lambda one: 403 if one.path not in ("/version", "/apis", *Review) else 0, may=lambda _: False
    )

    screen = doctor_report(await _discover(Fake(api, home="shop")))

    assert "✗ no       get_stage_state" in screen
    assert "grant verb list on stages.kargo.akuity.io in namespace shop" in screen
    assert "It does not work: not permitted." in screen
    assert len(screen.splitlines()) < 50


async def test_a_controller_without_a_heartbeat_is_named() -> None:
    screen = doctor_report(await _discover(Fake(FakeApi(CLUSTER))))

    assert (
        "controller kargo delivery/kargo-controller-far, shard far: readiness not known, heartbeat 3600 s ago" in screen
    )

"""What is known of controllers, however their settings were written."""

from datetime import UTC, datetime

import msgspec

from gitops_master.facts.controllers import env, kargo_controllers, serves, shard
from gitops_master.model.kubernetes import ConfigMap
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod

LABELS = {"app.kubernetes.io/name": "kargo", "app.kubernetes.io/component": "controller"}


def test_settings_from_a_config_map_count_like_literal_ones() -> None:
    pod = msgspec.convert(
        {
            "metadata": {"name": "kargo-controller-eu-1", "namespace": "kargo", "labels": LABELS},
            "spec": {
                "containers": [
                    {
                        "name": "controller",
                        "env": [{"name": "LOG_LEVEL", "value": "INFO"}],
                        "envFrom": [{"configMapRef": {"name": "kargo-controller-eu"}}],
                    }
                ]
            },
        },
        Pod,
    )
    settings = msgspec.convert(
        {"metadata": {"name": "kargo-controller-eu", "namespace": "kargo"}, "data": {"SHARD_NAME": "eu"}}, ConfigMap
    )
    snapshot = Snapshot([pod, settings], source="test", observed_at=datetime(2026, 11, 23, tzinfo=UTC))

    (controller,) = kargo_controllers(snapshot)

    assert (env(controller, "LOG_LEVEL"), shard(controller)) == ("INFO", "eu")
    assert serves(controller, "eu")
    assert not serves(controller, "")
